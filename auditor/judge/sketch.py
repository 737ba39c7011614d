"""Counts and hashes of a masked text: what is kept of a body so that it can be compared.

Must never depend on the process it runs in (no `hash()`): a sketch is stored, and read by other machines.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from struct import Struct
from zlib import crc32

#: Bounds on what is computed, so that a hostile body costs as much as a long one and no more.
MAX_TOKENS, MAX_SHINGLES = 40_000, 512
#: Fewer tokens than this and a SimHash says nothing (Manku, Jain, Das Sarma 2007 is about whole pages).
SIMHASH_TOKENS = 50

_TOKEN = re.compile(r"[\w⟨⟩]+")
#: The same for UTF-8 text that is ASCII but for the marks of masking: everything else becomes a space.
_APART = bytes(n if n >= 0x80 or chr(n).isalnum() or n == 0x5F else 0x20 for n in range(256))


@dataclass(frozen=True, slots=True)
class Sketch:
    """The part of a fingerprint that comes from the masked text alone."""

    masked: str
    size: int
    tokens: int
    distinct: int
    simhash: int
    shingles: tuple[int, ...]


def sketch(text: str, *, by_line: bool = False) -> Sketch:
    """The sketch of a masked text; `by_line`: each line is a token and a shingle of its own."""
    data = text.encode(errors="replace")
    tokens = data.split(b"\n")[:MAX_TOKENS] if by_line else _tokens(text, data)
    distinct = set(tokens)
    return Sketch(
        masked=hashlib.sha256(data).hexdigest(),
        size=len(data),
        tokens=len(tokens),
        distinct=len(distinct),
        simhash=_simhash(distinct) if len(tokens) >= SIMHASH_TOKENS else 0,
        shingles=_smallest(distinct) if by_line else _shingles(tokens),
    )


def _tokens(text: str, data: bytes) -> list[bytes]:
    if text.isascii() or text.replace("⟨", "").replace("⟩", "").isascii():
        return data.translate(_APART).split(maxsplit=MAX_TOKENS)[:MAX_TOKENS]
    found = _TOKEN.findall(text)[:MAX_TOKENS]
    return "\n".join(found).encode(errors="replace").split(b"\n") if found else []


def _shingles(tokens: Sequence[bytes]) -> tuple[int, ...]:
    """The smallest hashes of the text's 4-token shingles: from them resemblance is estimated (Broder 1997)."""
    if len(tokens) < 4:
        return _smallest((b" ".join(tokens),)) if tokens else ()
    return _smallest(map(b" ".join, zip(tokens, tokens[1:], tokens[2:], tokens[3:], strict=False)))


def _smallest(shingles: Iterable[bytes]) -> tuple[int, ...]:
    return tuple(sorted(set(map(crc32, shingles)))[:MAX_SHINGLES])


_LANE = 16  # bits of a counter; 64 counters stand side by side in one integer
_MAX_COUNTED = 8_192  # distinct tokens that a SimHash counts; below 2**16, so that no counter runs over
#: Byte → its 8 bits, each in a counter of its own.
_COUNTERS = tuple(
    sum((byte >> bit & 1) << (bit * _LANE) for bit in range(8)).to_bytes(_LANE, "little") for byte in range(256)
)
_COUNTS = Struct("<64H")


@lru_cache(maxsize=16_384)
def _spread(token: bytes) -> int:
    """The 64 bits of a token's hash, each in a counter of its own."""
    digest = hashlib.blake2b(token, digest_size=8).digest()
    return int.from_bytes(b"".join([_COUNTERS[byte] for byte in digest]), "little")


def _simhash(distinct: set[bytes]) -> int:
    """Charikar's SimHash over the distinct tokens, each counted once."""
    kept = distinct if len(distinct) <= _MAX_COUNTED else sorted(distinct)[:_MAX_COUNTED]
    total = sum(_spread(token[:64]) for token in kept)
    half = len(kept) / 2
    counts = _COUNTS.unpack(total.to_bytes(_COUNTS.size, "little"))
    return sum([1 << place for place, count in enumerate(counts) if count > half])
