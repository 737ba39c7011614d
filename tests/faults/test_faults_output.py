"""Nobody reads stdout, the terminal is gone, the folder of the report is not there: the audit and its code stand."""

import asyncio
import json
import os
import sys
from pathlib import Path

from fault_runs import PIPE, Site, remount, result, site, small_disk

from auditor.lab import Breakage


def broken_pipe() -> int:
    """The writing end of a pipe that nobody reads."""
    reading, writing = os.pipe()
    os.close(reading)
    return writing


def concluded(url: str) -> list[bool]:
    from auditor.store import Store

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
        said = await asyncio.gather(
            one("a pipe", "-q", out=broken_pipe()),
            one("a pipe for JSON", "-q", "--json", "-", out=broken_pipe()),
            one("stderr", err=broken_pipe()),
            one("stdout is closed", "-q", closed=(1,)),
            one("all is closed", closed=(0, 1, 2)),
            one("a full disk", "-q", "--json", "-", out=full),
        )
        assert said == ["", "", "", "", "", "stdout could not be written: No space left on device\n"]


async def test_where_the_report_goes(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 100) as disk:
        remount(disk, "ro")
        async with site(tmp_path, None, Breakage.DOCS_PUBLISHED) as found:
            new = tmp_path / "not" / "there" / "yet.html"
            done = await found.run("-q", "--report", new, "--json", tmp_path / "neither" / "this.json")
            assert (done.code, done.err) == (1, "")
            assert "/openapi.json" in new.read_text()
            assert json.loads((tmp_path / "neither" / "this.json").read_text())["findings"]

            # Even where the JSON has stdout for itself, what could not be written is said.
            done = await found.run("-q", "--report", disk / "report.html", "--json", "-")
            assert done.code == 1
            assert json.loads(done.out)["findings"]
            assert f"warning: {disk / 'report.html'} could not be written: Read-only file system\n" in done.err
            await _other_commands(found, disk)


async def _other_commands(found: Site, disk: Path) -> None:
    """A file that cannot be written is a sentence in every command that writes one."""
    found.edit("side: outside", "side: outside\n    by_file: true")
    for args, code, words in (
        (("observe", "--vantage", "internet", "--out", f"{disk}/seen"), 2, "seen could not be written: Read-only"),
        (("observe", "--vantage", "internet", "--out", "/dev/full"), 3, "to its end: No space left on device"),
        (("report", "--html", f"{disk}/x.html"), 3, "Read-only file system"),
        (("schema", "--out", f"{disk}/x.json"), 3, "Read-only file system"),
    ):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "auditor", *args, *(("-c", found.config) if args[0] != "schema" else ()),
            *(("--db", found.url) if args[0] == "report" else ()),
            cwd=found.folder, stdout=PIPE, stderr=PIPE,
        )  # fmt: skip
        done = await result(process)
        assert (done.code, words in done.err) == (code, True), (args, done)
