"""The company as a whole: the network with its servers, taken from one state to the next.

Must never leave a state half taken on: `take` returns when every server is as the state says.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ParamSpec, TypeVar

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from parts import configs, needs
from parts.configs import SOUND, State
from parts.looking import Witness
from parts.network import (
    APP,
    GATEWAY,
    INSIDE_MANAGEMENT,
    INTERNAL_DNS,
    INTERNAL_GATEWAY,
    PUBLIC_DNS,
    SITE,
    Network,
    network,
    within,
)
from parts.servers import Named, Nginx, Server, relay, shop, socks

T = TypeVar("T")
P = ParamSpec("P")


@dataclass
class Company:
    """The servers, by what they are, and the witness."""

    net: Network
    home: Path
    gateway: Nginx
    internal_gateway: Nginx
    site: Nginx
    public_dns: Named
    internal_dns: Named
    app: Server
    socks: Server
    witness: Witness
    ca_file: Path
    state: State = SOUND
    _relay: ExitStack = field(default_factory=ExitStack)

    def outside(self, task: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return within(self.net.outside, task, *args, **kwargs)

    def inside(self, task: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return within(self.net.inside, task, *args, **kwargs)

    def take(self, state: State) -> None:
        """Brings the company into a state."""
        if state.gateway is not None:
            self.gateway.configure(state.gateway)
        self.public_dns.configure(configs.public_zones(state))
        for server, up in (
            (self.gateway, state.gateway is not None),
            (self.site, state.site),
            (self.app, state.app),
            (self.public_dns, state.public_dns),
            (self.internal_dns, state.internal_dns),
        ):
            if up:
                server.start()
            else:
                server.stop()
        self._relay.close()
        if state.relay:
            port = configs.APP_PORT
            self._relay.enter_context(relay(self.net.edge, (GATEWAY, port), (APP, port)))
        self.state = state

    def close(self) -> None:
        self._relay.close()
        for server in self._servers():
            server.stop()

    def _servers(self) -> tuple[Server, ...]:
        return (
            self.gateway,
            self.internal_gateway,
            self.site,
            self.public_dns,
            self.internal_dns,
            self.app,
            self.socks,
        )


@contextmanager
def company(home: Path) -> Iterator[Company]:
    """The company in its sound state; everything stopped and removed at the end."""
    needs.require("nginx", "named", "microsocks", "ip", "setpriv", root=True)
    with network() as net:
        witness = home / "witness.ndjson"
        built = Company(
            net=net,
            home=home,
            gateway=Nginx("gateway", net.edge, home, (GATEWAY, 80)),
            internal_gateway=Nginx("internal-gateway", net.inside, home, (INTERNAL_GATEWAY, 80)),
            site=Nginx("site", net.edge, home, (SITE, 80)),
            public_dns=Named("public-dns", net.edge, home, PUBLIC_DNS),
            internal_dns=Named("internal-dns", net.inside, home, INTERNAL_DNS),
            app=shop(net.inside, home, APP, witness),
            socks=socks(net.inside, home, INSIDE_MANAGEMENT),
            witness=Witness(witness),
            ca_file=home / "ca.pem",
        )
        try:
            _certificates(built)
            built.internal_gateway.configure(configs.INTERNAL_SERVERS)
            built.site.configure(configs.SITE_SERVERS)
            built.internal_dns.configure(configs.INTERNAL_ZONES)
            built.internal_gateway.start()
            built.socks.start()
            built.take(SOUND)
            yield built
        finally:
            built.close()


def _certificates(built: Company) -> None:
    """A test authority, and the gateway's certificate by it."""
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority, server = _name("Test authority"), _name(configs.API)
    ca = (
        _certificate(authority, authority, ca_key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(ca_key.public_key()), critical=False)
        .add_extension(_ca_usage(), critical=True)
        .sign(ca_key, hashes.SHA256())
    )
    leaf = (
        _certificate(server, authority, key)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(configs.API)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    built.ca_file.write_bytes(ca.public_bytes(serialization.Encoding.PEM))
    (built.gateway.home / "api.pem").write_bytes(leaf.public_bytes(serialization.Encoding.PEM))
    (built.gateway.home / "api.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
    )


def _ca_usage() -> x509.KeyUsage:
    return x509.KeyUsage(
        key_cert_sign=True,
        crl_sign=True,
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
