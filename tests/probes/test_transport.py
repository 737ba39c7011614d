"""What WireTransport puts on the wire, to the byte, and how it keeps connections."""

import asyncio

import httpx
import pytest
from wire_servers import answering, asking, looking, reset, response, serving, unused_port

from auditor.model import HttpAnswer, Outcome, Phase
from auditor.probes import look, pool
from auditor.probes.outcomes import ExchangeFailed
from auditor.probes.outgoing import RequestRefused
from auditor.probes.transport import STALE

TARGETS = (
    "/",
    "/a/../b",
    "/%2e%2e/x",
    "//x",
    "/x;y=1",
    "/%zz",
    "/a/./b/.",
    "/int%65rnal%2Fx%2fy",
    "/a\\b",
    "/x#f",
    "/x?q=a%20b&&c=%",
    "/\xa0",
    "/public/..;/internal",
    "http://other.example/internal",
    "*",
)


@pytest.mark.parametrize("target", TARGETS)
async def test_the_target_goes_out_to_the_byte(target: str) -> None:
    async with answering(response()) as server, looking() as eyes:
        seen = await look(asking(server.port, target), eyes)
    assert seen.outcome is Outcome.ANSWERED
    assert server.requests[0].split(b"\r\n")[0] == b"GET %s HTTP/1.1" % target.encode("latin-1")


async def test_the_whole_head_as_it_is_sent() -> None:
    from auditor import __version__

    async with answering(response()) as server, looking() as eyes:
        question = {
            "host": "api.example",
            "address": "127.0.0.1",
            "headers": (("X-A", "1"), ("accept", "text/html")),
        }
        await look(asking(server.port, "/x", **question), eyes)
    assert server.requests[0].decode() == (
        "GET /x HTTP/1.1\r\n"
        f"Host: api.example:{server.port}\r\n"
        f"User-Agent: reachability-auditor/{__version__} (+probe-1)\r\n"
        "X-Reach-Probe-Id: probe-1\r\n"
        "Accept-Encoding: identity\r\n"
        "Cache-Control: no-cache\r\n"
        "X-A: 1\r\n"
        "accept: text/html\r\n"
        "\r\n"
    )


@pytest.mark.parametrize("host", ["admin.corp.", "ADMIN.corp", "admin.corp:80", "", "[::1]"])
async def test_the_host_header_is_as_given(host: str) -> None:
    async with answering(response()) as server, looking() as eyes:
        await look(asking(server.port, host_header=host), eyes)
    assert f"\r\nHost: {host}\r\n".encode() in server.requests[0]


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
async def test_reading_methods_are_sent(method: str) -> None:
    answer = response() if method != "HEAD" else b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
    async with answering(answer) as server, looking() as eyes:
        seen = await look(asking(server.port, method=method), eyes)
    assert seen.outcome is Outcome.ANSWERED
    assert server.requests[0].startswith(method.encode() + b" / ")


@pytest.mark.parametrize(
    "question",
    [
        {"target": "/x HTTP/1.1\r\nHost: evil\r\n\r\nGET /y"},
        {"target": "/a b"},
        {"target": "/a\tb"},
        {"target": "/\x00"},
        {"target": "/\n"},
        {"target": ""},
        {"target": "/\u2603"},
        {"host_header": "a\r\nX-Evil: 1"},
        {"headers": (("X-A", "1\r\nX-Evil: 1"),)},
        {"headers": (("X-A", "1\nX-Evil: 1"),)},
        {"headers": (("X-A", "\x00"),)},
        {"headers": (("X-A: 1\r\nX-Evil", "1"),)},
        {"headers": (("X A", "1"),)},
        {"headers": (("", "1"),)},
        {"headers": (("Host", "second.example"),)},
        {"headers": (("Content-Length", "5"),)},
        {"headers": (("Transfer-Encoding", "chunked"),)},
        {"headers": (("Expect", "100-continue"),)},
        {"method": "POST"},
        {"method": "GET\r\nX"},
    ],
    ids=repr,
)
async def test_what_must_not_be_sent_is_not(question: dict[str, object]) -> None:
    async with answering(response()) as server, looking() as eyes:
        seen = await look(asking(server.port, **{"target": "/", **question}), eyes)
    assert (seen.outcome, seen.phase) == (Outcome.PROBER_ERROR, Phase.REQUEST)
    assert "not sent" in seen.detail
    assert server.requests == []
    assert server.connections == 0


async def test_it_is_an_httpx_transport() -> None:
    answers = response(b"{}", headers=("X-Twice: 1", "X-Twice: 2"))
    async with (
        answering(answers) as server,
        looking() as eyes,
        httpx.AsyncClient(transport=eyes.transport) as client,
    ):
        got = await client.get(f"http://127.0.0.1:{server.port}/a?b=1", extensions={"target": b"/a/../b"})
        assert got.json() == {}
        assert got.reason_phrase == "OK"
        assert got.http_version == "HTTP/1.1"
        assert got.headers.get_list("x-twice") == ["1", "2"]
        with pytest.raises(RequestRefused):
            await client.post(f"http://127.0.0.1:{server.port}/", content=b"x")
        with pytest.raises(RequestRefused):
            await client.get("http://name.example/")
        with pytest.raises(ExchangeFailed):
            await client.get(f"https://127.0.0.1:{unused_port()}/")


# --- kept connections


async def test_one_connection_serves_many_exchanges() -> None:
    async with answering(response()) as server, looking() as eyes:
        seen = [await look(asking(server.port, f"/{n}"), eyes) for n in range(5)]
    assert {one.outcome for one in seen} == {Outcome.ANSWERED}
    assert (len(server.requests), server.connections) == (5, 1)
    assert [phase for phase, _ in seen[0].timings] == ["connect", "request", "response", "body"]
    assert [phase for phase, _ in seen[1].timings] == ["request", "response", "body"]


async def test_another_port_or_scheme_is_another_connection() -> None:
    async with answering(response()) as one, answering(response()) as other, looking() as eyes:
        for server in (one, other, one, other):
            assert (await look(asking(server.port), eyes)).outcome is Outcome.ANSWERED
    assert (one.connections, other.connections) == (1, 1)


@pytest.mark.parametrize(
    "answer",
    [
        response(headers=("Connection: close",)),
        b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
        response() + b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged",
        response() + b"HTTP/1.1 200",
        response() + b"garbage",
    ],
    ids=["close", "http/1.0", "a second answer", "the start of one", "garbage"],
)
async def test_a_connection_that_cannot_be_trusted_is_not_kept(answer: bytes) -> None:
    async with answering(answer) as server, looking() as eyes:
        seen = [await look(asking(server.port), eyes) for _ in range(2)]
    assert server.connections == 2
    for one in seen:
        assert isinstance(one.answer, HttpAnswer)
        assert one.answer.body_size in (0, 5)


async def test_bytes_nobody_asked_for_are_no_answer_to_the_next_question() -> None:
    late = asyncio.Event()

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        first = server.connections == 1
        writer.write(response(b"first" if first else b"fresh"))
        await late.wait()
        if first:
            writer.write(response(b"forged"))
            await writer.drain()
            sent.set()
        await reader.read()

    sent = asyncio.Event()
    async with serving(handler) as server, looking() as eyes:
        assert (await look(asking(server.port), eyes)).outcome is Outcome.ANSWERED
        late.set()
        await sent.wait()
        seen = await look(asking(server.port), eyes)
    assert isinstance(seen.answer, HttpAnswer)
    assert seen.answer.excerpt == "fresh"


@pytest.mark.parametrize("by_reset", [False, True])
async def test_a_stale_connection_is_replaced_once(by_reset: bool) -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = server.connections == 1
        server.requests.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(response())
        server.requests.append(await reader.readuntil(b"\r\n\r\n"))
        if first and by_reset:
            await reset(writer)
        elif not first:
            writer.write(response())

    async with serving(handler) as server, looking() as eyes:
        seen = [await look(asking(server.port, f"/{n}"), eyes) for n in range(2)]
    assert [one.outcome for one in seen] == [Outcome.ANSWERED] * 2
    assert [one.detail for one in seen] == ["", STALE]
    assert [head.split()[1] for head in server.requests] == [b"/0", b"/1", b"/1"]
    assert server.connections == 2


async def test_a_connection_that_dies_twice_is_a_failure() -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server.requests.append(await reader.readuntil(b"\r\n\r\n"))
        if server.connections == 1:
            writer.write(response())
            server.requests.append(await reader.readuntil(b"\r\n\r\n"))

    async with serving(handler) as server, looking() as eyes:
        await look(asking(server.port), eyes)
        seen = await look(asking(server.port), eyes)
    assert (seen.outcome, seen.phase) == (Outcome.CLOSED_EARLY, Phase.REQUEST)
    assert len(server.requests) == 3


async def test_a_reused_connection_that_dies_after_a_byte_is_not_asked_again() -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(response())
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"H")
        await writer.drain()

    async with serving(handler) as server, looking() as eyes:
        await look(asking(server.port), eyes)
        seen = await look(asking(server.port), eyes)
    assert (seen.outcome, seen.phase) == (Outcome.CLOSED_EARLY, Phase.RESPONSE)
    assert server.connections == 1


async def test_the_pool_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "IDLE_CONNECTIONS", 3)
    async with answering(response()) as server, looking() as eyes:
        for opened in (10, 17):
            seen = await asyncio.gather(*(look(asking(server.port), eyes) for _ in range(10)))
            assert {one.outcome for one in seen} == {Outcome.ANSWERED}
            assert server.connections == opened


async def test_a_cancelled_exchange_leaves_no_half_answered_connection() -> None:
    asked = asyncio.Event()

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        if server.connections == 1:
            asked.set()
            await reader.read()
        writer.write(response())
        await reader.read()

    async with serving(handler) as server, looking() as eyes:
        task = asyncio.create_task(look(asking(server.port), eyes))
        await asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (await look(asking(server.port), eyes)).outcome is Outcome.ANSWERED
    assert server.connections == 2
