"""The generated table of docs/names.md: classes and how they close. Run as a script to write it anew."""

from pathlib import Path

from auditor.catalog import CHECKED, LEAKS

PAGE = Path(__file__).parents[2] / "docs" / "names.md"
BEGIN, END = "<!-- closing -->", "<!-- end of closing -->"


def table() -> str:
    """One row a class, with the checks that are about it."""
    checks = {
        number: ", ".join(f"`{check}`" for check, classes in CHECKED.items() if number in classes) or "names"
        for number in LEAKS
    }
    rows = [
        f"| {leak.number} | {leak.title} | {checks[number]} | {leak.discloses} | {' '.join(leak.close)} |"
        for number, leak in LEAKS.items()
    ]
    head = "| Class | What | Seen by | What it gives away | How to close it |\n|---|---|---|---|---|"
    return "\n".join([head, *rows])


def rendered(text: str) -> str:
    """The page with the table as it is now."""
    before, begun, rest = text.partition(BEGIN)
    _, ended, after = rest.partition(END)
    assert begun and ended, "docs/names.md has lost its table"
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(rendered(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
