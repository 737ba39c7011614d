"""Names to addresses, at the vantage's own resolvers and nowhere else.

Must never take trouble for absence: a resolver that fails is passed over, and when all fail so does the name.
"""

import asyncio
from weakref import WeakKeyDictionary

from auditor.model import Outcome, Phase
from auditor.probes.dns_asking import addresses_at
from auditor.probes.eyes import Eyes
from auditor.probes.outcomes import Failure

#: What needs no second opinion.
_DECISIVE = frozenset({Outcome.NXDOMAIN, Outcome.NODATA})

Resolved = tuple[str, ...] | Failure


async def resolve(host: str, eyes: Eyes) -> Resolved:
    """A and AAAA of a host from the first resolver that is decisive: data, NXDOMAIN, or neither family has data.

    Remembered for the life of the Eyes, that is for one audit; who asks meanwhile waits for the same answer.
    A failure's phase is RESOLVE.
    """
    known = _known.setdefault(eyes, {})
    name = host.rstrip(".").lower()
    while (asked := known.get(name)) is not None:
        if asked.done() and not asked.cancelled():
            return asked.result()
        # Wait for whoever asks; when they are cancelled, the next one in line asks again.
        await asyncio.wait((asked,))
        if known.get(name) is asked and asked.cancelled():
            del known[name]
    mine: asyncio.Future[Resolved] = asyncio.get_running_loop().create_future()
    known[name] = mine
    try:
        mine.set_result(await _first_decisive(name, eyes))
    finally:
        mine.cancel()  # does nothing to one that has its result
    return mine.result()


_known: WeakKeyDictionary[Eyes, dict[str, asyncio.Future[Resolved]]] = WeakKeyDictionary()


async def _first_decisive(host: str, eyes: Eyes) -> Resolved:
    found: Resolved = Failure(Outcome.PROBER_ERROR, Phase.RESOLVE, "this vantage has no resolver")
    # One that is silent must leave time for the next, and for what the address is wanted for.
    seconds = eyes.limits.probe_seconds / (len(eyes.resolvers) + 1) if len(eyes.resolvers) > 1 else None
    for resolver in eyes.resolvers:
        found = await addresses_at(resolver, host, eyes, seconds)
        if not isinstance(found, Failure) or found.outcome in _DECISIVE:
            break
    return found
