"""Names in escaped presentation form, label by label.

Must never take an escaped dot for the end of a label: a stranger chooses the names.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

ROOT = "."

_LABEL = re.compile(r"(?:\\(?:[0-9]{3}|.)|[^.\\])+", re.S)


@lru_cache(maxsize=4096)
def labels(name: str) -> tuple[str, ...]:
    """The labels of a name, the root's none of them."""
    return tuple(_LABEL.findall(name))


def bare(name: str) -> str:
    """A name as records spell it: lower case, no dot at the end, the root a single dot."""
    return ".".join(labels(name)).lower() or ROOT


def below(name: str, zone: str) -> bool:
    """Whether a name is a zone's apex or below it."""
    of_name, of_zone = labels(name), labels(zone)
    return not of_zone or of_name[-len(of_zone) :] == of_zone


def upwards(name: str) -> Iterator[str]:
    """The name, the one above it, and so on to the root."""
    parts = labels(name)
    for at in range(len(parts)):
        yield ".".join(parts[at:])
    yield ROOT
