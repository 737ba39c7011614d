"""A JSON document as text that can be compared: one line a leaf, what is volatile or reflected masked.

Must never take more than its bounds, however deep or wide the document.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from auditor.judge.masking import VOLATILE_KEY, mask_values

MAX_NODES, MAX_LEAVES = 5_000, 256
#: What is kept of a path that grows with the depth of the document.
_PATH = 400


@dataclass(frozen=True, slots=True)
class Flat:
    """Lines, the hash of the set of paths and types, and the leaves as (path hash, masked value hash)."""

    text: str
    skeleton: str
    leaves: tuple[tuple[int, int], ...]


def flattened(document: Any, mask: Callable[[str], str]) -> Flat:
    """One line per leaf, keys sorted; the skeleton has no places of lists. `mask` takes reflections out."""
    lines: list[str] = []
    paths: list[str] = []
    values: list[str] = []
    shape: set[str] = set()
    volatile, names = _Volatile(), _Masked(mask)
    todo: list[tuple[str, str, str, Any]] = [("", "", "", document)]
    while todo and len(lines) < MAX_NODES:
        path, generic, key, value = todo.pop()
        kind = type(value)
        if kind is dict:
            shape.add(generic + "{}")
            if not value:
                lines.append(path + "={}")
            path, generic = path[-_PATH:], generic[-_PATH:]
            # The keys of one object, in order; the stack gives back what was put on it last.
            for name in sorted(value, reverse=True)[-MAX_NODES:]:
                shown = names[name]
                todo.append((f"{path}.{shown}", f"{generic}.{shown}", name, value[name]))
        elif kind is list:
            shape.add(generic + "[]")
            if not value:
                lines.append(path + "=[]")
            path, generic = path[-_PATH:], generic[-_PATH:] + "[]"
            todo += [
                (f"{path}.{at}", generic, key, value[at]) for at in range(min(len(value), MAX_NODES) - 1, -1, -1)
            ]
        else:
            shape.add(f"{generic}:{kind.__name__}")
            masked = "⟨TOKEN⟩" if volatile[key] else _leaf(value, mask)
            lines.append(f"{path}={masked}")
            paths.append(path)
            values.append(masked)
    leaves = dict(zip(_hashes(paths), _hashes(values), strict=True))
    skeleton = hashlib.sha256("\n".join(sorted(shape)).encode(errors="replace")).hexdigest()
    return Flat("\n".join(lines), skeleton, tuple(sorted(leaves.items())[:MAX_LEAVES]))


class _Volatile(dict[str, bool]):
    """Whether the value under a key is dropped whole; the keys of one document, each looked at once."""

    def __missing__(self, key: str) -> bool:
        found = self[key] = VOLATILE_KEY.search(key) is not None
        return found


class _Masked(dict[str, str]):
    """The keys of one document without reflections, each worked out once."""

    def __init__(self, mask: Callable[[str], str]) -> None:
        self._mask = mask

    def __missing__(self, key: str) -> str:
        shown = self[key] = self._mask(key)
        return shown


def _leaf(value: Any, mask: Callable[[str], str]) -> str:
    kind = type(value)
    if kind is str:
        short = mask(value)
        return mask_values(short) if len(short) >= 4 else short
    if kind is int:
        return "⟨INT⟩" if abs(value) >= 100_000 else str(value)
    return "⟨FLOAT⟩" if kind is float else str(value).lower()


def _hashes(texts: list[str]) -> list[int]:
    return [crc32(text.encode(errors="replace")) for text in texts]
