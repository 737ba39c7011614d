"""Whole audits in which nobody listed what leaks: found by its own text, and by nothing else."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from audits import Clock, audited, configured, database
from strange import HEALTHY, NOT_FOUND, Answer, Running, Strange, json_page, page, running

from auditor.catalog import COMMON, hunted
from auditor.config import Config
from auditor.judge import judge
from auditor.lab import company
from auditor.lab.demo import DEMO
from auditor.lab.http1 import Reply, Request
from auditor.model import AuditRecord, FindingState, Role, Verdict
from auditor.report import History, exit_code, render, summary, to_json, totals
from auditor.store import Store

ENV = {"activeProfiles": ["prod"], "propertySources": [{"name": "server.ports", "properties": {}}]}
METRICS = Reply(200, (("Content-Type", "text/plain; version=0.0.4"),), b"# HELP up x\n# TYPE up gauge\nup 1\n")
GIT = Reply(200, (("Content-Type", "application/octet-stream"),), b"[core]\n\trepositoryformatversion = 0\n")
SPA = page(200, "<html><head><title>Shop</title></head><body><div id=root>Welcome to the shop</div></body></html>")
WORDS = page(
    200,
    "<html><head><title>Swagger UI</title></head><body><div id='swagger-ui' class=swagger-ui></div>"
    "# HELP # TYPE Apache Server Status for Django administration csrfmiddlewaretoken phpinfo()</title> PHP "
    "Version Werkzeug Interactive Console types of profiles available: Active connections: "
    "server accepts handled requests"
    "<div id=telescope><title>telescope <title>envoy admin</title> <redoc spec-url= [core] repositoryformatversion"
    "</body></html>",
)  # fmt: skip


def leaky(request: Request) -> Reply:
    pages = {"/actuator/env": json_page(200, ENV), "/metrics": METRICS, "/.git/config": GIT, "/health": HEALTHY}
    return HEALTHY if request.path == "/api/v1/health" else pages.get(request.path, NOT_FOUND)


def with_packs(config: Config, *packs: str, **more: object) -> Config:
    gateways = {
        name: each.model_copy(update={"sensitive": packs, **more}) for name, each in config.gateways.items()
    }
    return config.model_copy(update={"gateways": gateways})


async def look(run: Running, *packs: str, times: int = 1, **more: object) -> AuditRecord:
    return await run.audit(times, with_packs(run.config, *(packs or ("common",)), **more))


def shown(record: AuditRecord) -> dict[str, str]:
    return {
        each.claim.target: f"{each.verdict} {each.reason} {each.confidence}"
        for each in record.judgements
        if each.claim.aspect == "sensitive" and not each.silent
    }


async def test_what_shows_its_product_is_found_and_told_everywhere(tmp_path: Path) -> None:
    async with running(Strange(gateway=leaky), tmp_path) as run:
        record = await look(run)
    sure = "exposed signature high"
    assert shown(record) == {"/actuator/env": sure, "/metrics": sure, "/.git/config": sure}
    assert judge(record.plan, record.seen).judgements == record.judgements
    assert {(f.service, f.owner) for f in record.findings} == {("gateway:api", None)}
    data, text = to_json(record), summary(record, colour=False)
    (line,) = data["hunts"]
    assert line == {"gateway": "api", "paths": 37, "found": 3, "not_shown": 34, "untold": {}}
    assert "api: 37 well-known sensitive paths asked, 3 showed their product. That is no proof that" in text
    html = render(
        record, history=History(), environment=None, next_due_at=None, generated_at=Clock()(), version="0"
    )
    assert "37 well-known sensitive paths asked, 3 showed their product." in html
    assert "list this path under the paths of the service behind it" in html
    assert "management.server.port" in html and "actuator-env" in html
    counted = totals(record)
    assert counted.claims == len(data["verdicts"]) == record.audit.claims
    assert counted.decisive == record.audit.decisive
    assert counted.open == counted.found == 3
    assert exit_code(record) == 1


async def test_what_shows_nothing_counts_nowhere(tmp_path: Path) -> None:
    async with running(Strange(), tmp_path) as run:
        record = await look(run)
        plain = await run.audit()
    assert shown(record) == {}
    assert (record.audit.claims, record.audit.decisive) == (plain.audit.claims, plain.audit.decisive)
    assert record.audit.coverage == 1.0 and exit_code(record) == 0
    assert [each["service"] for each in to_json(record)["verdicts"]] == ["config"] * record.audit.claims
    assert to_json(plain)["hunts"] == [] and "Outside what gateways" not in summary(plain, colour=False)
    assert "none showed its product. That is no proof that there are none." in summary(record, colour=False)


CALM: dict[str, Answer] = {
    "one page for everything": lambda request: SPA,
    "one page for everything, full of signatures": lambda request: WORDS,
    "the same, but a 404 for what is unknown": lambda request: (
        WORDS if request.path in COMMON else page(404, WORDS.body.decode())
    ),
    "a soft 404 with the path": lambda request: page(200, f"<h1>Nothing at {request.target}</h1>"),
    "JSON for everything": lambda request: json_page(200, {"status": "UP", "path": request.target, "data": []}),
    "a login for everything": lambda request: Reply(302, (("Location", f"/login?next={request.path}"),), b""),
    "a refusal of everything": lambda request: Reply(
        401, (("WWW-Authenticate", 'Basic realm="Tomcat Manager Application"'),), b"no"
    ),
}


@pytest.mark.parametrize("name", CALM)
@pytest.mark.parametrize("pack", ["common", "all"])
async def test_nobody_is_accused_for_a_page_that_everything_gets(name: str, pack: str, tmp_path: Path) -> None:
    def answer(request: Request) -> Reply:
        return HEALTHY if request.path == "/api/v1/health" else CALM[name](request)

    async with running(Strange(gateway=answer, paths=(), ports=(8080,)), tmp_path) as run:
        record = await look(run, pack)
    assert shown(record) == {}
    assert {each.verdict for each in record.judgements if each.silent} == {Verdict.UNPROVEN}


async def test_being_kept_from_looking_is_told_apart(tmp_path: Path) -> None:
    def answer(request: Request) -> Reply:
        if request.path == "/api/v1/health":
            return HEALTHY
        return Reply(429, (), b"") if request.path.startswith("/actuator/") else NOT_FOUND

    async with running(Strange(gateway=answer), tmp_path) as run:
        record = await look(run)
        asked = [p for p in record.plan.probes if p.role is Role.TARGET and p.group.startswith("gateway:")]
    (line,) = to_json(record)["hunts"]
    assert line == {"gateway": "api", "paths": 37, "found": 0, "not_shown": 28, "untold": {"rate_limited": 9}}
    assert "9 more could not be looked at (rate_limited 9)." in summary(record, colour=False)
    assert max(probe.attempt for probe in asked) == 1  # who limits us is not asked again


HOSTILE: dict[str, Reply] = {
    "a long line": Reply(200, (("Content-Type", "text/plain"),), b"# HELP " + b"a" * 300_000),
    "nested": Reply(200, (("Content-Type", "application/json"),), b"[" * 50_000),
    "quotes": Reply(200, (("Content-Type", "application/json"),), b'"' * 100_000),
    "a charset nobody has": Reply(200, (("Content-Type", "text/html; charset=zzz"),), b"\xff\xfe\x00" * 9_000),
    "markup": Reply(200, (("Content-Type", "text/html"),), b"<script>alert(1)</script><title>x" * 2_000),
    "bytes": Reply(200, (("Content-Type", "application/octet-stream"),), bytes(range(256)) * 200),
    "controls in headers": Reply(200, (("kbn-name", "\x1b[31m\x9b"), ("x-jenkins", "<b>")), b""),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
async def test_hostile_answers_do_no_harm(name: str, tmp_path: Path) -> None:
    reply = HOSTILE[name]

    def answer(request: Request) -> Reply:
        return HEALTHY if request.path == "/api/v1/health" else reply

    async with running(Strange(gateway=answer, paths=(), ports=(8080,)), tmp_path) as run:
        started = time.monotonic()
        record = await look(run, "all")
        assert time.monotonic() - started < 60
    assert shown(record) == {}
    html = render(
        record, history=History(), environment=None, next_due_at=None, generated_at=Clock()(), version="0"
    )
    assert "<script>alert(1)" not in html
    assert all(each.isprintable() or each == "\n" for each in summary(record, colour=False))


async def test_a_finding_of_a_hunt_ends_when_its_path_is_described_and_closed(tmp_path: Path) -> None:
    """The whole life of one: found, silent, described as a path of its service, closed twice, resolved."""
    doors: dict[str, Callable[[Request], Reply]] = {"now": leaky}

    def inside(request: Request) -> Reply:
        return METRICS if request.path == "/metrics" else json_page(404, {"detail": "Not Found"})

    company = Strange(
        gateway=lambda request: doors["now"](request), inside=inside, paths=("/metrics",), health=None
    )
    async with running(company, tmp_path) as run:
        described = with_packs(run.config, "observability")
        service = run.config.services["config"].model_copy(update={"paths": ("/other",)})
        hunting = described.model_copy(update={"services": {"config": service}})
        clock = Clock()
        with Store.open(database(tmp_path)) as store:
            first = await audited(hunting, store, clock=clock)
            (finding,) = [each for each in first.findings if each.aspect == "sensitive"]
            assert finding.target == "/metrics"
            doors["now"] = lambda request: HEALTHY if request.path == "/api/v1/health" else NOT_FOUND
            silent = await audited(hunting, store, clock=clock)
            assert {f.id: f.state for f in silent.findings}[finding.id] is FindingState.OPEN
            assert "This audit could not confirm it" in summary(silent, colour=False)
            await audited(described, store, clock=clock)
            last = await audited(described, store, clock=clock)
    assert {f.id: f.state for f in last.findings}[finding.id] is FindingState.RESOLVED
    assert finding.id in {change.finding for change in last.changes}


#: What docs/signatures.md says of an audit's requests, for one gateway, one address and one outside vantage.
COSTS = {"common": 72, "all": 308}


@pytest.mark.parametrize("pack", COSTS)
async def test_what_it_costs_is_what_the_page_says(pack: str, tmp_path: Path) -> None:
    def answer(request: Request) -> Reply:
        return HEALTHY if request.path == "/up" else NOT_FOUND

    async with running(Strange(gateway=answer, control="/up", paths=(), ports=(8080,)), tmp_path) as run:
        plain = await run.audit()
        record = await look(run, pack)
    added = len(record.plan.probes) - len(plain.plan.probes)
    assert len(hunted([pack])) == sum(each.silent for each in record.judgements)
    assert added == COSTS[pack]
    text = (Path(__file__).parents[2] / "docs" / "signatures.md").read_text(encoding="utf-8")
    assert f"`{pack}` {added}" in text


async def test_pacing_holds_for_hunts_too(tmp_path: Path) -> None:
    async with running(Strange(paths=(), ports=(8080,)), tmp_path) as run:
        config = with_packs(run.config, "go", rate=20.0)
        started = asyncio.get_running_loop().time()
        record = await run.audit(1, config)
        took = asyncio.get_running_loop().time() - started
    paced = sum(probe.paced_by == "api" for probe in record.plan.probes)
    assert took >= (paced - 2) / 20.0


async def test_the_lab_raises_no_alarm_by_its_own_pages(tmp_path: Path) -> None:
    """The demo hunts by default: what is published there on purpose or by mistake is listed by a service."""
    for broken in ((), DEMO):
        async with company(*broken, root=tmp_path) as lab:
            with Store.open(database(tmp_path)) as store:
                record = await audited(configured(lab, sensitive=True), store)
        assert shown(record) == {}
        assert {line["gateway"]: line["found"] for line in to_json(record)["hunts"]} == {
            "public-api": 0, "checkout": 0,
        }  # fmt: skip
