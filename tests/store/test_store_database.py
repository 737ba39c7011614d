"""Opening, migrating, sharing and failing: what happens around the rows."""

import os
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import event, text
from stored_samples import NOON, SIDES, STEP, claim, judged, message, one_audit, probe, seen

from auditor.model import Plan
from auditor.store import SchemaTooNew, Store, StoreError
from auditor.store.database import connect
from auditor.store.schema import HEAD, REVISIONS
from auditor.store.tables import metadata


def test_the_migrations_make_the_tables(url: str) -> None:
    Store.open(url).close()
    database = connect(url)
    with database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    database.close()


def test_the_revisions_this_program_knows_are_those_of_its_migrations() -> None:
    config = Config()
    config.set_main_option("script_location", "auditor.store:migrations")
    config.set_main_option("path_separator", "os")
    scripts = ScriptDirectory.from_config(config)
    assert scripts.get_heads() == [HEAD]
    assert tuple(each.revision for each in scripts.walk_revisions())[::-1] == REVISIONS


def test_what_was_stored_is_there_when_it_is_opened_again(url: str) -> None:
    with Store.open(url) as store:
        one_audit(store, [judged("exposed")])
        first = store.load()
    with Store.open(url) as store:
        assert store.load() == first


def test_a_database_that_is_up_to_date_is_opened_without_the_migration_library(url: str) -> None:
    Store.open(url).close()
    code = f"""
import sys
from auditor.store import Store
Store.open({url!r}).close()
sys.exit(any(name.split('.')[0] == 'alembic' for name in sys.modules))
"""
    assert subprocess.run([sys.executable, "-W", "error", "-c", code], timeout=60).returncode == 0


def test_a_database_of_a_later_version_is_left_alone(url: str) -> None:
    Store.open(url).close()
    database = connect(url)
    with database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    database.close()
    with pytest.raises(SchemaTooNew, match="'9999'"):
        Store.open(url)


def test_many_may_open_a_new_database_at_once(url: str) -> None:
    code = f"from auditor.store import Store; Store.open({url!r}).close()"
    many = [subprocess.Popen([sys.executable, "-W", "error", "-c", code]) for _ in range(4)]
    assert [each.wait(timeout=60) for each in many] == [0, 0, 0, 0]
    with Store.open(url) as store:
        assert store.load() is None


def test_threads_may_share_a_store(url: str) -> None:
    with Store.open(url) as store:
        _write_from_threads(store)


def test_threads_may_share_a_store_in_memory() -> None:
    with Store.open("sqlite://") as store:
        _write_from_threads(store)


def _write_from_threads(store: Store) -> None:
    audit = store.begin(at=NOON, config_sha256="")
    probes = [probe(claim(f"/{n}")) for n in range(80)]
    with ThreadPoolExecutor(8) as threads:
        writes = [threads.submit(store.saw, audit, [seen(each)]) for each in probes]
        reads = [threads.submit(store.findings) for _ in range(8)]
        assert [each.result() for each in writes + reads] == [None] * 80 + [{}] * 8
    store.abandon(audit, "enough", NOON)
    record = store.load(audit.number)
    assert record is not None
    assert {each.probe for each in record.seen} == {each.id for each in probes}


def test_a_store_in_memory_does_all_of_it() -> None:
    with Store.open("sqlite:///:memory:") as store:
        one_audit(store, [judged("exposed")], messages=[message(1)])
        assert len(store.findings()) == 1
        with pytest.raises(StoreError):
            store.begin(at=NOON, config_sha256="") and store.begin(at=NOON, config_sha256="")


# --- SQLite ----------------------------------------------------------------------------------------------


def test_the_sqlite_file_is_the_owners_alone_and_syncs_every_commit(tmp_path: Path) -> None:
    path = tmp_path / "auditor.db"
    with Store.open(f"sqlite:///{path}") as store:
        store.abandon(store.begin(at=NOON, config_sha256=""), "enough", NOON)
        files = {each.name: stat.S_IMODE(each.stat().st_mode) for each in tmp_path.iterdir()}
        assert {"auditor.db", "auditor.db-wal", "auditor.db-audit.lock"} <= files.keys()
        assert set(files.values()) == {0o600}
        with store._database.reading() as connection:
            found = {
                name: connection.execute(text(f"PRAGMA {name}")).scalar()
                for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout", "auto_vacuum")
            }
    assert found == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 10_000,
        "auto_vacuum": 2,
    }


def test_two_names_of_one_file_are_one_database(tmp_path: Path) -> None:
    (tmp_path / "other.db").symlink_to(tmp_path / "auditor.db")
    with (
        Store.open(f"sqlite:///{tmp_path}/auditor.db") as store,
        Store.open(f"sqlite:///{tmp_path}/other.db") as other,
    ):
        store.begin(at=NOON, config_sha256="")
        with pytest.raises(StoreError, match="another audit"):
            other.begin(at=NOON, config_sha256="")


def test_a_reader_that_was_there_first_does_not_fail_a_writer(tmp_path: Path) -> None:
    with (
        Store.open(f"sqlite:///{tmp_path}/auditor.db", wait_seconds=0.2) as store,
        store._database.reading() as connection,
    ):
        connection.execute(text("SELECT * FROM audit")).all()
        one_audit(store, [judged("exposed")])
        # and it keeps on seeing what it saw first
        assert connection.execute(text("SELECT count(*) FROM audit")).scalar() == 0


# --- what goes wrong, said plainly -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("nonsense", "URL cannot be read"),
        ("mysql://user:hunter2@host/db", "cannot keep anything in 'mysql'|URL cannot be read"),
        ("oracle+nope://user:hunter2@host/db", "URL cannot be read"),
        ("sqlite:////nowhere/at/all/auditor.db", "No such file or directory"),
        ("postgresql://user:hunter2@/db?host=/nowhere", "cannot be reached"),
        ("postgres://user:hunter2@127.0.0.1:1/db", "cannot be reached"),
    ],
)
def test_a_database_that_cannot_be_opened(url: str, said: str) -> None:
    with pytest.raises(StoreError, match=said) as caught:
        Store.open(url)
    assert "hunter2" not in str(caught.value)


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "auditor.db"
    path.write_text("# notes\n" * 2000)
    with pytest.raises(StoreError, match="not a database"):
        Store.open(f"sqlite:///{path}")
    assert path.read_text().startswith("# notes")


@pytest.mark.parts
def test_a_database_the_server_does_not_have(postgres_url: str) -> None:
    with pytest.raises(StoreError, match="does not exist"):
        Store.open(postgres_url.replace("/postgres?", "/missing?"))


@contextmanager
def _locked(url: str) -> Iterator[None]:
    """Another process has the tables to itself."""
    if url.startswith("sqlite"):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            connection.close()
    else:
        database = connect(url)
        with database.writing() as server:
            server.execute(text("LOCK TABLE audit, outbox IN ACCESS EXCLUSIVE MODE"))
            yield
        database.close()


def test_a_locked_database_is_said_and_nothing_is_half_written(url: str) -> None:
    with Store.open(url, wait_seconds=0.1) as store:
        audit = store.begin(at=NOON, config_sha256="")
        with _locked(url):
            with pytest.raises(StoreError, match="locked by another"):
                store.saw(audit, [seen(probe(claim()))])
            with pytest.raises(StoreError, match="locked by another"):
                store.abandon(audit, "enough", NOON)
        # abandoning freed the lock though it could not be written, and the next audit says what became of it
        one_audit(store, [judged("closed")], at=NOON + STEP)
        left = store.load(audit.number)
        assert left is not None
        assert (left.seen, left.audit.complete) == ((), False)


def test_a_beginning_that_fails_does_not_keep_the_lock(url: str) -> None:
    with Store.open(url, wait_seconds=0.1) as store:
        with _locked(url), pytest.raises(StoreError, match="locked by another"):
            store.begin(at=NOON, config_sha256="")
        one_audit(store, [judged("closed")])


def test_a_writer_waits_for_another(url: str) -> None:
    with Store.open(url, wait_seconds=10) as store:
        audit = store.begin(at=NOON, config_sha256="")
        with ThreadPoolExecutor(1) as thread:
            with _locked(url):
                begun = threading.Event()

                def write() -> None:
                    begun.set()
                    store.saw(audit, [seen(probe(claim()))])

                waiting = thread.submit(write)
                assert begun.wait(5)
                assert not waiting.done()
            assert waiting.result(timeout=10) is None


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[tuple[Path, bool]]:
    """A directory on a disk of 1 MiB, and whether it really is one (that takes root)."""
    place = tmp_path / "small"
    place.mkdir()
    mounted = (
        os.geteuid() == 0
        and subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)], capture_output=True
        ).returncode
        == 0
    )
    yield place, mounted
    if mounted:
        subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_is_said_and_nothing_is_half_written(small_disk: tuple[Path, bool]) -> None:
    place, mounted = small_disk
    with Store.open(f"sqlite:///{place}/auditor.db") as store:
        if not mounted:
            event.listen(store._database.engine, "begin", lambda c: c.exec_driver_sql("PRAGMA max_page_count=150"))
        audit = store.begin(at=NOON, config_sha256="")
        batches = [[seen(probe(claim(f"/{b}/{n}")), shingles=300) for n in range(50)] for b in range(40)]
        kept = 0
        with pytest.raises(StoreError, match="disk of the database is full"):
            for batch in batches:
                store.saw(audit, batch)
                kept += 1
        assert kept > 0
        record = store.load(audit.number)
        assert record is not None
        assert [each.probe for each in record.seen] == [each.probe for b in batches[:kept] for each in b]
        with pytest.raises(StoreError, match="full"):
            store.plan(audit, Plan(SIDES, tuple(claim(f"/{n}" * 50) for n in range(3000)), ()))
        with store._database.reading() as connection:
            assert connection.execute(text("PRAGMA integrity_check")).scalar() == "ok"
            assert connection.execute(text("SELECT count(*) FROM claim")).scalar() == 0
