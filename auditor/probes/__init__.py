"""Looking: one file per kind of probe, each read top to bottom.

Must never judge, and never let a failure of the prober pass for silence of the network.
"""

import logging
from time import monotonic
from typing import Protocol

from auditor.model import Observation, Outcome, Probe
from auditor.probes import delegation, dns, http, inventory, log, tcp, tls, transfer, walk
from auditor.probes.bound import Within
from auditor.probes.canary import NO_CANARIES, Canaries, canaries_of
from auditor.probes.eyes import Eyes
from auditor.probes.outcomes import Failure, failure_of
from auditor.probes.redact import printable

_log = logging.getLogger(__name__)

#: How far an exchange may overrun its bound before we no longer believe our own clock.
GRACE_SECONDS = 1.0


class Kind(Protocol):
    """A way of looking. It bounds itself by `eyes.limits.probe_seconds`, because only it knows the phase."""

    KIND: str

    async def look(self, probe: Probe, eyes: Eyes) -> Observation: ...


KINDS: tuple[Kind, ...] = (dns, http, tcp, tls, log, delegation, transfer, walk, inventory)

_BY_NAME = {kind.KIND: kind for kind in KINDS}


async def look(probe: Probe, eyes: Eyes) -> Observation:
    """Ask the probe's question once. Whatever happens is an observation; only cancellation passes through."""
    kind = _BY_NAME[probe.question.kind]
    started_at, started = eyes.now(), monotonic()
    bound = eyes.limits.probe_seconds + GRACE_SECONDS

    def prober_error(detail: str) -> Observation:
        return Observation(
            probe.id,
            eyes.name,
            started_at,
            monotonic() - started,
            Outcome.PROBER_ERROR,
            detail=printable(detail),
        )

    try:
        with Within(bound):
            seen = await kind.look(probe, eyes)
    except TimeoutError:
        return prober_error(f"the exchange was still not over after {bound:g} s")
    except Exception as error:
        _log.exception("a probe failed by our own fault", extra={"action": "probe.crashed", "probe": probe.id})
        return prober_error(f"{type(error).__name__}: {error}")
    if seen.outcome in _SILENCE and monotonic() - started > bound:
        # A process that was starved or suspended finds all its timers due at once: that is no silence of a target.
        return prober_error(f"the prober was stalled: {monotonic() - started:.1f} s instead of {bound:g} s")
    return seen


_SILENCE = frozenset({Outcome.TIMED_OUT, Outcome.DNS_TIMEOUT})

__all__ = ["KINDS", "NO_CANARIES", "Canaries", "Eyes", "Failure", "Kind", "canaries_of", "failure_of", "look"]
