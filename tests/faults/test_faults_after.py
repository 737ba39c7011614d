"""What fails once an audit is stored can cost what follows from it, never the audit."""

import asyncio
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

from audits import Clock, Watch, configured
from fault_hook import SECRET, hook, well

from auditor.alerts import Destination
from auditor.audit import audit, fresh_seeds
from auditor.config import Config
from auditor.lab import Breakage, company
from auditor.lab.http1 import Reply
from auditor.report import exit_code
from auditor.store import Store
from auditor.turn import Outputs, Turn, tell, turn


async def one_turn(config: Config, store: Store, to: Destination, clock: Clock, report: Path) -> Turn:
    return await turn(
        config,
        store,
        vantages=tuple(config.vantages),
        destinations=(to,),
        outputs=Outputs(report),
        config_sha256="0" * 64,
        now=clock,
        stop=asyncio.Event(),
        watcher=Watch(),
    )


async def test_a_database_locked_after_the_audit_hides_nothing(tmp_path: Path) -> None:
    """Somebody takes the database while the alert is on its way, so that nobody can note that it arrived."""
    path, clock = tmp_path / "audits.db", Clock(datetime.now(UTC))
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    async with company(Breakage.DOCS_PUBLISHED, root=tmp_path / "lab") as lab, hook() as there:
        to = Destination("webhook-0", f"http://127.0.0.1:{there.port}/hook", SECRET, True)

        async def lock() -> Reply:
            other.execute("BEGIN IMMEDIATE")
            return await well()

        there.mood = lock
        try:
            with Store.open(f"sqlite:///{path}", wait_seconds=0.2) as store:
                done = await one_turn(configured(lab), store, to, clock, tmp_path / "report.html")
                assert exit_code(done.record) == 1
                assert "/openapi.json" in (tmp_path / "report.html").read_text()
                (trouble,) = done.troubles
                assert trouble.startswith(
                    "alerts wait for the next turn: the database is locked by another process"
                )
                other.rollback()
                there.mood = well
                clock.at += timedelta(minutes=3)  # the lease is over
                again = await tell(store, (to,), now=clock, stop=asyncio.Event())
                assert (again.sent, again.pending) == (1, 0)
        finally:
            other.close()
        first, second = there.calls
        assert (first.id, first.body) == (second.id, second.body)


async def test_a_database_locked_before_the_rest_is_tidied_hides_nothing(tmp_path: Path) -> None:
    """Without the webhook: what is old is still kept, and the report is written."""
    path, clock = tmp_path / "audits.db", Clock(datetime.now(UTC))
    async with company(Breakage.DOCS_PUBLISHED, root=tmp_path / "lab") as lab, hook() as there:
        to = Destination("webhook-0", f"http://127.0.0.1:{there.port}/hook", SECRET, True)
        other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)

        class Lock(Store):
            """Locked by somebody in the moment after the audit was stored."""

            def conclude(self, *args, **options) -> None:
                super().conclude(*args, **options)
                other.execute("BEGIN IMMEDIATE")

        try:
            with Lock.open(f"sqlite:///{path}", wait_seconds=0.2) as store:
                done = await one_turn(configured(lab), store, to, clock, tmp_path / "report.html")
                assert exit_code(done.record) == 1
                assert "/openapi.json" in (tmp_path / "report.html").read_text()
                assert [each.partition(":")[0] for each in done.troubles] == [
                    "old observations are still kept",
                    "alerts wait for the next turn",
                ]
                assert not there.calls
                other.rollback()
                assert (await tell(store, (to,), now=clock, stop=asyncio.Event())).sent == 1
        finally:
            other.close()


async def test_a_file_of_observations_is_spent_with_the_audit_it_went_into(tmp_path: Path) -> None:
    """Nothing but the audit itself marks it: killed right after, it cannot vouch in the next one again."""
    clock = Clock()
    async with company(root=tmp_path / "lab") as lab:
        config = configured(lab)
        with Store.open(f"sqlite:///{tmp_path / 'audits.db'}") as store:
            batch = store.add_batch(
                vantage="internet", seed="s", plan="p", started_at=clock(), received_at=clock(), seen=()
            )
            record = await audit(
                config, store, seeds=fresh_seeds(config.vantages), handed={}, destinations=(),
                config_sha256="0" * 64, now=clock, stop=asyncio.Event(), watcher=Watch(), batches=(batch,),
            )  # fmt: skip
            used = store.newest_batch("internet", clock() - timedelta(hours=1))
            assert used is not None and used.used_in == record.audit.number
