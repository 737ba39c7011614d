"""Audits a made-up estate, is killed again and again, and proves each time that nothing was lost or doubled.

`python crash_rounds.py URL ROUNDS SEED`; prints what it did as JSON, or fails.
"""

import json
import os
import random
import select
import signal
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from stored_samples import NOON, SEEDS, SERVICES, SIDES, Judged, ended, judged, probe, seen, vantage_states

from auditor.alerts import Destination, messages
from auditor.findings import settle
from auditor.model import AuditRecord, Change, ChangeKind, Finding, Plan, Verdict
from auditor.store import AuditRunning, Store

PLACES = (Destination("wh_a", "https://a.example/"), Destination("wh_b", "https://b.example/"))
TARGETS = [f"/internal/{n}" for n in range(12)]
CHOICES = [Verdict.EXPOSED, Verdict.GUARDED, Verdict.CLOSED, Verdict.CLOSED, Verdict.CLOSED, Verdict.UNTESTED]


def one_audit(store: Store, rng: random.Random) -> None:
    audit = store.begin(at=NOON + timedelta(minutes=rng.randrange(10**6)), config_sha256="c0ffee", seeds=SEEDS)
    judgements = tuple(judged(rng.choice(CHOICES), target) for target in TARGETS)
    probes = [probe(each.claim) for each in judgements]
    found = [seen(each) for each in probes]
    store.plan(audit, Plan(SIDES, (), ()))
    store.plan(audit, Plan(SIDES, tuple(each.claim for each in judgements), tuple(probes)))
    for start in range(0, len(found), 4):
        store.saw(audit, found[start : start + 4])
    plan = Plan(SIDES, tuple(each.claim for each in judgements), tuple(probes))
    done = ended(audit, plan, found, judgements, audit.started_at + timedelta(seconds=audit.number))
    done = replace(done, complete=rng.random() < 0.8)
    assert done.finished_at is not None
    settled = settle(judgements, store.findings(), services=SERVICES, at=done.finished_at)
    known = {each.id: each for each in settled.findings}
    told = messages(settled.changes, known, done, store.baseline(), PLACES)
    store.conclude(done, Judged(judgements, vantage_states()), settled, told)


def begin_and_be_killed(url: str, rng: random.Random) -> None:
    """A child audits until it is killed, somewhere."""
    ready, tell = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            with Store.open(url) as store:
                own = random.Random(rng.random())
                os.write(tell, b"!")
                while True:
                    one_audit(store, own)
        finally:
            os._exit(1)
    os.close(tell)
    assert select.select([ready], [], [], 30)[0]
    assert os.read(ready, 1) == b"!", "the child died by itself"
    os.close(ready)
    time.sleep(rng.uniform(0.0, 0.12))
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), "the child died by itself"
    rng.random()


def verify(store: Store) -> dict[str, int]:
    """Everything that is stored fits together, and is what auditing without any crash would have come to."""
    past = store.history(10_000).audits
    records = [store.load(each.audit.number) for each in past]
    assert [each.audit.number for each in past] == list(range(1, len(past) + 1))
    known: Mapping[str, Finding] = {}
    expected: dict[str, tuple[str, str | None]] = {}
    told: list[Change] = []
    complete = False
    for line, record in zip(past, records, strict=True):
        assert record is not None
        if not line.concluded:
            assert not record.audit.complete
            assert (record.judgements, record.vantages, record.changes) == ((), (), ())
            continue
        assert len(record.judgements) == len(record.seen) == len(record.plan.probes) == len(TARGETS)
        assert record.baseline is not complete
        complete = complete or record.audit.complete
        known = _settled_again(record, known)
        told += record.changes
        for each in messages(record.changes, known, record.audit, record.baseline, PLACES):
            expected[each.id] = (each.destination, each.finding)
    assert store.findings() == known
    posted = {each.id: (each.destination, each.finding) for each in store.posted(limit=10_000)}
    assert posted == expected
    _alternate(told)
    concluded = sum(each.concluded for each in past)
    return {"audits": len(past), "concluded": concluded, "changes": len(told), "messages": len(posted)}


def _settled_again(record: AuditRecord, known: Mapping[str, Finding]) -> Mapping[str, Finding]:
    at = record.audit.finished_at
    assert at is not None
    settled = settle(record.judgements, known, services=SERVICES, at=at)
    assert (settled.findings, settled.changes) == (record.findings, record.changes)
    return {each.id: each for each in settled.findings}


def _alternate(told: list[Change]) -> None:
    open_now: set[str] = set()
    for change in told:
        assert (change.finding in open_now) == (change.kind in (ChangeKind.WORSENED, ChangeKind.RESOLVED))
        (open_now.discard if change.kind is ChangeKind.RESOLVED else open_now.add)(change.finding)


def next_audit_works(url: str, rng: random.Random, all_of_it: bool) -> dict[str, int]:
    with Store.open(url) as store:
        until = time.monotonic() + 10
        while True:
            try:
                one_audit(store, rng)
                return verify(store) if all_of_it else {}
            except AuditRunning:  # a server needs a moment to notice that its client is dead
                assert time.monotonic() < until
                time.sleep(0.01)


def main(url: str, rounds: int, seed: int) -> None:
    rng = random.Random(seed)
    Store.open(url).close()
    found: dict[str, int] = {}
    for number in range(rounds):
        begin_and_be_killed(url, rng)
        # Reading it all again costs more and more; what is wrong once stays wrong.
        found = next_audit_works(url, rng, number < 5 or number % 20 == 0 or number == rounds - 1)
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
