"""How fast an audit goes: one bound on everything, a rate and a number of exchanges for each gateway, a rate for
each DNS server, however it is spoken to. Shared by all vantages of one audit.

Must never let a probe through early, whatever the order in which they come.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from functools import lru_cache
from ipaddress import ip_address

from auditor.config import Config
from auditor.model import DelegationQuestion, DnsQuestion, Probe, TransferQuestion, WalkQuestion
from auditor.probes.resolvers import SYSTEM, is_address, parse, shown

#: Kinds that ask more than one question.
_OF_MANY = (DelegationQuestion, WalkQuestion)


@lru_cache(maxsize=1024)
def server_of(resolver: str) -> str:
    """Address and port of a resolver form: the same server is the same, whether asked over UDP or TCP."""
    if resolver == SYSTEM:
        return resolver
    try:
        server = parse(resolver)
    except ValueError:
        return resolver
    return _place(server.host, server.port)


def _place(host: str, port: int) -> str:
    return shown(str(ip_address(host)) if is_address(host) else host, port)


class Turnstile:
    """Lets at most rate × T + burst through in any T seconds, in the order in which they came.

    The burst is a tenth of a second's worth, at least one. `clock` is in seconds and only goes forward; `sleep`
    waits by the same clock.
    """

    def __init__(
        self,
        rate: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._interval = 1.0 / rate
        self._slack = (max(1.0, rate / 10.0) - 1.0) * self._interval
        self._due = float("-inf")  # when the next one would pass if all came evenly
        self._clock, self._sleep = clock, sleep
        self._line = asyncio.Lock()
        self._turn = asyncio.Lock()

    async def through(self, door: asyncio.Semaphore, *, ahead: bool = False) -> None:
        """Wait to be next and due, then for the door; it is the caller's to release.

        The door is waited for at the turnstile: otherwise those let through one by one would pile up before it
        and go out together. `ahead` of those in line is who asks one question after the other, and has a bound on
        all of them.
        """
        if ahead:
            await self._pass(door)
            return
        async with self._line:
            await self._pass(door)

    async def _pass(self, door: asyncio.Semaphore) -> None:
        async with self._turn:
            while (wait := self._due - self._slack - self._clock()) > 0:
                await self._sleep(wait)
            await door.acquire()
            self._due = max(self._due, self._clock()) + self._interval


class Slot:
    """A probe's place among the exchanges of now, as a context."""

    __slots__ = ("_ahead", "_everything", "_places", "_turnstile")

    def __init__(
        self,
        everything: asyncio.Semaphore,
        turnstile: Turnstile | None,
        places: asyncio.Semaphore | None,
        *,
        ahead: bool = False,
    ) -> None:
        self._everything, self._turnstile, self._places = everything, turnstile, places
        self._ahead = ahead

    async def __aenter__(self) -> None:
        places = self._places
        if places is not None:
            await places.acquire()
        try:
            if self._turnstile is None:
                await self._everything.acquire()
            else:
                await self._turnstile.through(self._everything, ahead=self._ahead)
        except BaseException:
            if places is not None:
                places.release()
            raise

    async def __aexit__(self, *_: object) -> None:
        self._everything.release()
        if self._places is not None:
            self._places.release()


class Pacing:
    """The bounds of one audit, as the configuration has them. Belongs to one event loop."""

    def __init__(
        self,
        config: Config,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._clock, self._sleep = clock, sleep
        self._everything = asyncio.Semaphore(config.limits.concurrency)
        self._resolver_rate = config.limits.resolver_rate
        self._resolvers: dict[str, Turnstile] = {}
        self._gateways = {
            name: (self._turnstile(gateway.rate), asyncio.Semaphore(gateway.concurrency))
            for name, gateway in config.gateways.items()
        }

    def slot(self, probe: Probe) -> AbstractAsyncContextManager[None]:
        """Wait until this probe may go out, and hold its place until it is over.

        A probe that asks several servers, or one several times, has no place of its own: each of its questions
        waits for its `turn`.
        """
        if isinstance(probe.question, _OF_MANY):
            return nullcontext()
        return Slot(self._everything, *self._bounds(probe))

    def turn(self, address: str, port: int) -> AbstractAsyncContextManager[None]:
        """The same for one question to one DNS server."""
        return Slot(self._everything, self._resolver(_place(address, port)), None, ahead=True)

    def queue_of(self, probe: Probe) -> tuple[str, str]:
        """Probes with equal queues wait for the same turnstile, or for none."""
        if probe.paced_by is not None:
            return "gateway", probe.paced_by
        question = probe.question
        if isinstance(question, DnsQuestion):
            return "resolver", server_of(question.resolver)
        if isinstance(question, TransferQuestion):
            return "resolver", server_of(question.server)
        if isinstance(question, WalkQuestion):
            return "walk", server_of(question.server)
        return (question.kind, "") if isinstance(question, DelegationQuestion) else ("", "")

    def _bounds(self, probe: Probe) -> tuple[Turnstile | None, asyncio.Semaphore | None]:
        kind, name = self.queue_of(probe)
        if kind == "gateway":
            return self._gateways[name]
        if kind == "resolver":
            return self._resolver(name), None
        return None, None

    def _resolver(self, name: str) -> Turnstile:
        if name not in self._resolvers:
            self._resolvers[name] = self._turnstile(self._resolver_rate)
        return self._resolvers[name]

    def _turnstile(self, rate: float) -> Turnstile:
        return Turnstile(rate, clock=self._clock, sleep=self._sleep)
