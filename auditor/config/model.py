"""The shape of probes.yaml: strict pydantic models, one class a section.

Must never open a file, resolve a name or read the environment; `load` does the first and the last.
Errors raised here are sentences for the person who wrote the file: say what would be right.
"""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from auditor.model import DnsExpectation, Severity, Side


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class SecretFrom(Strict):
    """Where a secret is found when it is needed: the environment or a file, never the configuration."""

    env: str | None = None
    file: str | None = None


class VantageConfig(Strict):
    """A place we look from, and how it proves that it can see."""

    side: Side
    resolvers: tuple[str, ...] = Field(min_length=1)
    controls: tuple[str, ...] = ()  # URLs that must answer, or this vantage is blind; outside: at least one
    via: str | None = None  # socks5://host:port or http://host:port
    source_address: str | None = None
    by_file: bool = False  # observed elsewhere with `auditor observe`, handed in with `auditor ingest`
    allow: tuple[str, ...] | None = None  # CIDRs and *.name globs this vantage may talk to; None: what the config names
    ca_file: str | None = None  # extra trust anchors for controls over https


class GatewayConfig(Strict):
    """A public entrance, and what it is meant to forward."""

    url: str
    addresses: Literal["auto"] | tuple[str, ...] = "auto"
    control: str | None = None  # known-public path; without it nothing through this gateway is ever closed
    control_status: int = 200
    allow: tuple[str, ...] = ()  # path globs it is meant to forward
    rate: float = 20.0  # requests a second, written "20/s"
    concurrency: int = 8


class ServiceConfig(Strict):
    """An internal thing with an owner: what must stay inside."""

    owner: str | None = None
    severity: Severity = Severity.MEDIUM
    names: tuple[str, ...] = ()
    dns: DnsExpectation = DnsExpectation.ABSENT
    url: str | None = None
    health: str | None = None
    paths: tuple[str, ...] = ()
    ports: tuple[int, ...] = ()
    gateways: tuple[str, ...] | None = None  # None: all
    guarded_ok: bool = False


class PublicPath(Strict):
    path: str
    anonymous: Literal["allowed", "denied"]
    token: SecretFrom | None = None


class PublicConfig(Strict):
    gateway: str
    paths: tuple[PublicPath, ...] = Field(min_length=1)


class Schedule(Strict):
    every: timedelta | None = None
    cron: str | None = None
    timezone: str = "UTC"


class WebhookConfig(Strict):
    url: SecretFrom | str
    secret: SecretFrom | None = None
    allow_http: bool = False


class AlertConfig(Strict):
    webhook: WebhookConfig


class ReportConfig(Strict):
    path: str = "report.html"
    json_path: Annotated[str | None, Field(alias="json")] = None
    environment: str | None = None  # the label in the page's top bar


class Limits(Strict):
    """Bounds on one audit. Every wait in the product ends by one of these."""

    connect_seconds: float = 5.0
    probe_seconds: float = 10.0  # the whole of one exchange
    audit_seconds: float = 840.0  # one pass; under the default schedule of 15 minutes
    concurrency: int = 64  # exchanges at once, over everything
    resolver_rate: float = 50.0  # questions a second to one resolver
    body_bytes: int = 262_144
    observations_max_age: timedelta = timedelta(hours=1)  # of a file handed in


class Config(Strict):
    """Everything probes.yaml says."""

    version: Literal[1]
    vantages: dict[str, VantageConfig] = Field(min_length=1)
    gateways: dict[str, GatewayConfig] = Field(default_factory=dict)
    services: dict[str, ServiceConfig] = Field(min_length=1)
    public: dict[str, PublicConfig] = Field(default_factory=dict)
    schedule: Schedule = Schedule(every=timedelta(minutes=15))
    database: str | SecretFrom = "sqlite:///auditor.db"
    alerts: tuple[AlertConfig, ...] = ()
    report: ReportConfig = ReportConfig()
    limits: Limits = Limits()


