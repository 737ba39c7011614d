"""Ways out: through SOCKS5 and HTTP CONNECT, and streams over them."""

import asyncio

from wire_servers import (
    LIMITS,
    answering,
    asking,
    connect_proxy,
    looking,
    naming,
    probe,
    response,
    serving,
    socks5,
    unused_port,
)

from auditor.model import Outcome, Phase, TcpQuestion
from auditor.probes import look
from auditor.probes.outcomes import Failure
from auditor.probes.wire import literal


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(await reader.readexactly(4))
    await writer.drain()
    await reader.read()


async def test_through_socks5() -> None:
    async with (
        answering(response()) as server,
        socks5() as proxy,
        looking(via=f"socks5://127.0.0.1:{proxy.port}") as eyes,
    ):
        seen = [await look(asking(server.port, "/a/../b"), eyes) for _ in range(2)]
    assert [one.outcome for one in seen] == [Outcome.ANSWERED] * 2
    assert proxy.requests == [f"127.0.0.1 {server.port}".encode()]
    assert seen[0].timings[0][0] == "proxy"
    assert server.requests[0].startswith(b"GET /a/../b ")


async def test_through_http_connect() -> None:
    async with (
        answering(response()) as server,
        connect_proxy() as proxy,
        looking(via=f"http://127.0.0.1:{proxy.port}") as eyes,
    ):
        seen = await look(asking(server.port), eyes)
    assert seen.outcome is Outcome.ANSWERED
    assert proxy.requests[0].startswith(b"CONNECT 127.0.0.1:%d HTTP/1.1\r\n" % server.port)


async def test_a_name_never_reaches_the_proxy() -> None:
    async with answering(response()) as server, socks5() as proxy, naming(api=("127.0.0.1",)) as resolver:
        via = f"socks5://127.0.0.1:{proxy.port}"
        async with looking(via=via, resolvers=(f"tcp://{resolver}",)) as eyes:
            found = await eyes.resolve("127.0.0.1")
            seen = await look(asking(server.port, host="api.test", address="127.0.0.1"), eyes)
    assert found == ("127.0.0.1",)
    assert seen.outcome is Outcome.ANSWERED
    assert proxy.requests == [f"127.0.0.1 {server.port}".encode()]


async def test_the_proxys_word_on_the_target() -> None:
    for reply, outcome in {
        5: Outcome.REFUSED,
        4: Outcome.UNREACHABLE,
        3: Outcome.UNREACHABLE,
        2: Outcome.PROXY_FAILED,  # by the proxy's own rules
    }.items():
        async with socks5(reply) as proxy, looking(via=f"socks5://127.0.0.1:{proxy.port}") as eyes:
            seen = await look(probe(TcpQuestion("127.0.0.1", 80)), eyes)
        assert (seen.outcome, seen.phase) == (outcome, Phase.PROXY if reply == 2 else Phase.CONNECT)
        assert seen.detail.startswith(f"SOCKS reply {reply}")


async def test_a_refusal_behind_a_real_proxy() -> None:
    async with socks5() as proxy, looking(via=f"socks5://127.0.0.1:{proxy.port}") as eyes:
        seen = await look(probe(TcpQuestion("127.0.0.1", unused_port())), eyes)
    assert (seen.outcome, seen.phase) == (Outcome.REFUSED, Phase.CONNECT)


async def test_everything_else_is_the_proxys_failure() -> None:
    async def junk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"junk junk junk\r\n\r\n")
        await reader.read()

    async def hangs_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    limits = LIMITS.model_copy(update={"connect_seconds": 0.2})
    for handler in (junk, hangs_up, silent):
        for scheme in ("socks5", "http"):
            async with (
                serving(handler) as proxy,
                looking(limits=limits, via=f"{scheme}://127.0.0.1:{proxy.port}") as eyes,
            ):
                seen = await look(probe(TcpQuestion("127.0.0.1", 80)), eyes)
            assert (seen.outcome, seen.phase) == (Outcome.PROXY_FAILED, Phase.PROXY), (handler, scheme, seen)


async def test_a_proxy_that_is_not_there_or_says_no() -> None:
    async with looking(via=f"socks5://127.0.0.1:{unused_port()}") as eyes:
        gone = await look(probe(TcpQuestion("127.0.0.1", 80)), eyes)
    async with socks5(1) as proxy, looking(via=f"socks5://127.0.0.1:{proxy.port}") as eyes:
        general = await look(probe(TcpQuestion("127.0.0.1", 80)), eyes)
    async with (
        connect_proxy(b"HTTP/1.1 403 Forbidden\r\n\r\n") as proxy,
        looking(via=f"http://127.0.0.1:{proxy.port}") as eyes,
    ):
        forbidden = await look(probe(TcpQuestion("127.0.0.1", 80)), eyes)
    async with (
        connect_proxy(b"HTTP/1.1 5 x\r\n\r\n") as proxy,
        looking(via=f"http://127.0.0.1:{proxy.port}") as eyes,
    ):
        posing = await look(probe(TcpQuestion("127.0.0.1", 80)), eyes)
    for seen in (gone, general, forbidden, posing):
        assert (seen.outcome, seen.phase) == (Outcome.PROXY_FAILED, Phase.PROXY)
    assert "403" in forbidden.detail


async def test_a_proxy_that_is_slower_than_the_exchange_is_not_the_targets_silence() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    limits = LIMITS.model_copy(update={"connect_seconds": 5.0, "probe_seconds": 0.2})
    async with serving(silent) as proxy, looking(limits=limits, via=f"http://127.0.0.1:{proxy.port}") as eyes:
        for question in (TcpQuestion("127.0.0.1", 80), asking(80).question):
            seen = await look(probe(question), eyes)
            assert (seen.outcome, seen.phase) == (Outcome.PROXY_FAILED, Phase.PROXY)


async def test_a_stream() -> None:
    async with serving(echo) as server, looking(source_address="127.0.0.3") as eyes:
        stream = await eyes.connect("127.0.0.1", server.port, timeout=1.0)
        assert not isinstance(stream, Failure)
        stream.writer.write(b"ping")
        assert await stream.reader.readexactly(4) == b"ping"
        assert stream.peer == f"127.0.0.1:{server.port}"
        assert stream.local.startswith("127.0.0.3:")
        await stream.aclose()


async def test_a_stream_that_cannot_be_had() -> None:
    async with looking() as eyes:
        failure = await eyes.connect("127.0.0.1", unused_port(), timeout=1.0)
    assert isinstance(failure, Failure)
    assert (failure.outcome, failure.phase) == (Outcome.REFUSED, Phase.CONNECT)


def test_literal_addresses() -> None:
    assert literal("127.0.0.1") == "127.0.0.1"
    assert literal("[::1]") == "::1"
    assert literal("2001:DB8:0::1") == "2001:db8::1"
    assert literal("127.1") is None
    assert literal("0x7f.1") is None
    assert literal("name.example") is None
