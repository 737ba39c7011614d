"""The generated tables of docs/variants.md. Run as a script to write them anew."""

import re
from pathlib import Path

from auditor.model import Aspect, HttpQuestion
from auditor.plan import Names
from auditor.plan.variants import CAUTION_CLASSES, LEFT_OUT, TECHNIQUES, Spelling, Tier, Variant, variants_for

PAGE = Path(__file__).parents[2] / "docs" / "variants.md"

_SPELLING = Spelling(Names("page"), ("page",))
_PATH = HttpQuestion("https", "www.example", 443, "/internal/metrics")
_DIRECTORY = HttpQuestion("https", "www.example", 443, "/internal/")
_HOST = HttpQuestion("https", "www.example", 443, "/", host_header="admin.corp", sni="admin.corp")

_PLAIN = {Aspect.PATH: _PATH, Aspect.HOST: _HOST}


def all_of(aspect: Aspect) -> tuple[Variant, ...]:
    return variants_for(aspect, "full", CAUTION_CLASSES, ("/public",))


def written(page: str) -> str:
    """The page with its generated parts as the code has them now."""
    for name, text in _parts().items():
        begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
        before, found, rest = page.partition(begin)
        _, closed, after = rest.partition(end)
        assert found and closed, f"docs/variants.md has lost its part {name}"
        page = f"{before}{begin}{text}{end}{after}"
    return page


def _parts() -> dict[str, str]:
    return {
        "counts": _counts(),
        "classes": _classes(),
        "path forms": _forms(Aspect.PATH),
        "host forms": _forms(Aspect.HOST),
        "left out": _table(("Class", "Why it is not here"), LEFT_OUT),
    }


def _counts() -> str:
    rows = []
    for prefixes in ((), ("/a",), ("/a", "/b")):
        for aspect in (Aspect.PATH, Aspect.HOST):
            counts = [str(len(variants_for(aspect, level, frozenset(), prefixes))) for level in ("core", "full")]
            cautious = str(len(variants_for(aspect, "full", CAUTION_CLASSES, prefixes)))
            rows.append((aspect.value, str(len(prefixes)), *counts, cautious))
    return _table(("Target", "Public prefixes", "core", "full", "full, every CAUTION class"), rows)


def _classes() -> str:
    variants = {*all_of(Aspect.PATH), *all_of(Aspect.HOST)}
    rows = []
    for technique in TECHNIQUES:
        mine = [variant for variant in variants if variant.technique is technique]
        tiers = sorted({variant.tier.value.upper() for variant in mine}, reverse=True)
        core = "core" if any(variant.core for variant in mine) else ""
        said = (technique.why, technique.source, technique.disturbs)
        rows.append((technique.id, technique.title, ", ".join(tiers), core, *said))
    return _table(("Class", "What", "Tier", "", "Who reads it differently", "Source", "May disturb"), rows)


def _forms(aspect: Aspect) -> str:
    rows = []
    for variant in all_of(aspect):
        tier = variant.tier.value.upper() if variant.tier is Tier.CAUTION else ""
        rows.append((variant.id, _code(_shown(variant, aspect)), "core" if variant.core else "", tier))
    return _table(("Variant", "Form", "", ""), rows)


def _shown(variant: Variant, aspect: Aspect) -> str:
    """What differs from the plain question, as it goes on the wire."""
    plain = _PLAIN[aspect]
    asked = variant.ask(plain, _SPELLING)
    if asked is None:
        plain = _DIRECTORY
        asked = variant.ask(plain, _SPELLING)
    assert asked is not None
    words = []
    if asked.method != plain.method or asked.version != plain.version:
        words += [asked.method, asked.target, f"HTTP/{asked.version}"]
    elif asked.target != plain.target or aspect is Aspect.PATH:
        words.append(asked.target)
    fields = [f"{name}: {value}" for name, value in asked.headers]
    if aspect is Aspect.HOST or asked.host_header != plain.host_header:
        host = asked.host if asked.host_header is None else asked.host_header or "none"
        fields.insert(0, f"Host: {host}")
    if aspect is Aspect.HOST:
        fields.insert(1, f"SNI {asked.host if asked.sni is None else asked.sni or 'none'}")
    text = ", ".join([" ".join(words), *fields] if words else fields).replace(_SPELLING.segment, "RANDOM")
    text = re.sub(r"cb=[a-z0-9]{12}", "cb=RANDOM", text)
    return "".join(c if c.isprintable() and c.isascii() else f"<byte {ord(c):02X}>" for c in text)


def _code(text: str) -> str:
    return f"`{text}`"


def _table(head: tuple[str, ...], rows: object) -> str:
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    for row in rows:  # type: ignore[attr-defined]
        lines.append(f"| {' | '.join(cell.replace('|', '&#124;') for cell in row)} |")
    return "\n".join(re.sub(r" +\|", " |", line) for line in lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text()))
