"""One round of probes: lanes run, and what a stop, a deadline or a crash leaves behind is accounted for.

Must never tell of a probe twice, nor end before it has told of all.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from auditor.model import Observation, Probe, Seen, Skip, SkipReason
from auditor.vantage.lanes import Lanes, Place
from auditor.vantage.pacing import Pacing

#: What probes in flight have to end in when we are told to stop.
GRACE_SECONDS = 1.0


class Round:
    """Runs once. `refusal` says why a probe must not be asked, `ask` asks it."""

    def __init__(
        self,
        vantage: str,
        probes: Sequence[Probe],
        seen: Callable[[Seen], None],
        *,
        pacing: Pacing,
        refusal: Callable[[Probe], Awaitable[str | None]],
        ask: Callable[[Probe], Awaitable[Observation | Skip]],
        width: int,
    ) -> None:
        self._vantage, self._probes, self._seen = vantage, probes, seen
        self._pacing, self._refusal, self._ask = pacing, refusal, ask
        self._lanes = Lanes(probes, self._one, self._going, width)
        self._told = bytearray(len(probes))
        self._waiting: set[asyncio.Task[Any] | None] = set()  # tasks whose probe has not gone out yet
        self._over: SkipReason | None = None

    async def run(self, stop: asyncio.Event, deadline: float | None) -> None:
        loop = asyncio.get_running_loop()
        work = loop.create_task(self._lanes.run(self._pacing.queue_of))
        alarm = loop.create_task(stop.wait())
        left = None if deadline is None else deadline - loop.time()
        if stop.is_set():
            self._over = SkipReason.INTERRUPTED
        elif left is not None and left <= 0:
            self._over = SkipReason.DEADLINE
        try:
            await asyncio.wait((work, alarm), timeout=left, return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                await self._end(work, SkipReason.INTERRUPTED if stop.is_set() else SkipReason.DEADLINE)
        finally:
            # Also when we are cancelled ourselves: nothing is left running, and everything is told.
            self._over = self._over or SkipReason.INTERRUPTED
            alarm.cancel()
            work.cancel()
            await asyncio.wait((work, alarm))
            failed = not work.cancelled() and work.exception() is not None
            if not failed:
                self._account()
        if failed:
            work.result()

    async def _end(self, work: "asyncio.Task[None]", reason: SkipReason) -> None:
        self._over = self._over or reason
        for task in self._waiting:
            if task is not None:
                task.cancel()
        if reason is SkipReason.INTERRUPTED:
            await asyncio.wait((work,), timeout=GRACE_SECONDS)

    def _going(self) -> bool:
        return self._over is None

    async def _one(self, place: Place) -> None:
        probe, task = self._probes[place], asyncio.current_task()
        self._waiting.add(task)
        try:
            refusal = await self._refusal(probe)
            if refusal is not None:
                self._tell(place, Skip(probe.id, self._vantage, SkipReason.OUT_OF_SCOPE, refusal))
                return
            async with self._pacing.slot(probe):
                self._waiting.discard(task)
                if self._going():
                    self._tell(place, await self._ask(probe))
        finally:
            self._waiting.discard(task)

    def _tell(self, place: Place, seen: Seen) -> None:
        self._told[place] = 1
        self._seen(seen)

    def _account(self) -> None:
        """Skip what was not asked, or not to the end."""
        reason = self._over or SkipReason.INTERRUPTED
        for place, told in enumerate(self._told):
            if not told:
                self._tell(place, Skip(self._probes[place].id, self._vantage, reason))
