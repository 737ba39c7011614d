"""The generated parts of docs/judging.md. Run as a script to write them anew."""

from pathlib import Path

from auditor.judge import HUNT_RULES, PUBLIC_RULES, RULES
from auditor.judge.checks import CHECK_RULES
from auditor.judge.ports import DENIALS
from auditor.model import DECISIVE

PAGE = Path(__file__).parents[2] / "docs" / "judging.md"


def rules() -> str:
    """The decision table, one row a rule, in the order in which they are tried."""
    lines = ["| Step | When | Verdict | Reason | Confidence |", "|---|---|---|---|---|"]
    for rule in RULES:
        sure = rule.confidence.value if rule.confidence else "n/a"
        assert (rule.confidence is not None) == (rule.verdict in DECISIVE)
        lines.append(f"| {rule.step} | {rule.words} | `{rule.verdict.value}` | `{rule.reason.value}` | {sure} |")
    return "\n".join(lines)


def public() -> str:
    """The table of public paths, in the same form."""
    lines = ["| Step | When | Verdict | Reason | Confidence |", "|---|---|---|---|---|"]
    for rule in PUBLIC_RULES:
        sure = rule.confidence.value if rule.confidence else "n/a"
        assert (rule.confidence is not None) == (rule.verdict in DECISIVE)
        lines.append(f"| {rule.step} | {rule.words} | `{rule.verdict.value}` | `{rule.reason.value}` | {sure} |")
    return "\n".join(lines)


def denials() -> str:
    lines = ["| Outside | Reason | Confidence |", "|---|---|---|"]
    for outcome, (reason, confidence) in DENIALS.items():
        lines.append(f"| {outcome.value} | `{reason.value}` | {confidence.value} |")
    return "\n".join(lines)


def hunts() -> str:
    lines = ["| When | Verdict | Reason | Confidence |", "|---|---|---|---|"]
    for rule in HUNT_RULES:
        sure = rule.confidence.value if rule.confidence else "n/a"
        assert (rule.confidence is not None) == (rule.verdict in DECISIVE)
        lines.append(f"| {rule.words} | `{rule.verdict.value}` | `{rule.reason.value}` | {sure} |")
    return "\n".join(lines)


def checks() -> str:
    """What the DNS gives away: a table a check, in one."""
    lines = ["| Check | When | Verdict | Reason | Confidence |", "|---|---|---|---|---|"]
    for check, rules in CHECK_RULES.items():
        for rule in rules:
            if rule.verdict is None or rule.reason is None:
                lines.append(f"| `{check}` | {rule.words} | none: it says nothing | | |")
                continue
            sure = rule.confidence.value if rule.confidence else "n/a"
            assert (rule.confidence is not None) == (rule.verdict in DECISIVE)
            lines.append(f"| `{check}` | {rule.words} | `{rule.verdict.value}` | `{rule.reason.value}` | {sure} |")
    return "\n".join(lines)


SECTIONS = {"rules": rules, "public": public, "denials": denials, "hunts": hunts, "checks": checks}


def with_sections(text: str) -> str:
    """The page with each generated part renewed between its marks."""
    for name, render in SECTIONS.items():
        opening, closing = f"<!-- {name} -->\n", f"<!-- /{name} -->"
        before, _, rest = text.partition(opening)
        _, _, after = rest.partition(closing)
        assert rest and after, f"docs/judging.md has lost its part {name}"
        text = before + opening + render() + "\n" + closing + after
    return text


if __name__ == "__main__":
    PAGE.write_text(with_sections(PAGE.read_text()))
