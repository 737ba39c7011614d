"""How far an audit is: a bar on a terminal, plain lines elsewhere; always on stderr.

Must never slow an audit down or end it.
"""

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from rich.progress import TaskID


class Lines:
    """One line a round, for cron and containers."""

    def __init__(self) -> None:
        self._name, self._planned, self._done = "", 0, 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def _end(self) -> None:
        if self._planned:
            print(f"{self._name}: {self._done} of {self._planned} probes accounted for", file=sys.stderr)
        self._planned = 0

    def round(self, name: str, planned: int) -> None:
        self._end()
        self._name, self._planned, self._done = name, planned, 0

    def seen(self, count: int) -> None:
        self._done += count


class Bar:
    """A rich progress bar, a row a round."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeElapsedColumn,
        )

        self._bar = Progress(
            TextColumn("{task.description:<10}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
            refresh_per_second=8,
        )
        self._row: TaskID | None = None

    def __enter__(self) -> Self:
        self._bar.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.__exit__(kind, error, trace)

    def round(self, name: str, planned: int) -> None:
        self._row = self._bar.add_task(name, total=planned) if planned else None

    def seen(self, count: int) -> None:
        if self._row is not None:
            self._bar.advance(self._row, count)


def watcher(quiet: bool) -> "Lines | Bar | Silent":
    if quiet:
        return Silent()
    return Bar() if sys.stderr.isatty() else Lines()


class Silent(Lines):
    """Says nothing."""

    def _end(self) -> None:
        self._planned = 0
