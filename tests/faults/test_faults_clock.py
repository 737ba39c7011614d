"""A clock that steps, between audits and in their middle: no verdict, change or alert depends on it."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from audits import Clock, Watch, audited, configured, database, verdicts_of
from fault_hook import SECRET, hook, sick, well

from auditor.alerts import Destination
from auditor.lab import Breakage, company
from auditor.model import ChangeKind, FindingState
from auditor.report import History, render, to_json
from auditor.store import Store
from auditor.turn import tell

STEPS = (timedelta(days=-400), timedelta(hours=-3), timedelta(days=500), timedelta(seconds=-1), timedelta(0))


async def test_between_audits_nothing_depends_on_it(tmp_path: Path) -> None:
    """Found, kept and resolved as ever, in the order of the audits and not of their times."""
    clock = Clock()
    steps = iter(STEPS)
    async with company(Breakage.DOCS_PUBLISHED, root=tmp_path) as lab:
        config = configured(lab)
        with Store.open(database(tmp_path)) as store:
            told = []
            for number in range(1, len(STEPS) + 1):
                clock.at += next(steps)
                if number == 3:
                    await lab.fix(Breakage.DOCS_PUBLISHED)
                record = await audited(config, store, clock=clock)
                assert all(verdict in lab.expected[stake] for stake, verdict in verdicts_of(record).items())
                assert record.audit.number == number
                assert record.previous is None or record.previous.number == number - 1
                assert record.audit.finished_at is not None
                assert record.audit.finished_at >= record.audit.started_at
                told.append([each.kind for each in record.changes])
                for finding in record.findings:
                    assert finding.opened_at <= finding.last_seen_at
                    assert finding.resolved_at is None or finding.resolved_at >= finding.opened_at
                page = render(
                    record,
                    history=History(),
                    environment=None,
                    next_due_at=None,
                    generated_at=clock(),
                    version="1",
                )
                assert page.rstrip().endswith("</html>")
                assert to_json(record)["audit"]["number"] == number
            assert told == [[ChangeKind.OPENED] * 2, [], [], [ChangeKind.RESOLVED] * 2, []]
            assert {each.state for each in store.findings().values()} == {FindingState.RESOLVED}
            newest = store.load()
            assert newest is not None and newest.audit.number == len(STEPS)


@pytest.mark.parametrize("hours", [-720, 720], ids=["a month back", "a month on"])
async def test_in_the_middle_of_an_audit_no_verdict_depends_on_it(tmp_path: Path, hours: int) -> None:
    clock = Clock()
    watch = Watch(on_seen=lambda count: clock.step(hours * 60) if count in (10, 60, 120) else None)
    async with company(Breakage.DOCS_PUBLISHED, Breakage.NAME_PRIVATE, root=tmp_path) as lab:
        with Store.open(database(tmp_path)) as store:
            record = await audited(configured(lab), store, clock=clock, watch=watch)
            assert record.audit.complete
            assert all(verdict in lab.expected[stake] for stake, verdict in verdicts_of(record).items())
            again = await audited(configured(lab), store, clock=clock)
            assert again.changes == ()


@pytest.mark.parametrize(
    ("step", "then"),
    [(timedelta(days=-10), timedelta(0)), (timedelta(hours=-5), timedelta(hours=5, minutes=1))],
    ids=["days: at once", "hours: when the clock is there again"],
)
async def test_an_alert_is_not_lost_when_its_next_attempt_is_suddenly_far_off(
    tmp_path: Path, step: timedelta, then: timedelta
) -> None:
    """A wait that no retry plans is not believed; a shorter one ends by itself."""
    real = datetime.now(UTC)
    clock = Clock(real)
    stop = asyncio.Event()
    async with company(Breakage.DOCS_PUBLISHED, root=tmp_path) as lab, hook() as there:
        to = Destination("webhook-0", f"http://127.0.0.1:{there.port}/hook", SECRET, True)
        with Store.open(database(tmp_path)) as store:
            await audited(configured(lab), store, clock=clock, destinations=(to,))
            there.mood = sick
            assert (await tell(store, (to,), now=clock, stop=stop)).failed == 1
            there.mood = well
            clock.at += step
            sent = 0
            if not then:
                # Signed with a time long past, which a receiver may refuse: that it is tried is what matters.
                there.tolerant = True
            sent += (await tell(store, (to,), now=clock, stop=stop)).sent
            assert sent == (0 if then else 1)
            clock.at += then
            sent += (await tell(store, (to,), now=clock, stop=stop)).sent
            assert sent == 1
            assert len({each.id for each in there.calls}) == 1
