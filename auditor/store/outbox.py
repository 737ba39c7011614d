"""Messages on their way out: written with the change they tell of, taken under a lease, kept until delivered.

A message is sent at least once and always under the same id. Must never hold a destination's URL, name or secret.
"""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, func, insert, or_, select, update

from auditor.store.rows import micros, moment
from auditor.store.tables import OUTBOX

#: No retry is planned later than this; a time beyond comes of a clock that was wrong, and is not waited for.
FURTHEST = timedelta(hours=48)


@dataclass(frozen=True, slots=True)
class Message:
    """What one destination is to be told, as the exact bytes that will be signed."""

    id: str  # "msg_…": the same for the same news, however often it is computed
    destination: str  # a stable key
    event: str  # "finding.opened", …
    finding: str | None
    body: bytes


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message taken for one attempt; nobody else takes it before the lease ends."""

    message: Message
    attempt: int  # this one, from 1
    lease: str


@dataclass(frozen=True, slots=True)
class Posted:
    """A message in the outbox as people see it."""

    id: str
    destination: str
    event: str
    audit: int
    finding: str | None
    state: str  # pending | delivered | dead
    attempts: int
    created_at: datetime
    next_at: datetime
    ended_at: datetime | None
    last_status: int | None
    last_error: str | None


@dataclass(frozen=True, slots=True)
class OutboxCounts:
    pending: int
    delivered: int
    dead: int


def add(connection: Connection, audit: int, messages: Sequence[Message], at: datetime) -> None:
    rows = [
        {
            "id": each.id,
            "destination": each.destination,
            "event": each.event,
            "audit": audit,
            "finding": each.finding,
            "body": each.body,
            "created_at": micros(at),
            "next_at": micros(at),
            "attempts": 0,
            "state": "pending",
        }
        for each in messages
    ]
    if rows:
        connection.execute(insert(OUTBOX), rows)


def claim(
    connection: Connection, destination: str, *, at: datetime, due: datetime, lease: timedelta
) -> Claimed | None:
    """Takes the message that has waited longest, if one is due. The attempt counts from here.

    Counted before it is made, so that a message that kills its sender is not sent for ever.
    """
    row = (
        connection.execute(
            select(OUTBOX)
            .where(
                OUTBOX.c.destination == destination,
                OUTBOX.c.state == "pending",
                _is_due(due),
                _is_free(at, lease),
            )
            .order_by(OUTBOX.c.next_at, OUTBOX.c.created_at, OUTBOX.c.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        .mappings()
        .first()
    )
    if row is None:
        return None
    token = secrets.token_hex(8)
    connection.execute(
        update(OUTBOX)
        .where(OUTBOX.c.id == row["id"])
        .values(lease=token, lease_until=micros(at + lease), attempts=row["attempts"] + 1)
    )
    message = Message(row["id"], row["destination"], row["event"], row["finding"], bytes(row["body"]))
    return Claimed(message, row["attempts"] + 1, token)


def _is_due(due: datetime) -> ColumnElement[bool]:
    return or_(
        OUTBOX.c.attempts == 0,
        OUTBOX.c.next_at <= micros(due),
        OUTBOX.c.next_at > micros(due + FURTHEST),
    )


def _is_free(at: datetime, lease: timedelta) -> ColumnElement[bool]:
    return or_(
        OUTBOX.c.lease.is_(None),
        OUTBOX.c.lease_until <= micros(at),
        OUTBOX.c.lease_until > micros(at + 2 * lease),
    )


def delivered(connection: Connection, claimed: Claimed, *, at: datetime, status: int) -> bool:
    """False when the lease had run out and another took the message: then that one has the word."""
    done = {"state": "delivered", "last_status": status, "last_error": None, "ended_at": micros(at)}
    return _mark(connection, claimed, done)


def failed(
    connection: Connection,
    claimed: Claimed,
    *,
    at: datetime,
    status: int | None,
    error: str,
    next_at: datetime | None,
) -> bool:
    """`next_at` None: it is dead, and stays where people see it."""
    values: dict[str, object] = {"last_status": status, "last_error": error[:200]}
    if next_at is None:
        values |= {"state": "dead", "ended_at": micros(at)}
    else:
        values |= {"next_at": micros(next_at)}
    return _mark(connection, claimed, values)


def _mark(connection: Connection, claimed: Claimed, values: dict[str, object]) -> bool:
    ours = and_(OUTBOX.c.id == claimed.message.id, OUTBOX.c.lease == claimed.lease)
    marked = connection.execute(update(OUTBOX).where(ours).values(lease=None, lease_until=None, **values))
    return marked.rowcount == 1


def revive(connection: Connection, message: str, *, at: datetime) -> bool:
    """A dead message gets all its attempts again, under its old id."""
    dead = and_(OUTBOX.c.id == message, OUTBOX.c.state == "dead")
    values = {"state": "pending", "attempts": 0, "next_at": micros(at), "ended_at": None}
    return connection.execute(update(OUTBOX).where(dead).values(**values)).rowcount == 1


def posted(connection: Connection, states: Iterable[str], limit: int) -> tuple[Posted, ...]:
    """The newest messages in these states, newest first."""
    columns = [column for column in OUTBOX.c if column.name != "body"]
    rows = connection.execute(
        select(*columns)
        .where(OUTBOX.c.state.in_(tuple(states)))
        .order_by(OUTBOX.c.created_at.desc(), OUTBOX.c.id)
        .limit(limit)
    ).mappings()
    return tuple(
        Posted(
            id=row["id"],
            destination=row["destination"],
            event=row["event"],
            audit=row["audit"],
            finding=row["finding"],
            state=row["state"],
            attempts=row["attempts"],
            created_at=moment(row["created_at"]),
            next_at=moment(row["next_at"]),
            ended_at=None if row["ended_at"] is None else moment(row["ended_at"]),
            last_status=row["last_status"],
            last_error=row["last_error"],
        )
        for row in rows
    )


def counts(connection: Connection) -> OutboxCounts:
    rows = connection.execute(select(OUTBOX.c.state, func.count()).group_by(OUTBOX.c.state)).all()
    found: dict[str, int] = {state: count for state, count in rows}
    return OutboxCounts(found.get("pending", 0), found.get("delivered", 0), found.get("dead", 0))
