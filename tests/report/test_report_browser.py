"""The page in a real browser: quiet console, one request, no sideways scroll, both themes, filter, no scripts."""

import os
import struct
import zlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from chromium_pipe import CHROMIUM, Browser, chromium
from report_around import gone_round
from report_records import END, clean, company, history, large
from report_zones import estate
from test_report_page import HOSTILE, poisoned

from auditor.report import History, render, render_first_run, setup_steps

pytestmark = pytest.mark.parts


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        if os.environ.get("CI") == "true":
            pytest.fail("chromium is missing, and in CI it must be there")
        pytest.skip("chromium is not installed")
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder: Path = tmp_path_factory.mktemp("pages")
    due = END + timedelta(days=36_500)
    made = {
        "report": render(
            company(), history=history(), environment="example-prod", next_due_at=due, generated_at=END,
            version="0.1.0",
        ),
        "stale": render(
            company(), history=History(), environment=None, next_due_at=END - timedelta(days=9_000),
            generated_at=END, version="0",
        ),
        "clean": render(
            clean(targets=120), history=History(), environment=None, next_due_at=None, generated_at=END,
            version="0",
        ),
        "around": render(
            gone_round(), history=History(), environment="example-prod", next_due_at=due, generated_at=END,
            version="0",
        ),
        "large": render(
            large(600, bad=30, inconclusive=80), history=History(), environment=None, next_due_at=due,
            generated_at=END, version="0",
        ),
        "zones": render(
            estate(), history=History(), environment="example-prod", next_due_at=due, generated_at=END, version="0"
        ),
        "hostile-zones": render(
            poisoned(estate(3), "".join(HOSTILE)), history=History(), environment=HOSTILE[0], next_due_at=due,
            generated_at=END, version="0",
        ),
        "hostile": render(
            poisoned(company(), "".join(HOSTILE)), history=history(), environment=HOSTILE[0], next_due_at=due,
            generated_at=END, version=HOSTILE[1],
        ),
        "first-run": render_first_run(
            steps=setup_steps(None), environment="example-prod", next_due_at=due, generated_at=END, version="0"
        ),
    }  # fmt: skip
    for name, html in made.items():
        (folder / f"{name}.html").write_text(html, encoding="utf-8")
    return {name: (folder / f"{name}.html").as_uri() for name in made}


NAMES = ["report", "stale", "clean", "around", "large", "zones", "hostile", "hostile-zones", "first-run"]


@pytest.mark.parametrize("name", NAMES)
def test_quiet_console_and_one_request(browser: Browser, pages: dict[str, str], name: str) -> None:
    browser.open(pages[name])
    assert browser.evaluate("typeof window.pwned") == "undefined"
    assert browser.evaluate("document.documentElement.classList.contains('js')") is True
    assert browser.messages == []
    assert [url for url in browser.requests if not url.startswith("data:")] == [pages[name]]


def test_the_policy_blocks_what_gets_in_all_the_same(browser: Browser, pages: dict[str, str]) -> None:
    """That the console stays quiet above means something only if it would not stay quiet here."""
    browser.open(pages["report"])
    browser.evaluate(
        "(() => { const s = document.createElement('script'); s.textContent = 'window.pwned = 1';"
        "document.body.append(s); const d = document.createElement('div');"
        "d.setAttribute('style', 'color: red'); document.body.append(d); })()"
    )
    assert browser.evaluate("typeof window.pwned") == "undefined"
    assert any("Content Security Policy" in message for message in browser.messages)


@pytest.mark.parametrize("width", [320, 390, 700, 1100, 1440])
@pytest.mark.parametrize("name", NAMES)
def test_no_sideways_scroll(browser: Browser, pages: dict[str, str], name: str, width: int) -> None:
    browser.open(pages[name], width=width, height=800)
    browser.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    assert browser.evaluate("document.documentElement.scrollWidth") <= width


def _colours(png: bytes) -> set[bytes]:
    """The distinct pixels of a PNG with 8 bits a channel and no interlacing, unfiltered rows ignored."""
    at, data, head = 8, b"", b""
    while at < len(png):
        (length,), kind = struct.unpack(">I", png[at : at + 4]), png[at + 4 : at + 8]
        head = png[at + 8 : at + 8 + length] if kind == b"IHDR" else head
        data += png[at + 8 : at + 8 + length] if kind == b"IDAT" else b""
        at += 12 + length
    width, _, depth, colour = struct.unpack(">IIBB", head[:10])
    assert depth == 8 and colour in (2, 6)
    size = 3 if colour == 2 else 4
    raw, row = zlib.decompress(data), width * size + 1
    lines = [raw[start + 1 : start + row] for start in range(0, len(raw), row * 8)]
    return {line[at : at + size] for line in lines for at in range(0, row - size, size * 4)}


@pytest.mark.parametrize("width", [390, 1440])
def test_light_and_dark_are_drawn_and_differ(browser: Browser, pages: dict[str, str], width: int) -> None:
    grounds = {}
    for dark in (False, True):
        browser.open(pages["report"], width=width, height=1200, dark=dark)
        assert len(_colours(browser.screenshot(full=False))) > 50
        grounds[dark] = browser.evaluate("getComputedStyle(document.body).backgroundColor")
    assert grounds == {False: "rgb(246, 247, 248)", True: "rgb(13, 16, 20)"}


def test_the_theme_button_overrides_the_system(browser: Browser, pages: dict[str, str]) -> None:
    browser.open(pages["report"], dark=False)
    browser.evaluate("document.getElementById('theme').click()")
    assert browser.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(13, 16, 20)"
    browser.evaluate("document.getElementById('theme').click()")


def test_the_filter_narrows_list_and_matrix_alike(browser: Browser, pages: dict[str, str]) -> None:
    def shown(selector: str) -> int:
        value = browser.evaluate(f"document.querySelectorAll({selector!r}).length")
        assert isinstance(value, int)
        return value

    browser.open(pages["report"] + "#?q=v%3Aexposed")
    assert shown("[data-row]:not([hidden])") == 3 and shown("[data-row]") == 10
    assert 0 < shown("#matrix tr[data-s]:not([hidden])") < shown("#matrix tr[data-s]")
    assert browser.evaluate("document.getElementById('cnt').textContent") == "3 of 10 findings shown"
    browser.open(pages["report"] + "?2#?q=-v%3Aexposed%20via%3Aapi-gw")
    assert shown("[data-row]:not([hidden])") == 3
    browser.open(pages["report"] + "?3#?q=owner%3Anobody")
    assert shown("[data-row]:not([hidden])") == 0
    assert browser.evaluate("document.getElementById('none').hidden") is False


def test_a_deep_link_opens_its_finding_and_a_dead_one_says_so(browser: Browser, pages: dict[str, str]) -> None:
    browser.open(pages["report"] + "?4#LK-6o4order")
    assert browser.evaluate("document.getElementById('LK-6o4order').open") is True
    frames = (  # the focus moves once the browser has drawn; a minute of frames is never
        "new Promise(done => { let left = 3600; const look = () => {"
        "const id = document.activeElement.parentElement.id;"
        "if (id || !left--) done(id); else requestAnimationFrame(look); }; look(); })"
    )
    assert browser.evaluate(frames) == "LK-6o4order"
    browser.open(pages["report"] + "?5#LK-0a7redis")
    assert "is not open in this audit" in browser.evaluate("document.getElementById('gone').textContent")


def test_staleness_is_counted_from_the_next_due_time(browser: Browser, pages: dict[str, str]) -> None:
    fresh = "document.getElementById('fresh').textContent"
    browser.open(pages["stale"])
    assert "Stale: next audit was due" in browser.evaluate(fresh)
    browser.open(pages["report"])
    assert "Stale" not in browser.evaluate(fresh)


def test_local_time_changes_every_time_and_every_label(browser: Browser, pages: dict[str, str]) -> None:
    browser.call("Emulation.setTimezoneOverride", timezoneId="Asia/Tokyo")
    try:
        browser.open(pages["report"] + "?6")
        times = "[...document.querySelectorAll('time')].map(t => t.textContent)"
        zones = "[...new Set([...document.querySelectorAll('[data-zone]')].map(z => z.textContent))]"
        before = browser.evaluate(times)
        browser.evaluate("document.getElementById('tz').click()")
        after = browser.evaluate(times)
        assert len(before) == len(after) and all(a != b for a, b in zip(before, after, strict=True))
        assert browser.evaluate(zones) == ["Asia/Tokyo"]
        browser.evaluate("document.getElementById('tz').click()")
        assert browser.evaluate(times) == before and browser.evaluate(zones) == ["UTC"]
    finally:
        browser.call("Emulation.setTimezoneOverride", timezoneId="")


def test_without_scripts_every_section_is_there_and_no_dead_control(
    browser: Browser, pages: dict[str, str]
) -> None:
    browser.scripts(enabled=False)
    try:
        browser.open(pages["report"] + "?7")
        visible = (
            "[...document.querySelectorAll('section')].filter(s => s.getBoundingClientRect().height > 40)"
            ".map(s => s.id)"
        )
        found = browser.evaluate(visible)
        assert found == [
            "",
            "findings",
            "public",
            "matrix",
            "unproven",
            "controls",
            "internal",
            "history",
            "evidence",
        ]
        dead = "[...document.querySelectorAll('button, input')].filter(e => e.checkVisibility()).length"
        assert browser.evaluate(dead) == 0
        assert browser.evaluate("document.querySelector('#LK-4k2p9x7c pre.cmd').checkVisibility()") is True
    finally:
        browser.scripts(enabled=True)


def test_print_shows_the_evidence_of_every_finding(browser: Browser, pages: dict[str, str]) -> None:
    browser.open(pages["report"] + "?8")
    assert browser.evaluate("document.querySelectorAll('details:not([open])').length") > 0
    browser.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert browser.evaluate("document.querySelectorAll('details:not([open])').length") == 0
    browser.evaluate("dispatchEvent(new Event('afterprint'))")
    assert browser.evaluate("document.querySelectorAll('details:not([open])').length") > 0


def test_interactive_things_are_large_enough_and_have_names(browser: Browser, pages: dict[str, str]) -> None:
    """WCAG 2.2 SC 2.5.8: 24 by 24 CSS pixels; links inside text are exempt."""
    browser.open(pages["report"] + "?9", width=390, height=800)
    small = (
        "[...document.querySelectorAll('button, input, summary')].filter(e => e.checkVisibility())"
        ".filter(e => { const r = e.getBoundingClientRect(); return r.height < 24 || r.width < 24; })"
        ".map(e => e.outerHTML.slice(0, 80))"
    )
    assert browser.evaluate(small) == []
    nameless = (
        "[...document.querySelectorAll('button, a, summary')]"
        ".filter(e => !(e.textContent.trim() || e.getAttribute('aria-label'))).length"
    )
    assert browser.evaluate(nameless) == 0
    twice = (
        "(() => { const ids = [...document.querySelectorAll('[id]')].map(e => e.id);"
        "return ids.filter((id, at) => ids.indexOf(id) !== at); })()"
    )
    assert browser.evaluate(twice) == []
