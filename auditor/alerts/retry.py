"""When a message that was not delivered is tried again. Pure.

Must never plan further ahead than the outbox believes (`store.outbox.FURTHEST`).
"""

import hashlib
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

#: Wait before attempt 2, 3, …; attempt 1 is at once. After the last, in three days and four hours, it is dead.
WAITS: tuple[timedelta, ...] = tuple(
    timedelta(seconds=each) for each in (5, 30, 120, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
)

ATTEMPTS = len(WAITS) + 1

#: The most a receiver may put us off by Retry-After.
PATIENCE = timedelta(hours=1)


def next_at(message: str, attempt: int, at: datetime, retry_after: timedelta | None) -> datetime | None:
    """When to try again after this attempt (from 1) failed; None: never."""
    if attempt >= ATTEMPTS:
        return None
    wait = WAITS[attempt - 1]
    wait += wait * _jitter(message, attempt)
    if retry_after is not None:
        wait = max(wait, min(retry_after, PATIENCE))
    return at + wait


def _jitter(message: str, attempt: int) -> float:
    """0 to 0.1, from the message itself: many that failed together do not come back together."""
    return hashlib.sha256(f"{message}.{attempt}".encode()).digest()[0] / 2550


def retry_after(value: str | None, at: datetime) -> timedelta | None:
    """Retry-After as seconds or as a date (RFC 9110 section 10.2.3); None when it says nothing we understand."""
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return timedelta(seconds=min(int(text[:9]), 10**8))
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    return max(timedelta(0), (date if date.tzinfo else date.replace(tzinfo=UTC)) - at)
