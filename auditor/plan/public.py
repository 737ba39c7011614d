"""What must be public: each path at every entrance that may serve it, and with credentials at its own.

Pure. Must never put a credential into a question: a question names it, and the vantage alone knows it. Must never
ask with one anywhere but at the gateway that was declared to serve the path.
"""

from collections.abc import Iterator, Mapping, Sequence

from auditor.config import Config, PublicConfig, PublicPath
from auditor.model import Anonymous, Aspect, Claim, Probe, Role
from auditor.plan.claims import claim_key
from auditor.plan.entrances import Entrance, addresses_at, ways
from auditor.plan.looks import CHUNK, Doubts, Look

#: The step of the first target; siblings stand before and after, what is asked with credentials after it.
_TARGET = 2


def served_at(config: Config, public: PublicConfig) -> Iterator[Entrance]:
    """Every way in that serves a public path, or might: its own gateway, the ways around it, then the others."""
    others = () if public.compare == "none" else config.gateways if public.compare == "all" else public.compare
    for name in dict.fromkeys((public.gateway, *others)):
        yield from ways(config, name)


def is_declared(public: PublicConfig, entrance: Entrance) -> bool:
    """Whether a way in was declared to serve what is public; the others are only held against it."""
    return entrance.name == public.gateway


def credential_key(public: str, path: str) -> str:
    """What a question calls the credential of a public path by."""
    return f"{public}|{path}"


def has_credential(path: PublicPath) -> bool:
    """Whether the path is asked for with a credential too: what is meant for everyone needs none."""
    return path.anonymous is Anonymous.DENIED and path.token is not None


def public_claims(config: Config, addresses: Mapping[str, tuple[str | None, ...]]) -> tuple[Claim, ...]:
    """Each path at each address of each entrance. None among the addresses: there may be more than were found."""
    return tuple(
        Claim(
            key=claim_key(name, Aspect.PUBLIC, path.path, entrance.name, address),
            service=name,
            aspect=Aspect.PUBLIC,
            target=path.path,
            entrance=entrance.name,
            address=address,
            truth=None,
            anonymous=path.anonymous,
            declared=is_declared(public, entrance),
            around=entrance.around,
            origin=entrance.origin,
        )
        for name, public in config.public.items()
        for path in public.paths
        for entrance in served_at(config, public)
        for address in addresses_at(entrance, addresses) or (None,)
    )


def public_sightings(
    look: Look, claims: Sequence[Claim], known: Sequence[str], attempt: int, doubts: Doubts = None
) -> Iterator[Probe]:
    """One sighting of each of these claims, which share an entrance and an address.

    Without credentials first: what a cache keeps of an answer with them is then the cache's own doing. `known` are
    the addresses of the gateway, as this vantage found them.
    """
    asked = [claim for claim in claims if doubts is None or (claim.key, look.vantage, "baseline") in doubts]
    turns = _turns(look, claims[0], attempt)
    for number, start in enumerate(range(0, len(asked), CHUNK)):
        first = asked[start]
        assert first.address is not None, "a claim without an address cannot be looked at"
        lane = f"public|{look.vantage}|{first.entrance}|{first.address}|{number}|{attempt}"
        yield from look.control(first, known, lane, 0, attempt)
        for claim in asked[start : start + CHUNK]:
            yield from _around(look, claim, lane, attempt, turns)
        yield from look.control(first, known, lane, _TARGET + turns + 1, attempt)


def _turns(look: Look, claim: Claim, attempt: int) -> int:
    """How often it is asked without credentials in one sighting: one backend of several may let everybody in."""
    attempts = look.config.gateways[look.ways[claim.entrance].gateway].attempts
    return attempts if attempt == 1 else -(-attempts // 2)


def _around(look: Look, claim: Claim, lane: str, attempt: int, turns: int) -> Iterator[Probe]:
    way = look.ways[claim.entrance]

    def ask(role: Role, step: int, path: str, credential: str | None = None) -> Probe:
        question = way.named(way.question(path, claim.address or "", credential=credential))
        return look.probe(role, claim.key, lane, step, question, attempt=attempt, paced_by=way.gateway)

    def nobody(tag: str) -> str:
        return look.names.sibling_path(claim.target, claim.key, tag, attempt)

    after = _TARGET + turns
    for step, tag in ((1, "before"), (1, "again"), (after, "after")):
        yield ask(Role.SIBLING, step, nobody(tag))
    for turn in range(turns):
        yield ask(Role.TARGET, _TARGET + turn, claim.target)
    key = _credential(look.config, claim)
    if key is not None:
        yield ask(Role.CREDENTIAL, after, claim.target, key)
        yield ask(Role.SIBLING, after, nobody("with"), key)


def _credential(config: Config, claim: Claim) -> str | None:
    """The credential this claim is asked with as well, at its own gateway alone."""
    if not claim.declared:
        return None
    paths = config.public[claim.service].paths
    known = next((path for path in paths if path.path == claim.target), None)
    return credential_key(claim.service, claim.target) if known is not None and has_credential(known) else None
