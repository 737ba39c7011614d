"""The company's one app: some public API, some internal pages, and a witness that writes down what reached it.

Must never be asked what happened through the network: the witness is a file, written before a request is answered.
Each page carries a mark of its own and something that changes on every request, as real pages do.
"""

import json
import os
import uuid
from datetime import UTC, datetime

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

#: Path -> what identifies its page in any answer.
MARKS = {
    "/health": "checks-3d41",
    "/api/v1/health": "public-health-8a07",
    "/api/v1/orders": "orders-5510",
    "/internal/v1/provision": "provision-c2f9",
    "/internal/v1/config": "configuration-77be",
    "/docs": "reference-19d3",
    "/openapi.json": "description-f04c",
}

#: What the internal pages ask for when a request came by way of a proxy that says so.
PROXIED = "x-forwarded-for"


def page(request: Request) -> Response:
    """The page of a path, with its mark."""
    path = request.url.path
    if path.startswith("/internal/") and PROXIED in request.headers and "authorization" not in request.headers:
        return JSONResponse(
            {"error": "credentials are required for provisioning", "realm": "shop-internal"},
            status_code=401,
            headers={"www-authenticate": 'Bearer realm="shop-internal"'},
        )
    if path == "/docs":
        return HTMLResponse(
            "<!doctype html><html><head><title>Shop service reference</title></head><body>"
            f"<h1>Operations of the shop service</h1><p>Reference {MARKS[path]}. Every operation takes and returns"
            " JSON. Provisioning belongs to the platform team, orders to the commerce team.</p>"
            "<ul><li>/api/v1/orders</li><li>/internal/v1/provision</li><li>/internal/v1/config</li></ul>"
            f"<footer>{datetime.now(UTC).isoformat()}</footer></body></html>"
        )
    return JSONResponse(
        {
            "service": "shop",
            "page": MARKS[path],
            "regions": ["eu-central", "eu-north"],
            "database": {"engine": "postgres", "pool": 20, "replicas": 3},
            "features": {"invoices": True, "returns": False, "gifts": True},
            "timestamp": datetime.now(UTC).isoformat(),
        },
        headers={"x-request-id": str(uuid.uuid4())},
    )


async def missing(request: Request, error: Exception) -> Response:
    return JSONResponse({"detail": "There is no such operation", "service": "shop"}, status_code=404)


class Witness:
    """Writes one line of JSON for each request that reached the app, before it is answered."""

    def __init__(self, app: ASGIApp, path: str) -> None:
        self._app = app
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
            line = {
                "client": scope["client"][0],
                "method": scope["method"],
                "path": scope["path"],
                "raw_path": scope["raw_path"].decode("latin-1"),
                "host": headers.get("host", ""),
                "nonce": headers.get("x-nonce", ""),
            }
            os.write(self._file, json.dumps(line).encode() + b"\n")
        await self._app(scope, receive, send)


def create() -> ASGIApp:
    """The app with its witness; the environment says where that writes."""
    app = Starlette(routes=[Route(path, page) for path in MARKS], exception_handlers={404: missing})
    return Witness(app, os.environ["WITNESS"])
