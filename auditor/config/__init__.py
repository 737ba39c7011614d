"""probes.yaml → Config: strict, whole, every mistake at once with its line."""

from auditor.config.checks import log_reader
from auditor.config.cron import cron_fields
from auditor.config.errors import AuditorError, ConfigError, Problem
from auditor.config.hosts import is_loopback
from auditor.config.load import Loaded, load, parse
from auditor.config.model import (
    AlertConfig,
    CanaryConfig,
    Config,
    GatewayConfig,
    Limits,
    LogConfig,
    PublicConfig,
    PublicPath,
    ReportConfig,
    Schedule,
    SecretFrom,
    ServiceConfig,
    VantageConfig,
    WebhookConfig,
)
from auditor.config.schema import schema
from auditor.config.urls import forwards
from auditor.config.variables import reveal

__all__ = [
    "AlertConfig",
    "AuditorError",
    "CanaryConfig",
    "Config",
    "ConfigError",
    "GatewayConfig",
    "Limits",
    "Loaded",
    "LogConfig",
    "Problem",
    "PublicConfig",
    "PublicPath",
    "ReportConfig",
    "Schedule",
    "SecretFrom",
    "ServiceConfig",
    "VantageConfig",
    "WebhookConfig",
    "cron_fields",
    "forwards",
    "is_loopback",
    "load",
    "log_reader",
    "parse",
    "reveal",
    "schema",
]
