"""What is planned so that canaries and logs can speak: the marks, the readings, and never a secret."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from auditor.config import CanaryConfig, Config, LogConfig, SecretFrom
from auditor.model import (
    Aspect,
    HttpQuestion,
    LogAnswer,
    LogMark,
    LogQuestion,
    Observation,
    Outcome,
    Plan,
    Probe,
    Role,
    Seen,
    codec,
)
from auditor.plan import claims_at, main, opening, witness

SEEDS = {"internet": "one", "vpc": "two"}
AT = datetime(2026, 1, 1, tzinfo=UTC)
ONE, OTHER = LogConfig(file="/var/log/one.log"), LogConfig(file="/var/log/other.log")


@pytest.fixture
def witnessed(config: Config) -> Config:
    """The services have a canary and logs; two share one."""
    canary = CanaryConfig(path="/internal/canary", secret=SecretFrom(env="CANARY_SECRET"))
    own = config.services["config"].model_copy(update={"canary": canary, "log": ONE})
    twin = own.model_copy(update={"canary": None, "gateways": ("edge",), "names": ()})
    several = twin.model_copy(update={"log": (ONE, OTHER)})
    services = {"config": own, "twin": twin, "several": several, "jobs": config.services["jobs"]}
    return config.model_copy(update={"services": services})


def questions(plan: Plan, role: Role) -> list[LogQuestion]:
    return [
        probe.question for probe in plan.probes if probe.role is role and isinstance(probe.question, LogQuestion)
    ]


def observed(probes: tuple[Probe, ...]) -> list[Seen]:
    marks = {file: LogMark(file, 1, 2, 3, "") for file in (ONE.file, OTHER.file)}
    return [
        Observation(
            each.id, each.vantage, AT, 0.0, Outcome.ANSWERED,
            answer=LogAnswer(marks=tuple(marks[log.file] for log in each.question.logs))
            if isinstance(each.question, LogQuestion) else None,
        )
        for each in probes
    ]  # fmt: skip


def test_logs_are_marked_first_and_read_last_by_the_vantage_that_is_here(witnessed: Config) -> None:
    first = opening(witnessed, SEEDS)
    marks = [probe for probe in first.probes if probe.role is Role.LOG]
    assert {probe.vantage for probe in marks} == {"vpc"}
    assert [(q.act, q.services) for q in questions(first, Role.LOG)] == [
        ("mark", ("config", "twin")), ("mark", ("several",))
    ]  # fmt: skip
    asked = first + main(witnessed, SEEDS, first.probes, ())
    seen = observed(asked.probes)
    last = witness(witnessed, SEEDS, asked.probes, seen)
    reads = [probe for probe in last.probes if probe.role is Role.LOG]
    for probe, question in zip(reads, questions(last, Role.LOG), strict=True):
        fresh = [p for p in last.probes if p.lane == probe.lane and p.role is Role.WITNESS]
        assert (question.act, question.awaited) == ("read", tuple(p.id for p in fresh))
        assert [p.group for p in fresh] == [f"witness|{name}" for name in question.services]
        assert all(p.step < probe.step for p in fresh)
        assert [mark.file for mark in question.since] == [log.file for log in question.logs]


def test_what_is_looked_for_is_what_was_sent_that_way(witnessed: Config) -> None:
    first = opening(witnessed, SEEDS)
    asked = first + main(witnessed, SEEDS, first.probes, ())
    seen = observed(asked.probes)
    lost = next(probe for probe in asked.probes if probe.role is Role.TARGET and probe.paced_by == "edge")
    seen = [each for each in seen if each.probe != lost.id]
    by_id = {probe.id: probe for probe in asked.probes}
    shared, several = questions(witness(witnessed, SEEDS, asked.probes, seen), Role.LOG)
    assert lost.id not in shared.ids and lost.id not in several.ids
    for question, services, gateways in (
        (shared, {"config", "twin"}, {"api", "edge"}), (several, {"several"}, {"edge"})
    ):  # fmt: skip
        looked_for = [by_id[each] for each in question.ids]
        assert all(isinstance(probe.question, HttpQuestion) for probe in looked_for)
        assert {probe.paced_by for probe in looked_for if probe.vantage == "internet"} <= gateways
        inside = {probe.group.split("|")[1] for probe in looked_for if probe.vantage == "vpc"}
        assert inside == services
        for role in (Role.TARGET, Role.SIBLING, Role.ENTRANCE, Role.TRUTH, Role.TRUTH_SIBLING):
            assert any(probe.role is role for probe in looked_for), role


def test_nobody_reads_a_log_from_elsewhere(witnessed: Config) -> None:
    away = witnessed.vantages["vpc"].model_copy(update={"by_file": True})
    config = witnessed.model_copy(update={"vantages": {**witnessed.vantages, "vpc": away}})
    assert not questions(opening(config, SEEDS), Role.LOG)
    assert not witness(config, SEEDS, (), ()).probes
    assert not witness(witnessed, {"internet": "one"}, (), ()).probes


def test_a_canary_is_a_path_like_others_and_has_controls_inside(witnessed: Config) -> None:
    claims = claims_at(witnessed, {"api": ("203.0.113.1",), "edge": ("203.0.113.7",)})
    canaries = [claim for claim in claims if claim.target == "/internal/canary"]
    assert {(claim.aspect, claim.service, claim.entrance) for claim in canaries} == {
        (Aspect.PATH, "config", "api"), (Aspect.PATH, "config", "edge")
    }  # fmt: skip
    plan = main(witnessed, SEEDS, (), ())
    carrying = [p for p in plan.probes if isinstance(p.question, HttpQuestion) and p.question.canary]
    assert {p.role for p in carrying} == {Role.TARGET, Role.TRUTH, Role.TRUTH_VARIANT, Role.UPSTREAM}
    plain = [p.question for p in carrying if p.variant == "baseline"]
    assert {question.target for question in plain if isinstance(question, HttpQuestion)} == {"/internal/canary"}
    controls = [
        p.question for p in plan.probes if p.group == "canary|config" and isinstance(p.question, HttpQuestion)
    ]
    stranger, bare = controls
    assert stranger.canary == "config" and str(stranger.host_header).endswith(".invalid")
    assert bare == replace(stranger, host_header=None, canary=None, headers=(("X-Reach-Probe-Id", ""),))


def test_a_plan_holds_the_name_of_a_secret_at_most(witnessed: Config) -> None:
    first = opening(witnessed, SEEDS)
    plan = first + main(witnessed, SEEDS, first.probes, ()) + witness(witnessed, SEEDS, first.probes, ())
    assert b"CANARY_SECRET" not in codec.dump(Plan, plan)
    assert codec.load(Plan, codec.dump(Plan, plan)) == plan
