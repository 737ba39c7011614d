"""The plan in words: for `auditor plan` and `auditor explain`. Must never look anything up but in files named.

Gateways whose addresses are found out during the audit are shown with one stand-in address, public zones with one
stand-in for the name servers that their delegation lists.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from time import monotonic
from typing import Any

from auditor.config import Config, ServiceConfig, log_reader
from auditor.model import (
    Aspect,
    Claim,
    DnsExpectation,
    DnsQuestion,
    InventoryQuestion,
    Observation,
    Outcome,
    Plan,
    Role,
    codec,
)
from auditor.plan import PUBLIC_DNS, closing, main, opening, witness
from auditor.plan.claims import gateway_endpoint, gateways_of, inside, outside
from auditor.plan.entrances import ways
from auditor.plan.looks import is_address
from auditor.probes.inventory import Unreadable
from auditor.probes.inventory import read as read_inventory

STAND_IN = "each-address"
STAND_IN_SERVER = "each-server"

#: For reading one file of names.
_READING_SECONDS = 10.0

_EXPECTED = {
    DnsExpectation.ABSENT: "must not exist outside: every record, and even an empty answer, is a leak",
    DnsExpectation.PRIVATE_ONLY: "may exist outside, but lead to private addresses only",
    DnsExpectation.DIFFERS_FROM_INSIDE: "may exist outside, but answer something else than inside",
    DnsExpectation.PUBLIC: "is meant to be seen outside, with public addresses and names alone",
}


def sample(config: Config) -> Plan:
    """The plan of an audit in which every gateway has as many addresses as are known beforehand."""
    settled = {
        name: gateway
        if gateway.addresses != "auto" or is_address(gateway_endpoint(gateway)[1])
        else gateway.model_copy(update={"addresses": (STAND_IN,)})
        for name, gateway in config.gateways.items()
    }
    zones = {
        name: zone.model_copy(update={"servers": (*zone.servers, STAND_IN_SERVER), "delegation": False})
        if zone.delegation and zone.scope == "public"
        else zone
        for name, zone in config.zones.items()
    }
    known = config.model_copy(update={"gateways": settled, "zones": zones})
    seeds = dict.fromkeys(config.vantages, "sample")
    first = opening(config, seeds)
    files = [probe for probe in first.probes if probe.role is Role.INVENTORY]
    asked = first + main(known, seeds, files, [seen for _, seen in _read(first) if seen is not None])
    return asked + witness(known, seeds, asked.probes, ()) + closing(config, seeds)


def _read(plan: Plan) -> Iterator[tuple[str, Observation | None]]:
    """Files of names that the plan reads: what is in each, or why it cannot be read, and then no observation."""
    for probe in plan.probes:
        if probe.role is Role.INVENTORY and isinstance(probe.question, InventoryQuestion):
            try:
                answer = read_inventory(probe.question, monotonic() + _READING_SECONDS)
            except Unreadable as error:
                yield f"{probe.group.removeprefix('zone:')}: file: {probe.question.file}: {error}", None
                continue
            if answer.notes:
                yield f"{probe.group.removeprefix('zone:')}: file: {probe.question.file}: {answer.notes[0]}", None
            at = datetime.fromtimestamp(0, UTC)
            yield "", Observation(probe.id, probe.vantage, at, 0.0, Outcome.ANSWERED, answer=answer)


def unreadable(config: Config) -> Iterator[str]:
    """A warning for each zone file that cannot be read here and now, with its line."""
    plan = opening(config, dict.fromkeys(config.vantages, "sample"))
    return (f"zones.{why}" for why, seen in _read(plan) if seen is None)


def seconds_through(config: Config, plan: Plan) -> dict[str, float]:
    """How long the requests of a plan take through each gateway at its rate, replays left out."""
    paced = Counter(probe.paced_by for probe in plan.probes)
    return {name: paced[name] / gateway.rate for name, gateway in config.gateways.items()}


def too_slow(config: Config) -> Iterator[str]:
    """A warning for each gateway through which an audit cannot be done in the time it has."""
    limit = config.limits.audit_seconds
    for name, seconds in seconds_through(config, sample(config)).items():
        if seconds > limit:
            rate = config.gateways[name].rate
            yield (
                f"gateways.{name}: an audit asks it for {seconds:.0f} s at {rate:g}/s and has {limit:.0f} s, "
                "so it will never be complete: raise 'rate', or limits.audit_seconds and the time between "
                "audits, or ask fewer 'variants'"
            )
    rate = config.limits.resolver_rate
    for server, count in questions_to(sample(config)).items():
        if count / rate > limit:
            yield (
                f"limits.resolver_rate: an audit asks {server} {count} questions, {count / rate:.0f} s at "
                f"{rate:g}/s, and has {limit:.0f} s: raise it, or limits.audit_seconds and the time between audits"
            )


def questions_to(plan: Plan) -> Counter[str]:
    """How many questions each resolver and name server is asked, replays left out."""
    return Counter(probe.question.resolver for probe in plan.probes if isinstance(probe.question, DnsQuestion))


def plan_json(config: Config) -> dict[str, Any]:
    import json

    plan = sample(config)
    whole: dict[str, Any] = json.loads(codec.dump(Plan, plan))
    return {"schema": 1, "stand_in_address": STAND_IN, **whole}


def plan_text(config: Config) -> str:
    plan = sample(config)
    hunts = Counter(claim.entrance for claim in plan.claims if claim.aspect is Aspect.SENSITIVE)
    lines = [
        f"{len(plan.claims) - hunts.total()} targets × entrances, {len(plan.probes)} probes "
        "(before replays of what is not good: two more sightings each)",
        "",
    ]
    for vantage in config.vantages:
        mine = [probe for probe in plan.probes if probe.vantage == vantage]
        kinds = Counter(probe.question.kind for probe in mine)
        told = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
        lines.append(f"{vantage} ({config.vantages[vantage].side}): {len(mine)} probes: {told or 'none'}")
    lines.append("")
    seconds = seconds_through(config, plan)
    for name, gateway in config.gateways.items():
        paced = round(seconds[name] * gateway.rate)
        each = f" for {STAND_IN.replace('-', ' ')}" if any(c.address == STAND_IN for c in plan.claims) else ""
        lines.append(
            f"{name}: {paced} requests{each} at {gateway.rate:g}/s: about {seconds[name]:.0f} s"
            + (f", {hunts[name]} well-known sensitive paths among them" if hunts[name] else "")
            + ("" if gateway.control else "; WITHOUT A CONTROL: nothing through it can be proven closed")
        )
        lines += _ways_around(config, plan, name)
    for name, service in config.services.items():
        lines += [f"{name}: {line}" for line in _witnesses(config, service)]
    lines += _names(config, plan)
    return "\n".join(lines)


def _names(config: Config, plan: Plan) -> Iterator[str]:
    """What resolvers and name servers are asked, and what is not known before an audit."""
    rate = config.limits.resolver_rate
    for server, count in questions_to(plan).items():
        if STAND_IN in server:
            continue  # a few questions at each gateway's address, whether anybody there speaks DNS
        shown = "each name server of the zones" if server == STAND_IN_SERVER else f"resolver {server}"
        if server in {each for zone in config.zones.values() for each in (*zone.servers, *zone.transfer)}:
            shown = f"name server {server}"
        yield f"{shown}: {count} questions at {rate:g}/s: about {count / rate:.0f} s"
    for name, zone in config.zones.items():
        more = ["the name servers of its delegation"] if zone.delegation else []
        more += [f"the names that {', '.join(zone.transfer)} hands over"] if zone.transfer else []
        checks = [claim for claim in plan.claims if claim.service == f"zone:{name}" and claim.check is not None]
        found = f"; found out in the audit: {', '.join(more)}" if more else ""
        names = {claim.target for claim in plan.claims if claim.aspect is Aspect.NAME and claim.zone == name}
        yield f"zone {name} ({zone.scope}): {len(checks)} checks, {len(names)} names{found}"


def _witnesses(config: Config, service: ServiceConfig) -> Iterator[str]:
    """What can tell from inside whether a request arrived."""
    if service.canary is not None:
        secret = service.canary.secret
        where = f"the environment variable {secret.env}" if secret.env else f"the file {secret.file}"
        yield f"its canary answers at {service.canary.path}; the secret is taken from {where}"
    for log in service.logs:
        yield f"its log {log.file} is read by {log_reader(config)} from where it ends now"


def _ways_around(config: Config, plan: Plan, gateway: str) -> Iterator[str]:
    """Each way around a gateway, and how many of its requests go there: controls for it go to the gateway."""
    counts = _requests(plan)
    for way in ways(config, gateway)[1:]:
        where = ", ".join(way.addresses) if way.addresses else "the same addresses"
        yield f"  {way.name}: {counts[way.name]} of them, {way.scheme} to port {way.port} of {where}"


def _requests(plan: Plan) -> Counter[str]:
    """The requests that each way in is sent."""
    entrance = {
        group: claim.entrance
        for claim in plan.claims
        for group in (claim.key, claim.siblings, f"gw|{claim.entrance}|{claim.address or ''}")
    }
    return Counter(entrance[probe.group] for probe in plan.probes if probe.group in entrance)


def explain_text(config: Config, name: str) -> str:
    service = config.services[name]
    plan = sample(config)
    claims = [c for c in plan.claims if c.service == name and c.aspect is not Aspect.PUBLIC]
    lines = [f"{name}: owner {service.owner or 'nobody named'}, severity {service.severity}", ""]
    for aspect in Aspect:
        of_aspect = [claim for claim in claims if claim.aspect is aspect]
        if of_aspect:
            lines += [*_aspect(config, name, aspect, of_aspect), ""]
    witnesses = list(_witnesses(config, service))
    if witnesses:
        lines += ["Witnesses: " + "; ".join(witnesses), f"  {_WITNESS}", ""]
    if service.url is None:
        lines += ["No url: only its names are at stake; paths, hosts and ports are not tried.", ""]
    groups = {group for claim in claims for group in (claim.key, claim.siblings)}
    count = Counter(probe.role for probe in plan.probes if probe.group in groups)
    lines.append(f"{count[Role.TARGET]} target probes, {count[Role.SIBLING]} random siblings in every audit.")
    return "\n".join(lines)


def _aspect(config: Config, name: str, aspect: Aspect, claims: list[Claim]) -> Iterator[str]:
    targets = list(dict.fromkeys(claim.target for claim in claims))
    entrances = ", ".join(dict.fromkeys(_entrance(claim) for claim in claims))
    looks_out = ", ".join(outside(config))
    looks_in = ", ".join(inside(config))
    service = config.services[name]
    yield f"{_HEADS[aspect]}: {', '.join(targets)}"
    yield f"  tried from {looks_out} through {entrances}"
    yield f"  why: {_EXPECTED[service.dns] if aspect is Aspect.NAME else _WHY[aspect]}"
    yield f"  closed when: {_PROOF[aspect].format(inside=looks_in, url=service.url)}"
    if aspect is not Aspect.NAME:
        for gateway in gateways_of(config, service):
            control = config.gateways[gateway].control
            what = f"{control} answers before and after" if control else "nothing: it has no control"
            yield f"  {gateway} is proven open by: {what}"
            around = [way.name for way in ways(config, gateway)[1:]] if aspect is not Aspect.PORT else []
            if around:
                yield f"  {', '.join(around)}: the same; closed too when nothing at all connects there"


def _entrance(claim: Claim) -> str:
    where = f"resolver {claim.address}" if claim.entrance == PUBLIC_DNS else claim.entrance
    if claim.authoritative:
        where = (
            "each name server of its zone" if claim.address == STAND_IN_SERVER else f"name server {claim.address}"
        )
    return where if claim.entrance == PUBLIC_DNS else f"{where} at {claim.address or 'no known address'}"


_WITNESS = (
    "a log has the last word on what arrived; that it lacks a request counts where it shows the target asked "
    "inside and the gateway's control"
)
_HEADS = {
    Aspect.NAME: "Names",
    Aspect.PATH: "Paths",
    Aspect.HOST: "Names as Host and SNI",
    Aspect.PORT: "Ports",
}
_WHY = {
    Aspect.PATH: "a rule that is missing, too wide or in the wrong order forwards what it should not",
    Aspect.HOST: "a virtual host answers to whoever says its name, though the name does not resolve outside",
    Aspect.PORT: "a port open on a public address goes around the gateway",
}
_PROOF = {
    Aspect.NAME: "{inside} gets an answer for it, a known-public name resolves at the same resolver before and "
    "after, random labels beside it are NXDOMAIN, and the name is NXDOMAIN too",
    Aspect.PATH: "{inside} gets an answer from {url} twice, and outside gets the gateway's own denial, as random "
    "paths beside it do",
    Aspect.HOST: "{inside} gets an answer for that name from {url}, and outside gets what random hosts get",
    Aspect.PORT: "{inside} connects to it, and outside is refused or gets silence three times",
}
