"""Plans and observations as the planner and the probes would make them, for a test to judge.

A `Scene` is one path or host at one gateway, with every control good; change what matters and `judged()` it.
`NameScene` and `PortScene` are the same for names and ports. An answer is a `Page`, an `Outcome` for no answer,
a `SkipReason` for a probe that was never sent, or None for one that nobody handed in.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from auditor.judge import Verdicts, fingerprint, judge
from auditor.model import (
    Aspect,
    Claim,
    DnsAnswer,
    DnsExpectation,
    DnsQuestion,
    DnsRecord,
    HttpAnswer,
    HttpQuestion,
    Judgement,
    Observation,
    Outcome,
    Plan,
    Probe,
    Question,
    Role,
    Seen,
    Side,
    Skip,
    SkipReason,
    TcpAnswer,
    TcpQuestion,
    TlsAnswer,
)

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ADDRESS = "203.0.113.10"
ENTRANCE = f"gw|public-api|{ADDRESS}"


@dataclass(frozen=True)
class Page:
    """A response. `{path}` and `{host}` in the body are what was asked for."""

    status: int
    body: str = ""
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "text/html"),)
    location: str | None = None
    cached: bool = False
    verified: bool = True  # its certificate, over https

    def answer(self, question: HttpQuestion) -> HttpAnswer:
        host = question.host_header or question.host

        def fill(text: str) -> str:
            return text.replace("{path}", question.target).replace("{host}", host)

        body = fill(self.body).encode()
        headers = self.headers
        location = None if self.location is None else fill(self.location)
        if location is not None:
            headers += (("Location", location),)
        return HttpAnswer(
            status=self.status,
            reason="",
            version="1.1",
            headers=headers,
            body_size=len(body),
            body_sha256=hashlib.sha256(body).hexdigest(),
            truncated=False,
            excerpt=body[:1024].decode(),
            redactions=(),
            fingerprint=fingerprint(question=question, status=self.status, headers=headers, body=body),
            location=location,
            cached=self.cached,
            tls=replace(VERIFIED, verified=self.verified) if question.scheme == "https" else None,
        )


@dataclass(frozen=True)
class Alert:
    number: int


@dataclass(frozen=True)
class Dns:
    """Records as (type, data); an outcome other than ANSWERED may carry an alias."""

    records: tuple[tuple[str, str], ...] = ()
    outcome: Outcome = Outcome.ANSWERED


VERIFIED = TlsAnswer("TLSv1.3", "x", "h", True, None, "", "", (), None, None, "00")
Answered = Page | Dns | Alert | Outcome | SkipReason | None

JSON = (("Content-Type", "application/json"), ("Server", "uvicorn"))
NGINX = (("Server", "nginx/1.22.1"), ("Content-Type", "text/html"))
NGINX_BODY = (
    "<html><head><title>{0}</title></head><body><center><h1>{0}</h1></center>"
    "<hr><center>nginx/1.22.1</center></body></html>"
)

SECRET = Page(
    200,
    '{"tenant": "acme", "plan": "gold", "regions": ["eu-west", "us-east"], "limits": {"cpu": 12, "memory": 96},'
    ' "owner": "platform"}',
    JSON,
)
INSIDE_404 = Page(404, '{"detail": "Not Found"}', JSON)
GATEWAY_404 = Page(404, NGINX_BODY.format("404 Not Found"), NGINX)
GATEWAY_400 = Page(400, NGINX_BODY.format("400 Bad Request"), NGINX)
GATEWAY_403 = Page(403, NGINX_BODY.format("403 Forbidden"), NGINX)
HEALTHY = Page(200, "the public API is up and running, thank you for asking today", NGINX)
SPA = Page(
    200,
    "<html><head><title>Shop</title></head><body><h1>Welcome to the shop of things</h1>"
    "<p>Everything must go, today and tomorrow and for ever and ever.</p></body></html>",
    NGINX,
)
OTHER = Page(
    200, "<html><body><h1>Status board</h1><p>All green lights on a page of its own making.</p></body></html>"
)
CADDY_EMPTY = Page(200, "", (("Server", "Caddy"),))


def seen_of(probe: Probe, answered: Answered) -> Seen | None:
    """What came of a probe. Times differ from probe to probe, for nothing may hang on them."""
    if answered is None:
        return None
    if isinstance(answered, SkipReason):
        return Skip(probe.id, probe.vantage, answered)
    base = Observation(probe.id, probe.vantage, AT, 0.01, Outcome.ANSWERED, local_address="192.0.2.7")
    if isinstance(answered, Outcome):
        if answered is Outcome.ANSWERED:
            return replace(base, answer=TcpAnswer())
        return replace(base, outcome=answered, detail="as the test says")
    if isinstance(answered, Alert):
        return replace(base, outcome=Outcome.TLS_ALERT, detail=f"alert {answered.number} some_name")
    if isinstance(answered, Dns):
        assert isinstance(probe.question, DnsQuestion)
        return replace(base, outcome=answered.outcome, answer=dns_answer(probe.question, answered))
    assert isinstance(probe.question, HttpQuestion)
    return replace(base, answer=answered.answer(probe.question))


def dns_answer(question: DnsQuestion, said: Dns) -> DnsAnswer:
    rcode = "NXDOMAIN" if said.outcome is Outcome.NXDOMAIN else "NOERROR"
    records = tuple(DnsRecord(question.name, kind, 60, data) for kind, data in said.records)
    return DnsAnswer(rcode, ("QR",), "192.0.2.53:53", "udp", records)


@dataclass
class Room:
    """Probes and what came of them, put down one by one."""

    probes: list[Probe] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)

    def ask(
        self,
        role: Role,
        group: str,
        lane: str,
        step: int,
        question: Question,
        answered: Answered,
        *,
        vantage: str = "internet",
        variant: str = "baseline",
        attempt: int = 1,
        follows: str | None = None,
        expect_status: int | None = None,
    ) -> str:
        number = f"{len(self.probes):04}"
        probe = Probe(
            number, vantage, role, group, lane, step, question, variant, attempt, follows, None, expect_status
        )
        self.probes.append(probe)
        what = seen_of(probe, answered)
        if what is not None:
            self.seen.append(what)
        return number

    def sight(self, vantage: str, *answered: Answered) -> None:
        control = HttpQuestion("https", "www.example.com", 443, "/")
        for when, what in zip(("before", "after"), answered, strict=True):
            self.ask(Role.SIGHT, vantage, f"sight|{vantage}|{when}", 0, control, what, vantage=vantage)

    def plan(self, *claims: Claim, vantages: tuple[tuple[str, Side], ...] | None = None) -> Plan:
        return Plan(vantages or VANTAGES, claims, tuple(self.probes))


VANTAGES = (("internet", Side.OUTSIDE), ("vpc", Side.INSIDE))
_NAMES = ("k3v9qx0m2p7t", "zq81hm4c0d2yw", "f7w2n6b5r1jke8", "p0o9i8u7y6t5r4")


@dataclass(frozen=True)
class Scene:
    """One path (or host) at one gateway. The default is sound: 200 inside, the gateway's own 404 outside."""

    target: Answered = GATEWAY_404
    siblings: tuple[Answered, Answered, Answered] = (GATEWAY_404,) * 3
    entrance: tuple[Answered, ...] = (HEALTHY, HEALTHY)
    gateway: tuple[Answered, ...] = (GATEWAY_404, GATEWAY_404, GATEWAY_400)
    truth: tuple[Answered, ...] = (SECRET, SECRET)
    truth_siblings: tuple[Answered, ...] = (INSIDE_404, INSIDE_404)
    upstream: tuple[Answered, ...] = (Page(405, '{"detail": "Method Not Allowed"}', JSON),)
    sight: tuple[Answered, ...] = (HEALTHY, HEALTHY)
    inside_sight: tuple[Answered, ...] = ()
    replays: tuple[Answered, ...] = ()  # further sightings of the target
    follow: tuple[Answered, ...] = ()  # what the target's redirect or cached answer led to, in the first sighting
    path: str = "/internal/v1/config"
    host: str | None = None
    truth_variant: Answered = None
    variants: tuple[tuple[str, Answered, Answered], ...] = ()  # name, its answer, its siblings' answer
    method: str = "GET"

    @property
    def claim(self) -> Claim:
        aspect = Aspect.HOST if self.host else Aspect.PATH
        target = self.host or self.path
        key = f"config|{aspect}|{target}|public-api|{ADDRESS}"
        return Claim(key, "config", aspect, target, "public-api", ADDRESS, f"truth|config|{aspect}|{target}")

    def all(self, answered: Answered) -> "Scene":
        """The same, with this answer for the siblings."""
        return replace(self, siblings=(answered,) * 3)

    def thrice(self) -> "Scene":
        """The same seen three times."""
        return replace(self, replays=(self.target, self.target))

    def room(self) -> Room:
        room = Room()
        if self.sight:
            room.sight("internet", *self.sight)
        if self.inside_sight:
            room.sight("vpc", *self.inside_sight)
        for place, answered in enumerate(self.gateway):
            random = self._outside(f"/{_NAMES[place]}")
            room.ask(Role.GATEWAY, ENTRANCE, "gateway", 0, random, answered)
        self._inside(room)
        for attempt, answered in enumerate((self.target, *self.replays), start=1):
            self._sighting(room, answered, self.siblings, "baseline", attempt)
        for name, answered, siblings in self.variants:
            self._sighting(room, answered, (siblings,) * 3, name, 1)
        return room

    def _outside(self, path: str, host: str | None = None, variant: str = "") -> HttpQuestion:
        method = "HEAD" if variant == "H15a" else self.method
        return HttpQuestion("https", "api.example.com", 443, path, method, host_header=host, address=ADDRESS)  # type: ignore[arg-type]

    def _inside(self, room: Room) -> None:
        group = self.claim.truth or ""
        question = HttpQuestion("http", "config.internal.example.net", 8080, self.path)
        for step, answered in zip((0, 2), self.truth, strict=False):
            room.ask(Role.TRUTH, group, "in", step, question, answered, vantage="vpc")
        for name, answered in zip(_NAMES, self.truth_siblings, strict=False):
            beside = replace(question, target=f"/internal/v1/{name}")
            room.ask(Role.TRUTH_SIBLING, group, "in", 1, beside, answered, vantage="vpc")
        for answered in self.upstream:
            options = replace(question, method="OPTIONS")
            room.ask(Role.UPSTREAM, "upstream|config", "in", 1, options, answered, vantage="vpc")
        for name, _, _ in self.variants:
            if self.truth_variant is not None:
                spelled = replace(question, target=f"/{name}{self.path}")
                room.ask(
                    Role.TRUTH_VARIANT, group, "in", 3, spelled, self.truth_variant, vantage="vpc", variant=name
                )

    def _sighting(
        self, room: Room, answered: Answered, siblings: tuple[Answered, ...], variant: str, attempt: int
    ) -> None:
        lane = f"lane|{variant}|{attempt}"
        prefix = "" if variant == "baseline" else f"/{variant}"
        places = iter((0, 4)) if len(self.entrance) == 2 else iter((0,) * len(self.entrance))
        for place, control in zip(places, self.entrance, strict=True):
            health = HttpQuestion("https", "api.example.com", 443, "/api/v1/health", address=ADDRESS)
            room.ask(Role.ENTRANCE, ENTRANCE, lane, place, health, control, attempt=attempt, expect_status=200)
        for place, name, other in zip((1, 1, 3), _NAMES, siblings, strict=False):
            question = (
                self._outside(self.path, f"{name}.internal.example.net", variant)
                if self.host
                else self._outside(f"{prefix}/internal/v1/{name}{attempt}", variant=variant)
            )
            room.ask(Role.SIBLING, self.claim.key, lane, place, question, other, variant=variant, attempt=attempt)
        question = self._outside(f"{prefix}{self.path}", self.host, variant)
        last = room.ask(Role.TARGET, self.claim.key, lane, 2, question, answered, variant=variant, attempt=attempt)
        for hop, further in enumerate(self.follow if attempt == 1 and variant == "baseline" else ()):
            last = room.ask(
                Role.TARGET, self.claim.key, lane, 12 + hop, question, further, attempt=attempt, follows=last
            )

    def judged(self, *, provisional: bool = False) -> Judgement:
        return self.verdicts(provisional=provisional).judgements[0]

    def verdicts(self, *, provisional: bool = False) -> Verdicts:
        room = self.room()
        return judge(room.plan(self.claim), room.seen, provisional=provisional)


ANSWER = Dns((("A", "198.41.0.4"),))
NXDOMAIN = Dns(outcome=Outcome.NXDOMAIN)
NODATA = Dns(outcome=Outcome.NODATA)
PRIVATE = Dns((("A", "10.0.0.5"),))
PUBLIC = Dns((("A", "8.8.8.8"),))


@dataclass(frozen=True)
class NameScene:
    """One name at one public resolver. The default is sound: it resolves inside and is NXDOMAIN outside."""

    a: Answered = NXDOMAIN
    aaaa: Answered = NXDOMAIN
    expect: DnsExpectation = DnsExpectation.ABSENT
    entrance: tuple[Answered, ...] = (ANSWER, ANSWER)
    hijack: tuple[Answered, ...] = (NXDOMAIN, NXDOMAIN)
    siblings: tuple[Answered, ...] = (NXDOMAIN, NXDOMAIN)
    truth: tuple[Answered, ...] = (PRIVATE, NODATA)
    sight: tuple[Answered, ...] = (HEALTHY, HEALTHY)
    replays: tuple[tuple[Answered, Answered], ...] = ()
    name: str = "config.internal.example.net"

    @property
    def claim(self) -> Claim:
        key = f"config|name|{self.name}|public-dns|1.1.1.1"
        truth = f"truth|config|name|{self.name}"
        return Claim(key, "config", Aspect.NAME, self.name, "public-dns", "1.1.1.1", truth, self.expect)

    def room(self) -> Room:
        room = Room()
        if self.sight:
            room.sight("internet", *self.sight)
        for kind, answered in zip(("A", "AAAA"), self.truth, strict=False):
            inside = DnsQuestion(self.name, kind, "10.0.0.2")
            room.ask(Role.TRUTH, self.claim.truth or "", "in", 0, inside, answered, vantage="vpc")
        for attempt, pair in enumerate(((self.a, self.aaaa), *self.replays), start=1):
            self._sighting(room, pair, attempt)
        return room

    def _sighting(self, room: Room, pair: tuple[Answered, Answered], attempt: int) -> None:
        lane, group, zone = f"dns|{attempt}", "public-dns|1.1.1.1", self.name.partition(".")[2]

        def ask(role: Role, where: str, step: int, name: str, kind: str, answered: Answered) -> None:
            room.ask(role, where, lane, step, DnsQuestion(name, kind, "1.1.1.1"), answered, attempt=attempt)

        for place, (known, random) in zip((0, 2), zip(self.entrance, self.hijack, strict=True), strict=False):
            ask(Role.ENTRANCE, group, place, "www.example.com", "A", known)
            ask(Role.GATEWAY, group, place, f"{_NAMES[place]}.example.com", "A", random)
        for place, sibling in zip((0, 2), self.siblings, strict=False):
            for kind in ("A", "AAAA"):
                ask(Role.SIBLING, f"zone|{zone}", place, f"{_NAMES[place]}.{zone}", kind, sibling)
        for kind, answered in zip(("A", "AAAA"), pair, strict=True):
            ask(Role.TARGET, self.claim.key, 1, self.name, kind, answered)

    def judged(self, *, provisional: bool = False) -> Judgement:
        room = self.room()
        return judge(room.plan(self.claim), room.seen, provisional=provisional).judgements[0]


@dataclass(frozen=True)
class PortScene:
    """One port at one public address. The default is sound: it connects inside and is refused outside."""

    target: Answered = Outcome.REFUSED
    siblings: tuple[Answered, ...] = (Outcome.REFUSED,) * 3
    entrance: tuple[Answered, ...] = (HEALTHY, HEALTHY)
    truth: tuple[Answered, ...] = (Outcome.ANSWERED, Outcome.ANSWERED)
    sight: tuple[Answered, ...] = (HEALTHY, HEALTHY)
    replays: tuple[Answered, ...] = ()

    @property
    def claim(self) -> Claim:
        key = f"config|port|8080|public-api|{ADDRESS}"
        return Claim(key, "config", Aspect.PORT, "8080", "public-api", ADDRESS, "truth|config|port|8080")

    def room(self) -> Room:
        room = Room()
        if self.sight:
            room.sight("internet", *self.sight)
        for step, answered in zip((0, 2), self.truth, strict=False):
            inside = TcpQuestion("config.internal.example.net", 8080)
            room.ask(Role.TRUTH, "truth|config|port|8080", "in", step, inside, answered, vantage="vpc")
        for attempt, answered in enumerate((self.target, *self.replays), start=1):
            lane = f"port|{attempt}"
            for place, control in zip((0, 4), self.entrance, strict=False):
                health = HttpQuestion("https", "api.example.com", 443, "/api/v1/health", address=ADDRESS)
                room.ask(Role.ENTRANCE, ENTRANCE, lane, place, health, control, attempt=attempt, expect_status=200)
            for place, other in zip((1, 1, 3), self.siblings, strict=False):
                random = TcpQuestion("api.example.com", 20_000 + place, ADDRESS)
                room.ask(Role.SIBLING, self.claim.key, lane, place, random, other, attempt=attempt)
            question = TcpQuestion("api.example.com", 8080, ADDRESS)
            room.ask(Role.TARGET, self.claim.key, lane, 2, question, answered, attempt=attempt)
        return room

    def judged(self, *, provisional: bool = False) -> Judgement:
        room = self.room()
        return judge(room.plan(self.claim), room.seen, provisional=provisional).judgements[0]


def each_lost(room: Room, lost: Answered) -> Iterator[list[Seen]]:
    """What was seen, with one observation after the other replaced by an error or a skip."""
    by_id = {probe.id: probe for probe in room.probes}
    for place, seen in enumerate(room.seen):
        instead = seen_of(by_id[seen.probe], lost)
        yield room.seen[:place] + ([instead] if instead else []) + room.seen[place + 1 :]
