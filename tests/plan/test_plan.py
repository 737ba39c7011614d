"""What is planned: claims, the bundle of controls around each target, random names, and nothing twice."""

from collections import Counter
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.config import Config
from auditor.model import (
    Aspect,
    DnsAnswer,
    DnsQuestion,
    DnsRecord,
    Doubt,
    HttpQuestion,
    Observation,
    Outcome,
    Plan,
    Probe,
    Role,
    Seen,
    TcpQuestion,
)
from auditor.plan import Names, claims_at, closing, digest, main, opening, replays
from auditor.plan.naming import name_claims
from auditor.plan.zones import Zones

SEEDS = {"internet": "one", "vpc": "two"}
AT = datetime(2026, 1, 1, tzinfo=UTC)


def resolved(config: Config, *addresses: str) -> tuple[Plan, list[Seen]]:
    """The opening, with every gateway name resolved to these addresses."""
    plan = opening(config, SEEDS)
    seen: list[Seen] = []
    for probe in plan.probes:
        if probe.role is Role.ADDRESS and isinstance(probe.question, DnsQuestion):
            records = tuple(
                DnsRecord(probe.question.name, probe.question.rrtype, 60, address)
                for address in addresses
                if (":" in address) == (probe.question.rrtype == "AAAA")
            )
            answer = DnsAnswer("NOERROR", ("QR",), "192.0.2.1:53", "udp", records)
            seen.append(Observation(probe.id, probe.vantage, AT, 0.0, Outcome.ANSWERED, answer=answer))
    return plan, seen


def whole(config: Config, *addresses: str) -> Plan:
    first, seen = resolved(config, *addresses)
    return first + main(config, SEEDS, first.probes, seen) + closing(config, SEEDS)


def test_every_claim_of_the_configuration_is_at_stake(config: Config) -> None:
    found = claims_at(config, {"api": ("203.0.113.1",), "edge": ("203.0.113.7",)})
    found += name_claims(config, Zones(config))
    at_stake = Counter((claim.service, claim.aspect, claim.entrance) for claim in found)
    assert at_stake == {
        ("config", Aspect.NAME, "public-dns"): 2,  # one name at two resolvers
        ("config", Aspect.PATH, "api"): 2,
        ("config", Aspect.HOST, "api"): 1,
        ("config", Aspect.PORT, "api"): 2,
        ("config", Aspect.PATH, "edge"): 2,
        ("config", Aspect.HOST, "edge"): 1,
        ("config", Aspect.PORT, "edge"): 1,  # 8081 is the gateway's own port
        ("jobs", Aspect.NAME, "public-dns"): 2,
    }


def test_a_gateway_that_does_not_resolve_keeps_its_claims(config: Config) -> None:
    plan = whole(config)
    lost = [claim for claim in plan.claims if claim.entrance == "api"]
    assert Counter(claim.aspect for claim in lost) == {
        Aspect.PATH: 2,
        Aspect.HOST: 1,
        Aspect.PORT: 2,
        Aspect.DNS: 1,
    }
    assert all(claim.address is None for claim in lost)
    assert not any(probe.group == claim.key for claim in lost for probe in plan.probes)


def test_each_address_of_each_family_is_tried(config: Config) -> None:
    plan = whole(config, "203.0.113.1", "2001:db8::1")
    tried = {c.address for c in plan.claims if c.entrance == "api"}
    assert tried == {"203.0.113.1", "2001:db8::1"}


def test_each_target_is_bracketed_by_its_controls(config: Config) -> None:
    plan = whole(config, "203.0.113.1")
    shape = {claim.key: claim.siblings for claim in plan.claims}
    for target in [p for p in plan.probes if p.role is Role.TARGET]:
        lane = [p for p in plan.probes if p.lane == target.lane]
        entrances = [p.step for p in lane if p.role is Role.ENTRANCE]
        assert min(entrances) < target.step < max(entrances)
        if target.lane.startswith("check|"):
            continue  # what the DNS gives away has siblings of its own, where it has any
        if isinstance(target.question, DnsQuestion):
            zone = f"zone|{target.question.name.partition('.')[2]}"
            siblings = [p.step for p in lane if p.group == zone]
        else:
            siblings = [
                p.step
                for p in lane
                if (p.role, p.group, p.variant) == (Role.SIBLING, shape[target.group], target.variant)
            ]
            assert len(siblings) == 3
        assert min(siblings) < target.step < max(siblings)


def test_siblings_have_the_shape_of_their_target(config: Config) -> None:
    plan = whole(config, "203.0.113.1")
    shape = {claim.key: claim.siblings for claim in plan.claims}
    plain = [p for p in plan.probes if p.variant == "baseline"]
    targets = {shape[p.group]: p.question for p in plain if p.role is Role.TARGET}
    for sibling in [p for p in plain if p.role is Role.SIBLING and p.group in targets]:
        target, question = targets[sibling.group], sibling.question
        assert type(target) is type(question)
        if isinstance(question, TcpQuestion) and isinstance(target, TcpQuestion):
            assert (question.address, question.host) == (target.address, target.host)
            assert question.port != target.port
        if isinstance(question, HttpQuestion) and isinstance(target, HttpQuestion):
            assert (question.scheme, question.address, question.port) == (
                target.scheme, target.address, target.port,
            )  # fmt: skip
            assert (question.target, question.host_header) != (target.target, target.host_header)
            assert question.target.count("/") == target.target.count("/")
            assert question.target.endswith(".json") == target.target.endswith(".json")
            assert (question.host_header is None) == (target.host_header is None)


def test_what_is_of_one_shape_shares_its_siblings(config: Config) -> None:
    """Ten paths of one directory cost three siblings a variant, not thirty."""
    paths = tuple(f"/internal/v1/thing{number}" for number in range(10))
    service = config.services["config"].model_copy(update={"paths": paths, "names": (), "ports": ()})
    plan = whole(config.model_copy(update={"services": {"config": service}}), "203.0.113.1")
    asked = [p for p in plan.probes if p.group in {c.siblings for c in plan.claims if c.entrance == "api"}]
    lanes = Counter((p.lane, p.variant) for p in asked)
    assert set(lanes.values()) == {3}
    targets = [p for p in plan.probes if p.role is Role.TARGET and (p.lane, p.variant) in lanes]
    assert len(targets) > 9 * len(lanes)
    for lane, variant in lanes:
        beside = [p.step for p in asked if (p.lane, p.variant) == (lane, variant)]
        steps = [p.step for p in targets if (p.lane, p.variant) == (lane, variant)]
        assert sorted(beside)[1] < min(steps) <= max(steps) < max(beside)


def test_a_plain_target_is_asked_as_often_as_its_gateway_says(config: Config) -> None:
    gateways = {
        name: gateway.model_copy(update={"attempts": 4, "variants": "core"})
        for name, gateway in config.gateways.items()
    }
    plan = whole(config.model_copy(update={"gateways": gateways}), "203.0.113.1")
    by_aspect = {claim.key: claim.aspect for claim in plan.claims}
    asked = Counter((p.group, p.variant) for p in plan.probes if p.role is Role.TARGET)
    for (key, variant), times in asked.items():
        if by_aspect[key] in (Aspect.PATH, Aspect.HOST):
            assert times == (4 if variant == "baseline" else 1), (key, variant)


def test_inside_asks_twice_and_asks_nonsense_twice(config: Config) -> None:
    plan = whole(config)
    for group in {c.truth for c in plan.claims if c.aspect in (Aspect.PATH, Aspect.HOST)}:
        asked = Counter(p.role for p in plan.probes if p.group == group and p.variant == "baseline")
        assert asked == {Role.TRUTH: 2, Role.TRUTH_SIBLING: 2}
        assert {p.vantage for p in plan.probes if p.group == group} == {"vpc"}


def test_probe_ids_are_unique_and_the_plan_is_a_function_of_its_seeds(config: Config) -> None:
    plan = whole(config, "203.0.113.1")
    assert len({p.id for p in plan.probes}) == len(plan.probes)
    assert whole(config, "203.0.113.1") == plan
    other = {"internet": "three", "vpc": "four"}
    assert not {p.id for p in plan.probes} & {p.id for p in opening(config, other).probes}


def test_replays_are_fresh_lanes_for_those_claims_only(config: Config) -> None:
    first, seen = resolved(config, "203.0.113.1")
    plan = first + main(config, SEEDS, first.probes, seen)
    doubtful = [c for c in plan.claims if c.aspect is Aspect.PATH and c.entrance == "api"]
    doubts = [Doubt(claim, "internet", "baseline") for claim in doubtful]
    again = replays(config, SEEDS, plan.probes, seen, doubts)
    assert {p.group for p in again.probes if p.role is Role.TARGET} == {c.key for c in doubtful}
    assert {p.attempt for p in again.probes} == {2, 3}
    assert not {p.lane for p in again.probes} & {p.lane for p in plan.probes}

    def siblings(plan: Plan) -> set[object]:
        return {p.question for p in plan.probes if p.role is Role.SIBLING}

    assert not siblings(again) & siblings(plan)


def test_a_vantage_by_file_gets_its_three_sightings_at_once(config: Config) -> None:
    by_file = config.vantages["internet"].model_copy(update={"by_file": True})
    config = config.model_copy(update={"vantages": config.vantages | {"internet": by_file}})
    plan = whole(config, "203.0.113.1")
    assert {p.attempt for p in plan.probes if p.role is Role.TARGET} == {1, 2, 3}


def test_the_digest_ignores_what_a_plan_does_not_depend_on(config: Config) -> None:
    elsewhere = config.model_copy(update={"database": "sqlite:///other.db"})
    assert digest(elsewhere) == digest(config)
    fewer = config.model_copy(update={"services": {"jobs": config.services["jobs"]}})
    assert digest(fewer) != digest(config)


def test_only_reads_are_ever_planned(config: Config) -> None:
    for probe in whole(config, "203.0.113.1").probes:
        if isinstance(probe.question, HttpQuestion):
            assert probe.question.method in ("GET", "HEAD", "OPTIONS")


@given(seed=st.text(max_size=20), context=st.lists(st.text(max_size=10), max_size=3))
def test_random_labels_are_nobodys_name(seed: str, context: list[str]) -> None:
    label = Names(seed).label(*context)
    assert 12 <= len(label) <= 24
    assert label.isascii() and label.isalnum() and label.islower() and label[0].isalpha()
    assert Names(seed).label(*context) == label


@pytest.mark.parametrize(
    ("path", "head", "tail"),
    [
        ("/docs", "/", ""),
        ("/", "/", ""),
        ("/internal/v1/provision", "/internal/v1/", ""),
        ("/internal/v1/provision/", "/internal/v1/", "/"),
        ("/openapi.json", "/", ".json"),
        ("/a.b/c", "/a.b/", ""),
        ("/q?x=1", "/", "?x=1"),
    ],
)
def test_a_sibling_path_keeps_directory_extension_and_slash(path: str, head: str, tail: str) -> None:
    sibling = Names("s").sibling_path(path, "ctx")
    assert sibling.startswith(head)
    assert sibling.endswith(tail)
    middle = sibling[len(head) : len(sibling) - len(tail)]
    assert middle.isalnum() and 12 <= len(middle) <= 24


def by_role(probes: tuple[Probe, ...], role: Role) -> list[Probe]:
    return [probe for probe in probes if probe.role is role]


def test_sight_is_proven_before_and_after(config: Config) -> None:
    before = by_role(opening(config, SEEDS).probes, Role.SIGHT)
    after = by_role(closing(config, SEEDS).probes, Role.SIGHT)
    assert [p.lane for p in before] == ["sight|internet|before"]
    assert [p.lane for p in after] == ["sight|internet|after"]
