"""What a vantage may ask of the DNS, and of whom: rules 7 to 10 of its scope.

Must never let a question out for want of a rule, nor to a server that only somebody else's answer named.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Protocol
from urllib.parse import urlsplit

from auditor.config import Config, GatewayConfig, log_reader
from auditor.model import (
    DelegationQuestion,
    DnsQuestion,
    InventoryQuestion,
    Side,
    TransferQuestion,
    WalkQuestion,
)
from auditor.probes import descent
from auditor.probes.dns_names import bare, below, labels
from auditor.probes.resolvers import SYSTEM, Server, is_address, parse
from auditor.vantage.known import Known

Asked = DnsQuestion | TransferQuestion | WalkQuestion | DelegationQuestion | InventoryQuestion

#: What name servers say of themselves, in class CH (RFC 4892, and BIND's).
_CHAOS = frozenset({"version.bind", "version.server", "hostname.bind", "id.server", "authors.bind"})

#: A label that nobody has: whoever answers for it answers for every name.
_RANDOM = re.compile(r"[a-z0-9]{12,63}")


class Covering(Protocol):
    """The allow-list of the vantage."""

    def lists(self) -> str: ...
    def may_ask(self, name: str) -> bool: ...
    def covers_zone(self, zone: str) -> bool: ...
    def refusal(self, host: str, address: str | None, port: int) -> str | None: ...
    def refusal_of_server(self, address: str, *, is_written: bool) -> str | None: ...


class DnsScope:
    """Every refusal is a sentence that names what is not covered."""

    def __init__(self, vantage: str, config: Config, covering: Covering) -> None:
        settings = config.vantages[vantage]
        self._covering = covering
        self._inside = settings.side is Side.INSIDE
        self._resolvers = frozenset(settings.resolvers)
        self._own = frozenset(_places(each for each in settings.resolvers if each != SYSTEM))
        self._roots = frozenset(_places(settings.roots))
        zones = {bare(name): zone for name, zone in config.zones.items()}
        self._declared = frozenset(zones)
        self._zones = frozenset(filter(covering.covers_zone, zones))
        self._servers = {
            name: frozenset(_places((*zone.servers, *(zone.transfer if self._inside else ()))))
            for name, zone in zones.items()
        }
        self._gateways = {name: _host(gateway.url) for name, gateway in config.gateways.items()}
        self._networks = tuple(map(ip_network, config.networks))
        self._written = {name: frozenset(_written(gateway)) for name, gateway in config.gateways.items()}
        self._parents = frozenset(above for above in map(_parent, self._zones) if len(labels(above)) > 1)
        self._besides = frozenset(map(bare, _besides(config)))
        self._controls = frozenset(map(bare, _controls(config)))
        is_reader = log_reader(config) == vantage
        files = {"zone": {zone.file for zone in zones.values()}, "transparency": {config.transparency}}
        self._files: Mapping[str, set[str | None]] = files if is_reader else {}

    def refusal_of(self, question: Asked, known: Known) -> str | None:
        """Why this vantage may not ask this; None where it may."""
        if isinstance(question, InventoryQuestion):
            if question.file in self._files.get(question.act, ()):
                return None
            return f"file {question.file!r}: not one that the configuration names for this vantage"
        if isinstance(question, DnsQuestion):
            return self._server(question, question.resolver, known) or self._name(question, known)
        zone = bare(question.zone)
        if zone not in self._zones:
            return self._no_zone(zone)
        if isinstance(question, DelegationQuestion):
            alien = [root for root in question.roots if not self._roots.issuperset(_places([root]))]
            return f"root {alien[0]!r}: not one of this vantage's own" if alien else None
        if isinstance(question, WalkQuestion) and not below(bare(question.nobody), zone):
            return f"DNS name {question.nobody}: not in zone {zone}"
        return self._server(question, question.server, known)

    def gateway_of(self, question: DnsQuestion) -> tuple[str, str] | None:
        """The host of the gateway that is asked, and the address, where that is for the answers to vouch for."""
        kind, _, name = (question.server_of or "").partition(":")
        server = _parsed(question.resolver)
        if kind != "gateway" or server is None or server.by_name or server.host in self._written[name]:
            return None
        return self._gateways[name], server.host

    def hosts(self) -> frozenset[str]:
        """The names of all gateways."""
        return frozenset(host for host in self._gateways.values() if not is_address(host))

    # --- whom

    def _server(
        self, question: DnsQuestion | TransferQuestion | WalkQuestion, where: str, known: Known
    ) -> str | None:
        server = _parsed(where) if where != SYSTEM else None
        if question.server_of is None:
            own = where in self._resolvers or (server is not None and _place(server) in self._own)
            return None if own else f"resolver {where!r}: not one of this vantage's own"
        if server is None:
            return f"server {where!r}: not the address of one"
        kind, _, name = question.server_of.partition(":")
        if kind == "gateway" and name in self._gateways:
            return self._at_gateway(name, server)
        if kind == "zone":
            return self._at_zone(bare(name), server, known)
        return f"server of {question.server_of!r}: not in this vantage's configuration"

    def _at_gateway(self, gateway: str, server: Server) -> str | None:
        host = self._gateways[gateway]
        if server.by_name:
            if bare(server.host) == bare(host):
                return self._covering.refusal(host, None, server.port)
            return f"server {server.host!r}: not a name of gateway {gateway!r}"
        return self._covering.refusal(host, server.host, server.port)

    def _at_zone(self, zone: str, server: Server, known: Known) -> str | None:
        if zone not in self._zones:
            return self._no_zone(zone)
        if server.by_name or server.transport not in ("udp", "tcp"):
            return f"server {server.host!r}: name servers of zones are asked by address, over UDP and TCP"
        if _place(server) in self._servers[zone]:
            return self._covering.refusal_of_server(server.host, is_written=True)
        listed = known.servers.get(zone, frozenset())
        if server.port != descent.PORT or server.host not in listed:
            return (
                f"{server.host} port {server.port}: neither the configuration nor a delegation that this vantage "
                f"followed names it as a server of zone {zone}"
            )
        return self._covering.refusal_of_server(server.host, is_written=False)

    def _no_zone(self, zone: str) -> str:
        if zone in self._declared:
            return f"zone {zone}: {self._covering.lists()} does not cover it"
        return f"zone {zone}: not one of this vantage's configuration"

    # --- what

    def _name(self, question: DnsQuestion, known: Known) -> str | None:
        name = bare(question.name)
        if question.chaos:
            own = name in _CHAOS and question.rrtype == "TXT"
            return None if own else f"DNS name {name} in class CH: not what a server says of itself"
        if self._covering.may_ask(name) or self._in_zones(name) or name in self._controls:
            return None
        at_resolver = question.server_of is None
        if question.rrtype == "PTR" and self._may_reverse(reversed_address(name), known, at_resolver):
            return None
        if at_resolver and (name in self._besides or name in known.names or _RANDOM.fullmatch(name)):
            return None
        return f"DNS name {question.name}: {self._covering.lists()} does not cover it"

    def _in_zones(self, name: str) -> bool:
        """At or below a zone, or one label long beside one, unless a top level alone is above it."""
        return _parent(name) in self._parents or any(below(name, zone) for zone in self._zones)

    def _may_reverse(self, address: str | None, known: Known, at_resolver: bool) -> bool:
        if address is None:
            return False
        ip = ip_address(address)
        if any(ip in network for network in self._networks):
            return True
        if any(address in written for written in self._written.values()):
            return True
        if any(address in known.addresses.get(host, ()) for host in self._gateways.values()):
            return True
        return self._inside and at_resolver and not ip.is_global and not ip.is_multicast


def reversed_address(name: str) -> str | None:
    """The address that a name of the reverse tree stands for (RFC 1035 section 3.5, RFC 3596 section 2.5)."""
    found = labels(bare(name))
    parts, (kind, arpa) = found[:-2], ("", "", *found)[-2:]
    try:
        if (kind, arpa) == ("in-addr", "arpa") and len(parts) == 4:
            return str(IPv4Address(".".join(reversed(parts))))
        if (kind, arpa) == ("ip6", "arpa") and len(parts) == 32 and all(len(part) == 1 for part in parts):
            return str(IPv6Address(int("".join(reversed(parts)), 16)))
    except ValueError:
        pass
    return None


def _besides(config: Config) -> Iterator[str]:
    """Names that the configuration writes to have them looked up: search suffixes, and names that rebind."""
    for vantage in config.vantages.values():
        yield from vantage.search
        if vantage.rebinding is not None:
            yield vantage.rebinding


def _controls(config: Config) -> Iterator[str]:
    """The hosts of every vantage's controls: known-public names."""
    hosts = (_host(url) for vantage in config.vantages.values() for url in vantage.controls)
    return (host for host in hosts if host and not is_address(host))


def _parent(name: str) -> str:
    return ".".join(labels(name)[1:])


def _written(gateway: GatewayConfig) -> Iterator[str]:
    """The addresses of a gateway that the configuration has in so many words."""
    if is_address(host := _host(gateway.url)):
        yield _same(host)
    if gateway.addresses != "auto":
        yield from map(_same, gateway.addresses)


def _parsed(text: str) -> Server | None:
    try:
        server = parse(text)
    except ValueError:
        return None
    return server if server.by_name else Server(server.transport, _same(server.host), server.port, server.url)


def _places(texts: Iterable[str]) -> Iterator[tuple[str, int]]:
    servers = filter(None, map(_parsed, texts))
    return (_place(server) for server in servers if server.transport in ("udp", "tcp"))


def _place(server: Server) -> tuple[str, int]:
    return server.host, server.port


def _same(address: str) -> str:
    return str(ip_address(address))


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""
