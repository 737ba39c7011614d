"""The corpus is what it says it is: by what the applications received and served, never by what a table says."""

from pathlib import Path

import pytest

from leaks.corpus import BY_ID, CORPUS
from leaks.whole import Estate
from leaks.witness import Truth

#: The first to ask waits for all to be measured.
pytestmark = [pytest.mark.parts, pytest.mark.xdist_group("leaks"), pytest.mark.timeout(300)]


@pytest.mark.parametrize("id", [each.id for each in CORPUS if each.kind == "leaky"])
def test_a_leaky_configuration_leaks_by_each_class_it_names(truths: dict[str, Truth], id: str) -> None:
    truth = truths[id]
    assert set(BY_ID[id].classes) <= truth.classes, _told(truth)


@pytest.mark.parametrize("id", [each.id for each in CORPUS if each.kind != "leaky"])
def test_a_sound_or_confusing_one_leaks_by_no_spelling(truths: dict[str, Truth], id: str) -> None:
    truth = truths[id]
    assert not truth.leaks, _told(truth)
    assert len(truth.tried) > len(truth.usual), "no spelling was tried"


@pytest.mark.parametrize("id", [each.id for each in CORPUS])
def test_inside_the_page_is_there_and_outside_the_control_is(truths: dict[str, Truth], id: str) -> None:
    """All but those two whose point is that something is down."""
    truth = truths[id]
    down = {"ng-service-down", "ng-control-down"}
    assert truth.knowable is (id not in down), f"inside {truth.inside}, control {truth.control}"


def test_one_of_several_leaks_sometimes(truths: dict[str, Truth]) -> None:
    (usual,) = truths["ng-one-backend-of-three"].usual.values()
    assert {each.leaked for each in usual} == {True, False}, "all backends have to be asked"


def test_one_of_three_addresses_leaks(truths: dict[str, Truth]) -> None:
    truth = truths["ng-drifted-address"]
    assert sorted(truth.usual_leaks(address) for address in truth.usual) == [False, False, True]


def test_from_a_cache_it_leaks_though_the_application_never_saw_the_request(truths: dict[str, Truth]) -> None:
    (usual,) = truths["va-cached-for-inside"].usual.values()
    assert all(each.leaked and each.noted is None for each in usual)
    assert int(usual[-1].answer.headers["age"]) >= 0


def test_the_page_of_one_make_says_404_on_both_tiers(truths: dict[str, Truth]) -> None:
    """The two that look the same from outside differ in whether the application was reached."""
    (closed,), (reached,) = (list(truths[f"ng-same-404{end}"].usual.values()) for end in ("", "-behind"))
    assert closed[0].answer.body == reached[0].answer.body
    assert closed[0].noted is None and reached[0].noted is not None


def test_the_corpus_is_as_large_as_it_claims() -> None:
    leaky = sum(each.kind == "leaky" for each in CORPUS)
    assert len(CORPUS) >= 40
    assert 0.4 <= leaky / len(CORPUS) <= 0.6
    assert {each.product for each in CORPUS} == {"nginx", "haproxy", "apache", "caddy", "varnish", "lighttpd"}


def test_the_page_of_the_corpus_lists_every_configuration(built: Estate) -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "leaks.md").read_text()
    missing = [each.id for each in built.corpus if f"`{each.id}`" not in page]
    assert not missing


def _told(truth: Truth) -> str:
    lines = [f"{truth.configuration.id}: {truth.configuration.sentence}"]
    for each in truth.tried:
        arrived = f"{each.noted.status} {each.noted.target}" if each.noted else "-"
        mark = "LEAK " if each.leaked else ""
        lines.append(f"  {mark}{each.spelling.id} -> {each.answer.status}, the application: {arrived}")
    return "\n".join(lines)
