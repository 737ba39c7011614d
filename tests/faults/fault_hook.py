"""A webhook's other end on loopback: verifies every signature, counts every id, and has its moods."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from standardwebhooks import Webhook

from auditor.lab.http1 import Reply, Request, conversation
from auditor.lab.serving import Listener, loopback_socket

SECRET = "whsec_" + "c2VjcmV0IG9mIHRoZSBmYXVsdHM="

Mood = Callable[[], Awaitable[Reply]]


async def well() -> Reply:
    return Reply(200, ())


async def sick() -> Reply:
    return Reply(500, ())


async def asleep() -> Reply:
    await asyncio.Event().wait()
    raise AssertionError


@dataclass(frozen=True)
class Call:
    """One attempt that arrived, with a signature that is right."""

    id: str
    body: bytes
    told: dict[str, Any]


class Hook:
    """Keeps its port from the start; answers while it is open, and refuses connections while it is not."""

    def __init__(self) -> None:
        self.mood: Mood = well
        self.calls: list[Call] = []  # what arrived, however it was answered
        self.taken: list[str] = []  # ids that were answered with 200
        self.tolerant = False  # of signatures whose time is long past
        self._kept: socket.socket | None = loopback_socket()
        self.port = int(self._kept.getsockname()[1])
        self._open: Listener | None = None

    @property
    def alerts(self) -> str:
        """The section of probes.yaml that leads here; the secret is in HOOK_SECRET."""
        url = f"http://127.0.0.1:{self.port}/hook"
        return f"alerts:\n  - webhook: {{url: '{url}', secret: {{env: HOOK_SECRET}}, allow_http: true}}\n"

    async def open(self) -> None:
        if self._open is None:
            kept, self._kept = self._kept or loopback_socket(self.port), None
            self._open = Listener(kept, conversation(self._answer, lambda: Reply(400, ())))
            self._open.start()

    async def shut(self) -> None:
        """From now on connections are refused. Raises what was wrong with what arrived."""
        listener, self._open = self._open, None
        if listener is not None:
            await listener.close()
            self._kept = loopback_socket(self.port)

    async def close(self) -> None:
        await self.shut()
        if self._kept is not None:
            self._kept.close()

    async def _answer(self, request: Request) -> Reply:
        # A signature that is wrong ends the conversation with an error, and with it the test.
        if not self.tolerant:
            Webhook(SECRET).verify(request.body, dict(request.headers))
        assert (request.method, request.target) == ("POST", "/hook")
        (id,) = request.values("webhook-id")
        self.calls.append(Call(id, request.body, json.loads(request.body)))
        reply = await self.mood()
        if reply.status == 200:
            self.taken.append(id)
        return reply


@asynccontextmanager
async def hook() -> AsyncIterator[Hook]:
    """An open receiver."""
    there = Hook()
    try:
        await there.open()
        yield there
    finally:
        await there.close()
