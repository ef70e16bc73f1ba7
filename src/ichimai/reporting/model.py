"""Reports, as data. Units are of a program; yen are units times what one is worth."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from ichimai.kernel import Asset
from ichimai.programs.terms import Instrument, Money


class Cut(NamedTuple):
    """A place in the order: everything recorded before ``at``, which ends with ``number``.

    ``at`` is the end of ``day_on`` in Tokyo, or just after now where that day is not over.
    """

    day_on: date
    at: datetime
    number: int
    is_over: bool


class OpenUnits(NamedTuple):
    """Units on cards, or set aside by holds, at a cut.

    ``epoch``: how many versions of programs had begun when the lots could first be used. ``age``
    and ``end`` are places in ``rules.AGES`` and ``rules.ENDS``. ``long_units``: of lots that may
    be used later than six months after they were given.
    """

    asset: Asset
    funder: UUID
    epoch: int
    age: int
    end: int
    units: int
    long_units: int


class ExpiredUnits(NamedTuple):
    """Units that ended, with what is known of the lots they were in; as of ``OpenUnits``.

    ``early_units``: those whose last day lies before the period in which they were booked.
    """

    asset: Asset
    funder: UUID
    epoch: int
    units: int
    early_units: int


class Spent(NamedTuple):
    """What came to shops, less what went back, and from how many people.

    By association and size; where one of them, or both, is None: over all of them.
    """

    association: int | None
    size: str | None
    units: int
    people: int


@dataclass(frozen=True, slots=True)
class ProgramName:
    """A program as people call it."""

    key: Asset
    name_ja: str
    name_en: str


@dataclass(frozen=True, slots=True)
class UnusedRow:
    """The unused balance of one version of a program.

    ``reason_ja`` and ``reason_en`` say why it counts or does not; ``deciding_law`` is what the
    program's own terms say. ``long_yen``: of lots that run longer than six months.
    ``counted_yen``: what goes into the issuer's sum for the law.
    """

    program: ProgramName
    version: int
    issuer: str
    instrument: Instrument
    reason_ja: str
    reason_en: str
    deciding_law: str
    units: int
    yen: int
    long_yen: int
    counted_yen: int


@dataclass(frozen=True, slots=True)
class IssuerUnused:
    """What the law asks of one issuer: a deposit of at least half, above the threshold."""

    issuer: str
    counted_yen: int
    is_above_threshold: bool
    deposit_yen: int


@dataclass(frozen=True, slots=True)
class UnusedReport:
    """Unused balances (未使用残高) at the end of a day.

    ``is_base_day``: 31 March or 30 September. ``due_on``: by when the finance bureau is told and
    the deposit made; None on other days.
    """

    day_on: date
    number: int
    is_over: bool
    is_base_day: bool
    due_on: date | None
    threshold_yen: int
    rows: tuple[UnusedRow, ...]
    issuers: tuple[IssuerUnused, ...]
    yen: int


@dataclass(frozen=True, slots=True)
class ExpiredRow:
    """What ended of one program that one party stands for; ``early_yen``: see ``ExpiredUnits``."""

    program: ProgramName
    party: str
    money: Money
    units: int
    yen: int
    early_yen: int


@dataclass(frozen=True, slots=True)
class ExpiredReport:
    """Value that ended in a period, by the day on which the ledger booked it."""

    from_on: date
    to_on: date
    is_over: bool
    rows: tuple[ExpiredRow, ...]
    by_money: Mapping[Money, int]
    yen: int


class Age(StrEnum):
    """For how many days something could be used already."""

    PENDING = "pending"
    UP_TO_30 = "0-30"
    UP_TO_90 = "31-90"
    UP_TO_180 = "91-180"
    UP_TO_365 = "181-365"
    OLDER = ">365"


class End(StrEnum):
    """In how many days its last day is."""

    ENDED = "ended"
    """By the day of the report."""
    WITHIN_30 = "1-30"
    WITHIN_90 = "31-90"
    WITHIN_180 = "91-180"
    WITHIN_365 = "181-365"
    LATER = ">365"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class LiabilityRow:
    """What is outstanding of one sort."""

    program: ProgramName
    party: str
    money: Money
    age: Age
    end: End
    units: int
    yen: int


@dataclass(frozen=True, slots=True)
class LiabilityReport:
    """What is outstanding at the end of a day; each sum is in yen and comes to ``yen``."""

    day_on: date
    number: int
    is_over: bool
    rows: tuple[LiabilityRow, ...]
    by_money: Mapping[Money, int]
    by_age: Mapping[Age, int]
    by_end: Mapping[End, int]
    yen: int


@dataclass(frozen=True, slots=True)
class ShareCell:
    """What one class of shops took in one month; ``units`` and ``people`` None: not shown.

    ``key`` is the number of an association, or a size.
    """

    key: str
    name: str
    units: int | None
    people: int | None
    per_mille: int | None


@dataclass(frozen=True, slots=True)
class ShareMonth:
    """Where a program was spent in a calendar month that is over."""

    month_on: date
    units: int | None
    people: int | None
    by_association: tuple[ShareCell, ...]
    by_size: tuple[ShareCell, ...]


@dataclass(frozen=True, slots=True)
class ShareSum:
    """What one class of shops took over the months in which it is shown.

    ``hidden_months``: in how many it is not. ``per_mille``: of what is shown of all.
    """

    key: str
    name: str
    units: int
    hidden_months: int
    per_mille: int


@dataclass(frozen=True, slots=True)
class ShareReport:
    """Where a program was spent, month by month, and the sums of what the months show.

    In its units, each worth ``unit_yen``: a thing that is handed over may be worth no yen.
    """

    program: ProgramName
    from_on: date
    to_on: date
    unit_yen: int
    units: int
    months: tuple[ShareMonth, ...]
    by_association: tuple[ShareSum, ...]
    by_size: tuple[ShareSum, ...]
