"""How long to wait after failed sign-ins, how long a session lives, which PINs are too easy,
and which roles ask for and approve what takes two.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from ichimai.people.errors import (
    AskedByYourself,
    MayNotAskOrApprove,
    RequestDecided,
    RequestExpired,
    WeakPassword,
    WeakPin,
)
from ichimai.people.model import (
    Audience,
    Counter,
    Deed,
    Session,
    Staff,
    StaffRole,
    TwoPersonRequest,
)

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
    # Half a sign-in is not left lying about.
    Audience.SECOND_STEP: timedelta(minutes=5),
    Audience.SET_UP: timedelta(minutes=15),
    Audience.RESIDENT: timedelta(minutes=15),
    Audience.FIRST_USE: timedelta(minutes=15),
}
LONGEST: Final = timedelta(hours=12)
FRESH: Final = timedelta(minutes=10)
"""How soon after a sign-in its owner may change what lets them in."""

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


def is_fresh(session: Session, now: datetime) -> bool:
    """Whether the sign-in is so recent that its owner may change what lets them in."""
    return now - session.started_at < FRESH


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


MAY_ASK: Final = {
    Deed.ROLE_CHANGE: frozenset({StaffRole.ADMINISTRATOR}),
    Deed.HOLDER_MERGE: frozenset({StaffRole.REGISTRAR, StaffRole.CLERK}),
    Deed.HOLDER_SPLIT: frozenset({StaffRole.REGISTRAR, StaffRole.CLERK}),
    Deed.PROGRAM_CHANGE: frozenset({StaffRole.OFFICER}),
}
MAY_APPROVE: Final = {
    Deed.ROLE_CHANGE: frozenset({StaffRole.ADMINISTRATOR}),
    Deed.HOLDER_MERGE: frozenset({StaffRole.REGISTRAR}),
    Deed.HOLDER_SPLIT: frozenset({StaffRole.REGISTRAR}),
    Deed.PROGRAM_CHANGE: frozenset({StaffRole.APPROVER}),
}
WAITS_FOR_SECOND: Final = timedelta(days=3)
"""A weekend fits in; what was asked longer ago is asked again, of people who remember why."""


def check_may_ask(staff: Staff, deed: Deed) -> None:
    """Only some roles of the operator itself ask. Raises MayNotAskOrApprove."""
    if not staff.organisation.is_operator or staff.role not in MAY_ASK[deed]:
        raise MayNotAskOrApprove


def check_may_decide(staff: Staff, request: TwoPersonRequest, now: datetime) -> None:
    """Whether ``staff`` may decide on ``request`` now.

    Raises, in this order, MayNotAskOrApprove, AskedByYourself, RequestDecided, RequestExpired.
    """
    if not staff.organisation.is_operator or staff.role not in MAY_APPROVE[request.deed]:
        raise MayNotAskOrApprove
    if staff.id == request.asked_by:
        raise AskedByYourself
    if request.decided_at is not None:
        raise RequestDecided
    if now >= request.expires_at:
        raise RequestExpired
