"""A gateway and the service behind it on loopback, to be audited with a witness: nginx before nginx or Starlette.

Must never touch anything but loopback, and must return only when everything takes connections.
"""

import asyncio
import hashlib
import hmac
import json
import os
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import uvicorn
from parts import needs
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from auditor.audit import audit, fresh_seeds
from auditor.config import Config, parse
from auditor.model import AuditRecord, Judgement
from auditor.probes import canaries_of
from auditor.store import Store

OUTSIDE, INSIDE, NOBODY = "127.0.61.1", "127.0.61.2", "127.0.61.3"
GATEWAY, SERVICE, SITE = "127.0.61.10", "127.0.61.20", "127.0.61.30"
SECONDS = 15.0

_PAGE = (
    '{"tenant": "acme", "plan": "gold", "regions": ["eu-west", "us-east"], "limits": {"cpu": 12, "memory": 96}}'
)

_NGINX = """\
daemon off;
worker_processes 2;
pid {home}/nginx.pid;
error_log {home}/error.log;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {home}/body; proxy_temp_path {home}/proxy; fastcgi_temp_path {home}/fastcgi;
    uwsgi_temp_path {home}/uwsgi; scgi_temp_path {home}/scgi;
    log_format lines escape=json '{{"id": "$http_x_reach_probe_id", "status": $status}}';
    server {{ listen {site}:{port}; return 200 'A site that everybody can see.'; }}
    server {{ listen {gateway}:{port}; server_name api.shop.example; {at_gateway} }}
    {service}
}}
"""

#: The service as another nginx: what it does not have it says with the page that the gateway says it with.
ORIGIN = """\
    server {{ listen {address}:{port}; root {home}/www; default_type application/json; {log}
        location /internal/denied/ {{ try_files $uri =403; }} }}
"""
COMBINED = "access_log {home}/access.log combined;"


@dataclass
class Place:
    """What runs, and what is audited of it."""

    home: Path
    port: int
    service_port: int
    environ: dict[str, str] = field(default_factory=dict)

    @property
    def log(self) -> Path:
        return self.home / "access.log"

    def config(self, service: str, *, variants: str = "none") -> Config:
        """`service`: what stands in the file under it beside its url and health."""
        text = f"""
version: 1
vantages:
  internet:
    side: outside
    resolvers: ["{NOBODY}:1053"]
    controls: ["http://{SITE}:{self.port}/"]
    source_address: {OUTSIDE}
    allow: [127.0.0.0/8, "*.shop.example"]
  office:
    side: inside
    resolvers: ["{NOBODY}:1053"]
    source_address: {INSIDE}
    allow: [127.0.0.0/8, "*.shop.example"]
gateways:
  api:
    url: "http://api.shop.example:{self.port}"
    addresses: [{GATEWAY}]
    control: /public/status
    allow: [/public/*]
    rate: 1000/s
    variants: {variants}
services:
  config:
    url: "http://{SERVICE}:{self.service_port}"
    {service}
limits: {{connect_seconds: 2, probe_seconds: 4, resolver_rate: 1000/s}}
"""
        return parse(text, "probes.yaml", {}).config

    def audit(self, service: str, *, variants: str = "none") -> AuditRecord:
        config = self.config(service, variants=variants)
        with Store.open(f"sqlite:///{self.home / 'audits.db'}") as store:
            return asyncio.run(
                audit(
                    config,
                    store,
                    seeds=fresh_seeds(config.vantages),
                    handed={},
                    destinations=(),
                    config_sha256="0" * 64,
                    now=lambda: datetime.now(UTC),
                    stop=asyncio.Event(),
                    watcher=Silent(),
                    canaries=canaries_of(config, self.environ),
                )
            )


class Silent:
    """Nobody watches."""

    def round(self, name: str, planned: int) -> None: ...

    def seen(self, count: int) -> None: ...


def judged(record: AuditRecord, target: str = "/internal/config") -> Judgement:
    (found,) = [each for each in record.judgements if each.claim.target == target]
    return found


def told(judgement: Judgement) -> str:
    sure = judgement.confidence.value if judgement.confidence else "-"
    return f"{judgement.verdict} {judgement.reason} {sure}"


@contextmanager
def nginx_before_nginx(home: Path, at_gateway: str, log: str = COMBINED) -> Iterator[Place]:
    """Both are nginx. In `at_gateway`, <<service>> stands for the service."""
    port = _free(GATEWAY)
    place = Place(home, port, port)
    www = home / "www"
    for path in ("internal/config", "internal/denied/config", "public/status", "health"):
        file = www / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(_PAGE if path.startswith("internal") else '{"status": "up and running, thank you"}')
    service = ORIGIN.format(address=SERVICE, port=port, home=home, log=log.format(home=home))
    with _nginx(place, at_gateway, service):
        yield place


@contextmanager
def nginx_before_starlette(home: Path, at_gateway: str, secret: str, *, any_host: bool = True) -> Iterator[Place]:
    """A service with a canary; its 404 is the gateway's, to the byte. `any_host`: its canary minds no Host."""
    place = Place(home, _free(GATEWAY), _free(SERVICE))
    server = uvicorn.Server(
        uvicorn.Config(
            _app(secret, any_host),
            host=SERVICE,
            port=place.service_port,
            log_level="warning",
            access_log=False,
            server_header=False,
            lifespan="off",
        )
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        _await(lambda: server.started, "the service")
        with _nginx(place, at_gateway, ""):
            yield place
    finally:
        server.should_exit = True
        thread.join()


_NOT_FOUND = (
    "<html>\r\n<head><title>404 Not Found</title></head>\r\n<body>\r\n<center><h1>404 Not Found</h1></center>\r\n"
    "<hr><center>nginx/1.22.1</center>\r\n</body>\r\n</html>\r\n"
)


def _app(secret: str, any_host: bool) -> Starlette:
    def canary(request: Request) -> Response:
        if not any_host and request.url.hostname != SERVICE:
            return HTMLResponse(_NOT_FOUND, 404)
        sent = request.headers.get("x-reach-probe-id", "")
        return PlainTextResponse(hmac.new(secret.encode(), sent.encode(), hashlib.sha256).hexdigest())

    def page(request: Request) -> Response:
        return JSONResponse(json.loads(_PAGE))

    async def not_found(request: Request, error: Exception) -> Response:
        return HTMLResponse(_NOT_FOUND, 404)

    routes = [Route(path, page) for path in ("/internal/config", "/health", "/public/status")]
    routes.append(Route("/internal/canary", canary))
    return Starlette(routes=routes, exception_handlers={404: not_found})


@contextmanager
def _nginx(place: Place, at_gateway: str, service: str) -> Iterator[None]:
    needs.require("nginx")
    home = place.home
    at_gateway = at_gateway.replace("<<service>>", f"{SERVICE}:{place.service_port}")
    text = _NGINX.format(
        home=home, port=place.port, site=SITE, gateway=GATEWAY, at_gateway=at_gateway, service=service
    )
    conf = home / "nginx.conf"
    conf.write_text(f"user root;\n{text}" if os.geteuid() == 0 else text)
    program = needs.command("nginx")
    assert program is not None
    with (home / "output.log").open("ab") as out:
        process = subprocess.Popen(
            [program, "-e", str(home / "error.log"), "-c", str(conf)], stdout=out, stderr=out
        )
    try:
        _await(lambda: _connects(GATEWAY, place.port) or process.poll() is not None, "nginx")
        assert process.poll() is None, (home / "output.log").read_text()
        yield
    finally:
        process.terminate()
        process.wait()


def _await(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not come up"
        time.sleep(0.01)


def _connects(address: str, port: int) -> bool:
    try:
        with socket.create_connection((address, port), 0.5):
            return True
    except OSError:
        return False


def _free(address: str) -> int:
    with socket.socket() as probe:
        probe.bind((address, 0))
        return int(probe.getsockname()[1])
