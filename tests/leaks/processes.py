"""A process of ours: started with what it is given, awaited until it takes connections, ended with its block.

Must never outlive its starter: every process is told to end when that dies.
"""

import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

READY_SECONDS = 60.0  # Tomcat on a busy machine; a broken product is found out by its end
END_SECONDS = 10.0

Listens = Sequence[tuple[str, int]]


class NotReadyError(Exception):
    """A product did not come up, or ended by itself; with the end of its log."""


def eventually(condition: Callable[[], bool], what: str, seconds: float) -> None:
    """Waits until a condition holds. Raises NotReadyError when the time is over."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise NotReadyError(f"{what}: not within {seconds:g} s")
        time.sleep(0.01)


class Process:
    """One product that runs; `await_ready` returns once it takes connections everywhere it is to."""

    def __init__(
        self, name: str, argv: Sequence[str], home: Path, listens: Listens, environment: Mapping[str, str]
    ) -> None:
        self.name = name
        self._listens = list(listens)
        self._log = home / "output.log"
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", *argv],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=home,
                env={**os.environ, **environment},
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    def await_ready(self) -> None:
        eventually(self._up, f"{self.name} on {self._listens}\n{self.log()}", READY_SECONDS)

    def _up(self) -> bool:
        if self._process.poll() is not None:
            raise NotReadyError(f"{self.name} ended by itself:\n{self.log()}")
        while self._listens and _connects(*self._listens[0]):
            self._listens.pop(0)
        return not self._listens

    def log(self) -> str:
        return self._log.read_text(errors="replace")[-3000:]

    def stop(self) -> None:
        if self._process.poll() is None:
            self._process.terminate()
        try:
            self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _connects(address: str, port: int) -> bool:
    try:
        with socket.create_connection((address, port), 2):
            return True
    except OSError:
        return False


@contextmanager
def running(
    name: str, argv: Sequence[str], home: Path, listens: Listens, environment: Mapping[str, str] | None = None
) -> Iterator[Process]:
    """A process, started and not yet awaited, so that several come up side by side; ended with the block."""
    process = Process(name, argv, home, listens, environment or {})
    try:
        yield process
    finally:
        process.stop()
