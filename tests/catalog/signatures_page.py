"""The generated parts of docs/signatures.md. Run as a script to write them anew."""

from pathlib import Path

from auditor.catalog import COMMON, LEFT_OUT, PACKS, SIGNATURES, Guard, Signature, hunted
from auditor.catalog.never import NEVER
from auditor.plan.names import shape_of_path

PAGE = Path(__file__).parents[2] / "docs" / "signatures.md"


def packs() -> str:
    lines = ["| Pack | Paths | Shapes | Holds |", "|---|---|---|---|"]
    for pack in PACKS:
        paths = hunted([pack])
        shapes = len({shape_of_path(path) for path in paths})
        holds = dict.fromkeys(row.product for row in SIGNATURES if row.pack == pack and row.paths)
        told = {"common": "what leaks most often and hurts most", "all": "every pack"}.get(pack)
        lines.append(f"| `{pack}` | {len(paths)} | {shapes} | {told or ', '.join(holds)} |")
    return "\n".join(lines)


def common() -> str:
    return " ".join(f"`{path}`" for path in COMMON)


def signatures() -> str:
    """One line a row of the table, by pack."""
    lines = ["| Product | Asked at | Shown by | As | Guarded by | Source |", "|---|---|---|---|---|---|"]
    for row in SIGNATURES:
        paths = ", ".join(map(_code, row.paths)) or "not asked"
        kinds = ", ".join(row.families) or "anything"
        guards = "; ".join(map(_guard, row.guards)) or "–"
        lines.append(f"| {row.product} | {paths} | {_shown(row)} | {kinds} | {guards} | {row.source} |")
    return "\n".join(lines)


def stricter() -> str:
    lines = ["| Product | How it is stricter, and why |", "|---|---|"]
    lines += [f"| {row.product} | {_cell(row.note)} |" for row in SIGNATURES if row.note]
    return "\n".join(lines)


def left_out() -> str:
    lines = ["| What | Paths | Why |", "|---|---|---|"]
    lines += [f"| {each.what} | {', '.join(map(_code, each.paths))} | {_cell(each.why)} |" for each in LEFT_OUT]
    return "\n".join(lines)


def never() -> str:
    lines = ["| Pattern, on the path in lower case | What asking would do |", "|---|---|"]
    for each in NEVER:
        where = " (on the query)" if each.query else ""
        lines.append(f"| {_code(each.pattern)}{where} | {each.why} |")
    return "\n".join(lines)


def _shown(row: Signature) -> str:
    parts = [_code(text) for text in row.all_of]
    if row.any_of:
        parts.append("one of " + ", ".join(map(_code, row.any_of)))
    parts += [_header(name, value) for name, value in row.header]
    return " and ".join(parts)


def _guard(guard: Guard) -> str:
    parts = [_code(text) for text in guard.body] + [_header(name, value) for name, value in guard.header]
    return f"{'/'.join(map(str, guard.statuses))} with {' and '.join(parts)}"


def _header(name: str, value: str) -> str:
    return f"header {_code(f'{name}: {value}'.strip().removesuffix(':'))}"


def _code(text: str) -> str:
    return f"`{_cell(text)}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


SECTIONS = {
    "packs": packs, "common": common, "signatures": signatures, "stricter": stricter, "left out": left_out,
    "never": never,
}  # fmt: skip


def with_sections(text: str) -> str:
    """The page with each generated part renewed between its marks."""
    for name, render in SECTIONS.items():
        opening, closing = f"<!-- {name} -->\n", f"<!-- /{name} -->"
        before, _, rest = text.partition(opening)
        _, _, after = rest.partition(closing)
        assert rest and after, f"docs/signatures.md has lost its part {name}"
        text = before + opening + render() + "\n" + closing + after
    return text


if __name__ == "__main__":
    PAGE.write_text(with_sections(PAGE.read_text()))
