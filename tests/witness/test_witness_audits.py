"""Whole audits with a witness inside, on real servers: what cannot be told from outside is told by it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from witness_estate import COMBINED, Place, judged, nginx_before_nginx, nginx_before_starlette, told

from auditor.cli.planning import explain_text, plan_text
from auditor.judge import judge
from auditor.model import Observation, Skip, Verdict, Witness, codec
from auditor.report import History, render, to_json

pytestmark = pytest.mark.parts

FORWARD = "proxy_pass http://<<service>>;"
PUBLIC = f"location /public/ {{ {FORWARD} }}"
GATEWAY_404 = f"{PUBLIC} location / {{ return 404; }}"
SERVICE_404 = f"location ^~ /internal/ {{ proxy_pass http://<<service>>/moved/; }} {GATEWAY_404}"
GATEWAY_403 = f"location ^~ /internal/ {{ return 403; }} {GATEWAY_404}"
SERVICE_403 = f"location ^~ /internal/ {{ proxy_pass http://<<service>>/internal/denied/none/; }} {GATEWAY_404}"
ALL = f"location / {{ {FORWARD} }}"

PATHS = "paths: [/internal/config]"
DENIED = "paths: [/internal/denied/config]"


def with_log(place: Place, more: str = "", paths: str = PATHS) -> str:
    return f"{paths}\n    log: {{file: {place.log}{more}}}"


def test_the_same_404_of_both_tiers_is_closed_by_a_log(tmp_path: Path) -> None:
    with nginx_before_nginx(tmp_path, GATEWAY_404) as place:
        assert told(judged(place.audit(PATHS))) == "unproven origin_unknown -"
        found = judged(place.audit(with_log(place)))
    assert told(found) == "closed not_in_log high"
    assert found.witness == (Witness.LOG_LACKS,)
    assert found.ratio is not None and found.ratio[0] == found.ratio[1] >= 3


def test_the_same_404_by_the_service_is_routed(tmp_path: Path) -> None:
    with nginx_before_nginx(tmp_path, SERVICE_404) as place:
        assert told(judged(place.audit(PATHS))) == "unproven origin_unknown -"
        found = judged(place.audit(with_log(place)))
    assert told(found) == "routed upstream_log certain"
    assert (found.witness, found.logged) == ((Witness.LOG_SHOWS,), 404)


@pytest.mark.parametrize(
    ("at_gateway", "expected"),
    [(GATEWAY_403, "closed not_in_log high"), (SERVICE_403, "guarded upstream_auth certain")],
    ids=["gateway", "service"],
)
def test_a_403_of_the_gateway_and_one_of_the_service_are_told_apart(
    tmp_path: Path, at_gateway: str, expected: str
) -> None:
    """By its looks the page is the service's, in both."""
    target = "/internal/denied/config"
    with nginx_before_nginx(tmp_path, at_gateway) as place:
        assert told(judged(place.audit(DENIED), target)) == "guarded upstream_auth medium"
        assert told(judged(place.audit(with_log(place, paths=DENIED)), target)) == expected


def test_a_leak_is_certain_by_the_log(tmp_path: Path) -> None:
    with nginx_before_nginx(tmp_path, ALL) as place:
        found = judged(place.audit(with_log(place)))
    assert told(found) == "exposed canary certain"
    assert found.logged == 200


#: What is asked inside is written, and what comes through the gateway is not.
HALF = 'set $kept 1; if ($http_host ~ shop) {{ set $kept ""; }} access_log {home}/access.log combined if=$kept;'


@pytest.mark.parametrize(
    ("log", "file"),
    [
        ("access_log off;", "/dev/null"),  # no regular file
        ("access_log off;", "access.log"),  # nobody writes it
        (COMBINED, "missing.log"),
        ("access_log {home}/access.log combined if=$arg_none;", "access.log"),
        (HALF, "access.log"),
    ],
    ids=["no-file", "silent", "missing", "filtered", "half"],
)
def test_a_log_that_is_not_live_proves_nothing(tmp_path: Path, log: str, file: str) -> None:
    keeps_host = GATEWAY_404.replace(FORWARD, f"proxy_set_header Host $http_host; {FORWARD}")
    with nginx_before_nginx(tmp_path, keeps_host, log) as place:
        (tmp_path / "access.log").touch()
        found = judged(place.audit(f"{PATHS}\n    log: {{file: {tmp_path / file}}}"))
    assert told(found) == "unproven origin_unknown -"
    assert found.witness == (Witness.LOG_PARTIAL,)
    assert "proves nothing" in found.note


def test_a_gateway_that_hides_the_id_is_not_believed(tmp_path: Path) -> None:
    """The 404 comes from the service, whose log cannot show it: nothing may be closed for that."""
    hidden = 'proxy_set_header User-Agent ""; proxy_set_header X-Reach-Probe-Id ""; ' + SERVICE_404
    with nginx_before_nginx(tmp_path, hidden) as place:
        found = judged(place.audit(with_log(place)))
    assert told(found) == "unproven origin_unknown -"
    assert found.witness == (Witness.LOG_PARTIAL,)


@pytest.mark.parametrize(
    ("log", "more"),
    [
        ("access_log {home}/access.log lines;", ""),
        ("access_log {home}/access.log lines;", ", status: status"),
        (COMBINED, ", pattern: '\" (?P<status>\\d\\d\\d) '"),
    ],
    ids=["json", "json-key", "pattern"],
)
def test_every_format_tells_the_status(tmp_path: Path, log: str, more: str) -> None:
    with nginx_before_nginx(tmp_path, SERVICE_404, log) as place:
        assert judged(place.audit(with_log(place, more))).logged == 404


@pytest.mark.parametrize("at_gateway", [GATEWAY_404, ALL], ids=["sound", "leaky"])
def test_a_log_makes_no_alarm_of_variants_that_the_service_reads_as_nonsense(
    tmp_path: Path, at_gateway: str
) -> None:
    """Some arrive by way of the public prefix, and get the 404 that everything gets that is not there."""
    with nginx_before_nginx(tmp_path, at_gateway) as place:
        found = judged(place.audit(with_log(place), variants="core"))
    assert found.verdict in ((Verdict.EXPOSED,) if at_gateway is ALL else (Verdict.UNPROVEN, Verdict.CLOSED))


# --- canaries --------------------------------------------------------------------------------------------

CANARY = "canary: {path: /internal/canary, secret: {env: CANARY_SECRET}}\n    paths: [/internal/config]"
SECRET = "correct horse battery staple"


def test_the_same_404_of_both_tiers_is_closed_by_a_canary(tmp_path: Path) -> None:
    with nginx_before_starlette(tmp_path, GATEWAY_404, SECRET) as place:
        place.environ["CANARY_SECRET"] = SECRET
        record = place.audit(CANARY)
    found = judged(record, "/internal/canary")
    assert told(found) == "closed no_canary medium"
    assert found.witness == (Witness.CANARY_SILENT,)
    assert told(judged(record)) == "unproven origin_unknown -", "the canary speaks of its own path alone"
    stored = b"".join(codec.dump(Observation | Skip, each) for each in record.seen)
    assert SECRET.encode() not in stored
    excerpts = [each.answer.excerpt for each in record.seen if isinstance(each, Observation) and each.answer
                and each.answer.kind == "http" and "canary" in each.answer.fingerprint.marks]  # fmt: skip
    assert excerpts and set(excerpts) == {"[redacted: canary]"}


def test_a_canary_that_gets_out_is_certain(tmp_path: Path) -> None:
    with nginx_before_starlette(tmp_path, ALL, SECRET) as place:
        place.environ["CANARY_SECRET"] = SECRET
        found = judged(place.audit(CANARY), "/internal/canary")
    assert told(found) == "exposed canary certain"
    assert found.witness == (Witness.CANARY_ANSWERED,)


@pytest.mark.parametrize(
    ("environ", "word", "says"),
    [
        ({"CANARY_SECRET": "another"}, Witness.CANARY_WRONG, "does not answer inside as it must"),
        ({}, Witness.CANARY_UNCHECKED, "the secret is not at hand"),
    ],
    ids=["wrong", "missing"],
)
def test_without_the_right_secret_nothing_is_proven_and_it_is_said(
    tmp_path: Path, environ: dict[str, str], word: Witness, says: str
) -> None:
    with nginx_before_starlette(tmp_path, GATEWAY_404, SECRET) as place:
        place.environ.update(environ)
        record = place.audit(CANARY)
    found = judged(record, "/internal/canary")
    assert told(found) == "unproven origin_unknown -"
    assert (found.witness, says in found.note) == ((word,), True), found.note
    if not environ:
        details = [
            each.detail for each in record.seen if isinstance(each, Observation) and "canary" in each.detail
        ]
        assert details and all("CANARY_SECRET is not set" in each for each in details)


def test_a_canary_that_minds_the_host_proves_nothing(tmp_path: Path) -> None:
    """Everything is forwarded, under the public name, for which the service has no canary and says 404."""
    keeps_host = f"proxy_set_header Host $http_host; {ALL}"
    with nginx_before_starlette(tmp_path, keeps_host, SECRET, any_host=False) as place:
        place.environ["CANARY_SECRET"] = SECRET
        found = judged(place.audit(CANARY), "/internal/canary")
    assert found.verdict is not Verdict.CLOSED
    assert found.witness == (Witness.CANARY_WRONG,)


def test_people_and_programs_are_told_what_the_witness_says(tmp_path: Path) -> None:
    with nginx_before_nginx(tmp_path, SERVICE_404) as place:
        record = place.audit(with_log(place))
    page = render(
        record,
        history=History({}, ()),
        environment=None,
        next_due_at=None,
        generated_at=datetime(2026, 1, 1, tzinfo=UTC),
        version="0",
    )
    assert "the service&#39;s log shows this request: 404" in page
    assert f"log of config, {place.log}: live, read whole" in page
    told_json = to_json(record)
    (verdict,) = told_json["verdicts"]
    assert (verdict["witness"], verdict["logged"]) == (["log_shows"], 404)
    assert told_json["witnesses"] == [
        {"service": "config", "kind": "log", "where": str(place.log), "good": True, "says": "live, read whole"}
    ]


def test_the_json_says_which_witness_was_no_good(tmp_path: Path) -> None:
    with nginx_before_starlette(tmp_path, GATEWAY_404, SECRET) as place:
        place.environ["CANARY_SECRET"] = "another"
        record = place.audit(f"{CANARY}\n    log: {{file: {tmp_path / 'missing.log'}}}")
    canary, log = to_json(record)["witnesses"]
    assert (canary["kind"], canary["where"], canary["good"]) == ("canary", "/internal/canary", False)
    assert "is it the same secret?" in canary["says"]
    assert (log["kind"], log["good"]) == ("log", False)
    assert "No such file or directory" in log["says"]


def test_plan_and_explain_name_the_witnesses(tmp_path: Path) -> None:
    place = Place(tmp_path, 80, 80)
    config = place.config(f"{CANARY}\n    log: {{file: {place.log}}}")
    for text in (plan_text(config), explain_text(config, "config")):
        assert "its canary answers at /internal/canary; the secret is taken from the environment variable" in text
        assert f"its log {place.log} is read by office" in text
    assert "2 log" in plan_text(config)


def test_judging_again_gives_the_same(tmp_path: Path) -> None:
    with nginx_before_nginx(tmp_path, GATEWAY_404) as place:
        record = place.audit(with_log(place))
    again = judge(record.plan, record.seen)
    assert again.judgements == record.judgements
