"""What a run has to wait for: a webhook that is down, sick or asleep, and a database that somebody else has.

They wait by the clock, up to fifteen seconds, so they wait side by side.
"""

import asyncio
import sqlite3
import time
from datetime import UTC, datetime
from pathlib import Path

from fault_hook import asleep, sick, well
from fault_runs import Site, site, until

from auditor.alerts.delivery import TIMEOUT_SECONDS
from auditor.lab import Breakage


async def test_a_run_neither_loses_nor_hides_anything_while_it_waits(tmp_path: Path) -> None:
    async with asyncio.TaskGroup() as group:
        for each in (_asleep, _locked, _down, _sick):
            group.create_task(each(tmp_path / each.__name__))


async def _down(folder: Path) -> None:
    """Nobody listens for a whole run: that is said, and the next run delivers everything once."""
    async with site(folder) as found:
        assert (await found.run("-q")).code == 0  # the baseline
        await found.hook.shut()
        await found.lab.inflict(Breakage.DOCS_PUBLISHED)
        done = await found.run("-q")
        assert done.code == 1
        assert "alerts: 0 sent, 2 to be tried again, 0 given up" in done.err
        assert "/openapi.json" in done.out and "/openapi.json" in found.report.read_text()
        waiting = _waiting(found)
        assert len(waiting) == 2

        await found.hook.open()
        found.hook.calls.clear()
        await until(lambda: _due(found))
        done = await found.run("-q")
        assert (done.code, done.err) == (1, "")
        assert sorted(each.id for each in found.hook.calls) == sorted(waiting)
        assert [each.told["type"] for each in found.hook.calls] == ["finding.opened"] * 2
        assert not _waiting(found)


async def _sick(folder: Path) -> None:
    """500, then 200: the same id and bytes twice."""
    async with site(folder, None, Breakage.DOCS_PUBLISHED) as found:
        found.hook.mood = sick
        done = await found.run("-q")
        assert done.code == 1
        assert "alerts: 0 sent, 1 to be tried again, 0 given up" in done.err
        found.hook.mood = well
        await until(lambda: _due(found))
        done = await found.run("-q")
        assert (done.code, done.err) == (1, "")
        first, again = found.hook.calls
        assert (first.id, first.body) == (again.id, again.body)
        assert found.hook.taken == [first.id]


async def _asleep(folder: Path) -> None:
    """A receiver that never answers costs its timeout and no more; the report is there before."""
    async with site(folder, None, Breakage.DOCS_PUBLISHED) as found:
        found.hook.mood = asleep
        process = await found.start("-q")
        await until(lambda: found.hook.calls)
        begun = time.monotonic()
        assert "/openapi.json" in found.report.read_text()
        async with asyncio.timeout(TIMEOUT_SECONDS * 2):
            _, err = await process.communicate()
        assert time.monotonic() - begun < TIMEOUT_SECONDS + 5
        assert process.returncode == 1
        assert b"alerts: 0 sent, 1 to be tried again, 0 given up" in err


async def _locked(folder: Path) -> None:
    """Another writer has the database for longer than anybody waits."""
    async with site(folder) as found:
        found.store().close()
        other = sqlite3.connect(folder / "auditor.db", isolation_level=None)
        try:
            other.execute("BEGIN IMMEDIATE")
            done = await found.run("-q")
            assert (done.code, done.out) == (3, "")
            assert done.err == "database: the database is locked by another process; nothing was written\n"
        finally:
            other.close()
        assert not found.lab.witness
        with found.store() as store:
            assert store.history().audits == ()
        assert (await found.run("-q")).code == 0


def _waiting(found: Site) -> list[str]:
    with found.store() as store:
        return [each.id for each in store.posted(["pending"])]


def _due(found: Site) -> bool:
    with found.store() as store:
        return all(each.next_at <= datetime.now(UTC) for each in store.posted(["pending"]))
