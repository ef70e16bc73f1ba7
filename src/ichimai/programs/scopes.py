"""The parts that programs' terms have in common: where, when, for whom, and how much of it."""

from datetime import date, time
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from ichimai.merchants import ShopSize

Text = Annotated[str, Meta(min_length=1, max_length=200)]
Key = Annotated[str, Meta(pattern="^[a-z][a-z0-9_-]{0,59}$")]
Units = Annotated[int, Meta(ge=1, le=10**9)]

Party = Annotated[
    str, Meta(pattern="^(operator|shop|association:[0-9]{1,2}|[a-z][a-z0-9-]{0,39})$")
]
"""Who pays: ``operator``, ``association:4``, the ``shop`` of the till, or a named sponsor."""


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of ``programs.toml``: what is not known is refused."""


class Where(Table, frozen=True, kw_only=True):
    """Which shops and places: those that fit everything that is said. Nothing said: all.

    ``associations`` and ``shops`` are numbers (4; "04-012"), ``categories`` keys of classes.
    Association 0 are the operator's own places; they take part only where they are named.
    """

    requires_gift_voucher_association: bool = False
    associations: tuple[Annotated[int, Meta(ge=0, le=99)], ...] = ()
    categories: tuple[Key, ...] = ()
    excluded_categories: tuple[Key, ...] = ()
    sizes: tuple[ShopSize, ...] = ()
    shops: tuple[Annotated[str, Meta(pattern="^[0-9]{2}-[0-9]{3}$")], ...] = ()


class Acceptance(Where, frozen=True, kw_only=True):
    """Where a program's units may be spent.

    ``large_store_cap_percent``: the share of each grant that large shops may take together;
    None: all of it.
    """

    large_store_cap_percent: Annotated[int, Meta(ge=0, le=100)] | None = None


class When(Table, frozen=True, kw_only=True):
    """Which instants, by Tokyo's days and hours. Nothing said: always.

    ``days_of_month``: 4 is 4の日 (4, 14, 24). Hours are from ``from_time`` until before
    ``until_time``; where that is earlier (22:00 to 02:00), until the next day, and the whole night
    belongs to the day on which it begins: of ``weekdays = ["fri"]`` and of the ``until_on``, the
    hours after midnight too, and of the ``from_on``, not those before its dawn. Days are both
    included.
    """

    from_on: date | None = None
    until_on: date | None = None
    weekdays: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...] = ()
    days_of_month: tuple[Annotated[int, Meta(ge=1, le=31)], ...] = ()
    from_time: time | None = None
    until_time: time | None = None


class Who(Table, frozen=True, kw_only=True):
    """Which people: all ``predicates`` hold, one of ``any_of``, and they live in a district.

    Predicates are those of ``people.records``: ``age>=65``, ``resident``. ``any_of`` is for
    在住・在勤・在学; nothing said: it does not matter. ``districts``: one of them. Somebody of
    whom this is not known does not belong.
    """

    predicates: tuple[Text, ...] = ()
    any_of: tuple[Text, ...] = ()
    districts: tuple[Text, ...] = ()
    is_birthday_month: bool = False


class Limits(Table, frozen=True, kw_only=True):
    """How much one person gets: units in each period, or how many times. None: no such limit.

    ``times_per_shop``: how often at one shop, ever (a rally's stamp: 1); ``times_per_shop_day``:
    how often at one shop a day.
    """

    units_per_day: Units | None = None
    units_per_week: Units | None = None
    units_per_month: Units | None = None
    units_per_fiscal_year: Units | None = None
    units_ever: Units | None = None
    times_per_day: Units | None = None
    times_per_fiscal_year: Units | None = None
    times_ever: Units | None = None
    times_per_shop: Units | None = None
    times_per_shop_day: Units | None = None
