"""Empties the outbox: takes what is due, posts it, records what came of it.

At least once, always under the same id. Must never hold a database transaction while it waits for a receiver.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import httpx

from auditor.alerts.destinations import Destination
from auditor.alerts.retry import next_at
from auditor.alerts.webhook import Reply, post
from auditor.store import Claimed, Store

log = logging.getLogger(__name__)

TIMEOUT_SECONDS = 15.0

#: Beyond the timeout, for the store to record what happened.
GRACE = timedelta(seconds=45)


@dataclass(frozen=True, slots=True)
class Delivery:
    """What one pass over the outbox came to."""

    sent: int
    failed: int  # attempts that failed in this pass
    pending: int  # messages that still wait, for any destination
    dead: int  # messages given up, in this pass or before


def open_client() -> httpx.AsyncClient:
    """A client of its own for alerts: no proxy or certificate of the environment, nothing followed.

    httpx logs the URL of every request at INFO, and a webhook's URL is often a secret: that is turned off here.
    """
    logging.getLogger("httpx").setLevel(logging.WARNING)
    return httpx.AsyncClient(trust_env=False, follow_redirects=False, timeout=TIMEOUT_SECONDS)


async def deliver(
    store: Store,
    destinations: Sequence[Destination],
    *,
    now: Callable[[], datetime],
    client: httpx.AsyncClient,
    stop: asyncio.Event,
    timeout_seconds: float = TIMEOUT_SECONDS,
) -> Delivery:
    """One pass over what is due now; what fails waits for a later pass. Destinations side by side.

    Two processes may do this at once: a message is posted by the one that holds its lease. Raises StoreError.
    """
    due = now()
    for destination in destinations:
        if destination.secret is None:
            log.warning("alerts to %s are not signed: no secret is configured", destination.key)
    passes = (_One(store, each, now, client, timeout_seconds).empty(due, stop) for each in destinations)
    # All come to an end before an error of the store is raised: nothing goes on behind the caller's back.
    ended = await asyncio.gather(*passes, return_exceptions=True)
    for each in ended:
        if isinstance(each, BaseException):
            raise each
    done = [each for each in ended if not isinstance(each, BaseException)]
    counts = await asyncio.to_thread(store.outbox_counts)
    return Delivery(sum(s for s, _ in done), sum(f for _, f in done), counts.pending, counts.dead)


@dataclass(frozen=True)
class _One:
    """One destination's part of a pass."""

    store: Store
    destination: Destination
    now: Callable[[], datetime]
    client: httpx.AsyncClient
    timeout_seconds: float

    async def empty(self, due: datetime, stop: asyncio.Event) -> tuple[int, int]:
        """(sent, failed). Ends when nothing more is due, or when the receiver cannot be reached at all."""
        sent = failed = 0
        lease = timedelta(seconds=self.timeout_seconds) + GRACE
        while not stop.is_set():
            claimed = await asyncio.to_thread(
                self.store.claim, self.destination.key, at=self.now(), due=due, lease=lease
            )
            if claimed is None:
                break
            reply = await post(
                self.client,
                self.destination,
                claimed.message,
                at=self.now(),
                timeout_seconds=self.timeout_seconds,
            )
            await asyncio.to_thread(self._record, claimed, reply)
            sent += reply.delivered
            failed += not reply.delivered
            if reply.busy:
                break
        return sent, failed

    def _record(self, claimed: Claimed, reply: Reply) -> None:
        at = self.now()
        if reply.delivered and reply.status is not None:
            self.store.delivered(claimed, at=at, status=reply.status)
            return
        again = None if reply.gone else next_at(claimed.message.id, claimed.attempt, at, reply.retry_after)
        self.store.failed(claimed, at=at, status=reply.status, error=reply.error, next_at=again)
        level = logging.WARNING if again else logging.ERROR
        log.log(
            level,
            "alert %s to %s, attempt %d: %s; %s",
            claimed.message.id,
            claimed.message.destination,
            claimed.attempt,
            reply.error,
            f"again at {again:%Y-%m-%d %H:%M:%S} UTC" if again else "given up",
        )
