"""Tables are total, cells are short, commands are safe to paste."""

import shlex
from datetime import timedelta

import pytest

from auditor.model import (
    DECISIVE,
    REASONS,
    DnsQuestion,
    HttpQuestion,
    Outcome,
    Reason,
    SkipReason,
    TcpQuestion,
    TlsQuestion,
    Vector,
    Verdict,
)
from auditor.report.codes import OUTCOME_CODES, OUTCOME_WORDS, SKIP_WORDS, is_private
from auditor.report.reproduce import command
from auditor.report.text import age, clip, one_line, percent, printable
from auditor.report.wording import VECTORS, VERDICTS, WOULD_PROVE, reason_words


def test_every_reason_has_words_of_its_own() -> None:
    words = [reason_words(verdict, reason) for verdict in Verdict for reason in REASONS[verdict]]
    assert all(text.endswith(".") and len(text) > 20 for text in words)
    assert {reason for reasons in REASONS.values() for reason in reasons} == set(Reason)


def test_every_inconclusive_reason_says_what_would_prove_it() -> None:
    inconclusive = {reason for verdict in set(Verdict) - DECISIVE for reason in REASONS[verdict]}
    assert set(WOULD_PROVE) == inconclusive


def test_every_verdict_vector_outcome_and_skip_has_words() -> None:
    assert set(VERDICTS) == set(Verdict)
    assert all(VECTORS[vector].steps for vector in Vector)
    assert set(OUTCOME_CODES) == set(OUTCOME_WORDS) == set(Outcome)
    assert set(SKIP_WORDS) == set(SkipReason)
    assert all(0 < len(code) <= 6 for code in OUTCOME_CODES.values())


def test_curl_asks_exactly_what_was_asked() -> None:
    question = HttpQuestion(
        "https", "pay.example.com", 8443, "/a/..;/b?x='1'&y=$(id)", host_header="ledger.int", sni="ledger.int",
        address="2001:db8::1", headers=(("X-Original-URL", "/internal"), ("X-Empty", "")),
    )  # fmt: skip
    made = shlex.split(command(question, insecure=True).line)
    assert made == [
        *[
            "curl",
            "-sS",
            "-D",
            "-",
            "-o",
            "/dev/null",
            "--max-time",
            "10",
            "--insecure",
            "--path-as-is",
            "--globoff",
            "--resolve",
        ],
        "ledger.int:8443:[2001:db8::1]",
        "-H",
        "Host: ledger.int",
        "-H",
        "X-Original-URL: /internal",
        "-H",
        "X-Empty;",
        "https://ledger.int:8443/a/..;/b?x='1'&y=$(id)",
    ]


def test_the_usual_host_header_is_left_to_curl() -> None:
    question = HttpQuestion("http", "api.example.com", 80, "/x", address="203.0.113.1")
    assert command(question).line.endswith("--resolve api.example.com:80:203.0.113.1 http://api.example.com/x")


def test_an_odd_target_goes_through_request_target() -> None:
    made = command(HttpQuestion("http", "a.example", 80, "//b#c[1]")).line
    assert "--request-target '//b#c[1]' http://a.example/" in made


@pytest.mark.parametrize(
    "question",
    [
        HttpQuestion("http", "a.example", 80, "/x\r\nHost: evil"),
        HttpQuestion("http", "a.example", 80, "/x", headers=(("X", "a\nb"),)),
        HttpQuestion("http", "a.example", 80, "/x", headers=(("@/etc/passwd", "a"),)),
        HttpQuestion("http", "a.example", 80, "/\u202egnp"),
        HttpQuestion("http", "-o/tmp/x", 80, "/"),
        HttpQuestion("http", "a.example/$(id)", 80, "/"),
        HttpQuestion("http", "a.example", 80, "/" + "a" * 5000),
        HttpQuestion("http", "a.example", 0, "/"),
        DnsQuestion("a.example\x00", "A", "9.9.9.9"),
        DnsQuestion("a.example", "A; id", "9.9.9.9"),
        DnsQuestion("a.example", "A", "9.9.9.9:53;id"),
        DnsQuestion("a.example", "A", "$(id)"),
        TcpQuestion("a b", 1),
        TlsQuestion("a.example", 443, sni="`id`"),
    ],
)
def test_what_cannot_be_pasted_safely_is_refused(question: HttpQuestion) -> None:
    made = command(question)
    assert made.line == "" and made.refused


@pytest.mark.parametrize(
    ("resolver", "expected"),
    [
        ("9.9.9.9", "@9.9.9.9"),
        ("9.9.9.9:5353", "@9.9.9.9 -p 5353"),
        ("[2001:db8::1]:53", "@2001:db8::1 -p 53"),
        ("tls://dns.example", "+tls @dns.example"),
        ("https://dns.example/dns-query", "+https=/dns-query @dns.example"),
        ("system", "+answer -q"),
    ],
)
def test_dig_asks_the_same_resolver(resolver: str, expected: str) -> None:
    line = command(DnsQuestion("+x.example", "AAAA", resolver)).line
    assert expected in line
    assert line.endswith("-q +x.example -t AAAA")


def test_unseen_characters_become_visible() -> None:
    assert printable("a\x00\x1b[31m\u202e\u200b\ufeff\ud800\r") == (
        "a\\x00\\x1b[31m\\u202e\\u200b\\ufeff\\ud800\\x0d"
    )
    assert printable("a\tb\nc é 日本") == "a\tb\nc é 日本"
    assert one_line("a\nb\tc") == "a\\nb\\tc"
    assert clip("x" * 10, 4) == "xxxx… (10 characters)"


def test_a_whole_is_the_only_100_percent() -> None:
    assert percent(1.0) == "100%"
    assert percent(99_999 / 100_000) == "99.9%"
    assert percent(0.879) == "87.9%"
    assert percent(0) == "0%"


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(seconds=5), "under 1 min"),
        (timedelta(minutes=2), "2 min"),
        (timedelta(hours=20, minutes=5), "20 h"),
        (timedelta(days=6, hours=4), "6 d 4 h"),
        (timedelta(days=23, hours=1), "23 d"),
        (timedelta(seconds=-5), "under 1 min"),
    ],
)
def test_ages(span: timedelta, words: str) -> None:
    assert age(span) == words


def test_private_addresses_are_told_from_public_and_documentation_ones() -> None:
    assert is_private("10.0.0.1") and is_private("fd00::1") and is_private("100.64.0.1")
    assert not is_private("8.8.8.8") and not is_private("203.0.113.1") and not is_private("not an address")
