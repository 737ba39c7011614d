"""A configuration with every kind of target, built without a file."""

import pytest

from auditor.config import Config, GatewayConfig, ServiceConfig, VantageConfig
from auditor.model import Side


@pytest.fixture
def config() -> Config:
    return Config(
        version=1,
        vantages={
            "internet": VantageConfig(
                side=Side.OUTSIDE, resolvers=("192.0.2.1", "192.0.2.2"), controls=("https://www.example.com/",)
            ),
            "vpc": VantageConfig(side=Side.INSIDE, resolvers=("10.0.0.2",)),
        },
        gateways={
            "api": GatewayConfig(
                url="https://api.example.com", control="/health", allow=("/api/*",), sensitive="none"
            ),
            "edge": GatewayConfig(
                url="http://edge.example.com:8081",
                control="/up",
                addresses=("203.0.113.7", "2001:db8::7"),
                sensitive="none",
            ),
        },
        services={
            "config": ServiceConfig(
                owner="team-platform",
                names=("config.internal.example.net",),
                url="http://config.internal.example.net:8080",
                health="/health",
                paths=("/internal/v1/provision", "/openapi.json"),
                ports=(8080, 8081),
            ),
            "jobs": ServiceConfig(names=("jobs.internal.example.net",)),
        },
    )
