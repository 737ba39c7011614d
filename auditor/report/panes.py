"""Outside and inside, side by side: the same six keys in the same order, equal values marked.

Must never decide sameness: it marks values that are literally equal, the verdict is the judge's.
"""

from dataclasses import dataclass
from datetime import datetime

from auditor.model import (
    DelegationAnswer,
    DelegationQuestion,
    DnsAnswer,
    DnsQuestion,
    HttpAnswer,
    HttpQuestion,
    InventoryAnswer,
    InventoryQuestion,
    LogQuestion,
    Observation,
    Probe,
    Question,
    TcpQuestion,
    TlsAnswer,
    TlsQuestion,
    TransferAnswer,
    TransferQuestion,
    WalkAnswer,
    WalkQuestion,
)
from auditor.report import naming
from auditor.report.codes import answer_words
from auditor.report.text import clip, number, plural, short_hash

_EXCERPT = 1100
_RECORDS = 3000  # characters of an answer of the DNS: every section of it counts


@dataclass(frozen=True, slots=True)
class Pair:
    key: str
    value: str
    equal: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Pane:
    """One side. `empty` says why there is nothing to show."""

    vantage: str
    at: datetime | None
    pairs: tuple[Pair, ...]
    capture: str | None
    empty: str | None


Side = tuple[Probe, Observation]


def panes(outside: Side | None, inside: Side | None, *, bodies: bool, missing: str) -> tuple[Pane, Pane]:
    """Both panes. `bodies`: whether captured responses are kept (they are the first to go when a page grows).

    `missing` is what stands in place of the second where there is none.
    """
    kind = (outside or inside or (None, None))[0]
    keys = _KEYS[kind.question.kind] if kind else ()
    # What is compared has the same keys; a control of another kind has its own.
    beside = _KEYS[inside[0].question.kind] if inside else keys
    left = _values(outside) if outside else {}
    right = _values(inside) if inside else {}
    return (
        _pane(outside, keys, left, right, bodies, "No answer from outside is on record in this audit."),
        _pane(inside, beside, right, left if beside == keys else {}, bodies, missing),
    )


def _pane(
    side: Side | None,
    keys: tuple[str, ...],
    own: dict[str, tuple[str, str]],
    other: dict[str, tuple[str, str]],
    bodies: bool,
    empty: str,
) -> Pane:
    if side is None:
        return Pane("", None, (), None, empty)
    probe, observation = side
    pairs = []
    for key in keys:
        value, token = own.get(key, ("–", ""))
        facing, facing_token = other.get(key, ("", ""))
        equal = bool(token) and facing_token == token
        note = ("identical" if value == facing else "equal apart from what varies") if key == "Body" else ""
        pairs.append(Pair(key, value, equal, note if equal else ""))
    capture = _capture(observation) if bodies else None
    return Pane(probe.vantage, observation.started_at, tuple(pairs), capture, None)


#: What is shown of each kind; a value comes with a token, and equal tokens are marked.
_KEYS: dict[str, tuple[str, ...]] = {
    "http": ("Request", "Talked to", "Answer", "Content type", "Body", "TLS"),
    "dns": ("Question", "Asked", "Answer", "Records", "Flags", "Took"),
    "tcp": ("Connection", "Talked to", "Answer", "Left from", "Detail", "Took"),
    "tls": ("Handshake", "Talked to", "Certificate", "Names", "Valid to", "Took"),
    "log": ("Log", "Answer", "Detail", "Took"),
    "delegation": ("Zone", "From", "Answer", "Name servers", "Questions", "Took"),
    "transfer": ("Zone", "Asked", "Answer", "Records", "Names", "Took"),
    "walk": ("Zone", "Asked", "Answer", "Names", "Took"),
    "inventory": ("File", "Answer", "Names", "Took"),
}


def _values(side: Side) -> dict[str, tuple[str, str]]:
    probe, observation = side
    answer = observation.answer
    words = answer_words(observation)
    values: dict[str, tuple[str, str]] = {
        probe_key(probe.question): (request_words(probe.question), ""),
        "Talked to": (_talked_to(probe.question, observation), ""),
        "Answer": (words, words if observation.answer else ""),
        "Took": (f"{observation.elapsed_seconds * 1000:,.0f} ms", ""),
        "Left from": (observation.local_address or "–", ""),
        "Detail": (clip(observation.detail, 300) or "–", ""),
    }
    match answer:
        case HttpAnswer():
            values["Answer"] = (words, str(answer.status))
            values["Content type"] = _content_type(answer)
            values["Body"] = _body(answer)
            values["TLS"] = _tls(answer.tls)
        case DnsAnswer():
            records = tuple(f"{record.rrtype} {record.data}" for record in answer.records)
            values["Asked"] = (f"{clip(answer.server, 120)} over {clip(answer.transport, 20)}", "")
            values["Answer"] = (answer.rcode, answer.rcode)
            values["Records"] = (clip(", ".join(records[:12]), 600) or "none", " ".join(sorted(records)))
            errors = f"; EDE {clip(', '.join(answer.ede[:4]), 300)}" if answer.ede else ""
            values["Flags"] = ((" ".join(answer.flags) or "none") + errors, "")
        case TlsAnswer():
            values["Certificate"] = (clip(answer.subject, 200), answer.sha256)
            values["Valid to"] = (f"{answer.not_after:%Y-%m-%d}" if answer.not_after else "–", "")
            values["Names"] = (naming.listed(answer.names, 12), "")
        case DelegationAnswer():
            named = dict.fromkeys(server.name for server in answer.servers)
            values["Name servers"] = (naming.listed(tuple(named), 8), "")
            values["Questions"] = (number(answer.questions), "")
        case TransferAnswer():
            values["Records"] = (plural(answer.records, "record"), "")
            values["Names"] = (naming.listed(answer.names, 8), "")
        case WalkAnswer() | InventoryAnswer():
            values["Names"] = (naming.listed(answer.names, 8), "")
    return values | _asked(probe.question, values)


def _asked(question: Question, known: dict[str, tuple[str, str]]) -> dict[str, tuple[str, str]]:
    """Whom a question about names went to, where no answer says so better."""
    match question:
        case DnsQuestion() if "Asked" not in known:
            return {"Asked": (clip(question.resolver, 120), "")}
        case TransferQuestion():
            return {"Asked": (f"{clip(question.server, 120)} over TCP", "")}
        case WalkQuestion():
            return {"Asked": (clip(question.server, 120), "")}
        case DelegationQuestion():
            roots = ", ".join(question.roots) or "the public root"
            return {"From": (clip(roots, 200), "")}
    return {}


def _talked_to(question: Question, observation: Observation) -> str:
    """The address, and the port where the request does not show that it is not the usual one."""
    address = observation.address or "–"
    hidden = isinstance(question, HttpQuestion) and question.host_header and not _usual(question)
    return f"{address} port {question.port}" if hidden and isinstance(question, HttpQuestion) else address


def _usual(question: HttpQuestion) -> bool:
    return question.port == {"http": 80, "https": 443}[question.scheme]


def probe_key(question: Question) -> str:
    return _KEYS[question.kind][0]


def request_words(question: Question) -> str:
    """The question on one line, as it goes on the wire."""
    match question:
        case HttpQuestion():
            host = clip(question.host_header or question.host, 200) + _port(question)
            asked = f"{question.method} {question.scheme}://{host}{clip(question.target, 400)}"
            if question.credential is not None:
                asked += " with its token"
            if question.version == "1.1":
                return asked
            return f"{asked} in HTTP/1.0" + (" without a Host" if question.host_header == "" else "")
        case DnsQuestion():
            how = naming.manner(question)
            kind = f"CH {question.rrtype}" if question.chaos else question.rrtype
            return f"{clip(question.name, 300)} {kind}" + (f", {how}" if how else "")
        case DelegationQuestion():
            return clip(question.zone, 300)
        case TransferQuestion():
            return f"{clip(question.zone, 300)} {question.rrtype}"
        case WalkQuestion():
            return f"{clip(question.zone, 300)}, from {clip(question.nobody, 300)}"
        case InventoryQuestion():
            return clip(question.file, 400)
        case TcpQuestion():
            return f"{clip(question.host, 200)} port {question.port}"
        case TlsQuestion():
            name = clip(question.sni, 200) if question.sni else f"no name, at {clip(question.host, 200)}"
            return f"{name} port {question.port}"
        case LogQuestion():
            return clip(", ".join(log.file for log in question.logs), 400)


def _port(question: HttpQuestion) -> str:
    return "" if question.host_header or _usual(question) else f":{question.port}"


def _content_type(answer: HttpAnswer) -> tuple[str, str]:
    for name, value in answer.headers:
        if name.lower() == "content-type":
            return clip(value, 120), value.lower()
    return "none sent", ""


def _body(answer: HttpAnswer) -> tuple[str, str]:
    if not answer.body_size:
        return "empty", ""
    size = f"{number(answer.body_size)} bytes"
    return f"{size}, SHA-256 {short_hash(answer.body_sha256)}", answer.fingerprint.masked


def _tls(tls: TlsAnswer | None) -> tuple[str, str]:
    if tls is None:
        return "none", ""
    verified = "verified" if tls.verified else f"not verified: {clip(tls.verify_error or 'unknown reason', 120)}"
    until = f", valid to {tls.not_after:%Y-%m-%d}" if tls.not_after else ""
    return f"{tls.version}, {clip(tls.subject, 120)}{until}, {verified}", tls.sha256


def _capture(observation: Observation) -> str | None:
    """Status line, headers and the kept part of the body, as text."""
    answer = observation.answer
    if isinstance(answer, DnsAnswer | DelegationAnswer | TransferAnswer | WalkAnswer | InventoryAnswer):
        return clip(naming.capture(answer), _RECORDS)
    if isinstance(answer, TlsAnswer):
        names = "\n".join(clip(name, 255) for name in answer.names[:40])
        return clip(f"subject: {answer.subject}\nissuer: {answer.issuer}\n{names}", _EXCERPT)
    if not isinstance(answer, HttpAnswer):
        return None
    headers = [f"{clip(name, 80)}: {clip(value, 300)}" for name, value in answer.headers[:24]]
    head = clip("\n".join([f"{answer.version} {answer.status} {answer.reason}".strip(), *headers]), 2400)
    body = clip(answer.excerpt, _EXCERPT)
    kept = ""
    if answer.truncated or answer.body_size > len(answer.excerpt.encode("utf-8", "replace")):
        kept = f"\n… of {number(answer.body_size)} bytes"
    redacted = f"\n[redacted by: {', '.join(answer.redactions[:8])}]" if answer.redactions else ""
    return f"{head}\n\n{body}{kept}{redacted}"
