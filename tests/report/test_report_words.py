"""Tables are total, cells are short, commands are safe to paste."""

import shlex
from datetime import timedelta

import pytest

from auditor.model import (
    DECISIVE,
    REASONS,
    Aspect,
    Check,
    DelegationQuestion,
    DnsQuestion,
    HttpQuestion,
    InventoryQuestion,
    Outcome,
    Question,
    Reason,
    SkipReason,
    TcpQuestion,
    TlsQuestion,
    TransferQuestion,
    Vector,
    Verdict,
    WalkQuestion,
)
from auditor.report.codes import OUTCOME_CODES, OUTCOME_WORDS, SKIP_WORDS, is_private
from auditor.report.reproduce import command
from auditor.report.text import age, clip, one_line, percent, printable
from auditor.report.wording import (
    ASPECTS,
    CHECK_WORDS,
    CHECKS,
    VECTORS,
    VERDICTS,
    WOULD_PROVE,
    check_label,
    check_of,
    reason_words,
    service_label,
    target_label,
)


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
        DnsQuestion("a.example", "A", "9.9.9.9", subnet="10.0.0.0/24 @evil"),
        DnsQuestion("a.example", "A", "quic://9.9.9.9"),
        DnsQuestion("a.example", "A", "https://dns.example/\u202e"),
        DelegationQuestion("a.example\n", ()),
        DelegationQuestion("a.example", ("9.9.9.9;id",)),
        TransferQuestion("a.example", "$(id)"),
        TransferQuestion("a.example\x1b", "9.9.9.9"),
        WalkQuestion("a.example", "9.9.9.9", "x\u200b.a.example"),
        WalkQuestion("a.example", "9.9.9.9:x", "x.a.example"),
        InventoryQuestion("zone", "a\nb", ("a.example",)),
        InventoryQuestion("zone", "a", ("a.example\x00",)),
    ],
)
def test_what_cannot_be_pasted_safely_is_refused(question: Question) -> None:
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


_DIG = "dig +time=5 +tries=1 +noall +comments +answer"


@pytest.mark.parametrize(
    ("question", "line"),
    [
        (DnsQuestion("a.b", "A", "tcp://9.9.9.9"), f"{_DIG} +tcp @9.9.9.9 -q a.b -t A"),
        (DnsQuestion("a.b", "A", "tcp://[2001:db8::1]:54"), f"{_DIG} +tcp @2001:db8::1 -p 54 -q a.b -t A"),
        (DnsQuestion("a.b", "A", "tls://9.9.9.9:8853"), f"{_DIG} +tls @9.9.9.9 -p 8853 -q a.b -t A"),
        (
            DnsQuestion("a.b", "A", "https://[2001:db8::1]/dns-query", server_of="gateway:edge"),
            f"{_DIG} +https=/dns-query @2001:db8::1 -q a.b -t A",
        ),
        (
            DnsQuestion("a.b", "A", "9.9.9.9:5353", server_of="zone:b", recursion=False, transport="tcp"),
            f"{_DIG} +authority +norecurse +tcp @9.9.9.9 -p 5353 -q a.b -t A",
        ),
        (
            DnsQuestion("a.b", "A", "9.9.9.9", server_of="zone:b", recursion=False, subnet="10.1.2.0/24"),
            f"{_DIG} +authority +norecurse +subnet=10.1.2.0/24 @9.9.9.9 -q a.b -t A",
        ),
        (
            DnsQuestion("b", "SOA", "9.9.9.9", server_of="zone:b", recursion=False, nsid=True, dnssec=True),
            f"{_DIG} +authority +norecurse +dnssec +nsid @9.9.9.9 -q b -t SOA",
        ),
        (
            DnsQuestion("version.bind", "TXT", "2001:db8::1", server_of="zone:b", recursion=False, chaos=True),
            f"{_DIG} +authority +norecurse @2001:db8::1 -q version.bind -t TXT -c CH",
        ),
        (
            DnsQuestion("1.2.0.192.in-addr.arpa", "PTR", "system"),
            f"{_DIG} +authority -q 1.2.0.192.in-addr.arpa -t PTR",
        ),
        (TransferQuestion("b", "[2001:db8::1]:53", "zone:b"), f"{_DIG} @2001:db8::1 -p 53 -q b -t AXFR"),
        (TransferQuestion("b", "9.9.9.9", "zone:b", "IXFR"), f"{_DIG} @9.9.9.9 -q b -t IXFR=0"),
        (
            WalkQuestion("b", "9.9.9.9", "x1.b", "zone:b", 100),
            f"{_DIG} +authority +dnssec +norecurse @9.9.9.9 -q x1.b -t A -q b -t NSEC",
        ),
        (DelegationQuestion("b"), "dig +trace +nodnssec -q b -t NS"),
        (
            DelegationQuestion("b", ("10.0.0.1:5300", "10.0.0.2")),
            "dig +trace +nodnssec @10.0.0.1 -p 5300 -q b -t NS",
        ),
        (InventoryQuestion("zone", "zones/b zone.db", ("b", "c.d")), "grep -niF -e b -e c.d -- 'zones/b zone.db'"),
        (DnsQuestion("a'b;$(id)", "A", "9.9.9.9"), f"""{_DIG} @9.9.9.9 -q 'a'"'"'b;$(id)' -t A"""),
    ],
)
def test_questions_of_names_and_zones_as_commands(question: Question, line: str) -> None:
    made = command(question)
    assert made.line == line and made.refused is None
    assert shlex.split(made.long.replace("\\\n", " ")) == shlex.split(line)


def test_checks_are_called_by_their_titles_and_classes() -> None:
    assert set(CHECKS) == set(Check) and set(ASPECTS) == set(Aspect)
    assert check_label(Check.TRANSFER) == "zone transfer (D5)"
    assert check_label(Check.RECURSION) == "recursion (D16, D18)"
    assert target_label("dns", "search corp.example") == "search suffix (D13) corp.example"
    assert target_label("dns", "no such check") == "no such check" and check_of("name", "transfer") is None
    assert target_label("name", "transfer") == "transfer"
    assert set(CHECK_WORDS) <= REASONS[Verdict.RESOLVES] and all(len(word) <= 9 for word in CHECK_WORDS.values())


@pytest.mark.parametrize(
    ("service", "label"),
    [
        ("zone:corp.example", "zone corp.example"),
        ("gateway:api", "gateway api"),
        ("network:203.0.113.0/28", "network 203.0.113.0/28"),
        ("vantage:vpc", "vantage vpc"),
        ("config", "config"),
        ("other:thing", "other:thing"),
    ],
)
def test_what_stands_in_a_services_place_is_shown_as_what_it_is(service: str, label: str) -> None:
    assert service_label(service) == label


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
