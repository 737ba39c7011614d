"""One raw HTTP request and its answer.

Must never use a client that would rewrite what it is given.
"""

import http.client
import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from leaks.pages import mark

SECONDS = 5.0
MOST = 65_536


@dataclass(frozen=True)
class Answer:
    """What came back; `status` is None when no response did."""

    status: int | None
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)

    def shows(self, app: str) -> bool:
        """Whether it is the application's internal page."""
        return self.status is not None and 200 <= self.status < 300 and mark(app).encode() in self.body


def ask(
    address: str,
    port: int,
    source: str,
    target: str,
    host: str,
    *,
    method: str = "GET",
    headers: Sequence[tuple[str, str]] = (),
    version: str = "1.1",
    sni: str | None = None,
) -> Answer:
    """One request, to the byte, on a connection of its own; over TLS where there is an SNI."""
    lines = [f"{method} {target} HTTP/{version}", *([f"Host: {host}"] if host else [])]
    lines += [f"{name}: {value}" for name, value in headers]
    if not any(name.lower() == "connection" for name, _ in headers):
        lines.append("Connection: close")
    try:
        with _connected(address, port, source, sni) as wire:
            wire.sendall("\r\n".join([*lines, "", ""]).encode("latin-1"))
            response = http.client.HTTPResponse(wire, method=method)
            try:
                response.begin()
                got = {name.lower(): value for name, value in response.getheaders()}
                return Answer(response.status, response.read(MOST), got)
            finally:
                response.close()
    except (OSError, http.client.HTTPException):
        return Answer(None)


@contextmanager
def _connected(address: str, port: int, source: str, sni: str | None) -> Iterator[socket.socket]:
    with socket.create_connection((address, port), SECONDS, (source, 0)) as plain:
        if sni is None:
            yield plain
            return
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        with context.wrap_socket(plain, server_hostname=sni) as wire:
            yield wire
