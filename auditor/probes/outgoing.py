"""An httpx.Request as the exact bytes of an HTTP/1.1 request, or an HTTP/1.0 one.

Must never send a body, a method that is not a read, or a byte that would end a line: what is asked is chosen by
configuration and by redirects, and a second request hidden in it would be sent in our name.
"""

import re
from functools import lru_cache

import httpx

METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
VERSIONS = frozenset({"1.1", "1.0"})

_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}")  # a token, RFC 9110 section 5.6.2
_BREAKS = re.compile(rb"[\r\n\0]")
_TARGET_BREAKS = re.compile(rb"[\r\n\0 \t]")  # whitespace would end the target early
_FRAMING = frozenset({b"content-length", b"transfer-encoding", b"trailer", b"expect", b"upgrade"})


class RequestRefused(ValueError):
    """A request that is not ours to send."""


def request_bytes(request: httpx.Request) -> bytes:
    """What goes on the wire. The target is `extensions["target"]`, to the byte. Raises RequestRefused."""
    if request.method not in METHODS:
        raise RequestRefused(f"the method {request.method!r} is not one that only reads")
    target = request.extensions.get("target")
    if target is None:
        target = request.url.raw_path
    if not target or _TARGET_BREAKS.search(target):
        raise RequestRefused(f"the target {target!r} does not fit into a request line")
    version = request.extensions.get("version", "1.1")
    if version not in VERSIONS:
        raise RequestRefused(f"HTTP/{version} is not a version we write")
    lines = [b"%s %s HTTP/%s" % (request.method.encode(), target, version.encode())]
    hosts = 0
    for name, value in request.headers.raw:
        lower = _header_name(name)
        hosts += lower == b"host"
        if lower in _FRAMING:
            raise RequestRefused(f"the header {name!r} announces more than a request's head")
        if _BREAKS.search(value):
            raise RequestRefused(f"the value of {name!r} does not fit into a line")
        lines.append(b"%s: %s" % (name, value))
    if hosts != 1 and not (hosts == 0 and version == "1.0"):
        raise RequestRefused(f"{hosts} Host headers")
    lines.append(b"\r\n")
    return b"\r\n".join(lines)


@lru_cache(maxsize=1024)
def _header_name(name: bytes) -> bytes:
    if not _NAME.fullmatch(name):
        raise RequestRefused(f"{name!r} is not the name of a header")
    return name.lower()


def octets(text: str) -> bytes:
    """One byte for each character, as it stands. Raises RequestRefused where a character is no byte."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        raise RequestRefused(f"{text!r} has characters that are no single byte; percent-encode them") from None
