"""Packs: which paths are asked of a gateway outside what it is meant to forward, and in what shape.

Must never hold a path that is on the list of what is never asked, nor one whose product has no signature there.
"""

from collections.abc import Iterable
from functools import cache, lru_cache
from typing import Literal, get_args

from auditor.catalog.never import never_reason
from auditor.catalog.table import SIGNATURES

Pack = Literal[
    "common", "spring", "openapi", "python", "php", "ruby", "dotnet", "java", "go", "node", "gateways",
    "kubernetes", "discovery", "data", "observability", "ci", "files", "all",
]  # fmt: skip
PACKS: tuple[str, ...] = get_args(Pack)

#: What is asked by default: what leaks most often and hurts most, in few directories, for siblings are shared by
#: directory. At most forty.
COMMON: tuple[str, ...] = (
    "/", "/actuator", "/config_dump", "/console", "/docs", "/env", "/jolokia", "/metrics", "/nginx_status",
    "/pods", "/redoc", "/server-status", "/sidekiq", "/stats", "/telescope", "/version",
    "/actuator/beans", "/actuator/configprops", "/actuator/env", "/actuator/httpexchanges", "/actuator/loggers",
    "/actuator/mappings", "/actuator/metrics", "/actuator/prometheus",
    "/actuator/gateway/routes",
    "/openapi.json", "/swagger.json", "/v2/api-docs", "/v3/api-docs", "/swagger-ui/index.html",
    "/.git/config", "/.env", "/phpinfo.php", "/elmah.axd", "/_profiler/",
    "/debug/pprof/", "/debug/vars", "/manager/html",
)  # fmt: skip


@cache
def _by_path() -> dict[str, tuple[tuple[str, str], ...]]:
    """Every path that may be asked, in the order of the table, and (product, pack) of those expected there."""
    found: dict[str, dict[tuple[str, str], None]] = {}
    for signature in SIGNATURES:
        for path in signature.paths:
            if never_reason(path) is None:
                found.setdefault(path, {})[signature.product, signature.pack] = None
    return {path: tuple(products) for path, products in found.items()}


def hunted(packs: Iterable[str]) -> tuple[str, ...]:
    """The paths of these packs, each once; unknown packs have none."""
    chosen = frozenset(packs)
    if "all" in chosen:
        return tuple(_by_path())
    return tuple(
        path
        for path, products in _by_path().items()
        if ("common" in chosen and path in COMMON) or any(pack in chosen for _, pack in products)
    )


@lru_cache(maxsize=1024)
def products_at(path: str) -> frozenset[str]:
    """Products that are expected at exactly this path."""
    return frozenset(product for product, _ in _by_path().get(path, ()))


def pack_of(product: str) -> str:
    """The pack a product belongs to. Raises KeyError for one that is none."""
    return _packs()[product]


@cache
def _packs() -> dict[str, str]:
    return {signature.product: signature.pack for signature in SIGNATURES}


def page_of(target: str) -> str:
    """A request target without its query and the slash at its end: two that differ in these are one page."""
    return target.partition("?")[0].rstrip("/") or "/"
