"""The corpus's Starlette application: the pages of pages.py, written down before they are answered.

Must never answer a request that it has not written down.
"""

import os
from datetime import UTC, datetime

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from leaks.pages import HEALTH, pages


def page(request: Request) -> Response:
    content = pages("starlette")[request.url.path]
    if request.url.path == HEALTH:
        return JSONResponse(content)  # as bare as such pages are
    return JSONResponse({**content, "at": datetime.now(UTC).isoformat()})


class Witness:
    """Writes one line for each request, when its status is known and before it is sent."""

    def __init__(self, app: ASGIApp, path: str) -> None:
        self._app = app
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                names = dict(scope["headers"])
                nonce = names.get(b"x-reach-probe-id", b"").decode("latin-1")
                target = scope["raw_path"].decode("latin-1")
                line = f"{nonce}\t{message['status']}\t{scope['method']}\t{target}\n"
                os.write(self._file, line.encode("latin-1"))
            await send(message)

        await self._app(scope, receive, noted if scope["type"] == "http" else send)


def create() -> ASGIApp:
    """The app with its witness; the environment says where that writes."""
    return Witness(Starlette(routes=[Route(path, page) for path in pages("starlette")]), os.environ["WITNESS"])
