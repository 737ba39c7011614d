"""Probes in their order: lanes side by side, in a lane one step after the other, in a step all together.

Must never have more tasks than there can be exchanges, however many probes there are.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from auditor.model import Probe

#: A place in the sequence of probes. Ids would do as well, if we wanted to trust that they are unique.
Place = int

Lane = list[Place]


def lanes_of(probes: Sequence[Probe]) -> list[Lane]:
    """The lanes in the order of their first probes, each in the order of its steps."""
    lanes: dict[str, Lane] = {}
    for place, probe in enumerate(probes):
        lanes.setdefault(probe.lane, []).append(place)
    for lane in lanes.values():
        lane.sort(key=lambda place: probes[place].step)
    return list(lanes.values())


def queues_of(
    lanes: Iterable[Lane], probes: Sequence[Probe], key: Callable[[Probe], Hashable]
) -> list[deque[Lane]]:
    """Lanes that wait for the same thing, together, so that none of them keeps the others from their turn."""
    queues: dict[Hashable, deque[Lane]] = {}
    for lane in lanes:
        queues.setdefault(key(probes[lane[0]]), deque()).append(lane)
    return list(queues.values())


@dataclass(frozen=True, slots=True)
class Lanes:
    """Runs `one` for every place while `going` says so; what is not run then is left alone."""

    probes: Sequence[Probe]
    one: Callable[[Place], Awaitable[None]]
    going: Callable[[], bool]
    width: int  # lanes of one queue that live at once, and probes of their steps

    async def run(self, key: Callable[[Probe], Hashable]) -> None:
        async with asyncio.TaskGroup() as group:
            for queue in queues_of(lanes_of(self.probes), self.probes, key):
                living = set(range(min(self.width, len(queue))))
                for number in tuple(living):
                    group.create_task(self._lanes(queue, living, number))

    async def _lanes(self, queue: deque[Lane], living: set[int], number: int) -> None:
        while queue and self.going():
            for _, step in groupby(queue.popleft(), key=lambda place: self.probes[place].step):
                if self.going():
                    # Lanes that live share the width, so that together they have no more tasks than exchanges.
                    await self._together(list(step), -(-self.width // len(living)))
        living.discard(number)

    async def _together(self, step: Lane, width: int) -> None:
        places = iter(step)
        if width == 1 or len(step) == 1:
            await self._each(places)
            return
        async with asyncio.TaskGroup() as group:
            for _ in range(min(width, len(step))):
                group.create_task(self._each(places))

    async def _each(self, places: Iterator[Place]) -> None:
        for place in places:
            if not self.going():
                return
            await self.one(place)
