"""What is known of times and places nobody of ours was: observations handed in, and gaps.

Must never judge whether a batch may be believed; that is done before it gets here.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from auditor.model import Seen, codec
from auditor.store import rows
from auditor.store.tables import BATCH, GAP


@dataclass(frozen=True, slots=True)
class StoredBatch:
    """The observations of one vantage by file, whole, as they were taken."""

    id: str  # of its content: the same file handed in twice is one batch
    vantage: str
    seed: str  # of its random names, so that its plan can be computed again
    plan: str  # digest of the plan it was made for
    started_at: datetime
    received_at: datetime
    seen: tuple[Seen, ...]
    used_in: int | None  # number of the last audit it was used in


@dataclass(frozen=True, slots=True)
class Gap:
    """A time in which nobody looked, or one vantage did not, and why."""

    vantage: str | None
    from_at: datetime
    to_at: datetime
    because: str


def add_batch(
    connection: Connection,
    *,
    vantage: str,
    seed: str,
    plan: str,
    started_at: datetime,
    received_at: datetime,
    seen: Sequence[Seen],
) -> str:
    """Keeps a batch and returns its id. The same batch again is kept once, as first received."""
    payload = rows.pack(tuple[Seen, ...], tuple(seen))
    told = codec.dump(tuple[str, ...], (vantage, seed, plan, str(rows.micros(started_at))))
    name = hashlib.sha256(told + b"\n" + payload).hexdigest()[:32]
    if connection.scalar(select(BATCH.c.id).where(BATCH.c.id == name)) is None:
        connection.execute(
            insert(BATCH).values(
                id=name,
                vantage=vantage,
                seed=seed,
                plan=plan,
                started_at=rows.micros(started_at),
                received_at=rows.micros(received_at),
                seen=len(seen),
                payload=payload,
            )
        )
    return name


def newest_batch(connection: Connection, vantage: str, not_before: datetime) -> StoredBatch | None:
    """The batch of a vantage that was observed last, unless that began before `not_before`."""
    asked = (
        select(BATCH)
        .where(BATCH.c.vantage == vantage, BATCH.c.started_at >= rows.micros(not_before))
        .order_by(BATCH.c.started_at.desc(), BATCH.c.received_at.desc(), BATCH.c.id)
        .limit(1)
    )
    row = connection.execute(asked).mappings().first()
    if row is None:
        return None
    return StoredBatch(
        id=row["id"],
        vantage=row["vantage"],
        seed=row["seed"],
        plan=row["plan"],
        started_at=rows.moment(row["started_at"]),
        received_at=rows.moment(row["received_at"]),
        seen=rows.unpack(tuple[Seen, ...], row["payload"]),
        used_in=row["used_in"],
    )


def use_batch(connection: Connection, batch: str, audit: int) -> bool:
    """Records that an audit is made with it. A batch serves every audit until it is too old."""
    used = update(BATCH).where(BATCH.c.id == batch).values(used_in=audit)
    return connection.execute(used).rowcount == 1


def drop_batches(connection: Connection, before: datetime) -> int:
    return connection.execute(delete(BATCH).where(BATCH.c.started_at < rows.micros(before))).rowcount


def add_gap(connection: Connection, gap: Gap) -> None:
    connection.execute(
        insert(GAP).values(
            vantage=gap.vantage,
            from_at=rows.micros(gap.from_at),
            to_at=rows.micros(gap.to_at),
            because=gap.because[:500],
        )
    )


def gaps(connection: Connection, limit: int) -> tuple[Gap, ...]:
    """The newest gaps, newest first."""
    asked = select(GAP).order_by(GAP.c.from_at.desc(), GAP.c.id.desc()).limit(limit)
    return tuple(
        Gap(row["vantage"], rows.moment(row["from_at"]), rows.moment(row["to_at"]), row["because"])
        for row in connection.execute(asked).mappings()
    )
