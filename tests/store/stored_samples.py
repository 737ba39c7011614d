"""Values of every kind there is to store, and whole audits made of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from auditor.findings import Owned, Settled, settle
from auditor.model import (
    DECISIVE,
    REASONS,
    Aspect,
    Audit,
    Claim,
    Confidence,
    DnsAnswer,
    DnsExpectation,
    DnsQuestion,
    DnsRecord,
    Fingerprint,
    HttpAnswer,
    HttpQuestion,
    Judgement,
    Observation,
    Outcome,
    Phase,
    Plan,
    Probe,
    Role,
    Seen,
    Severity,
    Side,
    Skip,
    SkipReason,
    TcpAnswer,
    TcpQuestion,
    TlsAnswer,
    TlsQuestion,
    VantageState,
    Verdict,
)
from auditor.store import Message, Store

NOON = datetime(2026, 3, 1, 12, 0, 0, 123457, tzinfo=UTC)
STEP = timedelta(minutes=15)
SIDES = (("internet", Side.OUTSIDE), ("vpc", Side.INSIDE))
SERVICES = {"config": Owned("team-platform", Severity.HIGH)}
SEEDS = (("internet", "5eed"), ("vpc", "0123"))


@dataclass(frozen=True)
class Judged:
    judgements: tuple[Judgement, ...]
    vantages: tuple[VantageState, ...]


def claim(target: str = "/internal", address: str | None = "203.0.113.10") -> Claim:
    key = f"config|path|{target}|public-api|{address or ''}"
    return Claim(key, "config", Aspect.PATH, target, "public-api", address, f"truth|config|path|{target}")


def judged(verdict: Verdict | str, target: str = "/internal", address: str | None = "203.0.113.10") -> Judgement:
    verdict = Verdict(verdict)
    sure = Confidence.HIGH if verdict in DECISIVE else None
    of = claim(target, address)
    probe = f"p|{of.key}"
    return Judgement(
        of, verdict, min(REASONS[verdict]), sure, "internet", observation=probe, controls=("sight-1",)
    )


def probe(of: Claim, place: int = 0, role: Role = Role.TARGET) -> Probe:
    question = HttpQuestion("https", "api.example.com", 443, of.target, address=of.address)
    name = f"p|{of.key}" if role is Role.TARGET else f"{role}-{place}|{of.key}"
    return Probe(name, "internet", role, of.key, f"lane-{of.key}", place, question, paced_by="public-api")


def seen(of: Probe, status: int = 404, shingles: int = 8) -> Observation:
    return Observation(
        probe=of.id,
        vantage=of.vantage,
        started_at=NOON,
        elapsed_seconds=0.1 + 0.2,
        outcome=Outcome.ANSWERED,
        address="203.0.113.10",
        timings=(("connect", 0.01), ("tls", 0.02)),
        answer=http_answer(status, shingles),
    )


def http_answer(status: int = 404, shingles: int = 8) -> HttpAnswer:
    fingerprint = Fingerprint(
        status=status,
        family="html",
        location=None,
        location_kind=None,
        masked="ab" * 32,
        size=1234,
        tokens=200,
        distinct=90,
        simhash=2**64 - 1,
        shingles=tuple(range(2**32 - shingles, 2**32)),
        skeleton=None,
        leaves=((1, 2), (2**32 - 1, 0)),
        headers="cd" * 32,
        header_names=("server", "content-type"),
        marks=("waf:none",),
    )
    return HttpAnswer(
        status=status,
        reason="Nicht gefunden \N{SNOWMAN}",
        version="HTTP/1.1",
        headers=(("Server", "nginx"), ("X", "a\x00b\ttab\u202e\U0001f512")),
        body_size=1234,
        body_sha256="ef" * 32,
        truncated=False,
        excerpt='<html>\r\n"quoted" \\ \x00 \x7f',
        redactions=("token",),
        fingerprint=fingerprint,
        tls=tls_answer(),
    )


def tls_answer() -> TlsAnswer:
    return TlsAnswer(
        version="TLSv1.3",
        cipher="TLS_AES_128_GCM_SHA256",
        sni="api.example.com",
        verified=False,
        verify_error="self-signed certificate",
        subject="CN=api",
        issuer="CN=ca",
        names=("api.example.com", "203.0.113.10"),
        not_before=NOON,
        not_after=None,
        sha256="01" * 32,
    )


def every_kind() -> tuple[Plan, tuple[Seen, ...]]:
    """A plan with every kind of question, and every kind of thing that can come of one."""
    name = replace(
        claim("config.internal.example.net", None), aspect=Aspect.NAME, expect=DnsExpectation.ABSENT, truth=None
    )
    dns = DnsQuestion("config.internal.example.net", "A", "tls://9.9.9.9")
    probes = (
        Probe("sight-1", "internet", Role.SIGHT, "internet", "sight|internet|before", 0, dns),
        probe(claim()),
        Probe("dns-1", "internet", Role.TARGET, name.key, "dns-lane", 1, dns, attempt=2),
        Probe("tcp-1", "vpc", Role.TRUTH, "truth|config|port|8080", "t", 0, TcpQuestion("10.0.0.9", 8080)),
        Probe("tls-1", "vpc", Role.UPSTREAM, "upstream|config", "t", 1, TlsQuestion("h", 443, sni=None)),
        Probe("late-1", "vpc", Role.TARGET, name.key, "dns-lane", 2, dns, follows="dns-1"),
    )
    record = DnsRecord("config.internal.example.net", "A", 60, "10.0.0.9")
    answer = DnsAnswer("NOERROR", ("QR", "RA"), "9.9.9.9:853", "tls", (record,), ede=("15 Blocked",))
    at = NOON + timedelta(microseconds=1)
    found: tuple[Seen, ...] = (
        Observation("sight-1", "internet", at, 0.0, Outcome.ANSWERED, answer=answer),
        seen(probes[1], shingles=512),
        Observation("dns-1", "internet", at, 1e-9, Outcome.NXDOMAIN, answer=replace(answer, rcode="NXDOMAIN")),
        Observation("tcp-1", "vpc", at, 5.0, Outcome.ANSWERED, answer=TcpAnswer()),
        Observation("tls-1", "vpc", at, 5.0, Outcome.RESET, Phase.TLS, "Connection reset by peer"),
        Skip("late-1", "vpc", SkipReason.DEADLINE, "out of time"),
    )
    return Plan(SIDES, (claim(), name), probes), found


def vantage_states() -> tuple[VantageState, ...]:
    return (
        VantageState("vpc", Side.INSIDE, True, None, "10.0.0.5"),
        VantageState("internet", Side.OUTSIDE, False, "a control did not answer", None, ("sight-1",)),
    )


def ended(audit: Audit, plan: Plan, found: Sequence[Seen], judgements: Sequence[Judgement], at: datetime) -> Audit:
    skipped = sum(isinstance(each, Skip) for each in found)
    return replace(
        audit,
        finished_at=at,
        complete=True,
        planned=len(plan.probes),
        observed=len(found) - skipped,
        skipped=skipped,
        claims=len(judgements),
        decisive=sum(each.verdict in DECISIVE for each in judgements),
    )


def message(number: int, destination: str = "wh_1", finding: str | None = None) -> Message:
    return Message(f"msg_{number:04}", destination, "finding.opened", finding, b'{"n":%d}' % number)


def one_audit(
    store: Store,
    judgements: Sequence[Judgement],
    *,
    at: datetime = NOON,
    messages: Sequence[Message] = (),
    complete: bool = True,
) -> tuple[Audit, Settled]:
    """A whole audit of one path probe a judgement, concluded."""
    audit = store.begin(at=at, config_sha256="c0ffee", seeds=SEEDS)
    claims = tuple(each.claim for each in judgements)
    probes = tuple(probe(each) for each in claims)
    sight = Probe("sight-1", "internet", Role.SIGHT, "internet", "s", 0, TcpQuestion("192.0.2.1", 443))
    plan = Plan(SIDES, claims, (sight, *probes))
    found: tuple[Seen, ...] = (
        Skip("sight-1", "internet", SkipReason.INTERRUPTED),
        *(seen(each) for each in probes),
    )
    store.plan(audit, plan)
    store.saw(audit, found)
    done = replace(ended(audit, plan, found, judgements, at + timedelta(minutes=1)), complete=complete)
    assert done.finished_at is not None
    settled = settle(judgements, store.findings(), services=SERVICES, at=done.finished_at)
    store.conclude(done, Judged(tuple(judgements), vantage_states()), settled, messages)
    return done, settled
