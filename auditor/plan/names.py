"""Random names: the siblings that show what an entrance says to things that do not exist.

Drawn from a seed, so that a plan can be computed again on another machine; the seed is fresh in every audit.
Must never yield a word: 12 to 24 characters of [a-z0-9], the first a letter.
"""

import hashlib
from collections.abc import Set
from dataclasses import dataclass
from itertools import islice

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_ALPHABET = _LETTERS + "0123456789"


@dataclass(frozen=True, slots=True)
class Names:
    """Names that nobody has, the same for the same seed and context."""

    seed: str

    def _number(self, context: tuple[object, ...]) -> int:
        text = "\x1f".join([self.seed, *map(str, context)])
        return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=20).digest())

    def number(self, below: int, *context: object) -> int:
        """One of 0 to `below` - 1."""
        return self._number(context) % below

    def label(self, *context: object) -> str:
        """A fresh label; lengths vary with the context, for a page may reflect what was asked."""
        number = self._number(context)
        number, extra = divmod(number, 13)
        number, first = divmod(number, len(_LETTERS))
        out = _LETTERS[first]
        for _ in range(11 + extra):
            number, place = divmod(number, len(_ALPHABET))
            out += _ALPHABET[place]
        return out

    def ports(self, count: int, taken: Set[int], *context: object) -> tuple[int, ...]:
        """So many different ports that are most likely nobody's: side by side from a random one between 20000 and
        29999, below the usual ephemeral ranges, and none of those known to be `taken`."""
        start = self._number(context) % 10_000
        free = (port for at in range(10_000) if (port := 20_000 + (start + at) % 10_000) not in taken)
        return tuple(islice(free, count))

    def sibling_path(self, path: str, *context: object) -> str:
        """A path of the same shape: same directory and depth, same extension, same trailing slash."""
        shape = shape_of_path(path)
        return shape.replace("*", self.label("path", shape, *context), 1)

    def sibling_name(self, name: str, *context: object) -> str:
        """A name under the same parent, one random label long."""
        label = self.label("name", name, *context)
        _, _, parent = name.partition(".")
        return f"{label}.{parent}" if parent else label


def shape_of_path(path: str) -> str:
    """A path with its last segment as `*`, but for what stands behind a dot: `/a/*.json?x=1`, `/a/*/`."""
    bare, _, query = path.partition("?")
    slash = "/" if bare.endswith("/") and bare != "/" else ""
    directory, _, last = bare.rstrip("/").rpartition("/")
    _, dot, extension = last.rpartition(".")
    suffix = dot + extension if dot and extension else ""
    tail = f"?{query}" if query else ""
    return f"{directory}/*{suffix}{slash}{tail}"
