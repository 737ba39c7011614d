"""Every variant as a server reads it off the socket: the whole head, to the byte, and nothing after it."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from wire_servers import Authority, asking, looking, probe

from auditor import __version__
from auditor.model import Aspect, HttpAnswer, HttpQuestion, Outcome, Phase
from auditor.model.codec import dump, load
from auditor.plan import Names
from auditor.plan.variants import CAUTION_CLASSES, Spelling, Variant, variants_for
from auditor.probes import look

PUBLIC, INTERNAL = "www.example", "admin.corp.example"
SPELLING = Spelling(Names("seed"), ("claim", 1))
PATHS = variants_for(Aspect.PATH, "full", CAUTION_CLASSES, ("/public",))
HOSTS = variants_for(Aspect.HOST, "full", CAUTION_CLASSES)

#: The target of every variant of /internal/metrics that changes it, the gateway forwarding /public.
#: <x>: a random segment, <cb>: a random query value.
TARGETS = {
    "baseline": "/internal/metrics",
    "P02a": "//internal/metrics",
    "P02b": "/internal//metrics",
    "P02c": "///internal/metrics",
    "P03a": "/./internal/metrics",
    "P03b": "/<x>/../internal/metrics",
    "P03c:/public": "/public/../internal/metrics",
    "P03d": "/internal/./metrics",
    "P03e": "/internal/<x>/../metrics",
    "P04a": "/<x>/%2e%2e/internal/metrics",
    "P04b": "/%2e/internal/metrics",
    "P04c": "/<x>/.%2e/internal/metrics",
    "P04d:/public": "/public/%2e%2e/internal/metrics",
    "P05a": "/%69nternal/metrics",
    "P05b": "/interna%6c/metrics",
    "P06a": "/internal%2fmetrics",
    "P06b": "/%2finternal/metrics",
    "P06c": "/<x>/..%2finternal/metrics",
    "P06d:/public": "/public/..%2finternal/metrics",
    "P07a": "/%2569nternal/metrics",
    "P07b:/public": "/public/%252e%252e/internal/metrics",
    "P07c": "/<x>/..%252finternal/metrics",
    "P08a": "/internal;x=1/metrics",
    "P08b": "/;/internal/metrics",
    "P08c": "/internal/metrics;x",
    "P08d": "/;foo=bar/internal/metrics",
    "P08e": "/internal/metrics;/",
    "P08f": "/.;/internal/metrics",
    "P09a": "/<x>/..;/internal/metrics",
    "P09b:/public": "/public/..;/internal/metrics",
    "P09c": "/<x>/..%3b/internal/metrics",
    "P10a": "/static../internal/metrics",
    "P10b": "/assets../internal/metrics",
    "P11a:/public": "/public../internal/metrics",
    "P11b:/public": "/public..%2finternal/metrics",
    "P12a": "/INTERNAL/metrics",
    "P12b": "/Internal/metrics",
    "P12c": "/internaL/metrics",
    "P13a": "/internal/metrics/",
    "P13b": "/internal/metrics/.",
    "P13c": "/internal/metrics%20",
    "P13d": "/internal/metrics?",
    "P13e": "/internal/metrics//",
    "P13f": "/internal/metrics%09",
    "P13g": "/internal/metrics??",
    "P13h": "/internal/metrics&",
    "P13i": "/internal/metrics~",
    "P13j": "/internal/metrics*",
    "P13k": "/internal/metrics/*",
    "P13l": "/internal/metrics.",
    "P14a": "/internal/metrics.json",
    "P14b": "/internal/metrics.html",
    "P14c": "/internal/metrics.php",
    "P14d": "/internal/metrics;index.html",
    "P14e": "/internal/metrics/.<x>",
    "P14f": "/internal/metrics.css?cb=<cb>",
    "P14g": "/internal/metrics.js?cb=<cb>",
    "P14h": "/internal/metrics.png?cb=<cb>",
    "P14i": "/internal/metrics.ico?cb=<cb>",
    "P15a": "/<x>/..%5cinternal/metrics",
    "P15b": "/internal%5cmetrics",
    "P15c": "/%5cinternal/metrics",
    "P15d": "/<x>/..\\internal/metrics",
    "P15e": "/internal\\metrics",
    "P16a": "/%c0%afinternal/metrics",
    "P16b": "/<x>/..%c0%afinternal/metrics",
    "P16c": "/<x>/%c0%ae%c0%ae/internal/metrics",
    "P16d": "/<x>/..%ef%bc%8finternal/metrics",
    "P16e": "/<x>/..%e2%88%95internal/metrics",
    "P17a": "/internal/metrics%a0",
    "P17b": "/internal/metrics%85",
    "P17c": "/internal/metrics%0c",
    "P17d": "/internal/metrics%1f",
    "P17e": "/internal/metrics%0b",
    "P17f": "/internal/metrics%1c",
    "P17g": "/internal/metrics\xa0",
    "P17h": "/internal/metrics\x85",
    "P17i": "/internal/metrics\x0c",
    "P17j": "/internal/metrics\x1f",
    "P18a": "/internal/metrics%23",
    "P18b": "/internal/metrics#",
    "P18c:/public": "/public#/../internal/metrics",
    "P19a:/public": "/public%3f/../internal/metrics",
    "P19b": "/internal/metrics%3f<x>.php",
    "P19c": "/internal/metrics%26",
    "P19d": "/internal/metrics%25",
    "P20a": "/internal/metrics%00",
    "P20b": "/internal/metrics%00.html",
    "P21a": "internal/metrics",
    "P22a": "/index.php/internal/metrics",
    "P22b": "/internal/metrics/<x>",
    "P23a": "/(S(<x>))/internal/metrics",
    "P23b": "/(S(<x>))/../(S(<x>))/internal/metrics",
    "P24a:/public": "/public/internal/metrics",
    "P24b:/public": "/public/public/internal/metrics",
    "H01a": "/?cb=<cb>",
    "H01b": "/?cb=<cb>",
    "H01c": "/?cb=<cb>",
    "H01d": "/?cb=<cb>",
    "H01e": "/?cb=<cb>",
    "H03b": "/?cb=<cb>",
    "H05a": "/metrics?cb=<cb>",
    "H05b": "/metrics?cb=<cb>",
    "H05c": "/?cb=<cb>",
    "H09b": "<scheme>://www.example:<port>/internal/metrics",
    "H14a": "/internal/metrics?cb=<cb>",
    "H14b": "/internal/metrics?cb=<cb>",
    "H14c": "/internal/metrics?cb=<cb>",
    "H14d": "/internal/metrics?cb=<cb>",
}

#: The headers that variants bring along, after ours.
HEADERS = {
    "H01a": ["X-Original-URL: /internal/metrics"],
    "H01b": ["X-Rewrite-URL: /internal/metrics"],
    "H01c": ["X-Forwarded-Uri: /internal/metrics"],
    "H01d": ["X-Override-URL: /internal/metrics"],
    "H01e": ["X-Envoy-Original-Path: /internal/metrics"],
    "H02a": ["X-Forwarded-For: 127.0.0.1"],
    "H02b": ["X-Real-IP: 127.0.0.1"],
    "H02c": ["X-Forwarded-For: 10.0.0.1"],
    "H02d": ["X-Forwarded-For: ::1"],
    "H02e": ["X-Forwarded-For: 192.168.0.1"],
    "H02f": ["X-Forwarded-For: 127.0.0.1:80"],
    "H02g": ["X-Client-IP: 127.0.0.1"],
    "H02h": ["True-Client-IP: 127.0.0.1"],
    "H02i": ["CF-Connecting-IP: 127.0.0.1"],
    "H02j": ["X-Originating-IP: 127.0.0.1"],
    "H02k": ["X-Remote-Addr: 127.0.0.1"],
    "H02l": ["X-Custom-IP-Authorization: 127.0.0.1"],
    "H02m": ["Forwarded: for=127.0.0.1"],
    "H02n": ["Cluster-Client-IP: 127.0.0.1"],
    "H03a": ["X_Forwarded_For: 127.0.0.1"],
    "H03b": ["X_Original_URL: /internal/metrics"],
    "H04a": ["X-Forwarded-Host: admin.corp.example"],
    "H04b": ["X-Host: admin.corp.example"],
    "H04c": ["X-Original-Host: admin.corp.example"],
    "H04d": ["X-HTTP-Host-Override: admin.corp.example"],
    "H04e": ["X-Forwarded-Server: admin.corp.example"],
    "H04f": ["Forwarded: host=admin.corp.example"],
    "H05a": ["X-Forwarded-Prefix: /internal"],
    "H05b": ["X-Script-Name: /internal"],
    "H05c": ["X-Forwarded-Path: /internal/metrics"],
    "H11a": ["Connection: close, X-Forwarded-For"],
    "H11b": ["Connection: close, X-Real-IP"],
    "H11c": ["Connection: close, X-Forwarded-Host"],
    "H11d": ["Connection: close, X-Auth-Request-User"],
    "H11e": ["Connection: close, X-Api-Key-Verified"],
    "H12a": ["x-middleware-subrequest: middleware:middleware:middleware:middleware:middleware"],
    "H13a": ["X-Role: user,admin"],
    "H13b": ["X-Role: user", "X-Role: admin"],
    "H14a": ["X-Forwarded-Proto: https"],
    "H14b": ["X-Forwarded-Proto: http"],
    "H14c": ["X-Forwarded-Port: 443"],
    "H14d": ["Front-End-Https: on"],
    "H15c": ["Origin: <scheme>://www.example:<port>", "Access-Control-Request-Method: GET"],
    "H16a": ["X-HTTP-Method-Override: GET"],
    "H16b": ["X-HTTP-Method-Override: GET"],
}

METHODS = {"H15a": "HEAD", "H15d": "HEAD", "H15b": "OPTIONS", "H15c": "OPTIONS", "H16a": "HEAD", "H16b": "OPTIONS"}
OLD = {"H17a", "H17b", "H17c"}
WITHOUT_HOST = {"H17b", "H17c"}

#: Host and SNI of variants of the host admin.corp.example, where they differ from that.
ENTRANCE_HOST = "www.example:<port>"
HOST_HEADERS = {
    "H07a": "admin.corp.example.",
    "H07b": "ADMIN.CORP.EXAMPLE",
    "H07c": "admin.corp.example:<port>",
    "H07d": "admin.corp.example:80",
} | dict.fromkeys(["H09a", "H09c", "H04a", "H04b", "H04c", "H04d", "H04e", "H04f"], ENTRANCE_HOST)
SNIS = {"H08a": PUBLIC, "H08b": None} | dict.fromkeys(
    ["H09a", "H09c", "H04a", "H04b", "H04c", "H04d", "H04e", "H04f"], PUBLIC
)
#: The targets of variants of a host that change it; all others ask for /docs.
HOST_TARGETS = {
    "H09a": "<scheme>://admin.corp.example/docs",
    "H09c": "<scheme>://<x>@admin.corp.example/docs",
} | dict.fromkeys(
    ["H04a", "H04b", "H04c", "H04d", "H04e", "H04f", "H14a", "H14b", "H14c", "H14d"], "/docs?cb=<cb>"
)


class Listening:
    """A server that keeps every byte it is sent, and answers each head and hangs up."""

    def __init__(self) -> None:
        self.port = 0
        self.sent: list[bytearray] = []
        self.names: list[str | None] = []
        self.gone: list[asyncio.Future[None]] = []

    async def requests(self) -> list[bytes]:
        """What came over connections that anything came over, once all of them are closed."""
        async with asyncio.timeout(5):
            await asyncio.gather(*self.gone)
        return [bytes(sent) for sent in self.sent if sent]


class _Taking(asyncio.Protocol):
    def __init__(self, server: Listening) -> None:
        self._sent = bytearray()
        self._gone = asyncio.get_running_loop().create_future()
        server.sent.append(self._sent)
        server.gone.append(self._gone)

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        had = b"\r\n\r\n" in self._sent
        self._sent += data
        if not had and b"\r\n\r\n" in self._sent:
            self._transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    def connection_lost(self, error: Exception | None) -> None:
        self._gone.set_result(None)


@contextlib.asynccontextmanager
async def listening(tls: ssl.SSLContext | None = None) -> AsyncIterator[Listening]:
    server = Listening()
    if tls is not None:
        tls.sni_callback = lambda _, name, __: server.names.append(name)
    loop = asyncio.get_running_loop()
    listener = await loop.create_server(lambda: _Taking(server), "127.0.0.1", 0, ssl=tls)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listener.close()
        await listener.wait_closed()


def filled(text: str, variant: Variant, target: str, port: int, scheme: str) -> str:
    """The expectation with this run's random names and port."""
    return (
        text.replace("<x>", SPELLING.segment)
        .replace("<cb>", SPELLING.buster(variant.id, target))
        .replace("<port>", str(port))
        .replace("<scheme>", scheme)
    )


def head(variant: Variant, target: str, host: str) -> str:
    """The whole of a request, with places for random names."""
    version = "1.0" if variant.id in OLD else "1.1"
    named = [] if variant.id in WITHOUT_HOST else [f"Host: {host}"]
    lines = [
        f"{METHODS.get(variant.id, 'GET')} {target} HTTP/{version}",
        *named,
        f"User-Agent: reachability-auditor/{__version__} (+probe-1)",
        "X-Reach-Probe-Id: probe-1",
        "Accept: */*",
        "Accept-Encoding: identity",
        "Cache-Control: no-cache",
        *HEADERS.get(variant.id, []),
    ]
    return "\r\n".join([*lines, "", ""])


async def asked(variant: Variant, plain: HttpQuestion, server: Listening, **eyes: Any) -> bytes:
    """What the server was sent, all of it."""
    question = variant.ask(plain, SPELLING)
    assert question is not None
    async with looking(**eyes) as seeing:
        seen = await look(probe(question), seeing)
    assert seen.outcome is Outcome.ANSWERED, seen
    assert isinstance(seen.answer, HttpAnswer)
    (request,) = await server.requests()
    return request


def at_gateway(scheme: Any, port: int, target: str, name: str | None = None) -> HttpQuestion:
    return HttpQuestion(scheme, PUBLIC, port, target, host_header=name, sni=name, address="127.0.0.1")


def each_of(variants: tuple[Variant, ...]) -> list[Any]:
    return [pytest.param(variant, id=variant.id) for variant in variants if variant.id != "P13m"]


@pytest.mark.parametrize("variant", each_of(PATHS))
async def test_a_path_over_plain_http(variant: Variant) -> None:
    async with listening() as server:
        got = await asked(variant, at_gateway("http", server.port, "/internal/metrics"), server)
        port = server.port
    expected = head(variant, TARGETS.get(variant.id, "/internal/metrics"), ENTRANCE_HOST)
    assert got == filled(expected, variant, "/internal/metrics", port, "http").encode("latin-1")


@pytest.mark.parametrize("variant", each_of(PATHS))
def test_every_path_variant_is_written_down_here(variant: Variant) -> None:
    told = {variant.id in table for table in (TARGETS, HEADERS, METHODS)} | {variant.id in OLD}
    assert True in told


async def test_a_slash_taken_off() -> None:
    variant = next(variant for variant in PATHS if variant.id == "P13m")
    async with listening() as server:
        got = await asked(variant, at_gateway("http", server.port, "/internal/?a=1"), server)
    assert got.startswith(b"GET /internal?a=1 HTTP/1.1\r\n")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    directory: Path = tmp_path_factory.mktemp("authority")
    return Authority.new(directory)


@pytest.mark.parametrize("variant", each_of(HOSTS))
async def test_a_host_over_tls(variant: Variant, authority: Authority) -> None:
    async with listening(authority.server(PUBLIC, INTERNAL)) as server:
        plain = at_gateway("https", server.port, "/docs", INTERNAL)
        got = await asked(variant, plain, server, ca_file=authority.file)
        port = server.port
    expected = head(
        variant, HOST_TARGETS.get(variant.id, "/docs"), HOST_HEADERS.get(variant.id, "admin.corp.example")
    )
    assert got == filled(expected, variant, "/docs", port, "https").encode("latin-1")
    assert set(server.names) == {SNIS.get(variant.id, INTERNAL)}


@pytest.mark.parametrize("variant", each_of(HOSTS))
def test_every_host_variant_is_written_down_here(variant: Variant) -> None:
    tables: tuple[Any, ...] = (HOST_TARGETS, HOST_HEADERS, SNIS, HEADERS, METHODS, OLD, {"baseline"})
    assert any(variant.id in table for table in tables)


async def test_a_host_over_plain_http_has_no_sni_to_vary() -> None:
    plain = at_gateway("http", 80, "/docs", INTERNAL)
    nothing = {variant.id for variant in HOSTS if variant.ask(plain, SPELLING) is None}
    assert nothing == {"H08a", "H08b"}


# --- HTTP/1.0


async def test_http_1_0_with_and_without_host() -> None:
    async with listening() as server, looking() as eyes:
        for host in ("admin.corp", ""):
            await look(asking(server.port, "/x", version="1.0", host_header=host), eyes)
    with_host, without = await server.requests()
    assert with_host.startswith(b"GET /x HTTP/1.0\r\nHost: admin.corp\r\n")
    assert without.startswith(b"GET /x HTTP/1.0\r\nUser-Agent: ")
    assert b"host:" not in without.lower()


async def test_http_1_1_never_goes_without_a_host() -> None:
    async with listening() as server, looking() as eyes:
        await look(asking(server.port, host_header=""), eyes)
    (request,) = await server.requests()
    assert request.startswith(b"GET / HTTP/1.1\r\nHost: \r\n")


@pytest.mark.parametrize("version", ["0.9", "2", "1.1\r\nX-Evil: 1", ""])
async def test_other_versions_are_not_written(version: str) -> None:
    async with listening() as server, looking() as eyes:
        seen = await look(asking(server.port, version=version), eyes)
    assert (seen.outcome, seen.phase) == (Outcome.PROBER_ERROR, Phase.REQUEST)
    assert await server.requests() == []


def test_a_question_stored_without_a_version_is_of_1_1() -> None:
    question = HttpQuestion("https", PUBLIC, 443, "/")
    stored = dump(HttpQuestion, question)
    assert b'"version":"1.1",' in stored
    assert load(HttpQuestion, stored.replace(b'"version":"1.1",', b"")) == question
