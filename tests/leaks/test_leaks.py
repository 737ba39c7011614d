"""The product held against what is true of real gateways in front of real applications.

What it says of a configuration is compared with what the application received of its own probes, by their ids, and
with what the witness brought out by the same spellings.
"""

import os

import pytest

from auditor.model import Judgement, Reason, Verdict
from auditor.plan.variants import TABLE
from auditor.plan.variants.headers import PLAIN_HOST
from auditor.plan.variants.paths import PLAIN_PATH
from leaks.corpus import BY_ID, CORPUS
from leaks.leak_audit import BAD, OUT, Audited, audited
from leaks.whole import Estate
from leaks.witness import Truth

#: The first to ask waits for the whole audit.
pytestmark = [pytest.mark.parts, pytest.mark.xdist_group("leaks"), pytest.mark.timeout(300)]

IDS = [each.id for each in CORPUS]

#: How many variants are sent; `full` takes three times as long and is what `python -m bench.leaks` is for.
LEVEL = os.environ.get("LEAKS_VARIANTS", "core")


@pytest.fixture(scope="module")
def seen(built: Estate, truths: dict[str, Truth], tmp_path_factory: pytest.TempPathFactory) -> Audited:
    """One audit of everything, after the witness is done: caches are as warm as they will be."""
    assert truths
    return audited(built, tmp_path_factory.mktemp("audit"), LEVEL)


def test_the_audit_is_whole(seen: Audited) -> None:
    assert seen.record.audit.complete, seen.record.audit.incomplete_because
    assert all(vantage.sighted for vantage in seen.record.vantages)
    # Of each gateway over https, its certificate is looked at besides.
    services = {one.claim.service for one in seen.record.judgements if one.claim.check is None}
    assert services == set(IDS)


@pytest.mark.parametrize("id", IDS)
def test_an_alarm_is_about_a_request_that_the_application_received(
    seen: Audited, truths: dict[str, Truth], id: str
) -> None:
    """No false alarm: what decided is in the application's log, or its page came out of a cache."""
    truth = truths[id]
    for one in seen.judgements(BY_ID[id]):
        doubtful = one.reason is Reason.UNKNOWN_ORIGIN_DENY and truth.configuration.kind == "leaky"
        if one.verdict in BAD and not doubtful:  # where it leaks, a doubtful alarm is none too many
            decided = [probe for probe, _ in seen.noted(BY_ID[id], one) if probe.variant == one.variant]
            assert decided or _from_cache(truth), _told(seen, one, truth)


@pytest.mark.parametrize("id", IDS)
def test_what_is_told_as_latent_is_a_hole_in_the_gateway(seen: Audited, truths: dict[str, Truth], id: str) -> None:
    """The witness brought the path through, spelled as the standard has it too, and nothing came out."""
    for one in seen.at_stake(BY_ID[id]):
        if one.reason is Reason.LATENT:
            assert truths[id].latent, _told(seen, one, truths[id])


@pytest.mark.parametrize("id", [each.id for each in CORPUS if each.kind == "sound"])
def test_what_is_sound_is_told_to_be(seen: Audited, truths: dict[str, Truth], id: str) -> None:
    """Closed, in all its spellings; or latent, where the gateway alone would not keep it shut."""
    for one in seen.at_stake(BY_ID[id]):
        assert one.verdict is Verdict.CLOSED or one.reason is Reason.LATENT, _told(seen, one, truths[id])


@pytest.mark.parametrize("id", IDS)
def test_exposed_is_what_the_application_served(seen: Audited, truths: dict[str, Truth], id: str) -> None:
    truth = truths[id]
    for one in seen.judgements(BY_ID[id]):
        if one.verdict is Verdict.EXPOSED:
            noted = [line for probe, line in seen.noted(BY_ID[id], one) if probe.variant == one.variant]
            served = [line for line in noted if line.served]
            assert served or _from_cache(truth), _told(seen, one, truth)


@pytest.mark.parametrize("id", IDS)
def test_closed_is_never_said_where_it_could_not_be_known(
    seen: Audited, truths: dict[str, Truth], id: str
) -> None:
    truth = truths[id]
    for one in seen.judgements(BY_ID[id]):
        if one.verdict is Verdict.CLOSED:
            assert truth.knowable, _told(seen, one, truth)


@pytest.mark.parametrize("id", IDS)
def test_closed_is_never_said_of_what_the_application_served(
    seen: Audited, truths: dict[str, Truth], id: str
) -> None:
    for one in seen.judgements(BY_ID[id]):
        if one.verdict is Verdict.CLOSED:
            served = [probe.variant for probe, noted in seen.noted(BY_ID[id], one) if noted.served]
            assert not served, _told(seen, one, truths[id])


@pytest.mark.parametrize("id", IDS)
def test_the_plain_request_as_configured_is_never_closed_where_it_reached_the_application(
    seen: Audited, truths: dict[str, Truth], id: str
) -> None:
    """Whatever the application made of it: guarded and routed are not closed."""
    for one in seen.judgements(BY_ID[id]):
        if one.verdict is Verdict.CLOSED:
            reached = [probe.id for probe, _ in seen.noted(BY_ID[id], one) if probe.variant == "baseline"]
            assert not reached, _told(seen, one, truths[id])


@pytest.mark.parametrize("id", IDS)
def test_every_leak_that_was_asked_for_is_found(seen: Audited, truths: dict[str, Truth], id: str) -> None:
    """Recall: where the plain request leaks every time, or one of the variants that were sent does."""
    truth = truths[id]
    for one in seen.at_stake(BY_ID[id]):
        address = one.claim.address
        assert address is not None
        if one.claim.around is not None:
            assert (one.verdict in OUT) == truth.leaks_around(address), _told(seen, one, truth)
            continue
        sent = seen.variants(one)
        read = sent & truth.leaking_variants(address, with_body=True)
        if truth.usual_leaks(address) or read:
            assert one.verdict in OUT, f"by {sorted(read) or 'the plain request'}: {_told(seen, one, truth)}"
        elif bodiless := sent & truth.leaking_variants(address):
            assert one.verdict in BAD, f"by {sorted(bodiless)}: {_told(seen, one, truth)}"


def test_another_listener_is_looked_at_where_the_operator_names_it(
    seen: Audited, truths: dict[str, Truth]
) -> None:
    """H18 is an entrance, not a spelling: found at the way around, and the gateway itself is not blamed for it."""
    around = {one.claim.service: one for one in seen.record.judgements if one.claim.around is not None}
    assert set(around) == {each.id for each in CORPUS if each.http_around}
    assert set(around) >= {id for id, truth in truths.items() if "H18" in truth.classes}
    for id, one in around.items():
        assert truths[id].leaks_around(one.claim.address or "")
        assert one.verdict is Verdict.EXPOSED
        itself = [each for each in seen.judgements(BY_ID[id]) if each.claim.around is None]
        assert not any(
            each.verdict in OUT for each in itself if not truths[id].leaking_variants(each.claim.address or "")
        )


FORMS = {variant.class_id for variant in TABLE}


@pytest.mark.parametrize(
    ("id", "class_id"),
    [
        (each.id, class_id)
        for each in CORPUS
        for class_id in each.classes
        if class_id in FORMS and not each.sometimes
    ],
)
def test_the_variants_have_a_form_for_every_class_that_leaks(
    truths: dict[str, Truth], id: str, class_id: str
) -> None:
    """So that what is missed is missed by choice of level, not for want of a spelling."""
    truth = truths[id]
    own = {each.spelling.cls for each in truth.leaks if each.spelling.variant is not None}
    plain = {PLAIN_HOST.class_id, PLAIN_PATH.class_id} if any(map(truth.usual_leaks, truth.usual)) else set()
    assert class_id in own | plain


def _from_cache(truth: Truth) -> bool:
    return any(each.leaked and each.noted is None for each in truth.tried)


def _told(seen: Audited, one: Judgement, truth: Truth) -> str:
    configuration = truth.configuration
    reached = [
        f"{probe.variant}: {noted.status} {noted.target}" for probe, noted in seen.noted(configuration, one)
    ]
    return (
        f"{one.claim.key} {one.verdict} ({one.reason}, {one.variant}): {configuration.sentence} "
        f"It leaks by {sorted(truth.classes)}; the application received {reached}. {one.note}"
    )
