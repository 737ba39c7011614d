"""What an HTTP observation says about an ordinary answer."""

import asyncio
import gzip
import hashlib
import zlib
from datetime import UTC

import pytest
from wire_servers import NOW, answering, asking, looking, naming, probe, response, serving, unused_port

from auditor.model import HttpAnswer, HttpQuestion, Observation, Outcome, Phase
from auditor.model.codec import dump, load
from auditor.probes import look


async def answer_to(answer: bytes, *, close: bool = False, **question: object) -> HttpAnswer:
    async with answering(answer, close=close) as server, looking() as eyes:
        seen = await look(asking(server.port, **question), eyes)
    assert seen.outcome is Outcome.ANSWERED, seen
    assert isinstance(seen.answer, HttpAnswer)
    return seen.answer


async def test_an_observation_has_all_its_facts() -> None:
    body = b"<h1>orders</h1>\r\n\tready"
    raw = response(body, status="404 Not Found", headers=("Server: nginx", "X-Twice: 1", "X-Twice: 2"))
    async with answering(raw) as server, looking() as eyes:
        seen = await look(asking(server.port, "/orders"), eyes)
    assert (seen.probe, seen.vantage, seen.started_at) == ("probe-1", "here", NOW)
    assert seen.started_at.tzinfo is UTC
    assert (seen.outcome, seen.phase, seen.detail) == (Outcome.ANSWERED, None, "")
    assert (seen.address, seen.local_address) == ("127.0.0.1", "127.0.0.1")
    assert 0 < sum(seconds for _, seconds in seen.timings) <= seen.elapsed_seconds
    answer = seen.answer
    assert isinstance(answer, HttpAnswer)
    assert (answer.status, answer.reason, answer.version) == (404, "Not Found", "HTTP/1.1")
    assert answer.headers[1:] == (("Server", "nginx"), ("X-Twice", "1"), ("X-Twice", "2"))
    assert answer.body_size == len(body)
    assert answer.body_sha256 == hashlib.sha256(body).hexdigest()
    assert answer.excerpt == "<h1>orders</h1>\n\tready"
    assert (answer.truncated, answer.redactions, answer.location, answer.cached) == (False, (), None, False)
    assert answer.tls is None
    assert answer.fingerprint.status == 404
    assert load(Observation, dump(Observation, seen)) == seen


async def test_head_has_no_body_whatever_its_length_says() -> None:
    answers = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"
    async with answering(answers) as server, looking() as eyes:
        seen = [await look(asking(server.port, method="HEAD"), eyes) for _ in range(3)]
    assert [one.outcome for one in seen] == [Outcome.ANSWERED] * 3
    assert server.connections == 1


async def test_a_sloppy_answer_is_an_answer() -> None:
    answer = await answer_to(b"HTTP/1.1 200 OK\nServer: \x1b[31mred\nX-F: a\n b\nContent-Length: 5\n\nhello")
    assert answer.excerpt == "hello"
    assert answer.headers[:2] == (("Server", "\\x1b[31mred"), ("X-F", "a b"))


async def test_head_with_a_body_is_answered_and_not_kept() -> None:
    async with answering(response()) as server, looking() as eyes:
        seen = [await look(asking(server.port, method="HEAD"), eyes) for _ in range(2)]
    assert [one.outcome for one in seen] == [Outcome.ANSWERED] * 2
    assert server.connections == 2


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified"])
async def test_statuses_without_a_body_end_with_their_head(status: str) -> None:
    answers = f"HTTP/1.1 {status}\r\nContent-Length: 7\r\n\r\n".encode()
    assert (await answer_to(answers)).body_size == 0


async def test_chunks_and_trailers() -> None:
    raw = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x\r\nabc\r\n2\r\nde\r\n0\r\nX-T: 1\r\n\r\n"
    async with answering(raw) as server, looking() as eyes:
        seen = [await look(asking(server.port), eyes) for _ in range(2)]
    for one in seen:
        assert isinstance(one.answer, HttpAnswer)
        assert one.answer.excerpt == "abcde"
        assert one.answer.headers == (("Transfer-Encoding", "chunked"),)
    assert server.connections == 1


@pytest.mark.parametrize("version", ["1.0", "1.1"])
async def test_without_a_length_the_end_is_the_end(version: str) -> None:
    raw = f"HTTP/{version} 200 OK\r\nServer: old\r\n\r\nhello".encode()
    answer = await answer_to(raw, close=True)
    assert (answer.version, answer.excerpt, answer.truncated) == (f"HTTP/{version}", "hello", False)


async def test_interim_responses_are_passed_over() -> None:
    interim = b"HTTP/1.1 100 Continue\r\n\r\n" * 3 + b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
    async with answering(interim + response(status="404 Not Found")) as server, looking() as eyes:
        seen = [await look(asking(server.port), eyes) for _ in range(2)]
    for one in seen:
        assert isinstance(one.answer, HttpAnswer)
        assert (one.answer.status, one.answer.reason) == (404, "Not Found")
        assert one.answer.headers == (("Content-Length", "5"),)
    assert server.connections == 1


async def test_switching_protocols_is_a_final_answer() -> None:
    raw = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n\x00\x01"
    async with answering(raw) as server, looking() as eyes:
        seen = [await look(asking(server.port), eyes) for _ in range(2)]
    assert [one.answer.status for one in seen if isinstance(one.answer, HttpAnswer)] == [101, 101]
    assert server.connections == 2


async def test_a_redirect_is_recorded_and_not_followed() -> None:
    raw = response(b"", status="302 Found", headers=("Location: /loop?access_token=hunter2hunter2",))
    async with answering(raw) as server, looking() as eyes:
        seen = await look(asking(server.port, "/loop"), eyes)
    assert isinstance(seen.answer, HttpAnswer)
    assert seen.answer.status == 302
    assert seen.answer.location == "/loop?access_token=[redacted: secret]"
    assert seen.answer.redactions == ("secret",)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("header", "cached"),
    [
        ("Age: 17", True),
        ("Age: 0", False),
        ("Age: ²", False),
        ("X-Cache: HIT", True),
        ("X-Cache: Hit from cloudfront", True),
        ("X-Cache: MISS, HIT", True),
        ("X-Cache: MISS", False),
        ("CF-Cache-Status: HIT", True),
        ("CF-Cache-Status: DYNAMIC", False),
        ("Cache-Status: edge; hit; ttl=30", True),
        ("X-Other: HIT", False),
    ],
)
async def test_an_answer_out_of_a_cache_says_so(header: str, cached: bool) -> None:
    assert (await answer_to(response(headers=(header,)))).cached is cached


# --- content codings


def _raw_deflate(data: bytes) -> bytes:
    deflate = zlib.compressobj(wbits=-15)
    return deflate.compress(data) + deflate.flush()


@pytest.mark.parametrize(
    ("coding", "wire"),
    [
        ("gzip", gzip.compress(b"plain text", mtime=0)),
        ("GZIP", gzip.compress(b"plain text", mtime=0)),
        ("deflate", zlib.compress(b"plain text")),
        ("deflate", _raw_deflate(b"plain text")),
    ],
)
async def test_content_codings_nobody_asked_for_are_taken_off(coding: str, wire: bytes) -> None:
    answer = await answer_to(response(wire, headers=(f"Content-Encoding: {coding}",)))
    assert answer.excerpt == "plain text"
    assert answer.body_size == len(wire)
    assert answer.body_sha256 == hashlib.sha256(b"plain text").hexdigest()
    assert ("Content-Encoding", coding) in answer.headers


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, gzip", "gzip", "deflate", "\x1b[31m"])
async def test_what_cannot_be_decoded_stays_as_it_came(coding: str) -> None:
    answer = await answer_to(response(b"not that", headers=(f"Content-Encoding: {coding}",)))
    assert answer.excerpt == "not that"
    assert answer.truncated is False


# --- names and addresses


async def test_a_name_is_resolved_at_the_vantage_and_its_addresses_tried_in_turn() -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server.requests.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(response())
        await writer.drain()

    addresses = ("127.0.0.2", "127.0.0.5", "127.0.0.9")  # the middle one answers, whatever the order
    async with (
        serving(handler, host="127.0.0.5") as server,
        naming(api=addresses) as at,
        looking(resolvers=(at,)) as eyes,
    ):
        seen = await look(asking(server.port, host="api.test"), eyes)
    assert (seen.outcome, seen.address) == (Outcome.ANSWERED, "127.0.0.5")
    assert f"\r\nHost: api.test:{server.port}\r\n".encode() in server.requests[0]
    assert seen.timings[0][0] == "resolve"


async def test_a_name_that_does_not_exist() -> None:
    async with naming() as resolver, looking(resolvers=(resolver,)) as eyes:
        seen = await look(asking(80, host="gone.test"), eyes)
    assert (seen.outcome, seen.phase, seen.address) == (Outcome.NXDOMAIN, Phase.RESOLVE, None)


async def test_every_address_is_held_against_the_allow_list() -> None:
    asked: list[tuple[str, str | None, int]] = []

    def permits(host: str, address: str | None, port: int) -> bool:
        asked.append((host, address, port))
        return address != "127.0.0.1"

    async with (
        answering(response()) as server,
        naming(api=("127.0.0.1", "127.0.0.9")) as resolver,
        looking(resolvers=(resolver,), permits=permits) as eyes,
    ):
        named = await look(asking(server.port, host="api.test"), eyes)
        literal = await look(asking(server.port, host="api.test", address="127.0.0.1"), eyes)
    for seen in (named, literal):
        assert (seen.outcome, seen.phase) == (Outcome.PROBER_ERROR, Phase.CONNECT)
        assert seen.detail == f"out of scope: 127.0.0.1 port {server.port}, for api.test"
    assert server.connections == 0
    assert set(asked[:2]) == {("api.test", "127.0.0.1", server.port), ("api.test", "127.0.0.9", server.port)}


async def test_an_answer_from_a_permitted_address_counts_beside_one_out_of_scope() -> None:
    async with (
        answering(response()) as server,
        naming(api=("127.0.0.9", "127.0.0.1")) as resolver,
        looking(resolvers=(resolver,), permits=lambda _host, address, _port: address == "127.0.0.1") as eyes,
    ):
        seen = await look(asking(server.port, host="api.test"), eyes)
    assert seen.outcome is Outcome.ANSWERED


async def test_over_ipv6() -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server.requests.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(response())
        await writer.drain()

    async with serving(handler, host="::1") as server, looking() as eyes:
        seen = await look(probe(HttpQuestion("http", "::1", server.port, "/")), eyes)
    assert (seen.outcome, seen.address, seen.local_address) == (Outcome.ANSWERED, "::1", "::1")
    assert f"\r\nHost: [::1]:{server.port}\r\n".encode() in server.requests[0]


async def test_refused() -> None:
    async with looking() as eyes:
        seen = await look(asking(unused_port()), eyes)
    assert (seen.outcome, seen.phase, seen.address) == (Outcome.REFUSED, Phase.CONNECT, "127.0.0.1")
    assert "ECONNREFUSED" in seen.detail
