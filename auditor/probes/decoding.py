"""Content coding taken off a bounded body, into a bounded body.

Must never inflate more than it is asked for: a few hundred bytes may stand for gigabytes.
"""

import zlib
from collections.abc import Iterable

_GZIP = 16 + zlib.MAX_WBITS
_ZLIB = zlib.MAX_WBITS
_RAW = -zlib.MAX_WBITS  # what some servers mean by deflate, against RFC 9110 section 8.4.1.2

_WINDOWS: dict[bytes, tuple[int, ...]] = {b"gzip": (_GZIP,), b"x-gzip": (_GZIP,), b"deflate": (_ZLIB, _RAW)}


def decoded(body: bytes, headers: Iterable[tuple[bytes, bytes]], limit: int) -> tuple[bytes, bool]:
    """The body without its content coding, and whether it was cut at `limit` bytes.

    A coding we were not asked to know, several at once, or one that the body does not have, stays on.
    """
    codings = b",".join(value for name, value in headers if name.lower() == b"content-encoding")
    for window in _WINDOWS.get(codings.strip().lower(), ()) if body else ():
        inflate = zlib.decompressobj(window)
        try:
            plain = inflate.decompress(body, limit)
        except zlib.error:
            continue
        return plain, bool(inflate.unconsumed_tail) or (len(plain) == limit and not inflate.eof)
    return body, False
