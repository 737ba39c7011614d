"""Cron expressions: five fields, read as crontab(5) reads them, given to the scheduler in its own words.

Must never hand a numeric day of week on: the scheduler counts from Monday = 0 and crontab from Sunday = 0,
so that a copied line would fire a day late without a word.
"""

import re
from typing import Annotated, Final

from pydantic import AfterValidator

from auditor.config.errors import Wrong

_DAYS: Final = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_DAYS: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_LONGEST: Final = 256

#: Field, lowest and highest value, and the words that may stand for numbers.
_FIELDS: Final[tuple[tuple[str, int, int, dict[str, int]], ...]] = (
    ("minute", 0, 59, {}),
    ("hour", 0, 23, {}),
    ("day", 1, 31, {}),
    ("month", 1, 12, {month: place for place, month in enumerate(_MONTHS, 1)}),
    ("day_of_week", 0, 7, {day: place for place, day in enumerate(_DAYS)}),
)
_PART: Final = re.compile(r"(?P<first>\*|\w+)(?:-(?P<last>\w+))?(?:/(?P<step>\d{1,2}))?", re.ASCII)
_SAID: Final = {"day": "day of month", "day_of_week": "day of week"}


def cron_fields(expression: str) -> dict[str, str]:
    """The five fields by the scheduler's names, every number spelt out and days of the week as words.

    >>> cron_fields("30 2 * * 0")["day_of_week"]
    'sun'

    Raises Wrong (a ValueError) where crontab(5) and the scheduler would not mean the same, or nothing ever fires.
    """
    texts = expression.split()
    if len(texts) != len(_FIELDS) or len(expression) > _LONGEST:
        raise Wrong("is not a cron expression", "five fields: minute hour day month weekday")
    values = {spec[0]: _values(text.lower(), *spec) for text, spec in zip(texts, _FIELDS, strict=True)}
    if not texts[2].startswith("*") and not texts[4].startswith("*"):
        raise Wrong("restricts both the day of month and the day of week", "cron would take either day: use one")
    if min(values["day"]) > max(_MONTH_DAYS[month - 1] for month in values["month"]):
        raise Wrong("never fires: none of its months has such a day")
    said = {
        field: "*" if text == "*" else ",".join(map(str, sorted(values[field])))
        for text, (field, *_) in zip(texts, _FIELDS, strict=True)
    }
    if texts[4] != "*":
        # Monday first, as the scheduler counts; Sunday is 0 and 7 (crontab(5)).
        week = sorted({day % 7 for day in values["day_of_week"]}, key=lambda day: (day - 1) % 7)
        said["day_of_week"] = ",".join(_DAYS[day] for day in week)
    return said


def _values(text: str, field: str, lowest: int, highest: int, words: dict[str, int]) -> set[int]:
    """All numbers a field stands for."""
    wrong = Wrong(f"has no readable {_SAID.get(field, field)}", _hint(lowest, highest, words))
    found: set[int] = set()
    for part in text.split(","):
        match = _PART.fullmatch(part)
        if match is None:
            raise wrong
        first, last = lowest, 6 if field == "day_of_week" else highest
        if match["first"] != "*":
            first = _number(match["first"], words)
            last = _number(match["last"], words) if match["last"] else first
            if match["last"] == "sun":  # "fri-sun" ends the week
                last = 7
        step = int(match["step"]) if match["step"] else 1
        lone = match["first"] != "*" and not match["last"]
        if not (lowest <= first <= last <= highest) or step < 1 or (lone and match["step"]):
            raise wrong
        if match["first"] == "*" and (match["last"] or step > last - first):
            raise wrong
        found.update(range(first, last + 1, step))
    return found


def _number(text: str, words: dict[str, int]) -> int:
    """The number a word stands for, or one that is out of every range."""
    if text in words:
        return words[text]
    return int(text) if text.isdigit() and len(text) <= 2 else -1


def _hint(lowest: int, highest: int, words: dict[str, int]) -> str:
    spelt = f" or {next(iter(words))}…{list(words)[-1]}" if words else ""
    return f"{lowest}…{highest}{spelt}, '*', lists, ranges and '*/n'"


def _checked(expression: str) -> str:
    cron_fields(expression)
    return expression


Cron = Annotated[str, AfterValidator(_checked)]
