"""Real DNS servers on loopback that say whatever a test wants, over UDP, TCP and TLS."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager

import dns.message
import dns.rcode
import dns.rrset

#: What a server sends for a query: messages as bytes, none for silence. The flag: asked over a stream.
Says = Callable[[dns.message.Message, bool], Iterable[bytes]]


def answer(
    query: dns.message.Message,
    *records: tuple[str, ...],
    rcode: str = "NOERROR",
    authority: Iterable[tuple[str, ...]] = (),
    flags: int = 0,
) -> dns.message.Message:
    """A response; a record is (owner, type, data, …)."""
    out = dns.message.make_response(query, recursion_available=True)
    out.set_rcode(dns.rcode.from_text(rcode))
    out.flags |= flags
    for section, rows in ((out.answer, records), (out.authority, tuple(authority))):
        for owner, rrtype, *data in rows:
            section.append(dns.rrset.from_text(owner, 300, "IN", rrtype, *data))
    return out


class Server:
    """Counts what it was asked, and answers as told."""

    def __init__(self, says: Says) -> None:
        self.says = says
        self.asked: list[tuple[str, str, bool]] = []
        self.ports: list[int] = []  # source ports of the datagrams
        self.ids: list[int] = []
        self.port = 0

    def replies(self, wire: bytes, tcp: bool) -> list[bytes]:
        query = dns.message.from_wire(wire)
        name, kind = query.question[0].name.to_text(omit_final_dot=True), query.question[0].rdtype.name
        self.asked.append((name, kind, tcp))
        self.ids.append(query.id)
        return list(self.says(query, tcp))

    async def stream(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                wire = await reader.readexactly(int.from_bytes(await reader.readexactly(2)))
                for reply in self.replies(wire, True):
                    writer.write(len(reply).to_bytes(2) + reply)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


class Datagrams(asyncio.DatagramProtocol):
    def __init__(self, server: Server) -> None:
        self.server = server
        self.closed = asyncio.get_running_loop().create_future()

    def connection_made(self, transport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr) -> None:
        self.server.ports.append(addr[1])
        for reply in self.server.replies(data, False):
            self.transport.sendto(reply, addr)

    def connection_lost(self, error) -> None:
        self.closed.set_result(None)


@asynccontextmanager
async def serving(
    says: Says, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None, port: int = 0
) -> AsyncIterator[Server]:
    """UDP and TCP on one port; with `tls` only that."""
    server, loop = Server(says), asyncio.get_running_loop()
    streams = await asyncio.start_server(server.stream, host, port, ssl=tls)
    server.port = streams.sockets[0].getsockname()[1]
    datagrams = None
    if tls is None:
        _, datagrams = await loop.create_datagram_endpoint(lambda: Datagrams(server), (host, server.port))
    try:
        yield server
    finally:
        streams.close()
        await streams.wait_closed()
        if datagrams is not None:
            datagrams.transport.close()
            await datagrams.closed
