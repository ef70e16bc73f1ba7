"""The answers of the API's reports: yen are whole yen, units are of a program."""

from datetime import date
from typing import Annotated

from msgspec import Meta, Struct

from ichimai.programs.terms import Instrument, Money
from ichimai.reporting.model import Age, End
from ichimai.web.api.staff_types import ProgramKey

DayAsked = Annotated[date, Meta(description="The end of this day in Tokyo: `2027-03-31`.")]
Number = Annotated[int, Meta(description="The last transfer that is counted.")]
IsOver = Annotated[bool, Meta(description="False: the last day is not over, and more may come.")]
PartyKey = Annotated[
    str, Meta(description="`operator`, `association:8`, `shop`, `other` or a sponsor's key.")
]
PerMille = Annotated[int, Meta(description="Of the whole, in thousandths.")]


class DayQuery(Struct, forbid_unknown_fields=True, kw_only=True):
    """At which day's end; with ``program``, only of that program."""

    at: DayAsked | None = None
    program: ProgramKey | None = None


class PeriodQuery(Struct, forbid_unknown_fields=True, kw_only=True):
    """Of which days, both included; with ``program``, only of that program."""

    from_on: date
    to_on: date
    program: ProgramKey | None = None


class MonthsQuery(Struct, forbid_unknown_fields=True, kw_only=True):
    """Of which program, in which whole months; by default the last one that is over."""

    program: ProgramKey
    from_on: date | None = None
    to_on: date | None = None


class ProgramNameAnswer(Struct):
    """A program as people call it."""

    key: ProgramKey
    name_ja: str
    name_en: str


class UnusedRowAnswer(Struct):
    """The unused balance of one version of a program, and why it counts or does not."""

    program: ProgramNameAnswer
    version: int
    issuer: PartyKey
    instrument: Instrument
    reason_ja: str
    reason_en: str
    deciding_law: str
    units: int
    yen: int
    long_yen: Annotated[int, Meta(description="Of lots that run longer than six months.")]
    counted_yen: Annotated[int, Meta(description="What goes into the issuer's sum.")]


class IssuerUnusedAnswer(Struct):
    """What the law asks of one issuer: above the threshold, a deposit of at least half."""

    issuer: PartyKey
    counted_yen: int
    is_above_threshold: bool
    deposit_yen: int


class UnusedAnswer(Struct):
    """Unused balances (資金決済法), recomputed from the journal."""

    day_on: date
    number: Number
    is_over: IsOver
    is_base_day: bool
    due_on: date | None
    threshold_yen: int
    rows: list[UnusedRowAnswer]
    issuers: list[IssuerUnusedAnswer]
    yen: int


class ExpiredRowAnswer(Struct):
    """What ended of one program that one party stands for."""

    program: ProgramNameAnswer
    party: PartyKey
    money: Money
    units: int
    yen: int
    early_yen: Annotated[int, Meta(description="Of lots that were over before the period.")]


class ExpiredAnswer(Struct):
    """Value that ended in a period, by the day on which the ledger booked it."""

    from_on: date
    to_on: date
    is_over: IsOver
    rows: list[ExpiredRowAnswer]
    by_money: dict[Money, int]
    yen: int


class LiabilityRowAnswer(Struct):
    """What is outstanding of one sort."""

    program: ProgramNameAnswer
    party: PartyKey
    money: Money
    age: Age
    end: End
    units: int
    yen: int


class LiabilityAnswer(Struct):
    """What is outstanding at the end of a day; each sum is in yen and comes to ``yen``."""

    day_on: date
    number: Number
    is_over: IsOver
    rows: list[LiabilityRowAnswer]
    by_money: dict[Money, int]
    by_age: dict[Age, int]
    by_end: dict[End, int]
    yen: int


class ShareCellAnswer(Struct):
    """The value of one class of shops in one month; null: not shown, to protect people."""

    key: str
    name: str
    units: int | None
    people: int | None
    per_mille: PerMille | None


class ShareMonthAnswer(Struct):
    """Where a program was spent in a calendar month that is over."""

    month_on: date
    units: int | None
    people: int | None
    by_association: list[ShareCellAnswer]
    by_size: list[ShareCellAnswer]


class ShareSumAnswer(Struct):
    """The value of one class of shops over the months in which it is shown."""

    key: str
    name: str
    units: int
    hidden_months: int
    per_mille: PerMille


class ShareAnswer(Struct):
    """Where a program was spent; no value of fewer than five people can be computed from it."""

    program: ProgramNameAnswer
    from_on: date
    to_on: date
    unit_yen: int
    units: int
    months: list[ShareMonthAnswer]
    by_association: list[ShareSumAnswer]
    by_size: list[ShareSumAnswer]
