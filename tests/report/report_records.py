"""Audit records to render: a company with every verdict in it, and large ones."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from auditor.model import (
    GOOD,
    Anonymous,
    Answer,
    Aspect,
    Audit,
    AuditRecord,
    Change,
    ChangeKind,
    Claim,
    Confidence,
    DnsAnswer,
    DnsQuestion,
    DnsRecord,
    Finding,
    FindingState,
    Fingerprint,
    HttpAnswer,
    HttpQuestion,
    Judgement,
    Observation,
    Outcome,
    Plan,
    Probe,
    Question,
    Reason,
    Role,
    Seen,
    Severity,
    Side,
    Skip,
    SkipReason,
    TcpAnswer,
    TcpQuestion,
    TlsAnswer,
    VantageState,
    Vector,
    Verdict,
)
from auditor.report import History, OpenPoint

AT = datetime(2026, 11, 20, 18, 0, 4, tzinfo=UTC)
END = datetime(2026, 11, 20, 18, 2, 41, tzinfo=UTC)


def sha(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def fingerprint(status: int, body: str, location: str | None = None, marks: tuple[str, ...] = ()) -> Fingerprint:
    return Fingerprint(
        status=status,
        family="json",
        location=location,
        location_kind=None,
        masked=sha(body),
        size=len(body),
        tokens=40,
        distinct=30,
        simhash=1,
        shingles=(),
        skeleton=None,
        leaves=(),
        headers=sha("headers" + body[:4]),
        header_names=("server", "content-type"),
        marks=marks,
    )


def tls(name: str, verified: bool = True) -> TlsAnswer:
    return TlsAnswer(
        "TLSv1.3",
        "TLS_AES_128_GCM_SHA256",
        name,
        verified,
        None if verified else "self-signed certificate",
        f"CN={name}",
        "CN=Example CA",
        (name,),
        datetime(2026, 8, 1, tzinfo=UTC),
        datetime(2027, 2, 2, tzinfo=UTC),
        sha(name),
    )


def http(
    status: int,
    body: str = "",
    *,
    server: str = "edge",
    kind: str = "application/json",
    certificate: TlsAnswer | None = None,
    headers: tuple[tuple[str, str], ...] = (),
    marks: tuple[str, ...] = (),
) -> HttpAnswer:
    words = {200: "OK", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 503: "Service Unavailable"}
    return HttpAnswer(
        status=status,
        reason=words.get(status, ""),
        version="HTTP/1.1",
        headers=(("server", server), ("content-type", kind), *headers),
        body_size=len(body),
        body_sha256=sha(body),
        truncated=False,
        excerpt=body[:1024],
        redactions=("dsn",) if "[redacted" in body else (),
        fingerprint=fingerprint(status, body, marks=marks),
        tls=certificate,
    )


def dns(name: str, *records: tuple[str, str], rcode: str = "NOERROR", server: str = "9.9.9.9:53") -> DnsAnswer:
    return DnsAnswer(
        rcode,
        ("QR", "RD", "RA"),
        server,
        "udp",
        tuple(DnsRecord(name, rrtype, 300, data) for rrtype, data in records),
    )


class Ledger:
    """Collects what an audit is made of."""

    def __init__(self) -> None:
        self.claims: list[Claim] = []
        self.probes: list[Probe] = []
        self.seen: list[Seen] = []
        self.judgements: list[Judgement] = []
        self.findings: list[Finding] = []
        self.changes: list[Change] = []

    def probe(
        self,
        role: Role,
        vantage: str,
        group: str,
        question: Question,
        answer: Answer | None = None,
        outcome: Outcome = Outcome.ANSWERED,
        *,
        variant: str = "baseline",
        expect: int | None = None,
        skip: SkipReason | None = None,
        address: str | None = None,
        detail: str = "",
    ) -> str:
        number = len(self.probes)
        identity = f"p{number:06d}"
        self.probes.append(
            Probe(identity, vantage, role, group, f"lane{number // 6}", 1, question, variant, expect_status=expect)
        )
        if skip is not None:
            self.seen.append(Skip(identity, vantage, skip))
        else:
            self.seen.append(
                Observation(
                    identity,
                    vantage,
                    AT + timedelta(seconds=1 + number % 120),
                    0.042,
                    outcome,
                    detail=detail,
                    address=address,
                    local_address="192.0.2.14",
                    answer=answer,
                )
            )
        return identity

    def claim(
        self,
        service: str,
        aspect: Aspect,
        target: str,
        entrance: str,
        address: str | None,
        truth: str | None,
        **more: object,
    ) -> Claim:
        key = f"{service}|{aspect.value}|{target}|{entrance}|{address or ''}"
        claim = Claim(key, service, aspect, target, entrance, address, truth, **more)  # type: ignore[arg-type]
        self.claims.append(claim)
        return claim

    def judge(
        self,
        claim: Claim,
        verdict: Verdict,
        reason: Reason,
        vantage: str | None,
        observation: str | None = None,
        truth: str | None = None,
        **more: object,
    ) -> Judgement:
        decisive = verdict not in (Verdict.UNPROVEN, Verdict.UNTESTED)
        confidence = Confidence.HIGH if decisive else None
        fields: dict[str, object] = {"confidence": confidence, **more}
        judgement = Judgement(
            claim, verdict, reason, vantage=vantage, observation=observation, truth=truth, **fields
        )  # type: ignore[arg-type]
        self.judgements.append(judgement)
        return judgement

    def finding(
        self,
        claim: Claim,
        verdict: Verdict,
        reason: Reason,
        vectors: tuple[Vector, ...],
        owner: str | None,
        severity: Severity,
        opened: timedelta,
        identity: str,
        **more: object,
    ) -> Finding:
        fields: dict[str, object] = {
            "state": FindingState.OPEN,
            "confidence": Confidence.HIGH,
            "last_seen_at": END,
            **more,
        }
        finding = Finding(
            id=identity,
            service=claim.service,
            aspect=claim.aspect.value,
            target=claim.target,
            entrance=claim.entrance,
            owner=owner,
            verdict=verdict,
            reason=reason,
            severity=severity,
            vectors=vectors,
            opened_at=END - opened,
            **fields,
        )  # type: ignore[arg-type]
        self.findings.append(finding)
        return finding

    def record(
        self,
        vantages: tuple[VantageState, ...],
        *,
        complete: bool = True,
        because: str | None = None,
        first: bool = False,
        number: int = 1842,
    ) -> AuditRecord:
        observed = sum(isinstance(seen, Observation) for seen in self.seen)
        loud = {j.claim.key for j in self.judgements if not j.silent}
        hunts = sum(c.aspect is Aspect.SENSITIVE and c.key not in loud for c in self.claims)
        decisive = sum(j.verdict not in (Verdict.UNPROVEN, Verdict.UNTESTED) for j in self.judgements)
        audit = Audit(
            "01jd5x8q7r2f",
            number,
            AT,
            END,
            complete,
            because,
            len(self.probes),
            observed,
            len(self.seen) - observed,
            len(self.claims) - hunts,
            decisive,
            sha("config"),
            (("eu-w1", "9b1f7c0a"), ("us-e1", "4471ce02")),
        )
        previous = replace(
            audit,
            id="01jd5x8q7r2e",
            number=number - 1,
            started_at=AT - timedelta(minutes=15),
            finished_at=END - timedelta(minutes=15),
        )
        return AuditRecord(
            audit,
            Plan(tuple((v.name, v.side) for v in vantages), tuple(self.claims), tuple(self.probes)),
            tuple(self.seen),
            tuple(self.judgements),
            vantages,
            tuple(self.findings),
            tuple(self.changes),
            first,
            None if first else previous,
        )


OUTSIDE, INSIDE = ("eu-w1", "us-e1"), ("vpc", "office")
EDGE = ("203.0.113.20", "203.0.113.21")
API = ("198.51.100.7", "2001:db8:7:1::10")
RESOLVERS = ("1.1.1.1", "9.9.9.9")
GATEWAYS = {"edge-gw": ("pay.example.com", EDGE), "api-gw": ("api.example.com", API)}

SERVICES: dict[str, tuple[str | None, tuple[str, ...], tuple[str, ...]]] = {
    "ledger-admin": ("team-ledger", ("ledger.int.example.com",), ("/internal/ledger/", "/internal/ledger/export")),
    "grafana-int": ("sre-observability", ("grafana.int.example.com",), ("/grafana/login",)),
    "search-admin": (
        "platform-search",
        ("search.int.example.com",),
        ("/internal/search/", "/docs", "/openapi.json"),
    ),
    "orders-internal": ("team-orders", ("orders.int.example.com",), ("/internal/v1/orders",)),
    "token-introspect": ("identity", ("tokens.int.example.com",), ("/oauth/introspect",)),
    "pg-reports": ("data-platform", ("pg-reports.int.example.com",), ()),
    "batch-runner": ("platform-jobs", ("batch.int.example.com",), ("/internal/batch/run",)),
    "pay-settlement": ("team-ledger", ("settle.int.example.com",), ("/internal/settle/",)),
    "metrics": (None, ("metrics.int.example.com",), ("/metrics", "/internal/metrics")),
}

BODY = (
    '{"service":"ledger-admin","build":"2026.11.20-3f9c1d","db":"[redacted: dsn]",\n'
    ' "note":"<img src=x onerror=alert(1)>","debug":"<script>alert(document.cookie)</script>",\n'
    ' "rows":[{"id":1041,"account":"settlement","balance":"[redacted: amount]"}]}'
)
NOT_FOUND = "<html><body><h1>404 Not Found</h1></body></html>"


def company() -> AuditRecord:
    """Nine services, two gateways with two addresses each, two vantages a side; every verdict occurs."""
    book = Ledger()
    for gateway, (host, addresses) in GATEWAYS.items():
        for vantage in OUTSIDE:
            book.probe(
                Role.ADDRESS,
                vantage,
                f"gw|{gateway}",
                DnsQuestion(host, "A", "1.1.1.1"),
                dns(host, ("A", addresses[0])),
            )
            for address in addresses:
                for _ in range(4):
                    failed = vantage == "us-e1" and address == API[1]
                    book.probe(
                        Role.ENTRANCE,
                        vantage,
                        f"gw|{gateway}|{address}",
                        HttpQuestion("https", host, 443, "/api/v1/health", address=address),
                        None if failed else http(200, "ok", certificate=tls(host)),
                        Outcome.TIMED_OUT if failed else Outcome.ANSWERED,
                        expect=200,
                    )
    for resolver in RESOLVERS:
        for vantage in OUTSIDE:
            for _ in range(2):
                book.probe(
                    Role.ENTRANCE,
                    vantage,
                    f"public-dns|{resolver}",
                    DnsQuestion("example.com", "A", resolver),
                    dns("example.com", ("A", "93.184.215.14")),
                )
    for service, (owner, names, paths) in SERVICES.items():
        for name in names:
            _name(book, service, owner, name)
        for path in paths:
            for gateway, (host, addresses) in GATEWAYS.items():
                for address in addresses:
                    _path(book, service, owner, path, gateway, host, address)
    _host(book)
    _port(book)
    _public(book)
    for _ in range(3):
        book.probe(
            Role.UPSTREAM,
            "vpc",
            "upstream|batch-runner",
            HttpQuestion("http", "batch.int.example.com", 8080, "/"),
            skip=SkipReason.DEADLINE,
        )
    book.changes = [
        Change("LK-4k2p9x7c", ChangeKind.OPENED, Verdict.EXPOSED, None),
        Change("LK-8d0q3n1z", ChangeKind.REOPENED, Verdict.RESOLVES, Verdict.RESOLVES),
        Change("LK-0a7redis", ChangeKind.RESOLVED, Verdict.EXPOSED, Verdict.EXPOSED),
        Change("LK-5w1grafa", ChangeKind.WORSENED, Verdict.EXPOSED, Verdict.GUARDED),
    ]
    book.findings.append(
        Finding(
            "LK-0a7redis", "redis-cache", "port", "6379", "edge-gw", "platform-data", FindingState.RESOLVED,
            Verdict.EXPOSED, Reason.PORT_OPEN, Severity.HIGH, Confidence.HIGH, (Vector.PORT_OPEN,),
            END - timedelta(days=3), END - timedelta(hours=1), END, END, 2,
        )
    )  # fmt: skip
    return book.record(
        (
            VantageState("eu-w1", Side.OUTSIDE, True, None, "192.0.2.14"),
            VantageState(
                "us-e1",
                Side.OUTSIDE,
                False,
                "control https://www.example.com/ timed out after the audit",
                "192.0.2.61",
            ),
            VantageState("vpc", Side.INSIDE, True, None, "10.42.0.5"),
            VantageState("office", Side.INSIDE, True, None, "10.8.1.20"),
        )
    )


_CONFIDENCE = {Verdict.SUSPECTED: Confidence.LOW, Verdict.ROUTED: Confidence.MEDIUM}


def _truth(book: Ledger, group: str, question: Question, answer: Answer | None, down: bool = False) -> str:
    first = ""
    for vantage in INSIDE:
        outcome = Outcome.TIMED_OUT if down else Outcome.ANSWERED
        identity = book.probe(
            Role.TRUTH, vantage, group, question, None if down else answer, outcome, address="10.42.3.11"
        )
        first = first or identity
    return first


def _name(book: Ledger, service: str, owner: str | None, name: str) -> None:
    group = f"truth|{service}|name|{name}"
    truth = _truth(
        book, group, DnsQuestion(name, "A", "system"), dns(name, ("A", "10.42.3.11"), server="10.42.0.2:53")
    )
    leaks = {"pg-reports": "10.42.7.19", "grafana-int": "203.0.113.99"}
    first: tuple[Claim, str] | None = None
    for resolver in RESOLVERS:
        claim = book.claim(service, Aspect.NAME, name, "public-dns", resolver, group)
        ids = []
        for vantage in OUTSIDE:
            question = DnsQuestion(name, "A", resolver)
            if service in leaks:
                answer, outcome = dns(name, ("A", leaks[service]), server=f"{resolver}:53"), Outcome.ANSWERED
            elif service == "metrics" and resolver == "9.9.9.9":
                answer, outcome = dns(name, rcode="SERVFAIL", server=f"{resolver}:53"), Outcome.SERVFAIL
            else:
                answer, outcome = dns(name, rcode="NXDOMAIN", server=f"{resolver}:53"), Outcome.NXDOMAIN
            ids.append(book.probe(Role.TARGET, vantage, claim.key, question, answer, outcome, address=resolver))
        first = first or (claim, ids[0])
        if service in leaks:
            reason = Reason.PRIVATE_ADDRESS if service == "pg-reports" else Reason.SPLIT_HORIZON
            book.judge(claim, Verdict.RESOLVES, reason, "eu-w1", ids[0], truth, ratio=(2, 2))
        elif service == "metrics" and resolver == "9.9.9.9":
            book.judge(claim, Verdict.UNTESTED, Reason.SERVFAIL, "eu-w1", ids[0], truth)
        else:
            book.judge(claim, Verdict.CLOSED, Reason.NXDOMAIN, "eu-w1", ids[0], truth)
    assert first
    if service == "pg-reports":
        book.finding(
            first[0], Verdict.RESOLVES, Reason.PRIVATE_ADDRESS, (Vector.DNS_PRIV,), owner, Severity.MEDIUM,
            timedelta(days=23), "LK-8d0q3n1z", reopened=1, last_closed_at=END - timedelta(days=2),
        )  # fmt: skip
    if service == "grafana-int":
        book.finding(
            first[0], Verdict.RESOLVES, Reason.SPLIT_HORIZON, (Vector.DNS_PUB,), owner, Severity.MEDIUM,
            timedelta(days=6, hours=4), "LK-3e9dnsgr",
        )  # fmt: skip


def _path(book: Ledger, service: str, owner: str | None, path: str, gateway: str, host: str, address: str) -> None:
    group = f"truth|{service}|path|{path}"
    down = service == "batch-runner"
    inside_body = BODY if service == "ledger-admin" else f'{{"service":"{service}","ok":true}}'
    question = HttpQuestion("http", f"{service}.int.example.com", 8080, path)
    truth = next((p.id for p in book.probes if p.role is Role.TRUTH and p.group == group), None)
    truth = truth or _truth(
        book, group, question, http(200, inside_body, server="uvicorn", marks=("sig:ledger",)), down
    )
    claim = book.claim(service, Aspect.PATH, path, gateway, address, group)
    blind = address == API[1]
    status, verdict, reason, body, vector = 404, Verdict.CLOSED, Reason.GATEWAY_404, NOT_FOUND, Vector.GW_PATH
    variant = "baseline"
    if path == "/internal/ledger/" and gateway == "edge-gw":
        status, verdict, reason, body = 200, Verdict.EXPOSED, Reason.SAME_AS_INSIDE, BODY
    elif service == "grafana-int" and gateway == "edge-gw":
        status, verdict, reason, body = 200, Verdict.EXPOSED, Reason.SIGNATURE, '{"app":"grafana"}'
    elif path == "/internal/search/" and gateway == "api-gw" and not blind:
        status, verdict, reason, body, vector = (
            200,
            Verdict.SUSPECTED,
            Reason.UNEXPLAINED_2XX,
            "<ul>",
            Vector.GW_NORM,
        )
        variant = "encoded-slash"
    elif service == "token-introspect" and gateway == "api-gw" and not blind:
        status, verdict, reason, body = 503, Verdict.ROUTED, Reason.UPSTREAM_UNREACHABLE, "no healthy upstream"
    elif down:
        verdict, reason = Verdict.UNPROVEN, Reason.INSIDE_CONTROL_FAILED
    elif blind:
        verdict, reason = Verdict.UNPROVEN, Reason.OUTSIDE_CONTROL_FAILED
    bad = verdict in (Verdict.EXPOSED, Verdict.SUSPECTED, Verdict.GUARDED, Verdict.ROUTED)
    ids = []
    for vantage in OUTSIDE:
        outcome = Outcome.TIMED_OUT if vantage == "us-e1" and blind else Outcome.ANSWERED
        target = path if variant == "baseline" else path.replace("/search", "/%2e%2e/internal%2fsearch")
        extra = (("x-debug", "<script>alert(document.cookie)</script>"), ("x-build", "3f9c1d")) if bad else ()
        answer = http(
            status,
            body,
            certificate=tls(host),
            headers=extra,
            server="uvicorn" if bad else "edge",
            marks=("sig:ledger",) if bad else (),
        )
        ids.append(
            book.probe(
                Role.TARGET, vantage, claim.key,
                HttpQuestion("https", host, 443, target, address=address),
                answer if outcome is Outcome.ANSWERED else None, outcome, variant=variant, address=address,
            )
        )  # fmt: skip
    book.judge(
        claim, verdict, reason, "eu-w1", ids[0], truth, variant=variant, ratio=(3, 3) if bad else None,
        controls=(ids[1],),
        info_leak=("internal host name ledger.int.example.com",) if service == "ledger-admin" and bad else (),
        confidence={Verdict.SUSPECTED: Confidence.LOW, Verdict.ROUTED: Confidence.MEDIUM}.get(
            verdict, None if verdict in (Verdict.UNPROVEN, Verdict.UNTESTED) else Confidence.HIGH),
    )  # fmt: skip
    if bad and address in (EDGE[0], API[0]):
        identity, severity, opened = {
            "ledger-admin": ("LK-4k2p9x7c", Severity.CRITICAL, timedelta(minutes=2)),
            "grafana-int": ("LK-5w1grafa", Severity.HIGH, timedelta(days=6, hours=4)),
            "search-admin": ("LK-7h2srch1", Severity.MEDIUM, timedelta(hours=20)),
            "token-introspect": ("LK-1t9token", Severity.LOW, timedelta(days=3, hours=9)),
        }[service]
        book.finding(
            claim, verdict, reason, (vector,), owner, severity, opened, identity,
            last_closed_at=END - opened - timedelta(minutes=15),
            confidence=_CONFIDENCE.get(verdict, Confidence.HIGH),
        )  # fmt: skip


def _host(book: Ledger) -> None:
    group = "truth|orders-internal|host|orders.int.example.com"
    inside = HttpQuestion("http", "orders.int.example.com", 8080, "/")
    truth = _truth(book, group, inside, http(403, '{"detail":"sign in"}', server="uvicorn"))
    for address in API:
        claim = book.claim("orders-internal", Aspect.HOST, "orders.int.example.com", "api-gw", address, group)
        ids = [
            book.probe(
                Role.TARGET, vantage, claim.key,
                HttpQuestion("https", "api.example.com", 443, "/", address=address,
                             host_header="orders.int.example.com", sni="orders.int.example.com"),
                http(403, '{"detail":"sign in"}', server="uvicorn", certificate=tls("api.example.com", False)),
                address=address,
            )
            for vantage in OUTSIDE
        ]  # fmt: skip
        book.judge(claim, Verdict.GUARDED, Reason.UPSTREAM_AUTH, "eu-w1", ids[0], truth, ratio=(3, 3))
        if address == API[0]:
            book.finding(
                claim, Verdict.GUARDED, Reason.UPSTREAM_AUTH, (Vector.GW_HOST,), "team-orders", Severity.MEDIUM,
                timedelta(days=2, hours=1), "LK-6o4order",
            )  # fmt: skip


def _port(book: Ledger) -> None:
    group = "truth|metrics|port|9090"
    truth = _truth(book, group, TcpQuestion("metrics.int.example.com", 9090), TcpAnswer())
    for address in EDGE:
        claim = book.claim("metrics", Aspect.PORT, "9090", "edge-gw", address, group)
        ids = [
            book.probe(
                Role.TARGET, vantage, claim.key, TcpQuestion("pay.example.com", 9090, address), None,
                Outcome.REFUSED, address=address, detail="connection refused",
            )
            for vantage in OUTSIDE
        ]  # fmt: skip
        if address == EDGE[0]:
            book.judge(claim, Verdict.CLOSED, Reason.PORT_REFUSED, "eu-w1", ids[0], truth)
            book.finding(
                claim, Verdict.EXPOSED, Reason.PORT_OPEN, (Vector.PORT_OPEN,), None, Severity.HIGH,
                timedelta(days=1, hours=3), "LK-2m8ports", closed_in_a_row=1,
                last_seen_at=END - timedelta(minutes=15),
            )  # fmt: skip
        else:
            book.judge(claim, Verdict.CLOSED, Reason.PORT_REFUSED, "eu-w1", ids[0], truth)


ORDER_LIST = '{"orders":[{"id":"ord-5521","items":3,"state":"packed"}]}'


def _public(book: Ledger) -> None:
    """A path whose authentication one address has lost, and one that is down; the other gateway has neither."""
    _public_path(book, "/api/v1/orders", Anonymous.DENIED)
    _public_path(book, "/api/v1/catalog", Anonymous.ALLOWED)


def _public_path(book: Ledger, path: str, anonymous: Anonymous) -> None:
    for gateway, (host, addresses) in GATEWAYS.items():
        for address in addresses:
            home = gateway == "edge-gw"
            claim = book.claim(
                "orders", Aspect.PUBLIC, path, gateway, address, None, anonymous=anonymous, declared=home
            )
            verdict, reason, status = Verdict.OPEN, Reason.NOT_SERVED, 404
            if home and anonymous is Anonymous.ALLOWED:
                verdict, reason, status = Verdict.OUTAGE, Reason.SERVER_ERROR, 503
            elif home and address == EDGE[0]:
                verdict, reason, status = Verdict.OPEN, Reason.DENIES_AND_SERVES, 401
            elif home:
                verdict, reason, status = Verdict.UNAUTHENTICATED, Reason.SAME_AS_AUTHENTICATED, 200
            question = HttpQuestion("https", host, 443, path, address=address)
            body = {200: ORDER_LIST, 401: '{"detail":"sign in"}'}.get(status, NOT_FOUND)
            asked = book.probe(
                Role.TARGET,
                "eu-w1",
                claim.key,
                question,
                http(status, body, certificate=tls(host)),
                address=address,
            )
            with_token = None
            if home and anonymous is Anonymous.DENIED:
                with_token = book.probe(
                    Role.CREDENTIAL, "eu-w1", claim.key, replace(question, credential=f"orders|{path}"),
                    http(200, ORDER_LIST, certificate=tls(host)), address=address,
                )  # fmt: skip
            book.judge(
                claim, verdict, reason, "eu-w1", asked, with_token, ratio=None if verdict in GOOD else (3, 3)
            )
            if verdict is Verdict.UNAUTHENTICATED:
                book.finding(
                    claim, verdict, reason, (Vector.PUB_AUTH,), "team-checkout", Severity.CRITICAL,
                    timedelta(minutes=40), "LK-9p1order",
                )  # fmt: skip
            elif verdict is Verdict.OUTAGE and address == EDGE[0]:
                book.finding(
                    claim, verdict, reason, (Vector.PUB_DOWN,), "team-checkout", Severity.MEDIUM,
                    timedelta(hours=2), "LK-9p2catal",
                )  # fmt: skip


def history() -> History:
    """48 audits of each finding, and 60 points with a gap."""
    strips: dict[str, tuple[tuple[int, Verdict | None], ...]] = {
        "LK-4k2p9x7c": tuple((1795 + n, Verdict.EXPOSED if n == 47 else Verdict.CLOSED) for n in range(48)),
        "LK-5w1grafa": tuple((1795 + n, None if n == 20 else Verdict.EXPOSED) for n in range(48)),
        "LK-7h2srch1": tuple((1795 + n, Verdict.SUSPECTED if n > 8 else Verdict.CLOSED) for n in range(48)),
        "LK-6o4order": tuple(
            (1795 + n, Verdict.UNPROVEN if n in (30, 31) else Verdict.GUARDED) for n in range(48)
        ),
        "LK-1t9token": tuple((1795 + n, Verdict.ROUTED) for n in range(48)),
        "LK-8d0q3n1z": tuple((1795 + n, Verdict.RESOLVES if n > 44 else Verdict.CLOSED) for n in range(48)),
        "LK-3e9dnsgr": tuple((1795 + n, Verdict.RESOLVES) for n in range(48)),
        "LK-9p1order": tuple((1795 + n, Verdict.UNAUTHENTICATED if n > 44 else Verdict.OPEN) for n in range(48)),
        "LK-9p2catal": tuple((1795 + n, Verdict.OUTAGE if n > 40 else Verdict.OPEN) for n in range(48)),
        "LK-2m8ports": tuple((1795 + n, Verdict.CLOSED if n == 47 else Verdict.EXPOSED) for n in range(48)),
    }
    points = [
        OpenPoint(
            END - timedelta(hours=12 * (60 - n)),
            None if n in (28, 29) else (1 if n < 20 else 0 if n < 40 else 2) + (n == 59),
            None if n in (28, 29) else 2 if 10 < n < 30 else 4 if n > 50 else 1,
        )
        for n in range(60)
    ]
    return History(strips, tuple(points))


BOTH_SIGHTED = (
    VantageState("eu-w1", Side.OUTSIDE, True, None, "192.0.2.14"),
    VantageState("vpc", Side.INSIDE, True, None, "10.42.0.5"),
)


def clean(*, inconclusive: int = 0, targets: int = 12, per_service: int = 4) -> AuditRecord:
    """Nothing open: `targets` paths, of which `inconclusive` could not be proven."""
    return large(targets, bad=0, inconclusive=inconclusive, per_service=per_service)


def large(
    targets: int, *, bad: int, inconclusive: int = 0, per_service: int = 20, body: str = BODY
) -> AuditRecord:
    """`targets` paths at one gateway with one address: the first `bad` are exposed."""
    book = Ledger()
    book.probe(
        Role.ENTRANCE, "eu-w1", "gw|edge-gw|203.0.113.20",
        HttpQuestion("https", "pay.example.com", 443, "/health", address=EDGE[0]), http(200, "ok"), expect=200,
    )  # fmt: skip
    exposed, closed, inside = http(200, body), http(404, NOT_FOUND), http(200, body, server="uvicorn")
    for number in range(targets):
        service, path = f"service-{number // per_service:04d}", f"/internal/v1/thing-{number:05d}"
        group = f"truth|{service}|path|{path}"
        truth = book.probe(
            Role.TRUTH, "vpc", group, HttpQuestion("http", f"{service}.int.example.com", 8080, path), inside
        )
        claim = book.claim(service, Aspect.PATH, path, "edge-gw", EDGE[0], group)
        leaking = number < bad
        target = book.probe(
            Role.TARGET, "eu-w1", claim.key, HttpQuestion("https", "pay.example.com", 443, path, address=EDGE[0]),
            exposed if leaking else closed,
        )  # fmt: skip
        if leaking:
            book.judge(claim, Verdict.EXPOSED, Reason.SAME_AS_INSIDE, "eu-w1", target, truth, ratio=(3, 3))
            book.finding(
                claim, Verdict.EXPOSED, Reason.SAME_AS_INSIDE, (Vector.GW_PATH,), f"team-{number % 40}",
                Severity.HIGH, timedelta(minutes=20 + number), f"LK-{number:08d}",
            )  # fmt: skip
        elif number < bad + inconclusive:
            book.judge(claim, Verdict.UNPROVEN, Reason.ORIGIN_UNKNOWN, "eu-w1", target, truth)
        else:
            book.judge(claim, Verdict.CLOSED, Reason.GATEWAY_404, "eu-w1", target, truth)
    return book.record(BOTH_SIGHTED)
