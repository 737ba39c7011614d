"""The words, names and patterns of a configuration, one by one."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from auditor.config import GatewayConfig, Limits, SecretFrom, ServiceConfig, forwards, parse
from auditor.config.errors import Wrong, dotted, printable, shown
from auditor.config.words import duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("500ms", 0.5), ("30s", 30), ("15m", 900), ("1h30m", 5400), ("1d2h3m4s5ms", 93784.005), ("366d", 31622400)],
)
def test_durations(text: str, seconds: float) -> None:
    assert duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text", ["", "15", "m", "1.5h", "-1s", "30m1h", "1 h", "1H", "٣s", "0s", "367d", "9" * 9 + "d", 15, None]
)
def test_no_durations(text: object) -> None:
    with pytest.raises(Wrong):
        duration(text)


def test_in_code_numbers_will_do_where_the_file_wants_a_unit() -> None:
    assert GatewayConfig(url="http://127.0.0.1:8080", rate=1000).rate == 1000.0
    assert Limits(connect_seconds=1, observations_max_age=timedelta(minutes=1)).connect_seconds == 1.0


def test_an_error_in_code_does_not_quote_what_it_refuses() -> None:
    with pytest.raises(ValidationError) as caught:
        ServiceConfig(url="http://user:hunter2@x")
    assert "hunter2" not in str(caught.value)


def test_a_secret_names_one_source() -> None:
    for sources in ({}, {"env": "A", "file": "b"}):
        with pytest.raises(ValidationError, match="exactly one source"):
            SecretFrom(**sources)


@pytest.mark.parametrize(
    ("pattern", "target", "covered"),
    [
        ("/api/*", "/api/", True),
        ("/api/*", "/api/v1/orders", True),
        ("/api/*", "/api", False),
        ("/api/*", "/API/x", False),
        ("/api", "/api", True),
        ("/api", "/api/", False),
        ("/api", "/api?x=1", True),
        ("/*/internal", "/a/b/internal", True),
        ("/*/internal", "/internal", False),
        ("/a*b*c", "/abc", True),
        ("/a*b*c", "/axbxbxc", True),
        ("/a*b*c", "/acb", False),
        ("/a*a", "/a", False),
        ("/**", "/x", True),
        ("/a.c", "/abc", False),
        ("/[ab]", "/a", False),
    ],
)
def test_what_a_pattern_covers(pattern: str, target: str, covered: bool) -> None:
    assert forwards(pattern, target) is covered


@settings(deadline=None)
@given(
    st.lists(st.text("ab/", max_size=3), min_size=1, max_size=4), st.lists(st.text("ab/*", max_size=3), max_size=4)
)
def test_a_pattern_covers_what_it_was_made_from(parts: list[str], fillings: list[str]) -> None:
    target = parts[0] + "".join(
        (fillings[place] if place < len(fillings) else "") + part for place, part in enumerate(parts[1:])
    )
    assert forwards("*".join(parts), target)


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("plain", "'plain'"),
        ("a\nb\x1b[31m\u202e\ud800", r"'a\nb\x1b[31m\u202e\ud800'"),
        ("x" * 61, "'" + "x" * 60 + "…'"),
        ("https://user:pa/ss@w@rd@host/x", "'https://…@host/x'"),
        ("user:secret@host:1080", "'…@host:1080'"),
        ("https://host/x?key=secret", "'https://host/x?…'"),
        ("/docs?page=1", "'/docs?page=1'"),
        ("team@example.com", "'team@example.com'"),
    ],
)
def test_how_values_are_shown(text: str, seen: str) -> None:
    assert shown(text) == seen


def test_how_places_are_shown() -> None:
    assert dotted(("services", "a.b", "paths", 0)) == "services.a.b.paths[0]"
    assert dotted(("services", "a b\n", "x")) == r"services.'a b\n'.x"
    assert dotted(()) == ""
    assert printable("é…") == "é…"


def test_two_thousand_services_are_read_in_good_time() -> None:
    from time import process_time

    head = (
        "version: 1\nvantages:\n"
        "  out: {side: outside, resolvers: [192.0.2.53], controls: ['https://www.example.com/']}\n"
        "  in: {side: inside, resolvers: [system]}\n"
        "gateways: {api: {url: 'https://api.example.com', control: /ok, allow: [/api/*]}}\nservices:\n"
    )
    service = (
        "  s%d:\n    owner: team\n    names: [s%d.internal.example.net]\n    url: http://s%d.internal.example.net:8080\n"
        "    paths: [/internal/v1/provision, /docs, /openapi.json]\n    ports: [8080]\n    gateways: [api]\n"
    )
    text = head + "".join(service % (n, n, n) for n in range(2000))
    begun = process_time()
    config = parse(text, "probes.yaml", {}).config
    spent = process_time() - begun
    assert len(config.services) == 2000
    assert spent < 20, "growth is no longer linear"
