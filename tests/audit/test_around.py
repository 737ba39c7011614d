"""Ways around a gateway, for real: what leads around is found and named, what is shut is proven; both families."""

import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path

import pytest
from strange import GATEWAY, HEALTHY, NGINX, NOT_FOUND, TARGETS, Answer, Strange, app, edge, page, running

from auditor.config import Config
from auditor.config.model import AroundConfig
from auditor.lab.http1 import Reply, Request, conversation
from auditor.lab.serving import Listener
from auditor.model import Aspect, AuditRecord, HttpQuestion, Judgement, Role, Vector, Verdict
from auditor.report import summary

ORIGIN = "127.0.0.77"


def bound(address: str, port: int = 0) -> socket.socket:
    """A socket that keeps its port and does not listen: connecting to it is refused."""
    sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    sock.setblocking(False)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((address, port))
    return sock


@asynccontextmanager
async def serving(answer: Answer, sock: socket.socket) -> AsyncIterator[list[Request]]:
    """Whoever answers there, and what he was asked."""
    seen: list[Request] = []

    async def replying(request: Request) -> Reply:
        seen.append(request)
        return answer(request)

    malformed = page(400, NGINX.format("400 Bad Request"))
    async with Listener(sock, conversation(replying, lambda: malformed)):
        yield seen


@contextmanager
def silent(address: str, port: int = 0) -> Iterator[int]:
    """A port whose queue is full: whoever else connects there hears nothing."""
    with bound(address, port) as sock:
        sock.listen(0)
        with socket.create_connection(sock.getsockname()), socket.socket() as second:
            second.setblocking(False)
            second.connect_ex(sock.getsockname())
            yield sock.getsockname()[1]


def leaky(request: Request) -> Reply:
    """All of the service, beside the public page."""
    return HEALTHY if request.path == "/api/v1/health" else app(request)


def going_round(
    config: Config, *, addresses: tuple[str, ...] = ("127.0.0.1",), **around: tuple[str, ...]
) -> Config:
    way = AroundConfig(**around) if around else None
    settings = {"addresses": addresses, "around": way, "variants": "none"}
    gateway = config.gateways["api"].model_copy(update=settings)
    limits = config.limits.model_copy(update={"connect_seconds": 0.3})
    return config.model_copy(update={"gateways": {"api": gateway}, "limits": limits})


def port_of(config: Config) -> int:
    return int(config.gateways["api"].url.rpartition(":")[2])


def through(record: AuditRecord, entrance: str) -> list[Judgement]:
    found = [j for j in record.judgements if j.claim.entrance == entrance and j.claim.aspect is Aspect.PATH]
    assert {j.claim.target for j in found} == set(TARGETS)
    return found


def said(record: AuditRecord, entrance: str) -> set[str]:
    return {f"{j.verdict} {j.reason} {j.confidence}" for j in through(record, entrance)}


async def test_a_listener_without_the_rules_is_found_and_named(tmp_path: Path) -> None:
    async with running(Strange(), tmp_path) as lab, AsyncExitStack() as stack:
        sock = bound("127.0.0.1")
        seen = await stack.enter_async_context(serving(leaky, sock))
        entrance = f"api around http:{sock.getsockname()[1]}"
        config = going_round(lab.config, listeners=(entrance.removeprefix("api around "),))
        record = await lab.audit(config=config)
    assert said(record, "api") == {"closed gateway_404 high"}
    assert said(record, entrance) == {"exposed same_as_inside high"}
    opened = {finding.target: finding for finding in record.findings if finding.entrance == entrance}
    assert set(TARGETS) <= set(opened)
    assert all(finding.vectors == (Vector.ORIGIN_DIRECT,) for finding in opened.values())
    # Under the gateway's own name, as the gateway is asked, whatever the port; or under an internal one.
    authority = f"{GATEWAY}:{port_of(config)}"
    hosts = {request.values("host")[0] for request in seen if request.path in TARGETS}
    assert {host for host in hosts if not host.endswith(".internal.shop.example")} == {authority}
    told = summary(record, colour=False)
    assert f"through {entrance}" in told
    assert f"--resolve {GATEWAY}:{entrance.rpartition(':')[2]}:127.0.0.1" in told
    assert f"-H 'Host: {authority}'" in told


async def test_an_origin_is_asked_at_the_gateways_own_port_and_at_each_listener(tmp_path: Path) -> None:
    async with running(Strange(), tmp_path) as lab, AsyncExitStack() as stack:
        await stack.enter_async_context(serving(leaky, bound(ORIGIN, port_of(lab.config))))
        other = stack.enter_context(bound("127.0.0.1"))  # refused here, and at the origin as well
        listener = f"http:{other.getsockname()[1]}"
        stack.enter_context(bound(ORIGIN, other.getsockname()[1]))
        record = await lab.audit(config=going_round(lab.config, listeners=(listener,), origins=(ORIGIN,)))
    assert said(record, "api origin") == {"exposed same_as_inside high"}
    assert said(record, f"api around {listener}") == {"closed port_refused medium"}
    assert said(record, f"api origin {listener}") == {"closed port_refused medium"}
    assert {j.claim.address for j in through(record, "api origin")} == {ORIGIN}


async def test_a_way_that_keeps_silent_is_closed_after_three_times(tmp_path: Path) -> None:
    async with running(Strange(paths=TARGETS, names=()), tmp_path) as lab:
        with silent("127.0.0.1") as port:
            record = await lab.audit(config=going_round(lab.config, listeners=(f"http:{port}",)))
    assert said(record, f"api around http:{port}") == {"closed port_silent low"}
    for one in through(record, f"api around http:{port}"):
        assert one.ratio is not None and one.ratio[0] == one.ratio[1] >= 3


@pytest.mark.parametrize(
    ("company", "verdict"),
    [
        (Strange(gateway=lambda _: page(503, "<p>down for the day</p>")), "unproven outside_control_failed None"),
        (Strange(gateway=lambda _: HEALTHY), "unproven outside_control_failed None"),  # its control is everybody's
        (Strange(inside=lambda _: page(503, "<p>down for the day</p>")), "unproven inside_control_failed None"),
        (Strange(inside=lambda _: NOT_FOUND), "unproven stale_target None"),
    ],
)
async def test_a_shut_way_proves_nothing_while_a_control_fails(
    tmp_path: Path, company: Strange, verdict: str
) -> None:
    async with running(company, tmp_path) as lab:
        with bound("127.0.0.1") as sock:
            listener = f"http:{sock.getsockname()[1]}"
            record = await lab.audit(config=going_round(lab.config, listeners=(listener,)))
    assert said(record, f"api around {listener}") == {verdict}


async def test_a_listener_with_the_rules_is_closed_by_what_it_says(tmp_path: Path) -> None:
    async with running(Strange(), tmp_path) as lab, AsyncExitStack() as stack:
        sock = bound("127.0.0.1")
        await stack.enter_async_context(serving(edge, sock))
        listener = f"http:{sock.getsockname()[1]}"
        record = await lab.audit(config=going_round(lab.config, listeners=(listener,)))
    assert said(record, f"api around {listener}") == {"closed gateway_404 high"}


async def test_a_listener_that_only_sends_on_to_the_gateway_is_closed_by_the_gateway(tmp_path: Path) -> None:
    async with running(Strange(), tmp_path) as lab, AsyncExitStack() as stack:
        at_gateway = f"http://{GATEWAY}:{port_of(lab.config)}"

        def sends_on(request: Request) -> Reply:
            return page(301, "<p>moved</p>", ("Location", at_gateway + request.target))

        sock = bound("127.0.0.1")
        await stack.enter_async_context(serving(sends_on, sock))
        listener = f"http:{sock.getsockname()[1]}"
        record = await lab.audit(config=going_round(lab.config, listeners=(listener,)))
    assert said(record, f"api around {listener}") == {"closed gateway_404 high"}
    followed = [p for p in record.plan.probes if p.follows is not None and p.role is Role.TARGET]
    assert {p.question.port for p in followed if isinstance(p.question, HttpQuestion)} == {port_of(lab.config)}


@pytest.mark.parametrize("leaking", ["127.0.0.1", "::1"])
async def test_a_leak_at_one_address_of_one_family_is_found_and_named(tmp_path: Path, leaking: str) -> None:
    async with running(Strange(gateway=leaky if leaking == "127.0.0.1" else edge), tmp_path) as lab:
        other = bound("::1", port_of(lab.config))
        async with serving(leaky if leaking == "::1" else edge, other):
            record = await lab.audit(config=going_round(lab.config, addresses=("127.0.0.1", "::1")))
    verdicts = {(j.claim.target, j.claim.address): j.verdict for j in through(record, "api")}
    sound = "::1" if leaking == "127.0.0.1" else "127.0.0.1"
    for target in TARGETS:
        assert verdicts[target, leaking] is Verdict.EXPOSED
        assert verdicts[target, sound] is Verdict.CLOSED
    told = summary(record, colour=False)
    assert f":{'[::1]' if leaking == '::1' else leaking}" in told


async def test_the_same_of_a_way_around(tmp_path: Path) -> None:
    """The gateway is shut in both families; its listener is open in one."""
    async with running(Strange(), tmp_path) as lab, AsyncExitStack() as stack:
        await stack.enter_async_context(serving(edge, bound("::1", port_of(lab.config))))
        beside = bound("::1")
        port = beside.getsockname()[1]
        await stack.enter_async_context(serving(leaky, beside))
        stack.enter_context(bound("127.0.0.1", port))
        around = going_round(lab.config, addresses=("127.0.0.1", "::1"), listeners=(f"http:{port}",))
        record = await lab.audit(config=around)
    found = {(j.claim.address, j.verdict) for j in through(record, f"api around http:{port}")}
    assert found == {("::1", Verdict.EXPOSED), ("127.0.0.1", Verdict.CLOSED)}


async def test_a_vantage_by_file_sees_the_ways_around_too(tmp_path: Path) -> None:
    """Its plan is computed again from its own answers; all three sightings at once."""
    from auditor.batch import plan_of

    async with running(Strange(), tmp_path) as lab, AsyncExitStack() as stack:
        sock = bound("127.0.0.1")
        await stack.enter_async_context(serving(leaky, sock))
        config = going_round(lab.config, listeners=(f"http:{sock.getsockname()[1]}",))
        record = await lab.audit(config=config)
    seed = dict(record.audit.seeds)["internet"]
    mine = [each for each in record.seen if each.vantage == "internet"]
    planned = {probe.id for probe in plan_of(config, "internet", seed, mine).probes if probe.attempt == 1}
    assert planned == {p.id for p in record.plan.probes if p.vantage == "internet" and p.attempt == 1}
