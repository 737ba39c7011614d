"""The company's app: one application behind both balancers, public and internal routes alike.

It trusts whoever calls it, as such apps do: what keeps the internal routes inside, and who asks for a token, is
the entrance in front. Must never look at where a request came from, but for telling the witness.
"""

import asyncio
import json
from collections.abc import Collection
from typing import Any

from auditor.lab import pages
from auditor.lab.breakages import Breakage
from auditor.lab.estate import (
    API_HOST,
    CATALOG_PATH,
    CHECKOUT_HOST,
    CONTROL_PATH,
    ORDERS_PATH,
    PORTAL_HOST,
    SERVICES,
)
from auditor.lab.http1 import Reply, Request, conversation, today
from auditor.lab.serving import Converse
from auditor.lab.witness import Reached

#: The hosts the app takes, and what it calls itself under each; any other is refused.
TITLES: dict[str, str] = {
    API_HOST: "shop-api",
    CHECKOUT_HOST: "shop-api",
    PORTAL_HOST: "portal",
    **{name: service.name for service in SERVICES if service.health for name in service.names},
}


class App:
    """Answers requests from its balancers; `witness` is where it writes down what came from outside."""

    def __init__(self, broken: Collection[Breakage], witness: list[Reached]) -> None:
        self._broken = broken
        self._witness = witness

    def behind(self, via: str | None) -> Converse:
        """The app as it listens for one balancer; `via` names the way in when that way is from outside."""

        async def answer(request: Request) -> Reply:
            if via is not None:
                self._witness.append(Reached(via, request.host, request.target))
            return self.answer(request)

        return conversation(answer, lambda: _text(400, "Invalid HTTP request received."))

    def in_the_open(self, via: str) -> Converse:
        """The app on a port of its own: already a connection is written down."""
        serve = self.behind(via)

        async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self._witness.append(Reached(via, "", ""))
            await serve(reader, writer)

        return converse

    def answer(self, request: Request) -> Reply:
        if request.host not in TITLES:
            return _text(400, "Invalid host header")
        title = TITLES[request.host]
        page = _page(request, title)
        if page is None:
            return _json(404, {"detail": "Not Found"})
        if request.method not in ("GET", "HEAD"):
            return _json(405, {"detail": "Method Not Allowed"}, ("allow", "GET"))
        if request.path == CONTROL_PATH and Breakage.CONTROL_DOWN in self._broken:
            return _json(503, {"detail": "Service Unavailable"})
        if request.path == CATALOG_PATH and Breakage.PUBLIC_PATH_DOWN in self._broken:
            return _json(503, {"detail": "Service Unavailable"})
        return page


def _page(request: Request, title: str) -> Reply | None:
    match request.path:
        case "/":
            return _json(200, pages.front(title))
        case "/health":
            return _json(200, pages.health(title))
        case "/docs":
            return _reply(200, "text/html; charset=utf-8", pages.DOCS)
        case "/metrics":
            return _reply(200, "text/plain; version=0.0.4; charset=utf-8", pages.METRICS)
        case path if path == ORDERS_PATH:
            return _json(200, pages.ORDERS)
        case path if path in pages.DOCUMENTS:
            return _json(200, pages.DOCUMENTS[path])
    return None


def _json(status: int, value: Any, *more: tuple[str, str]) -> Reply:
    return _reply(status, "application/json", json.dumps(value, separators=(",", ":")), *more)


def _text(status: int, text: str) -> Reply:
    return _reply(status, "text/plain; charset=utf-8", text)


def _reply(status: int, content_type: str, text: str, *more: tuple[str, str]) -> Reply:
    headers = (("date", today()), ("server", "uvicorn"), ("content-type", content_type), *more)
    return Reply(status, headers, text.encode())
