"""Nobody reads stdout, or the folder of the report is not there: the audit and its exit code stand."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from fault_hook import SECRET
from fault_runs import PIPE, Site, remount, result, site, small_disk

from auditor.lab import Breakage
from auditor.store import Store


def broken_pipe() -> int:
    """The writing end of a pipe that nobody reads."""
    reading, writing = os.pipe()
    os.close(reading)
    return writing


def concluded(url: str) -> list[bool]:
    with Store.open(url) as store:
        return [each.concluded for each in store.history().audits]


async def test_output_that_nobody_reads_changes_nothing(tmp_path: Path) -> None:
    async with site(tmp_path, None, Breakage.DOCS_PUBLISHED) as found:

        async def one(
            name: str, *args: str, out: int = PIPE, err: int = PIPE, closed: tuple[int, ...] = ()
        ) -> str:
            """Runs with this in the way of its output; returns what it could still say on stderr."""
            url = f"sqlite:///{tmp_path / name}.db"
            process = await found.start(
                *args, db=url, out=out, err=err, before=lambda: [os.close(each) for each in closed]
            )
            for each in (out, err):
                if each >= 0:
                    os.close(each)
            done = await result(process)
            assert (name, done.code, concluded(url)) == (name, 1, [True])
            return done.err

        full = os.open("/dev/full", os.O_WRONLY)
        nowhere = "/dev/full/report.html"  # and that is said, even where the JSON has stdout for itself
        said = await asyncio.gather(
            one("a pipe", "-q", "--json", "-", "--report", nowhere, out=broken_pipe()),
            one("stderr is a pipe", err=broken_pipe()),
            one("all is closed", closed=(0, 1, 2)),
            one("a full disk", "-q", out=full),
        )
        assert said == [
            f"a report could not be written\nwarning: {nowhere} could not be written: File exists\n",
            "",
            "",
            "stdout could not be written: No space left on device\n",
        ]


async def test_where_the_report_goes(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 100) as disk:
        remount(disk, "ro")
        async with site(tmp_path, None, Breakage.DOCS_PUBLISHED) as found:
            new = tmp_path / "not" / "there" / "yet.json"
            done = await found.run("-q", "--report", disk / "report.html", "--json", new)
            assert done.code == 1
            assert "/openapi.json" in done.out
            assert f"warning: {disk / 'report.html'} could not be written: Read-only file system\n" in done.err
            assert json.loads(new.read_text())["findings"]
            await _other_commands(found, disk)


async def _other_commands(found: Site, disk: Path) -> None:
    """A file that cannot be written is a sentence in every command that writes one."""
    found.edit("side: outside", "side: outside\n    by_file: true")
    seen = ("observe", "--vantage", "internet", "--out")
    await asyncio.gather(
        _says(found, 2, "seen could not be written: Read-only file system", *seen, f"{disk}/seen"),
        _says(found, 3, "/dev/full could not be written to its end: No space left on device", *seen, "/dev/full"),
        _says(found, 3, "Read-only file system", "report", "--html", f"{disk}/x.html", "--db", found.url),
    )


async def _says(found: Site, code: int, words: str, *args: str) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "auditor", *args, "-c", found.config,
        cwd=found.folder, env={**os.environ, "HOOK_SECRET": SECRET}, stdout=PIPE, stderr=PIPE,
    )  # fmt: skip
    done = await result(process)
    assert (done.code, words in done.err) == (code, True), (args, done)


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("c.app = lambda: {}['what nobody thought of']", "KeyError: 'what nobody thought of'"),
        ("c.app = lambda: open('/nowhere/at/all')", "/nowhere/at/all: No such file or directory"),
        ("import os; os.dup2(os.open('/dev/full', os.O_WRONLY), 1); c.app = lambda: print('x')", "No space left"),
    ],
    ids=["a fault of ours", "a file", "output that is lost"],
)
def test_whatever_goes_wrong_is_neither_clean_nor_a_finding(program: str, words: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", f"import auditor.cli as c; {program}; c.main()"], capture_output=True, text=True
    )
    assert done.returncode == 3
    assert words in done.stderr
