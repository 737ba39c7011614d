"""The way in: a SOCKS5 server (RFC 1928) that knows the inside addresses, and nothing else.

The inside has no TCP ports at all: an inside address is a socket file in a private folder. Must never connect to
anything that is not in its table, for then it would be a hole.
"""

import asyncio
import contextlib
from collections.abc import Mapping
from enum import IntEnum
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

from auditor.lab.estate import INSIDE_HOSTS
from auditor.lab.serving import Converse, hang_up

#: Inside address and port → the socket file behind it.
Routes = Mapping[tuple[str, int], Path]

VERSION = 5
NO_AUTHENTICATION = 0
NO_ACCEPTABLE_METHOD = 0xFF
CONNECT = 1
IPV4 = 1


class Status(IntEnum):
    """Replies of RFC 1928 section 6."""

    SUCCEEDED = 0
    HOST_UNREACHABLE = 4
    CONNECTION_REFUSED = 5
    COMMAND_NOT_SUPPORTED = 7
    ADDRESS_TYPE_NOT_SUPPORTED = 8


def bastion(routes: Routes) -> Converse:
    """Serves CONNECT without authentication, to the addresses of the table."""

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not await _greeted(reader, writer):
            return
        found = await _destination(reader, routes)
        if isinstance(found, Status):
            await _say(writer, found)
            return
        try:
            inner_reader, inner_writer = await asyncio.open_unix_connection(str(found))
        except OSError:
            await _say(writer, Status.CONNECTION_REFUSED)
            return
        try:
            await _say(writer, Status.SUCCEEDED)
            async with asyncio.TaskGroup() as both:
                both.create_task(_pour(reader, inner_writer))
                both.create_task(_pour(inner_reader, writer))
        finally:
            await hang_up(inner_writer)

    return converse


async def _greeted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    version, count = await reader.readexactly(2)
    methods = await reader.readexactly(count)
    fits = version == VERSION and NO_AUTHENTICATION in methods
    writer.write(bytes([VERSION, NO_AUTHENTICATION if fits else NO_ACCEPTABLE_METHOD]))
    await writer.drain()
    return fits


async def _destination(reader: asyncio.StreamReader, routes: Routes) -> Path | Status:
    """The socket file asked for, or why there is none."""
    _, command, _, kind = await reader.readexactly(4)
    match kind:
        case 1:
            host = str(IPv4Address(await reader.readexactly(4)))
        case 3:
            size = (await reader.readexactly(1))[0]
            name = (await reader.readexactly(size)).decode("latin-1").lower().rstrip(".")
            host = INSIDE_HOSTS.get(name, name)
        case 4:
            host = str(IPv6Address(await reader.readexactly(16)))
        case _:
            return Status.ADDRESS_TYPE_NOT_SUPPORTED
    port = int.from_bytes(await reader.readexactly(2))
    if command != CONNECT:
        return Status.COMMAND_NOT_SUPPORTED
    known = any(address == host for address, _ in routes)
    return routes.get((host, port), Status.CONNECTION_REFUSED if known else Status.HOST_UNREACHABLE)


async def _say(writer: asyncio.StreamWriter, status: Status) -> None:
    """A reply with no bound address: nobody needs to know it."""
    writer.write(bytes([VERSION, status, 0, IPV4]) + bytes(6))
    await writer.drain()


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Everything from one side to the other, and its end as well."""
    with contextlib.suppress(OSError):  # the one side is gone; the other is told by the end of ours
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.write_eof()
