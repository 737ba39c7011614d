"""Canaries: the secrets of services that prove they were reached, and whether an answer holds the proof.

Must never let a secret, or a value made with one, into an observation, a message or a repr.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from auditor.config import Config, ConfigError, reveal

#: Marks of an answer: it holds the canary of the request; nobody could look for it.
ANSWERED, UNCHECKED = "canary", "canary_unchecked"

#: The header whose value the service signs.
HEADER = "X-Reach-Probe-Id"

#: What stands in place of a canary in all that is kept.
REDACTED = b"[redacted: canary]"

_HEX = re.compile(rb"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
#: Whatever may hold one, however it was written.
_LIKE_ONE = re.compile(rb"[0-9A-Fa-f]{64,}")


@dataclass(frozen=True, slots=True)
class Canaries:
    """The secrets at hand, by service; and why one is not, in words that hold no secret."""

    secrets: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    missing: Mapping[str, str] = field(default_factory=dict)

    def why_missing(self, service: str) -> str:
        return self.missing.get(service, "its secret is not at hand here")


NO_CANARIES = Canaries()


def canaries_of(config: Config, environ: Mapping[str, str]) -> Canaries:
    """The secrets of all services that have a canary, fetched now."""
    secrets: dict[str, bytes] = {}
    missing: dict[str, str] = {}
    for name, service in config.services.items():
        if service.canary is None:
            continue
        try:
            secrets[name] = reveal(service.canary.secret, environ).encode()
        except ConfigError as error:
            missing[name] = "; ".join(problem.message for problem in error.problems)
    return Canaries(secrets, missing)


def signed(secret: bytes, probe_id: str) -> bytes:
    """What the service answers to a probe: lower-case hex HMAC-SHA256 (RFC 2104, FIPS 180-4)."""
    return hmac.new(secret, probe_id.encode(), hashlib.sha256).hexdigest().encode()


def holds(body: bytes, secret: bytes, probe_id: str) -> bool:
    """Whether a body holds the canary of this probe; compared in constant time, all of it."""
    expected = signed(secret, probe_id)
    found = False
    for match in _HEX.finditer(body):
        found |= hmac.compare_digest(match[0], expected)
    return found


def without(body: bytes) -> tuple[bytes, bool]:
    """A body without anything that could be a canary, and whether there was something: fit to be kept."""
    rest, times = _LIKE_ONE.subn(REDACTED, body)
    return rest, times > 0
