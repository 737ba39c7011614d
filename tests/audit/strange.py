"""Small companies on loopback: a function for the gateway, one for the app inside, and a real audit of them.

What reaches the app by way of the gateway is written down by the witness: a company is sound as long as that list
is empty, whatever the gateway says.
"""

import itertools
import json
import random
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import dns.message
from audits import Clock, audited, database

from auditor.config import Config, GatewayConfig, ServiceConfig, VantageConfig
from auditor.config.model import Limits
from auditor.lab.bastion import bastion
from auditor.lab.http1 import Reply, Request, conversation, today
from auditor.lab.nameserver import View, listening, over_tcp
from auditor.lab.serving import Listener, loopback_socket, unix_socket
from auditor.model import AuditRecord, Side
from auditor.store import Store

GATEWAY, INTERNAL, APP_PORT = "api.shop.example", "config.internal.shop.example", 8080
RESOLVER_INSIDE, APP_INSIDE = "10.20.0.2", "10.20.0.10"
ZONES = ("shop.example", "internal.shop.example")

Answer = Callable[[Request], Reply]
Forward = Callable[[Request], Awaitable[Reply]]
Resolve = Callable[[dns.message.Message], dns.message.Message]


def page(status: int, text: str = "", *headers: tuple[str, str], kind: str = "text/html") -> Reply:
    base = (("Date", today()), ("Content-Type", kind)) if text else (("Date", today()),)
    return Reply(status, (*base, *headers), text.encode())


def json_page(status: int, value: object, *headers: tuple[str, str]) -> Reply:
    return page(status, json.dumps(value), *headers, kind="application/json")


NGINX = (
    "<html><head><title>{0}</title></head><body><center><h1>{0}</h1></center>"
    "<hr><center>nginx</center></body></html>"
)
NOT_FOUND = page(404, NGINX.format("404 Not Found"), ("Server", "nginx"))
HEALTHY = json_page(200, {"status": "up", "stage": "public", "since": "the beginning of the month"})
SECRET = {"tenant": "acme", "plan": "gold", "regions": ["eu-west", "us-east"], "limits": {"cpu": 12, "memory": 96}}
TARGETS = ("/internal/v1/config", "/docs")


def app(request: Request) -> Reply:
    """The app inside, as most are: two pages, a health page, JSON for what it does not know."""
    if request.method != "GET":
        return json_page(405, {"detail": "Method Not Allowed"})
    if request.path == "/internal/v1/config":
        return json_page(200, SECRET)
    if request.path == "/docs":
        return page(
            200, "<html><title>Config API</title><h1>Config API</h1><p>Ask for tenants and plans here.</p></html>"
        )
    if request.path == "/health":
        return json_page(200, {"status": "ok"})
    return json_page(404, {"detail": "Not Found"})


def edge(request: Request) -> Reply:
    """The gateway, as most are: its public page, and its own 404 for everything else."""
    return HEALTHY if request.path == "/api/v1/health" else NOT_FOUND


@dataclass
class Strange:
    """A company. `forwarding` is a gateway that knows the way to the app; what goes there the witness sees."""

    gateway: Answer = edge
    inside: Answer = app
    paths: tuple[str, ...] = TARGETS
    names: tuple[str, ...] = (INTERNAL,)
    ports: tuple[int, ...] = ()
    control: str = "/api/v1/health"
    control_status: int = 200
    health: str | None = "/health"
    public_dns: Resolve | None = None
    forwarding: Callable[[Request, Forward], Awaitable[Reply]] | None = None
    second: Answer | None = None  # what another inside vantage finds at the same name
    witness: list[str] = field(default_factory=list)

    async def answer(self, request: Request) -> Reply:
        async def forward(asked: Request) -> Reply:
            self.witness.append(asked.target)
            return self.inside(asked)

        if self.forwarding is not None:
            return await self.forwarding(request, forward)
        return self.gateway(request)


@dataclass
class Running:
    company: Strange
    config: Config
    folder: Path

    async def audit(self, times: int = 1, config: Config | None = None) -> AuditRecord:
        clock = Clock()
        with Store.open(database(self.folder)) as store:
            for _ in range(times):
                record = await audited(config or self.config, store, clock=clock)
        return record


@asynccontextmanager
async def running(company: Strange, folder: Path) -> AsyncIterator[Running]:
    async with AsyncExitStack() as stack:
        hidden = Path(tempfile.mkdtemp(prefix="strange-"))
        stack.callback(shutil.rmtree, hidden, ignore_errors=True)
        routes = {(RESOLVER_INSIDE, 53): hidden / "names", (APP_INSIDE, APP_PORT): hidden / "app"}
        inside_view = View(ZONES, {GATEWAY: "127.0.0.1", INTERNAL: APP_INSIDE})
        talks = {hidden / "names": over_tcp(inside_view.answer), hidden / "app": _http(company.inside)}
        doors = [await _listen(stack, bastion(routes))]
        if company.second is not None:
            talks[hidden / "second"] = _http(company.second)
            doors.append(await _listen(stack, bastion({**routes, (APP_INSIDE, APP_PORT): hidden / "second"})))
        for path, converse in talks.items():
            await stack.enter_async_context(Listener(unix_socket(path), converse))
        public = company.public_dns or View(ZONES[:1], {GATEWAY: "127.0.0.1"}).answer
        names = await stack.enter_async_context(listening(public))
        gateway = await _listen(
            stack, conversation(company.answer, lambda: page(400, NGINX.format("400 Bad Request")))
        )
        site = await _listen(stack, _http(lambda _: page(200, "<p>Good day.</p>")))
        yield Running(company, _config(company, names, gateway, site, doors), folder)


def _config(company: Strange, names: int, gateway: int, site: int, doors: list[int]) -> Config:
    inside = {
        f"office{number}": VantageConfig(
            side=Side.INSIDE, via=f"socks5://127.0.0.1:{door}", resolvers=(RESOLVER_INSIDE,)
        )
        for number, door in enumerate(doors)
    }
    outside = VantageConfig(
        side=Side.OUTSIDE, resolvers=(f"127.0.0.1:{names}",), controls=(f"http://127.0.0.1:{site}/",)
    )
    return Config(
        version=1,
        vantages={"internet": outside, **inside},
        gateways={
            "api": GatewayConfig(
                url=f"http://{GATEWAY}:{gateway}",
                addresses=("127.0.0.1",),
                control=company.control,
                control_status=company.control_status,
                rate=2000.0,
                sensitive="none",
            )
        },
        services={
            "config": ServiceConfig(
                names=company.names,
                url=f"http://{INTERNAL}:{APP_PORT}",
                health=company.health,
                paths=company.paths,
                ports=company.ports,
            )
        },
        limits=Limits(connect_seconds=1.0, probe_seconds=2.0, resolver_rate=2000.0),
    )


def _http(answer: Answer) -> Callable[..., Awaitable[None]]:
    async def replying(request: Request) -> Reply:
        return answer(request)

    return conversation(replying, lambda: page(400, "bad request"))


async def _listen(stack: AsyncExitStack, converse: Callable[..., Awaitable[None]]) -> int:
    return (await stack.enter_async_context(Listener(loopback_socket(), converse))).port


def told(record: AuditRecord) -> dict[str, str]:
    """Verdict and reason of each thing at stake."""
    return {f"{j.claim.aspect} {j.claim.target}": f"{j.verdict} {j.reason}" for j in record.judgements}


def in_turn(*answers: Answer) -> Answer:
    """Backends taken one after the other."""
    turn = itertools.cycle(answers)
    return lambda request: next(turn)(request)


def by_chance(seed: int, *answers: Answer) -> Answer:
    """Backends drawn by chance, the same for the same seed and order of requests."""
    chance = random.Random(seed)
    return lambda request: chance.choice(answers)(request)


def words(request: Request, seed: object = "") -> str:
    """Words that nobody can foresee, new for every request; no digits, so that nothing masks them."""
    chance = random.Random(f"{seed}{request.target}{random.random()}")
    return " ".join("".join(chance.choices("abcdefghijklmnop", k=7)) for _ in range(12))
