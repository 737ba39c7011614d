"""The probes of each kind of look: who asks what, in which lane, at which step.

A lane holds one sighting: the entrance's own answer first and last, siblings around the target. Must never ask
anything but GET, HEAD and OPTIONS, DNS queries and handshakes.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from typing import Literal
from urllib.parse import urlsplit

from auditor.config import Config, ServiceConfig
from auditor.model import (
    Aspect,
    Claim,
    DnsQuestion,
    HttpQuestion,
    Probe,
    Question,
    Role,
    TcpQuestion,
)
from auditor.plan.claims import gateway_endpoint, gateways_of, host_path, truth_key
from auditor.plan.entrances import Entrance, endpoint, entrances
from auditor.plan.names import Names
from auditor.plan.variants import Level, Spelling, Variant, prefixes_of, variants_for

#: Record types asked for every name.
ADDRESS_TYPES = ("A", "AAAA")

#: Targets that share the entrance controls of one lane. Few enough that a ban half-way is seen soon.
CHUNK = 20

#: The three siblings of a sighting, by when they are asked.
_TAGS = ("before", "again", "after")

#: Longer than the request line that nginx (8 KiB), Apache httpd (8 KiB), lighttpd (8 KiB), HAProxy (16 KiB) and
#: Varnish (8 KiB) take by default: those that forward everything else still answer this by themselves.
_TOO_LONG = "long/" * 3400

#: The step of a target; siblings and entrance controls stand before and after.
_TARGET = 2

#: A claim, and a variant it is asked in.
Spelled = tuple[Claim, Variant]

#: (claim, vantage, variant) to be asked again; None: everything is asked.
Doubts = Set[tuple[str, str, str]] | None


def is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Look:
    """One vantage's way of asking: its name, its random names and its configuration."""

    config: Config
    vantage: str
    names: Names
    ways: Mapping[str, Entrance] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "ways", entrances(self.config))

    def probe(
        self,
        role: Role,
        group: str,
        lane: str,
        step: int,
        question: Question,
        *,
        attempt: int = 1,
        paced_by: str | None = None,
        expect_status: int | None = None,
        follows: str | None = None,
        variant: str = "baseline",
    ) -> Probe:
        rest = (
            self.vantage, role, group, lane, step, question, variant, attempt, follows, paced_by, expect_status
        )  # fmt: skip
        text = f"{self.names.seed}\x1f{rest!r}"
        return Probe(hashlib.blake2b(text.encode(), digest_size=9).hexdigest(), *rest)

    # --- proving sight, finding addresses ----------------------------------------------------------------

    def sight(self, when: str) -> Iterator[Probe]:
        for url in self.config.vantages[self.vantage].controls:
            scheme, host, port = endpoint(url)
            parts = urlsplit(url)
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            question = _http(scheme, host, port, target)
            yield self.probe(Role.SIGHT, self.vantage, f"sight|{self.vantage}|{when}", 0, question)

    def addresses(self, gateway: str) -> Iterator[Probe]:
        """The gateway's name at every resolver of this vantage, where its addresses are to be found out."""
        settings = self.config.gateways[gateway]
        host = gateway_endpoint(settings)[1]
        if settings.addresses != "auto" or is_address(host):
            return
        for resolver in self.config.vantages[self.vantage].resolvers:
            for rrtype in ADDRESS_TYPES:
                yield self.probe(
                    Role.ADDRESS,
                    f"gw|{gateway}",
                    f"address|{self.vantage}|{resolver}",
                    0,
                    DnsQuestion(host, rrtype, resolver),
                )

    # --- through a gateway, or around it -----------------------------------------------------------------

    def straight(self, service: ServiceConfig, path: str | None = None) -> HttpQuestion:
        """A request past every gateway, to a service that has a url."""
        assert service.url is not None, "a service without a url cannot be asked"
        return _http(*endpoint(service.url), host_path(service) if path is None else path)

    def fingerprints(self, entrance: str, address: str) -> Iterator[Probe]:
        """What it says by itself: to a random path and host, to a malformed path and one too long."""
        way = self.ways[entrance]
        group = f"gw|{entrance}|{address}"
        lane = f"gateway|{self.vantage}|{entrance}|{address}"
        label = self.names.label("gateway", entrance, address)
        stranger = f"{self.names.label('host', entrance, address)}.invalid"
        for question in (
            way.question(f"/{label}", address),
            way.question(f"/{label}", address, host_header=stranger, sni=stranger),
            way.question("/%zz", address),
            way.question(f"/{label}/{_TOO_LONG}", address),
        ):
            yield self.probe(Role.GATEWAY, group, lane, 0, way.named(question), paced_by=way.gateway)

    def control(self, claim: Claim, known: Sequence[str], lane: str, step: int, attempt: int) -> Iterator[Probe]:
        """The gateway's known-public answer: of the entrance itself, or of the gateway that it goes round."""
        way = self.ways[claim.entrance]
        gateway, settings = self.ways[way.gateway], self.config.gateways[way.gateway]
        at = way.vouched_for_at(claim.address or "", known)
        if settings.control is not None and at is not None:
            yield self.probe(
                Role.ENTRANCE, f"gw|{gateway.name}|{at}", lane, step, gateway.question(settings.control, at),
                attempt=attempt, paced_by=gateway.name, expect_status=settings.control_status,
            )  # fmt: skip

    def sightings(
        self, claims: Sequence[Claim], known: Sequence[str], attempt: int, doubts: Doubts = None
    ) -> Iterator[Probe]:
        """One sighting of each of these claims, which share an entrance, an address and an aspect.

        In every variant they are worth; with `doubts`, in those of them that are to be asked again. What is of one
        shape and spelled alike shares its siblings: what a gateway says to nonsense does not hang on the target.
        `known` are the addresses of the gateway, as this vantage found them.
        """
        first = claims[0]
        assert first.address is not None, "a claim without an address cannot be looked at"
        spelled = [
            (claim, variant)
            for claim in claims
            if not claim.unasked
            for variant in self._variants(claim)
            if doubts is None or (claim.key, self.vantage, variant.id) in doubts
        ]
        # The plain ones first: should time run out, or the gateway ban us, what matters most has been asked.
        spelled.sort(key=lambda pair: not pair[1].is_baseline)
        turns = self._turns(first, attempt)
        for number, chunk in enumerate(_chunks(spelled)):
            lane = f"{first.aspect}|{self.vantage}|{first.entrance}|{first.address}|{number}|{attempt}"
            yield from self.control(first, known, lane, 0, attempt)
            for alike in chunk:
                yield from self._around(alike, lane, attempt, turns)
            yield from self.control(first, known, lane, _TARGET + turns + 1, attempt)

    def _variants(self, claim: Claim) -> tuple[Variant, ...]:
        found = spellings(self.config, self.ways[claim.entrance].gateway, claim.service, claim.aspect)
        return self._allowed(claim.service, claim.target, found)

    def _allowed(self, service: str, path: str, found: tuple[Variant, ...]) -> tuple[Variant, ...]:
        """A path that may be asked with HEAD only is asked in no way that brings its own method."""
        if self._method(service, path) == "GET":
            return found
        return tuple(variant for variant in found if variant.method is None)

    def _turns(self, claim: Claim, attempt: int) -> int:
        """How often a plain target is asked in one sighting: backends behind one address take turns."""
        if claim.aspect is Aspect.PORT:
            return 1
        attempts = self.config.gateways[self.ways[claim.entrance].gateway].attempts
        return attempts if attempt == 1 else -(-attempts // 2)

    def _around(self, alike: Sequence[Spelled], lane: str, attempt: int, turns: int) -> Iterator[Probe]:
        """Targets of one shape in one variant, each as often as it is worth, between their common siblings."""
        claim, variant = alike[0]
        for step, tag in ((1, "before"), (1, "again"), (_TARGET + turns, "after")):
            yield from self._spelled(
                Role.SIBLING, claim.siblings or claim.key, claim, variant, lane, step, attempt, tag
            )
        for claim, variant in alike:
            if claim.aspect is Aspect.HOST and variant.is_baseline:
                yield self._own_name(claim, lane, attempt)
            for turn in range(turns if variant.is_baseline else 1):
                yield from self._spelled(Role.TARGET, claim.key, claim, variant, lane, _TARGET + turn, attempt)

    def _own_name(self, claim: Claim, lane: str, attempt: int) -> Probe:
        """What the path alone is worth: a gateway that looks at no Host gives it to everybody."""
        assert claim.address is not None
        way, path = self.ways[claim.entrance], host_path(self.config.services[claim.service])
        own = way.named(way.question(path, claim.address))
        return self.probe(Role.GATEWAY, claim.key, lane, 1, own, attempt=attempt, paced_by=way.gateway)

    def _spelled(
        self,
        role: Role,
        group: str,
        claim: Claim,
        variant: Variant,
        lane: str,
        step: int,
        attempt: int,
        tag: str | None = None,
    ) -> Iterator[Probe]:
        """The claim's question in a variant, or, with a tag, that of a sibling; none where there is nothing to
        spell."""
        question = self._ask(claim, None if tag is None else (tag, attempt, variant.id))
        spelling = Spelling(self.names, (claim.siblings or claim.key, attempt))
        asked = variant.ask(question, spelling) if isinstance(question, HttpQuestion) else question
        if asked is not None:
            way = self.ways[claim.entrance]
            named = way.named(asked) if isinstance(asked, HttpQuestion) else asked
            yield self.probe(
                role, group, lane, step, named, attempt=attempt, paced_by=way.gateway, variant=variant.id
            )  # fmt: skip

    def _ask(self, claim: Claim, sibling: tuple[str, int, str] | None) -> Question:
        """The claim's own question, or a random one of the same shape."""
        way, address = self.ways[claim.entrance], claim.address or ""
        context = (claim.siblings or claim.key, *(sibling or ()))
        if claim.aspect is Aspect.PORT:
            port = (
                int(claim.target) if sibling is None else self._random_port(claim.siblings or claim.key, *sibling)
            )
            return TcpQuestion(way.host, port, address)
        if claim.aspect is Aspect.HOST:
            path = host_path(self.config.services[claim.service])
            host = claim.target if sibling is None else self.names.sibling_name(claim.target, *context)
            canary = canary_at(self.config, claim.service, path) if sibling is None else None
            return way.question(path, address, host_header=host, sni=host, canary=canary)
        path = claim.target if sibling is None else self.names.sibling_path(claim.target, *context)
        canary, method = canary_at(self.config, claim.service, path), self._method(claim.service, claim.target)
        return way.question(path, address, method=method, canary=canary)

    def _method(self, service: str, path: str) -> Literal["GET", "HEAD"]:
        return "HEAD" if self.config.services[service].probing(path) == "head" else "GET"

    def _random_port(self, group: str, tag: str, *context: object) -> int:
        """One of three: no two of a sighting are the same, and none is a port that this company knows of."""
        return self.names.ports(3, self._known_ports, group, *context)[_TAGS.index(tag)]

    @property
    def _known_ports(self) -> frozenset[int]:
        services = self.config.services.values()
        own = {endpoint(service.url)[2] for service in services if service.url is not None}
        own |= {way.port for way in self.ways.values()}
        return frozenset(own.union(*(service.ports for service in services)))

    # --- the inside truth --------------------------------------------------------------------------------

    def truth(self, name: str, service: ServiceConfig) -> Iterator[Probe]:
        """What the service says to those who may ask, twice, and what it says to nonsense."""
        lane = f"inside|{self.vantage}|{name}"
        if service.url is None:
            return
        scheme, host, port = endpoint(service.url)
        if service.health is not None:
            for step in (0, 2):
                yield self.probe(
                    Role.TRUTH, f"truth|{name}|health", lane, step, _http(scheme, host, port, service.health)
                )
        for path in service.all_paths:
            if service.probing(path) == "never":
                continue
            question = replace(
                _http(scheme, host, port, path),
                method=self._method(name, path),
                canary=canary_at(self.config, name, path),
            )
            yield from self._truth_of(truth_key(name, Aspect.PATH, path), question, lane)
            yield from self._truth_variants(name, service, Aspect.PATH, path, question, lane)
        for alias in service.names:
            question = replace(
                _http(scheme, host, port, host_path(service)),
                host_header=alias,
                sni=alias,
                canary=canary_at(self.config, name, host_path(service)),
            )
            yield from self._truth_of(truth_key(name, Aspect.HOST, alias), question, lane)
            yield from self._truth_variants(name, service, Aspect.HOST, alias, question, lane)
        for open_port in service.ports:
            group = truth_key(name, Aspect.PORT, str(open_port))
            for step in (0, 2):
                yield self.probe(Role.TRUTH, group, lane, step, TcpQuestion(host, open_port))
            nobody = TcpQuestion(host, self._random_port(group, "before"))
            yield self.probe(Role.TRUTH_SIBLING, group, lane, 1, nobody)
        options = replace(_http(scheme, host, port, host_path(service)), method="OPTIONS")
        yield self.probe(Role.UPSTREAM, f"upstream|{name}", lane, 1, options)

    def _truth_of(self, group: str, question: HttpQuestion, lane: str) -> Iterator[Probe]:
        for step in (0, 2):
            yield self.probe(Role.TRUTH, group, lane, step, question)
        for tag in ("one", "two"):
            nowhere = self.names.sibling_path(question.target, group, tag)
            yield self.probe(Role.TRUTH_SIBLING, group, lane, 1, replace(question, target=nowhere, canary=None))

    def _truth_variants(
        self, name: str, service: ServiceConfig, aspect: Aspect, target: str, question: HttpQuestion, lane: str
    ) -> Iterator[Probe]:
        """Each spelling straight at the service: that it reads it as the target is half of a way in."""
        group = truth_key(name, aspect, target)
        known = {
            variant.id: variant
            for gateway in gateways_of(self.config, service)
            for variant in self._allowed(name, target, spellings(self.config, gateway, name, aspect))
            if not variant.is_baseline
        }
        for variant in known.values():
            spelled = variant.ask(question, Spelling(self.names, (group,)))
            if spelled is not None:
                yield self.probe(Role.TRUTH_VARIANT, group, lane, 1, spelled, variant=variant.id)


def canary_at(config: Config, service: str, path: str) -> str | None:
    """The service, where this path is its canary's."""
    canary = config.services[service].canary
    return service if canary is not None and canary.path == path else None


def _chunks(spelled: Sequence[Spelled]) -> Iterator[list[list[Spelled]]]:
    """Lanes of at most so many targets, each as groups that share their siblings; in the order of the variants."""
    by_shape: dict[tuple[str, str], list[Spelled]] = {}
    for claim, variant in spelled:
        by_shape.setdefault((claim.siblings or claim.key, variant.id), []).append((claim, variant))
    lane: list[list[Spelled]] = []
    room = CHUNK
    for alike in by_shape.values():
        for start in range(0, len(alike), CHUNK):
            part = alike[start : start + CHUNK]
            if len(part) > room:
                yield lane
                lane, room = [], CHUNK
            lane.append(part)
            room -= len(part)
    if lane:
        yield lane


def spellings(config: Config, gateway: str, service: str, aspect: Aspect) -> tuple[Variant, ...]:
    """The variants a service's targets are asked in through a gateway: the fewer of what the two say."""
    levels: tuple[Level, ...] = ("none", "core", "full")
    settings, own = config.gateways[gateway], config.services[service].variants
    level = min(settings.variants, own or "full", key=levels.index)
    return variants_for(aspect, level, frozenset(settings.caution), prefixes_of(settings.allow))


def _http(scheme: str, host: str, port: int, target: str) -> HttpQuestion:
    return HttpQuestion("https" if scheme == "https" else "http", host, port, target)
