"""The one source of time. Nothing else in the product may ask the machine for it."""

import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

TOKYO = ZoneInfo("Asia/Tokyo")
"""The zone of every operator's days: Japan has one."""


class Clock(Protocol):
    """Tells the time; injected wherever time matters."""

    def now(self) -> datetime:
        """The present instant, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present instant, in UTC."""
        return datetime.fromtimestamp(time.time(), UTC)


@dataclass
class ManualClock:
    """A clock that stands still until it is set; for simulations and tests."""

    at: datetime

    def now(self) -> datetime:
        """The instant it was last set to, in UTC."""
        return self.at

    def advance(self, by: timedelta) -> None:
        """Move on by ``by``."""
        self.at += by


def day_in_tokyo(at: datetime) -> date:
    """The operator's day that contains the instant ``at``."""
    return at.astimezone(TOKYO).date()


def start_of_day(day: date) -> datetime:
    """The instant in UTC at which ``day`` begins in Tokyo."""
    return datetime(day.year, day.month, day.day, tzinfo=TOKYO).astimezone(UTC)


def end_of_day(day: date) -> datetime:
    """The first instant in UTC that is no longer ``day`` in Tokyo.

    Something valid through a day is valid while ``at < end_of_day(day)`` (faults.md J122).
    """
    return start_of_day(day + timedelta(days=1))
