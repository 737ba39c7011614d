"""What the company owns: zones, addresses, services and their owners. Facts only.

Names are from `.example` (RFC 2606), inside addresses from 10/8 (RFC 1918). Must never hold anything that is known
only once the lab runs, but for the app's port, which is an argument.
"""

from dataclasses import dataclass
from typing import NamedTuple

from auditor.model import Anonymous, Aspect, Severity

PUBLIC_ZONE = "shop.example"
INTERNAL_ZONE = f"internal.{PUBLIC_ZONE}"
API_HOST = f"api.{PUBLIC_ZONE}"
CHECKOUT_HOST = f"checkout.{PUBLIC_ZONE}"  # the new ingress, straight to the app for one route
ELSEWHERE_ZONE = "elsewhere.example"
SITE_HOST = f"www.{ELSEWHERE_ZONE}"  # somebody else's website, which everybody can reach
PORTAL_HOST = f"portal.{INTERNAL_ZONE}"  # what the inside vantage proves its sight with

INSIDE_RESOLVER = "10.20.0.2"
INSIDE_BALANCER = "10.20.0.10"
INSIDE_APP = "10.20.0.20"
LOOPBACK = "127.0.0.1"

#: Known to work for anybody outside, and forwarded by the public balancer on purpose.
CONTROL_PATH = "/api/v1/health"
PUBLIC_PATHS = "/api/v1/*"

#: Asks for a bearer token, at whichever entrance forwards it; and one that is for everybody.
ORDERS_PATH = "/api/v1/orders"
CATALOG_PATH = "/api/v1/catalog"
#: All that the new ingress forwards.
CHECKOUT_PATHS = (CONTROL_PATH, ORDERS_PATH)


@dataclass(frozen=True, slots=True)
class Service:
    """An internal thing with an owner, as the company would list it."""

    name: str
    owner: str
    severity: Severity
    hosts: tuple[tuple[str, str], ...]  # (name, inside address)
    paths: tuple[str, ...] = ()
    health: str | None = None  # None: no URL, only the names are at stake
    port: bool = False  # the app's own port is at stake as well

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.hosts)


SERVICES: tuple[Service, ...] = (
    Service(
        "provisioning",
        "team-platform",
        Severity.CRITICAL,
        ((f"provisioning.{INTERNAL_ZONE}", INSIDE_BALANCER),),
        ("/internal/v1/provision", "/internal/v1/config", "/docs", "/openapi.json"),
        "/health",
        port=True,
    ),
    Service(
        "billing",
        "team-payments",
        Severity.HIGH,
        ((f"billing.{INTERNAL_ZONE}", INSIDE_BALANCER),),
        ("/billing/v1/invoices", "/billing/v1/ledger"),
        "/health",
    ),
    Service(
        "metrics",
        "team-observability",
        Severity.MEDIUM,
        ((f"metrics.{INTERNAL_ZONE}", INSIDE_BALANCER),),
        ("/metrics",),
        "/health",
    ),
    Service(
        "jobs",
        "team-data",
        Severity.MEDIUM,
        ((f"jobs.{INTERNAL_ZONE}", "10.20.0.30"), (f"queue.{INTERNAL_ZONE}", "10.20.0.31")),
    ),
)


@dataclass(frozen=True, slots=True)
class Route:
    """What must stay public through the public balancer, as the company would list it."""

    name: str
    owner: str
    severity: Severity
    paths: tuple[tuple[str, Anonymous], ...]


ROUTES: tuple[Route, ...] = (
    Route(
        "orders",
        "team-checkout",
        Severity.HIGH,
        ((ORDERS_PATH, Anonymous.DENIED), (CATALOG_PATH, Anonymous.ALLOWED)),
    ),
)

#: Name → address in the private view; the public names are there too, for an inside resolver knows both.
INSIDE_HOSTS: dict[str, str] = {
    PORTAL_HOST: INSIDE_BALANCER,
    **{name: address for service in SERVICES for name, address in service.hosts},
}


class Stake(NamedTuple):
    """One thing that must stay inside, or public. The same text can be a name and a Host, hence the aspect."""

    service: str
    aspect: Aspect
    target: str


def stakes(app_port: int) -> tuple[Stake, ...]:
    """Everything at stake: each name, each path, Host and port of a service with a URL, each public path."""
    found: list[Stake] = []
    for service in SERVICES:
        found += [Stake(service.name, Aspect.NAME, name) for name in service.names]
        if service.health is None:
            continue
        found += [Stake(service.name, Aspect.PATH, path) for path in service.paths]
        found += [Stake(service.name, Aspect.HOST, name) for name in service.names]
        if service.port:
            found.append(Stake(service.name, Aspect.PORT, str(app_port)))
    found += [Stake(route.name, Aspect.PUBLIC, path) for route in ROUTES for path, _ in route.paths]
    return tuple(found)
