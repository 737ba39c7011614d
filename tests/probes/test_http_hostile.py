"""Servers that mean ill, or are broken: each ends in bounded time and memory, with a clear outcome."""

import asyncio
import gzip
import tracemalloc
import zlib
from time import monotonic

import pytest
from wire_servers import answering, asking, looking, reset, response, serving

from auditor.config import Limits
from auditor.model import HttpAnswer, Observation, Outcome, Phase
from auditor.model.codec import dump, load
from auditor.probes import look
from auditor.probes.reading import HEADERS_KEPT
from auditor.probes.redact import EXCERPT_BYTES

SHORT = Limits(connect_seconds=0.3, probe_seconds=0.4, body_bytes=65_536)
OK = b"HTTP/1.1 200 OK\r\n"


async def seen_of(answer: bytes, *, close: bool = False, limits: Limits = SHORT) -> Observation:
    started = monotonic()
    async with answering(answer, close=close) as server, looking(limits=limits) as eyes:
        seen = await look(asking(server.port), eyes)
    assert monotonic() - started < limits.probe_seconds + 1
    return seen


async def drip(*parts: bytes, every: float = 0.02) -> Observation:
    """What is seen of a server that sends these parts, then the last one for ever, a pause before each."""

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for part in parts:
            writer.write(part)
        while True:
            writer.write(parts[-1])
            await writer.drain()
            await asyncio.sleep(every)

    started = monotonic()
    async with serving(handler) as server, looking(limits=SHORT) as eyes:
        seen = await look(asking(server.port), eyes)
    assert monotonic() - started < SHORT.probe_seconds + 1
    return seen


# --- slow


async def test_silence_after_the_request() -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with serving(handler) as server, looking(limits=SHORT) as eyes:
        seen = await look(asking(server.port), eyes)
    assert (seen.outcome, seen.phase, seen.detail) == (Outcome.TIMED_OUT, Phase.REQUEST, "no time left")
    assert [phase for phase, _ in seen.timings] == ["connect", "request"]
    assert 0.4 <= seen.elapsed_seconds < 1.0


async def test_a_head_that_drips() -> None:
    seen = await drip(OK, b"X")
    assert (seen.outcome, seen.phase) == (Outcome.TIMED_OUT, Phase.RESPONSE)


async def test_a_body_that_drips() -> None:
    seen = await drip(OK + b"Content-Length: 1000000\r\n\r\n", b"x")
    assert (seen.outcome, seen.phase) == (Outcome.TIMED_OUT, Phase.BODY)
    assert seen.detail.startswith("no time left; status 200, ")
    assert seen.answer is None


async def test_endless_interim_responses() -> None:
    seen = await drip(b"HTTP/1.1 100 Continue\r\n\r\n" * 20, every=0.001)
    assert (seen.outcome, seen.phase) in {
        (Outcome.TIMED_OUT, Phase.RESPONSE),
        (Outcome.PROTOCOL_ERROR, Phase.RESPONSE),
    }


async def test_a_connection_that_is_never_accepted() -> None:
    # A listener whose backlog is full drops what comes: silence at the door.
    import socket

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        held = [socket.socket() for _ in range(4)]
        for sock in held:
            sock.setblocking(False)
            sock.connect_ex(listener.getsockname())
        async with looking(limits=SHORT) as eyes:
            seen = await look(asking(listener.getsockname()[1]), eyes)
        for sock in held:
            sock.close()
    assert (seen.outcome, seen.phase) == (Outcome.TIMED_OUT, Phase.CONNECT)
    assert 0.3 <= seen.elapsed_seconds < 1.0


# --- large


async def endless(head: bytes, part: bytes) -> tuple[Observation, int]:
    """What is seen of a gigabyte, and how many bytes of it went out."""
    sent = 0

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await reader.readuntil(b"\r\n\r\n")
        writer.write(head)
        while sent < 1 << 30:
            writer.write(part)
            sent += len(part)
            await writer.drain()

    async with serving(handler) as server, looking() as eyes:
        tracemalloc.start()
        seen = await look(asking(server.port), eyes)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 16 << 20
    return seen, sent


@pytest.mark.parametrize(
    ("head", "part"),
    [
        (OK + b"Content-Length: 1073741824\r\n\r\n", b"x" * 65_536),
        (OK + b"\r\n", b"x" * 65_536),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b"x" * 65_536 + b"\r\n"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n" * 10_000),
    ],
    ids=["length", "no length", "chunks", "tiny chunks"],
)
async def test_an_endless_body_is_cut(head: bytes, part: bytes) -> None:
    seen, sent = await endless(head, part)
    assert seen.outcome is Outcome.ANSWERED
    assert isinstance(seen.answer, HttpAnswer)
    assert seen.answer.truncated
    assert seen.answer.body_size == 65_536
    assert len(seen.answer.excerpt.encode()) <= EXCERPT_BYTES
    assert sent < 32 << 20


@pytest.mark.parametrize(
    ("head", "part"),
    [
        (OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-T: ", b"t" * 65_536),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n5;", b"e" * 65_536),
    ],
    ids=["a trailer", "a chunk extension"],
)
async def test_endless_framing_is_cut(head: bytes, part: bytes) -> None:
    seen, sent = await endless(head, part)
    assert isinstance(seen.answer, HttpAnswer)
    assert (seen.answer.truncated, seen.answer.excerpt) == (True, "hello")
    assert sent < 32 << 20


@pytest.mark.parametrize(
    "head", [OK + b"X-A: ", OK, b"", b"HTTP/1.1 200 "], ids=["value", "name", "junk", "reason"]
)
async def test_an_endless_head_is_no_answer(head: bytes) -> None:
    seen, sent = await endless(head, b"x" * 65_536)
    assert (seen.outcome, seen.phase) == (Outcome.PROTOCOL_ERROR, Phase.RESPONSE)
    assert sent < 32 << 20


async def test_one_header_of_a_megabyte() -> None:
    seen = await seen_of(OK + b"X-A: " + b"x" * (1 << 20) + b"\r\n\r\n")
    assert (seen.outcome, seen.phase) == (Outcome.PROTOCOL_ERROR, Phase.RESPONSE)
    assert "a head of more than" in seen.detail
    assert "status 200" in seen.detail


async def test_ten_thousand_headers() -> None:
    head = b"".join(b"X-%d: %d\r\n" % (n, n) for n in range(10_000))
    seen = await seen_of(OK + head + b"Content-Length: 5\r\n\r\nhello")
    assert isinstance(seen.answer, HttpAnswer)
    assert seen.answer.truncated
    assert len(seen.answer.headers) == HEADERS_KEPT
    assert seen.answer.excerpt == "hello"


async def test_a_long_header_is_cut_where_it_is_kept() -> None:
    seen = await seen_of(response(headers=("X-A: " + "x" * 60_000, "X-B: " + "y" * 60_000)))
    assert isinstance(seen.answer, HttpAnswer)
    assert seen.answer.truncated
    assert [name for name, _ in seen.answer.headers] == ["Content-Length", "X-A"]
    assert len(seen.answer.headers[1][1]) == 2048


def _gzip_bomb() -> bytes:
    return gzip.compress(bytes(64 << 20))


def _deflate_bomb() -> bytes:
    return zlib.compress(bytes(64 << 20))


@pytest.mark.parametrize(("coding", "bomb"), [("gzip", _gzip_bomb()), ("deflate", _deflate_bomb())])
async def test_a_bomb_is_cut_off(coding: str, bomb: bytes) -> None:
    limits = Limits(connect_seconds=1, probe_seconds=2, body_bytes=131_072)
    assert len(bomb) < limits.body_bytes
    answer = response(bomb, headers=(f"Content-Encoding: {coding}",))
    async with answering(answer) as server, looking(limits=limits) as eyes:
        tracemalloc.start()
        seen = await look(asking(server.port), eyes)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert isinstance(seen.answer, HttpAnswer)
    assert seen.answer.truncated
    assert seen.answer.body_size == len(bomb)
    assert peak < 8 << 20


# --- broken


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 20 OK\r\n\r\n",
        b"HTTP/1.1 2000 OK\r\n\r\n",
        b"HTTP/9 200 OK\r\n\r\n",
        b"ICY 200 OK\r\n\r\n",
        b"<html>no head at all</html>",
        b"\x15\x03\x01\x00\x02\x02\x46",
        OK + b"Content-Length: x\r\n\r\n",
        OK + b"Content-Length: -5\r\n\r\n",
        OK + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        OK + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        OK + b"Bad Header: x\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhelloworld\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffffff\r\n",
    ],
    ids=repr,
)
async def test_what_is_not_http_is_a_protocol_error(answer: bytes) -> None:
    seen = await seen_of(answer)
    assert seen.outcome is Outcome.PROTOCOL_ERROR
    assert seen.phase in (Phase.RESPONSE, Phase.BODY)
    assert seen.answer is None
    assert seen.detail.isprintable()


async def test_the_detail_tells_what_came_instead() -> None:
    assert "SSH-2.0-OpenSSH_9.6" in (await seen_of(b"SSH-2.0-OpenSSH_9.6\r\n")).detail


@pytest.mark.parametrize(
    ("answer", "phase", "detail"),
    [
        (b"H", Phase.RESPONSE, "the peer hung up"),
        (OK + b"X-A: 1\r\n", Phase.RESPONSE, "the peer hung up"),
        (b"HTTP/1.1 100 Continue\r\n\r\n", Phase.RESPONSE, "the peer hung up"),
        (OK + b"Content-Length: 10\r\n\r\nhello", Phase.BODY, "the peer hung up; status 200, 5 body bytes"),
        (
            OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
            Phase.BODY,
            "the peer hung up; status 200, 5 body bytes",
        ),
    ],
)
async def test_an_early_close(answer: bytes, phase: Phase, detail: str) -> None:
    seen = await seen_of(answer, close=True)
    assert (seen.outcome, seen.phase, seen.detail) == (Outcome.CLOSED_EARLY, phase, detail)


async def test_a_close_without_a_word() -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")

    async with serving(handler) as server, looking() as eyes:
        seen = await look(asking(server.port), eyes)
    assert (seen.outcome, seen.phase) == (Outcome.CLOSED_EARLY, Phase.REQUEST)


@pytest.mark.parametrize(
    ("before", "phase"),
    [(b"", Phase.REQUEST), (b"HTTP/1.1 2", Phase.RESPONSE), (OK + b"Content-Length: 9\r\n\r\nx", Phase.BODY)],
)
async def test_a_reset(before: bytes, phase: Phase) -> None:
    heard = asyncio.Event()

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        if before:
            writer.write(before)
            await writer.drain()
            await asyncio.sleep(0.05)  # a reset overtakes what the other side has not read yet
        await reset(writer)
        heard.set()

    async with serving(handler) as server, looking() as eyes:
        seen = await look(asking(server.port), eyes)
    assert (seen.outcome, seen.phase) == (Outcome.RESET, phase)
    assert "ECONNRESET" in seen.detail


# --- malicious text


async def test_nothing_in_an_answer_can_act_on_whoever_reads_it() -> None:
    evil = "</script><img src=x onerror=alert(1)>\x1b[2J\x1b]0;x\x07\u202egpj.exe\u200b\u2066"
    as_bytes = evil.encode()
    raw = (
        b"HTTP/1.1 200 "
        + as_bytes
        + b"\r\nContent-Length: %d\r\n" % len(as_bytes)
        + b"Server: "
        + as_bytes
        + b"\r\nLocation: "
        + as_bytes
        + b"\r\nX-A: \x80\xff\r\n\r\n"
        + as_bytes
    )
    seen = await seen_of(raw)
    assert isinstance(seen.answer, HttpAnswer)
    answer = seen.answer
    shown = [
        answer.reason,
        answer.excerpt,
        answer.location or "",
        *(text for pair in answer.headers for text in pair),
    ]
    assert all(text.isprintable() for text in shown), shown
    assert "\\x1b[2J" in answer.excerpt
    assert "\\u202egpj.exe\\u200b\\u2066" in answer.excerpt
    assert "</script>" in answer.excerpt  # kept as text: who shows it has to escape it
    assert dict(answer.headers)["X-A"] == "\\x80ÿ"
    assert load(Observation, dump(Observation, seen)) == seen


async def test_a_body_that_is_no_text() -> None:
    body = bytes(range(256)) * 16
    seen = await seen_of(response(body))
    assert isinstance(seen.answer, HttpAnswer)
    assert len(seen.answer.excerpt.encode()) <= EXCERPT_BYTES
    assert seen.answer.excerpt.replace("\n", "").replace("\t", "").isprintable()
    assert load(Observation, dump(Observation, seen)) == seen


async def test_secrets_do_not_reach_the_observation() -> None:
    body = b'{"aws": "AKIAIOSFODNN7EXAMPLE", "db": "postgres://app:s3cr3t@db/x", "password": "hunter2hunter2"}'
    headers = ("Set-Cookie: sid=0123456789; Path=/; HttpOnly", "Authorization: Bearer abc.def", "X-Api-Key: k1")
    seen = await seen_of(response(body, headers=headers))
    assert isinstance(seen.answer, HttpAnswer)
    stored = dump(Observation, seen).decode()
    for secret in ("AKIAIOSFODNN7EXAMPLE", "s3cr3t", "hunter2hunter2", "0123456789", "abc.def", "k1"):
        assert secret not in stored
    assert seen.answer.redactions == ("authorization", "aws_key", "cookie", "dsn", "secret", "token")
    assert ("Set-Cookie", "sid=[redacted: cookie]; Path=/; HttpOnly") in seen.answer.headers


async def test_many_hostile_answers_at_once_leave_nothing_behind() -> None:
    answers = (
        OK + b"Content-Length: 9\r\n\r\nx",
        b"junk\r\n\r\n",
        response(b"x" * 100_000),
        OK + b"X: " + b"x" * 400_000,
    )
    async with answering(*answers * 15) as server, looking() as eyes:
        seen = await asyncio.gather(*(look(asking(server.port), eyes) for _ in range(60)))
        live = eyes.transport.live
    outcomes = {one.outcome for one in seen}
    assert outcomes == {Outcome.TIMED_OUT, Outcome.PROTOCOL_ERROR, Outcome.ANSWERED}
    assert live == 0
