"""SIGKILL at any moment of `auditor run`: nothing is lost, nothing told under two ids, and the next one works."""

import asyncio
import os
import random
from dataclasses import asdict
from pathlib import Path

import pytest
from fault_hook import SECRET, well
from fault_runs import Databases, site
from kill_rounds import Figures, Rounds

from auditor.lab import Breakage
from auditor.lab.http1 import Reply

#: Rounds of the long form on SQLite; on PostgreSQL half as many.
SOAK_ROUNDS = int(os.environ.get("AUDITOR_FAULT_ROUNDS", "200"))


async def killed(folder: Path, databases: Databases, seed: int, rounds: int, whole_every: int) -> Figures:
    async with site(folder / str(seed), databases(f"of-{seed}"), whole=True) as found:
        return await Rounds(found, random.Random(seed)).play(rounds, whole_every)


async def side_by_side(folder: Path, databases: Databases, seed: int, rounds: int, whole_every: int) -> Figures:
    """Two sites at once, for two cores."""
    async with asyncio.TaskGroup() as group:
        both = [
            group.create_task(killed(folder, databases, each, rounds // 2, whole_every))
            for each in (seed, seed + 1)
        ]
    return both[0].result() + both[1].result()


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK_SECRET", SECRET)


async def test_killed_at_any_moment_nothing_is_lost_or_doubled(tmp_path: Path, databases: Databases) -> None:
    seed = random.randrange(1, 10**6)
    rounds = 8 if "sqlite" in databases("") else 4
    try:
        found = await side_by_side(tmp_path, databases, seed, rounds, whole_every=4)
    except BaseException as error:
        error.add_note(f"seed {seed}")
        raise
    assert found.before + found.during + found.after + found.too_late == found.rounds == rounds
    assert found.messages >= found.changes > 0


async def test_killed_while_an_alert_is_on_its_way_it_arrives_again_under_its_id(tmp_path: Path) -> None:
    """The receiver took it, and nobody lived to note that."""
    async with site(tmp_path, None, Breakage.DOCS_PUBLISHED) as found:
        process = await found.start("-q")

        async def kill() -> Reply:
            process.kill()
            await process.wait()
            return await well()

        found.hook.mood = kill
        await process.communicate()
        found.hook.mood = well
        assert len(found.hook.calls) == 1
        await Rounds(found, random.Random()).deliver_the_rest()
        first, again = found.hook.calls
        assert (first.id, first.body) == (again.id, again.body)
        assert "/openapi.json" in found.report.read_text()  # it was written before


@pytest.mark.soak
async def test_killed_hundreds_of_times(
    tmp_path: Path, databases: Databases, capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest
) -> None:
    seed = random.randrange(1, 10**6)
    rounds = SOAK_ROUNDS if "sqlite" in databases("") else SOAK_ROUNDS // 2
    try:
        found = await side_by_side(tmp_path, databases, seed, rounds, whole_every=10)
    except BaseException as error:
        error.add_note(f"seed {seed}")
        raise
    assert min(found.before, found.during, found.after) > 0
    figures = ", ".join(f"{name} {value}" for name, value in asdict(found).items())
    with capsys.disabled():
        print(f"\n{request.node.callspec.id}, seed {seed}: {figures}")
