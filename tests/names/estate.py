"""The estate put together: a world of DNS with its own root, in which companies leak in every way and do not."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import dns.message
import dns.query
import dns.rcode
from parts import needs
from parts.network import within
from parts.servers import Nginx, Server, eventually

from names import daemons, places
from names.net import Net, network


@dataclass(frozen=True)
class Estate:
    net: Net
    home: Path
    ca: Path
    servers: dict[str, Server]


@contextmanager
def estate(home: Path) -> Iterator[Estate]:
    """Everything started and awaited; stopped at the end."""
    needs.require("named", "nsd", "knotd", "unbound", "dnssec-signzone", "nginx", "openssl")
    with ExitStack() as stack:
        net = stack.enter_context(network(places.ADDRESSES))
        ca = daemons.authority(home)
        servers: dict[str, Server] = {}

        def start(server: Server) -> None:
            stack.callback(server.stop)
            server.start()
            servers[server.name] = server

        start(daemons.nsd("root", net.world, home, (places.ROOT, places.ROOT6), {".": places.ROOT_ZONE}))
        tld = {"example": places.TLD_ZONE, "in-addr.arpa": places.REVERSE_ZONE}
        start(daemons.nsd("tld", net.world, home, (places.TLD, places.TLD6), tld))
        start(daemons.bind(net.world, home))
        start(daemons.hosting_nsd(net.world, home))
        start(daemons.knot(net.world, home))
        for kind, address in daemons.STRANGE.items():
            start(daemons.strange(kind, net.world, home, address))
        cert, key = daemons.certificate(home, "resolver", "resolver.example", places.PUBLIC_RESOLVER)
        start(daemons.public_resolver(net.world, home, cert, key))
        for server in daemons.inside_resolvers(net.world, home):
            start(server)
        start(daemons.exposed_resolver(net.world, home))
        web = _web(net, home)
        start(web)
        within(net.eyes, _await_zones)
        yield Estate(net, home, ca, servers)


def _web(net: Net, home: Path) -> Nginx:
    """A public site, and two gateways: the certificate of one names what is internal."""
    leaky = daemons.certificate(home, "leaky", "api.leaky.example", "vault.internal.leaky.example", "10.20.0.28")
    sound = daemons.certificate(home, "sound", "api.sound.example")
    web = Nginx("web", net.world, home, (places.SITE, 80))
    page = 'location = /up {{ return 200 "up at {0}"; }} location / {{ return 404 "nothing at {0}"; }}'
    web.configure(
        f"server {{ listen {places.SITE}:80; {page.format('site')} }}\n"
        f"server {{ listen {places.APP}:80; location = /secret {{ return 200 'of the company'; }}"
        f" {page.format('app')} }}\n"
        + "".join(
            f"server {{ listen {address}:443 ssl; ssl_certificate {cert}; ssl_certificate_key {key};"
            f" {page.format(name)} }}\n"
            for name, address, (cert, key) in (
                ("leaky", places.LEAKY_GATEWAY, leaky),
                ("sound", places.SOUND_GATEWAY, sound),
            )
        )
    )
    return web


def _await_zones() -> None:
    """Until every zone is served everywhere it is listed, and resolvers resolve."""
    servers = {
        "ns1.hosting.example.": places.BIND,
        "ns2.hosting.example.": places.NSD,
        "ns3.hosting.example.": places.KNOT,
    }
    for zone, listed in places.DELEGATED.items():
        for server in listed:
            if server in servers:
                eventually(lambda z=zone, s=servers[server]: said(z, "SOA", s) == "NOERROR", f"{zone} at {server}")  # type: ignore[misc]
    for resolver in (places.PUBLIC_RESOLVER, places.INSIDE_LAX, places.INSIDE_STRICT, places.EXPOSED):
        eventually(lambda r=resolver: said("www.sound.example", "A", r) == "NOERROR", f"resolver {resolver}")  # type: ignore[misc]


def said(name: str, rrtype: str, server: str, source: str | None = None) -> str:
    """The RCODE that a server gives, or why there is none; from the calling thread's namespace."""
    try:
        reply = dns.query.udp(dns.message.make_query(name, rrtype), server, timeout=1, source=source)
    except Exception as error:
        time.sleep(0.05)
        return type(error).__name__
    return dns.rcode.to_text(reply.rcode())
