"""Where, when and for whom: whether what a program asks for is so. Pure."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from ichimai.kernel.clock import TOKYO
from ichimai.merchants import TerminalAtShop
from ichimai.programs.scopes import When, Where, Who

_EVERYBODY: Final = Who()
_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def is_here(where: Where, till: TerminalAtShop) -> bool:
    """Whether ``till`` is in a shop or place that takes part."""
    if till.association == 0 and not (0 in where.associations or till.number in where.shops):
        return False
    if where.requires_gift_voucher_association and not till.accepts_gift_vouchers:
        return False
    if where.associations and till.association not in where.associations:
        return False
    if where.categories and till.category not in where.categories:
        return False
    if where.sizes and till.size not in where.sizes:
        return False
    if where.shops and till.number not in where.shops:
        return False
    return till.category not in where.excluded_categories


def is_now(when: When, at: datetime) -> bool:
    """Whether the instant ``at`` is one of those meant, by Tokyo's day and hour.

    Of hours over midnight, those after it belong to the day before, on which they began.
    """
    local = at.astimezone(TOKYO)
    day, hour = local.date(), local.time()
    has_begun = when.from_time is None or when.from_time <= hour
    is_before_end = when.until_time is None or hour < when.until_time
    if is_over_midnight(when) and is_before_end:
        return is_on(when, day - timedelta(days=1))
    return has_begun and (is_before_end or is_over_midnight(when)) and is_on(when, day)


def is_over_midnight(when: When) -> bool:
    """Whether its hours go on into the next day (22:00 to 02:00)."""
    begins, ends = when.from_time, when.until_time
    return begins is not None and ends is not None and ends < begins


def is_on(when: When, day: date) -> bool:
    """Whether a day in Tokyo is one of those meant, whatever the hour."""
    if when.from_on is not None and day < when.from_on:
        return False
    if when.until_on is not None and day > when.until_on:
        return False
    if when.weekdays and _WEEKDAYS[day.weekday()] not in when.weekdays:
        return False
    return not when.days_of_month or day.day in when.days_of_month


def asks_who(who: Who) -> bool:
    """Whether anything must be known of a person."""
    return bool(who.predicates or who.any_of or who.districts or who.is_birthday_month)


def predicates_of(who: Who) -> frozenset[str]:
    """The predicates that must be asked of a person to know whether it is one of ``who``."""
    return frozenset((*who.predicates, *who.any_of))


class Known:
    """What is known of one person that programs ask: predicates that hold, district, birthday."""

    def __init__(
        self,
        subject: UUID,
        holds: Collection[str] = (),
        *,
        district: str = "",
        is_birthday_month: bool = False,
    ) -> None:
        self.subject = subject
        self._holds = frozenset(holds)
        self._district = district
        self._is_birthday_month = is_birthday_month

    def is_one_of(self, who: Who) -> bool:
        """Whether the person belongs; what is not known is not so."""
        if who == _EVERYBODY:
            return True
        if not self._holds.issuperset(who.predicates):
            return False
        if who.any_of and self._holds.isdisjoint(who.any_of):
            return False
        if who.districts and self._district not in who.districts:
            return False
        return self._is_birthday_month or not who.is_birthday_month
