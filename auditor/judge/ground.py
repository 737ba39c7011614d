"""The ground truth of a path or host: what it answers inside, and what inside answers to nonsense.

Must never be taken from another audit: without an answer inside, nothing that is silent outside is closed.
"""

from dataclasses import dataclass

from auditor.judge.book import Book, Control, Look, together
from auditor.judge.compare import eq, same_redirect, volatile_leaves
from auditor.model import Claim, Fingerprint, HttpAnswer, Role


@dataclass(frozen=True, slots=True)
class Ground:
    """What one inside vantage saw of a claim's target."""

    control: Control  # IN_OK, and what is wrong with it otherwise
    samples: tuple[HttpAnswer, ...] = ()  # I_t
    siblings: tuple[HttpAnswer, ...] = ()  # I_c
    variants: tuple[HttpAnswer, ...] = ()  # I_v
    others: tuple[HttpAnswer, ...] = ()  # what the service says by itself
    known: bool = False  # everything asked was answered, a sibling among it
    volatile: frozenset[int] = frozenset()
    truth: str | None = None  # id of the sample that is compared with
    vantage: str = ""
    blind: bool = (
        False  # the vantage could not see, or was kept from looking: what it would have said is not known
    )

    @property
    def upstream(self) -> tuple[HttpAnswer, ...]:
        """U: everything the service is known to say."""
        return self.samples + self.siblings + self.variants + self.others

    @property
    def distinct(self) -> bool:
        """Inside tells the target from nonsense; not so while no nonsense was answered."""
        return bool(self.samples and self.siblings) and not any(
            self.same(sample.fingerprint, sibling.fingerprint)
            for sample in self.samples
            for sibling in self.siblings
        )

    def same(self, a: Fingerprint, b: Fingerprint) -> bool:
        return eq(a, b, self.volatile)


def ground_of(book: Book, claim: Claim, variant: str, vantage: str, sight: Control) -> Ground:
    """What `vantage` saw inside."""
    truths = book.of(Role.TRUTH, claim.truth, vantage)
    siblings = book.of(Role.TRUTH_SIBLING, claim.truth, vantage)
    variants = [
        look for look in book.of(Role.TRUTH_VARIANT, claim.truth, vantage) if look.probe.variant == variant
    ]
    others = book.of(Role.UPSTREAM, f"upstream|{claim.service}", vantage)
    samples = _answers(book, truths)
    volatile = volatile_leaves(sample.fingerprint for sample in samples)
    state = together([sight, *(_live(book, look) for look in truths)]) if truths else Control.MISSING
    if state is Control.GOOD and not _steady(samples, volatile):
        state = Control.FAILED
    asked = truths + siblings + variants + others
    return Ground(
        control=state,
        samples=samples,
        siblings=_answers(book, siblings),
        variants=_answers(book, variants),
        others=_answers(book, others),
        known=bool(siblings) and len(_answers(book, asked)) == len(asked),
        volatile=volatile,
        truth=_truth_id(book, truths),
        vantage=vantage,
        blind=bool(truths) and (sight is not Control.GOOD or state is Control.MISSING),
    )


def _answers(book: Book, looks: list[Look]) -> tuple[HttpAnswer, ...]:
    return tuple(answer for look in looks if (answer := book.chain(look)[-1].http) is not None)


def _truth_id(book: Book, truths: list[Look]) -> str | None:
    lasts = [book.chain(look)[-1] for look in truths]
    return next((look.probe.id for look in lasts if look.http is not None), lasts[0].probe.id if lasts else None)


def _live(book: Book, first: Look) -> Control:
    """Whether the target answered from inside. What came by way of a public entrance did not."""
    look = book.chain(first)[-1]
    if look.observation is None:
        return Control.MISSING
    question = look.probe.question
    if question.kind == "http" and (look.observation.address, question.port) in book.entrances:
        return Control.FAILED
    answer = look.http
    if answer is None or answer.status >= 500 or answer.status < 200 or answer.status == 429:
        return Control.FAILED
    return Control.FAILED if "challenge" in answer.fingerprint.marks else Control.GOOD


def _steady(samples: tuple[HttpAnswer, ...], volatile: frozenset[int]) -> bool:
    """All samples are the same, once what is learned to be volatile is left out."""
    first = samples[0].fingerprint
    return all(
        eq(first, other.fingerprint, volatile) or _only_values_differ(first, other.fingerprint)
        for other in samples[1:]
    )


def _only_values_differ(a: Fingerprint, b: Fingerprint) -> bool:
    same_frame = same_redirect(a, b)
    return same_frame and a.skeleton is not None and a.skeleton == b.skeleton
