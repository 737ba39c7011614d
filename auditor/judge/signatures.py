"""Product signatures: what an internal page says that tells which product is behind it.

Facts about products, as a table; a new product is a new row. Must never be read as proof by itself: a signature
counts only where the random sibling's answer lacks it.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Signature:
    """One product. All of `all_of`, and at least one of `any_of` where there are some, stand in the body."""

    product: str
    paths: str  # regular expression on the end of the path; what this signature is expected for
    all_of: tuple[str, ...] = ()  # lower case; compared without the spaces that JSON may or may not have
    any_of: tuple[str, ...] = ()


def tighten(text: str) -> str:
    """Lower case, one space at most, and none where JSON may have one: pretty and compact print read the same."""
    flat = " ".join(text.lower().split())
    for loose, tight in ((": ", ":"), (", ", ","), ("{ ", "{"), ("[ ", "["), (" }", "}"), (" ]", "]")):
        flat = flat.replace(loose, tight)
    return flat


_OPENAPI = r"/(?:swagger|openapi|api-docs|v[23]/api-docs)[\w./-]{0,80}"

SIGNATURES: tuple[Signature, ...] = (
    Signature("openapi", rf"{_OPENAPI}|/openapi\.json", ('"paths":{',), ('"openapi":"3.', '"swagger":"2.')),
    Signature(
        "swagger-ui",
        rf"/docs/?|{_OPENAPI}|/swagger[\w./-]{{0,80}}",
        (),
        (
            "swaggeruibundle(",
            "- swagger ui</title>",
            'id="swagger-ui',
            "<title>swagger ui</title>",
            "loadswaggerui",
        ),
    ),
    Signature("redoc", r"/redoc/?", ("<redoc spec-url=",)),
    Signature("actuator", r"/actuator/?", ('"_links":{"self":{"href"', "actuator")),
    Signature("actuator-env", r"/env", ("server.port",), ("activeprofiles", "applicationconfig")),
    Signature("actuator-health", r"/health", ('"status":"', '"diskspace"')),
    Signature("actuator-mappings", r"/mappings", (), ('"dispatcherservlets"', '"dispatcherhandlers"')),
    Signature("actuator-beans", r"/beans", ('"beans":{', '"aliases"', '"scope"')),
    Signature("actuator-configprops", r"/configprops", ('"contexts"', '"prefix"', '"properties"')),
    Signature("actuator-loggers", r"/loggers", ('"levels":["off"', '"configuredlevel"')),
    Signature("actuator-metrics", r"/metrics", ('{"names":["', "jvm.")),
    Signature("spring-gateway-routes", r"/gateway/routes", ("predicate", "route_id")),
    Signature("eureka", r"/eureka/apps", (), ("<applications>", '"versions__delta"')),
    Signature("prometheus-metrics", r"/metrics|/prometheus|/federate", ("# help ", "# type ")),
    Signature("prometheus-config", r"/api/v1/status/config", ('"status":"success","data":{"yaml"',)),
    Signature("prometheus-targets", r"/api/v1/targets", ('"activetargets"',)),
    Signature("django-admin", r"/admin/?", ("django administration", "csrfmiddlewaretoken")),
    Signature("werkzeug-console", r"/console", ("werkzeug", "interactive console")),
    Signature("pprof", r"/debug/pprof/?", ("types of profiles available:",)),
    Signature("expvar", r"/debug/vars", ('"cmdline":[', '"memstats":{')),
    Signature(
        "graphql-schema", r"/graphql|/query", (), ('"data":{"__typename":"query"', '"__schema":{"querytype"')
    ),
    Signature(
        "graphiql", r"/graphiql|/playground|/altair|/graphql", (), ("<title>graphiql", "graphql playground")
    ),
    Signature("kong-admin", r"/", ('"tagline":"welcome to kong"', '"lua_version"')),
    Signature("envoy-admin", r"/", ("<title>envoy admin</title>",)),
    Signature("envoy-config", r"/config_dump", ("type.googleapis.com/envoy.admin.v3.",)),
    Signature("traefik-api", r"/api/rawdata|/api/overview", ('"routers":{',)),
    Signature("haproxy-stats", r"stats[\w;]{0,8}", (), ("statistics report for haproxy", "# pxname,svname,")),
    Signature("nginx-status", r"_status", ("active connections:", "server accepts handled requests")),
    Signature("apache-status", r"/server-status", ("apache server status for",)),
    Signature("kubernetes", r"/version|/api|/apis", (), ('"gitversion":"v1.', '"kind":"apiversions"')),
    Signature("kubelet", r"/pods", ('"kind":"podlist"',)),
    Signature("consul", r"/v1/agent/self", ('"config":{"datacenter"',)),
    Signature("vault", r"/v1/sys/health", ('"initialized":', '"sealed":')),
    Signature("elasticsearch", r"/", ("you know, for search",)),
    Signature("git", r"/\.git/config", ("[core]", "repositoryformatversion")),
    Signature("docker", r"/version", ('"apiversion"', '"minapiversion"')),
)


def _tight(texts: tuple[str, ...]) -> tuple[str, ...]:
    """The longest first: it is found to be missing soonest."""
    return tuple(sorted(map(tighten, texts), key=lambda text: -len(text)))


_NEEDLES = tuple((entry.product, _tight(entry.all_of), _tight(entry.any_of)) for entry in SIGNATURES)
_PATHS = tuple((signature.product, re.compile(rf"(?:{signature.paths})\Z")) for signature in SIGNATURES)


def signatures_in(text: str) -> set[str]:
    """Products whose signature stands in a body that went through `tighten`."""
    return {product for product, all_of, any_of in _NEEDLES if _stands_in(text, all_of, any_of)}


def _stands_in(text: str, all_of: tuple[str, ...], any_of: tuple[str, ...]) -> bool:
    for needle in all_of:
        if needle not in text:
            return False
    for needle in any_of:
        if needle in text:
            return True
    return not any_of


def signatures_of(target: str) -> set[str]:
    """Products that are expected behind a path."""
    path = target.partition("?")[0][-200:]
    return {product for product, pattern in _PATHS if pattern.search(path)}
