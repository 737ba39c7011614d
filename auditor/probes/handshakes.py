"""TLS as a vantage sees it: any handshake that can be had, recorded, and a second one that verifies.

Must never refuse a handshake over a certificate (a bad one hides no open door), and never say `verified` of a
certificate other than the one recorded.
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import cast

from auditor.model import Outcome, Phase, TlsAnswer
from auditor.probes.certificate import covers, read_certificate
from auditor.probes.outcomes import ExchangeFailed, Failure, failure_of
from auditor.probes.redact import printable
from auditor.probes.wire import literal

Dial = Callable[..., Awaitable[socket.socket | Failure]]


#: How long to listen for a late alert: twice the handshake, within these bounds.
LISTEN_SECONDS = (0.1, 1.0)


@dataclass(frozen=True, slots=True)
class Peer:
    """Whom a certificate is asked of, and for which name it has to be."""

    address: str
    port: int
    sni: str | None
    name: str


class Handshakes:
    """One vantage's TLS contexts, and what it knows of the certificates it met."""

    def __init__(self, dial: Dial, *, ca_file: str | None, timeout: float) -> None:
        self._dial = dial
        self._ca_file = ca_file
        self._timeout = timeout
        self._open: dict[tuple[str, ...], ssl.SSLContext] = {}
        self._strict: dict[bool, ssl.SSLContext] = {}
        self._known: dict[tuple[Peer, str], str | None] = {}  # None: verified; else why not
        self._running: dict[tuple[Peer, str], asyncio.Task[str | None]] = {}

    async def shake(
        self,
        protocol: asyncio.Protocol,
        sock: socket.socket,
        sni: str | None,
        *,
        alpn: tuple[str, ...] = (),
        timeout: float,
    ) -> TlsAnswer:
        """Wrap a connected socket, which belongs to the protocol's transport from here on.

        The answer says `verified=False` until `verify` has looked. Raises ExchangeFailed.
        """
        try:
            name = server_name(sni)
            async with asyncio.timeout(timeout):
                transport = await _wrap(protocol, sock, self._opened(alpn), name)
        except Exception as error:
            sock.close()
            raise ExchangeFailed(failure_of(error, Phase.TLS)) from None
        except BaseException:
            sock.close()
            raise
        return _record(transport, sni)

    async def refusal(self, peer: Peer, *, alpn: tuple[str, ...], timeout: float) -> Failure | None:
        """The alert with which this peer refuses a client that has said nothing yet; None: it does not.

        A server that refuses a client after a TLS 1.3 handshake may close with our request unread, and the reset
        this makes overtakes the alert that tells why.
        """
        loop = asyncio.get_running_loop()
        started = loop.time()
        sock = await self._dial(peer.address, peer.port, timeout=timeout)
        if isinstance(sock, Failure):
            return None
        silent = Silent()
        try:
            async with asyncio.timeout_at(started + timeout):
                answer = await self.shake(silent, sock, peer.sni, alpn=alpn, timeout=timeout)
                await silent.listen(answer, loop.time() - started)
        except ExchangeFailed as error:
            return error.failure if error.failure.outcome is Outcome.TLS_ALERT else None
        except TimeoutError:
            return None
        finally:
            await silent.aclose()
        return None

    async def verify(self, answer: TlsAnswer, peer: Peer, *, within: float | None = None) -> TlsAnswer:
        """The answer with what a second, verifying handshake with the same peer says: one for each certificate.

        When `within` (seconds) is about to pass, the certificate counts as not verified.
        """
        key = (peer, answer.sha256)
        if key in self._known:
            error = self._known[key]
        else:
            try:
                # A little earlier than the exchange is cut off: it has been answered, and that must not be lost.
                async with asyncio.timeout(None if within is None else within * 0.9):
                    error = await self._second_look(key)
            except TimeoutError:
                error = "no time left to verify"
        return replace(answer, verified=error is None, verify_error=error)

    async def _second_look(self, key: tuple[Peer, str]) -> str | None:
        if key not in self._running:
            self._running[key] = task = asyncio.create_task(self._look_again(key))
            task.add_done_callback(lambda _: self._running.pop(key, None))
        return await asyncio.shield(self._running[key])

    async def aclose(self) -> None:
        """End what is still being verified."""
        running = tuple(self._running.values())
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def _look_again(self, key: tuple[Peer, str]) -> str | None:
        peer, sha256 = key
        sock = await self._dial(peer.address, peer.port, timeout=self._timeout)
        if isinstance(sock, Failure):
            return f"the second look failed: {sock.detail}"
        silent = Silent()
        # A name that is not to be sent as SNI cannot be checked by OpenSSL; an address never is sent.
        ours = peer.sni is None and literal(peer.name) is None
        try:
            name = server_name(None if ours else peer.name.rstrip("."))
            async with asyncio.timeout(self._timeout):
                transport = await _wrap(silent, sock, self._verifying(names=not ours), name)
        except ssl.SSLCertVerificationError as error:
            self._known[key] = printable(error.verify_message or str(error))
            return self._known[key]
        except Exception as error:
            sock.close()
            return f"the second look failed: {failure_of(error, Phase.TLS).detail}"
        seen = _record(transport, peer.sni)
        await silent.aclose()
        if seen.sha256 != sha256:
            return "another certificate was shown at the second look"
        self._known[key] = None if not ours or covers(seen.names, peer.name) else f"not valid for {peer.name!r}"
        return self._known[key]

    def _opened(self, alpn: tuple[str, ...]) -> ssl.SSLContext:
        """A context that takes whatever the peer has: any certificate, every version and cipher we still know."""
        if alpn not in self._open:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
            context.set_ciphers("ALL:@SECLEVEL=0")
            context.options |= getattr(ssl, "OP_LEGACY_SERVER_CONNECT", 0x4)
            if alpn:
                context.set_alpn_protocols(list(alpn))
            self._open[alpn] = context
        return self._open[alpn]

    def _verifying(self, *, names: bool) -> ssl.SSLContext:
        if names not in self._strict:
            context = ssl.create_default_context()
            context.check_hostname = names
            if self._ca_file is not None:
                context.load_verify_locations(self._ca_file)
            self._strict[names] = context
        return self._strict[names]


class Silent(asyncio.Protocol):
    """A connection on which nothing is said; what is heard is an end, or an error such as a late alert."""

    def __init__(self) -> None:
        self.closed: asyncio.Future[BaseException | None] = asyncio.get_running_loop().create_future()
        self._transport: asyncio.Transport | None = None

    async def listen(self, answer: TlsAnswer, handshake_seconds: float) -> None:
        """Wait for the server's word on the client's side of a TLS 1.3 handshake; before 1.3 it is part of it.

        Raises ExchangeFailed when the word is an alert, such as 116 certificate_required.
        """
        if answer.version == "TLSv1.3":
            least, most = LISTEN_SECONDS
            await asyncio.wait([self.closed], timeout=min(most, max(least, 2 * handshake_seconds)))
        if self.closed.done() and (error := self.closed.result()) is not None:
            raise ExchangeFailed(failure_of(error, Phase.TLS))

    async def aclose(self) -> None:
        """Close at once."""
        if self._transport is not None:
            self._transport.abort()
            await self.closed

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's are none by class

    def connection_lost(self, error: Exception | None) -> None:
        if not self.closed.done():
            self.closed.set_result(error)


def server_name(sni: str | None) -> str:
    """The name as `ssl` takes it; empty: none is sent. Raises ExchangeFailed for one that cannot be sent."""
    try:
        sendable = (sni or "").encode("idna")
    except UnicodeError as error:
        raise _unsendable(str(error)) from error
    if len(sendable) > 255 or sendable.startswith(b".") or b"\0" in sendable:
        raise _unsendable("too long, a leading dot, or NUL")
    return sni or ""


def _unsendable(why: str) -> ExchangeFailed:
    return ExchangeFailed(Failure(Outcome.PROBER_ERROR, Phase.TLS, printable(f"the SNI cannot be sent: {why}")))


async def _wrap(
    protocol: asyncio.Protocol, sock: socket.socket, context: ssl.SSLContext, name: str
) -> asyncio.Transport:
    transport, _ = await asyncio.get_running_loop().create_connection(
        lambda: protocol, sock=sock, ssl=context, server_hostname=name
    )
    return transport


def _record(transport: asyncio.Transport, sni: str | None) -> TlsAnswer:
    tls: ssl.SSLObject = transport.get_extra_info("ssl_object")
    leaf = read_certificate(tls.getpeercert(binary_form=True) or b"")
    cipher = tls.cipher()
    return TlsAnswer(
        version=tls.version() or "",
        cipher=cipher[0] if cipher else "",
        sni=sni,
        verified=False,
        verify_error=None,
        subject=leaf.subject,
        issuer=leaf.issuer,
        names=leaf.names,
        not_before=leaf.not_before,
        not_after=leaf.not_after,
        sha256=leaf.sha256,
        alpn=tls.selected_alpn_protocol(),
    )
