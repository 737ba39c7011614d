"""The rounds of an audit, each a pure function of the configuration, the seeds and what was seen.

`opening` proves sight and finds addresses, `main` asks everything, `followups` follows what the answers ask for
(canonical redirects, cached answers), `replays` asks again what was not closed, `witness` reads what logs show of
all this, `closing` proves sight once more.
A vantage by file cannot be asked twice, so its three sightings are planned at once.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from urllib.parse import urljoin, urlsplit

from auditor.catalog import never_reason
from auditor.config import Config, log_reader
from auditor.model import (
    Aspect,
    Claim,
    DnsAnswer,
    Doubt,
    HttpAnswer,
    HttpQuestion,
    Observation,
    Outcome,
    Plan,
    Probe,
    Role,
    Seen,
    Side,
)
from auditor.plan import checks, hunting, naming
from auditor.plan.claims import claims_at, gateway_endpoint, inside, outside
from auditor.plan.entrances import entrances
from auditor.plan.looks import Doubts, Look, is_address
from auditor.plan.names import Names
from auditor.plan.public import public_claims, public_sightings
from auditor.plan.witnesses import canary_controls, marks, reads
from auditor.plan.zones import Zones
from auditor.plan.zones import opening as opening_of_zones

Seeds = Mapping[str, str]

#: How each aspect is looked at, where it is not as a path, a host or a port is.
_LOOKS = {Aspect.PUBLIC: public_sightings, Aspect.SENSITIVE: hunting.sightings}

#: Redirects followed from one answer, at most.
HOPS = 3

#: Roles whose redirects are followed: the target and all that it is compared with.
FOLLOWED = frozenset({Role.TARGET, Role.CREDENTIAL, Role.SIBLING, Role.GATEWAY, Role.TRUTH, Role.TRUTH_SIBLING})

#: Addresses tried for one gateway and family set, at most; more is a misconfiguration or an attack.
MAX_ADDRESSES = 32

#: A resolver's word on a name: its addresses, or that there are none.
_SAID = frozenset({Outcome.ANSWERED, Outcome.NODATA, Outcome.NXDOMAIN})


def digest(config: Config) -> str:
    """SHA-256 of all that a plan depends on; alerts, database and schedule are not part of it."""
    parts = config.model_dump_json(
        include={
            "version",
            "vantages",
            "gateways",
            "services",
            "public",
            "limits",
            "zones",
            "networks",
            "transparency",
        }
    )
    return hashlib.sha256(parts.encode()).hexdigest()


def opening(config: Config, seeds: Seeds) -> Plan:
    """Sight before, the addresses of gateways whose names are to be resolved, and what there is of the zones."""
    probes: list[Probe] = []
    for look in _looks(config, seeds):
        probes += look.sight("before")
        if look.vantage in outside(config):
            for gateway in config.gateways:
                probes += look.addresses(gateway)
        probes += opening_of_zones(look)
        if look.vantage == log_reader(config):
            probes += marks(look)
    return Plan(_sides(config, seeds), (), tuple(probes))


def main(config: Config, seeds: Seeds, asked: Sequence[Probe], seen: Iterable[Seen]) -> Plan:
    """Everything at stake, from every vantage, at every address the opening found."""
    found = found_addresses(config, asked, seen)
    unsure = in_doubt(asked, seen)
    union: dict[str, tuple[str | None, ...]] = {}
    for gateway in config.gateways:
        known = dict.fromkeys(a for v in outside(config) for a in found.get((v, gateway), ()))
        union[gateway] = (*known, None) if gateway in unsure else tuple(known)
    zones = Zones.found(config, asked, seen)
    claims = naming.name_claims(config, zones) + claims_at(config, union) + public_claims(config, union)
    claims += checks.check_claims(config, zones, union) + hunting.claims_at(config, union)
    probes: list[Probe] = []
    for look in _looks(config, seeds):
        if look.vantage in inside(config):
            for name, service in config.services.items():
                probes += look.truth(name, service)
                probes += canary_controls(look, name, service, f"inside|{look.vantage}|{name}")
            probes += naming.truths(look, claims)
            probes += checks.truths(look, claims)
            probes += checks.sightings(look, zones, claims, {}, 1)
            continue
        for entrance in look.ways:
            for address in found.get((look.vantage, entrance), ()):
                probes += look.fingerprints(entrance, address)
        probes += checks.rebindings(look, claims)
        attempts = (1, 2, 3) if config.vantages[look.vantage].by_file else (1,)
        for attempt in attempts:
            probes += _sightings(look, zones, claims, found, attempt)
    return Plan(_sides(config, seeds), claims, tuple(probes))


def replays(
    config: Config, seeds: Seeds, asked: Sequence[Probe], seen: Iterable[Seen], doubts: Sequence[Doubt]
) -> Plan:
    """Two more sightings of whatever is in doubt, with fresh siblings and controls."""
    found = found_addresses(config, asked, seen)
    zones = Zones.found(config, asked, seen)
    claims = tuple({doubt.claim.key: doubt.claim for doubt in doubts}.values())
    wanted = {(doubt.claim.key, doubt.vantage, doubt.variant) for doubt in doubts}
    probes: list[Probe] = []
    for look in _looks(config, seeds):
        if config.vantages[look.vantage].by_file:
            continue
        for attempt in (2, 3):
            if look.vantage in outside(config):
                probes += _sightings(look, zones, claims, found, attempt, wanted)
            else:
                probes += checks.sightings(look, zones, claims, {}, attempt, wanted)
    return Plan(_sides(config, seeds), (), tuple(probes))


def witness(config: Config, seeds: Seeds, asked: Sequence[Probe], seen: Iterable[Seen]) -> Plan:
    """What the services' own logs show of everything that was asked."""
    probes: list[Probe] = []
    for look in _looks(config, seeds):
        if look.vantage == log_reader(config):
            probes += reads(look, asked, seen)
    return Plan(_sides(config, seeds), (), tuple(probes))


def closing(config: Config, seeds: Seeds) -> Plan:
    """Sight after: what was seen in between was seen with open eyes."""
    probes = [probe for look in _looks(config, seeds) for probe in look.sight("after")]
    return Plan(_sides(config, seeds), (), tuple(probes))


def followups(config: Config, seeds: Seeds, asked: Sequence[Probe], seen: Iterable[Seen]) -> Plan:
    """What answers ask for: a canonical redirect followed, a target's cached answer asked for afresh.

    Whatever is compared with a target is followed as it is, or a gateway that sends all plain http to https would
    look different for each. Depends on one vantage's own answers alone, so that a vantage by file can do it too.
    """
    answers = {each.probe: each for each in seen if isinstance(each, Observation)}
    followed = {probe.follows for probe in asked}
    chain = {probe.id: probe for probe in asked}
    looks = {look.vantage: look for look in _looks(config, seeds)}
    probes: list[Probe] = []
    for look in looks.values():
        if look.vantage in outside(config):
            probes += naming.followups(look, asked, answers)
    for probe in asked:
        observation = answers.get(probe.id)
        if probe.role not in FOLLOWED or probe.id in followed or observation is None:
            continue
        question = _next_question(config, probe, observation.answer, chain)
        if question is not None and probe.vantage in looks:
            look = looks[probe.vantage]
            probes.append(
                look.probe(
                    probe.role,
                    probe.group,
                    probe.lane,
                    probe.step + 10,
                    question,
                    attempt=probe.attempt,
                    paced_by=probe.paced_by,
                    follows=probe.id,
                    variant=probe.variant,
                )
            )
    return Plan(_sides(config, seeds), (), tuple(probes))


def found_addresses(
    config: Config, asked: Iterable[Probe], seen: Iterable[Seen]
) -> dict[tuple[str, str], tuple[str, ...]]:
    """(vantage, entrance) → addresses: those given, or those the gateway's name resolved to at that vantage."""
    answers = {each.probe: each for each in seen if isinstance(each, Observation)}
    found: dict[tuple[str, str], dict[str, None]] = {}
    for probe in asked:
        observation = answers.get(probe.id)
        if probe.role is not Role.ADDRESS or observation is None:
            continue
        if isinstance(observation.answer, DnsAnswer):
            gateway = probe.group.removeprefix("gw|")
            into = found.setdefault((probe.vantage, gateway), {})
            into.update(
                dict.fromkeys(
                    r.data for r in observation.answer.records if r.rrtype in ("A", "AAAA") and is_address(r.data)
                )
            )
    out = {key: tuple(sorted(addresses))[:MAX_ADDRESSES] for key, addresses in found.items()}
    for gateway, settings in config.gateways.items():
        host = gateway_endpoint(settings)[1]
        fixed = settings.addresses if settings.addresses != "auto" else (host,) if is_address(host) else None
        if fixed is not None:
            out.update({(vantage, gateway): tuple(fixed) for vantage in outside(config)})
    for way in entrances(config).values():
        for vantage in outside(config) if way.around is not None else ():
            out[vantage, way.name] = (
                out.get((vantage, way.gateway), ()) if way.addresses is None else way.addresses
            )
    return out


def in_doubt(asked: Iterable[Probe], seen: Iterable[Seen]) -> frozenset[str]:
    """Gateways that may have more addresses than were found: a question failed, or too much was answered."""
    answers = {each.probe: each for each in seen if isinstance(each, Observation)}
    count: dict[tuple[str, str], set[str]] = {}
    unsure: set[str] = set()
    for probe in asked:
        if probe.role is not Role.ADDRESS:
            continue
        gateway, observation = probe.group.removeprefix("gw|"), answers.get(probe.id)
        answer = None if observation is None else observation.answer
        said = observation is not None and observation.outcome in _SAID
        if not said or not isinstance(answer, DnsAnswer) or answer.truncated:
            unsure.add(gateway)
            continue
        known = count.setdefault((probe.vantage, gateway), set())
        known.update(record.data for record in answer.records if record.rrtype in ("A", "AAAA"))
        if len(known) > MAX_ADDRESSES:
            unsure.add(gateway)
    return frozenset(unsure)


def _looks(config: Config, seeds: Seeds) -> Iterator[Look]:
    for vantage in config.vantages:
        if vantage in seeds:
            yield Look(config, vantage, Names(seeds[vantage]))


def _sides(config: Config, seeds: Seeds) -> tuple[tuple[str, Side], ...]:
    return tuple((name, vantage.side) for name, vantage in config.vantages.items() if name in seeds)


def _sightings(
    look: Look,
    zones: Zones,
    claims: Sequence[Claim],
    found: Mapping[tuple[str, str], tuple[str, ...]],
    attempt: int,
    doubts: Doubts = None,
) -> Iterator[Probe]:
    names = [claim for claim in claims if claim.aspect is Aspect.NAME]
    yield from naming.sightings(look, zones, names, attempt, doubts)
    known = {gateway: addresses for (vantage, gateway), addresses in found.items() if vantage == look.vantage}
    yield from checks.sightings(look, zones, claims, known, attempt, doubts)
    mine = [
        claim
        for claim in claims
        if claim.aspect not in (Aspect.NAME, Aspect.DNS) and claim.address in known.get(claim.entrance, ())
    ]

    def together(claim: Claim) -> tuple[str, str, str]:
        return claim.entrance, claim.address or "", claim.aspect

    for _, group in groupby(sorted(mine, key=together), key=together):
        part = list(group)
        of_gateway = known.get(look.ways[part[0].entrance].gateway, ())
        look_at = _LOOKS.get(part[0].aspect, Look.sightings)
        yield from look_at(look, part, of_gateway, attempt, doubts)


def _next_question(
    config: Config, probe: Probe, answer: object, chain: Mapping[str, Probe]
) -> HttpQuestion | None:
    question = probe.question
    if not isinstance(answer, HttpAnswer) or not isinstance(question, HttpQuestion):
        return None
    if answer.cached and probe.role is Role.TARGET and not _hops(probe, chain):
        buster = hashlib.blake2b(probe.id.encode(), digest_size=6).hexdigest()
        joint = "&" if "?" in question.target else "?"
        return replace(question, target=f"{question.target}{joint}cb={buster}")
    if answer.fingerprint.location_kind != "canonical" or answer.location is None:
        return None
    return _followed(config, probe, question, answer.location) if _hops(probe, chain) < HOPS else None


def _hops(probe: Probe, chain: Mapping[str, Probe]) -> int:
    hops = 0
    while probe.follows is not None and probe.follows in chain:
        probe, hops = chain[probe.follows], hops + 1
    return hops


def _followed(config: Config, probe: Probe, question: HttpQuestion, location: str) -> HttpQuestion | None:
    """The next request of a canonical redirect: same gateway, own host, never down to plain http."""
    asked = _asked_as(question)
    here = f"{question.scheme}://{f'[{asked}]' if ':' in asked else asked}:{question.port}{question.target}"
    try:
        there = urlsplit(urljoin(here, location))
        port = there.port
    except ValueError:
        return None
    hosts = {gateway_endpoint(g)[1] for g in config.gateways.values()} | {asked}
    if there.scheme not in ("http", "https") or there.hostname not in hosts or not there.path.startswith("/"):
        return None
    if question.scheme == "https" and there.scheme == "http":
        return None
    port = port or (443 if there.scheme == "https" else 80)
    here_too = (there.scheme, there.hostname, port) == (question.scheme, question.host, question.port)
    if question.credential is not None and not here_too:
        return None  # a credential goes where it was meant to go, whatever an answer says
    target = there.path + (f"?{there.query}" if there.query else "")
    if any(ord(c) <= 0x20 or ord(c) == 0x7F for c in target) or not target.isascii():
        return None
    if never_reason(target) and not never_reason(question.target):
        return None  # nobody is led to what is never asked
    named = there.hostname != question.host
    port = port or (443 if there.scheme == "https" else 80)
    host_header = there.hostname if named or question.host_header else None
    if not named and asked == question.host:  # under the gateway's own name, as it is asked for there
        host_header = question.host_header if (there.scheme, port) == (question.scheme, question.port) else None
    return replace(
        question,
        scheme="https" if there.scheme == "https" else "http",
        port=port,
        target=target,
        host_header=host_header,
        sni=there.hostname if named or question.sni else None,
    )


def _asked_as(question: HttpQuestion) -> str:
    """The name that a question was asked under, without port and brackets."""
    name = question.host_header or question.host
    if name.startswith("["):
        return name[1:].partition("]")[0]
    return name if name.count(":") > 1 else name.partition(":")[0]
