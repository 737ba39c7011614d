"""A mount under a public prefix is closed only when it is earned: with both controls, and for nonsense alike."""

from dataclasses import fields, replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from auditor.judge import Facts, decide
from auditor.judge.verdicts import mounted
from auditor.model import Reason, Verdict

_FLAGS = [each.name for each in fields(Facts) if isinstance(each.default, bool)]
NOT_FOUND = Facts(
    baseline=False, outside=404, origin="U", eq_sibling=True, eq_inside_sibling=True, like_upstream=True
)


def ruled(facts: Facts, variant: str = "P24a:/api/v1") -> Any:
    return mounted(variant, facts, decide(facts))


def test_the_services_own_404_under_a_public_prefix_is_no_leak() -> None:
    assert decide(NOT_FOUND).verdict is Verdict.ROUTED
    assert (ruled(NOT_FOUND).verdict, ruled(NOT_FOUND).reason) == (Verdict.CLOSED, Reason.PUBLIC_PREFIX)
    assert ruled(NOT_FOUND, "P03c:/api/v1").verdict is Verdict.ROUTED


def test_a_denial_of_the_targets_own_stays_a_guard() -> None:
    denied = replace(NOT_FOUND, outside=401, inside=401, eq_sibling=False, eq_inside=True)
    assert ruled(denied).verdict is Verdict.GUARDED


def test_what_a_log_or_a_lost_control_says_is_never_closed() -> None:
    for change in ({"logged": 403}, {"logged": 404}, {"in_ok": False}, {"out_ok": False}, {"stable": False}):
        assert ruled(replace(NOT_FOUND, **change)).verdict is not Verdict.CLOSED, change


@given(
    flags=st.fixed_dictionaries({name: st.booleans() for name in _FLAGS}),
    outside=st.sampled_from([None, 200, 302, 400, 401, 403, 404, 500, 502]),
    inside=st.sampled_from([None, 200, 302, 401, 404]),
    origin=st.sampled_from("UG?"),
    logged=st.sampled_from([None, 200, 403, 404]),
    alert=st.sampled_from([None, 40, 116]),
)
def test_no_facts_close_a_mount_without_both_controls(flags: dict[str, bool], **told: Any) -> None:
    ruling = ruled(Facts(**flags, **told))  # type: ignore[arg-type]
    if ruling.reason is Reason.PUBLIC_PREFIX:
        assert flags["in_ok"] and flags["out_ok"] and flags["eq_sibling"] and not flags["eq_inside"]
    if ruling.verdict is Verdict.CLOSED:
        assert flags["in_ok"] and flags["out_ok"]
