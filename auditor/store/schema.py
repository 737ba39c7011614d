"""Brings a database to the schema of this program.

One look at one row when it is there already: the migration library is loaded only when there is work for it.
Must never touch a database that a later version has written.
"""

from sqlalchemy import Connection, func, inspect, select, text

from auditor.store.database import Database
from auditor.store.errors import SchemaTooNew

#: Revisions in order; the last is what this program speaks. A test compares them with the migrations.
REVISIONS: tuple[str, ...] = ("0001",)
HEAD = REVISIONS[-1]

#: Key of the advisory lock under which PostgreSQL is migrated ("AUDM").
_LOCK = 0x4155444D


def bring_up_to_date(database: Database) -> None:
    """Creates or migrates the tables, in one transaction. Raises SchemaTooNew, StoreError."""
    with database.reading() as connection:
        if _is_head(connection):
            return
    with database.writing() as connection:
        # Whoever comes second waits here, on SQLite at the transaction's start, and finds the work done.
        if database.postgres:
            connection.execute(select(func.pg_advisory_xact_lock(_LOCK, 0)))
        if not _is_head(connection):
            _migrate(connection)


def revision(connection: Connection) -> str | None:
    """The database's revision; None when it has no tables of ours."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return None if found is None else str(found)


def _is_head(connection: Connection) -> bool:
    found = revision(connection)
    if found is not None and found not in REVISIONS:
        raise SchemaTooNew(
            f"the database has schema {found!r}, this program knows up to {HEAD!r}: "
            "use the later version that wrote it, or another database"
        )
    return found == HEAD


def _migrate(connection: Connection) -> None:
    # 0.2 s to load; every start but the first does without.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "auditor.store:migrations")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
