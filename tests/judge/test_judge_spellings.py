"""A spelling the service does not take for the target: closed where that is earned, latent where it is a hole."""

from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from judge_builder import ADDRESS, GATEWAY_403, INSIDE_404, JSON, NGINX, SECRET, Page, Scene

from auditor.judge import Facts, decide
from auditor.judge.equivalence import is_equivalent, normal_path
from auditor.model import Aspect, Claim, HttpQuestion, Reason, Verdict

_FLAGS = [each.name for each in fields(Facts) if isinstance(each.default, bool)]

#: The service's own 404 to a variant, to the siblings in the same variant, and inside to that variant.
NOT_FOUND = Facts(
    baseline=False,
    outside=404,
    origin="U",
    eq_sibling=True,
    eq_inside_sibling=True,
    eq_inside_variant=True,
    variant_differs=True,
    like_upstream=True,
)


def test_what_the_service_says_to_nonsense_is_no_leak() -> None:
    for origin in "UG?":
        ruling = decide(replace(NOT_FOUND, origin=origin))
        assert (ruling.verdict, ruling.reason) == (Verdict.CLOSED, Reason.NOT_THE_TARGET)


def test_of_the_plain_spelling_or_of_one_that_the_service_takes_for_the_target_it_is_a_route() -> None:
    assert decide(replace(NOT_FOUND, baseline=True)).verdict is Verdict.ROUTED
    assert decide(replace(NOT_FOUND, variant_differs=False)).verdict is Verdict.ROUTED


def test_a_spelling_that_is_the_target_by_the_standard_is_a_hole_in_the_gateway() -> None:
    ruling = decide(replace(NOT_FOUND, equivalent=True))
    assert (ruling.verdict, ruling.reason) == (Verdict.ROUTED, Reason.LATENT)
    # Whether it went through is not known where the origin is not.
    assert decide(replace(NOT_FOUND, equivalent=True, origin="?")).reason is Reason.NOT_THE_TARGET


def test_a_page_of_its_own_under_a_public_prefix_is_what_the_prefix_is_for() -> None:
    own = replace(NOT_FOUND, outside=200, eq_sibling=False, eq_inside_sibling=False)
    assert decide(own).reason is Reason.LATENT
    assert decide(replace(own, mounted=True)).reason is Reason.NOT_THE_TARGET


def test_a_denial_of_the_targets_own_stays_a_guard() -> None:
    denied = replace(NOT_FOUND, outside=401, inside=401, eq_sibling=False, eq_inside=True, variant_differs=False)
    for changes in ({}, {"mounted": True}, {"equivalent": True}):
        assert decide(replace(denied, **changes)).verdict is Verdict.GUARDED


def test_what_a_log_or_a_lost_control_says_is_never_closed() -> None:
    for change in ({"logged": 403}, {"logged": 404}, {"in_ok": False}, {"out_ok": False}, {"stable": False}):
        assert decide(replace(NOT_FOUND, **change)).verdict is not Verdict.CLOSED, change


@given(
    flags=st.fixed_dictionaries({name: st.booleans() for name in _FLAGS}),
    outside=st.sampled_from([None, 200, 302, 400, 401, 403, 404, 500, 502]),
    inside=st.sampled_from([None, 200, 302, 401, 404]),
    origin=st.sampled_from("UG?"),
    logged=st.sampled_from([None, 200, 403, 404]),
    alert=st.sampled_from([None, 40, 116]),
)
def test_no_facts_close_a_spelling_without_both_controls(flags: dict[str, bool], **told: Any) -> None:
    ruling = decide(Facts(**flags, **told))  # type: ignore[arg-type]
    if ruling.reason is Reason.NOT_THE_TARGET:
        assert not flags["baseline"] and flags["variant_differs"] and not flags["eq_inside"]
    if ruling.verdict is Verdict.CLOSED:
        assert flags["in_ok"] and flags["out_ok"]


# --- over observations ---------------------------------------------------------------------------------------

#: A service that answers the spelling as it answers nonsense; the gateway forwards it like any other path.
FORWARDED = Scene(variants=(("P07a", INSIDE_404, INSIDE_404),), truth_variant=INSIDE_404)


def test_over_observations_a_forwarded_nonsense_is_closed_and_the_target_itself_is_exposed() -> None:
    judged = FORWARDED.judged()
    assert (judged.verdict, judged.reason) == (
        Verdict.CLOSED,
        Reason.NOT_THE_TARGET,
    )  # the less sure of its passes
    reads_it = replace(FORWARDED, variants=(("P07a", SECRET, INSIDE_404),), truth_variant=SECRET)
    judged = reads_it.judged()
    assert (judged.verdict, judged.reason, judged.variant) == (
        Verdict.EXPOSED, Reason.SAME_AS_INSIDE, "P07a",
    )  # fmt: skip


def test_where_the_service_was_not_asked_the_spelling_nothing_is_closed() -> None:
    """Without I_v nobody knows how the service reads it."""
    judged = replace(FORWARDED, truth_variant=None).judged()
    assert judged.verdict is Verdict.ROUTED or judged.reason is Reason.UNSTABLE_REPLAY


def test_a_variant_of_the_service_that_only_resembles_the_target_is_taken_for_it() -> None:
    reduced = Page(200, SECRET.body.replace('"gold"', '"none"').replace("12", "13"), JSON)
    judged = replace(FORWARDED, truth_variant=reduced).judged()
    assert judged.reason is not Reason.NOT_THE_TARGET


def test_a_head_is_known_by_the_page_that_the_plain_request_got() -> None:
    """Two empty answers of one head: the plain one has a page, and that is the gateway's."""
    deny, empty = Page(403, GATEWAY_403.body, NGINX), Page(403, "", NGINX)
    head = ("H15a", empty, Page(404, "", NGINX))
    scene = Scene(target=deny, variants=(head,), truth_variant=Page(200, "", JSON))
    judged = scene.judged()
    assert (judged.verdict, judged.reason) == (Verdict.CLOSED, Reason.GATEWAY_DENY)
    # Another status than the plain one got is another answer, and this one's writer is not known.
    other = replace(scene, variants=(("H15a", Page(401, "", NGINX), Page(404, "", NGINX)),))
    assert other.judged().verdict is not Verdict.CLOSED


# --- what the standard takes for the same --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spelled", "same"),
    [
        ("/x/../internal/metrics", True),
        ("/x/%2e%2e/internal/metrics", True),
        ("/./internal/metrics", True),
        ("/internal/./metrics", True),
        ("/%69nternal/metrics", True),
        ("/public/../internal/metrics", True),
        ("/internal/metrics/.", False),  # that is /internal/metrics/
        ("/internal/metrics/x/..", False),
        ("//internal/metrics", False),
        ("/internal%2fmetrics", False),
        ("/%2569nternal/metrics", False),
        ("/internal;x/metrics", False),
        ("/x/..;/internal/metrics", False),
        ("/INTERNAL/metrics", False),
        ("/internal/metrics?", False),
        ("/public/internal/metrics", False),
        ("/internal/metrics", False),  # the plain spelling is no other
    ],
)
def test_which_paths_are_the_target_by_the_standard(spelled: str, same: bool) -> None:
    claim = Claim("k", "s", Aspect.PATH, "/internal/metrics", "api", ADDRESS, "t")
    assert is_equivalent(claim, HttpQuestion("http", "api.example.com", 80, spelled)) is same


@pytest.mark.parametrize(
    ("host", "same"),
    [("ADMIN.corp", True), ("admin.corp:80", True), ("admin.corp:8443", False), ("admin.corp.", False)],
)
def test_which_hosts_are_the_target_by_the_standard(host: str, same: bool) -> None:
    claim = Claim("k", "s", Aspect.HOST, "admin.corp", "api", ADDRESS, "t")
    question = HttpQuestion("http", "api.example.com", 80, "/", host_header=host)
    assert is_equivalent(claim, question) is same


@given(st.text(alphabet="ab/.%2eE5cf;?&~-", max_size=40))
def test_normalising_twice_changes_nothing_more(path: str) -> None:
    once = normal_path(f"/{path}")
    assert once.startswith("/")
    if "%" not in once:  # `%%32e` decodes to another escape: the standard decodes once
        assert normal_path(once) == once
