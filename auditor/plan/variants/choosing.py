"""Which variants a claim is worth, and by way of which prefixes.

Must never choose a CAUTION form whose class was not asked for by name, nor leave out the baseline.
"""

from collections.abc import Iterable, Iterator
from typing import Literal

from auditor.config.urls import forwards
from auditor.model import Aspect
from auditor.plan.variants.headers import HEADERS, PLAIN_HOST
from auditor.plan.variants.paths import PATHS, PLAIN_PATH
from auditor.plan.variants.variant import Through, Tier, Variant

Level = Literal["none", "core", "full"]

#: Every variant there is, before prefixes are put in.
TABLE: tuple[Variant, ...] = (PLAIN_PATH, *PATHS, PLAIN_HOST, *HEADERS)

#: The classes that can be asked for by name: those with a form that may disturb something.
CAUTION_CLASSES = frozenset(variant.class_id for variant in TABLE if variant.tier is Tier.CAUTION)

#: The class with a form for each prefix even in the core: what it takes is one mistake, no parser.
_EVERY_PREFIX = "P24"


def variants_for(
    aspect: Aspect, level: Level, opted_in: frozenset[str] = frozenset(), prefixes: tuple[str, ...] = ()
) -> tuple[Variant, ...]:
    """The variants a claim of this aspect is asked in, the baseline first; names and ports have no other.

    `opted_in`: classes whose CAUTION forms are wanted too, at any level but none. `prefixes`: see `prefixes_of`;
    the core climbs out of the first only. Raises ValueError for a class that has nothing to ask for.
    """
    if unknown := opted_in - CAUTION_CLASSES:
        raise ValueError(f"no classes to be asked for by name: {', '.join(sorted(unknown))}")
    baseline = PLAIN_HOST if aspect is Aspect.HOST else PLAIN_PATH
    if level == "none":
        return (baseline,)
    wanted = [
        variant
        for variant in TABLE
        if aspect in variant.aspects and not variant.is_baseline and _wanted(variant, level, opted_in)
    ]
    return (baseline, *(bound for variant in wanted for bound in _bound(variant, level, prefixes)))


def _wanted(variant: Variant, level: Level, opted_in: frozenset[str]) -> bool:
    if variant.tier is Tier.CAUTION:
        return variant.class_id in opted_in
    return level == "full" or variant.core


def _bound(variant: Variant, level: Level, prefixes: tuple[str, ...]) -> Iterator[Variant]:
    """The variant by way of each prefix it is worth asking through."""
    if variant.through is Through.NOTHING or (not prefixes and variant.through is Through.PREFIX_OR_RANDOM):
        yield variant
        return
    several = level == "full" or variant.class_id == _EVERY_PREFIX
    for prefix in prefixes if several else prefixes[:1]:
        yield variant.within(prefix)


def prefixes_of(allow: Iterable[str]) -> tuple[str, ...]:
    """The prefixes under which a gateway forwards everything: `/api/v1/*` gives `/api/v1`.

    Patterns of one path, of all paths, and with a `*` elsewhere than at their end give none.
    """
    found: dict[str, None] = {}
    for pattern in allow:
        prefix = pattern.rstrip("*").rstrip("/")
        if prefix and "*" not in prefix and forwards(pattern, f"{prefix}/x/y"):
            found[prefix] = None
    return tuple(found)
