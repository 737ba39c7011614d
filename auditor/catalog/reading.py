"""What an answer shows of products: texts of its body once, whatever asked for it; then status and headers.

Only signatures of the body's own kind of content are looked for, so that a large table costs little. Must never
look at what was asked: the same body shows the same, and is remembered.
"""

import re
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from functools import lru_cache

from auditor.catalog.signature import Guard, Signature, tighten
from auditor.catalog.table import SIGNATURES

#: A text that is looked for, and the longest word that stands in it between quotes, if any.
Needle = tuple[str, str]

#: All kinds of content a body is told to be.
FAMILIES = ("json", "html", "text", "xml", "prometheus", "empty", "binary")


@dataclass(frozen=True, slots=True)
class Texts:
    """Rows of the table whose texts all stand in a body."""

    signatures: tuple[Signature, ...] = ()
    guards: tuple[tuple[str, Guard], ...] = ()  # with the product that says so


def texts_in(flat: str, family: str) -> Texts:
    """What stands in a body of this kind that went through `tighten`."""
    # JSON has the most rows, and nearly all look for a key: one pass for all keys spares a search for each.
    words = frozenset(flat.split('"')) if family == "json" else None
    return Texts(
        tuple([row for row, all_of, any_of in _BY_FAMILY[family] if _stand_in(flat, words, all_of, any_of)]),
        tuple([(product, guard) for product, guard, body in _GUARD_TEXTS if _stand_in(flat, words, body, ())]),
    )


def shown_by(status: int, headers: Mapping[str, str], texts: Texts, family: str) -> Iterator[str]:
    """Marks: `sig:` a product's page, `words:` its texts without the success, `guard:` a product that lets nobody
    in. `headers` have lower-case names.
    """
    ok = 200 <= status < 300
    for signature in texts.signatures:
        if ok and _have(headers, signature.header):
            yield f"sig:{signature.product}"
        elif not ok:
            yield f"words:{signature.product}"
    for name in headers:
        if ok:
            for signature in _BY_HEADER.get(name, ()):
                if _of_kind(signature, family) and _have(headers, signature.header):
                    yield f"sig:{signature.product}"
        for product, guard in _GUARD_HEADERS.get(name, ()):
            if status in guard.statuses and _have(headers, guard.header):
                yield f"guard:{product}"
    for product, guard in texts.guards:
        if status in guard.statuses and _have(headers, guard.header):
            yield f"guard:{product}"


@lru_cache(maxsize=4096)
def expected_behind(target: str) -> frozenset[str]:
    """Products that may be behind a service's own path: those that are asked for under an ending of it."""
    path = target.partition("?")[0][-200:]
    return frozenset(product for product, pattern in _ENDINGS if pattern.search(path))


def _stand_in(text: str, words: Set[str] | None, all_of: tuple[Needle, ...], any_of: tuple[Needle, ...]) -> bool:
    for needle, word in all_of:
        if (word and words is not None and word not in words) or needle not in text:
            return False
    for needle, word in any_of:
        if (not word or words is None or word in words) and needle in text:
            return True
    return not any_of


def _have(headers: Mapping[str, str], wanted: tuple[tuple[str, str], ...]) -> bool:
    return all([name in headers and fragment in headers[name].lower() for name, fragment in wanted])


def _of_kind(signature: Signature, family: str) -> bool:
    return not signature.families or family in signature.families


def _needles(texts: tuple[str, ...]) -> tuple[Needle, ...]:
    """The longest first: it is found to be missing soonest."""
    tight = sorted(map(tighten_needle, texts), key=lambda text: -len(text))
    return tuple((text, max(text.split('"')[1:-1:2], key=len, default="")) for text in tight)


def tighten_needle(text: str) -> str:
    """A text as it is looked for; a space at its end is meant."""
    return tighten(text) + (" " if text.endswith(" ") else "")


def _ending(signature: Signature) -> re.Pattern[str]:
    bare = dict.fromkeys(path.partition("?")[0].rstrip("/") for path in signature.paths)
    known = [re.escape(path) + "/?" if path else "/" for path in bare]
    return re.compile(rf"(?:{'|'.join([*known, *([signature.also] if signature.also else [])])})\Z")


_WITH_TEXTS = [each for each in SIGNATURES if each.all_of or each.any_of]
_BY_FAMILY = {
    family: tuple(
        (each, _needles(each.all_of), _needles(each.any_of)) for each in _WITH_TEXTS if _of_kind(each, family)
    )
    for family in FAMILIES
}
_GUARDS = tuple(dict.fromkeys((each.product, guard) for each in SIGNATURES for guard in each.guards))
_GUARD_TEXTS = tuple((product, guard, _needles(guard.body)) for product, guard in _GUARDS if guard.body)
#: By a header that must be there: rows that have nothing else.
_BY_HEADER: dict[str, list[Signature]] = {}
for _signature in SIGNATURES:
    if not (_signature.all_of or _signature.any_of):
        _BY_HEADER.setdefault(_signature.header[0][0], []).append(_signature)
_GUARD_HEADERS: dict[str, list[tuple[str, Guard]]] = {}
for _product, _guard in _GUARDS:
    if not _guard.body:
        _GUARD_HEADERS.setdefault(_guard.header[0][0], []).append((_product, _guard))
_ENDINGS = tuple((signature.product, _ending(signature)) for signature in SIGNATURES)
