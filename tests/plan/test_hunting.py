"""What is hunted at a gateway: the packs chosen, less what the operator has a word for, and never more."""

from collections import Counter

import pytest
from test_plan import SEEDS, resolved

from auditor.catalog import COMMON, PACKS, hunted, never_reason, page_of
from auditor.config import Config
from auditor.config.model import ServiceConfig, TaggedPath
from auditor.model import Aspect, Claim, Doubt, HttpQuestion, Plan, Role
from auditor.plan import closing, digest, main, replays
from auditor.plan.hunting import paths_of
from auditor.plan.looks import CHUNK
from auditor.plan.names import shape_of_path


def hunting(config: Config, *packs: str, gateway: str = "edge", **more: object) -> Config:
    gateways = {
        name: each.model_copy(update={"sensitive": packs or "none", **more} if name == gateway else {})
        for name, each in config.gateways.items()
    }
    return config.model_copy(update={"gateways": gateways})


def whole(config: Config) -> Plan:
    first, seen = resolved(config, "203.0.113.1")
    return first + main(config, SEEDS, first.probes, seen) + closing(config, SEEDS)


def hunts(plan: Plan) -> list[Claim]:
    return [claim for claim in plan.claims if claim.aspect is Aspect.SENSITIVE]


def test_without_a_pack_nothing_is_hunted(config: Config) -> None:
    assert hunts(whole(config)) == []


def test_a_hunt_is_of_the_gateway_and_of_no_service(config: Config) -> None:
    plan = whole(hunting(config, "common"))
    found = hunts(plan)
    assert {claim.service for claim in found} == {"gateway:edge"}
    assert {claim.address for claim in found} == {"203.0.113.7", "2001:db8::7"}
    assert {claim.truth for claim in found} == {None}
    # /openapi.json is listed by a service that is tried through it
    assert {claim.target for claim in found} == set(COMMON) - {"/openapi.json"}
    assert len({claim.key for claim in plan.claims}) == len(plan.claims)


def test_what_the_operator_has_a_word_for_is_not_hunted(config: Config) -> None:
    for known in ({"allow": ("/actuator*",)}, {"allow": ("/docs", "/actuator", "/actuator/*")}):
        left = paths_of(hunting(config, "all", **known), "edge")
        assert not [path for path in left if path.startswith("/actuator")]
    assert "/metrics" not in paths_of(hunting(config, "all", control="/metrics"), "edge")
    service = config.services["config"].model_copy(update={"paths": ("/graphql", "/debug/pprof")})
    left = paths_of(hunting(config.model_copy(update={"services": {"config": service}}), "all"), "edge")
    assert not {"/graphql", "/debug/pprof"} & set(map(page_of, left))
    elsewhere = service.model_copy(update={"gateways": ("api",)})
    left = paths_of(hunting(config.model_copy(update={"services": {"config": elsewhere}}), "all"), "edge")
    assert {"/graphql", "/debug/pprof"} <= set(map(page_of, left))


@pytest.mark.parametrize("pack", PACKS)
def test_lanes_are_short_and_each_target_stands_between_siblings_of_its_shape(config: Config, pack: str) -> None:
    plan = whole(hunting(config, pack))
    for target in [p for p in plan.probes if p.role is Role.TARGET and "|sensitive|" in p.group]:
        assert isinstance(target.question, HttpQuestion) and target.question.method == "GET"
        lane = [p for p in plan.probes if p.lane == target.lane]
        assert sum(p.role is Role.TARGET for p in lane) <= CHUNK
        steps = [p.step for p in lane if p.role is Role.ENTRANCE]
        assert min(steps) < target.step < max(steps)
        beside = [
            p for p in lane if p.role is Role.SIBLING and isinstance(p.question, HttpQuestion)
            and shape_of_path(p.question.target) == shape_of_path(target.question.target)
        ]  # fmt: skip
        assert sorted(p.step for p in beside) == [1, 3]
        assert beside[0].question != beside[1].question
        assert target.paced_by == "edge" and target.variant == "baseline"


@pytest.mark.parametrize("level", ["none", "core", "full"])
def test_nothing_that_is_never_asked_is_planned(config: Config, level: str) -> None:
    plan = whole(hunting(config, "all", variants=level))
    asked = {probe.question.target for probe in plan.probes if isinstance(probe.question, HttpQuestion)}
    assert len(asked) > 100
    assert [target for target in asked if never_reason(target)] == []


def test_every_pack_is_asked_as_it_stands(config: Config) -> None:
    for pack in PACKS:
        expected = {path for path in hunted([pack]) if page_of(path) != "/openapi.json"}
        assert set(paths_of(hunting(config, pack), "edge")) == expected


def test_only_what_accuses_is_asked_again(config: Config) -> None:
    config = hunting(config, "common")
    first, seen = resolved(config, "203.0.113.1")
    plan = first + main(config, SEEDS, first.probes, seen)
    doubtful = [claim for claim in hunts(plan) if claim.target == "/metrics"]
    again = replays(config, SEEDS, plan.probes, seen, [Doubt(claim, "internet", "baseline") for claim in doubtful])
    asked = Counter(probe.role for probe in again.probes)
    assert asked[Role.TARGET] == 2 * len(doubtful) and asked[Role.SIBLING] == 2 * asked[Role.TARGET]
    known = {probe.question for probe in plan.probes if probe.role is Role.SIBLING}
    assert not known & {probe.question for probe in again.probes if probe.role is Role.SIBLING}


def test_the_packs_and_the_tags_are_part_of_the_digest(config: Config) -> None:
    assert digest(config) != digest(hunting(config, "common")) != digest(hunting(config, "all"))
    tagged = {}
    for probe in ("get", "head", "never"):
        service = config.services["config"].model_copy(update={"paths": (TaggedPath("/x", probe),)})
        tagged[probe] = digest(config.model_copy(update={"services": {"config": service}}))
    assert len(set(tagged.values())) == 3


def test_a_path_is_asked_as_its_operator_says(config: Config) -> None:
    service = ServiceConfig.model_validate_json(
        '{"url": "http://config.internal.example.net:8080", "names": ["config.internal.example.net"], "paths": ['
        '{"path": "/first", "probe": "never"}, {"path": "/second", "probe": "head"}, "/third"]}'
    )
    config = config.model_copy(update={"services": {"config": service}})
    for level in ("none", "core"):
        plan = whole(hunting(config, variants=level))
        asked: dict[str, set[str]] = {}
        for probe in plan.probes:
            if isinstance(probe.question, HttpQuestion):
                for path in ("first", "second", "third"):
                    if path in probe.question.target:
                        asked.setdefault(path, set()).add(probe.question.method)
        assert "first" not in asked
        assert asked["second"] == {"HEAD"}
        assert "GET" in asked["third"]
        claims = {claim.target: claim.unasked for claim in plan.claims if claim.aspect is Aspect.PATH}
        assert claims == {"/first": True, "/second": False, "/third": False}
        hosts = {
            probe.question.target
            for probe in plan.probes
            if probe.group.startswith("config|host|") and isinstance(probe.question, HttpQuestion)
            and probe.variant == "baseline"
        }  # fmt: skip
        assert hosts == {"/third"}


def test_a_vantage_by_file_hunts_three_times_at_once(config: Config) -> None:
    by_file = config.vantages["internet"].model_copy(update={"by_file": True})
    config = hunting(config, "go").model_copy(update={"vantages": config.vantages | {"internet": by_file}})
    asked = [p for p in whole(config).probes if p.role is Role.TARGET and "|sensitive|" in p.group]
    assert Counter(probe.attempt for probe in asked) == {1: 4, 2: 4, 3: 4}
