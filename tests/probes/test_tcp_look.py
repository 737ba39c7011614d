"""Kind `tcp`, and the ways a connection can fail."""

import asyncio
import time

import pytest
from wire_servers import LIMITS, NOW, asking, looking, naming, probe, serving, unused_port

from auditor.model import Observation, Outcome, Phase, TcpAnswer, TcpQuestion
from auditor.model.codec import dump, load
from auditor.probes import look, tcp


async def nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def test_a_handshake_is_an_answer_and_nothing_is_sent() -> None:
    sent: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        sent.set_result(await reader.read())

    async with serving(handler) as server, looking() as eyes:
        seen = await look(probe(TcpQuestion("127.0.0.1", server.port)), eyes)
        assert await sent == b""
    assert (seen.outcome, seen.phase, seen.answer) == (Outcome.ANSWERED, None, TcpAnswer())
    assert (seen.started_at, seen.address, seen.local_address) == (NOW, "127.0.0.1", "127.0.0.1")
    assert [phase for phase, _ in seen.timings] == ["connect"]
    assert load(Observation, dump(Observation, seen)) == seen


async def test_refused() -> None:
    async with looking() as eyes:
        seen = await look(probe(TcpQuestion("127.0.0.1", unused_port())), eyes)
    assert (seen.outcome, seen.phase) == (Outcome.REFUSED, Phase.CONNECT)
    assert seen.detail.startswith("ECONNREFUSED")


async def test_a_source_address() -> None:
    peer: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer.set_result(writer.get_extra_info("peername")[0])

    async with serving(handler) as server, looking(source_address="127.0.0.2") as eyes:
        seen = await look(probe(TcpQuestion("127.0.0.1", server.port)), eyes)
        assert await peer == "127.0.0.2"
    assert seen.local_address == "127.0.0.2"


async def test_a_source_address_of_the_other_family_reaches_nothing() -> None:
    async with looking(source_address="127.0.0.2") as eyes:
        seen = await look(probe(TcpQuestion("::1", 80)), eyes)
    assert (seen.outcome, seen.phase) == (Outcome.UNREACHABLE, Phase.CONNECT)
    assert "different families" in seen.detail


async def test_a_source_address_that_is_not_ours_is_our_own_fault() -> None:
    async with looking(source_address="192.0.2.1") as eyes:
        seen = await look(probe(TcpQuestion("127.0.0.1", 80)), eyes)
    assert (seen.outcome, seen.phase) == (Outcome.PROBER_ERROR, Phase.CONNECT)


async def test_the_address_of_a_question_goes_before_its_name() -> None:
    async with serving(nothing) as server, looking() as eyes:
        seen = await look(probe(TcpQuestion("never.resolved", server.port, address="127.0.0.1")), eyes)
    assert seen.outcome is Outcome.ANSWERED


async def test_the_last_failure_of_several_addresses_is_told() -> None:
    async with naming(api=("127.0.0.1", "127.0.0.9")) as resolver, looking(resolvers=(resolver,)) as eyes:
        seen = await look(probe(TcpQuestion("api.test", unused_port())), eyes)
    assert (seen.outcome, seen.phase) == (Outcome.REFUSED, Phase.CONNECT)
    assert [phase for phase, _ in seen.timings] == ["resolve", "connect", "connect"]


async def test_a_silent_resolver_is_no_silence_of_the_target() -> None:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, ("127.0.0.1", 0))
    limits = LIMITS.model_copy(update={"probe_seconds": 0.3})
    async with looking(limits=limits, resolvers=(f"127.0.0.1:{transport.get_extra_info('sockname')[1]}",)) as eyes:
        seen = await look(probe(TcpQuestion("api.test", 80)), eyes)
    transport.close()
    assert (seen.outcome, seen.phase) == (Outcome.DNS_TIMEOUT, Phase.RESOLVE)


# --- the bound that holds whatever a kind does


async def test_a_crash_is_an_observation(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def crash(*_: object) -> None:
        raise RuntimeError("a \x1b[31mbug")

    monkeypatch.setattr(tcp, "look", crash)
    async with looking() as eyes:
        seen = await look(probe(TcpQuestion("127.0.0.1", 80)), eyes)
    assert (seen.outcome, seen.detail) == (Outcome.PROBER_ERROR, "RuntimeError: a \\x1b[31mbug")
    assert caplog.records[0].exc_info is not None
    assert caplog.records[0].action == "probe.crashed"  # type: ignore[attr-defined]


async def test_a_kind_that_does_not_end_is_our_own_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    async def hang(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(tcp, "look", hang)
    monkeypatch.setattr("auditor.probes.GRACE_SECONDS", 0.0)
    async with looking(limits=LIMITS.model_copy(update={"probe_seconds": 0.05})) as eyes:
        seen = await look(probe(TcpQuestion("127.0.0.1", 80)), eyes)
    assert seen.outcome is Outcome.PROBER_ERROR


async def test_a_stalled_prober_does_not_call_the_network_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    monkeypatch.setattr("auditor.probes.GRACE_SECONDS", 0.1)
    limits = LIMITS.model_copy(update={"probe_seconds": 0.2})
    async with serving(handler) as server, looking(limits=limits) as eyes:
        task = asyncio.create_task(look(asking(server.port), eyes))
        await asyncio.sleep(0.05)
        time.sleep(0.5)  # noqa: ASYNC251  # the stall itself: the whole process stands still
        seen = await task
    assert seen.outcome is Outcome.PROBER_ERROR
    assert seen.elapsed_seconds >= 0.5


async def test_cancellation_passes_through() -> None:
    asked = asyncio.Event()

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.set()
        await reader.read()

    async with serving(handler) as server, looking() as eyes:
        task = asyncio.create_task(look(asking(server.port), eyes))
        await asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
