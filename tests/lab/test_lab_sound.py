"""The sound company, seen by plain clients from both sides."""

import os
import socket
import stat
from pathlib import Path

import dns.flags
import dns.message
import dns.rcode
import pytest
from lab_clients import (
    addresses,
    connected,
    connects,
    exchange,
    inside,
    inside_dns,
    leaking,
    listening_ports,
    outside,
    public_dns,
    through_bastion,
)
from python_socks import ProxyError

from auditor.lab import SERVICES, Company, company, stakes
from auditor.lab.balancers import plain_path
from auditor.lab.estate import (
    API_HOST,
    CHECKOUT_HOST,
    INSIDE_APP,
    INSIDE_BALANCER,
    INSIDE_RESOLVER,
    INTERNAL_ZONE,
    LOOPBACK,
    PORTAL_HOST,
    SITE_HOST,
)
from auditor.model import Aspect, good

WITH_URL = [service for service in SERVICES if service.health]
PROVISIONING = WITH_URL[0].names[0]


@pytest.fixture
async def lab(tmp_path: Path):
    async with company(root=tmp_path) as running:
        yield running


async def test_nothing_leaks(lab: Company):
    assert await leaking(lab) == set()
    assert all(verdicts == {good(stake.aspect)} for stake, verdicts in lab.expected.items())
    assert tuple(lab.expected) == stakes(lab.ports.app)


# --- the public side -----------------------------------------------------------------------------------------


async def test_the_public_balancer_forwards_the_public_routes(lab: Company):
    health = await outside(lab, "/api/v1/health")
    assert (health.status_code, health.json()["status"], health.headers["server"]) == (200, "ok", "uvicorn")
    assert (await outside(lab, "/api/v1/catalog")).status_code == 200
    orders = await outside(lab, "/api/v1/orders")
    assert (orders.status_code, orders.headers["www-authenticate"]) == (401, 'Bearer realm="shop"')
    token = lab.token_file.read_text()
    assert (await outside(lab, "/api/v1/orders", token=token)).json()["orders"][0]["id"] == "ord-5521"
    missing = await outside(lab, "/api/v1/missing")
    assert (missing.status_code, missing.json()) == (404, {"detail": "Not Found"})


@pytest.mark.parametrize("path", [path for service in WITH_URL for path in service.paths] + ["/health", "/", "/x"])
async def test_the_public_balancer_answers_all_else_by_itself(lab: Company, path: str):
    got = await outside(lab, path)
    assert (got.status_code, got.headers["server"]) == (404, "shop-edge/1.9")
    assert "shop-edge" in got.text
    assert lab.witness == []


ODD_SPELLINGS = [
    "/api/v1/../../internal/v1/provision",
    "/api/v1/..%2f..%2finternal/v1/provision",
    "/api/v1/%2e%2e/%2e%2e/internal/v1/provision",
    "/api/v1/%252e%252e/%252e%252e/internal/v1/provision",
    "/api/v1/..;/..;/internal/v1/provision",
    "/api/v1/..\\..\\internal/v1/provision",
    "//internal/v1/provision",
    "/api/v1//../internal/v1/provision",
    "/api/v1/./health",
    "/%zz",
    "/api/v1/%00",
    "/api/v1/%ff",
    "http://billing.internal.shop.example/billing/v1/invoices",
    "*",
]


@pytest.mark.parametrize("target", ODD_SPELLINGS)
async def test_what_could_be_read_in_two_ways_is_refused_at_the_door(lab: Company, target: str):
    got = await outside(lab, target)
    assert (got.status_code, got.headers["server"]) == (400, "shop-edge/1.9")
    assert lab.witness == []


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/api/v1/health", "/api/v1/health"),
        ("/internal/v1/%70rovision?a=b//..", "/internal/v1/provision"),
        ("/caf%C3%A9/", "/café/"),
        ("/", "/"),
    ],
)
def test_rules_are_matched_on_what_the_app_will_read(target: str, path: str):
    assert plain_path(target) == path


async def test_a_percent_encoded_internal_path_is_not_forwarded(lab: Company):
    assert (await outside(lab, "/%69nternal/v1/provision")).status_code == 404


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS"])
async def test_other_methods_meet_the_same_rules(lab: Company, method: str):
    got = await outside(lab, "/internal/v1/provision", method=method)
    assert (got.status_code, got.headers["server"]) == (404, "shop-edge/1.9")
    assert (await outside(lab, "/api/v1/health", method=method)).status_code == (200 if method == "HEAD" else 405)


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"NONSENSE\r\n\r\n",
        b"CONNECT 10.20.0.10:80 HTTP/1.1\r\nHost: 10.20.0.10:80\r\n\r\n",
        b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
    ],
    ids=["no host", "two hosts", "nonsense", "connect", "too long"],
)
async def test_malformed_requests_get_the_balancers_own_page(lab: Company, request_bytes: bytes):
    async with connected(lab.ports.gateway) as (reader, writer):
        writer.write(request_bytes)
        status = await reader.readline()
        assert b" 400 " in status
        assert b"shop-edge" in await reader.readuntil(b"\r\n\r\n")


async def test_connections_are_kept_alive_until_asked_to_close(lab: Company):
    async with connected(lab.ports.gateway) as (reader, writer):
        for target, status in (("/api/v1/health", 200), ("/internal/v1/config", 404), ("/api/v1/orders", 401)):
            got = await exchange(reader, writer, f"GET {target} HTTP/1.1\nHost: {API_HOST}")
            assert got.status == status
        head = await exchange(reader, writer, f"HEAD /api/v1/health HTTP/1.1\nHost: {API_HOST}", bodiless=True)
        assert int(head.headers["content-length"]) > 0
        last = await exchange(reader, writer, f"GET /api/v1/health HTTP/1.1\nHost: {API_HOST}\nConnection: close")
        assert last.headers["connection"] == "close"
        assert await reader.read() == b""


async def test_requests_sent_together_are_answered_in_order(lab: Company):
    async with connected(lab.ports.gateway) as (reader, writer):
        first = f"GET /internal HTTP/1.1\nHost: {API_HOST}\n\nGET /api/v1/catalog HTTP/1.1\nHost: {API_HOST}"
        assert (await exchange(reader, writer, first)).status == 404
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        assert " 200 " in head.splitlines()[0]


async def test_the_witness_knows_what_came_from_outside_and_only_that(lab: Company):
    await inside(lab, "/internal/v1/provision", host=PROVISIONING)
    assert lab.witness == []
    await outside(lab, "/api/v1/health?x=1")
    await outside(lab, "/internal/v1/provision")
    assert lab.witness == [("public balancer", API_HOST, "/api/v1/health?x=1")]


async def test_somebody_elses_website_answers(lab: Company):
    got = await outside(lab, "/", host=SITE_HOST, port=lab.ports.site)
    assert (got.status_code, got.headers["server"]) == (200, "elsewhere")


async def test_the_ingress_forwards_one_route_and_asks_for_the_same_token(lab: Company):
    at = {"host": CHECKOUT_HOST, "port": lab.ports.checkout}
    assert (await outside(lab, "/api/v1/health", **at)).headers["server"] == "uvicorn"
    bare = await outside(lab, "/api/v1/orders", **at)
    assert (bare.status_code, bare.headers["server"]) == (401, "shop-ingress/0.3")
    assert (await outside(lab, "/api/v1/orders", **at, token=lab.token_file.read_text())).status_code == 200
    for path in ("/api/v1/catalog", "/internal/v1/provision", "/docs", "/"):
        got = await outside(lab, path, **at)
        assert (got.status_code, got.headers["server"]) == (404, "shop-ingress/0.3")
    for host in (API_HOST, PROVISIONING):
        assert (await outside(lab, "/docs", host=host, port=lab.ports.checkout)).status_code == 404


# --- the inside ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("service", WITH_URL, ids=lambda service: service.name)
async def test_inside_everything_answers(lab: Company, service):
    for path in service.paths:
        got = await inside(lab, path, host=f"{service.names[0]}:{lab.ports.app}")
        assert (got.status, got.headers["server"]) == (200, "uvicorn")
        assert len(got.body) > 200
        again = await inside(lab, path, host=service.names[0])
        assert again.body == got.body
    health = await inside(lab, service.health, host=service.names[0])
    assert health.status == 200 and service.name.encode() in health.body
    missing = await inside(lab, "/internal/v1/nowhere", host=service.names[0])
    assert (missing.status, missing.body) == (404, b'{"detail":"Not Found"}')


async def test_the_documentation_looks_like_what_frameworks_serve(lab: Company):
    docs = await inside(lab, "/docs", host=PROVISIONING)
    assert b"SwaggerUIBundle(" in docs.body and b" - Swagger UI</title>" in docs.body
    openapi = await inside(lab, "/openapi.json", host=PROVISIONING)
    assert b'"openapi":"3.' in openapi.body and b'"paths":{' in openapi.body


async def test_the_app_takes_its_own_hosts_only(lab: Company):
    assert (await inside(lab, "/docs", host=f"stranger.{INTERNAL_ZONE}")).body == b"Invalid host header"
    assert (await inside(lab, "/health", host=PORTAL_HOST)).status == 200


async def test_the_internal_balancer_passes_odd_spellings_on(lab: Company):
    got = await inside(lab, "/internal/v1/%70rovision", host=PROVISIONING)
    assert got.status == 200
    assert (await inside(lab, "//internal/v1/provision", host=PROVISIONING)).headers["server"] == "uvicorn"


async def test_the_app_itself_is_reached_inside(lab: Company):
    async with through_bastion(lab, INSIDE_APP, lab.ports.app) as (reader, writer):
        got = await exchange(reader, writer, f"GET /docs HTTP/1.1\nHost: {PROVISIONING}")
    assert got.status == 200


# --- DNS -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tcp", [False, True], ids=["udp", "tcp"])
async def test_the_public_view(lab: Company, tcp: bool):
    known = await public_dns(lab, API_HOST, tcp=tcp)
    assert addresses(known) == [LOOPBACK]
    assert known.flags & dns.flags.AA and known.flags & dns.flags.RA
    nodata = await public_dns(lab, API_HOST, "AAAA", tcp=tcp)
    assert (nodata.rcode(), nodata.answer) == (dns.rcode.NOERROR, [])
    for name in (f"q7f3k.{INTERNAL_ZONE}", INTERNAL_ZONE, "q7f3k.shop.example", "q7f3k.invalid"):
        absent = await public_dns(lab, name, tcp=tcp)
        assert absent.rcode() == dns.rcode.NXDOMAIN
        assert [rrset.rdtype.name for rrset in absent.authority] == ["SOA"]


async def test_the_private_view(lab: Company):
    for service in SERVICES:
        for name, address in service.hosts:
            assert addresses(await inside_dns(lab, name)) == [address]
            assert address.startswith("10.20.0.")
            assert (await public_dns(lab, name)).rcode() == dns.rcode.NXDOMAIN
    assert (await inside_dns(lab, f"q7f3k.{INTERNAL_ZONE}")).rcode() == dns.rcode.NXDOMAIN
    assert (await inside_dns(lab, INTERNAL_ZONE)).rcode() == dns.rcode.NOERROR
    assert addresses(await inside_dns(lab, API_HOST)) == [LOOPBACK]


async def test_dns_names_have_no_case(lab: Company):
    assert addresses(await public_dns(lab, API_HOST.upper())) == [LOOPBACK]


@pytest.mark.parametrize("rrtype", ["AXFR", "ANY"])
async def test_zones_are_not_handed_over(lab: Company, rrtype: str):
    async with connected(lab.ports.resolver) as (reader, writer):
        wire = dns.message.make_query("shop.example", rrtype).to_wire()
        writer.write(len(wire).to_bytes(2) + wire)
        reply = dns.message.from_wire(await reader.readexactly(int.from_bytes(await reader.readexactly(2))))
        assert (reply.rcode(), reply.answer) == (dns.rcode.REFUSED, [])


async def test_junk_gets_no_answer_and_does_no_harm(lab: Company):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        for junk in (b"", b"\x00", b"\xff" * 40):
            sock.sendto(junk, (LOOPBACK, lab.ports.resolver))
    async with connected(lab.ports.resolver) as (reader, writer):
        writer.write(b"\x00\x04junk")
        assert await reader.read() == b""
    assert addresses(await public_dns(lab, API_HOST)) == [LOOPBACK]


# --- the bastion, and what is not reachable ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "port", "words"),
    [
        ("10.20.0.99", 80, "Host unreachable"),
        ("10.20.0.30", 80, "Host unreachable"),
        (INSIDE_BALANCER, 81, "Connection refused"),
        (INSIDE_RESOLVER, 80, "Connection refused"),
        (LOOPBACK, 80, "Host unreachable"),
        ("::1", 80, "Host unreachable"),
        ("nowhere.internal.shop.example", 80, "Host unreachable"),
    ],
)
async def test_the_bastion_refuses_what_it_does_not_know(lab: Company, address: str, port: int, words: str):
    with pytest.raises(ProxyError, match=words):
        async with through_bastion(lab, address, port):
            pass


async def test_the_bastion_does_not_lead_back_out(lab: Company):
    for port in (lab.ports.gateway, lab.ports.site, lab.ports.bastion):
        with pytest.raises(ProxyError, match="Host unreachable"):
            async with through_bastion(lab, LOOPBACK, port):
                pass


async def test_the_bastion_knows_the_names_inside(lab: Company):
    async with through_bastion(lab, PROVISIONING, lab.ports.app) as (reader, writer):
        assert (await exchange(reader, writer, f"GET /docs HTTP/1.1\nHost: {PROVISIONING}")).status == 200


@pytest.mark.parametrize(
    ("sent", "reply"),
    [
        (b"\x05\x01\x02", b"\x05\xff"),
        (b"\x04\x01\x00", b"\x05\xff"),
        (b"\x05\x01\x00\x05\x02\x00\x01\x0a\x14\x00\x0a\x00\x50", b"\x05\x00\x05\x07"),
        (b"\x05\x01\x00\x05\x01\x00\x09", b"\x05\x00\x05\x08"),
    ],
    ids=["password only", "another version", "bind", "unknown address type"],
)
async def test_the_bastion_speaks_only_connect(lab: Company, sent: bytes, reply: bytes):
    async with connected(lab.ports.bastion) as (reader, writer):
        writer.write(sent)
        assert await reader.readexactly(len(reply)) == reply


async def test_only_public_things_listen(lab: Company):
    """Every port of this process, tried from outside: the bastion and what is public, nothing of the inside."""
    before = {lab.ports.resolver, lab.ports.gateway, lab.ports.site, lab.ports.bastion, lab.ports.checkout}
    assert listening_ports() == before
    assert not await connects(lab.ports.app)
    secret = (await inside(lab, "/internal/v1/provision", host=PROVISIONING)).body
    for port in before:
        async with connected(port) as (reader, writer):
            writer.write(f"GET /internal/v1/provision HTTP/1.1\r\nHost: {PROVISIONING}\r\n\r\n".encode())
            writer.write_eof()
            assert secret not in await reader.read()


async def test_the_inside_is_a_private_folder(lab: Company):
    (folder,) = os.listdir(lab.root)
    assert stat.S_IMODE(os.stat(lab.root / folder).st_mode) == 0o700
    files = {name: os.stat(lab.root / folder / name) for name in os.listdir(lab.root / folder)}
    token = files.pop("orders-token")
    assert stat.S_ISREG(token.st_mode) and stat.S_IMODE(token.st_mode) == 0o600
    assert files and all(stat.S_ISSOCK(file.st_mode) for file in files.values())


def test_every_service_has_an_owner_and_a_name():
    assert len({service.owner for service in SERVICES}) == len(SERVICES) >= 4
    assert {stake.aspect for stake in stakes(8080)} == set(Aspect) - {Aspect.SENSITIVE, Aspect.DNS}
