"""How far an exchange has come, kept while it runs: so that one cut short still tells what was seen.

Must never hold bytes of an answer, only counts.
"""

from time import perf_counter

from auditor.model import Outcome, Phase
from auditor.probes.outcomes import Failure


class Trace:
    """The phase an exchange is in, and the seconds it spent in each before."""

    __slots__ = ("_since", "body_bytes", "local_address", "note", "phase", "status", "timings")

    def __init__(self) -> None:
        self.phase = Phase.REQUEST
        self.timings: list[tuple[Phase, float]] = []
        self.status: int | None = None
        self.body_bytes = 0
        self.local_address: str | None = None
        self.note = ""
        self._since: float | None = None

    def enter(self, phase: Phase) -> None:
        """The exchange enters a phase; the one before is over."""
        now = perf_counter()
        if self._since is not None:
            self.timings.append((self.phase, now - self._since))
        self.phase = phase
        self._since = now

    def leave(self) -> None:
        """The phase is over."""
        if self._since is not None:
            self.timings.append((self.phase, perf_counter() - self._since))
            self._since = None

    def spent(self) -> float:
        """Seconds in the present phase so far."""
        return 0.0 if self._since is None else perf_counter() - self._since

    def failure(self, outcome: Outcome, words: str) -> Failure:
        """A failure in the present phase, with what was seen so far. `words` are our own, or printable."""
        if self.status is not None:
            words = f"{words}; status {self.status}, {self.body_bytes} body bytes"
        return Failure(outcome, self.phase, words)

    def timed_out(self) -> Failure:
        """The failure of an exchange whose time is up."""
        return self.failure(_TIMED_OUT.get(self.phase, Outcome.TIMED_OUT), "no time left")


_TIMED_OUT = {Phase.RESOLVE: Outcome.DNS_TIMEOUT, Phase.PROXY: Outcome.PROXY_FAILED}
