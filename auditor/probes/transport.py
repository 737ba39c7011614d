"""httpx over wires of our own: the exact target to the exact address, each phase timed, every answer bounded.

Must never normalise what it is given, follow a redirect, or resolve a name.
"""

import asyncio

import httpx

from auditor.config import Limits
from auditor.model import Outcome, Phase
from auditor.probes.connection import Connection
from auditor.probes.decoding import decoded
from auditor.probes.handshakes import Dial, Handshakes, Peer
from auditor.probes.outcomes import ExchangeFailed, Failure
from auditor.probes.outgoing import RequestRefused, request_bytes
from auditor.probes.pool import Pool, Way
from auditor.probes.reading import Reply
from auditor.probes.trace import Trace
from auditor.probes.wire import literal

STALE = "a kept connection had gone stale; asked again on a new one"


class WireTransport(httpx.AsyncBaseTransport):
    """An `httpx.Request` in, an `httpx.Response` out.

    Request extensions, all optional: `target` (bytes, sent as they stand), `version` (else "1.1"), `address`
    (literal; else the URL's host must be one), `sni` (None: none is sent; absent: the URL's host unless
    that is an address), `verify_as` (the name a certificate has to be for; absent: the SNI, else the URL's host),
    `trace` (a Trace that is kept up to date), `seconds` (the bound on the whole exchange).

    Response: its stream is the decoded, bounded body, also in the extension `body`; Content-Encoding is taken out
    where a coding was taken off. The extension `reply` has everything as it came, `truncated` says whether there
    was more, `tls` is a TlsAnswer or None, `peer` whom to verify it with, `reused` whether the connection was.

    Raises ExchangeFailed (the failure is in it) and RequestRefused.
    """

    def __init__(
        self, dial: Dial, handshakes: Handshakes, limits: Limits, *, way_out: Phase = Phase.CONNECT
    ) -> None:
        self._dial = dial
        self._handshakes = handshakes
        self._limits = limits
        self._way_out = way_out
        self._pool = Pool()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        wire, way = request_bytes(request), way_of(request)
        trace: Trace = request.extensions.get("trace") or Trace()
        loop = asyncio.get_running_loop()
        until = loop.time() + request.extensions.get("seconds", self._limits.probe_seconds)
        head_only = request.method == "HEAD"

        async def ask(connection: Connection) -> Reply:
            return await connection.ask(wire, head_only=head_only, trace=trace, seconds=until - loop.time())

        connection = self._pool.take(way)
        try:
            if connection is None:
                connection = await self._open(way, trace, until - loop.time())
            reply = await ask(connection)
        except ExchangeFailed as error:
            if connection is None or connection.heard or error.failure.outcome not in _HUNG_UP:
                raise
            if not connection.reused:
                raise await self._explained(error, way, until - loop.time()) from None
            # It was closed while it was idle. Every method we send may be sent twice (RFC 9110 section 9.2.2).
            trace.note = STALE
            connection = await self._open(way, trace, until - loop.time())
            reply = await ask(connection)
        self._pool.give(way, connection)
        return self._response(request, reply, connection, way, trace)

    @property
    def live(self) -> int:
        """Connections open now, kept ones included."""
        return self._pool.live

    async def aclose(self) -> None:
        await self._pool.aclose()

    async def _open(self, way: Way, trace: Trace, seconds: float) -> Connection:
        trace.enter(self._way_out)
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        sock = await self._dial(way.address, way.port, timeout=min(seconds, self._limits.connect_seconds))
        if isinstance(sock, Failure):
            trace.leave()
            raise ExchangeFailed(sock)
        connection = Connection(sock, self._limits.body_bytes)
        if way.tls:
            trace.enter(Phase.TLS)
            left = until - loop.time()
            try:
                connection.tls = await self._handshakes.shake(connection, sock, way.sni, alpn=_ALPN, timeout=left)
            finally:
                trace.leave()
        else:
            await loop.create_connection(lambda: connection, sock=sock)
        trace.leave()
        self._pool.add(connection)
        return connection

    async def _explained(self, error: ExchangeFailed, way: Way, seconds: float) -> ExchangeFailed:
        """The error, or the alert that was lost with the connection."""
        if not way.tls or seconds <= 0:
            return error
        timeout = min(seconds * 0.9, self._limits.connect_seconds)
        refusal = await self._handshakes.refusal(_peer(way), alpn=_ALPN, timeout=timeout)
        return error if refusal is None else ExchangeFailed(refusal)

    def _response(
        self, request: httpx.Request, reply: Reply, connection: Connection, way: Way, trace: Trace
    ) -> httpx.Response:
        body, cut = decoded(reply.body, reply.headers, self._limits.body_bytes)
        headers = reply.headers
        if body is not reply.body:
            headers = [field for field in headers if field[0].lower() != b"content-encoding"]
        return httpx.Response(
            reply.status,
            headers=headers,
            stream=httpx.ByteStream(body),
            extensions={
                "http_version": b"HTTP/" + reply.version.encode(),
                "reason_phrase": reply.reason,
                "reply": reply,
                "body": body,
                "truncated": reply.truncated or cut,
                "tls": connection.tls,
                "peer": _peer(way),
                "trace": trace,
                "reused": connection.reused,
            },
            request=request,
        )


_ALPN = ("http/1.1",)
_HUNG_UP = frozenset({Outcome.CLOSED_EARLY, Outcome.RESET})


def _peer(way: Way) -> Peer:
    return Peer(way.address, way.port, way.sni, way.verify_as)


def way_of(request: httpx.Request) -> Way:
    """Where this request goes. Raises RequestRefused when that is no literal address."""
    url, extensions = request.url, request.extensions
    host = url.host
    address = extensions.get("address") or host
    tls = url.scheme == "https"
    if not tls:
        if url.scheme != "http":
            raise RequestRefused(f"the scheme {url.scheme!r} is not HTTP")
        return Way(_literal(address), url.port or 80, False, None, "")
    name = extensions["sni"] if "sni" in extensions else (None if literal(host) else host)
    verify_as = extensions.get("verify_as") or name or host
    return Way(_literal(address), url.port or 443, True, name, verify_as)


def _literal(address: str) -> str:
    found = literal(address)
    if found is None:
        raise RequestRefused(f"{address!r} is no literal address")
    return found
