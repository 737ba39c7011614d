"""The page: self-contained, escaped, complete, small, readable."""

import base64
import dataclasses
import hashlib
import re
import time
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from report_around import BEHIND, HOST, LISTENER, PRIVATE, WHY, gone_round
from report_records import BOTH_SIGHTED, END, Ledger, clean, company, history, large

from auditor.config.model import Config
from auditor.model import AuditRecord, ChangeKind
from auditor.report import History, OpenPoint, render, render_first_run, setup_steps, to_json
from auditor.report.html import HARD_CAP
from auditor.report.text import printable

TEMPLATES = Path(__file__).parents[2] / "templates"

HOSTILE = [
    "</script><script>window.pwned=1</script>",
    "<img src=x onerror=window.pwned=1>",
    '" onmouseover="window.pwned=1" x="',
    "' autofocus onfocus='window.pwned=1' x='",
    "javascript:window.pwned=1",
    "</style><style>body{display:none}",
    "--><svg onload=window.pwned=1>",
    "{{ 7*7 }}{% include 'x' %}",
    "\u202egnp.exe\u2066\u200b",
    "a\x00b\x1b[2J\x1b[31mred",
    "\ufffd\ufffd invalid",
    '=HYPERLINK("http://evil.example","x")',
    "value\r\nSet-Cookie: a=b",
    "&lt;b&gt; &amp;#x3c;",
]


class Parsed(HTMLParser):
    """Elements, attributes and text of a page."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return "".join(self.words)


def page(record: AuditRecord, past: History | None = None, **more: Any) -> str:
    fields: dict[str, Any] = {
        "history": past or History(),
        "environment": "example-prod",
        "next_due_at": END + timedelta(minutes=15),
        "generated_at": END,
        "version": "0.1.0",
        **more,
    }
    return render(record, **fields)


#: Strings of a closed set of ours: not free text, wherever they come from.
_CLOSED = frozenset({"kind", "scheme", "method", "aspect"})


def poisoned(value: Any, payload: str) -> Any:
    """The same value with the payload behind every free string; equal strings stay equal."""
    if type(value) is str:
        return value + payload
    if isinstance(value, tuple):
        return tuple(poisoned(item, payload) for item in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        changed = {
            field.name: poisoned(getattr(value, field.name), payload)
            for field in dataclasses.fields(value)
            if field.name not in _CLOSED
        }
        return replace(value, **changed)
    return value


def assert_harmless(parsed: Parsed) -> None:
    for tag, attributes in parsed.elements:
        assert tag not in ("img", "iframe", "object", "embed", "form", "base")
        for name, value in attributes.items():
            assert not name.startswith("on") and name != "style", (tag, name)
            if name == "href":
                assert value is not None and re.match(r"#|data:image/svg|report\.json$", value), value
            assert name != "src"
    assert sum(tag == "script" for tag, _ in parsed.elements) == 1
    assert sum(tag == "style" for tag, _ in parsed.elements) == 1


@pytest.mark.parametrize("payload", HOSTILE)
def test_hostile_text_in_every_field_is_shown_as_text(payload: str) -> None:
    html = page(poisoned(company(), payload), history(), environment=payload)
    parsed = Parsed(html)
    assert_harmless(parsed)
    assert printable(payload).replace("\n", "") in parsed.text.replace("\n", "")
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069\u200b]", html)


def test_the_same_elements_stand_on_a_hostile_page_as_on_a_harmless_one() -> None:
    harmless = [tag for tag, _ in Parsed(page(poisoned(company(), "x"))).elements]
    hostile = [tag for tag, _ in Parsed(page(poisoned(company(), "<b><i>"))).elements]
    assert set(hostile) == set(harmless)


def test_one_line_of_five_megabytes_everywhere() -> None:
    record = company()
    long = "A" * 5_000_000
    answers = tuple(
        replace(seen, detail=long, answer=replace(seen.answer, excerpt=long, headers=((long, long),) * 40))
        if getattr(getattr(seen, "answer", None), "kind", "") == "http"
        else seen
        for seen in record.seen
    )
    findings = tuple(replace(finding, owner=long) for finding in record.findings)
    html = page(replace(record, seen=answers, findings=findings), environment=long)
    assert len(html) < HARD_CAP


def test_the_policy_names_exactly_the_style_and_script_of_the_page() -> None:
    html = page(company())
    policy = html.index("Content-Security-Policy")
    assert policy < html.index("<style>") < html.index("<script>")
    parsed = Parsed(html)
    meta = next(a for t, a in parsed.elements if a.get("http-equiv") == "Content-Security-Policy")
    content = meta["content"] or ""
    for tag in ("style", "script"):
        found = re.search(f"<{tag}>(.*?)</{tag}>", html, re.DOTALL)
        assert found
        digest = base64.b64encode(hashlib.sha256(found.group(1).encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in content
    assert content.startswith("default-src 'none';")
    assert "unsafe" not in content


def test_the_page_asks_for_nothing_outside() -> None:
    html = page(company(), history(), json_href="report.json")
    assert_harmless(Parsed(html))
    style = (TEMPLATES / "report.css").read_text()
    assert "@import" not in style and "http" not in style and "@font-face" not in style
    assert not re.findall(r"url\((?!#)", style)


def test_templates_escape_everything_and_quote_every_attribute() -> None:
    for path in TEMPLATES.glob("*.html"):
        text = path.read_text()
        assert "|safe" not in text.replace(" ", "") and "autoescape" not in text
        assert not re.search(r"=\{\{", text), f"{path.name}: an attribute without quotes"
        assert not re.search(r"\sstyle=|\son\w+=", text), path.name


@pytest.mark.parametrize("href", ["javascript:alert(1)", "https://x.example/a", "//x.example/a", "a b", '"x'])
def test_only_a_relative_address_becomes_the_download(href: str) -> None:
    with pytest.raises(ValueError, match="relative"):
        page(clean(), json_href=href)


def test_sections_come_in_order() -> None:
    html = page(company(), history())
    order = ["changes", "findings", "public", "matrix", "unproven", "controls", "internal", "history", "evidence"]
    places = [html.index(f'id="{name}"') for name in order]
    assert places == sorted(places)


def test_history_is_shown_only_when_there_is_some() -> None:
    assert 'id="history"' not in page(company())
    one = History(points=(OpenPoint(END, 1, 0),))
    assert 'id="history"' not in page(company(), one)
    html = page(company(), history())
    assert 'id="history"' in html and "2 periods could not be measured" in html
    assert 'class="strip"' in html


def test_a_finding_shows_both_sides_why_how_and_what_to_change() -> None:
    text = Parsed(page(company(), history())).text
    for words in (
        "Outside",
        "Inside control",
        "Captured from the network: shown as text, redacted, never rendered.",
        "The outside answer equals the inside answer, and a random sibling does not get it.",
        "Confidence high",
        "body identical to the inside body",
        "--resolve pay.example.com:443:203.0.113.20",
        "-q pg-reports.int.example.com -t A",
        "Hint for GW-PATH",
        "team-ledger",
        "no owner set",
        "Proven closed in this audit. It stays open",
        "internal host name ledger.int.example.com",
    ):
        assert words in text, words


def test_every_inconclusive_way_in_is_named_with_what_would_prove_it() -> None:
    record = company()
    html = page(record)
    section = html[html.index('id="unproven"') : html.index('id="controls"')]
    named = section.count("<tr data-s=")
    assert named == sum(j.verdict.value in ("unproven", "untested") for j in record.judgements)
    assert section.count("What would prove it:") == section.count('class="gap1"')


def test_the_evidence_adds_up_and_states_its_limits() -> None:
    text = Parsed(page(company())).text
    audit = company().audit
    assert f"{audit.planned} planned = {audit.observed} observed + {audit.skipped} skipped" in text
    assert "3: the audit's time was up" in text
    assert "does not prove that no other path exists" in text
    assert "auditor judge --audit 1842" in text
    assert audit.config_sha256 in text
    short = replace(company(), audit=replace(audit, observed=audit.observed - 5))
    assert "5 without a trace" in Parsed(page(short)).text


def test_the_first_audit_calls_nothing_new() -> None:
    record = company()
    first = replace(record, previous=None, baseline=True)
    text = Parsed(page(first)).text
    assert "First audit, nothing to compare with." in text
    assert "NEW" not in text and "REOPENED" not in text
    assert any(change.kind is ChangeKind.OPENED for change in record.changes)
    assert "NEW" in Parsed(page(record)).text


def test_three_different_empty_texts() -> None:
    nothing_set_up = page(Ledger().record(BOTH_SIGHTED))
    assert "Nothing is set up to be tested" in nothing_set_up
    assert 'class="good amb" id="nothing-open"' in nothing_set_up
    covered, open_questions = page(clean()), page(clean(inconclusive=2))
    assert 'class="good ok" id="nothing-open"' in covered and "Nothing is leaking" in covered
    assert 'class="good amb" id="nothing-open"' in open_questions and "not yet proof" in open_questions
    assert "No open finding matches the filter" in page(company())


def test_an_incomplete_audit_says_so_in_the_headline() -> None:
    record = clean()
    html = page(replace(record, audit=replace(record.audit, complete=False, incomplete_because="it was killed")))
    assert "No way in was found, but this audit could not see everything" in html
    assert "This audit is not complete: it was killed." in html


def test_the_first_run_page_tells_the_next_step() -> None:
    config = Config.model_validate(
        {
            "version": 1,
            "vantages": {"vpc": {"side": "inside", "resolvers": ("system",)}},
            "services": {"a": {"paths": ("/x",)}},
        },
        strict=False,
    )
    html = render_first_run(
        steps=setup_steps(config), environment="<b>", next_due_at=END, generated_at=END, version="0"
    )
    text = Parsed(html).text
    assert "Nothing has been tested yet" in text and "No result is not the same as no leak" in text
    assert "Add a vantage with side: outside" in text
    assert "auditor run --config probes.yaml" in text
    assert_harmless(Parsed(html))
    assert "2 of 5 required steps done" in text


def test_ten_thousand_targets_render_in_two_seconds_and_two_megabytes() -> None:
    record = large(10_000, bad=200, inconclusive=300)
    started = time.process_time()
    html = page(record)
    assert time.process_time() - started < 2.0
    assert len(html.encode()) <= HARD_CAP
    assert html.count('<details class="f" data-row') == 200
    assert "counted per service and are all in the JSON" in html


@pytest.mark.parametrize("bad", [400, 1500, 5000])
def test_a_page_that_would_be_too_large_says_what_it_leaves_out_and_keeps_every_finding(bad: int) -> None:
    record = large(bad, bad=bad)
    html = page(record)
    assert len(html.encode()) <= HARD_CAP
    assert 'id="dropped"' in html and "To keep this file small" in html
    assert all(f'id="{finding.id}"' in html for finding in record.findings)
    assert len(to_json(record)["verdicts"]) == bad


def test_a_page_within_the_budget_drops_nothing() -> None:
    html = page(company(), history())
    assert 'id="dropped"' not in html
    assert len(html.encode()) < 500_000


def test_up_to_fifty_targets_nothing_is_folded_and_above_proven_rows_are() -> None:
    assert '<details class="fold"' not in page(clean(targets=50))
    folded = page(clean(targets=51))
    assert '<details class="fold"' in folded
    assert folded.count("/internal/v1/thing-") >= 51


def test_cells_show_the_observation_and_the_verdict() -> None:
    html = page(company())
    assert re.search(r'<a class="c x" href="#LK-4k2p9x7c" title="exposed:[^"]*">.*?200</a>', html)
    assert re.search(r'class="c k" title="closed, proven:[^"]*".*?NX</span>', html)
    assert re.search(r'class="c w" title="inside control: no answer in time"', html)
    assert ">priv</a>" in html and "SFAIL" in html and "RST" in html


# --- colours ---------------------------------------------------------------------------------------------

_INKS = ("ink", "mut", "fnt", "red", "amb", "grn", "gry", "blu")
_PAIRS = [
    *((ink, "bg") for ink in _INKS), *((ink, "sf") for ink in _INKS), *((ink, "sf2") for ink in _INKS),
    *(("onred", "redsol"), ("red", "redbg"), ("amb", "ambbg"), ("ink", "ambbg"), ("gry", "grybg")),
    *(("ink", "code"), ("mut", "code"), ("grn", "grnbg"), ("ink", "grybg"), ("sf", "ink")),
]  # fmt: skip


def _palettes() -> dict[str, dict[str, str]]:
    css = (TEMPLATES / "report.css").read_text()
    light = re.search(r":root \{(.*?)\n\}", css, re.DOTALL)
    dark = re.search(r":root\[data-theme=dark\] \{(.*?)\n\}", css, re.DOTALL)
    assert light and dark
    found = {
        name: dict(re.findall(r"--(\w+): (#[0-9a-f]{3,6})", block.group(1)))
        for name, block in (("light", light), ("dark", dark))
    }
    system = re.search(r"prefers-color-scheme: dark\) \{(.*?)\n\}", css, re.DOTALL)
    assert system and dict(re.findall(r"--(\w+): (#[0-9a-f]{3,6})", system.group(1))) == found["dark"]
    return found


def _luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(c * 2 for c in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), _PAIRS)
def test_text_stands_out_from_its_ground(theme: str, ink: str, ground: str) -> None:
    """WCAG 2.2 SC 1.4.3: at least 4.5 to 1."""
    palette = _palettes()[theme]
    light, dark = sorted((_luminance(palette[ink]), _luminance(palette[ground])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_ways_around_a_gateway_are_columns_of_their_own_with_what_is_wrong_at_them() -> None:
    html = page(gone_round())
    heads = re.findall(r'scope="colgroup">([^<]*?) ?<', html)
    assert heads[:5] == ["edge-gw", LISTENER, BEHIND, PRIVATE, "Inside control"]
    text = Parsed(html).text
    assert "Reachable around the gateway" in text and "ORIGIN-DIRECT" in text
    assert "203.0.113.20 port 8080" in text  # the request shows the gateway's Host, which has no port
    assert f"--resolve {HOST}:8080:203.0.113.20" in text
    assert "certificate has expired" in text and "2026-11-01" in text
    assert "Hostname mismatch" in text and "for *.internal.example.net, localhost" in text
    assert html.count("its certificate does not verify: ") == 4  # two columns, each for the eye and for the ear
    assert WHY.replace("'", "&#39;") in html
    assert "eu-w1 refused 9 questions" in text


def test_the_matrix_says_so_too_where_addresses_are_merged() -> None:
    record = gone_round()
    (claim, *_), judgements = record.plan.claims, list(record.judgements)
    more = [replace(claim, key=f"{claim.key}{n}", address=f"203.0.113.{100 + n}") for n in range(12)]
    judgements += [replace(judgements[0], claim=each) for each in more]
    claims = (*record.plan.claims, *more)
    html = page(replace(record, plan=replace(record.plan, claims=claims), judgements=tuple(judgements)))
    assert ">13 addresses" in html
    assert "its certificate does not verify: certificate has expired" in html
