"""What the DNS itself, and what lies around it, is asked beside the names: one way of asking a Check.

Pure. Each claim is one lane a sighting: what the server must answer first and last, what is tried in between. Must
never ask what is not in the table at the end, nor a server that is not ours.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from ipaddress import ip_address, ip_network

from auditor.config import Config, log_reader
from auditor.config.hosts import is_loopback
from auditor.model import (
    Aspect,
    Check,
    Claim,
    DnsExpectation,
    DnsQuestion,
    InventoryQuestion,
    Probe,
    Question,
    Role,
    Side,
    TlsQuestion,
    TransferQuestion,
    WalkQuestion,
)
from auditor.plan.claims import PUBLIC_DNS, claim_key, inside, outside, resolvers_outside, truth_key
from auditor.plan.entrances import endpoint
from auditor.plan.looks import Doubts, Look, is_address
from auditor.plan.naming import gateway_hosts, known_public
from auditor.plan.zones import Zones, delegation, service_of

#: Where what is in logged certificates is shown.
TRANSPARENCY = "certificate-transparency"

#: Stands for the address of an internal zone's delegation, which is followed from the root.
ROOT = "root"

#: Internal names tried where one would do, at most.
MAX_SAMPLE = 20
#: … as SNI at a gateway, whose own names are tried as hosts besides.
MAX_SNI = 10

#: Steps of a lane: what the server must answer stands first and last.
_BEFORE, _ASKED, _AFTER = 0, 2, 3

#: Where directories and the like announce themselves (RFC 2782, RFC 6763, MS-ADTS section 6.3.2.3).
_DIRECTORY = (
    ("SRV", "_ldap._tcp"),
    ("SRV", "_kerberos._tcp"),
    ("SRV", "_kerberos._udp"),
    ("SRV", "_gc._tcp"),
    ("SRV", "_ldap._tcp.dc._msdcs"),
    ("SOA", "_msdcs"),
    ("PTR", "_services._dns-sd._udp"),
)

#: What servers say of themselves (RFC 4892, and what BIND and Unbound answer besides).
_IDENTITY = ("version.bind", "version.server", "hostname.bind", "id.server")

#: Private networks whose reverse names must be answered inside (RFC 6303).
_PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")


# --- what is at stake --------------------------------------------------------------------------------------


def check_claims(
    config: Config, zones: Zones, addresses: Mapping[str, tuple[str | None, ...]]
) -> tuple[Claim, ...]:
    """All of them; `addresses` are those of each gateway, None among them where there may be more."""
    return tuple(
        claim
        for found in (_of_zones, _of_gateways, _of_networks, _of_insides)
        for claim in found(config, zones, addresses)
    )


_Addresses = Mapping[str, tuple[str | None, ...]]


def _of_zones(config: Config, zones: Zones, _: _Addresses) -> Iterator[Claim]:
    looking = outside(config)
    for zone, settings in config.zones.items():
        internal = settings.scope == "internal"
        of = _Zone(zone, internal)
        servers = _union(zones.servers(vantage, zone) for vantage in looking)
        speaking = _union([s for s, _ in _speaking(zones, vantage, zone)] for vantage in looking)
        for server in _union([s for s, _ in zones.everywhere(v)] for v in looking) if internal else servers:
            yield of.claim(Check.TRANSFER, server)
        for server in servers:
            yield of.claim(Check.IDENTITY, server)
            yield of.claim(Check.RECURSION, server)
        for server in speaking:
            if settings.walk:
                yield of.claim(Check.WALK, server)
            for check in (Check.NSEC3, Check.WILDCARD, Check.DIRECTORY):
                yield of.claim(check, server)
            if len(speaking) > 1:
                yield of.claim(Check.SERIAL, server)
            if not internal and internal_names(config, zones):
                yield of.claim(Check.SEARCH, server)
        for resolver in resolvers_outside(config):
            yield of.claim(Check.DIRECTORY, resolver, authoritative=False)
        if settings.delegation:
            yield from _delegation(zones, of, looking, settings.expect)
        if config.transparency is not None:
            yield of.claim(Check.TRANSPARENCY, config.transparency, entrance=TRANSPARENCY, authoritative=False)


def _delegation(zones: Zones, of: "_Zone", looking: Sequence[str], expect: DnsExpectation) -> Iterator[Claim]:
    listed = [each for vantage in looking for each in zones.listed(vantage, of.zone)]
    for where in dict.fromkeys(server.address or server.name for server in listed):
        yield of.claim(Check.DELEGATION, where)
    if of.internal or not listed:
        yield replace(of.claim(Check.DELEGATION, ROOT, authoritative=False), expect=expect)


def _of_gateways(config: Config, zones: Zones, addresses: _Addresses) -> Iterator[Claim]:
    for name, gateway in config.gateways.items():
        scheme, _, _ = endpoint(gateway.url)
        for address in addresses.get(name) or (None,):
            if scheme == "https" and alive(config) is not None:
                yield _claim(f"gateway:{name}", Check.CERTIFICATE, name, address, truth=alive(config))
            if config.zones and not is_loopback(address or ""):
                yield _claim(f"gateway:{name}", Check.RECURSION, name, address, truth=alive(config))
        if (config.zones or config.networks) and any(addresses.get(name, ())):
            for resolver in resolvers_outside(config):
                yield _claim(f"gateway:{name}", Check.REVERSE, PUBLIC_DNS, resolver, truth=alive(config))


def _of_networks(config: Config, zones: Zones, _: _Addresses) -> Iterator[Claim]:
    for network in config.networks:
        for resolver in resolvers_outside(config):
            yield _claim(f"network:{network}", Check.REVERSE, PUBLIC_DNS, resolver, truth=alive(config))


def _of_insides(config: Config, zones: Zones, _: _Addresses) -> Iterator[Claim]:
    for vantage in inside(config):
        settings, service = config.vantages[vantage], f"vantage:{vantage}"
        for resolver in settings.resolvers:
            if config.zones:
                yield _claim(service, Check.ESCAPE, vantage, resolver)
            if settings.rebinding is not None:
                yield _claim(service, Check.REBINDING, vantage, resolver, truth=f"rebinding|{settings.rebinding}")
        for suffix in settings.search:
            for resolver in resolvers_outside(config):
                claim = _claim(service, Check.SEARCH, PUBLIC_DNS, resolver, target=f"{Check.SEARCH} {suffix}")
                yield replace(claim, zone=zones.zone_of(suffix))


@dataclass(frozen=True, slots=True)
class _Zone:
    zone: str
    internal: bool

    def claim(
        self,
        check: Check,
        address: str,
        *,
        entrance: str = PUBLIC_DNS,
        authoritative: bool = True,
    ) -> Claim:
        group = truth_of(self.zone)
        made = _claim(service_of(self.zone), check, entrance, address, truth=group, authoritative=authoritative)
        return replace(made, zone=self.zone, internal=self.internal)


def _claim(
    service: str,
    check: Check,
    entrance: str,
    address: str | None,
    *,
    target: str | None = None,
    truth: str | None = None,
    authoritative: bool = False,
) -> Claim:
    where = f"@{address}" if authoritative else address
    return Claim(
        key=claim_key(service, Aspect.DNS, target or check, entrance, where),
        service=service,
        aspect=Aspect.DNS,
        target=target or check,
        entrance=entrance,
        address=address,
        truth=truth,
        check=check,
        authoritative=authoritative,
    )


def alive(config: Config) -> str | None:
    """The truth of what is searched for in what has no inside of its own: that one of our names answers inside."""
    for service, settings in config.services.items():
        if settings.names:
            return truth_key(service, Aspect.NAME, settings.names[0])
    return next((truth_of(zone) for zone in config.zones), None)


def truth_of(zone: str) -> str:
    return f"truth|{service_of(zone)}|{Aspect.DNS}|soa"


def internal_names(config: Config, zones: Zones) -> tuple[str, ...]:
    """Names that must not be seen outside, services' first."""
    named = [
        name
        for service in config.services.values()
        if service.dns is not DnsExpectation.PUBLIC
        for name in service.names
    ]
    listed = [name for zone in config.zones if zones.is_internal(zone) for name in zones.inventory.get(zone, ())]
    usable = (name for name in (*named, *listed) if not name.startswith("*.") and "\\" not in name)
    return tuple(dict.fromkeys(name for name in usable if name not in gateway_hosts(config)))


def _speaking(zones: Zones, vantage: str, zone: str) -> tuple[tuple[str, str], ...]:
    """The servers at which a zone's own data can be seen outside: of an internal one, where it is delegated."""
    if zones.is_internal(zone) and not zones.is_delegated(vantage, zone):
        return ()
    return tuple((server, zone) for server in zones.servers(vantage, zone))


def _union(groups: Iterable[Iterable[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each for group in groups for each in group))


# --- how it is asked -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Asking:
    """All that one lane of a check is made from."""

    look: Look
    zones: Zones
    claim: Claim
    gateways: Mapping[str, tuple[str, ...]]  # the addresses of each gateway as this vantage found them
    attempt: int

    @property
    def config(self) -> Config:
        return self.look.config

    @property
    def address(self) -> str:
        return self.claim.address or ""

    @property
    def zone(self) -> str:
        return self.claim.zone or ""

    @property
    def server_of(self) -> str:
        """Why the server may be asked: it serves a zone of ours, and this one where it is listed for it."""
        if self.address in self.zones.servers(self.look.vantage, self.zone):
            return service_of(self.zone)
        return service_of(dict(self.zones.everywhere(self.look.vantage)).get(self.address, self.zone))

    def soa(self, zone: str | None = None, *, tcp: bool = False) -> DnsQuestion:
        """The SOA of a zone at the claim's server, which is asked as its own kind is."""
        return self.dns(zone or self.zone, "SOA", tcp=tcp)

    def dns(self, name: str, rrtype: str, *, tcp: bool = False) -> DnsQuestion:
        if not self.claim.authoritative:
            return DnsQuestion(name, rrtype, self.address)
        return DnsQuestion(
            name,
            rrtype,
            self.address,
            server_of=self.server_of,
            recursion=False,
            transport="tcp" if tcp else "auto",
        )

    def nobody(self, *context: object) -> str:
        return self.look.names.label("check", self.claim.key, self.attempt, *context)


#: A question of a lane, and what it is for.
_Asked = tuple[Role, Question]


def sightings(
    look: Look,
    zones: Zones,
    claims: Sequence[Claim],
    gateways: Mapping[str, tuple[str, ...]],
    attempt: int,
    doubts: Doubts = None,
) -> Iterator[Probe]:
    """One sighting of each check that this vantage can make."""
    for claim in claims:
        if claim.check is None or claim.address is None:
            continue
        if doubts is not None and (claim.key, look.vantage, "baseline") not in doubts:
            continue
        if _sees(look, zones, claim, gateways):
            yield from _lane(Asking(look, zones, claim, gateways, attempt))


def _sees(look: Look, zones: Zones, claim: Claim, gateways: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether this vantage is one that looks at this."""
    config, vantage = look.config, look.vantage
    settings = config.vantages[vantage]
    if claim.check is Check.TRANSPARENCY:
        return vantage == log_reader(config)
    if claim.check in (Check.ESCAPE, Check.REBINDING):
        return claim.service == f"vantage:{vantage}"
    if settings.side is not Side.OUTSIDE:
        return False
    if claim.service.startswith("gateway:") and claim.check is not Check.REVERSE:
        return claim.address in gateways.get(claim.entrance, ())
    if claim.address == ROOT:
        return True
    if claim.authoritative:
        known = {server for server, _ in zones.everywhere(vantage)}
        listed = {each.address or each.name for each in zones.listed(vantage, claim.zone or "")}
        return claim.address in known | listed
    return claim.address in settings.resolvers


def _lane(asking: Asking) -> Iterator[Probe]:
    claim, look, attempt = asking.claim, asking.look, asking.attempt
    assert claim.check is not None, "a check has one"
    lane = f"check|{look.vantage}|{claim.service}|{claim.target}|{claim.address}|{attempt}"
    way = claim.entrance if claim.entrance in look.ways else None
    for step in (_BEFORE, _ASKED, _AFTER):
        if step == _ASKED:
            for role, question in ASKED[claim.check](asking):
                paced_by = way if isinstance(question, TlsQuestion) else None  # DNS servers have their own rates
                yield look.probe(role, claim.key, lane, step, question, attempt=attempt, paced_by=paced_by)
            continue
        if way is not None:
            yield from look.control(claim, (), lane, step, attempt)
            continue
        control = _control(asking)
        if control is not None:
            yield look.probe(Role.ENTRANCE, f"public-dns|{claim.address}", lane, step, control, attempt=attempt)


def _control(asking: Asking) -> DnsQuestion | None:
    """What the server, or the resolver, must answer around what is tried; None where nothing is known to be."""
    claim, look = asking.claim, asking.look
    if claim.check is Check.TRANSPARENCY:
        return None
    if claim.authoritative:
        served = dict(asking.zones.everywhere(look.vantage)).get(asking.address)
        if served is None:  # a name server without an address: its name is looked for at resolvers
            return _public_at(asking, asking.config.vantages[look.vantage].resolvers[0])
        return asking.soa(served, tcp=claim.check is Check.TRANSFER)
    if claim.address == ROOT:
        return _public_at(asking, asking.config.vantages[look.vantage].resolvers[0])
    if claim.check in (Check.ESCAPE, Check.REBINDING):
        names = [name for service in asking.config.services.values() for name in service.names]
        return DnsQuestion(names[0], "A", asking.address) if names else None
    return _public_at(asking, asking.address)


def _public_at(asking: Asking, resolver: str) -> DnsQuestion | None:
    public = known_public(asking.look)
    return None if public is None else DnsQuestion(public, "A", resolver)


# --- one way of asking a check -------------------------------------------------------------------------------


def _transfer(asking: Asking) -> Iterator[_Asked]:
    yield Role.TARGET, TransferQuestion(asking.zone, asking.address, asking.server_of)
    yield Role.TARGET, TransferQuestion(asking.zone, asking.address, asking.server_of, rrtype="IXFR")


def _walk(asking: Asking) -> Iterator[_Asked]:
    limit = asking.config.zones[asking.zone].walk_names
    yield Role.TARGET, _walking(asking, limit)


def _nsec3(asking: Asking) -> Iterator[_Asked]:
    yield Role.TARGET, _walking(asking, 0)


def _walking(asking: Asking, limit: int) -> WalkQuestion:
    nobody = f"{asking.nobody('walk')}.{asking.zone}"
    return WalkQuestion(asking.zone, asking.address, nobody, asking.server_of, limit)


def _wildcard(asking: Asking) -> Iterator[_Asked]:
    zone = asking.zone
    for number in range(3):
        for rrtype in ("A", "AAAA"):
            yield Role.TARGET, asking.dns(f"{asking.nobody(number)}.{zone}", rrtype)
    for rrtype in ("A", "AAAA"):
        yield Role.TARGET, asking.dns(f"{asking.nobody('low')}.{asking.nobody('high')}.{zone}", rrtype)
    for rrtype in ("TXT", "MX"):
        yield Role.TARGET, asking.dns(f"{asking.nobody('other')}.{zone}", rrtype)


def _transparency(asking: Asking) -> Iterator[_Asked]:
    yield Role.TARGET, InventoryQuestion("transparency", asking.address, (asking.zone,))


def _certificate(asking: Asking) -> Iterator[_Asked]:
    way = asking.look.ways[asking.claim.entrance]
    beside = f"{asking.nobody('sni')}.{way.host.partition('.')[2] or 'invalid'}"
    named = [name for name in internal_names(asking.config, asking.zones) if asking.zones.zone_of(name) is None]
    named += [name for name in internal_names(asking.config, asking.zones) if name not in named]
    own = None if is_address(way.host) else way.host
    for sni in dict.fromkeys((None, own, beside, *named[:MAX_SNI])):
        yield Role.TARGET, TlsQuestion(way.host, way.port, asking.address, sni)


def _reverse(asking: Asking) -> Iterator[_Asked]:
    kind, _, what = asking.claim.service.partition(":")
    addresses = map(str, ip_network(what)) if kind == "network" else iter(asking.gateways.get(what, ()))
    for address in filter(is_address, addresses):
        yield Role.TARGET, DnsQuestion(ip_address(address).reverse_pointer, "PTR", asking.address)


def _escape(asking: Asking) -> Iterator[_Asked]:
    for network in _PRIVATE:
        block = ip_network(network)
        inside_of = asking.look.names.number(block.num_addresses, "escape", network, asking.attempt)
        yield Role.TARGET, DnsQuestion(block[inside_of].reverse_pointer, "PTR", asking.address)


def _search(asking: Asking) -> Iterator[_Asked]:
    if asking.claim.service.startswith("vantage:"):
        yield Role.TARGET, DnsQuestion(asking.claim.target.partition(" ")[2], "SOA", asking.address)
        return
    for name in internal_names(asking.config, asking.zones)[:MAX_SAMPLE]:
        beside = f"{asking.nobody(name)}.{name.partition('.')[2]}".rstrip(".")
        yield Role.TARGET, asking.dns(f"{name}.{asking.zone}", "A")
        yield Role.SIBLING, asking.dns(f"{beside}.{asking.zone}", "A")


def _delegated(asking: Asking) -> Iterator[_Asked]:
    if asking.address == ROOT:
        yield Role.TARGET, delegation(asking.config, asking.look.vantage, asking.zone)
        above = asking.zone.partition(".")[2]
        if "." in above:
            nobody = f"{asking.nobody('beside')}.{above}"
            yield Role.SIBLING, DnsQuestion(nobody, "NS", asking.config.vantages[asking.look.vantage].resolvers[0])
    elif is_address(asking.address):
        yield Role.TARGET, asking.soa()
    else:
        for resolver in asking.config.vantages[asking.look.vantage].resolvers:
            yield Role.TARGET, DnsQuestion(asking.address, "A", resolver)


def _rebinding(asking: Asking) -> Iterator[_Asked]:
    name = asking.config.vantages[asking.look.vantage].rebinding
    for rrtype in ("A", "AAAA") if name is not None else ():
        yield Role.TARGET, DnsQuestion(name or "", rrtype, asking.address)


def _recursion(asking: Asking) -> Iterator[_Asked]:
    """Somebody else's name and an internal one, with and without recursion; at gateways over TLS and HTTPS too."""
    of_gateway = asking.claim.service.startswith("gateway:")
    server_of = asking.claim.service if of_gateway else asking.server_of
    public = _elsewhere(asking)
    private = next(iter(internal_names(asking.config, asking.zones)), None)

    def question(name: str, resolver: str, **how: object) -> DnsQuestion:
        return replace(DnsQuestion(name, "A", resolver, server_of=server_of), **how)  # type: ignore[arg-type]

    bare = f"[{asking.address}]" if of_gateway and ":" in asking.address else asking.address
    for name in filter(None, (public, private)):
        yield Role.TARGET, question(name, asking.address)
        yield Role.TARGET, question(name, asking.address, transport="tcp")
        if of_gateway:
            yield Role.TARGET, question(name, f"tls://{bare}")
            yield Role.TARGET, question(name, f"https://{bare}/dns-query")
    if private is not None:
        yield Role.TARGET, question(private, asking.address, recursion=False)


def _elsewhere(asking: Asking) -> str | None:
    """A public name that none of our servers speaks for: what a resolver alone can answer."""
    controls = [endpoint(url)[1] for url in asking.config.vantages[asking.look.vantage].controls]
    return next((h for h in controls if not is_address(h) and asking.zones.zone_of(h) is None), None)


def _identity(asking: Asking) -> Iterator[_Asked]:
    for name in _IDENTITY:
        yield Role.TARGET, replace(asking.dns(name, "TXT"), chaos=True)
    yield Role.TARGET, replace(asking.soa(), nsid=True)


def _directory(asking: Asking) -> Iterator[_Asked]:
    for rrtype, prefix in _DIRECTORY:
        yield Role.TARGET, asking.dns(f"{prefix}.{asking.zone}", rrtype)
    yield Role.TARGET, asking.soa()
    yield Role.SIBLING, asking.dns(f"_{asking.nobody('srv')}._tcp.{asking.zone}", "SRV")


def _serial(asking: Asking) -> Iterator[_Asked]:
    yield Role.TARGET, asking.soa()
    for server, _ in _speaking(asking.zones, asking.look.vantage, asking.zone):
        if server != asking.address:
            yield Role.SIBLING, replace(asking.soa(), resolver=server, server_of=service_of(asking.zone))


#: How each check is asked. Total: a check without a row is an error at import.
ASKED: dict[Check, Callable[[Asking], Iterator[_Asked]]] = {
    Check.TRANSFER: _transfer,
    Check.WALK: _walk,
    Check.NSEC3: _nsec3,
    Check.WILDCARD: _wildcard,
    Check.TRANSPARENCY: _transparency,
    Check.CERTIFICATE: _certificate,
    Check.REVERSE: _reverse,
    Check.ESCAPE: _escape,
    Check.SEARCH: _search,
    Check.DELEGATION: _delegated,
    Check.REBINDING: _rebinding,
    Check.RECURSION: _recursion,
    Check.IDENTITY: _identity,
    Check.DIRECTORY: _directory,
    Check.SERIAL: _serial,
}

assert set(ASKED) == set(Check), "a check that nobody asks"


# --- the inside truth ------------------------------------------------------------------------------------------


def truths(look: Look, claims: Sequence[Claim]) -> Iterator[Probe]:
    """That a zone answers inside: its SOA at every resolver of an inside vantage."""
    for zone in dict.fromkeys(c.zone for c in claims if c.truth is not None and c.zone is not None and c.check):
        for resolver in look.config.vantages[look.vantage].resolvers:
            question = DnsQuestion(zone, "SOA", resolver)
            yield look.probe(Role.TRUTH, truth_of(zone), f"inside|{look.vantage}|{service_of(zone)}", 0, question)


def rebindings(look: Look, claims: Sequence[Claim]) -> Iterator[Probe]:
    """That a name whose private address must not be let in inside still has one outside."""
    names = dict.fromkeys(c.truth for c in claims if c.check is Check.REBINDING and c.truth is not None)
    for group in names:
        for resolver in look.config.vantages[look.vantage].resolvers:
            for rrtype in ("A", "AAAA"):
                question = DnsQuestion(group.partition("|")[2], rrtype, resolver)
                yield look.probe(Role.TRUTH, group, f"rebinding|{look.vantage}", 0, question)
