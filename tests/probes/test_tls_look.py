"""TLS, by kind `tls` and below `http`: recorded whatever it is, verified apart, alerts by number."""

import asyncio
import atexit
import shutil
import ssl
import tempfile
from functools import cache
from pathlib import Path

import pytest
from wire_servers import LIMITS, Authority, answering, asking, blocking_tls, looking, probe, response, serving

from auditor.model import HttpAnswer, Observation, Outcome, Phase, TlsAnswer, TlsQuestion
from auditor.model.codec import dump, load
from auditor.probes import look
from auditor.probes.certificate import covers, read_certificate
from auditor.probes.tls_alerts import alert_of


@cache
def authority() -> Authority:
    directory = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, directory)
    return Authority.new(Path(directory))


async def nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def handshake(
    context: ssl.SSLContext, *, host: str = "127.0.0.1", sni: str | None = None, ca_file: str | None = None
) -> Observation:
    async with blocking_tls(context) as server, looking(ca_file=ca_file) as eyes:
        return await look(probe(TlsQuestion(host, server.port, address="127.0.0.1", sni=sni)), eyes)


def tls_of(seen: Observation) -> TlsAnswer:
    answer = seen.answer.tls if isinstance(seen.answer, HttpAnswer) else seen.answer
    assert isinstance(answer, TlsAnswer), seen
    return answer


async def test_a_handshake_is_recorded_and_not_verified() -> None:
    context = authority().server("api.test", "*.api.test", "127.0.0.1", subject="api")
    seen = await handshake(context, host="api.test", sni="api.test")
    assert (seen.outcome, seen.phase, seen.address) == (Outcome.ANSWERED, None, "127.0.0.1")
    tls = tls_of(seen)
    assert (tls.version, tls.sni, tls.verified) == ("TLSv1.3", "api.test", False)
    assert tls.verify_error is not None
    assert "unable to get local issuer certificate" in tls.verify_error
    assert (tls.subject, tls.issuer) == ("CN=api", "CN=test authority")
    assert tls.names == ("api.test", "*.api.test", "127.0.0.1")
    assert tls.not_before is not None
    assert tls.not_after is not None
    assert (tls.not_after - tls.not_before).days == 8
    assert len(tls.sha256) == 64
    assert [phase for phase, _ in seen.timings] == ["connect", "tls"]
    assert load(Observation, dump(Observation, seen)) == seen


@pytest.mark.parametrize(
    ("names", "host", "sni", "error"),
    [
        (("api.test",), "api.test", "api.test", None),
        (("*.corp.test",), "api.corp.test", "api.corp.test", None),
        (("other.test",), "api.test", "api.test", "Hostname mismatch, certificate is not valid for 'api.test'."),
        (("api.test",), "other.test", "api.test", None),
        (("127.0.0.1",), "127.0.0.1", None, None),
        (("api.test",), "127.0.0.1", None, "IP address mismatch, certificate is not valid for '127.0.0.1'."),
        (("api.test",), "api.test", None, None),
        (("other.test",), "api.test", None, "not valid for 'api.test'"),
    ],
)
async def test_verification_is_for_the_sni_or_else_the_host(
    names: tuple[str, ...], host: str, sni: str | None, error: str | None
) -> None:
    seen = await handshake(authority().server(*names), host=host, sni=sni, ca_file=authority().file)
    assert (tls_of(seen).verified, tls_of(seen).verify_error) == (error is None, error)


async def test_the_chosen_sni_is_what_is_sent() -> None:
    sent: list[str | None] = []
    context = authority().server("api.test")
    context.sni_callback = lambda _socket, name, _context: sent.append(name)
    for sni in ("api.test", "UPPER.test", "trailing.test.", None):
        await handshake(context, host="127.0.0.1", sni=sni)
    assert sent[::2] == ["api.test", "UPPER.test", "trailing.test.", None]


@pytest.mark.parametrize("sni", [".leading.test", "a" * 64 + ".test", "a..b", "x" * 300, "nul\0.test"])
async def test_an_sni_that_cannot_be_sent_is_our_own_fault(sni: str) -> None:
    seen = await handshake(authority().server("api.test"), sni=sni)
    assert (seen.outcome, seen.phase) == (Outcome.PROBER_ERROR, Phase.TLS)
    assert "the SNI cannot be sent" in seen.detail


async def test_an_alert_is_kept_by_number() -> None:
    context = authority().server("api.test")
    context.sni_callback = lambda *_: ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
    seen = await handshake(context, sni="internal.test")
    assert (seen.outcome, seen.phase) == (Outcome.TLS_ALERT, Phase.TLS)
    assert seen.detail == "alert 112 unrecognized_name"


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_a_client_certificate_that_is_required(version: ssl.TLSVersion) -> None:
    context = authority().server("api.test", require_client=True)
    context.maximum_version = context.minimum_version = version
    seen = await handshake(context, sni="api.test")
    assert (seen.outcome, seen.phase) == (Outcome.TLS_ALERT, Phase.TLS)
    late = version is ssl.TLSVersion.TLSv1_3
    assert seen.detail == ("alert 116 certificate_required" if late else "alert 40 handshake_failure")


async def test_a_client_certificate_that_is_required_below_http() -> None:
    context = authority().server("api.test", require_client=True)
    async with blocking_tls(context) as server, looking() as eyes:
        seen = await look(asking(server.port, scheme="https"), eyes)
    assert (seen.outcome, seen.phase) == (Outcome.TLS_ALERT, Phase.TLS)
    assert seen.detail == "alert 116 certificate_required"


async def test_tls_spoken_to_a_plain_port() -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()
        await reader.read()

    async with serving(handler) as server, looking() as eyes:
        for question in (TlsQuestion("127.0.0.1", server.port), asking(server.port, scheme="https").question):
            seen = await look(probe(question), eyes)
            assert (seen.outcome, seen.phase) == (Outcome.TLS_FAILED, Phase.TLS)
            assert "WRONG_VERSION_NUMBER" in seen.detail


async def test_a_close_in_the_handshake() -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(65_536)

    async with serving(handler) as server, looking() as eyes:
        seen = await look(probe(TlsQuestion("127.0.0.1", server.port)), eyes)
    assert (seen.outcome, seen.phase) == (Outcome.CLOSED_EARLY, Phase.TLS)


async def test_silence_in_the_handshake() -> None:
    async with (
        serving(nothing) as server,
        looking(limits=LIMITS.model_copy(update={"probe_seconds": 0.3})) as eyes,
    ):
        for question in (TlsQuestion("127.0.0.1", server.port), asking(server.port, scheme="https").question):
            seen = await look(probe(question), eyes)
            assert (seen.outcome, seen.phase) == (Outcome.TIMED_OUT, Phase.TLS)
            assert seen.elapsed_seconds < 1.0


# --- below http


async def test_https_is_recorded_and_verified_once_for_many_exchanges() -> None:
    handshakes: list[str | None] = []
    context = authority().server("api.test")
    context.sni_callback = lambda _socket, name, _context: handshakes.append(name)
    async with answering(response(), tls=context) as server, looking(ca_file=authority().file) as eyes:
        question = {"scheme": "https", "host": "api.test", "address": "127.0.0.1"}
        seen = await asyncio.gather(*(look(asking(server.port, **question), eyes) for _ in range(4)))
        seen += [await look(asking(server.port, **question), eyes) for _ in range(4)]
    assert all(tls_of(one).verified for one in seen)
    assert handshakes == ["api.test"] * 5  # four at once, and one that verifies
    assert tls_of(seen[0]).alpn is None  # the server has no list
    assert [phase for phase, _ in seen[0].timings] == ["connect", "tls", "request", "response", "body"]


async def test_https_with_an_unknown_authority_is_answered_all_the_same() -> None:
    async with answering(response(), tls=authority().server("api.test")) as server, looking() as eyes:
        seen = await look(asking(server.port, scheme="https", host="api.test", address="127.0.0.1"), eyes)
    assert seen.outcome is Outcome.ANSWERED
    assert not tls_of(seen).verified


async def test_sni_and_host_are_chosen_apart() -> None:
    sent: list[str | None] = []
    context = authority().server("www.test")
    context.sni_callback = lambda _socket, name, _context: sent.append(name)
    async with answering(response(), tls=context) as server, looking(ca_file=authority().file) as eyes:
        question = {"scheme": "https", "host": "127.0.0.1", "sni": "www.test", "host_header": "admin.corp"}
        seen = await look(asking(server.port, **question), eyes)
        again = await look(asking(server.port, **{**question, "sni": None}), eyes)
    assert b"\r\nHost: admin.corp\r\n" in server.requests[0]
    assert sent == ["www.test", "www.test", None, None]
    assert (tls_of(seen).sni, tls_of(seen).verified) == ("www.test", True)
    assert (tls_of(again).sni, tls_of(again).verified) == (None, False)


async def test_a_body_until_the_end_of_tls() -> None:
    context = authority().server("x")
    async with answering(b"HTTP/1.1 200 OK\r\n\r\nhello", close=True, tls=context) as server, looking() as eyes:
        seen = await look(asking(server.port, scheme="https"), eyes)
    assert isinstance(seen.answer, HttpAnswer)
    assert seen.answer.excerpt == "hello"


async def test_another_certificate_at_the_second_look_verifies_nothing() -> None:
    mine, other = authority().server("api.test"), authority().server("api.test")
    turns = [mine, other]
    front = authority().server("api.test")
    front.sni_callback = lambda sock, _name, _context: setattr(sock, "context", turns.pop(0) if turns else other)
    seen = await handshake(front, host="api.test", sni="api.test", ca_file=authority().file)
    assert not tls_of(seen).verified
    assert tls_of(seen).verify_error == "another certificate was shown at the second look"


async def test_a_server_that_is_gone_at_the_second_look_verifies_nothing() -> None:
    context = authority().server("api.test")
    names: list[str | None] = []

    def second_fails(_socket: object, name: str | None, _context: object) -> int | None:
        names.append(name)
        return ssl.ALERT_DESCRIPTION_INTERNAL_ERROR if len(names) > 1 else None

    context.sni_callback = second_fails
    answer = response(headers=("Connection: close",))
    async with blocking_tls(context, answer) as server, looking(ca_file=authority().file) as eyes:
        question = {"scheme": "https", "host": "api.test", "address": "127.0.0.1"}
        seen = await look(asking(server.port, **question), eyes)
    assert seen.outcome is Outcome.ANSWERED
    assert tls_of(seen).verify_error == "the second look failed: alert 80 internal_error"


# --- parts


def test_alerts_by_openssls_names() -> None:
    def named(reason: str) -> ssl.SSLError:
        error = ssl.SSLError(1, f"[SSL: {reason}] {reason.lower().replace('_', ' ')} (_ssl.c:1006)")
        error.reason = reason
        return error

    assert alert_of(named("TLSV13_ALERT_CERTIFICATE_REQUIRED")) == (116, "certificate_required")
    assert alert_of(named("SSLV3_ALERT_HANDSHAKE_FAILURE")) == (40, "handshake_failure")
    assert alert_of(named("TLSV1_UNRECOGNIZED_NAME")) == (112, "unrecognized_name")
    assert alert_of(named("WRONG_VERSION_NUMBER")) is None
    assert alert_of(named("UNSUPPORTED_PROTOCOL")) is None
    assert alert_of(ssl.SSLError(1, "unknown error")) is None


def test_bytes_that_are_no_certificate() -> None:
    assert read_certificate(b"not DER").subject == ""
    assert len(read_certificate(b"").sha256) == 64


@pytest.mark.parametrize(
    ("name", "host", "covered"),
    [
        ("api.test.example", "API.test.example.", True),
        ("*.test.example", "api.test.example", True),
        ("*.test.example", "a.b.test.example", False),
        ("*.test.example", "test.example", False),
        ("*.example", "api.example", False),
        ("*", "api", False),
        ("10.0.0.1", "10.0.0.1", True),
    ],
)
def test_names_that_cover_a_host(name: str, host: str, covered: bool) -> None:
    assert covers((name,), host) is covered
