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
   which it is rotated.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from auditor.config import Config, log_reader
from auditor.model import DnsQuestion, LogQuestion, Probe, Side

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

#: Where clouds hand credentials to whoever asks from a machine of theirs (AWS, Azure, Google; AWS over IPv6;
#: Azure's agent; Alibaba; Oracle). No service of anybody's is there.
METADATA: frozenset[Address] = frozenset(
    map(ip_address, ("169.254.169.254", "fd00:ec2::254", "168.63.129.16", "100.100.100.200", "192.0.0.192"))
)

_BACK_HERE = ("is_loopback", "is_link_local", "is_multicast", "is_unspecified")

_NAT64 = IPv6Network("64:ff9b::/96")


class Scope:
    """The allow-list of one vantage. Every refusal is a sentence that names the rule."""

    def __init__(self, vantage: str, config: Config) -> None:
        settings = config.vantages[vantage]
        self._outside = settings.side is Side.OUTSIDE
        self._resolvers = frozenset(settings.resolvers)
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
            return f"{host} port {port}: {self._list()} does not cover this address"
        if not self._covers(_bare(host)):
            return f"{host} port {port}: {self._list()} does not cover this name"
        if address is None:
            return None
        if ip is None:
            return f"{host} at {address!r}: not an address"
        reason = self._special(ip)
        return f"{host} at {address} port {port}: {reason}" if reason is not None else None

    def refusal_of(self, probe: Probe) -> str | None:
        """Why this probe may not be asked from here, as far as can be told before anything is resolved."""
        if probe.paced_by is not None and probe.paced_by not in self._gateways:
            return f"gateway {probe.paced_by!r}: not in this vantage's configuration"
        question = probe.question
        if isinstance(question, DnsQuestion):
            if question.resolver not in self._resolvers:
                return f"resolver {question.resolver!r}: not one of this vantage's own"
            if not self._may_ask(_bare(question.name)):
                return f"DNS name {question.name}: {self._list()} does not cover it"
            return None
        if isinstance(question, LogQuestion):
            alien = [log.file for log in question.logs if log.file not in self._logs]
            return f"log {alien[0]!r}: not one that the configuration names for this vantage" if alien else None
        return self.refusal(question.host, question.address, question.port)

    def is_literal(self, address: str) -> bool:
        """Whether the address is the operator's own word: in the configuration, or in a CIDR of the allow-list."""
        ip = _address(address)
        return ip is not None and (ip in self._literal or self._in_networks(ip))

    def _list(self) -> str:
        return "the vantage's allow-list" if self._given else "the configuration"

    def _covers(self, name: str) -> bool:
        if name in self._names or any(name.endswith(suffix) for suffix in self._suffixes):
            return True
        return _parent(name) in self._parents

    def _may_ask(self, name: str) -> bool:
        return self._covers(name) or _parent(name) in self._asked_parents

    def _in_networks(self, ip: Address) -> bool:
        return any(ip in network for network in self._networks)

    def _special(self, ip: Address) -> str | None:
        """Why an address that no CIDR covers may not be talked to, though its name is covered."""
        inner = _unwrapped(ip)
        if self._networks and (not inner.is_global or inner.is_multicast):
            return "no CIDR of the vantage's allow-list covers this special-purpose or private address"
        if ip in self._literal:
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
