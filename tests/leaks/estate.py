"""All products running at once: one process of each, every configuration a listener of its product.

Must never leave a process behind, and must return only when every listener takes connections.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from leaks.applications import applications
from leaks.configuration import Configuration
from leaks.gateways import gateways
from leaks.places import DOMAIN, FIRST_GATEWAY, FIRST_INNER, places
from leaks.whole import Estate


@contextmanager
def estate(home: Path, corpus: Sequence[Configuration]) -> Iterator[Estate]:
    """Everything that these configurations need, running; stopped at the end."""
    where = places()
    free = iter(range(FIRST_GATEWAY, 255))
    inner = iter(range(FIRST_INNER, FIRST_GATEWAY))
    built = Estate(
        where,
        home,
        tuple(corpus),
        {each.id: tuple(where.at(next(free)) for _ in range(each.addresses)) for each in corpus},
        {each.id: tuple(where.at(next(inner)) for _ in range(each.inner)) for each in corpus},
    )
    _certificate(built)
    with ExitStack() as stack:
        started = [stack.enter_context(start) for start in (*applications(built), *gateways(built))]
        for process in started:
            process.await_ready()
        yield built


def _certificate(built: Estate) -> None:
    """A self-signed certificate for every name, which is its own trust anchor."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, DOMAIN)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(f"*.{DOMAIN}")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    built.ca_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (built.home / "gateway.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
