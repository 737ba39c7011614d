"""Credentials: sent where they belong and nowhere else, and taken out of whatever comes back."""

import base64
import html
import json
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wire_servers import answering, asking, looking, response, serving

from auditor.config import Config, GatewayConfig, PublicConfig, PublicPath, SecretFrom, VantageConfig, reveal
from auditor.config.model import ServiceConfig
from auditor.model import Anonymous, HttpAnswer, HttpQuestion, Observation, Outcome, Side, codec
from auditor.probes import look
from auditor.probes.credentials import LONG, MARK, PIECE, SHORTEST, Credentials, Withheld

TOKEN = "tk-9fQ2/zX+81hM=4c0Dyw7&Lr"
KEY = "orders|/api/v1/orders"


def configured(url: str = "https://api.example.com", *, allow_http: bool = False, **token: str) -> Config:
    path = PublicPath(
        path="/api/v1/orders",
        anonymous=Anonymous.DENIED,
        token=SecretFrom(**(token or {"env": "TOKEN"})),
        allow_http=allow_http,
    )
    return Config(
        version=1,
        vantages={
            "internet": VantageConfig(side=Side.OUTSIDE, resolvers=("system",), controls=("https://e.example/",)),
            "vpc": VantageConfig(side=Side.INSIDE, resolvers=("system",)),
        },
        gateways={"api": GatewayConfig(url=url)},
        services={"jobs": ServiceConfig(names=("jobs.internal.example.net",))},
        public={"orders": PublicConfig(gateway="api", paths=(path,))},
    )


def read(config: Config, **environ: str) -> Credentials:
    return Credentials.read(config, lambda secret: reveal(secret, environ))


def asks(**changes: object) -> HttpQuestion:
    fields: dict[str, object] = {
        "scheme": "https",
        "host": "api.example.com",
        "port": 443,
        "target": "/api/v1/orders",
    }
    return HttpQuestion(**{**fields, "credential": KEY, **changes})  # type: ignore[arg-type]


# --- where it may go -----------------------------------------------------------------------------------------


def test_it_goes_to_its_own_gateway() -> None:
    known = read(configured(), TOKEN=TOKEN)
    assert known.refusal(asks(), "203.0.113.10") is None
    assert known.header(asks(), "203.0.113.10") == ("Authorization", f"Bearer {TOKEN}")
    assert known.header(asks(credential=None), "203.0.113.10") is None
    assert known.header(asks(target="/api/v1/k3v9qx0m2p7t"), "203.0.113.10") is not None


@pytest.mark.parametrize(
    "changes",
    [
        {"host": "evil.example.com"},
        {"port": 8443},
        {"scheme": "http", "port": 80},
        {"scheme": "http"},
        {"host_header": "evil.example.com"},
        {"host_header": "api.example.com"},
        {"sni": "evil.example.com"},
        {"credential": "orders|/api/v1/other"},
        {"credential": ""},
    ],
    ids=str,
)
def test_and_nowhere_else(changes: dict[str, object]) -> None:
    known = read(configured(), TOKEN=TOKEN)
    assert known.refusal(asks(**changes), "203.0.113.10")
    with pytest.raises(Withheld) as caught:
        known.header(asks(**changes), "203.0.113.10")
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize(
    ("address", "allow_http", "sent"),
    [("127.0.0.1", False, True), ("::1", False, True), ("203.0.113.10", False, False), (None, False, False),
     ("203.0.113.10", True, True)],
)  # fmt: skip
def test_over_plain_http_only_on_loopback_or_where_it_is_said(
    address: str | None, allow_http: bool, sent: bool
) -> None:
    known = read(configured("http://api.example.com", allow_http=allow_http), TOKEN=TOKEN)
    refusal = known.refusal(asks(scheme="http", port=80), address)
    assert (refusal is None) is sent
    assert sent or "plain http" in (refusal or "")


@pytest.mark.parametrize(
    ("environ", "why"),
    [
        ({}, "the environment variable TOKEN is not set"),
        ({"TOKEN": ""}, "the environment variable TOKEN is empty"),
        (
            {"TOKEN": "two words and more"},
            "the environment variable TOKEN holds characters that no bearer token has",
        ),
        ({"TOKEN": "snö-token-snö"}, "the environment variable TOKEN holds characters that no bearer token has"),
        ({"TOKEN": "a\r\nX-Evil: 1"}, "the environment variable TOKEN holds characters that no bearer token has"),
        (
            {"TOKEN": "x" * (SHORTEST - 1)},
            "the environment variable TOKEN holds a token of fewer than 8 characters",
        ),
    ],
)
def test_one_that_cannot_be_had_is_remembered_with_the_reason(environ: dict[str, str], why: str) -> None:
    known = read(configured(), **environ)
    assert known.missing == ((KEY, why),)
    assert known.refusal(asks(), "203.0.113.10") == why
    assert not any(value and value in why for value in environ.values())


def test_nothing_shows_it() -> None:
    known = read(configured(), TOKEN=TOKEN)
    assert repr(known) == f"Credentials({KEY})"
    assert TOKEN not in repr(vars(known)["_known"])
    assert repr(Credentials()) == "Credentials(none)"


# --- what comes back -----------------------------------------------------------------------------------------


def spelled(token: str) -> list[bytes]:
    forms = [token, quote(token, safe=""), quote(token), html.escape(token), json.dumps(token)[1:-1]]
    forms += [token.replace("/", "\\/"), token.upper(), token.lower()]
    raw = [token.encode(), b"Bearer " + token.encode(), b":" + token.encode(), b"ab" + token.encode() + b"c"]
    return [form.encode() for form in forms] + [base64.b64encode(each) for each in raw]


def pieces(text: bytes, size: int) -> set[bytes]:
    return {text[at : at + size].lower() for at in range(len(text) - size + 1)}


tokens = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=SHORTEST, max_size=90)
# What stands around it has no character of a token, or else no test could tell the two apart.
filling = st.text(st.sampled_from(" \t\n\xe4\xf6"), max_size=30).map(lambda text: text.encode())


@settings(max_examples=300, deadline=None)
@given(tokens, st.data())
def test_no_piece_of_it_is_left_in_whatever_spelling(token: str, data: st.DataObject) -> None:
    known = read(configured(), TOKEN=token)
    form = data.draw(st.sampled_from(spelled(token)))
    before, after = data.draw(filling), data.draw(filling)
    left = known.scrub(before + form + after)
    shown = left.replace(MARK, b"\xff")
    size = min(PIECE if len(token) < LONG else 2 * PIECE, len(token))
    assert not pieces(token.encode(), size) & pieces(shown, size)
    assert left.startswith(before) and left.endswith(after)


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from("abcdefgh0123456789"), min_size=24, max_size=60), st.data())
def test_half_of_it_is_taken_out_as_well(token: str, data: st.DataObject) -> None:
    """A page that shows the first characters, or a body that was cut."""
    known = read(configured(), TOKEN=token)
    start = data.draw(st.integers(0, len(token) - PIECE))
    end = data.draw(st.integers(start + PIECE, len(token)))
    assert token[start:end].encode() not in known.scrub(b"<p>" + token[start:end].encode() + b"</p>")


def test_what_is_not_it_stays_as_it_came() -> None:
    known = read(configured(), TOKEN=TOKEN)
    for text in (b"", b'{"orders":[{"id":"ord-5521"}]}', TOKEN.encode()[: PIECE - 1], b"tk-9fQ2 zX 81hM"):
        assert known.scrub(text) == text
    assert Credentials().scrub(TOKEN.encode()) == TOKEN.encode()
    assert known.scrub(b"x" + TOKEN.encode() * 3 + b"y").count(MARK) >= 1


def test_a_long_hostile_text_takes_no_time_to_speak_of() -> None:
    import time

    known = read(configured(), TOKEN="ab" * 200)
    started = time.monotonic()
    known.scrub(b"ab" * 130_000)
    assert time.monotonic() - started < 20


async def test_an_echo_of_everything_leaves_no_trace_of_it() -> None:
    """Headers, names of headers, reason, Location and body repeat what was sent, in every spelling."""
    seen: list[bytes] = []

    async def echo(reader, writer) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        seen.append(head)
        sent = head.partition(b"Authorization: Bearer ")[2].partition(b"\r\n")[0]
        body = b"\n".join([head, *spelled(sent.decode())])
        name = bytes(c for c in sent if chr(c).isalnum())
        writer.write(
            b"HTTP/1.1 302 " + sent + b"\r\nContent-Length: %d\r\n" % len(body)
            + b"Location: /login?token=" + quote(sent.decode(), safe="").encode() + b"\r\n"
            + b"Set-Cookie: " + name + b"=1; Path=/" + sent + b"\r\nX-" + name + b": 1\r\nX-Echo: " + sent
            + b"\r\n\r\n" + body
        )  # fmt: skip
        await writer.drain()

    token = "tk9fQ2zX81hM4c0Dyw7Lr" + "/+=|&"
    async with serving(echo) as server:
        known = read(configured(f"http://127.0.0.1:{server.port}"), TOKEN=token)
        async with looking(credentials=known) as eyes:
            observed = await look(asking(server.port, "/api/v1/orders", credential=KEY), eyes)
    assert f"Authorization: Bearer {token}".encode() in seen[0]
    assert isinstance(observed.answer, HttpAnswer)
    assert "credential" in observed.answer.redactions
    stored = codec.dump(Observation, observed).lower()
    for secret in (token, token[:21], token[3:18], quote(token, safe="")):
        assert secret.lower().encode() not in stored, secret
    for form in spelled(token):
        assert form.lower()[2:-2] not in stored


async def test_a_peer_that_says_no_http_at_all_leaves_no_trace_either() -> None:
    async def junk(reader, writer) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        writer.write(head.partition(b"Authorization: Bearer ")[2])
        await writer.drain()

    token = "tk9fQ2zX81hM4c0Dyw7Lr"
    async with serving(junk) as server:
        known = read(configured(f"http://127.0.0.1:{server.port}"), TOKEN=token)
        async with looking(credentials=known) as eyes:
            observed = await look(asking(server.port, "/api/v1/orders", credential=KEY), eyes)
    assert observed.outcome is Outcome.PROTOCOL_ERROR and observed.detail
    assert token[:PIECE].encode() not in codec.dump(Observation, observed)


async def test_without_it_the_question_is_never_sent() -> None:
    async with answering(response()) as server, looking() as eyes:
        observed = await look(asking(server.port, credential=KEY), eyes)
    assert observed.outcome is Outcome.PROBER_ERROR and "not sent" in observed.detail
    assert server.requests == []


async def test_a_question_without_one_carries_none() -> None:
    async with answering(response()) as server:
        known = read(configured(f"http://127.0.0.1:{server.port}"), TOKEN=TOKEN)
        async with looking(credentials=known) as eyes:
            await look(asking(server.port), eyes)
    assert b"uthorization" not in server.requests[0]
