"""When two answers are the same, and when they merely look alike.

Works on fingerprints alone, so that a stored audit can be judged again. Must never call two answers the same
because there is nothing in them to tell them apart: see `too_little`.
"""

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass

from auditor.judge.sketch import MAX_SHINGLES, SIMHASH_TOKENS
from auditor.model import Fingerprint

#: Masked bodies below either bound are the same in a thousand services ("ok", "{}", a bare number).
LITTLE_BYTES, LITTLE_TOKENS = 32, 6

#: A template needs so many answers, which share so much of each.
LEAST_SAMPLES, COMMON_SHARE = 3, 0.5

SIMHASH_BITS, SAME_JACCARD, SAME_LEAVES, ALIKE_JACCARD = 3, 0.90, 0.90, 0.60


def eq(a: Fingerprint, b: Fingerprint, volatile: Set[int] = frozenset()) -> bool:
    """Whether two answers are the same. `volatile`: JSON leaves known to differ between two samples."""
    if a.status != b.status or a.family != b.family or not _same_place(a, b):
        return False
    if a.family == "empty":
        return a.headers == b.headers
    return _same_text(a, b) or _near(a, b) or _same_json(a, b, volatile)


def sim(a: Fingerprint, b: Fingerprint) -> bool:
    """Whether two answers look alike: shared text, the same JSON skeleton, or the same product's signature."""
    if (a.skeleton is not None and a.skeleton == b.skeleton) or jaccard(a, b) >= ALIKE_JACCARD:
        return True
    return bool(products(a) & products(b))


def alike(a: Fingerprint, b: Fingerprint) -> bool:
    """Same, or both empty with one status: gateways change headers, so nothing tells two empty answers apart."""
    return eq(a, b) or (a.family == b.family == "empty" and same_redirect(a, b))


def same_redirect(a: Fingerprint, b: Fingerprint) -> bool:
    """Whether two redirects lead to the same place by the same status."""
    return a.status == b.status and _same_place(a, b)


def _same_place(a: Fingerprint, b: Fingerprint) -> bool:
    """Whether two Locations read the same, masked as a reflection of the last segment or as a word by itself."""
    return a.location == b.location or (a.lesser_location or a.location) == (b.lesser_location or b.location)


def _same_text(a: Fingerprint, b: Fingerprint) -> bool:
    """Whether two bodies read the same, however much of them is taken for a reflection of what was asked."""
    return a.masked == b.masked or not {a.masked, *a.lesser}.isdisjoint((b.masked, *b.lesser))


def too_little(a: Fingerprint) -> bool:
    """Whether a body is too common for sameness to be identity."""
    return a.size < LITTLE_BYTES or a.distinct < LITTLE_TOKENS


def products(a: Fingerprint) -> set[str]:
    return {mark.removeprefix("sig:") for mark in a.marks if mark.startswith("sig:")}


def volatile_leaves(samples: Iterable[Fingerprint]) -> frozenset[int]:
    """JSON leaves whose value differed between samples of the same URL."""
    first: dict[int, int] = {}
    found: set[int] = set()
    for sample in samples:
        for path, value in sample.leaves:
            if first.setdefault(path, value) != value:
                found.add(path)
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class Template:
    """What several answers to nonsense have in common, and how much in them was another each time.

    A page with a number of its own on every request is still one page. Learned from the siblings alone, so that a
    target has no say in what counts as volatile.
    """

    of: Fingerprint
    common: frozenset[int]  # shingles that stand in every one of them
    most_else: int  # shingles of one of them that do not
    tokens: tuple[int, int]  # fewest and most

    def fits(self, a: Fingerprint) -> bool:
        """Whether an answer is this page, with no more in it than the volatile places hold."""
        if a.status != self.of.status or a.family != self.of.family or not _same_place(a, self.of):
            return False
        shingles = frozenset(a.shingles)
        within = self.tokens[0] <= a.tokens <= self.tokens[1]
        return within and self.common <= shingles and len(shingles - self.common) <= self.most_else


def template_of(answers: Sequence[Fingerprint]) -> Template | None:
    """The page that some answers are, once what differs among them is left out; None: they are no one page."""
    if len(answers) < LEAST_SAMPLES or any(len(each.shingles) >= MAX_SHINGLES for each in answers):
        return None
    first, *others = answers
    if any(not same_redirect(first, other) or other.family != first.family for other in others):
        return None
    shingles = [frozenset(each.shingles) for each in answers]
    common = frozenset.intersection(*shingles)
    if any(len(common) < COMMON_SHARE * len(each) for each in shingles) or not common:
        return None
    counts = [each.tokens for each in answers]
    return Template(first, common, max(len(each - common) for each in shingles), (min(counts), max(counts)))


def jaccard(a: Fingerprint, b: Fingerprint) -> float:
    """Resemblance of two texts, estimated from the smallest of their shingle hashes; 0 without any."""
    if not a.shingles or not b.shingles:
        return 0.0
    mine, theirs = set(a.shingles), set(b.shingles)
    sketch = mine | theirs
    if len(mine) >= MAX_SHINGLES or len(theirs) >= MAX_SHINGLES:
        sketch = set(sorted(sketch)[:MAX_SHINGLES])
    return len(mine & theirs & sketch) / len(sketch)


def _near(a: Fingerprint, b: Fingerprint) -> bool:
    # JSON repeats its keys: two lists of different people would share nearly every bit of a SimHash.
    long = a.family != "json" and min(a.tokens, b.tokens) >= SIMHASH_TOKENS
    if long and (a.simhash ^ b.simhash).bit_count() <= SIMHASH_BITS:
        return True
    return jaccard(a, b) >= SAME_JACCARD


def _same_json(a: Fingerprint, b: Fingerprint, volatile: Set[int]) -> bool:
    if a.skeleton is None or a.skeleton != b.skeleton:
        return False
    mine = {leaf for leaf in a.leaves if leaf[0] not in volatile}
    theirs = {leaf for leaf in b.leaves if leaf[0] not in volatile}
    most = max(len(mine), len(theirs))
    return most > 0 and len(mine & theirs) / most >= SAME_LEAVES
