"""The balancers, the ingress, the website elsewhere: who forwards what to the app, and what they say themselves.

The public ones forward only what a rule names and ask for a token where it is due; the internal one forwards
everything. Must never change a target on the way, and must never serve anything of the app's by itself.
"""

import asyncio
import re
from collections.abc import Collection
from fnmatch import fnmatchcase
from pathlib import Path
from urllib.parse import unquote_to_bytes

from auditor.lab.breakages import Breakage
from auditor.lab.estate import CHECKOUT_HOST, CHECKOUT_PATHS, INTERNAL_ZONE, ORDERS_PATH, PUBLIC_PATHS
from auditor.lab.http1 import Headers, Reply, Request, phrase, today
from auditor.lab.serving import hang_up

#: (when this is broken, None: always; Host, None: any; path): the first that matches forwards to the app.
FORWARDS: tuple[tuple[Breakage | None, str | None, str], ...] = (
    (None, None, PUBLIC_PATHS),
    (Breakage.RULE_TOO_WIDE, None, "/internal/*"),
    (Breakage.DOCS_PUBLISHED, None, "/docs"),
    (Breakage.DOCS_PUBLISHED, None, "/openapi.json"),
    (Breakage.HOST_ANSWERED, f"billing.{INTERNAL_ZONE}", "*"),
    (Breakage.DEFAULT_FORWARDS, None, "*"),
)

#: Concern one connection only (RFC 9110 section 7.6.1), beside what Connection names.
HOP_BY_HOP = frozenset(
    {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}
)

#: Bytes of one reply of the app, and seconds it may take.
MAX_REPLY = 4 * 1024 * 1024
PATIENCE_SECONDS = 10.0

_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")

_WELCOME = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>Shop Example: tea and cups, delivered</title></head>
<body>
<div id="root"><p>Welcome to Shop Example. Our shelves are being stacked for you; the shop opens in this window as
soon as your browser has fetched it.</p></div>
</body>
</html>
"""


def plain_path(target: str) -> str | None:
    """The decoded path, or None for a spelling that another server might read differently.

    Rules are matched on what the app will read. What could mean two things is refused, so that a rule cannot be
    passed by respelling.
    """
    raw = target.partition("?")[0]
    if not raw.startswith("/") or _BAD_ESCAPE.search(raw):
        return None
    try:
        path = unquote_to_bytes(raw).decode("utf-8")
    except UnicodeDecodeError:
        return None
    segments = path.split("/")[1:]
    odd = any(part in ("", ".", "..") for part in segments[:-1]) or segments[-1] in (".", "..")
    return None if odd or not path.isprintable() or any(c in path for c in "%\\;#") else path


def authenticated(request: Request, token: str) -> bool:
    return request.values("authorization") == [f"Bearer {token}"]


class Edge:
    """What a balancer says by itself: its own server name and its own pages."""

    def __init__(self, server: str) -> None:
        self._server = server

    def page(self, status: int) -> Reply:
        title = f"{status} {phrase(status)}"
        return self.html(
            status,
            f"<html>\n<head><title>{title}</title></head>\n<body>\n<h1>{title}</h1>\n"
            f"<hr><address>{self._server}</address>\n</body>\n</html>\n",
        )

    def unauthorized(self) -> Reply:
        """What is asked without its token (RFC 6750 section 3)."""
        page = self.page(401)
        return Reply(page.status, (*page.headers, ("WWW-Authenticate", 'Bearer realm="shop"')), page.body)

    def malformed(self) -> Reply:
        return self.page(400)

    def html(self, status: int, text: str) -> Reply:
        headers = (("Server", self._server), ("Date", today()), ("Content-Type", "text/html; charset=utf-8"))
        return Reply(status, headers, text.encode())

    async def forward(self, request: Request, app: Path) -> Reply:
        """The app's reply, unchanged; 502 when there is none, 504 when it takes too long."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                return await _exchange(request, app)
        except TimeoutError:
            return self.page(504)
        except (OSError, ValueError):
            return self.page(502)


class PublicBalancer(Edge):
    """The company's public entrance."""

    def __init__(self, broken: Collection[Breakage], app: Path, token: str) -> None:
        super().__init__("shop-edge/1.9")
        self._broken = broken
        self._app = app
        self._token = token

    async def answer(self, request: Request) -> Reply:
        path = plain_path(request.target)
        if path is None or len(request.values("host")) != 1:
            return self.page(400)
        if self._forwards(request.host, path):
            if path == ORDERS_PATH and not authenticated(request, self._token):
                return self.unauthorized()
            return await self.forward(request, self._app)
        if Breakage.GATEWAY_DENIES in self._broken and fnmatchcase(path, "/internal/*"):
            return self.page(403)
        if Breakage.CATCH_ALL in self._broken:
            return self.html(200, _WELCOME)
        return self.page(404)

    def _forwards(self, host: str, path: str) -> bool:
        return any(
            (when is None or when in self._broken) and named in (None, host) and fnmatchcase(path, pattern)
            for when, named, pattern in FORWARDS
        )


class CheckoutIngress(Edge):
    """The new public entrance, which sends one route straight to the app, without the detour."""

    def __init__(self, broken: Collection[Breakage], app: Path, token: str) -> None:
        super().__init__("shop-ingress/0.3")
        self._broken = broken
        self._app = app
        self._token = token

    async def answer(self, request: Request) -> Reply:
        path = plain_path(request.target)
        if path is None or len(request.values("host")) != 1:
            return self.page(400)
        if request.host != CHECKOUT_HOST or path not in CHECKOUT_PATHS:
            return self.page(404)
        carried_over = Breakage.AUTH_NOT_CARRIED_OVER not in self._broken
        if path == ORDERS_PATH and carried_over and not authenticated(request, self._token):
            return self.unauthorized()
        return await self.forward(request, self._app)


class InternalBalancer(Edge):
    """The entrance for everybody inside: any Host, any path, any spelling."""

    def __init__(self, broken: Collection[Breakage], app: Path) -> None:
        super().__init__("shop-inner/1.9")
        self._broken = broken
        self._app = app

    async def answer(self, request: Request) -> Reply:
        if Breakage.SERVICE_DOWN in self._broken and request.host == f"provisioning.{INTERNAL_ZONE}":
            return self.page(503)
        return await self.forward(request, self._app)


class Website(Edge):
    """Somebody else's public website."""

    def __init__(self, broken: Collection[Breakage]) -> None:
        super().__init__("elsewhere")
        self._broken = broken

    async def answer(self, request: Request) -> Reply:
        if Breakage.SIGHT_LOST in self._broken:
            return self.page(503)
        if request.path != "/":
            return self.page(404)
        return self.html(200, "<html><head><title>Elsewhere</title></head><body><p>Good day.</p></body></html>\n")


async def _exchange(request: Request, app: Path) -> Reply:
    """One request on a connection of its own. Raises OSError, and ValueError for what is no reply."""
    reader, writer = await asyncio.open_unix_connection(str(app))
    try:
        writer.write(_onward(request))
        await writer.drain()
        data = bytearray()
        while chunk := await reader.read(65536):
            data += chunk
            if len(data) > MAX_REPLY:
                raise ValueError("the app's reply is too long")
    finally:
        await hang_up(writer)
    return _reply(bytes(data))


def _onward(request: Request) -> bytes:
    """The request as it goes to the app: same target, same Host, without what concerns this connection."""
    named = {part.strip().lower() for value in request.values("connection") for part in value.split(",")}
    dropped = HOP_BY_HOP | named | {"content-length"}
    headers = [(name, value) for name, value in request.headers if name not in dropped]
    came_by = [*request.values("x-forwarded-for"), *([request.peer] if request.peer else [])]
    headers = [(name, value) for name, value in headers if name != "x-forwarded-for"]
    if came_by:
        headers.append(("x-forwarded-for", ", ".join(came_by)))
    if request.body:
        headers.append(("content-length", str(len(request.body))))
    headers.append(("connection", "close"))
    lines = [f"{request.method} {request.target} HTTP/1.1", *(f"{n}: {v}" for n, v in headers), "", ""]
    return "\r\n".join(lines).encode("latin-1") + request.body


def _reply(data: bytes) -> Reply:
    head, gap, body = data.partition(b"\r\n\r\n")
    status_line, *lines = head.decode("latin-1").split("\r\n")
    parts = status_line.split(" ", 2)
    if not gap or len(parts) < 2 or not parts[0].startswith("HTTP/1."):
        raise ValueError("the app did not answer with HTTP")
    headers: Headers = tuple((name, value.strip()) for name, _, value in (line.partition(":") for line in lines))
    return Reply(int(parts[1]), tuple(h for h in headers if h[0].lower() not in HOP_BY_HOP), body)
