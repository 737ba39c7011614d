"""What a vantage may talk to: its own allow-list, whatever anybody asks of it.

Must never resolve a name, and must never say yes for want of a rule. The rules, in the order they are tried:

1. A vantage may always ask its own resolvers and reach its own `controls`: they are part of its own settings.
2. With `allow`, a probe needs its name in the list (exact, or under `*.suffix`), or its literal address in one of
   the CIDRs. Without `allow`, the list is what the configuration names: the gateways' hosts, addresses and
   origins, the services' names and URLs, and names one label long beside or under a service's name, for those are
   the random siblings that tell a wildcard from a service.
3. DNS questions may also be for names one label long beside or under any named one, beside a service's name even
   where nothing but a top level is above it: a question reaches nobody but the resolver.
4. Where `allow` has CIDRs, a special-purpose or private address (RFC 6890) that none of them covers is refused.
5. An address that came out of DNS, and is neither written in the configuration nor in a CIDR of `allow`, is
   refused where it leads back to the prober, its link or a cloud's metadata service: loopback, link-local,
   multicast and unspecified addresses to outside vantages, metadata services to all. IPv6 wrappings are looked
   into.
6. A log is read only where the configuration names its file for this vantage, and with it the file beside it to
   which it is rotated. So are zone files and logged certificates, at the vantage that reads logs.
7. A DNS server that is none of its resolvers is asked as a name server of a zone, or as whatever answers at a
   gateway. The zone must be declared, and covered by `allow` where there is one: the zone itself, or `*.` and the
   zone. The server must be written for that zone (those for transfers are for inside), or be listed in a
   delegation that this vantage followed in this audit; then rules 4 and 5 hold for its address.
8. There, and at its resolvers, questions may be for names at and below such zones, and one label long beside
   them; for names by rule 3, and hosts of all `controls`; for what a server says of itself in class CH; and for
   the names behind addresses in `networks`, of gateways and, from inside at its resolvers, private ones.
9. At its resolvers, questions may also be for a single random label, the suffixes in `search`, the names in
   `rebinding`, and names that an answer to a question of this audit led to.
10. Delegations are followed for such zones alone, from this vantage's own roots, to addresses that rules 4 and 5
    let it ask. Transfers and walks are for such zones as well.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from auditor.config import Config, log_reader
from auditor.model import (
    DelegationQuestion,
    DnsQuestion,
    InventoryQuestion,
    LogQuestion,
    Probe,
    Side,
    TransferQuestion,
    WalkQuestion,
)
from auditor.probes.resolvers import parse
from auditor.vantage.dns_scope import DnsScope
from auditor.vantage.known import Known

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

#: Where clouds hand credentials to whoever asks from a machine of theirs (AWS, Azure, Google; AWS over IPv6;
#: Azure's agent; Alibaba; Oracle). No service of anybody's is there.
METADATA: frozenset[Address] = frozenset(
    map(ip_address, ("169.254.169.254", "fd00:ec2::254", "168.63.129.16", "100.100.100.200", "192.0.0.192"))
)

_BACK_HERE = ("is_loopback", "is_link_local", "is_multicast", "is_unspecified")

_NAT64 = IPv6Network("64:ff9b::/96")

#: Questions to the DNS, and to files about it.
DNS = (DnsQuestion, DelegationQuestion, TransferQuestion, WalkQuestion, InventoryQuestion)


class Scope:
    """The allow-list of one vantage. Every refusal is a sentence that names the rule."""

    def __init__(self, vantage: str, config: Config) -> None:
        settings = config.vantages[vantage]
        self._outside = settings.side is Side.OUTSIDE
        self._gateways = frozenset(config.gateways)
        self._logs = frozenset(_logs_in(config)) if log_reader(config) == vantage else frozenset[str]()
        self._given = settings.allow is not None
        own = [_host(url) for url in settings.controls]
        allow = _patterns(settings.allow) if settings.allow is not None else _Patterns.of_config(config)
        self._names = allow.names | _names(own)
        self._parents = _around(allow.siblings)
        self._asked_parents = _around(self._names) | self._parents | {_parent(name) for name in allow.siblings}
        self._suffixes = allow.suffixes
        self._networks = allow.networks
        # What the configuration says in so many words is meant, be it loopback.
        self._literal = frozenset(filter(None, map(_address, [*own, *_addresses_in(config)])))
        self._reachable = self._literal if not self._given else frozenset(filter(None, map(_address, own)))
        self._roots = frozenset(_address(parse(root).host) for root in settings.roots)
        self.dns = DnsScope(vantage, config, self)

    def permits(self, host: str, address: str | None, port: int) -> bool:
        """Whether this vantage may connect to an address under a name, or resolve the name to connect to it.

        Any port: random ones are tried beside those of the services.
        """
        return self.refusal(host, address, port) is None

    def refusal(self, host: str, address: str | None, port: int) -> str | None:
        """Why not; None where it may."""
        where = address if address is not None else host
        ip = _address(where)
        if ip is not None and (ip in self._reachable or self._in_networks(ip)):
            return None
        if _address(host) is not None:
            return f"{host} port {port}: {self.lists()} does not cover this address"
        if not self._covers(_bare(host)):
            return f"{host} port {port}: {self.lists()} does not cover this name"
        if address is None:
            return None
        if ip is None:
            return f"{host} at {address!r}: not an address"
        reason = self._special(ip)
        return f"{host} at {address} port {port}: {reason}" if reason is not None else None

    def refusal_of(self, probe: Probe, known: Known | None = None) -> str | None:
        """Why this probe may not be asked from here, as far as can be told before anything is resolved.

        `known` is what the vantage's own answers taught it so far.
        """
        if probe.paced_by is not None and probe.paced_by not in self._gateways:
            return f"gateway {probe.paced_by!r}: not in this vantage's configuration"
        question = probe.question
        if isinstance(question, DNS):
            return self.dns.refusal_of(question, known or Known())
        if isinstance(question, LogQuestion):
            alien = [log.file for log in question.logs if log.file not in self._logs]
            return f"log {alien[0]!r}: not one that the configuration names for this vantage" if alien else None
        return self.refusal(question.host, question.address, question.port)

    def is_literal(self, address: str) -> bool:
        """Whether the address is the operator's own word: in the configuration, or in a CIDR of the allow-list."""
        ip = _address(address)
        return ip is not None and (ip in self._literal or self._in_networks(ip))

    def refusal_of_server(self, address: str, *, is_written: bool) -> str | None:
        """Why a name server may not be asked at this address, which the configuration or a delegation gave."""
        ip = _address(address)
        if ip is None:
            return f"{address!r}: not an address"
        if self._in_networks(ip):
            return None
        reason = self._special(ip, is_written=is_written)
        return f"name server at {address}: {reason}" if reason is not None else None

    def may_follow(self, address: str) -> bool:
        """Whether a delegation that leads to this address is followed there."""
        return self.refusal_of_server(address, is_written=_address(address) in self._roots) is None

    def covers_zone(self, zone: str) -> bool:
        """Whether a declared zone may be looked at: always, unless an allow-list says what may."""
        return not self._given or self._covers(zone) or ("." + zone).endswith(self._suffixes)

    def lists(self) -> str:
        """What says which names are covered, for people."""
        return "the vantage's allow-list" if self._given else "the configuration"

    def _covers(self, name: str) -> bool:
        if name in self._names or any(name.endswith(suffix) for suffix in self._suffixes):
            return True
        return _parent(name) in self._parents

    def may_ask(self, name: str) -> bool:
        """Whether the DNS may be asked for a name by rule 3."""
        return self._covers(name) or _parent(name) in self._asked_parents

    def _in_networks(self, ip: Address) -> bool:
        return any(ip in network for network in self._networks)

    def _special(self, ip: Address, *, is_written: bool = False) -> str | None:
        """Why an address that no CIDR covers may not be talked to, though its name is covered."""
        inner = _unwrapped(ip)
        if self._networks and (not inner.is_global or inner.is_multicast):
            return "no CIDR of the vantage's allow-list covers this special-purpose or private address"
        if is_written or ip in self._literal:
            return None
        if inner in METADATA:
            return "a name led to a cloud's metadata service"
        if self._outside and any(getattr(inner, kind) for kind in _BACK_HERE):
            return "a name led to a loopback, link-local, multicast or unspecified address"
        return None


class _Patterns:
    """An allow-list taken apart."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.siblings: set[str] = set()  # names beside and under which one label more is covered as well
        self.suffixes: tuple[str, ...] = ()
        self.networks: tuple[Network, ...] = ()

    @classmethod
    def of_config(cls, config: Config) -> "_Patterns":
        out = cls()
        hosts = {_host(gateway.url) for gateway in config.gateways.values()}
        services = {name for service in config.services.values() for name in service.names}
        services |= {_host(service.url) for service in config.services.values() if service.url is not None}
        out.siblings = _names(services)
        out.names = _names(hosts | services)
        return out


def _patterns(allow: Iterable[str]) -> _Patterns:
    out = _Patterns()
    for entry in allow:
        try:
            out.networks += (ip_network(entry, strict=False),)
        except ValueError:
            if entry.startswith("*"):
                out.suffixes += (_bare(entry[1:]),)
            else:
                out.names.add(_bare(entry))
    return out


def _addresses_in(config: Config) -> Iterator[str]:
    """Every host of the configuration's URLs, the addresses of its gateways and of what stands behind them."""
    for gateway in config.gateways.values():
        yield _host(gateway.url)
        if gateway.addresses != "auto":
            yield from gateway.addresses
        yield from gateway.around.origins if gateway.around is not None else ()
    for service in config.services.values():
        if service.url is not None:
            yield _host(service.url)


def _logs_in(config: Config) -> Iterator[str]:
    return (log.file for service in config.services.values() for log in service.logs)


def _names(hosts: Iterable[str]) -> set[str]:
    return {_bare(host) for host in hosts if host and _address(host) is None}


def _around(names: Iterable[str]) -> frozenset[str]:
    """The names below which one label makes a name beside or under one of these.

    Nothing is beside a name that is registered itself: its neighbours under `com` are somebody else's.
    """
    return frozenset(zone for name in names for zone in (name, _parent(name)) if zone == name or "." in zone)


def _parent(name: str) -> str:
    return name.partition(".")[2]


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


def _bare(name: str) -> str:
    return name.rstrip(".").lower()


@lru_cache(maxsize=8192)
def _address(text: str) -> Address | None:
    try:
        return ip_address(text.strip("[]"))
    except ValueError:
        return None


def _unwrapped(ip: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for: mapped (RFC 4291), 6to4 (RFC 3056), NAT64 (RFC 6052)."""
    if isinstance(ip, IPv4Address):
        return ip
    if ip in _NAT64:
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or ip
