"""Hunts: well-known sensitive paths of products, asked of each gateway outside what it is meant to forward.

Nothing inside tells what is right there, so a hunt accuses or is silent. Must never ask what is never asked, nor
what the operator has already said something about: what is meant to be forwarded, and what a service lists.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from auditor.catalog import hunted, never_reason, page_of
from auditor.config import Config, GatewayConfig
from auditor.config.urls import forwards
from auditor.model import Aspect, Claim, Probe, Role
from auditor.plan.claims import claim_key, gateways_of, shape_key
from auditor.plan.looks import CHUNK, Doubts, Look
from auditor.plan.names import shape_of_path

#: What a gateway's own name is told by where a service's would stand. No service can have a colon in its name.
GATEWAY = "gateway:"


def claims_at(config: Config, addresses: Mapping[str, tuple[str | None, ...]]) -> tuple[Claim, ...]:
    """One hunt a path of the packs chosen, gateway and address; one without an address where none was found."""
    return tuple(
        _claim(gateway, path, address)
        for gateway in config.gateways
        for address in addresses.get(gateway) or (None,)
        for path in paths_of(config, gateway)
    )


def paths_of(config: Config, gateway: str) -> tuple[str, ...]:
    """What is hunted at a gateway, paths of one shape together."""
    settings = config.gateways[gateway]
    if settings.sensitive == "none":
        return ()
    known = _known(config, gateway, settings)
    paths = [
        path
        for path in hunted(settings.sensitive)
        if page_of(path) not in known
        and not any(forwards(pattern, path) for pattern in settings.allow)
        and never_reason(path) is None
    ]
    return tuple(sorted(paths, key=lambda path: (shape_of_path(path), path)))


def _known(config: Config, gateway: str, settings: GatewayConfig) -> frozenset[str]:
    """Paths of this gateway that the configuration has its own word for."""
    named = [settings.control] if settings.control is not None else []
    for service in config.services.values():
        if gateway in gateways_of(config, service):
            named += service.paths
    for public in config.public.values():
        if public.gateway == gateway:
            named += [each.path for each in public.paths]
    return frozenset(map(page_of, named))


def _claim(gateway: str, path: str, address: str | None) -> Claim:
    service = f"{GATEWAY}{gateway}"
    return Claim(
        key=claim_key(service, Aspect.SENSITIVE, path, gateway, address),
        service=service,
        aspect=Aspect.SENSITIVE,
        target=path,
        entrance=gateway,
        address=address,
        truth=None,
        siblings=shape_key(Aspect.SENSITIVE, path, gateway, address),
    )


def sightings(
    look: Look, claims: Sequence[Claim], known: Sequence[str], attempt: int, doubts: Doubts = None
) -> Iterator[Probe]:
    """One sighting of each of these hunts, which share a gateway and an address; with `doubts`, of those in them.

    `known` are the addresses of the gateway, as this vantage found them. Paths of one shape share their siblings,
    one before and one after: what is shown is asked twice more, with fresh ones.
    """
    if doubts is not None:
        claims = [claim for claim in claims if (claim.key, look.vantage, "baseline") in doubts]
    ordered = sorted(claims, key=lambda claim: (claim.siblings, claim.target))
    for number, start in enumerate(range(0, len(ordered), CHUNK)):
        yield from _lane(look, ordered[start : start + CHUNK], known, number, attempt)


def _lane(look: Look, claims: Sequence[Claim], known: Sequence[str], number: int, attempt: int) -> Iterator[Probe]:
    gateway, address = claims[0].entrance, claims[0].address
    assert address is not None, "a claim without an address cannot be looked at"
    lane = f"{Aspect.SENSITIVE}|{look.vantage}|{gateway}|{address}|{number}|{attempt}"
    yield from look.control(claims[0], known, lane, 0, attempt)
    for step, tag in ((1, "before"), (2, None), (3, "after")):
        for group, alike in groupby(claims, key=lambda claim: claim.siblings):
            for claim in alike:
                path, role = claim.target, Role.TARGET
                if tag is not None:
                    path, role = look.names.sibling_path(path, group, number, attempt, tag), Role.SIBLING
                yield look.probe(
                    role, group if tag else claim.key, lane, step, look.ways[gateway].question(path, address),
                    attempt=attempt, paced_by=gateway,
                )  # fmt: skip
                if tag is not None:
                    break
    yield from look.control(claims[0], known, lane, 4, attempt)
