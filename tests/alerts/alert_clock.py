"""A clock that is moved by hand."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass
class Clock:
    at: datetime

    def __call__(self) -> datetime:
        return self.at

    def move(self, **by: float) -> None:
        self.at += timedelta(**by)
