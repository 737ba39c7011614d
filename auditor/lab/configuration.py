"""The company's own probes.yaml: what an operator of this estate would write, in human forms.

Must never say what is broken; the same text serves the sound company and every broken one.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from auditor.lab.estate import (
    API_HOST,
    CHECKOUT_HOST,
    CHECKOUT_PATHS,
    CONTROL_PATH,
    ELSEWHERE_ZONE,
    INSIDE_RESOLVER,
    LOOPBACK,
    PORTAL_HOST,
    PUBLIC_PATHS,
    PUBLIC_ZONE,
    ROUTES,
    SERVICES,
    SITE_HOST,
    Route,
    Service,
)
from auditor.model import Anonymous


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the lab listens on loopback; `app` is the port inside, and refused outside when all is well."""

    resolver: int
    gateway: int
    site: int
    bastion: int
    app: int
    checkout: int


def probes_yaml(ports: Ports, *, database: str, report: Path, token: Path) -> str:
    """A whole configuration. `database` is an SQLAlchemy URL, `token` the file that holds the token of orders."""
    services = "\n".join(line for service in SERVICES for line in _service(service, ports.app))
    public = "\n".join(line for route in ROUTES for line in _route(route, token))
    return f"""\
# yaml-language-server: $schema=./probes.schema.json
version: 1

vantages:
  internet:
    side: outside
    resolvers: ["{LOOPBACK}:{ports.resolver}"]
    controls: ["http://{SITE_HOST}:{ports.site}/"]
    # Public names lead to loopback here; anywhere else that would be out of scope.
    allow: [{LOOPBACK}, "*.{PUBLIC_ZONE}", "*.{ELSEWHERE_ZONE}"]
  office:
    side: inside
    via: socks5://{LOOPBACK}:{ports.bastion}
    resolvers: [{INSIDE_RESOLVER}]
    controls: ["http://{PORTAL_HOST}:{ports.app}/health"]

gateways:
  public-api:
    url: http://{API_HOST}:{ports.gateway}
    addresses: auto
    control: {CONTROL_PATH}
    allow: [{PUBLIC_PATHS}]
    rate: 1000/s    # it is on loopback; the default of 20/s is kinder to a real one
    concurrency: 32
  # The new ingress, which is to take over one route.
  checkout:
    url: http://{CHECKOUT_HOST}:{ports.checkout}
    control: {CONTROL_PATH}
    allow: [{", ".join(CHECKOUT_PATHS)}]
    rate: 1000/s
    concurrency: 32

services:
{services}

public:
{public}

schedule: {{every: 15m}}
database: {json.dumps(database)}
report: {{path: {json.dumps(str(report))}, environment: lab}}
limits: {{connect_seconds: 2, probe_seconds: 5, resolver_rate: 500/s}}
"""


def _route(route: Route, token: Path) -> Iterator[str]:
    yield f"  {route.name}:"
    yield f"    owner: {route.owner}"
    yield f"    severity: {route.severity}"
    yield "    gateway: public-api"
    yield "    paths:"
    for path, anonymous in route.paths:
        yield f"      - path: {path}"
        yield f"        anonymous: {anonymous}"
        if anonymous is Anonymous.DENIED:
            yield f"        token: {{file: {json.dumps(str(token))}}}"
            yield "        allow_http: true   # nothing here leaves loopback"


def _service(service: Service, port: int) -> Iterator[str]:
    yield f"  {service.name}:"
    yield f"    owner: {service.owner}"
    yield f"    severity: {service.severity}"
    yield f"    names: [{', '.join(service.names)}]"
    if service.health is None:
        return
    yield f"    url: http://{service.names[0]}:{port}"
    yield f"    health: {service.health}"
    yield f"    paths: [{', '.join(service.paths)}]"
    if service.port:
        yield f"    ports: [{port}]"
