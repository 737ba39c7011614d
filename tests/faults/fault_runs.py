"""`auditor` as processes on a lab and a database of their own, with a webhook and a gate to hold them at."""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TypeVar

import pytest
from audits import plainly
from commands import Ended, ended
from fault_hook import SECRET, Hook, hook

from auditor.alerts import Destination
from auditor.cli.shared import destinations
from auditor.config import load
from auditor.lab import Breakage, Company, company
from auditor.lab.http1 import Reply, Request, conversation
from auditor.lab.serving import Listener, loopback_socket
from auditor.store import Store

T = TypeVar("T")

#: Makes a new empty database of a name and gives its URL.
Databases = Callable[[str], str]

Process = asyncio.subprocess.Process
PIPE = asyncio.subprocess.PIPE


@dataclass
class Site:
    """What a run needs: a configuration in a folder, the lab it describes, the webhook it tells, a database."""

    folder: Path
    lab: Company
    hook: Hook
    url: str
    started: list[Process] = field(default_factory=list)

    @property
    def config(self) -> Path:
        return self.folder / "probes.yaml"

    @property
    def report(self) -> Path:
        return self.folder / "report.html"

    @property
    def destinations(self) -> tuple[Destination, ...]:
        """Where `auditor run` sends its alerts."""
        os.environ["HOOK_SECRET"] = SECRET
        return destinations(load(self.config, {}).config)

    def edit(self, old: str, new: str) -> None:
        text = self.config.read_text()
        assert old in text
        self.config.write_text(text.replace(old, new))

    async def start(
        self,
        *args: str | Path,
        db: str | None = None,
        out: int | IO[bytes] = PIPE,
        err: int | IO[bytes] = PIPE,
        before: Callable[[], object] | None = None,
    ) -> Process:
        """Starts a command, `run` unless told otherwise; `before` is called in the new process."""
        words = [str(each) for each in (args if args and args[0] in ("serve", "observe") else ("run", *args))]
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "auditor", *words, "-c", str(self.config), "--db", db or self.url,
            cwd=self.folder, env={**os.environ, "NO_COLOR": "1", "COLUMNS": "100", "HOOK_SECRET": SECRET},
            stdout=out, stderr=err, preexec_fn=before,
        )  # fmt: skip
        self.started.append(process)
        return process

    async def run(self, *args: str | Path, db: str | None = None) -> Ended:
        """To the end, and without a traceback."""
        return await result(await self.start(*args, db=db))

    def store(self) -> Store:
        return Store.open(self.url)


async def result(process: Process) -> Ended:
    done = await ended(process) if process.stdout and process.stderr else await _partly_seen(process)
    assert "Traceback" not in done.err, done.err
    return done


async def _partly_seen(process: Process) -> Ended:
    async with asyncio.timeout(60):
        out, err = await process.communicate()
    assert process.returncode is not None
    return Ended(process.returncode, (out or b"").decode(), (err or b"").decode())


@asynccontextmanager
async def site(
    folder: Path, url: str | None = None, *broken: Breakage, whole: bool = False
) -> AsyncIterator[Site]:
    """Without a URL the database is a file in the folder; unless `whole`, the first service alone is audited."""
    async with company(*broken, root=folder / "lab") as lab, hook() as there:
        found = Site(folder, lab, there, url or f"sqlite:///{folder / 'auditor.db'}")
        text = plainly(lab.configuration(database="sqlite:///not-this-one.db", report=found.report))
        if not whole:  # the first service has a name, paths and a port
            first, rest = text.split("\n  billing:\n")
            text = first + rest[rest.index("\n\nschedule:") :]
        found.config.write_text(text + there.alerts)
        try:
            yield found
        finally:  # what a test that failed leaves behind
            for each in found.started:
                if each.returncode is None:
                    each.kill()
                    await each.wait()


class Gate:
    """A known-public website that answers once the gate is open: a run that has got here waits."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self.open = asyncio.Event()

    async def answer(self, _request: Request) -> Reply:
        self.reached.set()
        await self.open.wait()
        return Reply(200, (("content-type", "text/plain"),), b"good day\n")


@asynccontextmanager
async def gated(found: Site) -> AsyncIterator[Gate]:
    """Every run of this site begins its audit, and then waits in it until the gate is opened."""
    gate = Gate()
    listener = Listener(loopback_socket(), conversation(gate.answer, lambda: Reply(400, ())))
    async with listener:
        found.edit(f"http://www.elsewhere.example:{found.lab.ports.site}/", f"http://127.0.0.1:{listener.port}/")
        found.edit("probe_seconds: 5", "probe_seconds: 60")
        yield gate


async def until(found: Callable[[], T], seconds: float = 60) -> T:
    """Waits for a condition that no event tells of."""
    async with asyncio.timeout(seconds):
        while True:
            if value := found():
                return value
            await asyncio.sleep(0.01)


@contextmanager
def small_disk(place: Path, kibibytes: int) -> Iterator[Path]:
    """A disk of its own; skips where the test may not mount one."""
    mount = shutil.which("mount")
    if os.geteuid() != 0 or mount is None:
        pytest.skip("mounting a small disk needs root")
    place.mkdir()
    done = subprocess.run(
        [mount, "-t", "tmpfs", "-o", f"size={kibibytes}k", "none", str(place)], capture_output=True, text=True
    )
    if done.returncode != 0:
        pytest.skip(f"this machine does not let root mount a small disk: {done.stderr.strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def remount(place: Path, how: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{how}", str(place)], check=True)


def fill(place: Path) -> Path:
    """Takes all the room there is; returns the file to delete."""
    filler = place / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (65_536, 4_096, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue
    return filler
