"""What can go wrong with the store, in sentences for the person who has to put it right.

Must never show a URL with its password, nor the rows that were being written.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError


class StoreError(Exception):
    """The store cannot do what was asked; nothing of it was written. The message says what to look at."""


class AuditRunning(StoreError):
    """Another live process is at an audit of this database."""

    def __init__(self, since: datetime | None, pid: int | None, host: str | None) -> None:
        self.since, self.pid, self.host = since, pid, host
        began = f" since {since:%Y-%m-%d %H:%M:%S} UTC" if since else ""
        where = f" (process {pid} on {host})" if pid else ""
        super().__init__(f"another audit of this database is running{began}{where}")


class SchemaTooNew(StoreError):
    """The database was written by a later version of this program."""


#: What the driver says (lower case), or the SQLSTATE → what it means. First match wins.
_SENTENCES: tuple[tuple[str, str], ...] = (
    ("is locked", "the database is locked by another process; nothing was written"),
    ("55P03", "the database is locked by another session; nothing was written"),
    ("disk is full", "the disk of the database is full; nothing was written"),
    ("53100", "the disk of the database is full; nothing was written"),
    ("53300", "the database server has no connections left"),
    # While connecting there is no SQLSTATE, only the server's words; in another language the last line holds.
    ("password authentication failed", "the database server does not accept this user and password"),
    ("fatal:  role", "the database server does not know this user"),
    ("fatal:  database", "the database does not exist on the server, or may not be used: create it first"),
    ("42501", "the database user lacks a right this program needs; make it the owner of its schema"),
    ("25006", "the database is read-only"),
    ("unable to open database file", "the database file cannot be opened: look at its directory and rights"),
    ("readonly database", "the database file is read-only"),
    ("file is not a database", "the file is not a database of this program"),
    ("malformed", "the database file is damaged: restore it from a backup"),
    ("disk i/o error", "the disk of the database cannot be read or written"),
    ("connection", "the database server cannot be reached or hung up"),
)


@contextmanager
def plain() -> Iterator[None]:
    """Turns the database's own errors into StoreError; the original stays as its cause."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise StoreError(_sentence(error)) from error


def _sentence(error: Exception) -> str:
    origin = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    state = getattr(origin, "sqlstate", None)
    text = str(origin).lower()
    for mark, sentence in _SENTENCES:
        if mark == state or mark in text:
            return sentence
    if isinstance(error, IntegrityError):
        return "the database refused a row that is there already or belongs to nothing; nothing was written"
    first = (text.splitlines() or [""])[0][:200]
    return f"the database failed ({type(origin).__name__}: {first}); nothing was written"
