"""What is asked again because of an answer: canonical redirects, by hand and not far; cached answers, afresh."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from auditor.config import Config
from auditor.judge import fingerprint
from auditor.model import HttpAnswer, HttpQuestion, Observation, Outcome, Probe, Role, Seen
from auditor.plan import followups, main

SEEDS = {"internet": "one"}
AT = datetime(2026, 1, 1, tzinfo=UTC)


def target(config: Config, path: str = "/internal/v1/provision") -> Probe:
    """The probe for a path at the plain-http gateway, whose addresses are given."""
    plan = main(config, SEEDS, (), ())
    return next(
        p
        for p in plan.probes
        if p.role is Role.TARGET
        and isinstance(p.question, HttpQuestion)
        and p.question.address == "203.0.113.7"
        and p.question.target == path
        and p.question.host_header is None
    )


def answered(probe: Probe, status: int, location: str | None = None, cached: bool = False) -> Seen:
    assert isinstance(probe.question, HttpQuestion)
    headers = () if location is None else (("Location", location),)
    printed = fingerprint(question=probe.question, status=status, headers=headers, body=b"")
    answer = HttpAnswer(
        status=status, reason="", version="1.1", headers=headers, body_size=0, body_sha256="", truncated=False,
        excerpt="", redactions=(), fingerprint=printed, location=location, cached=cached,
    )  # fmt: skip
    return Observation(probe.id, probe.vantage, AT, 0.0, Outcome.ANSWERED, answer=answer)


def next_question(config: Config, probe: Probe, seen: Seen) -> HttpQuestion | None:
    found = followups(config, SEEDS, [probe], [seen]).probes
    if not found:
        return None
    [follow] = found
    assert (follow.role, follow.group, follow.lane, follow.follows) == (
        Role.TARGET, probe.group, probe.lane, probe.id,
    )  # fmt: skip
    assert follow.step > probe.step
    assert follow.paced_by == probe.paced_by
    assert isinstance(follow.question, HttpQuestion)
    return follow.question


@pytest.mark.parametrize(
    ("location", "scheme", "port", "path"),
    [
        ("/internal/v1/provision/", "http", 8081, "/internal/v1/provision/"),
        ("http://edge.example.com:8081/internal/v1/provision/", "http", 8081, "/internal/v1/provision/"),
        ("https://edge.example.com/internal/v1/provision", "https", 443, "/internal/v1/provision"),
    ],
)
def test_a_canonical_redirect_is_followed(
    config: Config, location: str, scheme: str, port: int, path: str
) -> None:
    probe = target(config)
    question = next_question(config, probe, answered(probe, 301, location))
    assert question is not None
    assert (question.scheme, question.port, question.target) == (scheme, port, path)
    assert question.address == "203.0.113.7"  # the same entrance, whatever the name says


@pytest.mark.parametrize(
    "location",
    [
        "https://elsewhere.example.org/internal/v1/provision",
        "/login?next=/internal/v1/provision",
        "//elsewhere.example.org/internal/v1/provision",
        "javascript:alert(1)",
        "http://[::1/internal/v1/provision",
        "https://edge.example.com:999999/internal/v1/provision",
        "/internal/v1/provision/\r\nX-Injected: 1",
        "/internal/v1/provision/\u202e",
        "",
    ],
)
def test_what_leads_elsewhere_is_recorded_and_not_followed(config: Config, location: str) -> None:
    probe = target(config)
    assert next_question(config, probe, answered(probe, 302, location)) is None


def test_never_from_https_down_to_http(config: Config) -> None:
    probe = target(config)
    assert isinstance(probe.question, HttpQuestion)
    secure = replace(probe, question=replace(probe.question, scheme="https", port=443))
    assert (
        next_question(config, secure, answered(secure, 301, "http://edge.example.com/internal/v1/provision/"))
        is None
    )


def test_a_redirect_loop_ends_after_three_hops(config: Config) -> None:
    asked = [target(config)]
    seen: list[Seen] = []
    for hop in range(10):
        slash = "/" if hop % 2 == 0 else ""
        seen.append(answered(asked[-1], 301, f"/internal/v1/provision{slash}"))
        more = followups(config, SEEDS, asked, seen).probes
        if not more:
            break
        asked += more
    assert len(asked) == 4


def test_a_cached_answer_is_asked_for_afresh_once(config: Config) -> None:
    probe = target(config)
    first = answered(probe, 200, cached=True)
    [again] = followups(config, SEEDS, [probe], [first]).probes
    assert isinstance(again.question, HttpQuestion)
    assert again.question.target.startswith("/internal/v1/provision?cb=")
    assert followups(config, SEEDS, [probe, again], [first, answered(again, 200, cached=True)]).probes == ()


@pytest.mark.parametrize("role", Role)
def test_what_is_compared_with_a_target_is_followed_as_it_is(config: Config, role: Role) -> None:
    probe = replace(target(config), role=role)
    found = followups(config, SEEDS, [probe], [answered(probe, 301, "/internal/v1/provision/")]).probes
    compared = {Role.TARGET, Role.CREDENTIAL, Role.SIBLING, Role.GATEWAY, Role.TRUTH, Role.TRUTH_SIBLING}
    assert [each.role for each in found] == ([role] if role in compared else [])


def test_none_is_followed_twice(config: Config) -> None:
    probe = target(config)
    moved = answered(probe, 301, "/internal/v1/provision/")
    [again] = followups(config, SEEDS, [probe], [moved]).probes
    assert followups(config, SEEDS, [probe, again], [moved]).probes == ()
