"""The page on judging says what the code does."""

import re

from judging_page import PAGE, with_sections

from auditor.model import Reason, Verdict


def test_the_tables_on_the_page_are_those_of_the_code() -> None:
    text = PAGE.read_text()
    assert text == with_sections(text), "run: python tests/judge/judging_page.py"


def test_the_page_names_every_verdict_and_only_words_that_exist() -> None:
    text = PAGE.read_text()
    assert all(f"`{verdict.value}`" in text for verdict in Verdict)
    missing = {reason.value for reason in Reason if f"`{reason.value}`" not in text}
    assert not missing
    for module in re.findall(r"`judge/(\w+)\.py`", text):
        assert (PAGE.parents[1] / "auditor" / "judge" / f"{module}.py").exists(), module
