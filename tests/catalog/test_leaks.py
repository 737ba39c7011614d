"""Classes of leaks: every check, reason and vector of the DNS has one, and every class has words."""

import re
from pathlib import Path

import pytest
from names_page import PAGE, rendered

from auditor.catalog import CHECKED, LEAKS, class_of
from auditor.catalog.leaks import NAMED, VECTORS
from auditor.model import REASONS, Aspect, Check, Reason, Vector, Verdict

#: Not built: they would send updates, or need a zone of one's own and its query log.
OUT = {"D12", "D21", "D25"}


def test_the_classes_are_those_that_are_told_of_and_no_others() -> None:
    assert set(LEAKS) | OUT == {f"D{number}" for number in range(1, 26)} and not set(LEAKS) & OUT
    assert list(LEAKS) == sorted(LEAKS, key=lambda number: int(number[1:]))
    assert all(number == leak.number for number, leak in LEAKS.items())


def test_every_class_says_what_it_discloses_and_how_it_is_closed() -> None:
    for leak in LEAKS.values():
        assert leak.discloses.endswith(".") and leak.close and all(step.endswith(".") for step in leak.close)
        assert len(leak.title) <= 50 and not leak.title.endswith(".")
        if leak.number != "D24":  # what becomes of a vantage is seen in its next audit
            assert re.search("Expect |rename", leak.close[-1]), leak.number


def test_every_class_is_found_by_a_check_or_told_of_a_name() -> None:
    found = {number for classes in CHECKED.values() for number in classes} | set(NAMED.values())
    assert found == set(LEAKS)


@pytest.mark.parametrize("check", list(Check))
@pytest.mark.parametrize("reason", sorted(REASONS[Verdict.RESOLVES] | REASONS[Verdict.EXPOSED]))
def test_every_check_has_a_class_whatever_the_reason(check: Check, reason: Reason) -> None:
    assert class_of(check, reason) in LEAKS


def test_the_class_of_a_name_is_that_of_its_reason() -> None:
    assert class_of(None, Reason.SPLIT_HORIZON) == "D4" and class_of(None, Reason.NXDOMAIN) is None
    assert class_of(Check.RECURSION, Reason.CACHED_NAME) == "D18"
    assert class_of(Check.RECURSION, Reason.OPEN_RESOLVER) == "D16"
    assert class_of(Check.SERIAL, Reason.HIJACK) == class_of(None, Reason.HIJACK) == "D24"


def test_vectors_of_the_dns_and_of_certificates_have_one() -> None:
    assert set(VECTORS) == {vector for vector in Vector if vector.value.startswith(("DNS-", "CERT-"))}
    assert Aspect.DNS == "dns"


def test_the_page_tells_of_the_classes_as_they_are() -> None:
    text = Path(PAGE).read_text(encoding="utf-8")
    assert rendered(text) == text, "run: python tests/catalog/names_page.py"
