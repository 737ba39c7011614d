"""Canaries: found wherever they stand in an answer, by the id that was sent, and never kept."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wire_servers import answering, asking, looking, response

from auditor.config import parse
from auditor.model import HttpAnswer, Observation, codec
from auditor.probes import Canaries, canaries_of, look
from auditor.probes.canary import holds, signed, without

SECRET = b"correct horse battery staple"
ID = "probe-1"
ANSWER = signed(SECRET, ID)


async def answer_to(body: bytes, *, canaries: Canaries | None = None, **question: object) -> Observation:
    canaries = Canaries({"config": SECRET}) if canaries is None else canaries
    async with answering(response(body)) as server, looking(canaries=canaries) as eyes:
        seen = await look(asking(server.port, canary="config", **question), eyes)
    assert isinstance(seen.answer, HttpAnswer)
    kept = codec.dump(Observation, seen)
    assert SECRET not in kept and ANSWER not in kept
    return seen


def marks(seen: Observation) -> tuple[str, ...]:
    assert isinstance(seen.answer, HttpAnswer)
    return seen.answer.fingerprint.marks


@pytest.mark.parametrize(
    "body",
    [
        ANSWER,
        b'{"canary": "' + ANSWER + b'"}',
        b"x" * 60_000 + b" " + ANSWER,  # far behind what is kept of it
        b"0" * 64 + b"\n" + ANSWER + b"\n" + b"f" * 64,
    ],
)
async def test_a_canary_is_found_anywhere(body: bytes) -> None:
    seen = await answer_to(body)
    assert "canary" in marks(seen)
    assert isinstance(seen.answer, HttpAnswer) and "canary" in seen.answer.redactions


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nothing here",
        ANSWER[:63],
        ANSWER.upper(),
        ANSWER + b"0",
        signed(SECRET, "probe-2"),
        signed(b"another", ID),
        signed(SECRET, ""),
    ],
)
async def test_nothing_else_is_one(body: bytes) -> None:
    assert "canary" not in marks(await answer_to(body))


async def test_what_was_really_sent_counts() -> None:
    headers = (("x-reach-probe-id", "other"),)
    assert "canary" not in marks(await answer_to(ANSWER, headers=headers))
    assert "canary" in marks(await answer_to(signed(SECRET, "other"), headers=headers))


async def test_two_answers_are_the_same_whatever_the_id() -> None:
    first, second = await answer_to(ANSWER), await answer_to(signed(SECRET, "probe-2"))
    assert isinstance(first.answer, HttpAnswer) and isinstance(second.answer, HttpAnswer)
    assert first.answer.fingerprint.masked == second.answer.fingerprint.masked
    assert first.answer.excerpt == second.answer.excerpt == "[redacted: canary]"


async def test_without_the_secret_it_is_not_looked_for_and_said_so() -> None:
    missing = Canaries({}, {"config": "the environment variable CANARY is not set"})
    seen = await answer_to(ANSWER, canaries=missing)
    assert marks(seen) == ("canary_unchecked",)
    assert seen.detail == "its canary was not looked for: the environment variable CANARY is not set"


def test_secrets_are_fetched_and_never_shown(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(SECRET + b"\n")
    text = f"""
version: 1
vantages:
  internet: {{side: outside, resolvers: [192.0.2.1], controls: ["https://www.example.com/"]}}
  vpc: {{side: inside, resolvers: [system]}}
gateways: {{api: {{url: "https://api.example.com", control: /up}}}}
services:
  config: {{url: "http://a.example:1", canary: {{path: /c, secret: {{env: CANARY}}}}}}
  orders: {{url: "http://b.example:1", canary: {{path: /c, secret: {{file: {tmp_path / "secret"}}}}}}}
  lost: {{url: "http://c.example:1", canary: {{path: /c, secret: {{env: NOT_SET}}}}}}
"""
    found = canaries_of(parse(text, "probes.yaml", {}).config, {"CANARY": SECRET.decode()})
    assert found.secrets == {"config": SECRET, "orders": SECRET}
    assert found.missing == {"lost": "the environment variable NOT_SET is not set"}
    assert SECRET.decode() not in repr(found)


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_any_bytes_around_it(before: bytes, after: bytes) -> None:
    body = before + b" " + ANSWER + b" " + after
    assert holds(body, SECRET, ID)
    rest, hidden = without(body)
    assert hidden and ANSWER not in rest and not holds(rest, SECRET, ID)
