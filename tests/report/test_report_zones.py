"""Names and zones on the page, in the terminal and in the JSON: what is told, what is folded, what is escaped."""

import re
import time
from dataclasses import replace

import pytest
from report_records import END, Ledger, clean, company
from report_zones import INTERNAL, LAB, NS1, NS2, NS6, REWRITING, ZONE, Estate, at, estate, message, record
from test_report_page import HOSTILE, Parsed, assert_harmless, page, poisoned

from auditor.findings import settle
from auditor.model import (
    Aspect,
    AuditRecord,
    Check,
    DnsExpectation,
    Outcome,
    Reason,
    Side,
    TransferAnswer,
    TransferQuestion,
    VantageState,
    Verdict,
    WalkAnswer,
)
from auditor.report import exit_code, summary, to_json, totals
from auditor.report.html import HARD_CAP
from auditor.report.naming import MOST_NAMES, MOST_RECORDS, capture
from auditor.report.reading import Reading
from auditor.report.text import printable
from auditor.report.zones import zones

ESTATE = estate()
HTML = page(ESTATE)
TEXT = Parsed(HTML).text


def section(html: str) -> str:
    return html[html.index('id="zones"') : html.index('id="matrix"')]


@pytest.mark.parametrize(
    "words",
    [
        # a transfer: counts and the first names
        "zone lab.example.org",
        "zone transfer (D5), name server 198.51.100.53: the whole zone: 212 records, serial 2026112001",
        "build.lab.example.org",
        "addresses in it: 10.9.0.4, 10.9.0.5",
        # a walk, hashes
        "NSEC, 5 names followed, the chain closed",
        "vpn-old.example.net",
        "NSEC3, 12 extra iterations, salt ab12, opt-out",
        # a message: question, server, transport, RCODE, flags, EDE, records with TTL, additional
        "203.0.113.20:53 over udp",
        "; status: NOERROR, flags: qr rd ra",
        "; EDE: 3 Stale Answer",
        "; EDE: 20 Not Authoritative",
        "config.corp.example.net 300 A 10.0.0.5",
        "; AUTHORITY",
        "; ADDITIONAL",
        "dc01.corp.example.net 300 A 10.0.0.10",
        # who denied
        "NXDOMAIN from prisoner.iana.org",
        # a certificate, a file
        "a certificate for gw01.corp.example.net, 10.0.0.20",
        "2 names (14 of other zones)",
        # what to change, by class
        "D5, zone transfer open",
        "allow-transfer (BIND)",
        "What it gives away: every name and address of the zone, in one answer.",
    ],
)
def test_the_evidence_of_an_answer_is_told(words: str) -> None:
    assert words in TEXT


@pytest.mark.parametrize(
    "words",
    [
        "internet: delegated to 4 name servers at 4 addresses",
        "internet: not delegated, NXDOMAIN from example.net",
        "corp.zone: 40 names (2 of other zones, 1 not readable)",
        "lab.example.org AXFR from 10.0.0.53: REFUSED by the server",
        "IPv4, ns3.example.net (child only)",
        "IPv6, ns1.example.net",
        "no address, ns4.gone.example (parent only)",
        "answers for names that do not exist (D24): blind for names",
        "gateway edge-gw",
        "network 203.0.113.0/28",
        "vantage vpc",
        "search suffix (D13) oldcompany.example",
    ],
)
def test_the_section_tells_zones_servers_resolvers_and_what_stands_beside(words: str) -> None:
    assert words in Parsed(section(HTML)).text


def test_each_finding_of_a_check_is_linked_from_its_cell() -> None:
    hrefs = set(re.findall(r'href="#(LK-[A-Z2-7]{8})"', section(HTML)))
    assert hrefs == {finding.id for finding in ESTATE.findings if finding.aspect == Aspect.DNS}


def test_a_name_is_shown_in_both_views_record_by_record() -> None:
    assert "Inside and outside, record by record" in TEXT
    assert re.search(r"10\.0\.0\.5 *private use *has it *has it *1 of 6 asked: 198\.51\.100\.53 *same", TEXT)
    assert re.search(r"10\.0\.0\.6 *private use *has it *– does not have it *only inside", TEXT)
    assert "1 record of 2 is the same in both views." in TEXT
    assert "192.0.2.200" not in section(HTML)


def test_without_zones_and_checks_there_is_no_section() -> None:
    for known in (company(), clean()):
        assert 'id="zones"' not in page(known) and zones(Reading(known)) is None
        assert "Names and zones" not in summary(known, colour=False)


def test_checks_alone_have_a_section_too() -> None:
    book = Ledger()
    own = Estate(book, False)
    own.check(
        Check.CERTIFICATE, None, "203.0.113.20", Verdict.CLOSED, Reason.NOT_DISCLOSED, (),
        service="gateway:edge", entrance="edge", authoritative=False,
    )  # fmt: skip
    html = page(book.record((VantageState("internet", Side.OUTSIDE, True, None, None),)))
    assert "Beside the zones" in section(html) and "Closed: certificate shown (D10)." in section(html)


def test_claims_of_the_dns_count_like_others() -> None:
    counted = totals(ESTATE)
    assert counted.claims == len(ESTATE.plan.claims) == sum(counted.verdicts.values())
    assert counted.open == len(ESTATE.findings) == counted.open_dns + counted.open_internal
    assert exit_code(ESTATE) == 1
    assert "the DNS gives more away in 14 places" in TEXT
    shown = zones(Reading(ESTATE))
    assert shown and shown.checks == sum(claim.aspect is Aspect.DNS for claim in ESTATE.plan.claims)


def test_only_what_the_dns_gives_away_is_a_sentence_of_its_own() -> None:
    book = Ledger()
    answer = TransferAnswer("NOERROR", NS1, True, False, 7, 3)
    asked = ((TransferQuestion(ZONE, NS1), answer, Outcome.ANSWERED),)
    Estate(book, False).check(Check.TRANSFER, ZONE, NS1, Verdict.EXPOSED, Reason.ZONE_TRANSFER, asked)
    book.findings = list(settle(book.judgements, {}, services={}, at=END).findings)
    html = page(book.record((VantageState("internet", Side.OUTSIDE, True, None, None),)))
    assert re.search(r"<h1>The DNS gives something away in 1 place</h1>", html)
    assert "a transfer, as far as it was read: 3 records, serial 7" in html


def test_the_matrix_has_names_and_no_checks_and_tells_servers_from_resolvers() -> None:
    matrix = HTML[HTML.index('id="matrix"') : HTML.index('id="unproven"')]
    assert "name servers" in matrix and "public DNS" in matrix
    assert "zone transfer" not in matrix and "certificate-transparency" not in matrix
    assert f"zone {INTERNAL}" in matrix


def test_the_terminal_tells_each_zone_on_a_line() -> None:
    text = summary(ESTATE, colour=False)
    lines = [line.strip() for line in text[text.index("Names and zones") :].splitlines()]
    assert next(line for line in lines if line.startswith(LAB)).startswith(
        f"{LAB} (internal): delegated to 2 name servers at 3 addresses; zone transfer exposed at 1 server"
    )
    assert (
        f"resolver {REWRITING} from internet: answers for names that do not exist (D24): blind for names" in lines
    )
    assert "LAME      zone example.net  delegation (D14), name server 192.0.2.53: REFUSED by the server" in text
    assert "$ dig +time=5 +tries=1 +noall +comments +answer @198.51.100.53 -q lab.example.org -t AXFR" in text


def test_the_json_has_classes_zones_and_views() -> None:
    data = to_json(ESTATE)
    by_check = {v["check"]: v for v in data["verdicts"] if v["verdict"] in ("exposed", "resolves") and v["check"]}
    assert by_check["transfer"]["class"] == "D5" and by_check["transfer"]["zone"] == LAB
    assert by_check["certificate"]["kind"] == "tls" and by_check["transparency"]["kind"] == "file"
    assert {v["class"] for v in data["verdicts"] if v["verdict"] == "closed"} == {None}
    config = next(
        v for v in data["verdicts"] if v["target"] == f"config.{INTERNAL}" and v["verdict"] == "resolves"
    )
    assert (config["class"], config["authoritative"], config["address"]) == ("D4", True, NS2)
    zone = next(z for z in data["zones"] if z["zone"] == INTERNAL)
    assert zone["scope"] == "internal" and zone["names"] == 41
    assert zone["delegations"][0]["said"] == "nxdomain" and zone["delegations"][0]["cut"] == ZONE
    assert zone["inventory"] == [{"vantage": "vpc", "from": "corp.zone", "names": 40, "whole": True}]
    assert zone["views"][0]["records"] == [
        {"type": "A", "data": "10.0.0.5", "inside": True, "outside": True},
        {"type": "A", "data": "10.0.0.6", "inside": True, "outside": False},
    ]
    assert to_json(company())["zones"] == []


def test_two_thousand_names_stay_a_small_page() -> None:
    wide = estate(2_000, rewriting=False)
    started = time.process_time()
    html = page(wide)
    assert time.process_time() - started < 3.0
    assert len(html.encode()) < HARD_CAP / 2 and 'id="dropped"' not in html
    assert "2,000 closed, proven" in html
    assert html.count("host1") < 5


def test_more_bad_zones_than_are_drawn_are_counted() -> None:
    book = Ledger()
    own = Estate(book, False)
    for number in range(55):
        own.check(Check.TRANSFER, f"z{number:02d}.example", NS1, Verdict.EXPOSED, Reason.ZONE_TRANSFER, ())
    html = section(page(book.record((VantageState("internet", Side.OUTSIDE, True, None, None),))))
    assert "15 more zones, none of them worse: 15 exposed." in html


def test_many_sound_zones_are_a_line_each_and_none_is_lost_from_the_json() -> None:
    book = Ledger()
    own = Estate(book, False)
    for number in range(90):
        zone = f"z{number:02d}.example"
        for place in range(12):
            server = f"192.0.2.{place}"
            verdict, reason = Verdict.CLOSED, Reason.TRANSFER_REFUSED
            if number == 77 and place == 11:
                verdict, reason = Verdict.EXPOSED, Reason.ZONE_TRANSFER
            own.check(Check.TRANSFER, zone, server, verdict, reason, ())
    known = book.record((VantageState("internet", Side.OUTSIDE, True, None, None),))
    html = section(page(known))
    assert html.index("z77.example") < html.index("z00.example")
    assert "11 more name servers" in html and "89 zones with everything proven closed" in html
    assert len(html) < 60_000
    assert len(to_json(known)["zones"]) == 90


# --- what a server may say -------------------------------------------------------------------------------


@pytest.mark.parametrize("payload", HOSTILE)
def test_hostile_text_in_every_field_of_names_and_zones_is_shown_as_text(payload: str) -> None:
    html = page(poisoned(estate(3), payload))
    assert_harmless(Parsed(html))
    assert printable(payload).replace("\n", "") in Parsed(html).text.replace("\n", "")
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069\u200b]", html)


@pytest.mark.parametrize("payload", ["\x1b[31m\x07", "\u202egnp", "\r\nEVIL", "\x9b2J", "$(id)`id`;'\""])
def test_a_terminal_is_told_nothing_that_it_obeys(payload: str) -> None:
    known = poisoned(estate(3), payload)
    text = summary(replace(known, vantages=ESTATE.vantages), colour=False)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]", text)
    assert "EVIL" not in [line.strip()[:4] for line in text.splitlines()]


def test_no_command_is_made_of_what_a_server_said() -> None:
    """Records, names of servers and walked names are answers: none of them stands in a command."""
    marked = "QQ7ANSWER"

    def answered(known: AuditRecord) -> AuditRecord:
        seen = tuple(
            replace(each, answer=poisoned(each.answer, marked)) if getattr(each, "answer", None) else each
            for each in known.seen
        )
        return replace(known, seen=seen)

    commands = re.findall(r'<pre class="cmd".*?</pre>', page(answered(estate(3))), re.DOTALL)
    assert commands and not any(marked in each for each in commands)


def test_long_answers_are_capped_and_say_so() -> None:
    many = tuple(record("a.example", "TXT", f"t{number}") for number in range(400))
    text = capture(message("9.9.9.9:53", *many, authority=many, truncated=True))
    assert text.count(" TXT ") == 2 * MOST_RECORDS and text.count("380 more") == 2
    assert text.endswith("and more than is kept")
    names = tuple(f"h{number}.example" for number in range(50_000))
    for answer in (
        TransferAnswer("NOERROR", "9.9.9.9:53", True, True, 1, 50_002, names),
        WalkAnswer("nsec", "9.9.9.9:53", names),
    ):
        shown = capture(answer)
        assert len(shown) < 1_000 and f"; … {50_000 - MOST_NAMES:,} more" in shown


def test_a_silent_server_is_told_too() -> None:
    book = Ledger()
    own = Estate(book, False)
    asked = at(NS6, ZONE, "SOA")
    own.check(Check.SERIAL, ZONE, NS6, Verdict.UNTESTED, Reason.DNS_TIMEOUT, ((asked, None, Outcome.DNS_TIMEOUT),))
    own.name("app", f"app.{ZONE}", ZONE, (), {}, expect=DnsExpectation.ABSENT)
    html = page(book.record((VantageState("internet", Side.OUTSIDE, True, None, None),)))
    assert "untested: The DNS server did not answer in time." in section(html)
