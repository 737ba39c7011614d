"""Cron expressions mean what crontab(5) says, in the scheduler's words."""

from datetime import UTC, datetime

import pytest
from apscheduler.triggers.cron import CronTrigger
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.config import cron_fields

SATURDAY = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("weekday", "said"),
    [
        ("*", "*"),
        ("0", "sun"),
        ("7", "sun"),
        ("1", "mon"),
        ("6", "sat"),
        ("SUN", "sun"),
        ("1-5", "mon,tue,wed,thu,fri"),
        ("mon-fri", "mon,tue,wed,thu,fri"),
        ("5-7", "fri,sat,sun"),
        ("0-2", "mon,tue,sun"),  # Sunday to Tuesday: a range the scheduler would refuse
        ("fri-sun", "fri,sat,sun"),
        ("sun-tue", "mon,tue,sun"),
        ("*/2", "tue,thu,sat,sun"),
        ("1-5/2", "mon,wed,fri"),
        ("0,3,sat", "wed,sat,sun"),
    ],
)
def test_days_of_the_week_count_from_sunday(weekday: str, said: str) -> None:
    assert cron_fields(f"0 0 * * {weekday}")["day_of_week"] == said


def test_a_copied_line_fires_on_the_day_it_means() -> None:
    """The scheduler's own reading of `0 0 * * 0` is Monday."""
    fires = CronTrigger(timezone=UTC, **cron_fields("0 0 * * 0")).get_next_fire_time(None, SATURDAY)
    assert fires == datetime(2026, 11, 22, tzinfo=UTC)
    assert fires.strftime("%A") == "Sunday"


def test_the_other_fields_are_spelt_out() -> None:
    assert cron_fields("*/20 8-10 1,15 jan-mar/2 *") == {
        "minute": "0,20,40",
        "hour": "8,9,10",
        "day": "1,15",
        "month": "1,3",
        "day_of_week": "*",
    }


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "* * * *",
        "* * * * * *",
        "60 * * * *",
        "* * 0 * *",
        "* * * 13 *",
        "* * * * 8",
        "5/15 * * * *",
        "*/0 * * * *",
        "*/60 * * * *",
        "*-5 * * * *",
        "5-1 * * * *",
        "1,,2 * * * *",
        "١ * * * *",
        "* * L * *",
        "* * ? * *",
        "* * * * 1#2",
        "* * last * *",
        "@hourly",
        "0 0 30 2 *",
        "0 0 31 4,6,9,11 *",
        "0 0 1 * 1",
        ",".join(["1"] * 300) + " * * * *",
    ],
)
def test_what_cron_and_the_scheduler_would_not_read_alike_is_refused(expression: str) -> None:
    with pytest.raises(ValueError, match=r"cron|no readable|never fires|both"):
        cron_fields(expression)


@st.composite
def fields(draw: st.DrawFn, lowest: int, highest: int) -> tuple[str, set[int]]:
    """A field and the values it stands for, built from the values up."""
    if draw(st.booleans()):
        return "*", set(range(lowest, highest + 1))
    texts: list[str] = []
    values: set[int] = set()
    for _ in range(draw(st.integers(1, 3))):
        first = draw(st.integers(lowest, highest))
        last = draw(st.integers(first, highest))
        step = draw(st.integers(1, 9))
        texts.append(f"{first}-{last}/{step}" if first < last else str(first))
        values.update(range(first, last + 1, step))
    return ",".join(texts), values


@settings(deadline=None)
@given(fields(0, 59), fields(0, 23), fields(1, 28), fields(1, 12), fields(0, 7), st.booleans())
def test_every_fire_is_at_a_time_the_expression_names(
    minute: tuple[str, set[int]],
    hour: tuple[str, set[int]],
    day: tuple[str, set[int]],
    month: tuple[str, set[int]],
    weekday: tuple[str, set[int]],
    by_week: bool,
) -> None:
    day, weekday = (("*", set(range(1, 32))), weekday) if by_week else (day, ("*", set(range(8))))
    expression = " ".join(text for text, _ in (minute, hour, day, month, weekday))
    trigger = CronTrigger(timezone=UTC, **cron_fields(expression))
    moment = trigger.get_next_fire_time(None, SATURDAY)
    assert moment.minute in minute[1]
    assert moment.hour in hour[1]
    assert moment.day in day[1]
    assert moment.month in month[1]
    assert moment.isoweekday() % 7 in {value % 7 for value in weekday[1]}
