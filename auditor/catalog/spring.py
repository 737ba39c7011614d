"""Signatures of Spring: Boot's actuator in its three generations, Cloud Gateway, Eureka, Jolokia."""

from auditor.catalog.signature import FILE, JSON, METRICS, Signature

_ACTUATOR = "/actuator"


def _actuator(
    product: str,
    name: str,
    all_of: tuple[str, ...] = (),
    any_of: tuple[str, ...] = (),
    **more: object,
) -> Signature:
    """An endpoint of the actuator, which since 2.0 stands under /actuator, and in 1.x at the top."""
    old = more.pop("old", None)
    paths = (f"{_ACTUATOR}/{name}", *((f"/{old}",) if old else ()))
    more.setdefault("families", JSON)
    return Signature(product, "spring", paths, all_of, any_of, **more)  # type: ignore[arg-type]


SPRING: tuple[Signature, ...] = (
    Signature(
        "actuator", "spring", ("/actuator", "/management"), ('"_links":{"self":{"href":"', '"templated":'),
        ('"health":{"href"', '"health-path":{"href"', '"info":{"href"', '"env":{"href"', '"metrics":{"href"'),
        JSON, also=r"/actuator/",
        note="asks for a link to an endpoint too: other hypermedia begins the same. That a heap dump may be "
        "had is told by this page, and never asked for",
    ),
    _actuator(
        "actuator-health", "health", (), ('"diskspace":{"status":"', '"groups":["liveness","readiness"]'),
        old="health",
        note='`"status":"UP"` alone is said by half of all health pages',
    ),
    _actuator("actuator-env", "env", ('"activeprofiles":[', '"propertysources":['), source="N",
              note="the keys with their brackets, not the words"),
    Signature(
        "actuator-env", "spring", ("/env",), ('"profiles":[', '"systemproperties":{', '"systemenvironment":{'),
        families=JSON, note="the form of 1.x",
    ),
    _actuator("spring-gateway-routes", "gateway/routes", ('"predicate":', '"route_id":'), source="N",
              also=r"/gateway/routes"),
    _actuator("actuator-mappings", "mappings", ('"contexts":{',),
              ('"dispatcherservlets":', '"dispatcherhandlers":')),
    _actuator("actuator-beans", "beans", ('"beans":{', '"aliases":[', '"scope":"', '"dependencies":['),
              source="N"),
    _actuator("actuator-configprops", "configprops", ('"contexts":{', '"prefix":"', '"properties":{')),
    _actuator("actuator-loggers", "loggers", ('"levels":["off"', '"configuredlevel"', '"loggers":{'),
              old="loggers", source="N"),
    _actuator("actuator-metrics", "metrics", ('{"names":["', '"jvm.')),
    _actuator("actuator-prometheus", "prometheus", (), ("# help jvm_", "# type jvm_"), families=METRICS,
              also=r"/prometheus|/metrics"),
    Signature(
        "actuator-threaddump", "spring", (), ('"threads":[{"threadname":"',), families=JSON,
        also=r"/threaddump|/dump", note="never asked for by itself: a large machine stops for it",
    ),
    _actuator("actuator-httpexchanges", "httpexchanges", ('"exchanges":[', '"timetaken":')),
    _actuator("actuator-httptrace", "httptrace", ('"traces":[', '"principal":', '"session":'), source="N"),
    Signature("actuator-trace", "spring", ("/trace",), ('"info":{"method":"', '"headers":{"request":{'),
              families=JSON),
    _actuator("actuator-conditions", "conditions", ('"positivematches":{', '"unconditionalclasses":['),
              source="N"),
    Signature("actuator-conditions", "spring", ("/autoconfig",), ('"positivematches":{', '"negativematches":{'),
              families=JSON, note="the form of 1.x"),
    _actuator("actuator-scheduledtasks", "scheduledtasks", ('"cron":[', '"fixeddelay":[', '"fixedrate":['),
              source="N"),
    _actuator("actuator-caches", "caches", ('"cachemanagers":{',)),
    _actuator("actuator-startup", "startup", ('"springbootversion":"', '"timeline":{')),
    _actuator("actuator-sbom", "sbom", ('"ids":["application"',), note='`ids` alone is a word of many'),
    _actuator("actuator-logfile", "logfile", ("::spring boot ::",), families=FILE,
              note="its banner, which is lost where the file was turned over"),
    _actuator("actuator-integrationgraph", "integrationgraph",
              ('"contentdescriptor":{', '"nodes":[', '"links":[')),
    _actuator("actuator-flyway", "flyway", ('"flywaybeans":{',)),
    _actuator("actuator-liquibase", "liquibase", ('"liquibasebeans":{',)),
    _actuator("actuator-auditevents", "auditevents", ('"events":[{"timestamp":"', '"principal":"', '"type":"')),
    Signature("jolokia", "spring", ("/jolokia", "/actuator/jolokia"), ('"agent":"', '"protocol":"', '"config":{'),
              families=JSON, also=r"/jolokia(?:/version)?", source="N"),
    Signature("eureka", "spring", ("/eureka/apps",), ("versions__delta", "apps__hashcode"),
              families=("xml", "json", "text"), note="both of its counters: an <applications> is many things"),
)  # fmt: skip
