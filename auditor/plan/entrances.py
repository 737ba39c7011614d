"""The ways in that are tried through the gateways: each gateway itself, and the ways around it that were named.

A way around is asked as the gateway is, under its name and by its rate; only the address or the listener differs.
Must never name a way that the configuration does not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from auditor.config import Config, GatewayConfig
from auditor.config.around import listener_parts
from auditor.model import HttpQuestion

_OWN_PORT = {"http": 80, "https": 443}


@lru_cache(maxsize=1024)
def endpoint(url: str) -> tuple[str, str, int]:
    """(scheme, host, port) of an http or https URL; the configuration has been checked before."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or _OWN_PORT[parts.scheme]


def authority(scheme: str, host: str, port: int) -> str:
    """What the Host header of a plain request holds (RFC 9110 section 7.2)."""
    named = f"[{host}]" if ":" in host else host
    return named if port == _OWN_PORT[scheme] else f"{named}:{port}"


@dataclass(frozen=True, slots=True)
class Entrance:
    """One way in: where it listens, under which name it is asked, and which gateway it is or goes round."""

    name: str  # "api", "api around http:8080", "api origin", "api origin http:8080"
    gateway: str  # its rate, its control and its spellings hold here too
    scheme: str
    host: str  # the gateway's own, resolved by nobody: it is what the request says
    port: int
    host_header: str  # the gateway's own, whatever the port
    addresses: tuple[str, ...] | None = None  # of an origin; None: the gateway's
    origin: bool = False  # what stands behind the gateway, asked straight

    @property
    def around(self) -> str | None:
        """The gateway it goes round; None where it is the gateway."""
        return None if self.name == self.gateway else self.gateway

    def question(self, target: str, address: str, **changes: Any) -> HttpQuestion:
        scheme, host = "https" if self.scheme == "https" else "http", self.host
        return replace(HttpQuestion(scheme, host, self.port, target), address=address, **changes)  # type: ignore[arg-type]

    def named(self, question: HttpQuestion) -> HttpQuestion:
        """The question with the Host header that the gateway itself would get."""
        if question.host_header is None and authority(self.scheme, self.host, self.port) != self.host_header:
            return replace(question, host_header=self.host_header)
        return question

    def vouched_for_at(self, address: str, known: Sequence[str]) -> str | None:
        """The gateway's address whose known-public answer proves that the vantage reaches this company now.

        `known` are those of the gateway as the vantage found them. For an origin one of its own family comes
        first: a vantage without IPv6 would find every IPv6 address unreachable.
        """
        if not self.origin:
            return address
        near = [each for each in known if (":" in each) == (":" in address)]
        return next(iter((*near, *known)), None)


def entrances(config: Config) -> dict[str, Entrance]:
    """Every way in by its name: each gateway, followed by the ways around it."""
    return {
        entrance.name: entrance
        for name, gateway in config.gateways.items()
        for entrance in _of_gateway(name, gateway)
    }


def ways(config: Config, gateway: str) -> tuple[Entrance, ...]:
    """A gateway and the ways around it, itself first."""
    return _of_gateway(gateway, config.gateways[gateway])


def addresses_at(entrance: Entrance, of_gateways: Mapping[str, tuple[str | None, ...]]) -> tuple[str | None, ...]:
    """Where it is tried, given the addresses of each gateway."""
    return of_gateways.get(entrance.gateway, ()) if entrance.addresses is None else entrance.addresses


@lru_cache(maxsize=1024)
def _of_gateway(name: str, gateway: GatewayConfig) -> tuple[Entrance, ...]:
    scheme, host, port = endpoint(gateway.url)
    itself = Entrance(name, name, scheme, host, port, authority(scheme, host, port))
    if gateway.around is None:
        return (itself,)
    others = [(each, *listener_parts(each)) for each in gateway.around.listeners]
    found = [itself]
    for each, spoken, at in others:
        found.append(replace(itself, name=f"{name} around {each}", scheme=spoken, port=at))
    if gateway.around.origins:
        behind = replace(itself, name=f"{name} origin", addresses=gateway.around.origins, origin=True)
        found.append(behind)
        for each, spoken, at in others:
            found.append(replace(behind, name=f"{name} origin {each}", scheme=spoken, port=at))
    return tuple(found)
