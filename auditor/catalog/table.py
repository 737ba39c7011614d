"""All signatures as one table, and what was left out of it.

A new product is a new row in one of the parts. Must never hold a row that could be true of an ordinary page.
"""

from dataclasses import dataclass

from auditor.catalog.frameworks import FRAMEWORKS
from auditor.catalog.gateways import GATEWAYS
from auditor.catalog.operations import OPERATIONS
from auditor.catalog.platforms import PLATFORMS
from auditor.catalog.signature import Signature
from auditor.catalog.spring import SPRING

SIGNATURES: tuple[Signature, ...] = (*SPRING, *FRAMEWORKS, *GATEWAYS, *PLATFORMS, *OPERATIONS)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A well-known path that is not asked, and why."""

    what: str
    paths: tuple[str, ...]
    why: str


LEFT_OUT: tuple[LeftOut, ...] = (
    LeftOut(
        "generic pages",
        ("/healthz", "/livez", "/readyz", "/ready", "/info", "/config", "/internal", "/private", "/management",
         "/debug", "/actuator/info"),
        "nothing that only one product says: described as a service's path they are compared with inside",
    ),
    LeftOut("Spring heap dump", ("/actuator/heapdump", "/heapdump"), "asking makes the dump, even with HEAD"),
    LeftOut("Spring thread dump", ("/actuator/threaddump", "/dump"), "a large machine stops for it"),
    LeftOut("Spring mappings of 1.x", ("/mappings",), "no key of its own"),
    LeftOut("Django's debug page", ("/__debug__/",), "it is an error page: random siblings get it too"),
    LeftOut("Laravel debug bar", ("/_debugbar/open",), "`message` is said by anybody"),
    LeftOut("ASP.NET health", ("/health",), "`Healthy` is one word"),
    LeftOut("Quarkus dev UI, Next.js", ("/q/dev-ui", "/_next/"), "no text of their own that would stay"),
    LeftOut("Kong consumers", ("/consumers",), "`data` and `next` are in every paged list"),
    LeftOut("Envoy listeners and readiness", ("/listeners", "/ready"), "an address, and `LIVE`"),
    LeftOut("Traefik ping", ("/ping",), "`OK`"),
    LeftOut("NGINX Plus API", ("/api/",), "a list of small numbers"),
    LeftOut("Gravitee, Zuul", ("/_node", "/routes"), "no text that was found to be theirs alone"),
    LeftOut("Consul leader", ("/v1/status/leader",), "an address in quotes"),
    LeftOut("Keycloak realm", ("/realms/master",), "public by design"),
    LeftOut("ClickHouse", ("/",), "`Ok.`"),
    LeftOut("Loki", ("/ready", "/loki/api/v1/labels"), "`ready`, and an envelope that many use"),
    LeftOut("Argo CD version", ("/api/version",), "`Version` and no more"),
)  # fmt: skip
