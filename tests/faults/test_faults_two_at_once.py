"""Two runs of one database at the same time: one audits, the other says so and leaves."""

import asyncio
import re
from pathlib import Path

from fault_runs import Databases, gated, result, site


async def test_exactly_one_of_two_audits(tmp_path: Path, databases: Databases) -> None:
    async with site(tmp_path, databases("shared")) as found, gated(found) as gate:
        both = [await found.start("-q") for _ in range(2)]
        runs = [asyncio.create_task(result(each)) for each in both]
        (first,), (second,) = await asyncio.wait(runs, return_when=asyncio.FIRST_COMPLETED)
        lost = first.result()
        assert (lost.code, lost.out) == (3, "")
        winner = both[runs.index(second)]
        # Whose it is can be told from the moment on when the other has written that it began.
        since = rf"( since [0-9: -]+ UTC \(process {winner.pid} on [^ ]+\))?"
        assert re.fullmatch(f"not started: another audit of this database is running{since}\n", lost.err)
        gate.open.set()
        won = await second
        assert (won.code, won.err) == (0, "")
        with found.store() as store:
            assert [(each.audit.number, each.concluded) for each in store.history().audits] == [(1, True)]
