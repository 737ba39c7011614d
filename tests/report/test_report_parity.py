"""The table of public paths: what each entrance asks, side by side, the same in page, JSON and terminal."""

from dataclasses import replace

from report_records import API, BOTH_SIGHTED, EDGE, END, Ledger, clean, company, http
from test_report_page import Parsed

from auditor.model import REASONS, Anonymous, Aspect, AuditRecord, HttpQuestion, Reason, Role, Verdict
from auditor.report import History, render, summary, to_json
from auditor.report.parity import ASKS, MOST_COLUMNS, parity
from auditor.report.reading import Reading


def page(record: AuditRecord) -> str:
    return render(record, history=History(), environment=None, next_due_at=None, generated_at=END, version="0")


def section(record: AuditRecord) -> str:
    html = page(record)
    return html[html.index('id="public"') : html.index('id="matrix"')]


def test_the_rows_and_cells_of_the_company() -> None:
    table = parity(Reading(company()))
    assert table is not None
    assert [head.label for head in table.heads] == ["edge-gw", "api-gw"]
    orders, catalog = table.rows
    assert [(c.codes, c.word, c.css, c.href) for c in orders.cells] == [
        (("401", "200"), "open", "e", None),
        (("200", "200"), "unauthenticated", "a", "#LK-9p1order"),
        (("404",), "not served", "z", None),
        (("404",), "not served", "z", None),
    ]
    assert (orders.same, orders.verdict) == (False, "1 of 2 asks for nothing")
    assert orders.expects == "denied without credentials"
    assert [c.word for c in catalog.cells] == ["outage", "outage", "not served", "not served"]
    assert (catalog.same, table.paths, table.differ) == (None, 2, 1)


def test_the_page_shows_the_table_between_findings_and_matrix() -> None:
    html = section(company())
    text = Parsed(html).text
    assert "1 not treated alike" in text and "401 / 200" in text and "No: 1 of 2 asks for nothing" in text
    assert html.count('class="c pc a"') == 1 and 'href="#LK-9p1order"' in html
    nav = page(company())
    assert '<a href="#public">Public</a>' in nav


def test_nothing_public_nothing_shown() -> None:
    html = page(clean())
    assert 'id="public"' not in html and "#public" not in html
    assert to_json(clean())["parity"] == []
    assert "Public paths" not in summary(clean(), colour=False)
    assert "12 of 12 ways in." in summary(clean(), colour=False)


def test_public_paths_are_in_no_table_of_what_is_internal() -> None:
    html = page(company())
    matrix = html[html.index('id="matrix"') : html.index('id="unproven"')]
    internal = html[html.index('id="internal"') : html.index('id="evidence"')]
    assert "/api/v1/orders" not in matrix and ">orders<" not in internal


def test_the_finding_shows_both_answers_and_how_to_ask() -> None:
    text = Parsed(page(company())).text
    for words in (
        "Without credentials",
        "With the token",
        "GET https://pay.example.com/api/v1/orders with its token",
        "body identical to the authenticated body, byte for byte",
        '-H "Authorization: Bearer $TOKEN"',
        "Ask with the token, which you put into TOKEN",
        "Hint for PUB-AUTH",
        "Hint for PUB-DOWN",
        "/api/v1/orders answers 200 OK without credentials through edge-gw",
    ):
        assert words in text, words


def test_the_json_tells_each_entrance() -> None:
    orders, catalog = to_json(company())["parity"]
    assert list(orders) == ["service", "path", "anonymous", "same", "entrances"]
    assert orders["entrances"][1] == {
        "entrance": "edge-gw", "address": EDGE[1], "declared": True, "anonymous": "200", "with_token": "200",
        "asks": False, "served": True, "verdict": "unauthenticated", "reason": "same_as_authenticated",
    }  # fmt: skip
    assert orders["entrances"][2]["served"] is False and orders["entrances"][2]["declared"] is False
    assert catalog["entrances"][0]["served"] is None


def test_the_terminal_has_the_same_rows() -> None:
    text = summary(company(), colour=False)
    assert "Public paths (2, 1 not treated alike)" in text
    assert f"200 / 200   UNAUTHENTICATED edge-gw {EDGE[1]}" in text
    assert f"404         not served      api-gw {API[0]}" in text


def test_what_an_entrance_asks_is_told_for_every_reason_that_says_so() -> None:
    told = REASONS[Verdict.OPEN] | REASONS[Verdict.UNAUTHENTICATED]
    assert told - set(ASKS) == {Reason.NOT_SERVED}
    assert not set(ASKS) & REASONS[Verdict.UNTESTED]


def many(addresses: int, paths: int = 1) -> AuditRecord:
    book = Ledger()
    for number in range(paths):
        for place in range(addresses):
            address, path = f"203.0.113.{place}", f"/api/v1/thing-{number:04d}"
            claim = book.claim("shop", Aspect.PUBLIC, path, "edge-gw", address, None, anonymous=Anonymous.DENIED)
            question = HttpQuestion("https", "pay.example.com", 443, path, address=address)
            leaking = place == 3
            asked = book.probe(Role.TARGET, "eu-w1", claim.key, question, http(200 if leaking else 401, "x" * 50))
            verdict = Verdict.UNAUTHENTICATED if leaking else Verdict.OPEN
            reason = Reason.NOT_DENIED if leaking else Reason.DENIES
            book.judge(claim, verdict, reason, "eu-w1", asked)
    return book.record(BOTH_SIGHTED)


def test_many_addresses_are_merged_and_the_worst_is_shown() -> None:
    table = parity(Reading(many(MOST_COLUMNS + 1)))
    assert table is not None
    (cell,) = table.rows[0].cells
    assert (cell.word, cell.small, table.heads[0].addresses[0][0]) == ("unauthenticated", "1/9", "9 addresses")
    assert table.rows[0].verdict == "1 of 9 asks for nothing"


def test_many_paths_are_counted_and_all_in_the_json() -> None:
    record = many(1, paths=260)
    assert "60 more paths, none of them worse" in Parsed(section(record)).text
    assert len(to_json(record)["parity"]) == 260
    assert "and 240 more, in the report" in summary(record, colour=False)


def test_what_could_not_be_told_is_not_called_the_same() -> None:
    record = many(2)
    unknown = replace(
        record.judgements[1], verdict=Verdict.UNTESTED, reason=Reason.TRANSPORT_ERROR, confidence=None
    )
    (row,) = to_json(replace(record, judgements=(record.judgements[0], unknown)))["parity"]
    assert row["same"] is None and row["entrances"][1]["served"] is None
