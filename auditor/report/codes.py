"""What was observed, in at most six characters for a cell and in one sentence for a line.

Must never interpret: `404` is a fact, whether it is good is the verdict's business.
"""

from auditor.judge.addresses import special
from auditor.model import (
    DelegationAnswer,
    DnsAnswer,
    HttpAnswer,
    InventoryAnswer,
    LogAnswer,
    Observation,
    Outcome,
    Reason,
    Skip,
    SkipReason,
    TcpAnswer,
    TlsAnswer,
    TransferAnswer,
    WalkAnswer,
)
from auditor.report.naming import answered, listed

#: The cell text of every outcome without an answer that says more.
OUTCOME_CODES: dict[Outcome, str] = {
    Outcome.ANSWERED: "ok",
    Outcome.NXDOMAIN: "NX",
    Outcome.NODATA: "nodata",
    Outcome.SERVFAIL: "SFAIL",
    Outcome.DNS_REFUSED: "REFUSE",
    Outcome.DNS_RCODE: "rcode",
    Outcome.DNS_TIMEOUT: "t/o",
    Outcome.DNS_INVALID: "bad",
    Outcome.REFUSED: "RST",
    Outcome.RESET: "reset",
    Outcome.UNREACHABLE: "unreac",
    Outcome.PROHIBITED: "prohib",
    Outcome.TIMED_OUT: "t/o",
    Outcome.TLS_ALERT: "alert",
    Outcome.TLS_FAILED: "tls",
    Outcome.PROTOCOL_ERROR: "proto",
    Outcome.CLOSED_EARLY: "eof",
    Outcome.PROXY_FAILED: "proxy",
    Outcome.PROBER_ERROR: "error",
    Outcome.UNREADABLE: "unread",
}

OUTCOME_WORDS: dict[Outcome, str] = {
    Outcome.ANSWERED: "answered",
    Outcome.NXDOMAIN: "NXDOMAIN: the name does not exist",
    Outcome.NODATA: "no data: the name exists without such a record",
    Outcome.SERVFAIL: "SERVFAIL",
    Outcome.DNS_REFUSED: "REFUSED by the server",
    Outcome.DNS_RCODE: "another DNS error",
    Outcome.DNS_TIMEOUT: "the DNS server did not answer in time",
    Outcome.DNS_INVALID: "the answer was not valid DNS",
    Outcome.REFUSED: "connection refused",
    Outcome.RESET: "connection reset",
    Outcome.UNREACHABLE: "unreachable",
    Outcome.PROHIBITED: "administratively prohibited",
    Outcome.TIMED_OUT: "no answer in time",
    Outcome.TLS_ALERT: "refused with a TLS alert",
    Outcome.TLS_FAILED: "TLS handshake failed",
    Outcome.PROTOCOL_ERROR: "answered something that is not the protocol",
    Outcome.CLOSED_EARLY: "closed before an answer",
    Outcome.PROXY_FAILED: "the proxy on the way failed",
    Outcome.PROBER_ERROR: "the prober itself failed",
    Outcome.UNREADABLE: "the file could not be read",
}

SKIP_WORDS: dict[SkipReason, str] = {
    SkipReason.OUT_OF_SCOPE: "outside what the vantage itself allows",
    SkipReason.DEADLINE: "the audit's time was up",
    SkipReason.INTERRUPTED: "the audit was interrupted",
    SkipReason.VANTAGE_BLIND: "the vantage could not see",
    SkipReason.NO_OBSERVATIONS: "the vantage handed nothing in",
    SkipReason.NO_CREDENTIAL: "its token was not at hand, or not to be sent there",
}

#: Reasons that speak of a control: without an observation the cell says so.
_CONTROL = frozenset({Reason.BLIND, Reason.OUTSIDE_CONTROL_FAILED, Reason.CONTROL_MISSING})


def is_private(data: str) -> bool:
    """Whether a record's data is an address that is not of the public internet, nor of documentation."""
    return bool(kind_of_private(data))


def kind_of_private(data: str) -> str:
    """What the IANA registries call such an address, `private use`; empty for any other data."""
    block = special(data)
    return "" if block is None or block.name.startswith("documentation") else block.name


def cell_code(seen: Observation | Skip | None, reason: Reason | None = None) -> str:
    """At most six characters: the status, the DNS outcome, the TCP outcome."""
    if isinstance(seen, Skip):
        return "ctl" if seen.reason is SkipReason.VANTAGE_BLIND else "skip"
    if seen is None:
        return "ctl" if reason in _CONTROL else "–"
    match seen.answer:
        case HttpAnswer(status=status) if seen.outcome is Outcome.ANSWERED:
            return str(status)[:6]
        case DnsAnswer(records=records) if seen.outcome is Outcome.ANSWERED:
            return _dns_code(tuple((record.rrtype, record.data) for record in records))
        case TcpAnswer() if seen.outcome is Outcome.ANSWERED:
            return "open"
        case TlsAnswer() if seen.outcome is Outcome.ANSWERED:
            return "tls"
        case LogAnswer() if seen.outcome is Outcome.ANSWERED:
            return "log"
        case DelegationAnswer(said=said) if seen.outcome is Outcome.ANSWERED:
            return _DELEGATION_CODES.get(said, "?")
        case TransferAnswer(started=True):
            return "xfr"
        case WalkAnswer(denial=denial) if seen.outcome is Outcome.ANSWERED:
            return _DENIAL_CODES.get(denial, "?")
        case InventoryAnswer(names=names) if seen.outcome is Outcome.ANSWERED:
            return str(len(names))[:6]
    return OUTCOME_CODES[seen.outcome]


_DELEGATION_CODES = {"delegated": "cut", "nxdomain": "NX", "nodata": "nodata", "answered": "data"}
_DENIAL_CODES = {"nsec": "NSEC", "nsec3": "NSEC3", "minimal": "min", "none": "none"}


def _dns_code(records: tuple[tuple[str, str], ...]) -> str:
    addresses = [(rrtype, data) for rrtype, data in records if rrtype in ("A", "AAAA")]
    if any(is_private(data) for _, data in addresses):
        return "priv"
    kinds = [rrtype for rrtype, _ in addresses or records]
    return kinds[0][:6] if kinds else "ok"


def answer_words(seen: Observation | Skip | None) -> str:
    """The same in a few words: `200 OK`, `A 10.42.7.19`, `connection refused`."""
    if seen is None:
        return "nothing on record"
    if isinstance(seen, Skip):
        return f"not observed: {SKIP_WORDS[seen.reason]}"
    match seen.answer:
        case HttpAnswer(status=status, reason=reason) if seen.outcome is Outcome.ANSWERED:
            return f"{status} {reason}".strip()
        case DnsAnswer(records=records) if seen.outcome is Outcome.ANSWERED and records:
            shown = [f"{record.rrtype} {record.data}" for record in records[:4]]
            return ", ".join(shown) + (f" and {len(records) - 4} more" if len(records) > 4 else "")
        case TcpAnswer() if seen.outcome is Outcome.ANSWERED:
            return "the connection opened"
        case LogAnswer(seen=lines, whole=whole) if seen.outcome is Outcome.ANSWERED:
            read = "read whole" if whole else "not read whole"
            return f"{read}, shows {len({probe for probe, _ in lines}):,} probes of this audit"
        case TransferAnswer(started=True):
            return answered(seen.answer)
        case DelegationAnswer() | WalkAnswer() | InventoryAnswer() if seen.outcome is Outcome.ANSWERED:
            return answered(seen.answer)
        case TransferAnswer(rcode=rcode) if seen.outcome in (Outcome.ANSWERED, Outcome.DNS_RCODE):
            return f"no transfer: {rcode}"
        case DnsAnswer(rcode=rcode) if seen.outcome is Outcome.DNS_RCODE:
            return rcode
        case TlsAnswer(names=names) if seen.outcome is Outcome.ANSWERED:
            return f"a certificate for {listed(names)}"
    return OUTCOME_WORDS[seen.outcome]
