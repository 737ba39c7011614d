"""What the service shows: the latest report and its own health. Reads only; the page is built elsewhere.

Must never name a target to someone who has not shown the password, where one is set.
"""

import base64
import binascii
import hmac
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from auditor.report import content_security_policy
from auditor.store import Store, StoreError

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


@dataclass
class Board:
    """The latest page, as the service left it."""

    html: str = ""


def site(board: Board, store: Store, password: str | None) -> Starlette:
    """The web application: `/` the latest report, `/healthz` for whoever keeps the service alive."""

    async def latest(request: Request) -> Response:
        if not _may_read(request, password):
            return PlainTextResponse(
                "a password is needed", 401, {"WWW-Authenticate": 'Basic realm="reachability auditor"'}
            )
        policy = f"{content_security_policy()}; frame-ancestors 'none'"
        return HTMLResponse(board.html, headers=_HEADERS | {"Content-Security-Policy": policy})

    def healthz(request: Request) -> Response:
        try:
            store.outbox_counts()
        except StoreError:
            return JSONResponse({"ok": False, "database": False}, 503, _HEADERS)
        return JSONResponse({"ok": True, "database": True}, headers=_HEADERS)

    return Starlette(routes=[Route("/", latest), Route("/healthz", healthz)])


def _may_read(request: Request, password: str | None) -> bool:
    if password is None:
        return True
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return False
    try:
        given = base64.b64decode(value, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return False
    return hmac.compare_digest(given.encode(), password.encode())
