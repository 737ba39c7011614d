"""The hash by which NSEC3 hides names (RFC 5155 section 5), for names of our own alone.

Must never be run over more than a few names, nor for more rounds than a validator would (RFC 9276 section 3.2).
"""

import base64
import hashlib

#: Rounds beyond the first, at most; RFC 5155 allowed 2,500 for the longest keys.
MAX_ITERATIONS = 2_500

_TO_HEX32 = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", b"0123456789abcdefghijklmnopqrstuv")


def nsec3_hash(name: str, salt: str, iterations: int) -> str | None:
    """The hash in base32hex, lower case. None for a name or salt that is none, and for too many rounds."""
    try:
        labels = [label.encode("ascii") for label in name.rstrip(".").lower().split(".")]
        salted = bytes.fromhex(salt)
    except (UnicodeEncodeError, ValueError):
        return None
    if iterations > MAX_ITERATIONS or any(not 0 < len(label) < 64 for label in labels):
        return None
    wire = b"".join(bytes((len(label),)) + label for label in labels) + b"\0"
    digest = hashlib.sha1(wire + salted, usedforsecurity=False).digest()
    for _ in range(iterations):
        digest = hashlib.sha1(digest + salted, usedforsecurity=False).digest()
    return base64.b32encode(digest).translate(_TO_HEX32).decode()
