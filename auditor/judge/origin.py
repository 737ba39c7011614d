"""Who wrote an answer: the gateway by itself, or the upstream behind it.

Must never guess towards the gateway: that an answer is the gateway's own closes a target, so it is said only when
everything asked inside was answered and says otherwise.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache

from auditor.judge.compare import alike
from auditor.judge.fingerprint import header_names, realm_of
from auditor.judge.ground import Ground
from auditor.model import HttpAnswer

#: Headers that a gateway adds only when an upstream answered (Envoy, Kong: their own documentation).
PROOF_OF_UPSTREAM = ("x-envoy-upstream-service-time", "x-kong-upstream-latency", "x-kong-upstream-status")

_TELLING = ("server", "x-powered-by", "www-authenticate")
_COMMON = frozenset(
    {"server", "via", "content-type", "content-encoding", "cache-control", "vary", "allow", "location", "pragma"}
    | {"set-cookie", "x-powered-by", "www-authenticate", "accept-ranges", "x-cache", "alt-svc"}
)


def origin(
    answer: HttpAnswer, ground: Ground, gateway: Sequence[HttpAnswer], *, gateway_known: bool = True
) -> str:
    """U, G or ?, for one answer from outside.

    `gateway_known`: nothing that the gateway was asked for by itself was lost. Otherwise it may well say the same,
    and only what a gateway cannot say by itself speaks for the upstream.
    """
    mine = answer.fingerprint
    from_upstream = any(ground.same(mine, other.fingerprint) for other in ground.upstream)
    maybe_upstream = any(alike(mine, other.fingerprint) for other in ground.upstream)
    from_gateway = any(alike(mine, other.fingerprint) for other in gateway)
    if from_upstream and not from_gateway and gateway_known:
        return "U"
    if from_gateway and not maybe_upstream and ground.known:
        return "G"
    if _hints_upstream(answer, ground, gateway, gateway_known):
        return "U"
    if not maybe_upstream and ground.known and _hints_gateway(answer, ground, gateway):
        return "G"
    return "?"


def corroborated(outside: HttpAnswer, ground: Ground, own: Sequence[HttpAnswer]) -> bool:
    """Whether the outside answer shares a header, cookie, realm or proof of origin with inside that `own` lack."""
    if not own:
        return False
    known = set().union(*map(_traits, own))
    shared = _traits(outside) & set().union(*map(_traits, ground.samples), set())
    return bool((shared | _proofs(outside)) - known)


def _hints_upstream(
    answer: HttpAnswer, ground: Ground, gateway: Sequence[HttpAnswer], gateway_known: bool
) -> bool:
    if _proofs(answer) - _union(map(_proofs, gateway)) or answer.fingerprint.location_kind == "internal":
        return True
    if not gateway_known:
        return False
    if _realms(answer) & _union(map(_realms, ground.upstream)) - _union(map(_realms, gateway)):
        return True
    own = [other for other in gateway if not any(alike(other.fingerprint, u.fingerprint) for u in ground.upstream)]
    # A gateway that forwards nonsense shows the upstream's headers in answers that are the upstream's.
    if own and (_names(answer) & _union(map(_names, ground.upstream))) - _union(map(_names, own)):
        return True
    shared = _marks(answer, "upstream:") & _union(_marks(other, "upstream:") for other in ground.upstream)
    return bool(shared - _union(_marks(other, "upstream:") for other in gateway))


def _hints_gateway(answer: HttpAnswer, ground: Ground, gateway: Sequence[HttpAnswer]) -> bool:
    """The handwriting of this gateway, or of a firewall before it, which the service does not share."""
    by_gateway = _marks(answer, "gateway:") & _union(_marks(other, "gateway:") for other in gateway)
    by_firewall = _marks(answer, "waf:")
    by_service = _union(_marks(other, "gateway:") | _marks(other, "waf:") for other in ground.upstream)
    return bool((by_gateway | by_firewall) - by_service)


def _marks(answer: HttpAnswer, prefix: str) -> set[str]:
    return {mark for mark in answer.fingerprint.marks if mark.startswith(prefix)}


def _proofs(answer: HttpAnswer) -> set[str]:
    names = {name.lower() for name, _ in answer.headers}
    return names & set(PROOF_OF_UPSTREAM)


def _realms(answer: HttpAnswer) -> set[str]:
    challenges = (realm_of(value) for name, value in answer.headers if name.lower() == "www-authenticate")
    return {challenge for challenge in challenges if " " in challenge}


def _names(answer: HttpAnswer) -> set[str]:
    """Headers by which a server or framework names itself, and the names of its cookies."""
    return {trait for trait in _traits(answer) if trait.startswith(("server=", "x-powered-by=", "cookie="))}


def _traits(answer: HttpAnswer) -> frozenset[str]:
    """What a server shows of itself in its headers: names of its own, values that name it, cookie names."""
    return _traits_in(answer.headers)


@lru_cache(maxsize=1024)
def _traits_in(headers: tuple[tuple[str, str], ...]) -> frozenset[str]:
    found = {name for name in header_names(headers) if name not in _COMMON}
    for name, value in headers:
        lower = name.lower()
        if lower in _TELLING:
            found.add(f"{lower}={realm_of(value) if lower == 'www-authenticate' else value}")
        elif lower == "set-cookie":
            found.add(f"cookie={value.partition('=')[0].strip()}")
    return frozenset(found)


def _union(sets: Iterable[set[str]]) -> set[str]:
    return set().union(*sets)
