"""Rounds, medians and spreads. Must never turn a run with a wrong answer into a figure: that raises Void."""

import asyncio
import os
import platform
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path


class Void(Exception):
    """A run that did not do what it was to do; no figure comes of it."""


@dataclass(frozen=True)
class Run:
    """What one contestant did in one round."""

    done: int  # exchanges, every one of them checked
    seconds: float

    @property
    def rate(self) -> float:
        return self.done / self.seconds


def interleaved(contestants: Mapping[str, Callable[[], Run]], rounds: int) -> dict[str, list[Run]]:
    """Every contestant once a round, one at a time, in turning order, so that a slow minute hits all alike."""
    runs: dict[str, list[Run]] = {name: [] for name in contestants}
    names = list(contestants)
    for number in range(rounds):
        shift = number % len(names)
        for name in names[shift:] + names[:shift]:
            runs[name].append(contestants[name]())
            print(f"  round {number + 1}: {name} {runs[name][-1].rate:,.0f}/s", flush=True)
    return runs


def rate(runs: Sequence[Run]) -> str:
    rates = [run.rate for run in runs]
    return f"{statistics.median(rates):,.0f}/s ({min(rates):,.0f}–{max(rates):,.0f})"


def ratio(ours: Sequence[Run], theirs: Sequence[Run]) -> str:
    """Median over the rounds of the two rates of one round, divided."""
    ratios = [one.rate / other.rate for one, other in zip(ours, theirs, strict=True)]
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f}–{max(ratios):.2f})"


def machine() -> str:
    """The date and the machine, to stand beside every figure."""
    models = {line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")}
    cores = sum(1 for line in _lines("/proc/cpuinfo") if line.startswith("processor"))
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {cores} cores ({', '.join(sorted(models)) or 'unknown'}), "
        f"Linux {platform.release()}, Python {platform.python_version()}, "
        f"load over 15 minutes {os.getloadavg()[2]:.1f}"
    )


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines()


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop where it is installed, as the product does it; its absence is told, for it changes every figure."""
    try:
        import uvloop
    except ImportError:
        print("  without uvloop")
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory
