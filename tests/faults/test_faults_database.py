"""A database that is in the way: damaged, locked, full, too new. One sentence, exit 3, nothing half-written."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from audits import Clock, Watch, audited, configured, database
from fault_runs import Databases, fill, remount, result, site, small_disk, until

from auditor.lab import Breakage, company
from auditor.model import Verdict
from auditor.store import Store, StoreError

DIED = "the process ended before it had concluded"
FULL = "the disk of the database is full; nothing was written"

# --- what is not a database of this program ---------------------------------------------------------------


def _text(path: Path) -> None:
    path.write_text("this is a letter, not a database\n" * 200)


def _directory(path: Path) -> None:
    path.mkdir()


def _too_new(path: Path) -> None:
    Store.open(f"sqlite:///{path}").close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()


def _damaged(path: Path) -> None:
    """Junk from the second page on."""
    Store.open(f"sqlite:///{path}").close()
    data = path.read_bytes()
    path.write_bytes(data[:4096] + b"\xa5" * (len(data) - 4096))


BAD: tuple[tuple[Callable[[Path], None], str], ...] = (
    (_text, "the file is not a database of this program"),
    (_directory, "cannot be opened: Is a directory"),
    (_too_new, "the database has schema '9999', this program knows up to"),
    (_damaged, "the database file is damaged: restore it from a backup"),
)


@pytest.mark.parametrize(("make", "words"), BAD, ids=[make.__name__.strip("_") for make, _ in BAD])
def test_a_file_that_is_no_database_of_ours_is_a_sentence_and_stays_as_it_is(
    tmp_path: Path, make: Callable[[Path], None], words: str
) -> None:
    path = tmp_path / "audits.db"
    make(path)
    before = None if path.is_dir() else path.read_bytes()
    with pytest.raises(StoreError, match=words):
        Store.open(f"sqlite:///{path}")
    assert (None if path.is_dir() else path.read_bytes()) == before


# --- a disk of its own ------------------------------------------------------------------------------------


async def test_a_disk_that_fills_while_it_looks_is_a_sentence_and_the_next_run_works(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 4096) as disk:
        async with site(tmp_path, f"sqlite:///{disk / 'auditor.db'}") as found:
            process = await found.start("-q")
            await until(lambda: found.lab.witness)
            filler = fill(disk)
            done = await result(process)
            assert (done.code, done.out, done.err) == (3, "", f"database: {FULL}\n")
            filler.unlink()
            assert (await found.run("-q")).code == 0
            with found.store() as store:
                first, second = store.history().audits
                assert (first.concluded, first.audit.complete, second.audit.complete) == (False, False, True)


def test_a_disk_that_is_full_or_read_only_from_the_start_is_a_sentence(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 4096) as disk:
        filler = fill(disk)
        with pytest.raises(StoreError, match=FULL):
            Store.open(database(disk))
        filler.unlink()
        Store.open(database(disk)).close()
        remount(disk, "ro")
        with pytest.raises(StoreError, match="cannot be opened: Read-only file system"):
            Store.open(database(disk))


@pytest.mark.parametrize("moment", ["main", "judging"])
async def test_a_disk_that_fills_in_the_middle_loses_nothing_that_was_there(tmp_path: Path, moment: str) -> None:
    """Also at the very end, where everything an audit comes to is one transaction."""
    clock = Clock()
    with small_disk(tmp_path / "disk", 8192) as disk:
        async with company(root=tmp_path / "lab") as lab:
            config = configured(lab)
            with Store.open(database(disk)) as store:
                await audited(config, store, clock=clock)
                await lab.inflict(Breakage.DOCS_PUBLISHED)
                filler: list[Path] = []
                with pytest.raises(StoreError, match=FULL):
                    await audited(config, store, clock=clock, watch=At(moment, lambda: filler.append(fill(disk))))
                assert store.findings() == {}
                filler[0].unlink()
                record = await audited(config, store, clock=clock)
                assert (record.audit.number, len(record.changes), record.baseline) == (3, 2, False)
                cut = store.history().audits[1]
                assert (cut.concluded, cut.audit.complete) == (False, False)
        assert {j.verdict for j in record.judgements} == {Verdict.CLOSED, Verdict.EXPOSED, Verdict.OPEN}


# --- somebody else has it ---------------------------------------------------------------------------------


class At(Watch):
    """Does something when an audit gets to a round."""

    def __init__(self, moment: str, act: Callable[[], object]) -> None:
        super().__init__()
        self.moment, self.act = moment, act

    def round(self, name: str, planned: int) -> None:
        super().round(name, planned)
        if name == self.moment:
            self.act()


@contextmanager
def _held(url: str) -> Iterator[None]:
    """Nobody else may write."""
    if url.startswith("sqlite"):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            connection.close()
        return
    with psycopg.connect(url) as server:
        server.execute("LOCK TABLE audit, probe, observation IN EXCLUSIVE MODE")
        yield


@pytest.mark.parametrize("moment", ["main", "judging"])
async def test_locked_in_the_middle_is_one_error_and_the_next_audit_works(
    tmp_path: Path, databases: Databases, moment: str
) -> None:
    url = databases("locked")
    async with company(Breakage.DOCS_PUBLISHED, root=tmp_path / "lab") as lab:
        config = configured(lab)
        with Store.open(url, wait_seconds=0.2) as store:
            held = _held(url)
            with pytest.raises(StoreError, match=r"is locked by another (process|session); nothing was written"):
                await audited(config, store, watch=At(moment, held.__enter__))
            held.__exit__(None, None, None)
            assert store.findings() == {}
            record = await audited(config, store)
            assert (record.audit.number, record.audit.complete, len(record.changes)) == (2, True, 2)
            assert store.history().audits[0].audit.incomplete_because == DIED


@pytest.mark.parts
async def test_the_server_hangs_up_in_the_middle(tmp_path: Path, postgres_database: str) -> None:
    """All connections are cut, that of the lock as well: the audit ends well or with one error, never half."""
    url = postgres_database

    def cut() -> None:
        with psycopg.connect(url, autocommit=True) as server:
            told = server.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            assert len(told.fetchall()) >= 1

    async with company(Breakage.DOCS_PUBLISHED, root=tmp_path / "lab") as lab:
        config = configured(lab)
        with Store.open(url) as store:
            for number, moment in enumerate(("opening", "main", "judging"), 1):
                ended = None
                try:
                    ended = await audited(config, store, watch=At(moment, cut))
                except StoreError as error:
                    assert "cannot be reached or hung up" in str(error)
                past = store.history().audits[-1]
                assert past.audit.number == number
                assert past.concluded is (ended is not None)
            record = await audited(config, store)
            assert record.audit.complete
            assert len(store.changes()) == 2
