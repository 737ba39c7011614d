"""docs/names.md says what the code does."""

from names.names_page import PAGE, written


def test_the_table_of_classes_is_that_of_the_code() -> None:
    page = PAGE.read_text()
    assert written(page) == page, "run python tests/names/names_page.py"
