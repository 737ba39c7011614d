"""A webhook's other end on loopback: answers what it is told to, and remembers every byte it got."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

Answer = bytes | Callable[["Request"], Awaitable[bytes]]


def status(code: int, *headers: str, body: bytes = b"{}") -> bytes:
    lines = [f"HTTP/1.1 {code} Said", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


@dataclass(frozen=True)
class Request:
    line: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    port: int = 0
    answers: list[Answer] = field(default_factory=list)  # one after the other, then 200 for ever
    requests: list[Request] = field(default_factory=list)

    @property
    def ids(self) -> list[str]:
        return [each.headers["webhook-id"] for each in self.requests]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = dict(each.lower().split(": ", 1) for each in head[1:] if each)
            names = {each.split(": ", 1)[0].lower(): each.split(": ", 1)[1] for each in head[1:] if each}
            body = await reader.readexactly(int(headers["content-length"]))
            request = Request(head[0], names, body)
            self.requests.append(request)
            answer = self.answers.pop(0) if self.answers else status(200)
            writer.write(answer if isinstance(answer, bytes) else await answer(request))
            await writer.drain()
        writer.close()
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            await writer.wait_closed()


@contextlib.asynccontextmanager
async def receiver(*answers: Answer, tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    told = Receiver(answers=list(answers))
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task: Any = asyncio.current_task()
        tasks.add(task)
        try:
            await told.serve(reader, writer)
        except asyncio.CancelledError:
            writer.transport.abort()
        finally:
            tasks.discard(task)

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    told.port = server.sockets[0].getsockname()[1]
    try:
        yield told
    finally:
        server.close()
        for task in tuple(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()
