"""probes.yaml → Config: strict, whole, every mistake at once with its line."""

from auditor.config.model import (
    AlertConfig,
    Config,
    GatewayConfig,
    Limits,
    PublicConfig,
    PublicPath,
    ReportConfig,
    Schedule,
    SecretFrom,
    ServiceConfig,
    VantageConfig,
    WebhookConfig,
)

__all__ = [
    "AlertConfig",
    "Config",
    "GatewayConfig",
    "Limits",
    "PublicConfig",
    "PublicPath",
    "ReportConfig",
    "Schedule",
    "SecretFrom",
    "ServiceConfig",
    "VantageConfig",
    "WebhookConfig",
]
