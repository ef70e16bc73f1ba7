"""How long to wait after failed sign-ins, how long a session lives, which PINs are too easy."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from ichimai.people.errors import WeakPassword, WeakPin
from ichimai.people.model import Audience, Counter, Session

PIN_DIGITS: Final = 6
_FULL_WIDTH_DIGITS = str.maketrans("０１２３４５６７８９", "0123456789")
# Paths on a telephone's key pad, which people take for secrets.
_KEY_PAD_PATHS = frozenset({"147258", "258369", "159357", "357159", "147896", "123654", "123698"})


@dataclass(frozen=True, slots=True)
class Limit:
    """``free`` failures cost nothing; the next waits, each later one twice as long."""

    free: int
    first_delay: timedelta
    longest_delay: timedelta
    forgotten_after: timedelta


ACCOUNT: Final = Limit(5, timedelta(minutes=1), timedelta(hours=1), timedelta(days=1))
"""At the longest delay a 6-digit PIN is tried 24 times a day: 0.9 % of them in a year."""

NETWORK: Final = Limit(30, timedelta(minutes=1), timedelta(minutes=15), timedelta(hours=1))
"""Wide enough for a hall full of people behind one address; only failures count."""

SECRET: Final = Limit(20, timedelta(minutes=1), timedelta(hours=1), timedelta(hours=1))
"""One PIN tried on card after card from many addresses (faults.md I12, E70)."""

LIMITS: Final = (ACCOUNT, NETWORK, SECRET)

IDLE: Final = {
    Audience.STAFF: timedelta(minutes=30),
    Audience.RESIDENT: timedelta(minutes=15),
    Audience.FIRST_USE: timedelta(minutes=15),
}
LONGEST: Final = timedelta(hours=12)
SEEN_EVERY: Final = timedelta(minutes=1)
"""A session's last use is written this often at most, so that reading a page rarely writes."""


def free_at(limit: Limit, counter: Counter, now: datetime) -> datetime:
    """The instant from which another try is heard."""
    extra = counter.failures - limit.free
    if extra < 0 or _is_forgotten(limit, counter, now):
        return now
    # 2**20 minutes is past every longest delay; a larger power would only overflow.
    doubled: timedelta = limit.first_delay * (1 << min(extra, 20))
    delay = min(doubled, limit.longest_delay)
    return max(now, counter.last_at + delay)


def one_more(limit: Limit, counter: Counter, now: datetime) -> Counter:
    """The counter after a try at ``now``, which is a failure until it proves right."""
    known = 0 if _is_forgotten(limit, counter, now) else counter.failures
    return Counter(failures=known + 1, last_at=now)


def _is_forgotten(limit: Limit, counter: Counter, now: datetime) -> bool:
    return now - counter.last_at >= limit.forgotten_after


def is_live(session: Session, now: datetime) -> bool:
    """Whether a session still lets its owner in: neither left alone nor too old."""
    is_awake = now - session.seen_at < IDLE[session.audience]
    return is_awake and now - session.started_at < LONGEST


def normalized_pin(text: str) -> str:
    """The PIN as typed, with full-width digits and spaces of a Japanese keyboard put right."""
    return "".join(text.split()).translate(_FULL_WIDTH_DIGITS)


def checked_pin(text: str) -> str:
    """A PIN that may be chosen: six digits, three of them different, no run, no repetition.

    Raises WeakPin.
    """
    pin = normalized_pin(text)
    if not (len(pin) == PIN_DIGITS and pin.isascii() and pin.isdigit()) or _is_easy(pin):
        raise WeakPin
    return pin


def _is_easy(pin: str) -> bool:
    steps = {(int(b) - int(a)) % 10 for a, b in pairwise(pin)}
    is_run = len(steps) == 1
    is_repeated = pin[:3] == pin[3:] or pin[:2] * 3 == pin
    is_doubled = pin[0::2] == pin[1::2]
    is_key_path = pin in _KEY_PAD_PATHS or pin[::-1] in _KEY_PAD_PATHS
    return len(set(pin)) <= 2 or is_run or is_repeated or is_doubled or is_key_path


def checked_password(text: str) -> str:
    """A password that may be chosen, as typed. Raises WeakPassword."""
    if not 12 <= len(text) <= 200:
        raise WeakPassword
    return text
