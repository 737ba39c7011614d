"""How a DNS question travels: UDP, TCP and TLS. Bytes out, bytes in, every wait bounded.

Must never take a datagram for an answer that the question does not recognise as its own, nor let one end the wait.
"""

import asyncio
import socket
import ssl
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

from auditor.model import Outcome, Phase
from auditor.probes.dns_query import Query
from auditor.probes.eyes import Eyes
from auditor.probes.outcomes import Failure, failure_of
from auditor.probes.wire import Stream, place, stream_over

#: Datagrams read in one go, so that a flood of forgeries does not keep the loop from everybody else.
_BATCH = 64

#: Messages with another id that a stream may put before ours.
_STRANGERS = 16


@dataclass(frozen=True, slots=True)
class Message:
    """A message that answers the question, as bytes."""

    wire: bytes
    transport: str  # udp, tcp, tls, https
    local: str | None  # the address we asked from
    strangers: int = 0  # other messages that came before it and were not for us


async def by_udp(query: Query, address: str, port: int, source: str | None, seconds: float) -> Message | Failure:
    """One datagram and the wait for its answer.

    The socket is connected: the kernel drops what comes from elsewhere, picks a random source port, and hands
    us the ICMP error of a closed port.
    """
    if source is not None and (":" in source) != (":" in address):
        return Failure(Outcome.UNREACHABLE, Phase.RESOLVE, f"no way from source address {source} to {address}")
    loop = asyncio.get_running_loop()
    try:
        with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.setblocking(False)
            if source is not None:
                sock.bind((source, 0))
            sock.connect((address, port))
            sock.send(query.wire())
            local = str(sock.getsockname()[0])
            ear = _Ear(sock, query, loop.create_future())
            loop.add_reader(sock.fileno(), ear.listen)
            timer = loop.call_later(seconds, ear.give_up)
            try:
                wire = await ear.heard
            finally:
                timer.cancel()
                loop.remove_reader(sock.fileno())
    except OSError as error:
        return met(error)
    if wire is None:
        return silence(seconds, ear.strangers)
    return Message(wire, "udp", local, ear.strangers)


class _Ear:
    """Listens on one socket until the answer to one question comes."""

    def __init__(self, sock: socket.socket, query: Query, heard: "asyncio.Future[bytes | None]") -> None:
        self.sock, self.query, self.heard = sock, query, heard
        self.strangers = 0

    def listen(self) -> None:
        try:
            for _ in range(_BATCH):
                if self.heard.done():
                    return
                wire = self.sock.recv(65535)
                if self.query.accepts(wire):
                    self.heard.set_result(wire)
                else:
                    self.strangers += 1
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self.heard.set_exception(error)

    def give_up(self) -> None:
        self.listen()  # a loop that was busy elsewhere may find the time over and the answer there at once
        if not self.heard.done():
            self.heard.set_result(None)


async def by_stream(
    query: Query, address: str, port: int, eyes: Eyes, seconds: float, name: str | None = None
) -> Message | Failure:
    """One question over a connection of its own (RFC 7766).

    With `name` over TLS (RFC 7858), whose certificate has to verify for it, be it a name or an address, unless the
    query trusts nobody.
    """
    deadline = asyncio.get_running_loop().time() + seconds
    sock = await eyes.dial(address, port, timeout=seconds)
    if isinstance(sock, Failure):
        return named(sock)
    local, strangers, stream = str(sock.getsockname()[0]), 0, None
    phase = Phase.RESOLVE if name is None else Phase.TLS
    try:
        async with asyncio.timeout_at(deadline):
            stream = (
                await stream_over(sock)
                if name is None
                else await _secured(sock, name, trust(eyes, verify=query.trusted))
            )
            phase = Phase.RESOLVE
            wire = query.wire()
            stream.writer.write(len(wire).to_bytes(2) + wire)
            for strangers in range(_STRANGERS):
                wire = await stream.reader.readexactly(int.from_bytes(await stream.reader.readexactly(2)))
                if query.accepts(wire):
                    return Message(wire, "tcp" if name is None else "tls", local, strangers)
    except TimeoutError:
        return silence(seconds, strangers)
    except (OSError, EOFError) as error:
        return met(error, phase)
    finally:
        if stream is not None:
            await stream.aclose()
        else:
            sock.close()
    return silence(seconds, strangers + 1)


async def _secured(sock: socket.socket, name: str, context: ssl.SSLContext) -> Stream:
    local, peer = place(sock.getsockname()), place(sock.getpeername())
    reader, writer = await asyncio.open_connection(sock=sock, ssl=context, server_hostname=name)
    return Stream(reader, writer, local, peer)


def trust(eyes: Eyes, *, verify: bool, h2: bool = False) -> ssl.SSLContext:
    """The trust anchors of the system and of the vantage, or none; with HTTP/2 on offer. Made once: it takes
    milliseconds."""
    made = _contexts.setdefault(eyes, {})
    if (verify, h2) not in made:
        context = ssl.create_default_context()
        if eyes.ca_file is not None:
            context.load_verify_locations(eyes.ca_file)
        if not verify:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        if h2:
            context.set_alpn_protocols(["h2", "http/1.1"])
        made[verify, h2] = context
    return made[verify, h2]


_contexts: WeakKeyDictionary[Eyes, dict[tuple[bool, bool], ssl.SSLContext]] = WeakKeyDictionary()


def met(error: BaseException, phase: Phase = Phase.RESOLVE) -> Failure:
    """An error on the way to a server, as what it was: a closed port is REFUSED here, not silence."""
    # Read as of the CONNECT phase: in RESOLVE it would become the resolver's silence, which is for those who
    # only want an address.
    reading = phase if phase is Phase.TLS else Phase.CONNECT
    return named(replace(failure_of(error, reading), phase=phase))


def named(failure: Failure) -> Failure:
    """The same failure; waiting for a DNS server in vain has a name of its own."""
    return replace(failure, outcome=Outcome.DNS_TIMEOUT) if failure.outcome is Outcome.TIMED_OUT else failure


def silence(seconds: float, strangers: int) -> Failure:
    if strangers:
        return Failure(Outcome.DNS_INVALID, Phase.RESOLVE, f"{messages(strangers)}, none with ours")
    return Failure(Outcome.DNS_TIMEOUT, Phase.RESOLVE, f"no answer in {seconds:.1f} s")


def messages(strangers: int) -> str:
    return f"{strangers} message{'s' if strangers > 1 else ''} with another id or question"
