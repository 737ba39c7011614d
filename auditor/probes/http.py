"""Kind `http`: one HTTP/1.1 request, exact to the byte, and what came back, bounded and redacted.

Must never follow a redirect, send a credential that the question does not name, or keep a secret it was shown.
"""

import hashlib
import re
from dataclasses import replace
from functools import lru_cache
from sys import intern

import httpx

from auditor import __version__
from auditor.model import HttpAnswer, HttpQuestion, Observation, Outcome, Phase, Probe, TlsAnswer
from auditor.probes import canary
from auditor.probes.credentials import RULE, Withheld
from auditor.probes.eyes import Eyes
from auditor.probes.outcomes import ExchangeFailed, Failure
from auditor.probes.outgoing import RequestRefused, octets
from auditor.probes.reach import Exchange, reach
from auditor.probes.reading import Reply
from auditor.probes.redact import excerpt, header_value, printable, redact_headers
from auditor.probes.wire import literal

KIND = "http"

_NO_BODY = httpx.ByteStream(b"")
_DEFAULT_PORT = {"http": 80, "https": 443}

#: Headers by which a cache says that the answer is its own.
_CACHE_SAYS = ("x-cache", "x-cache-status", "cf-cache-status", "x-proxy-cache", "x-vercel-cache", "cache-status")
_CACHE = frozenset({"age", *_CACHE_SAYS})

_AGE = re.compile(r"\s*0*[1-9][0-9]*\s*")


async def look(probe: Probe, eyes: Eyes) -> Observation:
    """ANSWERED with whatever response came whole; everything else by the phase in which it ended."""
    assert isinstance(probe.question, HttpQuestion)
    seen = await reach(probe, probe.question, eyes, _talk)
    # What a peer said in place of an answer may hold what it was sent, too.
    detail = eyes.credentials.scrub(seen.detail.encode()).decode()
    return seen if detail == seen.detail else replace(seen, detail=detail)


async def _talk(exchange: Exchange[HttpQuestion]) -> HttpAnswer:
    try:
        request = _request(exchange)
        response = await exchange.eyes.transport.handle_async_request(request)
    except (RequestRefused, Withheld) as error:
        raise ExchangeFailed(
            Failure(Outcome.PROBER_ERROR, Phase.REQUEST, printable(f"not sent: {error}"))
        ) from None
    tls: TlsAnswer | None = response.extensions["tls"]
    if tls is not None:
        peer = response.extensions["peer"]
        tls = await exchange.eyes.handshakes.verify(tls, peer, within=exchange.seconds_left())
    return _answer(exchange, response, tls)


# --- out


def _request(exchange: Exchange[HttpQuestion]) -> httpx.Request:
    question = exchange.question
    return httpx.Request(
        question.method,
        _url(question.scheme, exchange.address, question.port),
        headers=_headers(
            question, exchange.probe.id, exchange.eyes.credentials.header(question, exchange.address)
        ),
        stream=_NO_BODY,
        extensions={
            "target": octets(question.target),
            "version": question.version,
            "address": exchange.address,
            "sni": sni_of(question),
            "verify_as": sni_of(question) or question.host,
            "trace": exchange.trace,
            "seconds": exchange.seconds_left(),
        },
    )


def sni_of(question: HttpQuestion) -> str | None:
    """The SNI this question sends, if any."""
    if question.sni is not None:
        return question.sni or None
    return None if literal(question.host) else question.host


def _headers(
    question: HttpQuestion, probe_id: str, credential: tuple[str, str] | None
) -> list[tuple[bytes, bytes]]:
    """The question's own headers, its credential, and ours where it has none of that name."""
    own = {name.lower() for name, _ in question.headers}
    host = _host(question)
    # HTTP/1.0 knows no Host (RFC 1945): the first or default host of a listener answers.
    named = () if host == "" and question.version == "1.0" else (("Host", host),)
    ours = (
        *named,
        ("User-Agent", f"reachability-auditor/{__version__} (+{probe_id})"),
        (canary.HEADER, probe_id),
        ("Accept", "*/*"),
        # What the server would compress anyway is decoded; asking for it would only make answers differ by proxy.
        ("Accept-Encoding", "identity"),
        ("Cache-Control", "no-cache"),
    )
    fields = [field for field in ours if field[0] == "Host" or field[0].lower() not in own]
    fields += question.headers if credential is None else (*question.headers, credential)
    return [(octets(name), octets(value)) for name, value in fields]


def _host(question: HttpQuestion) -> str:
    if question.host_header is not None:
        return question.host_header
    host = f"[{question.host}]" if ":" in question.host else question.host
    return host if question.port == _DEFAULT_PORT[question.scheme] else f"{host}:{question.port}"


@lru_cache(maxsize=4096)
def _url(scheme: str, address: str, port: int) -> httpx.URL:
    return httpx.URL(f"{scheme}://{f'[{address}]' if ':' in address else address}:{port}/")


# --- in


def _answer(exchange: Exchange[HttpQuestion], response: httpx.Response, tls: TlsAnswer | None) -> HttpAnswer:
    from auditor.judge.fingerprint import fingerprint  # it brings tables that only an answer needs

    question = exchange.question
    reply: Reply = response.extensions["reply"]
    scrub, received = exchange.eyes.credentials.scrub, response.extensions["body"]
    # Before anything else is made of it: no hash, no cut and no mark is ever taken of a token.
    body: bytes = scrub(received)
    fields = [(scrub(name), scrub(value)) for name, value in reply.headers]
    scrubbed = body != received or fields != reply.headers
    digest = hashlib.sha256(body).hexdigest()
    mark = None if question.canary is None else _canary(exchange, question.canary, body)
    body, hidden = (body, False) if question.canary is None else canary.without(body)
    headers = tuple([(name.decode("latin-1"), value.decode("latin-1")) for name, value in fields])
    shown_headers, found = redact_headers(headers)
    if scrubbed:
        found.add(RULE)
    shown_body, in_body = excerpt(body)
    compared = fingerprint(question=question, status=reply.status, headers=headers, body=body)
    if mark is not None:
        compared = replace(compared, marks=tuple(sorted({*compared.marks, mark})))
    lower = [name.lower() for name, _ in headers]
    location = headers[lower.index("location")][1] if "location" in lower else None
    return HttpAnswer(
        status=reply.status,
        # Interned: one string for all answers that have it, for an audit keeps tens of thousands of them.
        reason=intern(printable(scrub(reply.reason).decode("latin-1"))),
        version=intern(f"HTTP/{reply.version}"),
        headers=shown_headers,
        body_size=len(reply.body),
        body_sha256=intern(digest),
        truncated=response.extensions["truncated"],
        excerpt=shown_body,
        redactions=tuple(sorted(found | in_body | ({"canary"} if hidden else set()))),
        fingerprint=compared,
        location=None if location is None else header_value("location", location, found),
        cached=any(
            [
                _from_cache(name, value.lower())
                for name, (_, value) in zip(lower, headers, strict=True)
                if name in _CACHE
            ]
        ),
        tls=tls,
    )


def _canary(exchange: Exchange[HttpQuestion], service: str, body: bytes) -> str | None:
    """The mark of an answer to a canary's path: whether it is the answer to the request that was really sent."""
    question, canaries = exchange.question, exchange.eyes.canaries
    secret = canaries.secrets.get(service)
    if secret is None:
        exchange.trace.note = printable(f"its canary was not looked for: {canaries.why_missing(service)}")
        return canary.UNCHECKED
    own = next((value for name, value in question.headers if name.lower() == canary.HEADER.lower()), None)
    sent = exchange.probe.id if own is None else own
    return canary.ANSWERED if canary.holds(body, secret, sent) else None


def _from_cache(name: str, value: str) -> bool:
    if name == "age":
        return _AGE.fullmatch(value) is not None
    return name in _CACHE_SAYS and "hit" in value.replace(";", " ").replace(",", " ").split()
