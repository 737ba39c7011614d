"""The page on signatures says what the table does."""

from signatures_page import PAGE, with_sections


def test_the_tables_on_the_page_are_those_of_the_code() -> None:
    text = PAGE.read_text()
    assert text == with_sections(text), "run: python tests/catalog/signatures_page.py"
