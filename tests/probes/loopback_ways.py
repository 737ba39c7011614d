"""A SOCKS5 proxy and a DNS-over-HTTPS server, both small and on loopback."""

import asyncio
import base64
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlsplit

from loopback_dns import Says, Server


@asynccontextmanager
async def socks5() -> AsyncIterator[tuple[str, list[tuple[str, int]]]]:
    """Its URL, and what it was asked to connect to: literal IPv4 addresses only."""
    asked: list[tuple[str, int]] = []
    tasks: set[asyncio.Task] = set()

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.current_task())
        try:
            await reader.readexactly((await reader.readexactly(2))[1])
            writer.write(b"\x05\x00")
            head = await reader.readexactly(4)
            assert head[3] == 1, "names are resolved at the vantage, never by the proxy"
            address = socket.inet_ntoa(await reader.readexactly(4))
            port = int.from_bytes(await reader.readexactly(2))
            asked.append((address, port))
            there = await asyncio.open_connection(address, port)
            writer.write(b"\x05\x00\x00\x01" + bytes(6))
            await asyncio.gather(pump(reader, there[1]), pump(there[0], writer))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(client, "127.0.0.1", 0)
    try:
        yield f"socks5://127.0.0.1:{server.sockets[0].getsockname()[1]}", asked
    finally:
        server.close()
        await server.wait_closed()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def doh(
    says: Says, context: ssl.SSLContext, *, status: int = 200, kind: str = "application/dns-message"
) -> AsyncIterator[Server]:
    server, tasks = Server(says), set()

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.current_task())
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                target = head.split(b" ")[1].decode()
                question = parse_qs(urlsplit(target).query)["dns"][0]
                wire = base64.urlsafe_b64decode(question + "=" * (-len(question) % 4))
                body = b"".join(server.replies(wire, True))
                writer.write(
                    f"HTTP/1.1 {status} OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
                    + body
                )
        except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
            pass
        finally:
            writer.close()

    listener = await asyncio.start_server(client, "127.0.0.1", 0, ssl=context)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listener.close()
        await listener.wait_closed()
        await asyncio.gather(*tasks, return_exceptions=True)
