"""What a configuration must mean as a whole: names that exist, ways that are open, sides that are there.

Must never repair or judge anything: a check says what is wrong where, and names what it has read, so that it is
not believed where that was wrong already.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from auditor.catalog import never_reason
from auditor.config import zones
from auditor.config.around import mistakes as ways_around
from auditor.config.errors import Path, Wrong
from auditor.config.hosts import is_loopback
from auditor.config.model import (
    Config,
    GatewayConfig,
    PublicConfig,
    PublicPath,
    SecretFrom,
    ServiceConfig,
    TaggedPath,
)
from auditor.config.reach import refused
from auditor.config.rules import (
    ALERT_RULES,
    GATEWAY_RULES,
    PUBLIC_PATH_RULES,
    SCHEDULE_RULES,
    SERVICE_RULES,
    VANTAGE_RULES,
    Rule,
)
from auditor.config.urls import forwards, has_password
from auditor.config.words import close_to, name
from auditor.model import Anonymous, Side


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that is wrong, or worth a warning, by its path in the Config."""

    path: Path
    wrong: Wrong
    reads: tuple[Path, ...]  # what must be sound for this to be true
    value: bool = False  # whether the sentence begins with the value
    warning: bool = False
    literal: bool = False  # true only of what is written in the file, not of what a variable holds


#: Lists in which the same thing may not stand twice.
_LISTS: Final = {
    "vantages": ("resolvers", "controls", "allow", "roots", "search"),
    "gateways": ("addresses", "allow", "sensitive"),
    "services": ("names", "paths", "ports", "gateways", "log"),
    "public": ("compare",),
    "zones": ("servers", "transfer"),
}


def check(config: Config) -> Iterator[Found]:
    """Everything that is wrong with the sections together, and all warnings."""
    for section, rules in (
        ("vantages", VANTAGE_RULES),
        ("gateways", GATEWAY_RULES),
        ("services", SERVICE_RULES),
    ):
        for key, item in getattr(config, section).items():
            yield from _named(section, key)
            yield from _apply(rules, item, (section, key))
            yield from _repeated(section, key, item)
    for key, public in config.public.items():
        yield from _named("public", key)
        yield from _repeated("public", key, public)
        yield from _public(config, key, public)
    for zone, settings in config.zones.items():
        yield from _repeated("zones", zone, settings)
    yield from _twice(("networks",), config.networks)
    for place, alert in enumerate(config.alerts):
        yield from _apply(ALERT_RULES, alert, ("alerts", place))
    yield from _apply(SCHEDULE_RULES, config.schedule, ("schedule",))
    yield from _sides(config)
    yield from _database(config.database)
    for key, service in config.services.items():
        yield from _ways(config, key, service)
        yield from _log_reader(config, key, service)
    yield from _never(config)
    yield from _gateway_names(config)
    yield from (Found(at, wrong, reads, True) for at, wrong, reads in ways_around(config))
    for at, wrong, reads in (*zones.mistakes(config, log_reader(config)), *zones.misplaced(config)):
        yield Found(at, wrong, reads, at[0] != "vantages" and len(at) != 2)
    for at, wrong, reads in zones.warnings(config):
        yield Found(at, wrong, reads, len(at) != 2, warning=True)
    yield from (Found(at, wrong, reads, True, warning=True) for at, wrong, reads in refused(config))


def log_reader(config: Config) -> str | None:
    """The vantage that reads logs: the first inside that looks from this machine."""
    return next(
        (
            name
            for name, vantage in config.vantages.items()
            if vantage.side is Side.INSIDE and vantage.via is None and not vantage.by_file
        ),
        None,
    )


def _named(section: str, given: str) -> Iterator[Found]:
    try:
        name(given)
    except Wrong as wrong:
        yield Found((section, given), wrong, ())
    if (section, given) == ("gateways", "public-dns"):
        yield Found((section, given), Wrong("is what the public DNS is called", "choose another name"), ())


def _apply(rules: Iterable[Rule[Any]], item: Any, path: Path) -> Iterator[Found]:
    for rule in rules:
        if rule.when(item):
            at = (*path, rule.at) if rule.at else path
            reads = tuple((*path, field) for field in rule.reads)
            yield Found(at, rule.wrong, reads, warning=rule.warning)


def _repeated(section: str, name: str, item: Any) -> Iterator[Found]:
    lists: dict[str, Any] = {field: getattr(item, field) for field in _LISTS.get(section, ())}
    if section == "public":
        lists["paths"] = tuple(path.path for path in item.paths)
    for field, values in lists.items():
        if not isinstance(values, tuple) or len(set(values)) == len(values):
            continue
        seen: set[Any] = set()
        for place, value in enumerate(values):
            if value in seen:
                path: Path = (section, name, field, place)
                if isinstance(item, ServiceConfig) and field == "paths":
                    path = _path_at(name, item, place)
                told = (section, field) != ("public", "paths")
                yield Found(path, Wrong("stands in this list twice", "keep one"), (path,), told)
            seen.add(value)


def _twice(at: Path, values: tuple[str, ...]) -> Iterator[Found]:
    for place, value in enumerate(values):
        if value in values[:place]:
            yield Found((*at, place), Wrong("stands in this list twice", "keep one"), ((*at, place),), True)


def _sides(config: Config) -> Iterator[Found]:
    reads = tuple(("vantages", name, "side") for name in config.vantages)
    for side, why in (
        (Side.INSIDE, "have none that is inside: without an inside answer nothing can ever be closed"),
        (Side.OUTSIDE, "have none that is outside: nothing would be tried from where it must not work"),
    ):
        if all(vantage.side is not side for vantage in config.vantages.values()):
            yield Found(("vantages",), Wrong(why, f"add a vantage with side: {side}"), reads)


def _public(config: Config, key: str, public: PublicConfig) -> Iterator[Found]:
    here: Path = ("public", key)
    yield from _known(config, (*here, "gateway"), public.gateway)
    if isinstance(public.compare, tuple):
        for place, other in enumerate(public.compare):
            yield from _known(config, (*here, "compare", place), other)
    for place, path in enumerate(public.paths):
        at: Path = (*here, "paths", place)
        yield from _apply(PUBLIC_PATH_RULES, path, at)
        if public.gateway in config.gateways:
            yield from _public_path(config, at, public.gateway, path)


def _public_path(config: Config, at: Path, name: str, path: PublicPath) -> Iterator[Found]:
    """One path against its gateway, and against what is declared internal there."""
    gateway, where = config.gateways[name], (*at, "path")
    if gateway.allow and not any(forwards(pattern, path.path) for pattern in gateway.allow):
        wrong = Wrong(f"is not among what gateways.{name}.allow says is forwarded", "add it there")
        yield Found(where, wrong, (where, ("gateways", name, "allow")), True, warning=True)
    for other, service in config.services.items():
        tried = config.gateways if service.gateways is None else service.gateways
        if path.path in service.paths and name in tried:
            wrong = Wrong(f"must stay reachable, and services.{other} declares it internal", "remove one")
            yield Found(where, wrong, (where, ("services", other)), True)
    sent = path.token is not None and path.anonymous is Anonymous.DENIED
    if sent and not path.allow_http and not may_carry_token(gateway):
        wrong = Wrong(
            f"would go over plain http to gateways.{name}, for all on the way to read",
            "use https, or add allow_http: true",
        )
        yield Found((*at, "token"), wrong, ((*at, "token"), ("gateways", name)))


def may_carry_token(gateway: GatewayConfig) -> bool:
    """Whether nobody on the way can read what is sent: https, or plain http that never leaves this machine."""
    parts = urlsplit(gateway.url)
    if parts.scheme == "https":
        return True
    where = (parts.hostname or "",) if gateway.addresses == "auto" else gateway.addresses
    return all(is_loopback(each) for each in where)


def _known(config: Config, path: Path, gateway: str) -> Iterator[Found]:
    if gateway not in config.gateways:
        known = list(config.gateways)
        hint = close_to(gateway, known) or (
            f"known: {', '.join(known[:12])}" if known else "there are no gateways"
        )
        yield Found(path, Wrong("is no gateway of this file", hint), (path, ("gateways", gateway)), True)


def _database(database: str | SecretFrom) -> Iterator[Found]:
    if isinstance(database, str) and has_password(database):
        wrong = Wrong("holds a password in this file", "write {env: NAME} or {file: path}")
        yield Found(("database",), wrong, (("database",),), warning=True, literal=True)


def _ways(config: Config, name: str, service: ServiceConfig) -> Iterator[Found]:
    """A service's gateways, and its paths against what they forward."""
    here: Path = ("services", name)
    for place, gateway in enumerate(service.gateways or ()):
        yield from _known(config, (*here, "gateways", place), gateway)
    for field in ("paths", "ports", "canary"):
        if getattr(service, field) and not config.gateways:
            wrong = Wrong("would be tried nowhere: this file names no gateway", "add gateways")
            yield Found((*here, field), wrong, ((*here, field), ("gateways",)))
    tried = config.gateways if service.gateways is None else service.gateways
    for place, path in enumerate(service.paths):
        for gateway in tried:
            if gateway in config.gateways:
                at = _path_at(name, service, place)
                yield from _declared_public(at, path, gateway, config.gateways[gateway])
    if service.canary is not None:
        for gateway in tried:
            if gateway in config.gateways:
                at = (*here, "canary", "path")
                yield from _declared_public(at, service.canary.path, gateway, config.gateways[gateway])


def _path_at(name: str, service: ServiceConfig, place: int) -> Path:
    """Where a service's path stands: by itself, or with how it may be asked."""
    whole: Path = ("services", name, "paths", place)
    return (*whole, "path") if isinstance(service.paths[place], TaggedPath) else whole


def _log_reader(config: Config, name: str, service: ServiceConfig) -> Iterator[Found]:
    """A log is a file of this machine: some vantage inside must look from here, or nobody reads it."""
    if (
        service.logs
        and log_reader(config) is None
        and any(v.side is Side.INSIDE for v in config.vantages.values())
    ):
        wrong = Wrong(
            "would be read by nobody: every vantage inside looks from elsewhere, by file or via a proxy",
            "read it where a vantage inside looks from this machine, or remove the key",
        )
        yield Found(("services", name, "log"), wrong, (("services", name, "log"), ("vantages",)))


def _declared_public(at: Path, path: str, name: str, gateway: GatewayConfig) -> Iterator[Found]:
    for place, pattern in enumerate(gateway.allow):
        if forwards(pattern, path):
            where: Path = ("gateways", name, "allow", place)
            wrong = Wrong(f"is declared internal, and gateways.{name}.allow lets it be forwarded", "remove one")
            yield Found(at, wrong, (at, where), True)
            return
    if path == gateway.control:
        wrong = Wrong(f"is declared internal, and is the public control of gateways.{name}", "remove one")
        yield Found(at, wrong, (at, ("gateways", name, "control")), True)


def _never(config: Config) -> Iterator[Found]:
    """Paths that do something when they are asked, and of which nobody said that they may be."""
    for key, service in config.services.items():
        for place, path in enumerate(service.paths):
            if not isinstance(path, TaggedPath):
                cure = f"write {{path: {path}, probe: never}}, or probe: get if asking it is harmless"
                yield from _does(_path_at(key, service, place), path, cure)
        yield from _does(("services", key, "health"), service.health, "name another page")
    for key, gateway in config.gateways.items():
        yield from _does(("gateways", key, "control"), gateway.control, "name another page")
    for key, public in config.public.items():
        for place, each in enumerate(public.paths):
            yield from _does(("public", key, "paths", place, "path"), each.path, "leave it out")
    for key, vantage in config.vantages.items():
        for place, url in enumerate(vantage.controls):
            parts = urlsplit(url)
            target = parts.path + (f"?{parts.query}" if parts.query else "")
            yield from _does(("vantages", key, "controls", place), target, "name another page")


def _does(at: Path, target: str | None, cure: str) -> Iterator[Found]:
    why = never_reason(target) if target else None
    if why is not None:
        yield Found(at, Wrong(f"is never asked by itself: {why}", cure), (at,), True)


def _gateway_names(config: Config) -> Iterator[Found]:
    hosts = {(urlsplit(gateway.url).hostname or "").rstrip("."): name for name, gateway in config.gateways.items()}
    for service_name, service in config.services.items():
        for place, host in enumerate(service.names):
            if host in hosts:
                gateway = hosts[host]
                at: Path = ("services", service_name, "names", place)
                wrong = Wrong(f"must stay inside, and is the host of gateways.{gateway}.url", "remove one")
                yield Found(at, wrong, (at, ("gateways", gateway, "url")), True)
