"""Names gathered from a file: each once, spelled as records spell them, those of other zones counted and left out.

Must never keep more than its bounds say, whatever the file holds, nor forget to say that it left something out.
"""

from collections.abc import Callable
from time import monotonic

from auditor.model import InventoryAnswer
from auditor.probes.dns_names import bare, below
from auditor.probes.dns_query import Query
from auditor.probes.redact import printable

MOST_NAMES = 20_000
MOST_NOTES = 10


class Full(Exception):
    """No more is read: a bound is reached. The message says which."""


class Collected:
    """What a file holds so far. `until` is a time of the monotonic clock."""

    def __init__(self, zones: tuple[str, ...], until: float, clock: Callable[[], float] = monotonic) -> None:
        self._zones = tuple(map(bare, zones))
        self._until, self._clock = until, clock
        self._names: set[str] = set()
        self._others: set[str] = set()
        self._notes: dict[str, None] = {}
        self._refused = 0
        self._whole = True

    @property
    def is_empty(self) -> bool:
        return not self._names and not self._others

    @property
    def notes(self) -> tuple[str, ...]:
        return tuple(self._notes)

    def add(self, name: str, line: int) -> None:
        """Take in a name as written in the file. Raises Full."""
        try:
            spelled = Query.of(name, "A").name
        except ValueError:
            self.refuse(line, f"{name} is no name")
            return
        kept = self._names if any(below(spelled, zone) for zone in self._zones) else self._others
        if spelled in kept:
            return
        if len(kept) < MOST_NAMES:
            kept.add(spelled)
        elif kept is self._names:
            raise Full(f"it holds more than {MOST_NAMES:,} names")

    def refuse(self, line: int, why: str) -> None:
        """Count an entry that cannot be read."""
        self._refused += 1
        self.note(f"line {line}: {why}")

    def note(self, what: str) -> None:
        if len(self._notes) < MOST_NOTES:
            self._notes[printable(what)] = None

    def incomplete(self, why: str) -> None:
        """Say that something was left out, and why: it always finds its place among the notes."""
        self._whole = False
        if len(self._notes) >= MOST_NOTES:
            self._notes.popitem()
        self._notes[printable(why)] = None

    def check_time(self) -> None:
        """Raises Full when there is none left."""
        if self._clock() > self._until:
            raise Full("there was no time left to read it to its end")

    def answer(self) -> InventoryAnswer:
        return InventoryAnswer(
            names=tuple(sorted(self._names)),
            others=len(self._others),
            refused=self._refused,
            whole=self._whole,
            notes=self.notes,
        )
