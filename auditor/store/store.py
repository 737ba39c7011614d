"""The store as everybody else sees it: one class, values of the model in and out, no SQL.

Methods block; callers on an event loop use threads, which may share one Store. Must never leave an audit
half-written.
"""

import threading
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

from sqlalchemy import select

from auditor.findings import Settled
from auditor.model import Audit, AuditRecord, Finding, Plan, Seen
from auditor.store import handed_in, outbox, reading, retention, rows, writing
from auditor.store.database import WAIT_SECONDS, Database, connect
from auditor.store.errors import AuditRunning
from auditor.store.handed_in import Gap, StoredBatch
from auditor.store.lock import RunLock, run_lock
from auditor.store.outbox import Claimed, Message, OutboxCounts, Posted
from auditor.store.reading import History, PastChange
from auditor.store.retention import Pruned
from auditor.store.schema import bring_up_to_date
from auditor.store.tables import AUDIT


class Store:
    """Everything the auditor remembers. Every method raises StoreError when the database fails it."""

    def __init__(self, database: Database, lock: RunLock) -> None:
        self._database = database
        self._lock = lock
        self._running: str | None = None  # id of the audit this store holds the lock for
        self._turn = threading.Lock()

    @classmethod
    def open(cls, url: str, *, wait_seconds: float = WAIT_SECONDS) -> Self:
        """Opens or creates `sqlite:///file`, `sqlite://` (in memory) or `postgresql://…`, and migrates it.

        `wait_seconds` is how long to wait for another writer. Raises StoreError, SchemaTooNew.
        """
        database = connect(url, wait_seconds=wait_seconds)
        try:
            bring_up_to_date(database)
        except BaseException:
            database.close()
            raise
        return cls(database, run_lock(database))

    def close(self) -> None:
        self._lock.free()
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # --- one audit, as it is made ---

    def begin(
        self,
        *,
        at: datetime,
        config_sha256: str,
        config_name: str = "",
        seeds: tuple[tuple[str, str], ...] = (),
        nominal_at: datetime | None = None,
    ) -> Audit:
        """Begins the one audit there can be at a time. What a dead process left unfinished is marked incomplete.

        Raises AuditRunning while another live process, or this one, is at an audit of this database.
        """
        with self._turn:
            if not self._lock.take():
                raise self._who_runs()
            try:
                with self._database.writing() as connection:
                    audit = writing.begin(
                        connection,
                        at=at,
                        config_sha256=config_sha256,
                        config_name=config_name,
                        seeds=seeds,
                        nominal_at=nominal_at,
                    )
            except BaseException:
                self._lock.free()
                raise
            self._running = audit.id
            return audit

    def plan(self, audit: Audit, plan: Plan) -> None:
        """Appends a round: all rounds together are the plan, as if added up in this order."""
        with self._database.writing() as connection:
            writing.plan(connection, audit.number, plan)

    def saw(self, audit: Audit, seen: Sequence[Seen]) -> None:
        """Appends what was seen, all or, where one of the probes was seen before, nothing and StoreError."""
        values = writing.seen_rows(audit.number, seen)
        with self._database.writing() as connection:
            writing.saw(connection, audit.number, values)

    def conclude(
        self,
        audit: Audit,
        verdicts: writing.Verdicts,
        settled: Settled,
        messages: Sequence[Message],
        *,
        batches: Sequence[str] = (),
    ) -> None:
        """Verdicts, findings, changes, outgoing messages and the ended audit, all or nothing; then frees the lock.

        With them the batches it was made of are marked as used. When it raises, the audit is still under way:
        conclude again, or abandon.
        """
        with self._database.writing() as connection:
            writing.conclude(connection, audit, verdicts, settled, messages)
            for batch in batches:
                handed_in.use_batch(connection, batch, audit.number)
        self._release(audit)

    def abandon(self, audit: Audit, because: str, at: datetime) -> None:
        """The audit ends without verdicts, never green; nothing when it has ended. Always frees the lock."""
        try:
            with self._database.writing() as connection:
                writing.abandon(connection, audit, because, at)
        finally:
            self._release(audit)

    def _release(self, audit: Audit) -> None:
        with self._turn:
            if self._running == audit.id:
                self._running = None
                self._lock.free()

    def _who_runs(self) -> AuditRunning:
        asked = select(AUDIT).where(AUDIT.c.finished_at.is_(None)).order_by(AUDIT.c.number.desc()).limit(1)
        with self._database.reading() as connection:
            row = connection.execute(asked).mappings().first()
        if row is None:  # it has the lock and has not written yet, or has just ended
            return AuditRunning(None, None, None)
        return AuditRunning(rows.moment(row["started_at"]), row["pid"], row["host"])

    # --- what is known ---

    def baseline(self) -> bool:
        """True while no complete audit has concluded: what is found now was there before anybody looked."""
        with self._database.reading() as connection:
            return writing.is_baseline(connection)

    def load(self, number: int | None = None) -> AuditRecord | None:
        """A stored audit; None: the newest that concluded. None when there is no such audit.

        Its findings are put together as they stood when it ended. Of a pruned audit only the evidence of its
        changes is left (see `pruned`).
        """
        with self._database.reading() as connection:
            return reading.load(connection, number)

    def pruned(self, number: int) -> bool:
        """Whether an audit's observations have been let go, so that it cannot be judged again."""
        with self._database.reading() as connection:
            return reading.is_pruned(connection, number)

    def audit_before(self, audit: Audit) -> Audit | None:
        """The last audit before this one that concluded."""
        with self._database.reading() as connection:
            return reading.audit_before(connection, audit.number)

    def findings(self) -> dict[str, Finding]:
        """All findings as they stand now, resolved ones too, by id."""
        with self._database.reading() as connection:
            return reading.findings(connection)

    def changes(self, finding: str | None = None, limit: int = 100) -> tuple[PastChange, ...]:
        """The newest changes first."""
        with self._database.reading() as connection:
            return reading.changes(connection, finding, limit)

    def history(self, limit: int = 48) -> History:
        """The last audits, oldest first, and the verdict of each on every finding."""
        with self._database.reading() as connection:
            return reading.history(connection, limit)

    # --- observations handed in, and gaps ---

    def add_batch(
        self,
        *,
        vantage: str,
        seed: str,
        plan: str,
        started_at: datetime,
        received_at: datetime,
        seen: Sequence[Seen],
    ) -> str:
        """Keeps a batch that was taken, once however often it is handed in; returns its id."""
        with self._database.writing() as connection:
            return handed_in.add_batch(
                connection,
                vantage=vantage,
                seed=seed,
                plan=plan,
                started_at=started_at,
                received_at=received_at,
                seen=seen,
            )

    def newest_batch(self, vantage: str, not_before: datetime) -> StoredBatch | None:
        with self._database.reading() as connection:
            return handed_in.newest_batch(connection, vantage, not_before)

    def use_batch(self, batch: str, audit: Audit) -> bool:
        """Records which audit a batch went into; False when there is no such batch."""
        with self._database.writing() as connection:
            return handed_in.use_batch(connection, batch, audit.number)

    def add_gap(self, gap: Gap) -> None:
        with self._database.writing() as connection:
            handed_in.add_gap(connection, gap)

    def gaps(self, limit: int = 100) -> tuple[Gap, ...]:
        """The newest first."""
        with self._database.reading() as connection:
            return handed_in.gaps(connection, min(limit, reading.MOST))

    # --- the outbox ---

    def claim(self, destination: str, *, at: datetime, due: datetime, lease: timedelta) -> Claimed | None:
        """Takes the next message due for a destination, for as long as the lease; None when there is none."""
        with self._database.writing() as connection:
            return outbox.claim(connection, destination, at=at, due=due, lease=lease)

    def delivered(self, claimed: Claimed, *, at: datetime, status: int) -> bool:
        with self._database.writing() as connection:
            return outbox.delivered(connection, claimed, at=at, status=status)

    def failed(
        self, claimed: Claimed, *, at: datetime, status: int | None, error: str, next_at: datetime | None
    ) -> bool:
        """The attempt failed; `next_at` None: for good."""
        with self._database.writing() as connection:
            return outbox.failed(connection, claimed, at=at, status=status, error=error, next_at=next_at)

    def revive(self, message: str, *, at: datetime) -> bool:
        """Sends a dead message again, under its old id; False when there is none of that id."""
        with self._database.writing() as connection:
            return outbox.revive(connection, message, at=at)

    def posted(
        self, states: Iterable[str] = ("pending", "delivered", "dead"), limit: int = 100
    ) -> tuple[Posted, ...]:
        """Messages as people see them, newest first."""
        with self._database.reading() as connection:
            return outbox.posted(connection, states, min(limit, reading.MOST))

    def outbox_counts(self) -> OutboxCounts:
        with self._database.reading() as connection:
            return outbox.counts(connection)

    # --- letting go ---

    def prune(self, before: datetime, *, keep: int = 48, limit: int = 1_000) -> Pruned:
        """Lets go of observations and batches older than `before`; an audit at a time, so that nobody waits long.

        Judgements of the newest `keep` audits stay for the history; findings, changes and their evidence always.
        """
        with self._database.reading() as connection:
            numbers = retention.due(connection, before, limit)
        dropped = 0
        for number in numbers:
            with self._database.writing() as connection:
                dropped += retention.prune_audit(connection, number)
        with self._database.writing() as connection:
            retention.prune_judgements(connection, before, keep)
            retention.prune_versions(connection, before)
            batches = handed_in.drop_batches(connection, before)
        self._database.shrink()
        return Pruned(len(numbers), dropped, batches)
