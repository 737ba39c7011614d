"""Names: what is at stake about each, and the questions that show it, at resolvers and at the zones' own servers.

Pure. A lane holds one sighting of some names at one server, between its controls. Must never ask a server about a
name that it does not speak for.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from ipaddress import ip_address

from auditor.config import Config
from auditor.model import (
    Aspect,
    Claim,
    DnsAnswer,
    DnsExpectation,
    DnsQuestion,
    Observation,
    Outcome,
    Probe,
    Role,
    Seen,
)
from auditor.plan.claims import (
    PUBLIC_DNS,
    claim_key,
    gateway_endpoint,
    inside,
    outside,
    resolvers_outside,
    truth_key,
)
from auditor.plan.entrances import endpoint
from auditor.plan.looks import CHUNK, Doubts, Look, is_address
from auditor.plan.zones import Zones, service_of

_E = DnsExpectation

#: Types asked of a name at once, by what it is expected to do. Where NXDOMAIN is expected one type would do
#: (RFC 8020); two are asked, for a server may know a name in one family alone.
_TYPES: dict[DnsExpectation, tuple[str, ...]] = {
    _E.ABSENT: ("A", "AAAA"),
    _E.PRIVATE_ONLY: ("A", "AAAA", "HTTPS"),
    _E.DIFFERS_FROM_INSIDE: ("A", "AAAA", "HTTPS"),
    _E.PUBLIC: ("A", "AAAA", "HTTPS", "MX", "TXT"),
}

#: Types asked of a name that turned out to exist, for what else it discloses.
MORE_TYPES = ("HTTPS", "MX", "TXT", "SRV", "NS")

#: What records of these types lead to is looked up; whoever resolves follows an alias by itself.
_FOLLOWED = frozenset({"MX", "NS", "SRV", "HTTPS", "SVCB"})

#: Names that one answer points to and that are looked up, at most.
MAX_POINTED = 8

#: The subnet that is claimed to ask (RFC 7871) where the configuration names no private network of its own.
_PRIVATE_SUBNET = "10.0.0.0/24"

#: Other ways to ask a zone's own servers for the same: a view may go by any of them.
BY_TCP, BY_SUBNET = "tcp", "ecs"


# --- what is at stake ------------------------------------------------------------------------------------


def name_claims(config: Config, zones: Zones) -> tuple[Claim, ...]:
    """Every name at every resolver outside, and at every server that speaks for it."""
    return tuple(_claims(config, zones))


def _claims(config: Config, zones: Zones) -> Iterator[Claim]:
    known: set[str] = set()
    for service, settings in config.services.items():
        for name in settings.names:
            known.add(name)
            yield from _of_name(config, zones, service, name, settings.dns)
    for name, zone in _zone_names(config, zones, known).items():
        hosts = gateway_hosts(config)
        expect = _E.PUBLIC if name in hosts else config.zones[zone].expect
        yield from _of_name(config, zones, service_of(zone), name, expect)


def gateway_hosts(config: Config) -> frozenset[str]:
    """Hosts of gateways: meant to be seen, whatever zone they stand in."""
    return frozenset(gateway_endpoint(gateway)[1] for gateway in config.gateways.values())


def _zone_names(config: Config, zones: Zones, known: set[str]) -> dict[str, str]:
    """Names that the zones have beside those of services: gateways', and those of their inventories."""
    found: dict[str, str] = {}
    hosts = sorted(host for host in gateway_hosts(config) if not is_address(host))
    for name in (*hosts, *(name for zone in config.zones for name in zones.inventory.get(zone, ()))):
        zone = zones.zone_of(name)
        if zone is None or name in known or name.startswith("*.") or "\\" in name:
            continue
        if zones.is_internal(zone) and name == zone:
            continue  # that the zone itself is seen is a check of its own
        found.setdefault(name, zone)
    return found


def _of_name(config: Config, zones: Zones, service: str, name: str, expect: DnsExpectation) -> Iterator[Claim]:
    zone = zones.zone_of(name)
    for resolver in resolvers_outside(config):
        yield _claim(zones, service, name, expect, zone, resolver, authoritative=False)
    servers = dict.fromkeys(server for vantage in outside(config) for server, _ in zones.speakers(vantage, name))
    for server in servers:
        yield _claim(zones, service, name, expect, zone, server, authoritative=True)


def _claim(
    zones: Zones,
    service: str,
    name: str,
    expect: DnsExpectation,
    zone: str | None,
    address: str,
    *,
    authoritative: bool,
) -> Claim:
    where = f"@{address}" if authoritative else address
    return Claim(
        key=claim_key(service, Aspect.NAME, name, PUBLIC_DNS, where),
        service=service,
        aspect=Aspect.NAME,
        target=name,
        entrance=PUBLIC_DNS,
        address=address,
        truth=truth_key(service, Aspect.NAME, name),
        expect=expect,
        zone=zone,
        internal=zones.is_internal(zone),
        authoritative=authoritative,
    )


@cache
def types_of(name: str, expect: DnsExpectation) -> tuple[str, ...]:
    """The record types a name is asked for."""
    if name.endswith((".in-addr.arpa", ".ip6.arpa")):
        return ("PTR",)
    if name.startswith("_"):
        return ("SRV", "TXT")
    return _TYPES[expect]


# --- how it is asked ---------------------------------------------------------------------------------------


def sightings(
    look: Look, zones: Zones, claims: Sequence[Claim], attempt: int, doubts: Doubts = None
) -> Iterator[Probe]:
    """One sighting of each of these names, wherever this vantage asks for it."""
    resolvers = look.config.vantages[look.vantage].resolvers
    lanes: dict[tuple[str, str | None, bool], list[Claim]] = {}
    for claim in claims:
        address = claim.address or ""
        if not claim.authoritative and address in resolvers:
            lanes.setdefault((address, None, claim.service.startswith("zone:")), []).append(claim)
        elif claim.authoritative:
            served = dict(zones.speakers(look.vantage, claim.target)).get(address)
            if served is not None:
                lanes.setdefault((address, served, claim.service.startswith("zone:")), []).append(claim)
    for (address, served, listed), mine in lanes.items():
        at = _At(look, address, served, listed)
        asked = [(claim, variant) for claim in mine for variant in at.variants()]
        if doubts is not None:
            asked = [(c, v) for c, v in asked if (c.key, look.vantage, v) in doubts]
        # A chunk is of names, so that all variants of one share their controls.
        names = list(dict.fromkeys(claim.key for claim, _ in asked))
        for number, start in enumerate(range(0, len(names), CHUNK)):
            part = frozenset(names[start : start + CHUNK])
            yield from at.lane([(c, v) for c, v in asked if c.key in part], number, attempt)


class _At:
    """One server as one vantage asks it. `served`: the zone it speaks from; None: a resolver of the vantage."""

    def __init__(self, look: Look, address: str, served: str | None, listed: bool) -> None:
        self.look, self.address, self.served, self.listed = look, address, served, listed

    def variants(self) -> tuple[str, ...]:
        return ("baseline",) if self.served is None else ("baseline", BY_TCP, BY_SUBNET)

    def question(self, name: str, rrtype: str, variant: str = "baseline") -> DnsQuestion:
        if self.served is None:
            return DnsQuestion(name, rrtype, self.address)
        plain = DnsQuestion(name, rrtype, self.address, server_of=service_of(self.served), recursion=False)
        if variant == BY_TCP:
            return replace(plain, transport="tcp")
        return replace(plain, subnet=private_subnet(self.look.config)) if variant == BY_SUBNET else plain

    def lane(self, asked: Sequence[tuple[Claim, str]], number: int, attempt: int) -> Iterator[Probe]:
        kind = "dns" if self.served is None else f"ns|{self.served}"
        lane = f"{kind}|{self.look.vantage}|{self.address}|{'zone|' if self.listed else ''}{number}|{attempt}"
        claims = list({claim.key: claim for claim, _ in asked}.values())
        yield from self.controls(claims, lane, 0, attempt)
        for claim, variant in asked:
            types = types_of(claim.target, claim.expect or _E.ABSENT)
            for rrtype in types if variant != BY_SUBNET else types[:1]:
                question = self.question(claim.target, rrtype, variant)
                yield self.look.probe(Role.TARGET, claim.key, lane, 1, question, attempt=attempt, variant=variant)
        yield from self.controls(claims, lane, 2, attempt)

    def controls(self, claims: Sequence[Claim], lane: str, step: int, attempt: int) -> Iterator[Probe]:
        """That the server answers, that it invents nothing, and what it says to random labels beside each name."""
        look, group = self.look, f"public-dns|{self.address}"
        public = known_public(look)
        if self.served is not None:
            soa = self.question(self.served, "SOA")
            yield look.probe(Role.ENTRANCE, group, lane, step, soa, attempt=attempt)
        elif public is not None:
            known = self.question(public, "A")
            yield look.probe(Role.ENTRANCE, group, lane, step, known, attempt=attempt)
            for nobody in (_nobody_near(look, public, lane, step), look.names.label("top", lane, step)):
                yield look.probe(Role.GATEWAY, group, lane, step, self.question(nobody, "A"), attempt=attempt)
        for zone, types in _levels(claims).items():
            nobody = look.names.label("zone", zone, self.address, lane, step)
            for rrtype in types:
                question = self.question(f"{nobody}.{zone}" if zone else nobody, rrtype)
                yield look.probe(Role.SIBLING, f"zone|{zone}", lane, step, question, attempt=attempt)


def level_of(claim: Claim) -> str:
    """What a random name stands below to be beside a name; of a zone's apex, the zone: above it is another's."""
    return claim.target if claim.target == claim.zone else claim.target.partition(".")[2]


def _levels(claims: Sequence[Claim]) -> dict[str, tuple[str, ...]]:
    """What names stand below, and the types that any of them is asked for there."""
    levels: dict[str, dict[str, None]] = {}
    for claim in claims:
        found = levels.setdefault(level_of(claim), {})
        found.update(dict.fromkeys(types_of(claim.target, claim.expect or _E.ABSENT)))
    return {zone: tuple(types) for zone, types in levels.items()}


def known_public(look: Look) -> str | None:
    """A name that must resolve outside: the operator's own first, being near the internal ones."""
    config = look.config
    own = [(gateway.addresses != "auto", gateway_endpoint(gateway)[1]) for gateway in config.gateways.values()]
    controls = [endpoint(url)[1] for url in config.vantages[look.vantage].controls]
    ranked = [h for late, h in own if not late] + controls + [h for late, h in own if late]
    return next((host for host in ranked if not is_address(host)), None)


def _nobody_near(look: Look, public: str, *context: object) -> str:
    """A random name beside a public one, or under it where it has no zone of its own above."""
    parent = public.partition(".")[2]
    return f"{look.names.label('public', public, *context)}.{parent if '.' in parent else public}"


def private_subnet(config: Config) -> str:
    """The /24 that a question claims to come from: of an inside resolver or server, where one is private."""
    named = [resolver for vantage in inside(config) for resolver in config.vantages[vantage].resolvers]
    named += [server for zone in config.zones.values() for server in zone.transfer]
    for each in named:
        host = each.rpartition("//")[2].partition(":")[0]
        if is_address(host) and ip_address(host).is_private and not ip_address(host).is_loopback:
            return f"{host.rpartition('.')[0]}.0/24"
    return _PRIVATE_SUBNET


# --- the inside truth ----------------------------------------------------------------------------------------


def truths(look: Look, claims: Iterable[Claim]) -> Iterator[Probe]:
    """What each name is inside, at every resolver of an inside vantage."""
    names = {(claim.service, claim.target): claim for claim in claims if claim.aspect is Aspect.NAME}
    for (service, name), claim in names.items():
        for resolver in look.config.vantages[look.vantage].resolvers:
            for rrtype in types_of(name, claim.expect or _E.ABSENT):
                question = DnsQuestion(name, rrtype, resolver)
                lane = f"inside|{look.vantage}|{service}"
                yield look.probe(Role.TRUTH, truth_key(service, Aspect.NAME, name), lane, 0, question)


# --- what answers ask for ------------------------------------------------------------------------------------


def followups(look: Look, asked: Sequence[Probe], seen: Mapping[str, Seen]) -> Iterator[Probe]:
    """More types of a name that was to be absent and exists; what the records of a name point to, at resolvers.

    Each is one more look at the same sighting. What was asked already is not asked again.
    """
    known = {probe.id for probe in asked}
    more_asked = {
        (probe.group, probe.lane)
        for probe in asked
        if isinstance(probe.question, DnsQuestion)
        and probe.role is Role.TARGET
        and probe.question.rrtype == "HTTPS"
    }
    for probe in asked:
        if probe.vantage != look.vantage or probe.role is not Role.TARGET or probe.variant != "baseline":
            continue
        observation, question = seen.get(probe.id), probe.question
        if not isinstance(question, DnsQuestion) or not isinstance(observation, Observation):
            continue
        if not probe.lane.startswith(("dns|", "ns|")):
            continue
        more = [*_pointed(look, probe, question, observation)]
        if (probe.group, probe.lane) not in more_asked:
            more += _more(look, probe, question, observation)
        for each in more:
            if each.id not in known:
                known.add(each.id)
                yield each


def _more(look: Look, probe: Probe, question: DnsQuestion, observation: Observation) -> Iterator[Probe]:
    if question.rrtype not in ("A", "AAAA") or observation.outcome not in (Outcome.ANSWERED, Outcome.NODATA):
        return
    if probe.group.split("|")[2] != question.name:
        return  # a name that the claim's own only points to
    for rrtype in MORE_TYPES:
        own = replace(question, rrtype=rrtype)
        yield look.probe(Role.TARGET, probe.group, probe.lane, probe.step, own, attempt=probe.attempt)
        zone = question.name.partition(".")[2]
        nobody = look.names.label("more", zone, probe.lane)
        beside = replace(own, name=f"{nobody}.{zone}" if zone else nobody)
        yield look.probe(Role.SIBLING, f"zone|{zone}", probe.lane, probe.step, beside, attempt=probe.attempt)


def _pointed(look: Look, probe: Probe, question: DnsQuestion, observation: Observation) -> Iterator[Probe]:
    if question.server_of is not None or not isinstance(observation.answer, DnsAnswer):
        return
    for name in pointed_to(observation.answer, question.name)[:MAX_POINTED]:
        for rrtype in ("A", "AAAA"):
            there = replace(question, name=name, rrtype=rrtype)
            yield look.probe(Role.TARGET, probe.group, probe.lane, probe.step, there, attempt=probe.attempt)


def pointed_to(answer: DnsAnswer, name: str) -> tuple[str, ...]:
    """The names that records of a name point to and that the answer itself does not resolve."""
    resolved = {record.name for record in answer.records if record.rrtype in ("A", "AAAA")}
    found: dict[str, None] = {}
    for record in answer.records:
        if record.rrtype not in _FOLLOWED:
            continue
        target = (record.leads_to or "").rstrip(".").lower()
        if target and target != name and target not in resolved and "\\" not in target:
            found[target] = None
    return tuple(found)
