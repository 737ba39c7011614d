"""Plain clients for the lab: httpx, dnspython and sockets, as anybody could use them. Nothing of the auditor's."""

import asyncio
import contextlib
import os
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import dns.asyncquery
import dns.message
import dns.rcode
import httpx
from python_socks.async_.asyncio import Proxy

from auditor.lab import SERVICES, Company, Stake, stakes
from auditor.lab.estate import API_HOST, CHECKOUT_HOST, INSIDE_BALANCER, INSIDE_RESOLVER, LOOPBACK, ORDERS_PATH
from auditor.model import Aspect

BY_NAME = {service.name: service for service in SERVICES}


@dataclass(frozen=True)
class Got:
    status: int
    headers: dict[str, str]
    body: bytes


async def outside(
    lab: Company,
    target: str,
    *,
    host: str = API_HOST,
    method: str = "GET",
    port: int | None = None,
    token: str | None = None,
) -> httpx.Response:
    """One request at the public balancer, the target to the byte."""
    base = f"http://{LOOPBACK}:{port or lab.ports.gateway}"
    # Nothing here speaks TLS; without `verify` no trust store is loaded for each client.
    async with httpx.AsyncClient(trust_env=False, verify=False, timeout=5) as client:
        request = client.build_request(
            method,
            f"{base}/",
            headers={"host": host} | ({"authorization": f"Bearer {token}"} if token else {}),
            extensions={"target": target.encode("latin-1")},
        )
        return await client.send(request)


@contextlib.asynccontextmanager
async def connected(port: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection to a port of loopback."""
    reader, writer = await asyncio.open_connection(LOOPBACK, port)
    try:
        yield reader, writer
    finally:
        await hang_up(writer)


async def hang_up(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


@contextlib.asynccontextmanager
async def through_bastion(
    lab: Company, address: str, port: int
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection to an inside address. Raises python_socks.ProxyError when the bastion says no."""
    sock = await Proxy.from_url(f"socks5://{LOOPBACK}:{lab.ports.bastion}").connect(address, port, timeout=5)
    reader, writer = await asyncio.open_connection(sock=sock)
    try:
        yield reader, writer
    finally:
        await hang_up(writer)


async def exchange(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, head: str, *, bodiless: bool = False
) -> Got:
    """One request and its response on an open connection; `head` without the final empty line."""
    writer.write(head.replace("\n", "\r\n").encode("latin-1") + b"\r\n\r\n")
    await writer.drain()
    lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {
        name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:] if line)
    }
    size = 0 if bodiless else int(headers["content-length"])
    return Got(int(lines[0].split()[1]), headers, await reader.readexactly(size))


async def inside(lab: Company, target: str, *, host: str, method: str = "GET") -> Got:
    """One request at the internal balancer, through the bastion."""
    async with through_bastion(lab, INSIDE_BALANCER, lab.ports.app) as (reader, writer):
        return await exchange(
            reader, writer, f"{method} {target} HTTP/1.1\nHost: {host}", bodiless=method == "HEAD"
        )


async def public_dns(lab: Company, name: str, rrtype: str = "A", *, tcp: bool = False) -> dns.message.Message:
    ask = dns.asyncquery.tcp if tcp else dns.asyncquery.udp
    return await ask(dns.message.make_query(name, rrtype), LOOPBACK, port=lab.ports.resolver, timeout=5)


async def inside_dns(lab: Company, name: str, rrtype: str = "A") -> dns.message.Message:
    async with through_bastion(lab, INSIDE_RESOLVER, 53) as (reader, writer):
        wire = dns.message.make_query(name, rrtype).to_wire()
        writer.write(len(wire).to_bytes(2) + wire)
        size = int.from_bytes(await reader.readexactly(2))
        return dns.message.from_wire(await reader.readexactly(size))


def addresses(message: dns.message.Message) -> list[str]:
    return [record.address for rrset in message.answer for record in rrset if record.rdtype in (1, 28)]


async def connects(port: int) -> bool:
    try:
        async with connected(port):
            return True
    except ConnectionRefusedError:
        return False


async def leaking(lab: Company) -> set[Stake]:
    """The stakes that are not as meant for anybody outside, found by trying each of them."""
    return {stake for stake in stakes(lab.ports.app) if await _leaks(lab, stake)}


async def _leaks(lab: Company, stake: Stake) -> bool:
    if stake.aspect is Aspect.PUBLIC:
        return await _not_as_meant(lab, stake.target)
    service = BY_NAME[stake.service]
    match stake.aspect:
        case Aspect.NAME:
            return bool(addresses(await public_dns(lab, stake.target)))
        case Aspect.PORT:
            return await connects(int(stake.target))
        case Aspect.PATH:
            got = await outside(lab, stake.target)
            return got.content == (await inside(lab, stake.target, host=service.names[0])).body
        case Aspect.HOST:
            got = await outside(lab, service.paths[0], host=stake.target)
            return got.content == (await inside(lab, service.paths[0], host=stake.target)).body


async def _not_as_meant(lab: Company, path: str) -> bool:
    """Orders are for those with the token, at both entrances; the catalog is for everybody, at the balancer."""
    if path != ORDERS_PATH:
        return (await outside(lab, path)).status_code != 200
    for host, port in ((API_HOST, lab.ports.gateway), (CHECKOUT_HOST, lab.ports.checkout)):
        answers = [
            (await outside(lab, path, host=host, port=port, token=token)).status_code
            for token in (None, "another", lab.token_file.read_text())
        ]
        if answers != [401, 401, 200]:
            return True
    return False


def listening_ports() -> set[int]:
    """Every TCP port on which this process listens, from the kernel's own table."""
    inodes = set()
    for fd in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            inodes.update(re.findall(r"socket:\[(\d+)\]", os.readlink(fd)))
    ports = set()
    for table in (Path("/proc/self/net/tcp"), Path("/proc/self/net/tcp6")):
        for line in table.read_text().splitlines()[1:] if table.exists() else ():
            fields = line.split()
            if fields[3] == "0A" and fields[9] in inodes:
                ports.add(int(fields[1].rpartition(":")[2], 16))
    return ports
