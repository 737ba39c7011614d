"""The corpus audited once more, each service with the log that its application writes: what a witness adds."""

import os

import pytest

from auditor.model import Judgement, Reason, Verdict
from leaks.corpus import BY_ID, CORPUS
from leaks.leak_audit import BAD, Audited, audited
from leaks.whole import Estate
from leaks.witness import Truth

pytestmark = [pytest.mark.parts, pytest.mark.xdist_group("leaks"), pytest.mark.timeout(300)]

IDS = [each.id for each in CORPUS]
LEVEL = os.environ.get("LEAKS_VARIANTS", "core")


@pytest.fixture(scope="module")
def plain(built: Estate, truths: dict[str, Truth], tmp_path_factory: pytest.TempPathFactory) -> Audited:
    """Without witnesses, and as configured only."""
    assert truths
    return audited(built, tmp_path_factory.mktemp("plain"), "none")


@pytest.fixture(scope="module")
def told(built: Estate, plain: Audited, tmp_path_factory: pytest.TempPathFactory) -> Audited:
    """The same with witnesses."""
    assert plain.record.audit.complete
    return audited(built, tmp_path_factory.mktemp("told"), "none", with_logs=True)


@pytest.fixture(scope="module")
def told_variants(built: Estate, plain: Audited, tmp_path_factory: pytest.TempPathFactory) -> Audited:
    return audited(built, tmp_path_factory.mktemp("variants"), LEVEL, with_logs=True)


def said(seen: Audited, id: str) -> str:
    (one,) = seen.at_stake(BY_ID[id])
    return f"{one.verdict} {one.reason}"


#: What looks the same from outside, or is taken for what it is not; and what the log says of it.
TOLD_APART: dict[str, tuple[str | None, str]] = {
    "ng-same-404": ("unproven origin_unknown", "closed not_in_log"),
    "ng-same-404-behind": ("unproven origin_unknown", "routed upstream_log"),
    "ng-application-403": (None, "guarded upstream_auth"),  # uniform, and unlike all that it says inside
    "ha-one-path-denied": (None, "closed not_in_log"),
}


@pytest.mark.parametrize("id", TOLD_APART)
def test_a_log_tells_apart_what_looks_the_same(plain: Audited, told: Audited, id: str) -> None:
    without, expected = TOLD_APART[id]
    assert said(told, id) == expected
    assert without is None or said(plain, id) == without


@pytest.mark.parametrize("id", IDS)
def test_every_alarm_is_about_a_request_that_the_application_received(
    told_variants: Audited, truths: dict[str, Truth], id: str
) -> None:
    """Without an exception: where the log decides there is no doubt whose refusal it was."""
    for one in told_variants.judgements(BY_ID[id]):
        if one.verdict in BAD:
            decided = [probe for probe, _ in told_variants.noted(BY_ID[id], one) if probe.variant == one.variant]
            assert decided or _from_cache(truths[id]), _told(one)


@pytest.mark.parametrize("id", IDS)
def test_nothing_is_closed_that_was_served_or_that_arrived_as_it_is_configured(
    told_variants: Audited, truths: dict[str, Truth], id: str
) -> None:
    for one in told_variants.judgements(BY_ID[id]):
        if one.verdict is Verdict.CLOSED:
            assert truths[id].knowable, _told(one)
            noted = told_variants.noted(BY_ID[id], one)
            assert not [probe for probe, line in noted if line.served or probe.variant == "baseline"], _told(one)


@pytest.mark.parametrize("id", IDS)
def test_a_witness_makes_nothing_better_that_got_out(plain: Audited, told: Audited, id: str) -> None:
    for before, after in zip(plain.judgements(BY_ID[id]), told.judgements(BY_ID[id]), strict=True):
        assert before.claim.key == after.claim.key
        if before.verdict is Verdict.EXPOSED and not BY_ID[id].sometimes:
            assert after.verdict is Verdict.EXPOSED, _told(after)
        if after.reason is Reason.NOT_IN_LOG:
            assert not told.noted(BY_ID[id], after), _told(after)


def test_fewer_stay_unproven(plain: Audited, told: Audited) -> None:
    def unproven(seen: Audited) -> set[str]:
        services = [one for one in seen.record.judgements if one.claim.check is None]
        steady = [one for one in services if not BY_ID[one.claim.service].sometimes]
        return {one.claim.key for one in steady if one.verdict is Verdict.UNPROVEN}

    assert unproven(told) < unproven(plain)


def _from_cache(truth: Truth) -> bool:
    return any(each.leaked and each.noted is None for each in truth.tried)


def _told(one: Judgement) -> str:
    return f"{one.claim.key} {one.verdict} ({one.reason}, {one.variant}) {one.witness} {one.logged}: {one.note}"
