"""One audit at a time on one database, over all processes and hosts that share it.

Held by the kernel or the server for as long as the holder lives, so that a killed process leaves nothing behind.
Must never be a row or a file that someone has to delete.
"""

import contextlib
import fcntl
import os
import threading
from pathlib import Path
from typing import Protocol

from sqlalchemy import ColumnElement, Connection, Engine, Integer, func, select
from sqlalchemy.exc import SQLAlchemyError

from auditor.store.database import Database
from auditor.store.errors import StoreError, plain

#: First half of the advisory lock's key ("AUDI"); the second is the schema's name, hashed by the server.
_SPACE = 0x41554449


class RunLock(Protocol):
    def take(self) -> bool:
        """True when it is ours now; False when somebody has it, this process included."""

    def free(self) -> None:
        """Gives it back; nothing when it is not ours."""


def run_lock(database: Database) -> RunLock:
    if database.postgres:
        return ServerLock(database.engine)
    if database.path is not None:
        return FileLock(database.path.with_name(database.path.name + "-audit.lock"))
    return MemoryLock()


class FileLock:
    """flock(2) on a file beside the database: belongs to this open file, not to the process, and ends with it.

    The file stays when the lock is free: deleting it would let two processes lock two files of one name.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

    def take(self) -> bool:
        if self._file is not None:
            return False
        try:
            file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StoreError(f"{self._path} cannot be opened: {error.strerror}") from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            return False
        except OSError as error:
            os.close(file)
            raise StoreError(f"{self._path} cannot be locked: {error.strerror}") from error
        self._file = file
        return True

    def free(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


class MemoryLock:
    """A database in memory has one process only."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def take(self) -> bool:
        return self._lock.acquire(blocking=False)

    def free(self) -> None:
        if self._lock.locked():
            self._lock.release()


class ServerLock:
    """A session's advisory lock, on a connection that does nothing else."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._session: Connection | None = None

    def take(self) -> bool:
        if self._session is not None:
            return False
        with plain():
            # AUTOCOMMIT: a transaction left open for the length of an audit would hold up the server's vacuum.
            session = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            try:
                mine = session.scalar(select(func.pg_try_advisory_lock(_SPACE, _schema())))
            except BaseException:
                session.close()
                raise
        if not mine:
            session.close()
            return False
        self._session = session
        return True

    def free(self) -> None:
        session, self._session = self._session, None
        if session is None:
            return
        # Unlocked by name, for a server ends a session a moment after its client has left; and then not back into
        # the pool, for with the session the lock is gone whatever state it was in.
        with contextlib.suppress(SQLAlchemyError):
            session.scalar(select(func.pg_advisory_unlock(_SPACE, _schema())))
        session.invalidate()
        session.close()


def _schema() -> ColumnElement[int]:
    return func.hashtext(func.current_schema(), type_=Integer)
