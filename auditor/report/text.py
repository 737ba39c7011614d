"""Text as people read it: visible escapes, clipping, numbers, ages, plurals.

Must never let a character through that draws nothing, moves the cursor or turns the line around.
"""

import re
from datetime import datetime, timedelta

#: Controls, bidirectional and zero-width characters, fillers, tags and lone surrogates: what a page or a
#: terminal obeys instead of showing. Tab and line feed are kept here and only escaped by `one_line`.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u2028-\u202e\u2060-\u206f\u3164\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    "\ud800-\udfff\U000e0000-\U000e0fff]"
)

_WORDS = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten")


def _escaped(match: re.Match[str]) -> str:
    point = ord(match.group())
    if point < 0x100:
        return f"\\x{point:02x}"
    return f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"


def printable(text: str) -> str:
    """The text with every unseen character as a visible escape; line feeds and tabs stay."""
    return _UNSEEN.sub(_escaped, text)


def one_line(text: str, limit: int = 400) -> str:
    """The text on one line, clipped, for a terminal or a table cell."""
    return printable(clip(text, limit)).replace("\n", "\\n").replace("\t", "\\t")


def hidden(text: str) -> bool:
    """Whether the text holds anything that is not shown as it stands, line breaks and tabs included."""
    return bool(_UNSEEN.search(text)) or "\n" in text or "\t" in text


def clip(text: str, limit: int) -> str:
    """At most `limit` characters; says how long the whole was when it was longer."""
    if len(text) <= limit:
        return text
    return f"{text[:limit]}… ({number(len(text))} characters)"


def number(value: int) -> str:
    return f"{value:,}"


def plural(count: int, one: str, many: str | None = None) -> str:
    """`1 name`, `2 names`."""
    return f"{number(count)} {one if count == 1 else many or one + 's'}"


def count_word(count: int) -> str:
    """`Two`, but `11`: the way a sentence starts."""
    return _WORDS[count] if count < len(_WORDS) else number(count)


def percent(share: float) -> str:
    """A share as `87.5%`; rounded down, so that 100% is only said when it is the whole."""
    tenths = int(share * 1000 + 1e-9)
    whole, rest = divmod(tenths, 10)
    return f"{whole}%" if rest == 0 else f"{whole}.{rest}%"


def age(span: timedelta) -> str:
    """A span in its two largest units: `2 min`, `20 h`, `6 d 4 h`, `23 d`."""
    minutes = max(0, int(span.total_seconds()) // 60)
    if minutes < 1:
        return "under 1 min"
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes} min" if minutes and hours < 10 else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if hours and days < 10 else f"{days} d"


def iso(at: datetime) -> str:
    """RFC 3339 in UTC, to the millisecond, with a Z."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def short_hash(value: str) -> str:
    """`9f2c41d0…a71e`, enough to compare by eye."""
    return value if len(value) <= 16 else f"{value[:8]}…{value[-4:]}"
