"""What is let go, what never is, and what was handed in or missed."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from stored_samples import NOON, STEP, claim, judged, one_audit, probe, seen

from auditor.findings import finding_id
from auditor.model import Verdict
from auditor.store import Gap, Pruned, Store

DAY = timedelta(days=1)
FAR = NOON + 99 * DAY


def test_pruning_keeps_findings_changes_and_their_evidence(store: Store) -> None:
    for day, verdict in enumerate(["exposed", "exposed", "closed", "closed", "closed"]):
        one_audit(store, [judged(verdict), judged("closed", "/fine")], at=NOON + day * DAY)
    before = [store.load(number) for number in range(1, 6)]
    known, changes = store.findings(), store.changes()

    assert store.prune(NOON + 4 * DAY, keep=1) == Pruned(4, 8, 0)
    assert (store.findings(), store.changes()) == (known, changes)
    assert [store.pruned(number) for number in range(1, 6)] == [True] * 4 + [False]
    after = [store.load(number) for number in range(1, 6)]
    assert after[4] == before[4]
    of = probe(claim())
    for number, told in ((0, True), (1, False), (2, False), (3, True)):
        left, was = after[number], before[number]
        assert left is not None
        assert was is not None
        assert (left.audit, left.vantages, left.changes) == (was.audit, was.vantages, was.changes)
        assert left.findings == was.findings or not told
        # the probe that decided and its control; of the rest nothing
        assert [each.probe for each in left.seen] == (["sight-1", of.id] if told else [])
        assert [each.id for each in left.plan.probes] == (["sight-1", of.id] if told else [])
        assert left.plan.claims == ((claim(),) if told else ())
        assert [each.claim for each in left.judgements] == ([claim()] if told else [])


def test_pruning_twice_is_pruning_once(store: Store) -> None:
    one_audit(store, [judged("exposed")])
    assert store.prune(FAR).audits == 1
    left = store.load()
    assert store.prune(FAR) == Pruned(0, 0, 0)
    assert store.load() == left


def test_the_history_of_the_newest_audits_stays(store: Store) -> None:
    for day in range(4):
        one_audit(store, [judged("exposed")], at=NOON + day * DAY)
    store.prune(FAR, keep=2)
    (finding,) = store.findings()
    assert store.history().strips[finding] == {
        number: Verdict.EXPOSED
        for number in (1, 3, 4)  # 1: a change
    }
    assert [each.audit.planned for each in store.history().audits] == [2] * 4


def test_what_is_young_or_under_way_is_not_touched(store: Store) -> None:
    one_audit(store, [judged("exposed")])
    first = store.load()
    audit = store.begin(at=NOON + STEP, config_sha256="")
    store.saw(audit, [seen(probe(claim()))])
    assert store.prune(NOON).audits == 0
    assert store.load() == first
    assert store.prune(FAR).audits == 1
    running = store.load(audit.number)
    assert running is not None
    assert len(running.seen) == 1


def test_a_bounded_prune_goes_on_where_it_stopped(store: Store) -> None:
    for day in range(5):
        one_audit(store, [judged("closed")], at=NOON + day * DAY)
    assert [store.prune(FAR, limit=2).audits for _ in range(4)] == [2, 2, 1, 0]


def test_a_sqlite_file_shrinks(tmp_path: Path) -> None:
    path = tmp_path / "auditor.db"
    with Store.open(f"sqlite:///{path}") as store:
        audit = store.begin(at=NOON, config_sha256="")
        store.saw(audit, [seen(probe(claim(f"/{n}")), shingles=300) for n in range(500)])
        store.abandon(audit, "enough", NOON)
    full = path.stat().st_size
    with Store.open(f"sqlite:///{path}") as store:
        store.prune(FAR)
    assert path.stat().st_size < full / 4


# --- handed in, and missed -------------------------------------------------------------------------------


def test_the_newest_batch_of_a_vantage_is_found_unless_too_old(store: Store) -> None:
    found = tuple(seen(probe(claim(f"/{n}"))) for n in range(3))
    said: dict[str, Any] = {"vantage": "vpc", "seed": "5eed", "plan": "ab" * 32, "received_at": NOON + STEP}
    old = store.add_batch(**said, started_at=NOON - DAY, seen=found[:1])
    new = store.add_batch(**said, started_at=NOON, seen=found)
    store.add_batch(**said | {"vantage": "dmz"}, started_at=NOON + STEP, seen=found)
    assert len({old, new}) == 2
    batch = store.newest_batch("vpc", NOON - timedelta(hours=1))
    assert batch is not None
    assert (batch.id, batch.seen, batch.seed, batch.plan) == (new, found, "5eed", "ab" * 32)
    assert (batch.started_at, batch.received_at, batch.used_in) == (NOON, NOON + STEP, None)
    assert store.newest_batch("vpc", NOON + timedelta(microseconds=1)) is None
    assert store.newest_batch("nowhere", NOON - DAY) is None


def test_a_batch_handed_in_twice_is_one_and_says_where_it_was_used(store: Store) -> None:
    said: dict[str, Any] = {
        "vantage": "vpc",
        "seed": "5eed",
        "plan": "ab",
        "started_at": NOON,
        "seen": (seen(probe(claim())),),
    }
    first = store.add_batch(**said, received_at=NOON)
    audit, _ = one_audit(store, [judged("closed")])
    assert store.use_batch(first, audit) is True
    assert store.use_batch("nothing", audit) is False
    assert store.add_batch(**said, received_at=NOON + STEP) == first
    batch = store.newest_batch("vpc", NOON)
    assert batch is not None
    assert (batch.received_at, batch.used_in) == (NOON, audit.number)
    assert store.prune(NOON + STEP).batches == 1
    assert store.newest_batch("vpc", NOON) is None


def test_gaps_are_listed_newest_first(store: Store) -> None:
    first = Gap(None, NOON, NOON + STEP, "the service was not running")
    later = Gap("vpc", NOON + STEP, NOON + 2 * STEP, "its agent did not call")
    store.add_gap(first)
    store.add_gap(later)
    store.add_gap(replace(first, from_at=NOON - DAY, because="x" * 9999))
    found = store.gaps()
    assert found[:2] == (later, first)
    assert len(found[2].because) == 500
    assert store.gaps(1) == (later,)


def test_findings_of_all_addresses_share_a_strip(store: Store) -> None:
    one_audit(store, [judged("guarded", address="192.0.2.1"), judged("exposed", address="192.0.2.2")])
    finding = finding_id("config", "path", "/internal", "public-api")
    assert store.history().strips == {finding: {1: Verdict.EXPOSED}}
