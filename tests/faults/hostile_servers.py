"""Gateways and resolvers that mean ill, and tell the truth where it suits them."""

import asyncio
import gzip
from collections.abc import Awaitable, Callable, Iterable

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
from wire_servers import Handler, reset

#: What an attacker would like to see alive in a report.
MARKUP = "</script><script>alert(1)</script><img src=x onerror=alert(1)>]]>--><x-live>\u202e"
RAW = MARKUP.encode()

Attack = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]

#: What the lab's app answers there.
CONTROL = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n{"status":"up"}'

_BOMB = gzip.compress(bytes(64 << 20), 1)


def said(body: bytes, *headers: bytes, status: bytes = b"200 OK") -> bytes:
    head = b"\r\n".join((b"HTTP/1.1 " + status, *headers, b"Content-Length: %d" % len(body)))
    return head + b"\r\n\r\n" + body


async def drip(_target: bytes, writer: asyncio.StreamWriter) -> None:
    """A byte now and then, for ever."""
    writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 1000000\r\n\r\n")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.05)


async def silence(_target: bytes, writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def hang_up(_target: bytes, writer: asyncio.StreamWriter) -> None:
    await reset(writer)


async def endless(_target: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"10000\r\n" + b"x" * 65_536 + b"\r\n")
        await writer.drain()


async def bomb(_target: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(said(_BOMB, b"Content-Encoding: gzip"))


async def headers(_target: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(said(b"hello", *(b"X-%d: %d" % (n, n) for n in range(10_000))))


async def status_line(_target: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 4O4 Not Found\r\nContent-Length: 0\r\n\r\n")


async def not_http(_target: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 mail.example ESMTP\r\n" * 3)


async def no_utf8(_target: bytes, writer: asyncio.StreamWriter) -> None:
    junk = bytes(range(128, 256)) + b"\xed\xa0\x80\xc3\x28\xff"
    writer.write(said(junk * 9, b"Server: " + junk, b"X-" + b"Y: " + junk, status=b"404 " + junk))


async def markup(target: bytes, writer: asyncio.StreamWriter) -> None:
    fields = (b"Server", b"Content-Type", b"Set-Cookie", b"Location", b"WWW-Authenticate", b"X-Cache", b"Via")
    value = MARKUP.encode("ascii", "ignore")
    writer.write(said(RAW + target + RAW, *(name + b": " + value for name in fields), status=b"404 " + value))


async def loop(target: bytes, writer: asyncio.StreamWriter) -> None:
    """To another spelling of the same path, and from there back."""
    there = target[:-1] if target.endswith(b"/") else target + b"/"
    writer.write(said(b"", b"Location: " + there, status=b"301 Moved Permanently"))


ATTACKS: dict[str, Attack] = {
    attack.__name__: attack
    for attack in (
        drip, silence, hang_up, endless, bomb, headers, status_line, not_http, no_utf8, markup, loop,
    )
}  # fmt: skip


def gateway(attack: Attack, *, honest: Callable[[bytes], bool]) -> Handler:
    """Attacks at every target but those where it is `honest`; the known-public path is then answered as ever."""

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            target = (await reader.readuntil(b"\r\n\r\n")).split(b" ")[1]
            if not honest(target):
                await attack(target, writer)
                await writer.drain()
                if attack in (status_line, not_http):
                    return
            elif target == b"/api/v1/health":
                writer.write(CONTROL)
            else:
                writer.write(said(b"<h1>404 of the edge</h1>", b"Server: edge", status=b"404 Not Found"))
            await writer.drain()

    return handler


# --- resolvers

Says = Callable[[dns.message.Message, bool], Iterable[bytes]]


def _reply(query: dns.message.Message, rcode: dns.rcode.Rcode = dns.rcode.NXDOMAIN) -> dns.message.Message:
    reply = dns.message.make_response(query, recursion_available=True)
    reply.set_rcode(rcode)
    return reply


def another_id(query: dns.message.Message, _tcp: bool) -> Iterable[bytes]:
    reply = _reply(query)
    reply.id = query.id ^ 0x5A5A
    yield from [reply.to_wire()] * 5


def truncated(query: dns.message.Message, _tcp: bool) -> Iterable[bytes]:
    reply = _reply(query, dns.rcode.NOERROR)
    reply.flags |= dns.flags.TC
    yield reply.to_wire()


def five_hundred(query: dns.message.Message, tcp: bool) -> Iterable[bytes]:
    reply = _reply(query, dns.rcode.NOERROR)
    if query.question[0].rdtype == dns.rdatatype.A:
        addresses = [f"198.51.{100 + n // 250}.{n % 250}" for n in range(500)]
        reply.answer.append(dns.rrset.from_text(query.question[0].name, 60, "IN", "A", *addresses))
    if not tcp:
        reply.answer.clear()
        reply.flags |= dns.flags.TC
    yield reply.to_wire(max_size=65_535)


def mute(_query: dns.message.Message, _tcp: bool) -> Iterable[bytes]:
    return ()


def texts(query: dns.message.Message, _tcp: bool) -> Iterable[bytes]:
    """An alias with markup in its labels."""
    reply = _reply(query, dns.rcode.NOERROR)
    alias = dns.name.Name((b"</script><x-live>", b"\"onerror='alert(1)", b"\x00\xff\xe2\x80\xae", b"example", b""))
    reply.answer.append(dns.rrset.from_text(query.question[0].name, 60, "IN", "CNAME", alias.to_text()))
    yield reply.to_wire()


LIES: dict[str, Says] = {each.__name__: each for each in (another_id, truncated, five_hundred, mute, texts)}
