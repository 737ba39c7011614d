"""A DNS server on loopback that writes down what it is asked, and a TCP server that writes down who connects."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from auditor.config import Config, Limits, ServiceConfig, VantageConfig
from auditor.model import DnsQuestion, Probe, Question, Role, Seen, Side
from auditor.vantage import Pacing, Vantage

#: Seconds to wait before answering a name; None: never.
Delay = Callable[[str], float | None]


class Names(asyncio.DatagramProtocol):
    """NXDOMAIN for all but the given names, each question and each answer noted in order."""

    def __init__(self, zone: Mapping[str, str], delay: Delay) -> None:
        self.zone, self.delay = zone, delay
        self.events: list[tuple[str, str]] = []
        self.at_once = self.most_at_once = 0
        self.news = asyncio.Event()
        self.closed = asyncio.get_running_loop().create_future()

    @property
    def asked(self) -> list[str]:
        return [name for what, name in self.events if what == "asked"]

    async def heard(self, count: int) -> None:
        """Wait until so many questions have come."""
        while len(self.asked) < count:
            self.news.clear()
            await self.news.wait()

    def connection_made(self, transport) -> None:
        self.transport = transport

    def connection_lost(self, error) -> None:
        self.closed.set_result(None)

    def datagram_received(self, data: bytes, addr) -> None:
        end = data.index(b"\0", 12) + 1
        labels, at = [], 12
        while data[at]:
            labels.append(data[at + 1 : at + 1 + data[at]].decode())
            at += 1 + data[at]
        name, rrtype = ".".join(labels), int.from_bytes(data[end : end + 2])
        self.events.append(("asked", name))
        self.news.set()
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        address = self.zone.get(name) if rrtype == 1 else None
        flags = 0x8180 if name in self.zone else 0x8183
        reply = (
            data[:2]
            + flags.to_bytes(2)
            + b"\0\1"
            + (b"\0\1" if address else b"\0\0")
            + bytes(4)
            + data[12 : end + 4]
        )
        if address:
            reply += b"\xc0\x0c\0\1\0\1\0\0\0\5\0\4" + socket.inet_aton(address)
        wait = self.delay(name)
        if wait is not None:
            asyncio.get_running_loop().call_later(wait, self.answer, name, reply, addr)

    def answer(self, name: str, reply: bytes, addr) -> None:
        self.at_once -= 1
        self.events.append(("answered", name))
        if not self.transport.is_closing():
            self.transport.sendto(reply, addr)


@asynccontextmanager
async def names(
    zone: Mapping[str, str] | None = None, delay: Delay = lambda name: 0.0
) -> AsyncIterator[tuple[Names, str]]:
    """The server and how a configuration writes it."""
    transport, protocol = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: Names(zone or {}, delay), ("127.0.0.1", 0)
    )
    try:
        yield protocol, "127.0.0.1:" + str(transport.get_extra_info("sockname")[1])
    finally:
        transport.close()
        await protocol.closed


@asynccontextmanager
async def listening(host: str = "127.0.0.1") -> AsyncIterator[tuple[list[str], int]]:
    """Who connected, and the port."""
    came: list[str] = []

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.append(writer.get_extra_info("peername")[0])
        writer.close()

    server = await asyncio.start_server(client, host, 0)
    try:
        yield came, server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


ZONE = "internal.example.net"


def config(resolver: str, *, side: Side = Side.INSIDE, limits: Limits | None = None, **more) -> Config:
    """One vantage and one service, whose names and siblings are in scope."""
    vantage = {key: more.pop(key) for key in ("allow", "controls", "roots", "search", "rebinding") if key in more}
    more.setdefault("services", {"config": ServiceConfig(names=(f"config.{ZONE}",))})
    return Config(
        version=1,
        vantages={"here": VantageConfig(side=side, resolvers=(resolver,), **vantage)},
        limits=limits or Limits(resolver_rate=1e6, probe_seconds=5.0, connect_seconds=5.0),
        **more,
    )


def probe(question: Question, lane: str = "lane", step: int = 0, **more) -> Probe:
    identity = f"{lane}/{step}/{question}"
    return Probe(identity, "here", Role.TARGET, "group", lane, step, question, **more)


def asks(resolver: str, label: str, lane: str = "lane", step: int = 0) -> Probe:
    return probe(DnsQuestion(f"{label}.{ZONE}", "A", resolver), lane, step)


async def observed(settings: Config, probes, *, stop=None, deadline=None, seen=None) -> list[Seen]:
    """What a vantage makes of these probes, in the order in which it tells."""
    out: list[Seen] = []

    def tell(each: Seen) -> None:
        out.append(each)
        if seen is not None:
            seen(each)

    vantage = Vantage("here", settings, Pacing(settings), now=lambda: datetime.now(UTC))
    try:
        await vantage.observe(probes, stop=stop or asyncio.Event(), seen=tell, deadline=deadline)
    finally:
        await vantage.aclose()
    return out
