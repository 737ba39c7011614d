"""From a question's host to an exchange with one of its addresses: what http, tcp and tls have in common.

Must never touch an address that the vantage's own allow-list does not cover, and never call that a refusal.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from time import monotonic
from typing import Generic, TypeVar

from auditor.model import Answer, HttpQuestion, Observation, Outcome, Phase, Probe, TcpQuestion, TlsQuestion
from auditor.probes.bound import Within
from auditor.probes.eyes import Eyes
from auditor.probes.outcomes import ExchangeFailed, Failure
from auditor.probes.redact import printable
from auditor.probes.trace import Trace
from auditor.probes.wire import literal

Q = TypeVar("Q", HttpQuestion, TcpQuestion, TlsQuestion)

_NOT_CONNECTED = frozenset({Phase.CONNECT, Phase.PROXY})


@dataclass(frozen=True, slots=True)
class Exchange(Generic[Q]):
    """One try at one address."""

    probe: Probe
    question: Q
    eyes: Eyes
    address: str
    trace: Trace
    until: float  # the loop's time at which the whole exchange has to be over

    def seconds_left(self) -> float:
        return max(0.0, self.until - asyncio.get_running_loop().time())


async def reach(
    probe: Probe, question: Q, eyes: Eyes, talk: Callable[[Exchange[Q]], Awaitable[Answer]]
) -> Observation:
    """Talk to the first address of the question's host that connects, within the bound on one exchange.

    `talk` gives the answer or raises ExchangeFailed.
    """
    started_at, started = eyes.now(), monotonic()
    until = asyncio.get_running_loop().time() + eyes.limits.probe_seconds
    trace = Trace()
    address: str | None = None
    answer: Answer | None = None
    failure: Failure | None = None
    unseen: list[str] = []
    try:
        with Within(eyes.limits.probe_seconds):
            for candidate in await _addresses(question, eyes, trace):
                if not eyes.permits(question.host, candidate, question.port):
                    unseen.append(candidate)
                    continue
                address = candidate
                try:
                    answer = await talk(Exchange(probe, question, eyes, address, trace, until))
                    break
                except ExchangeFailed as error:
                    failure = error.failure
                    if failure.phase not in _NOT_CONNECTED:
                        break
    except ExchangeFailed as error:
        failure = error.failure
    except TimeoutError:
        failure = trace.timed_out()
    trace.leave()
    if answer is not None:
        failure = None
    elif unseen and (failure is None or failure.phase in _NOT_CONNECTED):
        # What was not tried may well be open, so that the silence of the others proves nothing.
        detail = printable(f"out of scope: {', '.join(unseen)} port {question.port}, for {question.host}")
        failure = Failure(Outcome.PROBER_ERROR, Phase.CONNECT, detail)
    return Observation(
        probe=probe.id,
        vantage=eyes.name,
        started_at=started_at,
        elapsed_seconds=monotonic() - started,
        outcome=failure.outcome if failure else Outcome.ANSWERED,
        phase=failure.phase if failure else None,
        detail=failure.detail if failure else trace.note,
        address=address,
        local_address=trace.local_address,
        timings=tuple((phase.value, seconds) for phase, seconds in trace.timings),
        answer=answer,
    )


async def _addresses(question: Q, eyes: Eyes, trace: Trace) -> tuple[str, ...]:
    address = question.address or literal(question.host)
    if address is not None:
        return (address,)
    trace.enter(Phase.RESOLVE)
    found = await eyes.resolve(question.host)
    trace.leave()
    if isinstance(found, Failure):
        raise ExchangeFailed(found)
    if not found:
        raise ExchangeFailed(Failure(Outcome.NODATA, Phase.RESOLVE, "no address"))
    return found


async def connected(exchange: Exchange[TcpQuestion] | Exchange[TlsQuestion]) -> socket.socket:
    """A connected socket. Raises ExchangeFailed."""
    eyes, trace = exchange.eyes, exchange.trace
    trace.enter(eyes.way_out)
    timeout = min(eyes.limits.connect_seconds, exchange.seconds_left())
    sock = await eyes.dial(exchange.address, exchange.question.port, timeout=timeout)
    trace.leave()
    if isinstance(sock, Failure):
        raise ExchangeFailed(sock)
    trace.local_address = str(sock.getsockname()[0])
    return sock
