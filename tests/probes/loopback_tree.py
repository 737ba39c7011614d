"""A small public DNS on loopback: name servers at 127.0.0.x, one port for all, each with zones of its own."""

import socket
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

import dns.flags
import dns.message
import dns.name
import dns.rrset
from loopback_dns import Says, Server, serving

#: Owner, type, data; owners are absolute without the dot.
Record = tuple[str, str, str]


def below(name: str, zone: str) -> bool:
    return zone == "" or name == zone or name.endswith("." + zone)


def authority(zones: Mapping[str, Iterable[Record]]) -> Says:
    """A name server as it should be: referrals with glue, NXDOMAIN, NODATA and data, each as its zones have it."""
    data = {zone: tuple(records) for zone, records in zones.items()}

    def says(query: dns.message.Message, tcp: bool) -> Iterable[bytes]:
        name = query.question[0].name.to_text(omit_final_dot=True).lower()
        name = "" if name == "." else name
        kind = query.question[0].rdtype.name
        out = dns.message.make_response(query)
        zone = max((zone for zone in data if below(name, zone)), key=len, default=None)
        if zone is None:
            out.set_rcode(dns.rcode.REFUSED)
            yield out.to_wire()
            return
        records = data[zone]
        cuts = {o for o, t, _ in records if t == "NS" and o != zone and below(name, o)}
        if cuts:
            cut = min(cuts, key=len)
            servers = [d.rstrip(".") for o, t, d in records if t == "NS" and o == cut]
            add(out.authority, [r for r in records if r[0] == cut and r[1] == "NS"])
            add(out.additional, [r for r in records if r[0] in servers and r[1] in ("A", "AAAA")])
            yield out.to_wire()
            return
        out.flags |= dns.flags.AA
        own = [r for r in records if r[0] == name]
        found = [r for r in own if r[1] in (kind, "CNAME")]
        if found:
            add(out.answer, found)
        else:
            if not any(below(r[0], name) for r in records):
                out.set_rcode(dns.rcode.NXDOMAIN)
            add(out.authority, [(zone, "SOA", "ns.invalid. root.invalid. 1 2 3 4 5")])
        yield out.to_wire()

    return says


def add(section: list, records: Iterable[Record]) -> None:
    for owner, rrtype, data in records:
        section.append(dns.rrset.from_text(owner + ".", 300, "IN", rrtype, data))


@asynccontextmanager
async def tree(servers: Mapping[str, Says]) -> AsyncIterator[tuple[int, dict[str, Server]]]:
    """The port they all have, and each by its address."""
    async with AsyncExitStack() as stack:
        port = free_port(servers)
        yield (
            port,
            {
                host: await stack.enter_async_context(serving(says, host, port=port))
                for host, says in servers.items()
            },
        )


def free_port(hosts: Iterable[str]) -> int:
    for _ in range(50):
        with socket.socket() as first:
            first.bind(("127.0.0.1", 0))
            port = first.getsockname()[1]
        try:
            for host in hosts:
                for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, kind) as sock:
                        sock.bind((host, port))
        except OSError:
            continue
        return port
    raise RuntimeError("no port is free on all of these addresses")
