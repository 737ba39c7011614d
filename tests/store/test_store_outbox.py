"""Messages: one taker at a time, an id for life, and no clock that can lose them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from stored_samples import NOON, STEP, judged, message, one_audit

from auditor.store import Claimed, OutboxCounts, Store

MINUTE = timedelta(minutes=1)


def filled(store: Store, count: int = 1) -> None:
    one_audit(store, [judged("exposed")], messages=[message(n) for n in range(1, count + 1)])


def taken(store: Store, at: timedelta = STEP, destination: str = "wh_1") -> Claimed | None:
    return store.claim(destination, at=NOON + at, due=NOON + at, lease=MINUTE)


def test_a_message_comes_out_as_it_went_in(store: Store) -> None:
    filled(store)
    claimed = taken(store)
    assert claimed is not None
    assert (claimed.message, claimed.attempt) == (message(1), 1)
    (posted,) = store.posted()
    assert (posted.state, posted.audit, posted.attempts, posted.ended_at) == ("pending", 1, 1, None)


def test_nobody_takes_what_is_not_for_them(store: Store) -> None:
    filled(store)
    assert taken(store, destination="wh_2") is None


def test_the_longest_waiting_goes_first(store: Store) -> None:
    filled(store, 3)
    first = taken(store)
    assert first is not None
    store.failed(first, at=NOON + STEP, status=500, error="it answered 500", next_at=NOON + 2 * STEP)
    order = [taken(store, 3 * STEP) for _ in range(4)]
    assert [each.message.id for each in order if each] == ["msg_0002", "msg_0003", "msg_0001"]


def test_a_lease_keeps_others_away_until_it_ends(store: Store) -> None:
    filled(store)
    first = taken(store)
    assert first is not None
    assert taken(store, STEP + MINUTE / 2) is None
    second = taken(store, STEP + MINUTE)
    assert second is not None
    assert (second.message.id, second.attempt) == (first.message.id, 2)
    # whoever lost the lease has no say any more
    assert store.delivered(first, at=NOON + 2 * STEP, status=200) is False
    assert store.outbox_counts() == OutboxCounts(1, 0, 0)
    assert store.delivered(second, at=NOON + 2 * STEP, status=204) is True
    assert store.outbox_counts() == OutboxCounts(0, 1, 0)
    (posted,) = store.posted(["delivered"])
    assert (posted.last_status, posted.ended_at, posted.last_error) == (204, NOON + 2 * STEP, None)


def test_a_failed_message_waits_and_the_last_failure_kills_it(store: Store) -> None:
    filled(store)
    claimed = taken(store)
    assert claimed is not None
    store.failed(claimed, at=NOON + STEP, status=None, error="x" * 999, next_at=NOON + 2 * STEP)
    assert taken(store, 2 * STEP - MINUTE) is None
    claimed = taken(store, 2 * STEP)
    assert claimed is not None
    store.failed(claimed, at=NOON + 2 * STEP, status=410, error="it answered 410", next_at=None)
    assert taken(store, 900 * STEP) is None
    (posted,) = store.posted(["dead"])
    assert (posted.last_status, posted.last_error, posted.attempts) == (410, "it answered 410", 2)
    assert store.outbox_counts() == OutboxCounts(0, 0, 1)


def test_a_dead_message_can_be_sent_again_under_its_id(store: Store) -> None:
    filled(store)
    claimed = taken(store)
    assert claimed is not None
    store.failed(claimed, at=NOON + STEP, status=410, error="gone", next_at=None)
    assert store.revive("msg_0001", at=NOON + 2 * STEP) is True
    assert store.revive("msg_0001", at=NOON + 2 * STEP) is False
    again = taken(store, 2 * STEP)
    assert again is not None
    assert (again.message, again.attempt) == (message(1), 1)


def test_a_clock_that_was_ahead_loses_nothing(store: Store) -> None:
    ahead = timedelta(days=9000)
    one_audit(store, [judged("exposed")], at=NOON + ahead, messages=[message(1), message(2)])
    first = taken(store)  # never tried: due whatever its time
    assert first is not None
    taken(store, ahead)  # leased in the far future by a process that died
    store.failed(first, at=NOON, status=500, error="", next_at=NOON + ahead)
    assert [each.message.id for each in (taken(store, 2 * STEP), taken(store, 2 * STEP)) if each] == [
        "msg_0001",
        "msg_0002",
    ]


def test_takers_side_by_side_never_get_the_same(url: str, store: Store) -> None:
    filled(store, 40)

    def take_all(own: Store) -> list[str]:
        found = []
        while (claimed := taken(own)) is not None:
            found.append(claimed.message.id)
        return found

    with Store.open(url) as other, ThreadPoolExecutor(4) as threads:
        takers = [threads.submit(take_all, each) for each in (store, other, store, other)]
        got = [name for each in takers for name in each.result()]
    assert sorted(got) == [message(n).id for n in range(1, 41)]
