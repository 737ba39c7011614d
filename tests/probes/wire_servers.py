"""Small real servers on loopback, sound and hostile, and eyes to look at them with."""

import asyncio
import contextlib
import datetime as dt
import ipaddress
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dns.message
import dns.rrset
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from auditor.config import Limits
from auditor.model import HttpQuestion, Probe, Question, Role
from auditor.probes.eyes import Eyes

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

NOW = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
LIMITS = Limits(connect_seconds=1.0, probe_seconds=2.0, body_bytes=65_536)


@dataclass
class Server:
    port: int
    requests: list[bytes] = field(default_factory=list)  # heads, as they came
    connections: int = 0


@contextlib.asynccontextmanager
async def serving(
    handler: Handler, *, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None
) -> AsyncIterator[Server]:
    """A server whose every connection is handled by `handler`; on leaving, all of it is gone."""
    tasks: set[asyncio.Task[Any]] = set()
    server = Server(0)

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.current_task())  # type: ignore[arg-type]
        server.connections += 1
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError, ssl.SSLError):
                await handler(reader, writer)
        finally:
            writer.transport.abort()
            with contextlib.suppress(OSError, ssl.SSLError, asyncio.CancelledError):
                await writer.wait_closed()

    listening = await asyncio.start_server(one, host, 0, ssl=tls, limit=1 << 20)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
        for task in tuple(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await listening.wait_closed()


@contextlib.asynccontextmanager
async def answering(
    *answers: bytes, close: bool = False, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Server]:
    """A server that answers each request with the next of these bytes, and the last for ever."""
    left = list(answers)

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            server.requests.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(left.pop(0) if len(left) > 1 else left[0])
            await writer.drain()
            if close:
                writer.write_eof() if writer.can_write_eof() else None
                return

    async with serving(handler, tls=tls) as server:
        yield server


def response(body: bytes = b"hello", *, status: str = "200 OK", headers: tuple[str, ...] = ()) -> bytes:
    lines = (f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", "")
    return "\r\n".join(lines).encode("latin-1") + body


@contextlib.asynccontextmanager
async def looking(
    *, limits: Limits = LIMITS, resolvers: tuple[str, ...] = (), **options: Any
) -> AsyncIterator[Eyes]:
    eyes = Eyes(name="here", resolvers=resolvers, limits=limits, now=lambda: NOW, **options)
    try:
        yield eyes
    finally:
        await eyes.aclose()


def probe(question: Question, id: str = "probe-1") -> Probe:
    return Probe(id, "here", Role.TARGET, "group", "lane", 0, question)


def asking(port: int, target: str = "/", **options: Any) -> Probe:
    """A probe for http://127.0.0.1:port."""
    options = {"scheme": "http", "host": "127.0.0.1", **options}
    return probe(HttpQuestion(port=port, target=target, **options))


async def reset(writer: asyncio.StreamWriter) -> None:
    """Close the connection by RST."""
    sock: socket.socket = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def unused_port(host: str = "127.0.0.1") -> int:
    with socket.socket() as sock:
        sock.bind((host, 0))
        port: int = sock.getsockname()[1]
        return port


@contextlib.asynccontextmanager
async def blocking_tls(context: ssl.SSLContext, answer: bytes = b"") -> AsyncIterator[Server]:
    """A TLS server in a thread, one connection at a time: asyncio's does not send the alert when it refuses."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = Server(listener.getsockname()[1])

    def run() -> None:
        with contextlib.suppress(OSError), listener:
            while True:
                sock, _ = listener.accept()
                server.connections += 1
                sock.settimeout(5.0)
                with sock, contextlib.suppress(OSError), context.wrap_socket(sock, server_side=True) as wrapped:
                    while wrapped.recv(65_536):
                        wrapped.sendall(answer)

    thread = asyncio.create_task(asyncio.to_thread(run))
    try:
        yield server
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        await thread


# --- certificates


@dataclass(frozen=True)
class Authority:
    """A certificate authority of its own, and what it signed."""

    directory: Path
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @classmethod
    def new(cls, directory: Path) -> "Authority":
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = _certificate("test authority", key, "test authority", key, names=(), ca=True)
        (directory / "ca.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        return cls(directory, key, certificate)

    @property
    def file(self) -> str:
        return str(self.directory / "ca.pem")

    def server(self, *names: str, subject: str = "server", require_client: bool = False) -> ssl.SSLContext:
        """A server's context with a fresh certificate for these names."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = _certificate(subject, key, "test authority", self.key, names=names, ca=False)
        pem = self.directory / f"{certificate.serial_number}.pem"
        pem.write_bytes(
            certificate.public_bytes(serialization.Encoding.PEM)
            + key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        if require_client:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(self.file)
        return context


def _certificate(
    subject: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: str,
    signer: ec.EllipticCurvePrivateKey,
    *,
    names: tuple[str, ...],
    ca: bool,
) -> x509.Certificate:
    today = dt.datetime.now(dt.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - dt.timedelta(days=1))
        .not_valid_after(today + dt.timedelta(days=7))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    )
    if names:
        alternatives = [x509.IPAddress(a) if (a := _address(n)) else x509.DNSName(n) for n in names]
        builder = builder.add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
    return builder.sign(signer, hashes.SHA256())


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None


# --- names


@contextlib.asynccontextmanager
async def naming(**addresses: tuple[str, ...]) -> AsyncIterator[str]:
    """A DNS server that knows A records of `name.test`; the rest does not exist. Gives its `address:port`."""

    class Zone(asyncio.DatagramProtocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.transport = transport

        def datagram_received(self, data: bytes, peer: Any) -> None:
            query = dns.message.from_wire(data)
            reply = dns.message.make_response(query, recursion_available=True)
            question = query.question[0]
            known = addresses.get(str(question.name).removesuffix(".test."))
            if known is None:
                reply.set_rcode(dns.rcode.NXDOMAIN)
            elif question.rdtype == dns.rdatatype.A:
                reply.answer.append(dns.rrset.from_text(question.name, 60, "IN", "A", *known))
            self.transport.sendto(reply.to_wire(), peer)  # type: ignore[attr-defined]

    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(Zone, ("127.0.0.1", 0))
    try:
        yield f"127.0.0.1:{transport.get_extra_info('sockname')[1]}"
    finally:
        transport.close()


# --- proxies


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
        writer.write_eof()


async def _join(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, port: int, hello: bytes
) -> None:
    far_reader, far_writer = await asyncio.open_connection(host, port)
    try:
        writer.write(hello)
        await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))
    finally:
        far_writer.transport.abort()


_SOCKS_OF = {ConnectionRefusedError: 5, PermissionError: 2}


@contextlib.asynccontextmanager
async def socks5(reply: int | None = None) -> AsyncIterator[Server]:
    """A SOCKS5 server (RFC 1928) without authentication; `reply`: says that, whatever is asked."""

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _, methods = await reader.readexactly(2)
        await reader.readexactly(methods)
        writer.write(b"\x05\x00")
        _, _, _, kind = await reader.readexactly(4)
        assert kind in (1, 4), "the proxy was handed a name"
        family, length = (socket.AF_INET, 4) if kind == 1 else (socket.AF_INET6, 16)
        host = socket.inet_ntop(family, await reader.readexactly(length))
        port = int.from_bytes(await reader.readexactly(2), "big")
        server.requests.append(f"{host} {port}".encode())
        tail = b"\x00\x01" + bytes(6)
        if reply is not None:
            writer.write(bytes((5, reply)) + tail)
            await writer.drain()
            return
        try:
            await _join(reader, writer, host, port, b"\x05\x00" + tail)
        except OSError as error:
            writer.write(bytes((5, _SOCKS_OF.get(type(error), 1))) + tail)
            await writer.drain()

    async with serving(handler) as server:
        yield server


@contextlib.asynccontextmanager
async def connect_proxy(refusal: bytes | None = None) -> AsyncIterator[Server]:
    """An HTTP proxy that knows CONNECT (RFC 9110 section 9.3.6)."""

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        server.requests.append(head)
        if refusal is not None:
            writer.write(refusal)
            await writer.drain()
            return
        host, _, port = head.split()[1].decode().rpartition(":")
        await _join(reader, writer, host.strip("[]"), int(port), b"HTTP/1.1 200 Connection established\r\n\r\n")

    async with serving(handler) as server:
        yield server
