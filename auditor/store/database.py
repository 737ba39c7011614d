"""One database behind a URL: connections, transactions, and who waits for whom.

SQLite and PostgreSQL behave alike from here up. Must never hold a transaction open over anything but SQL.
"""

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.pool import StaticPool

from auditor.store.errors import StoreError, plain

#: How long a writer waits for another before it gives up. Writers of ours hold the database for far less.
WAIT_SECONDS = 10.0

#: Pages given back at once: 64 MiB, a second's work.
_PAGES = 16_384


class Database:
    """An engine, and the two kinds of transaction there are. Threads may share it."""

    def __init__(self, engine: Engine, *, path: Path | None, shared: bool) -> None:
        self.engine = engine
        self.path = path  # of the SQLite file; None: in memory, or not SQLite
        self.postgres = engine.dialect.name == "postgresql"
        # In memory there is one connection, and threads take turns at it.
        self._turn = threading.RLock() if shared else nullcontext()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One snapshot: everything read in it fits together."""
        options = {"isolation_level": "REPEATABLE READ"} if self.postgres else {}
        with plain(), self._turn, self.engine.execution_options(**options).begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """All or nothing. On SQLite the only writer there is (BEGIN IMMEDIATE), so that reading first is safe."""
        with plain(), self._turn, self.engine.execution_options(writes=True).begin() as connection:
            yield connection

    def shrink(self) -> None:
        """Gives some of an SQLite file's free pages back to the disk; the next time some more."""
        if self.path is None:
            return
        with plain():
            connection = sqlite3.connect(self.path, timeout=WAIT_SECONDS, isolation_level=None)
            try:
                # As a script: a single execute() frees one page and stops.
                connection.executescript(f"PRAGMA incremental_vacuum({_PAGES})")
            finally:
                connection.close()

    def close(self) -> None:
        self.engine.dispose()


def connect(url: str, *, wait_seconds: float = WAIT_SECONDS) -> Database:
    """Opens or creates the database. Raises StoreError saying what is wrong with the URL, file or server."""
    parsed = _parsed(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(parsed, wait_seconds)
    if parsed.get_backend_name() == "postgresql":
        return _postgres(parsed, wait_seconds)
    raise StoreError(f"cannot keep anything in {parsed.get_backend_name()!r}: use sqlite:/// or postgresql://")


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
        if parsed.drivername == "postgres":
            parsed = parsed.set(drivername="postgresql")
        if parsed.drivername == "postgresql":
            # Named, for what the bare word means differs between versions of SQLAlchemy.
            parsed = parsed.set(drivername="postgresql+psycopg")
        parsed.get_dialect()
    except (ArgumentError, NoSuchModuleError, ValueError) as error:
        # Not the text itself: it may hold a password.
        raise StoreError(
            "the database URL cannot be read: it looks like sqlite:///auditor.db or postgresql://user@host/name"
        ) from error
    return parsed


# --- SQLite ----------------------------------------------------------------------------------------------


def _sqlite(url: URL, wait_seconds: float) -> Database:
    memory = url.database in (None, "", ":memory:")
    path = None if memory else Path(os.path.realpath(str(url.database)))
    if path is not None:
        _create(path)
        url = url.set(database=str(path))
    pool: dict[str, Any] = {"poolclass": StaticPool} if memory else {}
    engine = create_engine(url, connect_args={"check_same_thread": False, "timeout": wait_seconds}, **pool)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    if path is not None:
        try:
            with plain():
                _use_wal(path, wait_seconds)
        except StoreError:
            engine.dispose()
            raise
    return Database(engine, path=path, shared=memory)


def _create(path: Path) -> None:
    """The file, readable by its owner only: it holds what an attacker would look for."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise StoreError(f"the database {path} cannot be opened: {error.strerror}") from error


def _use_wal(path: Path, wait_seconds: float) -> None:
    """Write-ahead logging, for good; space can be given back later only if that is said before the first table.

    Two processes that turn to it at the same time get "locked" at once, without the usual wait, so wait here.
    """
    until = time.monotonic() + wait_seconds
    connection = sqlite3.connect(path, timeout=wait_seconds, isolation_level=None)
    try:
        while True:
            try:
                if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
                    connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
                    connection.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > until:
                    raise
                time.sleep(0.02)
    finally:
        connection.close()


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # Transactions are ours to begin; the driver would begin them late and never IMMEDIATE.
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys = ON")
    # FULL, not NORMAL: an alert must not be sent for a change that a power cut then takes back.
    connection.execute("PRAGMA synchronous = FULL")


def _begin_sqlite(connection: Connection) -> None:
    # A deferred transaction that reads and then writes fails at once when another wrote in between,
    # whatever the timeout says; an immediate one waits its turn.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


# --- PostgreSQL ------------------------------------------------------------------------------------------


def _postgres(url: URL, wait_seconds: float) -> Database:
    try:
        engine = create_engine(url, pool_pre_ping=True, connect_args={"connect_timeout": 10})
    except ModuleNotFoundError as error:
        raise StoreError("PostgreSQL needs the extra: pip install 'reachability-auditor[postgres]'") from error
    wait_ms = max(1, int(wait_seconds * 1000))

    def begin_postgres(connection: Connection) -> None:
        if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = {wait_ms}")

    event.listen(engine, "begin", begin_postgres)
    return Database(engine, path=None, shared=False)
