"""A certificate that does not fit is told, and never in the way: the gateway is asked as if it did."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from strange import GATEWAY, HEALTHY, INTERNAL, NGINX, TARGETS, Strange, app, edge, page, running
from test_around import bound

from auditor.config.model import AroundConfig
from auditor.lab.http1 import Reply, Request, conversation
from auditor.model import Aspect, AuditRecord, Verdict
from auditor.report import History, render, summary, to_json

#: Before the DNS points at it.
NEW = "127.0.0.44"
_DAY = timedelta(days=1)


def made(folder: Path, names: Sequence[str], *, expired: bool = False) -> tuple[Path, Path]:
    """A certificate that signs itself: for these names, and until yesterday or tomorrow."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "the new gateway")])
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - 9 * _DAY)
        .not_valid_after(now - _DAY if expired else now + _DAY)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    )
    if names:
        built = built.add_extension(x509.SubjectAlternativeName([x509.DNSName(n) for n in names]), critical=False)
    chain, secret = folder / "chain.pem", folder / "key.pem"
    chain.write_bytes(built.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return chain, secret


@dataclass
class Gateway:
    """What a gateway over TLS was asked, and by which names."""

    port: int
    asked: list[Request] = field(default_factory=list)
    named: list[str | None] = field(default_factory=list)


@asynccontextmanager
async def over_tls(chain: Path, secret: Path, *, leaks: bool) -> AsyncIterator[Gateway]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, secret)
    sock = bound(NEW)
    gateway = Gateway(sock.getsockname()[1])
    context.sni_callback = lambda _, name, __: gateway.named.append(name)

    async def replying(request: Request) -> Reply:
        gateway.asked.append(request)
        if leaks and request.path != "/api/v1/health":
            return app(request)
        return HEALTHY if request.path == "/api/v1/health" else edge(request)

    malformed = page(400, NGINX.format("400 Bad Request"))
    server = await asyncio.start_server(conversation(replying, lambda: malformed), sock=sock, ssl=context)
    async with server:
        yield gateway


async def audited(tmp_path: Path, gateway: Gateway, ca_file: Path | None = None) -> AuditRecord:
    """The company by its new gateway."""
    async with running(Strange(), tmp_path) as lab:
        settings = {"url": f"https://{GATEWAY}:{gateway.port}", "addresses": (NEW,), "variants": "none"}
        api = lab.config.gateways["api"].model_copy(update=settings)
        config = lab.config.model_copy(update={"gateways": {"api": api}})
        if ca_file is not None:
            internet = config.vantages["internet"].model_copy(update={"ca_file": str(ca_file)})
            config = config.model_copy(update={"vantages": config.vantages | {"internet": internet}})
        return await lab.audit(config=config)


def paths(record: AuditRecord) -> set[Verdict]:
    return {j.verdict for j in record.judgements if j.claim.aspect is Aspect.PATH}


@pytest.mark.parametrize("leaks", [False, True])
@pytest.mark.parametrize(
    ("names", "expired", "why"),
    [
        ((GATEWAY,), False, "self-signed certificate"),
        (("other.example",), False, "self-signed certificate"),
        ((), False, "self-signed certificate"),
        ((GATEWAY,), True, "expired"),
    ],
    ids=["self-signed", "wrong-name", "no-name", "expired"],
)
async def test_whatever_is_wrong_with_it_the_gateway_is_asked_and_the_certificate_told(
    tmp_path: Path, leaks: bool, names: tuple[str, ...], expired: bool, why: str
) -> None:
    async with over_tls(*made(tmp_path, names, expired=expired), leaks=leaks) as gateway:
        record = await audited(tmp_path, gateway)
    assert paths(record) == {Verdict.EXPOSED if leaks else Verdict.CLOSED}
    assert {request.path for request in gateway.asked} >= set(TARGETS)
    hosts = {request.host for request in gateway.asked}
    assert {GATEWAY, INTERNAL} <= hosts and {GATEWAY, INTERNAL} <= set(gateway.named)
    assert NEW not in hosts
    [told] = to_json(record)["certificates"]
    assert (told["entrance"], told["address"], told["port"]) == ("api", NEW, gateway.port)
    assert (told["vantage"], told["verified"]) == ("internet", False)
    assert why in told["reason"] if not expired else told["reason"]
    assert told["names"] == list(names)
    text = summary(record, colour=False)
    assert f"  api at {NEW}: {told['reason']} (seen from internet)" in text.splitlines()


@pytest.mark.parametrize(
    ("names", "expired", "why"),
    [
        ((GATEWAY,), False, None),
        (("*.shop.example",), False, None),
        (("other.example",), False, "mismatch"),
        ((), False, "mismatch"),
        ((GATEWAY,), True, "expired"),
    ],
    ids=["fits", "wildcard", "wrong-name", "no-name", "expired"],
)
async def test_the_reason_is_the_one_that_matters_where_the_issuer_is_trusted(
    tmp_path: Path, names: tuple[str, ...], expired: bool, why: str | None
) -> None:
    chain, secret = made(tmp_path, names, expired=expired)
    async with over_tls(chain, secret, leaks=False) as gateway:
        record = await audited(tmp_path, gateway, ca_file=chain)
    assert paths(record) == {Verdict.CLOSED}
    [told] = to_json(record)["certificates"]
    assert told["verified"] == (why is None)
    assert (told["reason"] is None) if why is None else (why in told["reason"])
    assert ("Certificates that do not verify" in summary(record, colour=False)) == (why is not None)


async def test_a_way_around_over_https_is_told_by_its_own_name(tmp_path: Path) -> None:
    async with over_tls(*made(tmp_path, (GATEWAY,)), leaks=True) as beside, running(Strange(), tmp_path) as lab:
        around = AroundConfig(origins=(NEW,), listeners=(f"https:{beside.port}",))
        api = lab.config.gateways["api"].model_copy(update={"around": around, "variants": "none"})
        record = await lab.audit(config=lab.config.model_copy(update={"gateways": {"api": api}}))
    entrance = f"api origin https:{beside.port}"
    found = {
        j.verdict for j in record.judgements if j.claim.entrance == entrance and j.claim.aspect is Aspect.PATH
    }
    assert found == {Verdict.EXPOSED}
    [told] = to_json(record)["certificates"]
    assert (told["entrance"], told["address"], told["verified"]) == (entrance, NEW, False)
    at = datetime.now(UTC)
    page_ = render(record, history=History(), environment=None, next_due_at=None, generated_at=at, version="0")
    shown = page_[page_.index('id="certificates"') :]
    assert entrance in shown and "self-signed certificate" in shown
    assert "its certificate does not verify: self-signed certificate" in page_  # at the column of the matrix
