"""One audit from beginning to end, and what is left of it: everything, to the byte, or nothing."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from stored_samples import (
    NOON,
    SEEDS,
    SERVICES,
    SIDES,
    STEP,
    Judged,
    claim,
    ended,
    every_kind,
    judged,
    message,
    one_audit,
    probe,
    seen,
    vantage_states,
)

from auditor.findings import Settled, settle
from auditor.model import Audit, AuditRecord, Judgement, Plan, Role, Seen, Verdict, codec
from auditor.store import AuditRunning, Store, StoreError

NOTHING = Judged((), ())


def test_an_empty_store_knows_nothing(store: Store) -> None:
    assert store.load() is None
    assert store.load(1) is None
    assert store.findings() == {}
    assert store.baseline() is True
    assert store.history().audits == ()
    assert (store.outbox_counts().pending, store.posted(), store.gaps(), store.changes()) == (0, (), (), ())


def test_an_audit_comes_back_as_it_went_in_to_the_byte(store: Store) -> None:
    plan, found = every_kind()
    judgements = (judged("exposed"), judged("untested", "config.internal.example.net", None))
    audit = store.begin(at=NOON, config_sha256="c0ffee", config_name="probes.yaml", seeds=SEEDS, nominal_at=NOON)
    store.plan(audit, Plan(plan.vantages, (), plan.probes[:1]))
    store.saw(audit, found[:1])
    store.plan(audit, Plan(plan.vantages, plan.claims, plan.probes[1:]))
    store.saw(audit, found[1:4])
    store.saw(audit, found[4:])
    done = ended(audit, plan, found, judgements, NOON + STEP)
    settled = _settle(judgements, store, done)
    store.conclude(done, Judged(judgements, vantage_states()), settled, [message(1)])

    record = store.load()
    expected = AuditRecord(
        audit=done,
        plan=plan,
        seen=found,
        judgements=judgements,
        vantages=vantage_states(),
        findings=settled.findings,
        changes=settled.changes,
        baseline=True,
        previous=None,
    )
    assert record == expected
    assert codec.dump(AuditRecord, record) == codec.dump(AuditRecord, expected)
    assert store.load(done.number) == record


def _settle(judgements: tuple[Judgement, ...], store: Store, done: Audit) -> Settled:
    assert done.finished_at is not None
    return settle(judgements, store.findings(), services=SERVICES, at=done.finished_at)


def test_rounds_add_up_as_plans_do(store: Store) -> None:
    rounds = [
        Plan(SIDES[:1], (claim("/a"), claim("/b")), (probe(claim("/a")),)),
        Plan(SIDES, (claim("/b"), claim("/c")), (probe(claim("/b")), probe(claim("/c")))),
        Plan(SIDES, (), (probe(claim("/c"), 3, Role.SIBLING),)),
    ]
    audit = store.begin(at=NOON, config_sha256="")
    for each in rounds:
        store.plan(audit, each)
    store.abandon(audit, "enough", NOON)
    record = store.load(audit.number)
    assert record is not None
    assert record.plan == rounds[0] + rounds[1] + rounds[2]
    assert record.plan.vantages == SIDES


def test_numbers_rise_and_each_audit_knows_the_one_before(store: Store) -> None:
    first, _ = one_audit(store, [judged("closed")])
    given_up = store.begin(at=NOON + STEP, config_sha256="")
    store.abandon(given_up, "it was interrupted", NOON + STEP)
    second, _ = one_audit(store, [judged("closed")], at=NOON + 2 * STEP)
    assert [first.number, given_up.number, second.number] == [1, 2, 3]
    assert len({first.id, given_up.id, second.id}) == 3
    record = store.load()
    assert record is not None
    assert (record.audit, record.previous) == (second, first)
    assert store.audit_before(second) == first
    assert store.audit_before(first) is None


def test_a_probe_is_seen_once(store: Store) -> None:
    of = probe(claim())
    audit = store.begin(at=NOON, config_sha256="")
    store.saw(audit, [seen(of)])
    other = seen(probe(claim("/other")))
    with pytest.raises(StoreError, match="there already"):
        store.saw(audit, [other, seen(of)])
    store.saw(audit, [other])  # so nothing of the refused batch is there


def test_the_baseline_lasts_until_a_complete_audit_has_concluded(store: Store) -> None:
    one_audit(store, [judged("exposed")], complete=False)
    assert store.baseline() is True
    one_audit(store, [judged("exposed")], at=NOON + STEP)
    assert store.baseline() is False
    one_audit(store, [judged("exposed")], at=NOON + 2 * STEP)
    records = [store.load(number) for number in (1, 2, 3)]
    assert [each.baseline for each in records if each] == [True, True, False]


def test_findings_are_shown_as_they_stood(store: Store) -> None:
    verdicts = ["guarded", "exposed", "closed", "closed"]
    stood = [one_audit(store, [judged(v)], at=NOON + n * STEP)[1].findings for n, v in enumerate(verdicts)]
    stood.append(one_audit(store, [judged("exposed", "/other")], at=NOON + 5 * STEP)[1].findings)
    for number, findings in enumerate(stood, 1):
        record = store.load(number)
        assert record is not None
        assert record.findings == findings
    assert store.findings() == {each.id: each for each in stood[-1]}


def test_changes_are_listed_newest_first(store: Store) -> None:
    for n, verdict in enumerate(["guarded", "exposed", "closed", "closed", "routed"]):
        one_audit(store, [judged(verdict)], at=NOON + n * STEP)
    found = store.changes()
    assert [(each.audit, each.change.kind.value) for each in found] == [
        (5, "reopened"),
        (4, "resolved"),
        (2, "worsened"),
        (1, "opened"),
    ]
    assert found[0].at == NOON + 4 * STEP + timedelta(minutes=1)
    assert store.changes(found[0].change.finding, limit=1) == found[:1]
    assert store.changes("LK-NOTTHERE") == ()


def test_history_has_a_line_an_audit_and_a_strip_a_finding(store: Store) -> None:
    one_audit(store, [judged("exposed"), judged("closed", "/fine")])
    both = [judged("closed", address="192.0.2.1"), judged("untested", address="192.0.2.2")]
    one_audit(store, both, at=NOON + STEP)
    store.abandon(store.begin(at=NOON + 2 * STEP, config_sha256=""), "it was interrupted", NOON + 2 * STEP)
    one_audit(store, [judged("closed")], at=NOON + 3 * STEP)
    history = store.history()
    (finding,) = store.findings()
    assert history.strips == {finding: {1: Verdict.EXPOSED, 2: Verdict.UNTESTED, 4: Verdict.CLOSED}}
    assert [each.concluded for each in history.audits] == [True, True, False, True]
    assert history.audits[0].verdicts == {Verdict.EXPOSED: 1, Verdict.CLOSED: 1}
    assert history.audits[0].changes == {"opened": 1}
    exposed = {Verdict.EXPOSED: 1}
    assert [each.open for each in history.audits] == [exposed, exposed, {}, exposed]
    last = store.history(2)
    assert [each.audit.number for each in last.audits] == [3, 4]
    assert last.strips == {finding: {4: Verdict.CLOSED}}


# --- one at a time ---------------------------------------------------------------------------------------


def test_a_second_audit_is_refused_while_one_runs(url: str, store: Store) -> None:
    audit = store.begin(at=NOON, config_sha256="")
    with Store.open(url) as other:
        for second in (store, other):
            with pytest.raises(AuditRunning, match=r"running since 2026-03-01 12:00:00 UTC \(process \d+ on"):
                second.begin(at=NOON + STEP, config_sha256="")
        store.abandon(audit, "enough", NOON)
        following = other.begin(at=NOON + STEP, config_sha256="")
        assert following.number == 2
        other.abandon(following, "enough", NOON + STEP)


def test_closing_a_store_frees_its_audit_and_the_next_calls_it_incomplete(url: str, store: Store) -> None:
    with Store.open(url) as dying:
        audit = dying.begin(at=NOON, config_sha256="")
        dying.plan(audit, Plan(SIDES, (claim(),), (probe(claim()), probe(claim("/b")))))
        dying.saw(audit, [seen(probe(claim()))])
    store.begin(at=NOON + STEP, config_sha256="")
    record = store.load(audit.number)
    assert record is not None
    left = record.audit
    assert left.incomplete_because == "the process ended before it had concluded"
    assert (left.complete, left.finished_at) == (False, NOON + STEP)
    assert (left.planned, left.observed, left.skipped, left.claims, left.decisive) == (2, 1, 0, 1, 0)
    assert len(record.seen) == 1
    assert store.load() is None


def test_an_audit_given_up_takes_nothing_more(url: str, store: Store) -> None:
    with Store.open(url) as slow:
        audit = slow.begin(at=NOON, config_sha256="")
        slow._lock.free()  # as when the server drops the session that held it
        store.abandon(store.begin(at=NOON + STEP, config_sha256=""), "enough", NOON + STEP)
        done = replace(audit, finished_at=NOON + STEP, complete=True)
        writes: list[Callable[[], None]] = [
            lambda: slow.saw(audit, [seen(probe(claim()))]),
            lambda: slow.plan(audit, Plan(SIDES, (claim(),), ())),
            lambda: slow.conclude(done, NOTHING, Settled((), ()), ()),
        ]
        for write in writes:
            with pytest.raises(StoreError, match="has ended"):
                write()
    record = store.load(audit.number)
    assert record is not None
    assert (record.plan.claims, record.seen, record.audit.complete) == ((), (), False)


def test_an_abandoned_audit_is_never_green_and_frees_the_lock(store: Store) -> None:
    audit = store.begin(at=NOON, config_sha256="")
    store.abandon(audit, "it was interrupted", NOON - STEP)  # the clock stepped back
    record = store.load(audit.number)
    assert record is not None
    assert (record.audit.complete, record.audit.incomplete_because) == (False, "it was interrupted")
    assert record.audit.finished_at == NOON
    assert store.load() is None
    store.abandon(audit, "again", NOON)
    again = store.load(audit.number)
    assert again is not None
    assert again.audit.incomplete_because == "it was interrupted"
    one_audit(store, [judged("closed")])


def test_a_concluded_audit_cannot_be_abandoned(store: Store) -> None:
    audit, _ = one_audit(store, [judged("closed")])
    store.abandon(audit, "too late", NOON + STEP)
    record = store.load()
    assert record is not None
    assert record.audit == audit


# --- all or nothing --------------------------------------------------------------------------------------


def test_concluding_twice_is_concluding_once(store: Store) -> None:
    audit, settled = one_audit(store, [judged("exposed")], messages=[message(1)])
    before = store.load()
    store.conclude(audit, Judged((judged("closed"),), ()), settled, [message(2)])
    assert store.load() == before
    assert [each.id for each in store.posted()] == ["msg_0001"]


def test_a_conclusion_that_fails_leaves_nothing_and_can_be_tried_again(store: Store) -> None:
    one_audit(store, [judged("closed")], messages=[message(1)])
    audit = store.begin(at=NOON + STEP, config_sha256="")
    done = replace(audit, finished_at=NOON + STEP, complete=True, claims=1, decisive=1)
    verdicts = Judged((judged("exposed"),), vantage_states())
    settled = _settle(verdicts.judgements, store, done)
    with pytest.raises(StoreError):
        store.conclude(done, verdicts, settled, [message(2), message(1)])  # an id that is taken
    record = store.load(audit.number)
    assert record is not None
    assert (record.judgements, record.vantages, record.changes, record.findings) == ((), (), (), ())
    assert record.audit == audit
    assert store.findings() == {}
    assert store.outbox_counts().pending == 1
    store.conclude(done, verdicts, settled, [message(2)])
    assert [each.change.kind.value for each in store.changes()] == ["opened"]


def test_an_audit_that_has_not_ended_cannot_conclude(store: Store) -> None:
    audit = store.begin(at=NOON, config_sha256="")
    with pytest.raises(ValueError, match="finished_at"):
        store.conclude(audit, NOTHING, Settled((), ()), ())


def test_observations_of_any_size_come_back(store: Store) -> None:
    audit = store.begin(at=NOON, config_sha256="")
    found: list[Seen] = [seen(probe(claim(f"/{n}")), shingles=n) for n in (0, 1, 400, 512)]
    store.saw(audit, found)
    store.saw(audit, [])
    store.abandon(audit, "enough", NOON)
    record = store.load(audit.number)
    assert record is not None
    assert list(record.seen) == found


def test_the_lock_is_free_the_moment_an_audit_has_ended(url: str, store: Store) -> None:
    with Store.open(url) as other:
        for turn in range(20):
            mine = (store, other)[turn % 2]
            mine.abandon(mine.begin(at=NOON, config_sha256=""), "enough", NOON)
