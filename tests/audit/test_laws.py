"""The laws, broken on purpose over plans of the real planner: two vantages a side, two resolvers, both families.

Every answer is made up here, and every round is planned from the answers before, as an audit does it.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.config import Config, GatewayConfig, ServiceConfig, VantageConfig
from auditor.findings import finding_id
from auditor.judge import Verdicts, fingerprint, judge
from auditor.model import (
    Aspect,
    DnsAnswer,
    DnsQuestion,
    DnsRecord,
    HttpAnswer,
    HttpQuestion,
    Judgement,
    Observation,
    Outcome,
    Plan,
    Probe,
    Role,
    Seen,
    Side,
    Skip,
    SkipReason,
    TcpAnswer,
    TcpQuestion,
    TlsAnswer,
    TlsQuestion,
    Verdict,
)
from auditor.plan import closing, followups, main, opening, replays
from auditor.plan.rounds import MAX_ADDRESSES

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
V4, V6, SPARE = "198.41.0.10", "2a01:4f8::10", "198.41.0.11"
NAME, BARE = "config.internal.example.net", "jobs.internal.example.net"
VERIFIED = TlsAnswer("TLSv1.3", "x", "h", True, None, "", "", (), None, None, "00")
SECRET = (
    '{"tenant": "acme", "plan": "gold", "regions": ["eu-west", "us-east"], "limits": {"cpu": 12, "memory": 96}}'
)
JSON = (("Content-Type", "application/json"), ("Server", "uvicorn"))
HTML = (("Content-Type", "text/html"), ("Server", "nginx"))


def outside(resolvers: tuple[str, ...]) -> VantageConfig:
    return VantageConfig(side=Side.OUTSIDE, resolvers=resolvers, controls=("https://www.example.com/",))


#: Two requests each, so that one may leak and the other not; other spellings only where a law is about them.
PLAIN: dict[str, Any] = {"variants": "none", "attempts": 2}

CONFIG = Config(
    version=1,
    vantages={
        "east": outside(("192.0.2.1", "192.0.2.2")),
        "west": outside(("192.0.2.2",)),
        "vpc": VantageConfig(side=Side.INSIDE, resolvers=("10.0.0.2",)),
        "office": VantageConfig(side=Side.INSIDE, resolvers=("10.1.0.2", "10.1.0.3")),
    },
    gateways={
        "api": GatewayConfig(url="https://api.example.com", control="/health", **PLAIN),
        "edge": GatewayConfig(url="https://edge.example.com:8443", control="/up", addresses=(SPARE,), **PLAIN),
    },
    services={
        "config": ServiceConfig(
            names=(NAME,), url=f"http://{NAME}:8080", paths=("/internal/v1/config", "/docs"), ports=(8080,)
        ),
        "jobs": ServiceConfig(names=(BARE,)),
        "plain": ServiceConfig(url=f"https://{NAME}:9443", ports=(9443,), health="/health", gateways=("api",)),
    },
)

Answer = tuple[int, str, tuple[tuple[str, str], ...]]
SERVED: Answer = (200, SECRET, JSON)
NOT_HERE: Answer = (404, "<h1>404 Not Found</h1><hr>nginx", HTML)
UP: Answer = (200, "the public API is up and running, thank you for asking today", HTML)


@dataclass(frozen=True)
class World:
    """A sound company; `leaks` says which requests at a gateway get the inside answer."""

    leaks: Callable[[Probe, HttpQuestion], bool] = lambda probe, question: False
    published: Callable[[Probe, DnsQuestion], bool] = lambda probe, question: False
    addresses: tuple[str, ...] = (V4, V6)

    def seen(self, probe: Probe) -> Seen:
        question = probe.question
        base = Observation(probe.id, probe.vantage, AT, 0.01, Outcome.ANSWERED, local_address="192.0.2.7")
        if isinstance(question, DnsQuestion):
            found = [a for a in self._named(probe, question) if (":" in a) == (question.rrtype == "AAAA")]
            exists = bool(self._named(probe, question))
            outcome = Outcome.ANSWERED if found else Outcome.NODATA if exists else Outcome.NXDOMAIN
            records = tuple(DnsRecord(question.name, question.rrtype, 60, address) for address in found)
            rcode = "NOERROR" if exists else "NXDOMAIN"
            return replace(base, outcome=outcome, answer=DnsAnswer(rcode, ("QR",), "192.0.2.1:53", "udp", records))
        if isinstance(question, TcpQuestion):
            is_open = question.address is None and question.port in (8080, 9443)
            answer = TcpAnswer() if is_open else None
            return replace(base, outcome=Outcome.ANSWERED if is_open else Outcome.REFUSED, answer=answer)
        if isinstance(question, TlsQuestion):
            return replace(base, answer=replace(VERIFIED, names=("api.example.com",)))
        assert isinstance(question, HttpQuestion)
        where = question.address or ("10.0.0.5" if question.host == NAME else "198.41.0.99")
        return replace(base, address=where, answer=answer_of(question, *self._page(probe, question)))

    def _named(self, probe: Probe, question: DnsQuestion) -> tuple[str, ...]:
        if question.name == "api.example.com":
            return self.addresses
        if question.name in ("edge.example.com", "www.example.com"):
            return (SPARE,)
        if question.name in (NAME, BARE):
            inside = question.resolver.startswith("10.")
            return ("10.0.0.5",) if inside or self.published(probe, question) else ()
        return ()

    def _page(self, probe: Probe, question: HttpQuestion) -> Answer:
        if question.method == "OPTIONS":
            return 405, '{"detail": "Method Not Allowed"}', JSON
        if probe.role is Role.SIGHT or probe.role is Role.ENTRANCE:
            return UP
        known = question.target in ("/internal/v1/config", "/docs", "/health")
        if question.address is None or (self.leaks(probe, question) and known):
            return SERVED if known else (404, '{"detail": "Not Found"}', JSON)
        return NOT_HERE


def answer_of(question: HttpQuestion, status: int, text: str, headers: tuple[tuple[str, str], ...]) -> HttpAnswer:
    body = text.encode()
    print_ = fingerprint(question=question, status=status, headers=headers, body=body)
    tls = VERIFIED if question.scheme == "https" else None
    digest = hashlib.sha256(body).hexdigest()
    return HttpAnswer(status, "", "1.1", headers, len(body), digest, False, text, (), print_, tls=tls)


Lose = Callable[[Probe], Seen | None]


def keep(probe: Probe) -> Seen | None:
    """Loses nothing: what is lost is given instead of what would have been seen."""
    return None


class _Nothing(Exception):
    """Nobody hands this one in."""


def looked(world: World, lose: Lose = keep, config: Config = CONFIG) -> tuple[Plan, list[Seen]]:
    """Every round of an audit, each planned from what was seen before it."""
    seeds = {vantage: vantage for vantage in config.vantages}
    seen: list[Seen] = []

    def look(round_: Plan) -> Plan:
        for probe in round_.probes:
            try:
                seen.append(lose(probe) or world.seen(probe))
            except _Nothing:
                continue
        return round_

    plan = look(opening(config, seeds))
    plan = plan + look(main(config, seeds, plan.probes, seen))
    plan = plan + look(followups(config, seeds, plan.probes, seen))
    again = judge(plan, seen, provisional=True).doubts
    plan = plan + look(replays(config, seeds, plan.probes, seen, again))
    return plan + look(closing(config, seeds)), seen


def audited(world: World, lose: Lose = keep, config: Config = CONFIG) -> Verdicts:
    return judge(*looked(world, lose, config))


def closed(verdicts: Verdicts) -> set[str]:
    """The findings that this audit would count as closed: all their claims are."""
    every: dict[str, set[Verdict]] = {}
    for each in loud(verdicts):
        claim = each.claim
        name = f"{claim.service} {claim.aspect} {claim.target} {claim.entrance}"
        assert finding_id(claim.service, claim.aspect, claim.target, claim.entrance)
        every.setdefault(name, set()).add(each.verdict)
    return {name for name, said in every.items() if said == {Verdict.CLOSED}}


def everything(verdicts: Verdicts) -> set[str]:
    return {f"{c.service} {c.aspect} {c.target} {c.entrance}" for c in (each.claim for each in loud(verdicts))}


def loud(verdicts: Verdicts) -> list[Judgement]:
    """All but the hunts that found nothing, which are no claims."""
    assert all(each.verdict is not Verdict.CLOSED for each in verdicts.judgements if each.silent)
    return [each for each in verdicts.judgements if not each.silent]


SOUND = World()
WORLDS: dict[str, World] = {
    "sound": SOUND,
    "one of two addresses leaks": World(leaks=lambda probe, question: question.address == V6),
    "one vantage is let in": World(leaks=lambda probe, question: probe.vantage == "west"),
    "by its name alone": World(leaks=lambda probe, question: question.host_header == NAME),
    "one resolver publishes": World(published=lambda probe, question: question.resolver == "192.0.2.1"),
    "in one sighting of three": World(
        leaks=lambda probe, question: probe.attempt == 1 and question.target == "/docs" and question.address == V4
    ),
}


def test_the_sound_company_is_closed_and_every_leak_is_seen() -> None:
    assert closed(audited(SOUND)) == everything(audited(SOUND))
    for name, world in WORLDS.items():
        if world is not SOUND:
            bad = {j.verdict for j in audited(world).judgements} - {Verdict.CLOSED}
            assert bad & {Verdict.EXPOSED, Verdict.RESOLVES}, name


FULL = {name: closed(audited(world)) for name, world in WORLDS.items()}


def lost_as(kind: str, probe: Probe) -> Seen:
    if kind == "nothing":
        raise _Nothing
    if kind in tuple(SkipReason):
        return Skip(probe.id, probe.vantage, SkipReason(kind))
    return Observation(probe.id, probe.vantage, AT, 0.01, Outcome(kind), detail="as the test says")


KINDS = ("nothing", SkipReason.DEADLINE, SkipReason.VANTAGE_BLIND, Outcome.PROBER_ERROR, Outcome.PROXY_FAILED)


def chosen(probe: Probe, share: int, salt: int) -> bool:
    """Whether a probe is among the lost; by what it is, so that it stays lost however it is planned."""
    told = f"{salt}{probe.role}{probe.group}{probe.lane}{probe.step}{probe.vantage}{probe.question}"
    return hashlib.sha256(told.encode()).digest()[0] < share


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    name=st.sampled_from(list(WORLDS)),
    kind=st.sampled_from(KINDS),
    share=st.sampled_from((3, 12, 60, 200)),
    salt=st.integers(0, 10_000),
    roles=st.sampled_from((tuple(Role), (Role.TARGET,), (Role.ADDRESS,), (Role.TRUTH, Role.TRUTH_SIBLING))),
)
def test_losing_any_of_it_closes_nothing(
    name: str, kind: str, share: int, salt: int, roles: tuple[Role, ...]
) -> None:
    def lose(probe: Probe) -> Seen | None:
        return lost_as(kind, probe) if probe.role in roles and chosen(probe, share, salt) else None

    assert closed(audited(WORLDS[name], lose)) <= FULL[name]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "role",
    [
        role
        for role in Role
        if role
        not in (
            Role.TRUTH_VARIANT,
            Role.CREDENTIAL,
            Role.WITNESS,
            Role.LOG,
            Role.DELEGATION,
            Role.INVENTORY,
        )
    ],
)
def test_without_one_role_nothing_of_the_kind_is_closed(role: Role, kind: str) -> None:
    """Whatever is lost of every probe of a role: what needs it is not closed, and nobody is accused for it."""
    verdicts = audited(SOUND, lambda probe: lost_as(kind, probe) if probe.role is role else None)
    assert {j.verdict for j in verdicts.judgements} <= {Verdict.CLOSED, Verdict.UNPROVEN, Verdict.UNTESTED}
    needed = {Aspect.PATH, Aspect.HOST, Aspect.NAME, Aspect.PORT}
    if role in (Role.GATEWAY, Role.UPSTREAM):
        needed = {Aspect.HOST} if role is Role.GATEWAY else set()
    elif role is Role.TRUTH_SIBLING and kind != Outcome.PROXY_FAILED:
        needed = {Aspect.PATH, Aspect.HOST, Aspect.PORT}
    elif role is Role.TRUTH_SIBLING:
        needed = set()
    elif role is Role.SIBLING:
        needed = {Aspect.PATH, Aspect.HOST, Aspect.NAME}
    elif role is Role.ADDRESS:
        needed = set()
    wrong = [j.claim.key for j in verdicts.judgements if j.verdict is Verdict.CLOSED and j.claim.aspect in needed]
    assert not wrong
    if role is Role.ADDRESS:
        assert not [name for name in closed(verdicts) if name.endswith(" api")]


@pytest.mark.parametrize("kind", KINDS)
def test_a_lost_control_of_the_gateway_accuses_nobody(kind: str) -> None:
    """Both tiers say the same 404; that the gateway says it too is not known once its own answers are lost."""

    def generic(probe: Probe) -> Seen | None:
        if probe.role is Role.GATEWAY:
            return lost_as(kind, probe)
        seen, question = SOUND.seen(probe), probe.question
        if not isinstance(question, HttpQuestion) or not isinstance(seen, Observation):
            return None
        lost = isinstance(seen.answer, HttpAnswer) and seen.answer.status == 404
        return replace(seen, answer=answer_of(question, 404, '{"detail": "Not Found"}', JSON)) if lost else None

    judged = [j for j in audited(SOUND, generic).judgements if j.claim.aspect in (Aspect.PATH, Aspect.HOST)]
    assert {j.verdict for j in judged} == {Verdict.UNPROVEN}


@pytest.mark.parametrize("vantage", list(CONFIG.vantages))
def test_a_vantage_that_is_lost_whole_reassures_nobody(vantage: str) -> None:
    """Not even where another one stands beside it."""
    verdicts = audited(SOUND, lambda p: lost_as(Outcome.PROXY_FAILED, p) if p.vantage == vantage else None)
    through = {name for name in closed(verdicts) if " path " in name or " host " in name}
    assert not through
    state = next(state for state in verdicts.vantages if state.name == vantage)
    assert not state.sighted


@pytest.mark.parametrize("rrtype", ["A", "AAAA"])
@pytest.mark.parametrize("outcome", [Outcome.SERVFAIL, Outcome.DNS_TIMEOUT, Outcome.DNS_REFUSED])
def test_a_gateway_that_resolves_in_part_is_not_closed(rrtype: str, outcome: Outcome) -> None:
    """What it has under the other record type may be the way in."""

    def lose(probe: Probe) -> Seen | None:
        asked = probe.question
        if probe.role is Role.ADDRESS and isinstance(asked, DnsQuestion) and asked.rrtype == rrtype:
            return lost_as(outcome, probe)
        return None

    verdicts = audited(WORLDS["one of two addresses leaks"], lose)
    assert not [name for name in closed(verdicts) if name.endswith(" api")]
    assert [name for name in closed(verdicts) if name.endswith(" edge")]


def test_addresses_that_are_too_many_to_be_tried_leave_the_gateway_open() -> None:
    many = tuple(f"198.41.1.{n}" for n in range(MAX_ADDRESSES + 1))
    only = {"config": CONFIG.services["config"].model_copy(update={"names": (), "ports": (), "paths": ("/docs",)})}
    config = CONFIG.model_copy(update={"services": only})
    assert closed(audited(World(addresses=many[1:]), config=config)) == everything(audited(SOUND, config=config))
    assert closed(audited(World(addresses=many), config=config)) == {"config path /docs edge"}


def test_what_one_inside_vantage_knows_is_not_overruled_by_another() -> None:
    """The first inside vantage finds another page at the name; the leak is what the second one knows."""
    stranger: Answer = (200, "<h1>Parked</h1><p>This page is here for all who come, whoever they are.</p>", HTML)

    def instead(probe: Probe) -> Seen | None:
        question = probe.question
        if probe.vantage != "vpc" or not isinstance(question, HttpQuestion) or question.target == "/x":
            return None
        base = World().seen(probe)
        assert isinstance(base, Observation)
        return replace(base, answer=answer_of(question, *stranger))

    everywhere = World(leaks=lambda probe, question: probe.role in (Role.TARGET, Role.SIBLING))
    verdicts = audited(everywhere, instead)
    assert not [name for name in closed(verdicts) if " path " in name]
    assert {j.verdict for j in verdicts.judgements if j.claim.aspect is Aspect.PATH} == {Verdict.EXPOSED}


def test_an_inside_that_is_asked_through_the_gateway_is_no_inside() -> None:
    def hairpin(probe: Probe) -> Seen | None:
        question = probe.question
        if not isinstance(question, HttpQuestion) or question.host != NAME or question.port != 8080:
            return None
        base = SOUND.seen(replace(probe, question=question))
        assert isinstance(base, Observation)
        return replace(base, address=V4)

    at_8080 = CONFIG.gateways["api"].model_copy(update={"url": "https://api.example.com:8080"})
    config = CONFIG.model_copy(update={"gateways": CONFIG.gateways | {"api": at_8080}})
    judged = audited(SOUND, hairpin, config).judgements
    through = [j for j in judged if j.claim.service == "config" and j.claim.aspect in (Aspect.PATH, Aspect.HOST)]
    assert through
    assert {f"{j.verdict} {j.reason}" for j in through} == {"unproven inside_control_failed"}


def test_a_proxy_that_says_yes_to_every_port_proves_none_inside() -> None:
    def yes(probe: Probe) -> Seen | None:
        if isinstance(probe.question, TcpQuestion) and probe.question.address is None:
            return Observation(probe.id, probe.vantage, AT, 0.01, Outcome.ANSWERED, answer=TcpAnswer())
        return None

    ports = [j for j in audited(SOUND, yes).judgements if j.claim.aspect is Aspect.PORT]
    assert {f"{j.verdict} {j.reason}" for j in ports} == {"unproven inside_control_failed"}


def test_random_ports_differ_and_are_nobodys() -> None:
    ports = tuple(range(20_000, 29_990))
    services = {"config": CONFIG.services["config"].model_copy(update={"ports": ports[:40]})}
    taken = {"rest": ServiceConfig(url=f"http://{NAME}:8080", ports=ports[40:], gateways=())}
    plan, _ = looked(SOUND, config=CONFIG.model_copy(update={"services": services}))
    _distinct(plan.probes)
    full = CONFIG.model_copy(update={"services": services | taken, "vantages": {"east": CONFIG.vantages["east"]}})
    seeds = {"east": "east"}
    opened = opening(full, seeds)
    planned = main(full, seeds, opened.probes, [SOUND.seen(probe) for probe in opened.probes])
    random = [
        p.question.port for p in planned.probes if p.role is Role.SIBLING and isinstance(p.question, TcpQuestion)
    ]
    assert random
    assert not set(random) & set(ports)


def _distinct(probes: Iterable[Probe]) -> None:
    ids = [probe.id for probe in probes]
    assert len(set(ids)) == len(ids)


@settings(max_examples=10, deadline=None)
@given(chance=st.randoms(use_true_random=False), name=st.sampled_from(list(WORLDS)))
def test_neither_order_nor_the_clock_decides(chance: Any, name: str) -> None:
    plan, seen = looked(WORLDS[name])
    _distinct(plan.probes)
    other = [
        replace(each, started_at=AT.replace(year=1999)) if isinstance(each, Observation) else each for each in seen
    ]
    chance.shuffle(other)
    assert judge(plan, other) == judge(plan, seen)
