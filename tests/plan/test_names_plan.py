"""What names and zones are asked: who is asked for what, between which controls, and nobody who is not ours."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from auditor.config import Config
from auditor.config.model import ZoneConfig
from auditor.model import (
    Answer,
    Aspect,
    Check,
    Claim,
    DelegationAnswer,
    DelegationQuestion,
    DnsAnswer,
    DnsExpectation,
    DnsQuestion,
    DnsRecord,
    InventoryAnswer,
    NameServer,
    Observation,
    Outcome,
    Plan,
    Role,
    Seen,
    TransferAnswer,
    TransferQuestion,
    WalkQuestion,
)
from auditor.plan import followups, main, opening, replays
from auditor.plan.naming import MORE_TYPES, private_subnet

SEEDS = {"internet": "one", "vpc": "two"}
AT = datetime(2026, 1, 1, tzinfo=UTC)

PUBLIC = DelegationAnswer(
    "example.net",
    "delegated",
    (
        NameServer("ns1.example.net", "203.0.113.53", "both", glue=True),
        NameServer("ns1.example.net", "2001:db8::53", "both", glue=True),
        NameServer("gone.example.org", None, "parent", why="nxdomain"),
    ),
)
#: The internal zone is not delegated: it is the zone above that denies it.
INTERNAL = DelegationAnswer("example.net", "nxdomain", PUBLIC.servers)
SERVERS = ("203.0.113.53", "2001:db8::53")


@pytest.fixture
def zoned(config: Config) -> Config:
    zones = {
        "example.net": ZoneConfig(scope="public", servers=("192.0.2.99",)),
        "internal.example.net": ZoneConfig(scope="internal", transfer=("10.0.0.53",)),
    }
    return config.model_copy(update={"zones": zones})


def planned(
    config: Config, found: Mapping[str, Answer], delegations: Mapping[str, Answer]
) -> tuple[Plan, list[Seen]]:
    """The opening and the main round, given what the opening's questions about zones were answered."""
    first = opening(config, SEEDS)
    seen: list[Seen] = []
    for probe in first.probes:
        answer = {Role.DELEGATION: delegations, Role.INVENTORY: found}.get(probe.role, {}).get(probe.group)
        if answer is not None:
            seen.append(Observation(probe.id, probe.vantage, AT, 0.0, Outcome.ANSWERED, answer=answer))
    return first + main(config, SEEDS, first.probes, seen), seen


def delegated(config: Config) -> Plan:
    return planned(config, {}, {"zone:example.net": PUBLIC, "zone:internal.example.net": INTERNAL})[0]


def names(plan: Plan, name: str) -> list[Claim]:
    return [claim for claim in plan.claims if claim.aspect is Aspect.NAME and claim.target == name]


def checks(plan: Plan, service: str) -> Counter[Check | None]:
    return Counter(c.check for c in plan.claims if c.aspect is Aspect.DNS and c.service == service)


def test_every_zone_is_followed_from_the_root_by_every_vantage_outside(zoned: Config) -> None:
    first = opening(zoned, SEEDS)
    followed = [p for p in first.probes if isinstance(p.question, DelegationQuestion)]
    assert [(p.vantage, p.question.zone) for p in followed if isinstance(p.question, DelegationQuestion)] == [
        ("internet", "example.net"),
        ("internet", "internal.example.net"),
    ]
    transfers = [p for p in first.probes if isinstance(p.question, TransferQuestion)]
    assert [(p.vantage, p.role) for p in transfers] == [("vpc", Role.INVENTORY)]


def test_without_zones_only_resolvers_are_asked(config: Config) -> None:
    plan = delegated(config)
    assert {c.authoritative for c in plan.claims if c.aspect is Aspect.NAME} == {False}
    assert not [p for p in plan.probes if isinstance(p.question, DnsQuestion) and p.question.server_of is not None]


def test_an_internal_name_is_asked_of_the_servers_above_it_in_every_way(zoned: Config) -> None:
    plan = delegated(zoned)
    found = names(plan, "config.internal.example.net")
    assert [c.address for c in found if not c.authoritative] == ["192.0.2.1", "192.0.2.2"]
    assert [c.address for c in found if c.authoritative] == [*SERVERS, "192.0.2.99"]
    assert {(c.zone, c.internal) for c in found} == {("internal.example.net", True)}
    server = next(c for c in found if c.address == "203.0.113.53")
    asked = [p for p in plan.probes if p.group == server.key and p.role is Role.TARGET]
    assert Counter((p.variant, p.question.rrtype) for p in asked if isinstance(p.question, DnsQuestion)) == {
        ("baseline", "A"): 1, ("baseline", "AAAA"): 1, ("tcp", "A"): 1, ("tcp", "AAAA"): 1, ("ecs", "A"): 1,
    }  # fmt: skip
    for probe in asked:
        question = probe.question
        assert isinstance(question, DnsQuestion)
        assert (question.recursion, question.server_of) == (False, "zone:example.net")
        assert (question.transport == "tcp") == (probe.variant == "tcp")
        assert (question.subnet is not None) == (probe.variant == "ecs")
        lane = [p for p in plan.probes if p.lane == probe.lane]
        soa = [p for p in lane if p.role is Role.ENTRANCE]
        assert [p.question.rrtype for p in soa if isinstance(p.question, DnsQuestion)] == ["SOA", "SOA"]
        assert min(p.step for p in soa) < probe.step < max(p.step for p in soa)
        beside = [p.step for p in lane if p.group == "zone|internal.example.net"]
        assert min(beside) < probe.step < max(beside)


def test_keys_differ_between_a_resolver_and_a_server_of_one_address(zoned: Config) -> None:
    same = zoned.model_copy(update={"zones": {"example.net": ZoneConfig(scope="public", servers=("192.0.2.1",))}})
    plan = delegated(same)
    keys = [claim.key for claim in plan.claims]
    assert len(set(keys)) == len(keys)
    assert len(names(plan, "config.internal.example.net")) == 2 + 3


def test_a_name_whose_zone_leads_to_strangers_is_asked_of_resolvers_alone(zoned: Config) -> None:
    alone = zoned.model_copy(update={"zones": {"internal.example.net": ZoneConfig(scope="internal")}})
    plan = delegated(alone)
    assert {c.authoritative for c in names(plan, "config.internal.example.net")} == {False}


def test_names_of_the_inventory_are_tried_as_the_zone_says(zoned: Config) -> None:
    listed = (
        "internal.example.net",
        "config.internal.example.net",
        "db.internal.example.net",
        "*.x.internal.example.net",
    )
    given = TransferAnswer("NOERROR", "10.0.0.53:53", True, True, 7, 9, listed)
    public = InventoryAnswer(("www.example.net", "_sip._tcp.example.net"))
    config = zoned.model_copy(
        update={"zones": zoned.zones | {"example.net": ZoneConfig(scope="public", file="example.net.zone")}}
    )
    plan, _ = planned(
        config,
        {"zone:internal.example.net": given, "zone:example.net": public},
        {"zone:example.net": PUBLIC, "zone:internal.example.net": INTERNAL},
    )
    found = {(c.service, c.target): c.expect for c in plan.claims if c.aspect is Aspect.NAME}
    assert found == {
        ("config", "config.internal.example.net"): DnsExpectation.ABSENT,
        ("jobs", "jobs.internal.example.net"): DnsExpectation.ABSENT,
        ("zone:internal.example.net", "db.internal.example.net"): DnsExpectation.ABSENT,
        ("zone:example.net", "www.example.net"): DnsExpectation.PUBLIC,
        ("zone:example.net", "_sip._tcp.example.net"): DnsExpectation.PUBLIC,
    }
    types = {
        p.question.rrtype
        for p in plan.probes
        if p.role is Role.TARGET
        and isinstance(p.question, DnsQuestion)
        and p.question.name == "_sip._tcp.example.net"
    }
    assert types == {"SRV", "TXT"}
    truths = [
        p
        for p in plan.probes
        if p.role is Role.TRUTH and p.group == "truth|zone:internal.example.net|name|db.internal.example.net"
    ]
    assert [p.vantage for p in truths] == ["vpc", "vpc"]


def test_every_check_of_a_zone_is_at_every_server_it_is_about(zoned: Config) -> None:
    plan = delegated(zoned)
    assert checks(plan, "zone:example.net") == {
        Check.TRANSFER: 3, Check.WALK: 3, Check.NSEC3: 3, Check.WILDCARD: 3, Check.IDENTITY: 3, Check.RECURSION: 3,
        Check.SERIAL: 3, Check.SEARCH: 3, Check.DIRECTORY: 3 + 2, Check.DELEGATION: 3,
    }  # fmt: skip
    assert checks(plan, "zone:internal.example.net") == {
        Check.TRANSFER: 3, Check.DIRECTORY: 2, Check.DELEGATION: 1,
    }  # fmt: skip
    assert checks(plan, "vantage:vpc") == {Check.ESCAPE: 1}
    gone = [c for c in plan.claims if c.address == "gone.example.org"]
    assert [(c.check, c.authoritative) for c in gone] == [(Check.DELEGATION, True)]
    asked = [p.question for p in plan.probes if p.role is Role.TARGET and p.group == gone[0].key]
    assert [(q.name, q.resolver, q.server_of) for q in asked if isinstance(q, DnsQuestion)] == [
        ("gone.example.org", "192.0.2.1", None),
        ("gone.example.org", "192.0.2.2", None),
    ]


def test_every_claim_that_can_be_looked_at_is_looked_at(zoned: Config) -> None:
    plan = delegated(zoned)
    asked = {probe.group for probe in plan.probes if probe.role is Role.TARGET}
    silent = [c for c in plan.claims if c.aspect in (Aspect.NAME, Aspect.DNS) and c.address and c.key not in asked]
    assert silent == []


def test_a_transfer_of_an_internal_zone_is_vouched_for_by_the_zone_that_the_server_serves(zoned: Config) -> None:
    plan = delegated(zoned)
    claim = next(c for c in plan.claims if c.check is Check.TRANSFER and c.internal)
    lane = [p for p in plan.probes if p.lane == f"check|internet|{claim.service}|transfer|{claim.address}|1"]
    tried = [p.question for p in lane if isinstance(p.question, TransferQuestion)]
    assert [(q.zone, q.rrtype, q.server_of, q.keep) for q in tried] == [
        ("internal.example.net", "AXFR", "zone:example.net", 0),
        ("internal.example.net", "IXFR", "zone:example.net", 0),
    ]
    controls = [p.question for p in lane if isinstance(p.question, DnsQuestion)]
    assert [(q.name, q.rrtype, q.transport) for q in controls] == [("example.net", "SOA", "tcp")] * 2


def test_a_zone_is_walked_only_where_that_is_allowed_and_never_further_than_said(zoned: Config) -> None:
    still = zoned.model_copy(
        update={"zones": {"example.net": ZoneConfig(scope="public", walk=False, walk_names=7)}}
    )
    assert checks(delegated(still), "zone:example.net")[Check.WALK] == 0
    walked = [p.question for p in delegated(zoned).probes if isinstance(p.question, WalkQuestion)]
    assert {(question.limit, question.zone) for question in walked} == {(100, "example.net"), (0, "example.net")}


def test_a_delegated_internal_zone_is_asked_at_its_own_servers(zoned: Config) -> None:
    own = DelegationAnswer(
        "internal.example.net", "delegated", (NameServer("ns.internal.example.net", "203.0.113.54", "both"),)
    )
    plan, _ = planned(zoned, {}, {"zone:example.net": PUBLIC, "zone:internal.example.net": own})
    found = [c.address for c in names(plan, "config.internal.example.net") if c.authoritative]
    assert found == ["203.0.113.54"]
    kinds = checks(plan, "zone:internal.example.net")
    assert (kinds[Check.TRANSFER], kinds[Check.WILDCARD], kinds[Check.DELEGATION]) == (4, 1, 2)


def test_a_name_that_turns_out_to_exist_is_asked_for_more_once(zoned: Config) -> None:
    plan, seen = planned(zoned, {}, {"zone:example.net": PUBLIC, "zone:internal.example.net": INTERNAL})
    there = next(
        p for p in plan.probes
        if p.role is Role.TARGET and isinstance(p.question, DnsQuestion) and p.question.resolver == "192.0.2.1"
        and p.question.name == "config.internal.example.net" and p.question.rrtype == "A"
    )  # fmt: skip
    nodata = Observation(
        there.id, "internet", AT, 0.0, Outcome.NODATA, answer=DnsAnswer("NOERROR", (), "192.0.2.1:53", "udp", ())
    )
    more = followups(zoned, SEEDS, plan.probes, [*seen, nodata]).probes
    own = [p for p in more if p.role is Role.TARGET]
    assert [p.question.rrtype for p in own if isinstance(p.question, DnsQuestion)] == list(MORE_TYPES)
    assert {(p.group, p.lane, p.attempt) for p in own} == {(there.group, there.lane, there.attempt)}
    assert len([p for p in more if p.role is Role.SIBLING]) == len(MORE_TYPES)
    assert followups(zoned, SEEDS, (*plan.probes, *more), [*seen, nodata]).probes == ()
    mx = next(p for p in own if isinstance(p.question, DnsQuestion) and p.question.rrtype == "MX")
    record = DnsRecord("config.internal.example.net", "MX", 60, "10 mail.internal.example.net")
    pointing = Observation(
        mx.id, "internet", AT, 0.0, Outcome.ANSWERED,
        answer=DnsAnswer("NOERROR", (), "192.0.2.1:53", "udp", (record,)),
    )  # fmt: skip
    led = followups(zoned, SEEDS, (*plan.probes, *more), [*seen, nodata, pointing]).probes
    assert [(p.question.name, p.question.rrtype) for p in led if isinstance(p.question, DnsQuestion)] == [
        ("mail.internal.example.net", "A"),
        ("mail.internal.example.net", "AAAA"),
    ]


def test_what_is_in_doubt_is_asked_again_as_it_was(zoned: Config) -> None:
    from auditor.model import Doubt

    plan, seen = planned(zoned, {}, {"zone:example.net": PUBLIC, "zone:internal.example.net": INTERNAL})
    name = next(c for c in plan.claims if c.aspect is Aspect.NAME and c.authoritative)
    check = next(c for c in plan.claims if c.check is Check.TRANSFER)
    inside = next(c for c in plan.claims if c.check is Check.ESCAPE)
    doubts = [
        Doubt(name, "internet", "tcp"),
        Doubt(check, "internet", "baseline"),
        Doubt(inside, "vpc", "baseline"),
    ]
    again = replays(zoned, SEEDS, plan.probes, seen, doubts).probes
    targets = [p for p in again if p.role is Role.TARGET]
    assert Counter((p.group, p.attempt) for p in targets) == {
        (name.key, 2): 2, (name.key, 3): 2, (check.key, 2): 2, (check.key, 3): 2, (inside.key, 2): 3,
        (inside.key, 3): 3,
    }  # fmt: skip
    assert {p.variant for p in targets if p.group == name.key} == {"tcp"}
    assert not {p.id for p in again} & {p.id for p in plan.probes}


def test_the_subnet_that_is_claimed_is_a_private_one_of_ours(zoned: Config, config: Config) -> None:
    assert private_subnet(config) == "10.0.0.0/24"
    vpc = config.vantages["vpc"].model_copy(update={"resolvers": ("tls://172.20.3.9:853",)})
    assert (
        private_subnet(config.model_copy(update={"vantages": config.vantages | {"vpc": vpc}})) == "172.20.3.0/24"
    )
