"""Whom one may let act, and what for, in the order in which it is checked. Pure."""

import json
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final

from ichimai.kernel.ages import Counting, attained
from ichimai.kernel.amount import MAX_UNITS
from ichimai.people.records.delegate_model import (
    DelegateKind,
    Delegation,
    NewDelegation,
    Scope,
    Spent,
)
from ichimai.people.records.errors import (
    BirthDateUnknown,
    CredentialInUse,
    DayLimitExceeded,
    DelegationEnded,
    DelegationNotBegun,
    DelegationOverlaps,
    InvalidDelegation,
    NoLongerAChild,
    OutOfScope,
    TotalLimitExceeded,
)

ADULT_YEARS: Final = 18
"""民法4条."""

LONGEST: Final = timedelta(days=366 * 5)
"""Except for a guardian; a delegation that is still wanted is made anew."""


def check_new(
    new: NewDelegation, live: Iterable[Delegation], today: date, born_on: date | None
) -> None:
    """Make sure that a delegation may be made; ``live``: all that the principal has given.

    ``born_on``: the principal's birth date, when known. In this order, raises
    InvalidDelegation, BirthDateUnknown, NoLongerAChild, CredentialInUse, DelegationOverlaps.
    """
    _check_form(new, today)
    if new.kind is DelegateKind.GUARDIAN:
        if born_on is None:
            raise BirthDateUnknown
        if new.until_on >= attained(born_on, ADULT_YEARS, Counting.BIRTHDAY):
            raise NoLongerAChild
    for other in live:
        if other.given.credential == new.credential:
            raise CredentialInUse
    for other in live:
        if _overlap(other, new, today):
            raise DelegationOverlaps


def _check_form(new: NewDelegation, today: date) -> None:
    if new.delegate == new.principal:
        raise InvalidDelegation("delegate")
    if not new.scopes:
        raise InvalidDelegation("scopes")
    is_paying = Scope.PAY in new.scopes
    if not 0 <= new.per_day_yen <= new.in_all_yen <= MAX_UNITS or is_paying != bool(new.in_all_yen):
        raise InvalidDelegation("in_all_yen")
    if is_paying and not new.per_day_yen:
        raise InvalidDelegation("per_day_yen")
    if new.from_on < today:
        raise InvalidDelegation("from_on")
    is_guardian = new.kind is DelegateKind.GUARDIAN
    if new.until_on < new.from_on or (not is_guardian and new.until_on > new.from_on + LONGEST):
        raise InvalidDelegation("until_on")


def _overlap(other: Delegation, new: NewDelegation, today: date) -> bool:
    given = other.given
    is_over = other.ended_at is not None or given.until_on < today
    is_apart = given.until_on < new.from_on or new.until_on < given.from_on
    is_same_pair = given.delegate == new.delegate
    return is_same_pair and not is_over and not is_apart and bool(given.scopes & new.scopes)


def check_use(delegation: Delegation, spent: Spent, today: date, *, scope: Scope, yen: int) -> None:
    """Make sure that a delegate may do this now; ``yen``: 0 for what costs nothing.

    Who may pay may collect too. Raises, in this order, DelegationEnded (ended or past its last
    day), DelegationNotBegun, OutOfScope, DayLimitExceeded, TotalLimitExceeded.
    """
    given = delegation.given
    if delegation.ended_at is not None or today > given.until_on:
        raise DelegationEnded
    if today < given.from_on:
        raise DelegationNotBegun
    if given.scopes.isdisjoint({scope, Scope.PAY}) or (yen and scope is not Scope.PAY):
        raise OutOfScope
    today_yen = spent.day_yen if spent.day_on == today else 0
    if today_yen + yen > given.per_day_yen:
        raise DayLimitExceeded
    if spent.in_all_yen + yen > given.in_all_yen:
        raise TotalLimitExceeded


def after(spent: Spent, today: date, yen: int) -> Spent:
    """What was spent after one more use."""
    # A day that never goes back: two servers' clocks differ a little at midnight.
    day = max(today, spent.day_on)
    day_yen = spent.day_yen if spent.day_on == day else 0
    return Spent(spent.in_all_yen + yen, day, day_yen + yen)


def given_back(spent: Spent, used_on: date, yen: int) -> Spent:
    """What was spent after a part of what was used on a day came back.

    The total is as if it had not been used; the day's limit only on the day itself.
    """
    day_yen = spent.day_yen - yen if used_on == spent.day_on else spent.day_yen
    return Spent(spent.in_all_yen - yen, spent.day_on, day_yen)


def to_text(new: NewDelegation) -> str:
    """What is sealed of a delegation: its days."""
    return json.dumps([new.from_on.isoformat(), new.until_on.isoformat()])


def days_of_text(sealed: str) -> tuple[date, date]:
    """The first and last day again."""
    first, last = json.loads(sealed)
    return date.fromisoformat(first), date.fromisoformat(last)
