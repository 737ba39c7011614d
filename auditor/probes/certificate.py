"""A certificate as facts: who it names, who signed it, how long it holds.

Must never trust a certificate, nor fail over one: it is parsed leniently, capped, and made visible.
"""

import hashlib
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TypeVar

from cryptography import x509

from auditor.probes.redact import cut, visible

NAMES_KEPT = 100
NAME_CHARACTERS = 256

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Certificate:
    """What is recorded of a leaf; fields that cannot be parsed stay empty."""

    subject: str
    issuer: str
    names: tuple[str, ...]  # SAN dNSName and iPAddress
    not_before: datetime | None
    not_after: datetime | None
    sha256: str


@lru_cache(maxsize=1024)
def read_certificate(der: bytes) -> Certificate:
    """The facts of a leaf certificate."""
    sha256 = hashlib.sha256(der).hexdigest()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an odd certificate is a fact, not a warning to us
        try:
            leaf = x509.load_der_x509_certificate(der)
        except Exception:  # the parser is a foreign library fed with foreign bytes
            return Certificate("", "", (), None, None, sha256)
        return Certificate(
            subject=_tried(lambda: _shown(leaf.subject.rfc4514_string()), ""),
            issuer=_tried(lambda: _shown(leaf.issuer.rfc4514_string()), ""),
            names=_tried(lambda: _names(leaf), ()),
            not_before=_tried(lambda: leaf.not_valid_before_utc, None),
            not_after=_tried(lambda: leaf.not_valid_after_utc, None),
            sha256=sha256,
        )


def covers(names: tuple[str, ...], host: str) -> bool:
    """Whether a certificate for these names is one for this host; a wildcard is one whole label (RFC 9525)."""
    host = host.rstrip(".").lower()
    parent = host.partition(".")[2]
    return any(name.lower() in (host, f"*.{parent}" if "." in parent else host) for name in names)


def _names(leaf: x509.Certificate) -> tuple[str, ...]:
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    texts = [name.value for name in names if isinstance(name, x509.DNSName)]
    texts += [str(name.value) for name in names if isinstance(name, x509.IPAddress)]
    return tuple(_shown(text) for text in texts[:NAMES_KEPT])


def _shown(text: str) -> str:
    return cut(visible(text), NAME_CHARACTERS)


def _tried(read: Callable[[], T], otherwise: T) -> T:
    try:
        return read()
    except Exception:  # as above: lazily parsed fields fail when they are read
        return otherwise
