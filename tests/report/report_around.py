"""An audit record with ways around a gateway: one leaks, one is shut, one was refused; two bad certificates."""

from dataclasses import replace
from datetime import timedelta

from report_records import BODY, BOTH_SIGHTED, END, NOT_FOUND, Ledger, http, tls

from auditor.model import (
    Aspect,
    AuditRecord,
    Claim,
    Confidence,
    HttpQuestion,
    Outcome,
    Reason,
    Role,
    Severity,
    Skip,
    SkipReason,
    Vector,
    Verdict,
)

HOST, AT, ORIGIN = "pay.example.com", "203.0.113.20", "2001:db8:44::7"
WHY = (
    f"{HOST} at 10.42.9.9 port 443: no CIDR of the vantage's allow-list covers this special-purpose or private "
    "address"
)
LISTENER, BEHIND, PRIVATE = "edge-gw around http:8080", "edge-gw origin", "edge-gw origin http:8080"


def gone_round() -> AuditRecord:
    book = Ledger()
    names = tls(HOST, verified=False)
    expired = replace(names, verify_error="certificate has expired", not_after=END - timedelta(days=19))
    wrong = replace(
        names, names=("*.internal.example.net", "localhost"),
        verify_error=f"Hostname mismatch, certificate is not valid for '{HOST}'.", sha256="b" * 64,
    )  # fmt: skip
    for role, entrance, address, shown in (
        (Role.ENTRANCE, "edge-gw", AT, expired),
        (Role.GATEWAY, BEHIND, ORIGIN, wrong),
    ):
        question = HttpQuestion("https", HOST, 443, "/health", address=address)
        book.probe(
            role, "eu-w1", f"gw|{entrance}|{address}", question,
            http(200, "ok", certificate=shown), expect=200 if role is Role.ENTRANCE else None, address=address,
        )  # fmt: skip
    for path in ("/internal/ledger/", "/internal/ledger/export", "/docs"):
        _target(book, path)
    return book.record(BOTH_SIGHTED)


def _target(book: Ledger, path: str) -> None:
    group = f"truth|ledger-admin|path|{path}"
    inside = HttpQuestion("http", "ledger.int.example.com", 8080, path)
    truth = book.probe(Role.TRUTH, "vpc", group, inside, http(200, BODY, server="uvicorn"), address="10.42.0.9")

    def claim(entrance: str, address: str) -> Claim:
        made = book.claim("ledger-admin", Aspect.PATH, path, entrance, address, group)
        around = None if entrance == "edge-gw" else "edge-gw"
        book.claims[-1] = replace(made, around=around, origin="origin" in entrance)
        return book.claims[-1]

    at_gateway = claim("edge-gw", AT)
    plain = HttpQuestion("https", HOST, 443, path, address=AT)
    seen = book.probe(Role.TARGET, "eu-w1", at_gateway.key, plain, http(404, NOT_FOUND), address=AT)
    book.judge(at_gateway, Verdict.CLOSED, Reason.GATEWAY_404, "eu-w1", seen, truth)

    around = claim(LISTENER, AT)
    leaks = path != "/docs"
    beside = HttpQuestion("http", HOST, 8080, path, host_header=HOST, address=AT)
    seen = book.probe(
        Role.TARGET, "eu-w1", around.key, beside, http(200, BODY) if leaks else http(404, NOT_FOUND), address=AT
    )
    if leaks:
        book.judge(around, Verdict.EXPOSED, Reason.SAME_AS_INSIDE, "eu-w1", seen, truth, ratio=(3, 3))
        book.finding(
            around, Verdict.EXPOSED, Reason.SAME_AS_INSIDE, (Vector.ORIGIN_DIRECT,), "team-ledger", Severity.HIGH,
            timedelta(minutes=len(path)), f"LK-{len(path):08d}",
        )  # fmt: skip
    else:
        book.judge(around, Verdict.CLOSED, Reason.GATEWAY_404, "eu-w1", seen, truth)

    origin = claim(BEHIND, ORIGIN)
    straight = HttpQuestion("https", HOST, 443, path, address=ORIGIN)
    seen = book.probe(
        Role.TARGET, "eu-w1", origin.key, straight, None, Outcome.REFUSED, address=ORIGIN,
        detail="ECONNREFUSED: Connection refused",
    )  # fmt: skip
    book.judge(origin, Verdict.CLOSED, Reason.PORT_REFUSED, "eu-w1", seen, truth, confidence=Confidence.MEDIUM)

    private = claim(PRIVATE, "10.42.9.9")
    asked = HttpQuestion("http", HOST, 8080, path, host_header=HOST, address="10.42.9.9")
    for role in (Role.TARGET, Role.SIBLING, Role.SIBLING):
        seen = book.probe(role, "eu-w1", private.key, asked, skip=SkipReason.OUT_OF_SCOPE)
        book.seen[-1] = Skip(seen, "eu-w1", SkipReason.OUT_OF_SCOPE, WHY)
    book.judge(private, Verdict.UNTESTED, Reason.OUT_OF_SCOPE, "eu-w1", seen, truth)
