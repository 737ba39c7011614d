"""The words people write for amounts of time and for rates, and the names they give to things.

Must never guess a unit: a bare number is refused where a person could mean two things by it.
"""

import re
from collections.abc import Sequence
from datetime import timedelta
from difflib import get_close_matches
from typing import Annotated, Any
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, WithJsonSchema

from auditor.config.errors import Wrong

_DURATION = re.compile(
    r"(?:(?P<days>\d{1,9})d)?(?:(?P<hours>\d{1,9})h)?(?:(?P<minutes>\d{1,9})m)?"
    r"(?:(?P<seconds>\d{1,9})s)?(?:(?P<milliseconds>\d{1,9})ms)?",
    re.ASCII,
)
_RATE = re.compile(r"(?P<count>\d{1,9}(?:\.\d{1,3})?)/(?P<unit>[smh])", re.ASCII)
_RATE_SECONDS = {"s": 1, "m": 60, "h": 3600}
_LONGEST = timedelta(days=366)
_COMPARED = 600  # words a misspelt one is compared with; comparing is slow
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}", re.ASCII)
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)

#: For editors: names of things.
NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$"

#: For editors: what the words look like; a value with ${VAR} in it is known only when it is read.
DURATION_PATTERN = r"^(?=\d)(\d+d)?(\d+h)?(\d+m)?(\d+s)?(\d+ms)?$|\$\{"
RATE_PATTERN = r"^\d+(\.\d+)?/[smh]$|\$\{"


def meant(word: str, known: Sequence[str]) -> str | None:
    """The known word that a misspelt one was probably meant to be."""
    folded = {name.lower(): name for name in known[:_COMPARED]}
    found = get_close_matches(word[:64].lower(), folded, n=1, cutoff=0.6)
    return folded[found[0]] if found else None


def close_to(word: str, known: Sequence[str]) -> str | None:
    """The same as a question."""
    found = meant(word, known)
    return f"did you mean '{found}'?" if found else None


def duration(value: Any) -> Any:
    """`15m`, `1h30m`, `500ms` as a timedelta; a timedelta stays one. Raises Wrong."""
    if isinstance(value, timedelta):
        return value
    match = _DURATION.fullmatch(value) if isinstance(value, str) and value else None
    if match is None:
        raise Wrong("is not a duration", "write 500ms, 30s, 15m, 1h30m or 1d")
    try:
        length = timedelta(**{unit: int(count) for unit, count in match.groupdict(default="0").items()})
    except OverflowError:
        length = timedelta.max
    if not timedelta() < length <= _LONGEST:
        raise Wrong("is not a duration that can be waited for", "more than nothing, at most 366d")
    return length


def rate(value: Any, info: ValidationInfo) -> Any:
    """`20/s`, `600/m`, `90/h` as a number a second. In code, where units stand in names, a number will do."""
    if info.mode == "python" and isinstance(value, int | float) and value > 0:
        return float(value)
    match = _RATE.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise Wrong("is not a rate", "write 20/s, 600/m or 90/h")
    found = float(match["count"]) / _RATE_SECONDS[match["unit"]]
    if not found > 0:
        raise Wrong("would allow nothing at all", "write 20/s, 600/m or 90/h")
    return found


def seconds(value: Any) -> Any:
    """A number of seconds, or a duration; as a number of seconds."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise Wrong("is not a number of seconds", "write 5, 0.5 or 500ms")
    found = duration(value).total_seconds() if isinstance(value, str) else float(value)
    if not 0 < found <= _LONGEST.total_seconds():
        raise Wrong("is not a time that can be waited for", "more than 0, at most 366 days")
    return found


def interval(value: timedelta, info: ValidationInfo) -> timedelta:
    """A time between two audits: whole seconds, and in a file at least ten."""
    if info.mode == "json" and value < timedelta(seconds=10):
        raise Wrong("is too often", "at least 10s")
    if value.microseconds:
        raise Wrong("is not a whole number of seconds")
    return value


def time_zone(value: str) -> str:
    """The name of a time zone this machine knows."""
    if value == "UTC":  # known to us even where no zone data is installed
        return value
    try:
        ZoneInfo(value)
    except Exception:  # KeyError, ValueError or an OSError of the file behind the name, as the name has it
        known = close_to(value, sorted(available_timezones()))
        raise Wrong("is not a known time zone", known or "write UTC or a name such as Europe/Berlin") from None
    return value


def name(value: str) -> str:
    """What a vantage, gateway or service is called: safe in a key, a file name and a URL. Raises Wrong."""
    if not _NAME.fullmatch(value):
        raise Wrong(
            "is not a usable name", "letters, digits, '.', '_' and '-', at most 63, a letter or digit first"
        )
    return value


def variable(value: str) -> str:
    """The name of an environment variable."""
    if not _VARIABLE.fullmatch(value):
        raise Wrong("is not the name of an environment variable", "letters, digits and _, no digit first")
    return value


def label(value: str) -> str:
    """Text for people: an owner, an environment."""
    if not value.strip() or len(value) > 120 or not value.isprintable():
        raise Wrong("is not a usable label", "1 to 120 characters on one line")
    return value


def file_name(value: str) -> str:
    """A path in a file system."""
    if not value.strip() or "\0" in value:
        raise Wrong("is not a file name")
    return value


_DURATION_SCHEMA = {"type": "string", "pattern": DURATION_PATTERN, "examples": ["30s", "15m", "1h30m"]}

Duration = Annotated[timedelta, BeforeValidator(duration), WithJsonSchema(_DURATION_SCHEMA)]
Interval = Annotated[
    timedelta, AfterValidator(interval), BeforeValidator(duration), WithJsonSchema(_DURATION_SCHEMA)
]
Rate = Annotated[
    float,
    BeforeValidator(rate),
    WithJsonSchema({"type": "string", "pattern": RATE_PATTERN, "examples": ["20/s", "600/m"]}),
]
Seconds = Annotated[
    float,
    BeforeValidator(seconds),
    WithJsonSchema({"anyOf": [{"type": "number", "exclusiveMinimum": 0}, _DURATION_SCHEMA]}),
]
TimeZone = Annotated[str, AfterValidator(time_zone)]
Variable = Annotated[str, AfterValidator(variable)]
Label = Annotated[str, AfterValidator(label), Field(min_length=1)]
FileName = Annotated[str, AfterValidator(file_name)]
