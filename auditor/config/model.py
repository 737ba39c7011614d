"""The shape of probes.yaml: strict pydantic models, one class a section.

Must never open a file, resolve a name or read the environment; `load` does the first and the last.
What a field's value may be stands in its type, what values together mean stands in `checks`; the
descriptions are what editors and `auditor schema` show.
"""

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    JsonValue,
    Tag,
    field_serializer,
    model_validator,
)

from auditor.catalog import Pack
from auditor.config.around import Listener
from auditor.config.cron import Cron
from auditor.config.errors import Wrong
from auditor.config.hosts import (
    Address,
    HostName,
    NameServerAddress,
    OwnAddress,
    Proxy,
    PublicNetwork,
    Scope,
)
from auditor.config.patterns import LinePattern
from auditor.config.urls import Database, Glob, Origin, Resolver, UrlPath, WebUrl
from auditor.config.words import (
    NAME_PATTERN,
    Duration,
    FileName,
    Interval,
    Label,
    Rate,
    Seconds,
    TimeZone,
    Variable,
)
from auditor.model import Anonymous, DnsExpectation, Severity, Side


class Strict(BaseModel):
    """Unknown keys and near misses are mistakes. Errors never quote what they refuse: it may be a secret."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        hide_input_in_errors=True,
        validate_by_name=True,
        validate_by_alias=True,
    )


class SecretFrom(Strict):
    """Where a secret is found when it is needed: the environment or a file, never this file."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1, "maxProperties": 1})

    env: Variable | None = Field(None, description="Name of an environment variable.")
    file: FileName | None = Field(None, description="Path of a file; one line break at its end is dropped.")

    @model_validator(mode="after")
    def _one_source(self) -> "SecretFrom":
        if (self.env is None) == (self.file is None):
            raise Wrong("names not exactly one source", "write {env: NAME} or {file: path}")
        return self


#: Branches of unions, as they appear in the places of errors; no key of a file can hold a NUL.
_FROM, _INLINE, _WORD, _LIST, _ONE = BRANCHES = ("\0from", "\0inline", "\0word", "\0list", "\0one")


def _secret_or_text(value: Any) -> str:
    return _FROM if isinstance(value, dict | SecretFrom) else _INLINE


def _word_or_list(value: Any) -> str:
    return _WORD if isinstance(value, str) else _LIST


def _path_or_asked(value: Any) -> str:
    return _FROM if isinstance(value, dict | AskedPath) else _WORD


def _one_or_list(value: Any) -> str:
    return _LIST if isinstance(value, list | tuple) else _ONE


def _version(value: Any) -> Any:
    if type(value) is not int or value != 1:
        raise Wrong("is not a version we read", "write 1, without quotes")
    return 1


#: What editors check of names; `checks` does so when the file is read.
_NAMES: dict[str, JsonValue] = {"propertyNames": {"pattern": NAME_PATTERN}}

Version = Annotated[Literal[1], BeforeValidator(_version)]
Addresses = Annotated[
    Annotated[Literal["auto"], Tag(_WORD)] | Annotated[tuple[Address, ...], Tag(_LIST)],
    Discriminator(_word_or_list),
]
Compare = Annotated[
    Annotated[Literal["all", "none"], Tag(_WORD)] | Annotated[tuple[str, ...], Tag(_LIST)],
    Discriminator(_word_or_list),
]
SecretOrUrl = Annotated[
    Annotated[SecretFrom, Tag(_FROM)] | Annotated[WebUrl, Tag(_INLINE)], Discriminator(_secret_or_text)
]
SecretOrDatabase = Annotated[
    Annotated[SecretFrom, Tag(_FROM)] | Annotated[Database, Tag(_INLINE)], Discriminator(_secret_or_text)
]
Sensitive = Annotated[
    Annotated[Literal["none"], Tag(_WORD)] | Annotated[tuple[Pack, ...], Tag(_LIST)],
    Discriminator(_word_or_list),
]
Port = Annotated[int, Field(ge=1, le=65535)]
Status = Annotated[int, Field(ge=100, le=599)]
Attempts = Annotated[int, Field(ge=1, le=20)]
AtOnce = Annotated[int, Field(ge=1, le=10_000)]


Variants = Literal["none", "core", "full"]
#: The classes with a form that may disturb something; the plan knows the forms, a test holds the two together.
CautionClass = Literal[
    "H01", "H03", "H04", "H05", "H09", "H13", "H14", "P14", "P15", "P17", "P18", "P20", "P21"
]  # fmt: skip


#: How a path may be asked. HEAD shows a route at most; a path that is never asked is never proven closed.
Probing = Literal["get", "head", "never"]


class AskedPath(Strict):
    """A path of a service, and how it may be asked."""

    path: UrlPath = Field(description="The path.")
    probe: Probing = Field(
        "get", description="get, head (it shows a route at most), or never: asking it does something."
    )


class TaggedPath(str):
    """A path of which its operator said how it may be asked; where that does not matter, a path like any other."""

    probe: Probing

    def __new__(cls, path: str, probe: Probing) -> "TaggedPath":
        made = super().__new__(cls, path)
        made.probe = probe
        return made

    def __getnewargs__(self) -> tuple[str, Probing]:  # type: ignore[override]  # a copy needs both
        return str(self), self.probe


if TYPE_CHECKING:
    ServicePath = str
else:
    ServicePath = Annotated[
        Annotated[UrlPath, Tag(_WORD)]
        | Annotated[AskedPath, AfterValidator(lambda asked: TaggedPath(asked.path, asked.probe)), Tag(_FROM)],
        Discriminator(_path_or_asked),
    ]


class VantageConfig(Strict):
    """A place we look from, and how it proves that it can see."""

    side: Side = Field(description="Where it stands: inside the network, or outside of it.")
    resolvers: tuple[Resolver, ...] = Field(
        min_length=1,
        description="Whom it asks for names: system, address[:port], [v6]:port, tls://address[:port] or "
        "https://host/dns-query.",
    )
    controls: tuple[WebUrl, ...] = Field(
        (), description="URLs that must answer, or this vantage is blind. Outside: at least one."
    )
    via: Proxy | None = Field(None, description="Look through socks5://host:port or http://host:port.")
    source_address: OwnAddress | None = Field(None, description="Look from this address of this machine.")
    by_file: bool = Field(
        False, description="Observed elsewhere with `auditor observe`, handed in with `auditor ingest`."
    )
    allow: tuple[Scope, ...] | None = Field(
        None,
        description="The only networks and names (10.0.0.0/8, *.example.net) it may talk to. Default: what this "
        "file names.",
    )
    ca_file: FileName | None = Field(None, description="Extra trust anchors (PEM) for controls over https.")
    roots: tuple[NameServerAddress, ...] = Field(
        (),
        description="Root name servers from which it follows delegations: address[:port]. Default: those of the "
        "public root.",
    )
    search: tuple[HostName, ...] = Field(
        (),
        description="Suffixes that machines there put behind short names (resolv.conf, DHCP, group policy): each "
        "has to be a zone of ours. Inside only.",
    )
    rebinding: HostName | None = Field(
        None,
        description="A public name of yours that leads to a private address: resolvers there must not let such an "
        "answer in. Inside only.",
    )


class AroundConfig(Strict):
    """Ways around a gateway that may lead to what it guards: each is an entrance of its own."""

    listeners: tuple[Listener, ...] = Field(
        (), description="Other listeners of the gateway's own addresses: http:80, https:8443."
    )
    origins: tuple[Address, ...] = Field(
        (),
        description="IP addresses of what stands behind the gateway, tried at the gateway's own scheme and port "
        "and at each of the listeners.",
    )


class GatewayConfig(Strict):
    """A public entrance, and what it is meant to forward."""

    url: Origin = Field(description="Scheme, host and port: https://api.example.com.")
    addresses: Addresses = Field(
        "auto",
        description="auto: every A and AAAA of its name, each tried; or a list of IP addresses, to try an "
        "entrance before DNS points at it.",
    )
    around: AroundConfig | None = Field(
        None, description="Ways around it: other listeners, and what stands behind it."
    )
    control: UrlPath | None = Field(
        None,
        description="A path the public may reach: it proves the entrance was open to us. Without it nothing "
        "through this gateway is ever closed.",
    )
    control_status: Status = Field(200, description="The status the control answers with.")
    allow: tuple[Glob, ...] = Field(
        (), description="All it is meant to forward: path patterns, '*' stands for anything, slashes too."
    )
    rate: Rate = Field(20.0, description="Requests it is sent at most: 20/s (the default), 600/m, 90/h.")
    concurrency: AtOnce = Field(8, description="Requests it is sent at once.")
    attempts: Attempts = Field(
        6, description="How often each target is asked as it stands: backends behind one address take turns."
    )
    variants: Variants = Field(
        "core",
        description="Other spellings of each request that it may read differently: none, core (the default, about "
        "thirty a target), or full (about a hundred).",
    )
    caution: tuple[CautionClass, ...] = Field(
        (), description="Classes of spellings that may disturb something, asked for by name: [P15, H01]."
    )
    sensitive: Sensitive = Field(
        ("common",),
        description="Packs of well-known sensitive paths that are asked outside what it is meant to forward: "
        "[common] (the default), [common, spring, …], [all], or none.",
    )


class CanaryConfig(Strict):
    """A path of the service's that answers with what only the service can know."""

    path: UrlPath = Field(
        description="It answers with the lower-case hex HMAC-SHA256 of the request's X-Reach-Probe-Id. "
        "It is one of the service's paths."
    )
    secret: SecretFrom = Field(description="The key of the HMAC, shared with the service.")


class LogConfig(Strict):
    """An access log of the service's own, read where the auditor runs."""

    file: FileName = Field(description="Its file, on the machine of the auditor or mounted there.")
    status: Label | None = Field(
        None, description="The key of a JSON line that holds the status. Default: the usual ones."
    )
    pattern: LinePattern | None = Field(
        None, description="A regular expression with a group named status, for lines of another format."
    )

    @model_validator(mode="after")
    def _one_way(self) -> "LogConfig":
        if self.status is not None and self.pattern is not None:
            raise Wrong("has a status and a pattern", "keep one: status for JSON lines, pattern for others")
        return self


Logs = Annotated[
    Annotated[tuple[LogConfig, ...], Tag(_LIST)] | Annotated[LogConfig, Tag(_ONE)], Discriminator(_one_or_list)
]


class ServiceConfig(Strict):
    """An internal thing with an owner: what must stay inside."""

    owner: Label | None = Field(None, description="Who is told.")
    severity: Severity = Field(Severity.MEDIUM, description="How bad a finding about it is.")
    names: tuple[HostName, ...] = Field((), description="DNS names that must resolve inside only.")
    dns: DnsExpectation = Field(
        DnsExpectation.ABSENT,
        description="What its names do outside: absent (do not exist), private_only (private addresses at most), "
        "differs_from_inside (other addresses than inside), public (meant to be seen, with public addresses "
        "alone).",
    )
    url: Origin | None = Field(
        None, description="Where it answers inside: http://config.internal.example.net:8080."
    )
    health: UrlPath | None = Field(None, description="A path that answers inside while the service is up.")
    paths: tuple[ServicePath, ...] = Field(
        (), description="Paths that no gateway may lead to; {path: …, probe: head} says how to ask."
    )
    ports: tuple[Port, ...] = Field((), description="TCP ports that must be closed at every gateway's address.")
    gateways: tuple[str, ...] | None = Field(None, description="Gateways to try it through. Default: all.")
    variants: Variants | None = Field(
        None, description="Fewer spellings than its gateways allow: none or core. Default: the gateway's."
    )
    guarded_ok: bool = Field(False, description="Reached but refused by the service itself (guarded) is accepted.")
    canary: CanaryConfig | None = Field(
        None, description="A path by which the service proves that it was reached."
    )
    log: Logs = Field(
        (),
        description="The access log of the service, or a list of several: it has the last word on what arrived.",
    )

    @property
    def logs(self) -> tuple[LogConfig, ...]:
        """Its logs, however many the file names."""
        return self.log if isinstance(self.log, tuple) else (self.log,)

    @property
    def all_paths(self) -> tuple[str, ...]:
        """All paths that no gateway may lead to: those it names, and its canary's."""
        own = (*self.paths, *((self.canary.path,) if self.canary is not None else ()))
        return tuple(dict.fromkeys(own))

    def probing(self, path: str) -> Probing:
        """How a path of it may be asked; what it does not list is asked like any other."""
        return next((each.probe for each in self.paths if isinstance(each, TaggedPath) and each == path), "get")

    @field_serializer("paths")
    def _with_tags(self, paths: tuple[str, ...]) -> tuple[str | dict[str, str], ...]:
        """A plan depends on how its paths are asked, so that its digest must too."""
        return tuple(
            {"path": str(each), "probe": each.probe} if isinstance(each, TaggedPath) else each for each in paths
        )


class ZoneConfig(Strict):
    """A DNS zone of ours, and where it may be seen."""

    scope: Literal["internal", "public"] = Field(
        description="internal: it exists inside only. public: it is meant to be seen, with nothing internal in it."
    )
    owner: Label | None = Field(None, description="Who is told.")
    severity: Severity = Field(Severity.MEDIUM, description="How bad a finding about it is.")
    delegation: bool = Field(
        True, description="Follow its delegation from the root, and ask every name server that is listed for it."
    )
    servers: tuple[NameServerAddress, ...] = Field(
        (), description="Name servers that no delegation lists, to be asked as well: address[:port]."
    )
    file: FileName | None = Field(None, description="Its zone file (RFC 1035): every name in it is tried outside.")
    transfer: tuple[NameServerAddress, ...] = Field(
        (),
        description="Name servers inside that may be asked for a transfer of it: every name in it is tried "
        "outside.",
    )
    walk: bool = Field(True, description="Follow its NSEC chain, for as many names as walk_names says.")
    walk_names: Annotated[int, Field(ge=1, le=10_000)] = Field(
        100, description="Names that are followed along its NSEC chain, at most."
    )
    dns: DnsExpectation | None = Field(
        None,
        description="What its names do outside where no service says so. Default: absent in an internal zone, "
        "public in a public one.",
    )

    @property
    def expect(self) -> DnsExpectation:
        """What its names do outside where no service says so."""
        return self.dns or (DnsExpectation.ABSENT if self.scope == "internal" else DnsExpectation.PUBLIC)


class PublicPath(Strict):
    """A path that must stay reachable, and for whom."""

    path: UrlPath = Field(description="The path.")
    anonymous: Anonymous = Field(description="What someone without a token is answered: allowed or denied.")
    token: SecretFrom | None = Field(
        None, description="A bearer token with which it must answer. Sent to its own gateway only."
    )
    allow_http: bool = Field(
        False, description="Send the token over plain http too. Without it that is done on loopback only."
    )


class PublicConfig(Strict):
    """What must stay reachable through one gateway, and how."""

    owner: Label | None = Field(None, description="Who is told.")
    severity: Severity = Field(Severity.MEDIUM, description="How bad a finding about it is.")
    gateway: str = Field(description="The gateway it is reached through.")
    paths: tuple[PublicPath, ...] = Field(min_length=1, description="Its paths.")
    compare: Compare = Field(
        "all",
        description="Other gateways that are asked for the same paths: all, none, or a list. Where one of them "
        "serves a path, it must ask for the same authentication.",
    )


class Schedule(Strict):
    """When `auditor serve` audits: exactly one of every and cron."""

    every: Interval | None = Field(None, description="Time between two audits, at least 10s.")
    cron: Cron | None = Field(None, description="Five fields as in crontab(5); 0 and 7 are Sunday.")
    timezone: TimeZone = Field("UTC", description="Time zone of the cron expression, such as Europe/Berlin.")


class WebhookConfig(Strict):
    """Where changes are told: Standard Webhooks, signed where there is a secret."""

    url: SecretOrUrl = Field(repr=False, description="Where to POST to; https unless allow_http.")
    secret: SecretFrom | None = Field(None, description="The signing secret (whsec_…).")
    allow_http: bool = Field(False, description="Send over plain http too.")


class AlertConfig(Strict):
    """One receiver of alerts."""

    webhook: WebhookConfig = Field(description="A webhook.")


class ReportConfig(Strict):
    """The files an audit leaves behind."""

    path: FileName = Field("report.html", description="The HTML report.")
    json_path: FileName | None = Field(None, alias="json", description="The same as JSON.")
    environment: Label | None = Field(None, description="A label in the report's top bar: production, staging, …")


class Limits(Strict):
    """Bounds on one audit. Every wait in the product ends by one of these."""

    connect_seconds: Seconds = Field(5.0, description="To connect.")
    probe_seconds: Seconds = Field(10.0, description="For the whole of one exchange.")
    audit_seconds: Seconds = Field(840.0, description="For one audit; under the default schedule of 15 minutes.")
    concurrency: AtOnce = Field(64, description="Exchanges at once, over everything.")
    resolver_rate: Rate = Field(50.0, description="Questions one resolver is asked at most; 50/s by default.")
    body_bytes: Annotated[int, Field(ge=1024, le=16_777_216)] = Field(
        262_144, description="Bytes read of a response's body."
    )
    observations_max_age: Duration = Field(
        timedelta(hours=1), description="Observations handed in by file count for this long; 1h by default."
    )
    keep_observations: Duration = Field(
        timedelta(days=14),
        description="Observations are kept for this long, 14d by default; findings and changes for ever.",
    )


class Config(Strict):
    """Everything probes.yaml says."""

    version: Version = Field(description="Version of this file's format: 1.")
    vantages: dict[str, VantageConfig] = Field(
        min_length=1,
        json_schema_extra=_NAMES,
        description="Places to look from: at least one inside and one outside.",
    )
    gateways: dict[str, GatewayConfig] = Field(
        default_factory=dict, json_schema_extra=_NAMES, description="The public entrances."
    )
    services: dict[str, ServiceConfig] = Field(
        min_length=1, json_schema_extra=_NAMES, description="What must stay inside."
    )
    public: dict[str, PublicConfig] = Field(
        default_factory=dict, json_schema_extra=_NAMES, description="What must stay reachable."
    )
    zones: dict[str, ZoneConfig] = Field(
        default_factory=dict, description="The DNS zones of ours, internal and public, reverse zones too."
    )
    networks: tuple[PublicNetwork, ...] = Field(
        (),
        description="Public address blocks of ours, 256 addresses at most each: the names behind them are looked "
        "at.",
    )
    transparency: FileName | None = Field(
        None,
        description="Certificates logged for our domains: a JSON export of a certificate transparency search, or "
        "one name a line.",
    )
    schedule: Schedule = Field(
        Schedule(every=timedelta(minutes=15)), description="When to audit. Default: every 15m."
    )
    database: SecretOrDatabase = Field(
        "sqlite:///auditor.db", repr=False, description="Where audits are kept: sqlite:///file or postgresql://…."
    )
    alerts: tuple[AlertConfig, ...] = Field((), description="Whom to tell of changes.")
    report: ReportConfig = Field(ReportConfig(), description="The report.")
    limits: Limits = Field(Limits(), description="Bounds on one audit.")
