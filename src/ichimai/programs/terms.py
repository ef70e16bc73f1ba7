"""The terms of a program (制度), as data: what a town's ``programs.toml`` says, and no more.

Every kind of program is described by the same few parts; the engine knows no program by name.
``docs/reference/programs.md`` explains each field with an example.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Literal, NamedTuple

from msgspec import Meta

from ichimai.kernel import Asset
from ichimai.kernel.ages import AgeRule, Basis, Counting, MarriageRule, Window
from ichimai.kernel.rates import Rounding
from ichimai.programs.conditions import is_here, is_over_midnight
from ichimai.programs.legal_terms import Charging, Instrument, Money, Settlement
from ichimai.programs.scopes import (
    Acceptance,
    Key,
    Limits,
    Party,
    Table,
    Text,
    Units,
    When,
    Where,
    Who,
)

__all__ = [
    "Acceptance",
    "Bonus",
    "Charging",
    "Earning",
    "Exchange",
    "Expiry",
    "Instrument",
    "Key",
    "Limits",
    "Minimum",
    "Money",
    "Party",
    "Program",
    "ProgramKey",
    "ProgramKind",
    "Reason",
    "Refunding",
    "Settlement",
    "Sharing",
    "Table",
    "Text",
    "Thing",
    "TopUp",
    "Trigger",
    "Units",
    "Use",
    "Version",
    "When",
    "Where",
    "Who",
    "is_here",
    "is_over_midnight",
]

# "new" is the address at which the console has a program typed in.
ProgramKey = Annotated[Asset, Meta(pattern="^(?!new$)[a-z][a-z0-9_-]{0,59}$")]
"""A program's key is also the code of its unit in the ledger: all its versions have one."""


NoticeDays = Annotated[int, Meta(ge=1, le=365)]
Notices = Annotated[tuple[NoticeDays, ...], Meta(min_length=2, max_length=5)]
"""Two at least: in 2023 a city's points ended behind the backs of 95,000 people."""


class ProgramKind(StrEnum):
    """What a unit is to the person who has it."""

    VOUCHER = "voucher"
    """Given; worth a yen in a shop."""
    POINTS = "points"
    """Earned; worth a yen in a shop, or only something else in exchange."""
    STAMPS = "stamps"
    """Earned one by one; a full card is exchanged."""
    PREPAID = "prepaid"
    """Paid for by the person."""
    IN_KIND = "in_kind"
    """A right to a thing: a book, a sapling, a taxi ride."""
    CHECK = "check"
    """Nothing that is counted: somebody else's entitlement, looked at (シルバーパス)."""


class Trigger(StrEnum):
    """What makes a person earn."""

    SALE = "sale"
    """Each ``yen`` of a sale gives ``units``."""
    VISIT = "visit"
    """A sale of at least ``minimum_yen`` gives ``units``, however large it is."""
    EVENT = "event"
    """Somebody says that ``event`` took place: a class, a check-up, a returned tray."""
    STAMP = "stamp"
    """A till or a place stamps the card, with or without a sale."""


class Earning(Table, frozen=True, kw_only=True):
    """One way to earn: ``units`` for a trigger, from ``funder``, where, when and for whom.

    ``is_of_rest``: a sale counts without what programs paid. ``budget_units``: never more in all,
    for everybody together; what is left when it ends may be less than what was earned, or, where
    ``is_whole``, is left. ``usable_after_days``: pending so long. ``group``: several earnings may
    belong to one (知って・やって・ためして), of which exchanges ask for a minimum.
    ``other_units``: what the person who brought this one gets (referral).
    """

    key: Key
    name_ja: Text
    name_en: Text
    trigger: Trigger
    event: Key | None = None
    yen: Units = 100
    units: Units = 1
    rounding: Rounding = Rounding.DOWN
    is_of_rest: bool = True
    minimum_yen: Annotated[int, Meta(ge=0)] = 0
    funder: Party | None = None
    where: Where = Where()
    when: When = When()
    who: Who = Who()
    limits: Limits = Limits()
    group: Key | None = None
    budget_units: Units | None = None
    is_whole: bool = False
    usable_after_days: Annotated[int, Meta(ge=0, le=400)] = 0
    other_units: Units | None = None


class Bonus(Table, frozen=True, kw_only=True):
    """``times`` as many units of an ``earning`` (2倍, 5倍); what it adds is from ``funder``.

    It multiplies what the earning gave: where that was cut by its limits or budget, the bonus is
    less too, and where nothing was given, nothing is added. Its own limits and budget follow.

    Of several that apply, the one with most ``times``; they do not multiply each other. ``where``
    not said: wherever the earning is, the operator's own places too.
    """

    key: Key
    name_ja: Text
    name_en: Text
    earning: Key
    times: Annotated[int, Meta(ge=2, le=100)]
    funder: Party | None = None
    where: Where = Where()
    when: When = When()
    who: Who = Who()
    limits: Limits = Limits()
    budget_units: Units | None = None


class Use(Table, frozen=True, kw_only=True):
    """How units pay for a sale, each as one yen; what is worth another sum is exchanged for it.

    ``multiple``: only so many at once (満点 400, 100ポイント単位); 1: any number.
    ``is_automatic``: taken when the person does not say what to pay with; otherwise only by name.
    None: vouchers are, points and prepaid money are not.
    ``is_by_exchange_only``: never pays in a shop. ``per_payment_limit`` and ``per_day_limit`` are
    units.
    """

    multiple: Units = 1
    is_automatic: bool | None = None
    is_by_exchange_only: bool = False
    per_payment_limit: Units | None = None
    per_day_limit: Units | None = None


class Minimum(Table, frozen=True, kw_only=True):
    """At least ``units`` of a ``group`` of earnings in this fiscal year."""

    group: Key
    units: Units


class Exchange(Table, frozen=True, kw_only=True):
    """``take`` units of this program for ``give`` units of another (``to``), or for a thing.

    ``to`` None: the thing ``gift_ja`` is handed over at the counter or till. ``funder``: who owes
    the units given; None: the funder of this program. ``minimums``: what must have been earned.
    """

    key: Key
    name_ja: Text
    name_en: Text
    take: Units
    to: ProgramKey | None = None
    give: Units = 1
    funder: Party | None = None
    when: When = When()
    who: Who = Who()
    limits: Limits = Limits()
    minimums: tuple[Minimum, ...] = ()
    budget_units: Units | None = None
    gift_ja: Text | None = None
    gift_en: Text | None = None


class Expiry(Table, frozen=True, kw_only=True):
    """When a grant or earning ends, with its day in Tokyo: exactly one is said, or ``never``.

    ``end_of_fiscal_year``: 31 March; with ``years_later``, that of a later year. ``notices``: so
    many days before its last day who has it is told; None: as ``ending_rules`` finds right.
    """

    on: date | None = None
    after_months: Annotated[int, Meta(ge=1, le=120)] | None = None
    end_of_fiscal_year: bool = False
    years_later: Annotated[int, Meta(ge=0, le=10)] = 0
    never: bool = False
    notices: Notices | None = None


class TopUp(Table, frozen=True, kw_only=True):
    """How a person pays in: multiples of ``step``, at most ``most`` on the card.

    ``premium_percent`` of it is given besides, in the program ``premium`` (プレミアム), up to
    ``premium_budget_units`` in all. ``deposit_units``: what the card itself costs, in ``deposit``.
    """

    step: Units = 1
    least: Units = 1
    most: Units | None = None
    where: Where = Where()
    premium: ProgramKey | None = None
    premium_percent: Annotated[int, Meta(ge=1, le=100)] | None = None
    premium_limits: Limits = Limits()
    premium_budget_units: Units | None = None
    deposit: ProgramKey | None = None
    deposit_units: Units | None = None


class Refunding(StrEnum):
    """When a person's own money comes back (資金決済法20条5項)."""

    NEVER = "never"
    ON_LEAVING = "on_leaving"
    """When the card is given back (the 3,000 yen of the old sports card)."""
    SMALL = "small"
    """A small rest: at most 1,000 yen are on the card, and no more than that is paid back in a
    half-year (to 30 September, to 31 March). The law's own bounds are of all people together, and
    the operator's to watch (内閣府令42条: 20 % of what was paid in, or 5 % of what is unused)."""


class Thing(Table, frozen=True, kw_only=True):
    """What an in-kind program hands over; ``has_stock``: only as many as were delivered there."""

    key: Key
    name_ja: Text
    name_en: Text
    units: Units = 1
    has_stock: bool = False


class Sharing(StrEnum):
    """To whom a person may pass units on."""

    NOBODY = "nobody"
    DELEGATES = "delegates"
    HOUSEHOLD = "household"


class Reason(Table, frozen=True, kw_only=True):
    """An occasion of a gift (事由): ``units`` for those whose birth, or marriage, was then.

    ``counting`` is said of births and not of weddings; see ``kernel.ages`` for what it means.
    """

    key: Annotated[str, Meta(pattern="^[A-Z][A-Z0-9_]*$")]
    name: Text
    name_en: Text
    units: Units
    years: int
    since: Literal["birth", "marriage"]
    basis: Basis
    reference_date: date
    counting: Counting | None = None

    @property
    def rule(self) -> AgeRule | MarriageRule:
        """The rule that says which birth dates, or wedding days, it is for."""
        if self.counting is None:
            return MarriageRule(self.years, self.basis, self.reference_date)
        return AgeRule(self.years, self.basis, self.counting, self.reference_date)

    @property
    def is_for_couples(self) -> bool:
        """Whether a couple gets one gift, for its wedding day."""
        return self.since == "marriage"

    def window(self) -> Window:
        """The birth dates, or wedding days, that qualify."""
        return self.rule.window()


class Program(
    Table,
    frozen=True,
    kw_only=True,
    rename={
        "earnings": "earning",
        "bonuses": "bonus",
        "exchanges": "exchange",
        "things": "thing",
        "reasons": "reason",
    },
):
    """The terms of one program from ``starts_on`` on; one unit is worth ``unit_yen`` yen.

    ``version``: 1, 2, ... with a later start each; what was given earlier keeps the terms of the
    day from which it could be used. ``rank``: of units that end together, the lower is spent
    first. ``deciding_law`` says in a sentence why ``instrument`` is what it is. ``entitled``: of a
    check, for whom it says yes.
    """

    key: ProgramKey
    kind: ProgramKind = ProgramKind.VOUCHER
    name_ja: Text
    name_en: Text
    unit_ja: Text = "円"
    unit_en: Text = "yen"
    unit_yen: Annotated[int, Meta(ge=0, le=100_000)] = 1
    about_ja: str = ""
    about_en: str = ""
    service: Key | None = None
    version: Annotated[int, Meta(ge=1)] = 1
    starts_on: date | None = None
    funder: Party = "operator"
    money: Money = Money.PUBLIC
    instrument: Instrument = Instrument.LOCAL_GOVERNMENT
    deciding_law: str = ""
    acceptance: Acceptance = Acceptance()
    use: Use = Use()
    expiry: Expiry = Expiry(after_months=12)
    extends_after_outage: bool = True
    refund_grace_days: Annotated[int, Meta(ge=0, le=365)] = 14
    rank: int = 0
    budget_units: Annotated[int, Meta(ge=1, le=10**12)] | None = None
    earnings: tuple[Earning, ...] = ()
    bonuses: tuple[Bonus, ...] = ()
    exchanges: tuple[Exchange, ...] = ()
    card_units: Units | None = None
    top_up: TopUp | None = None
    refunding: Refunding = Refunding.NEVER
    things: tuple[Thing, ...] = ()
    sharing: Sharing = Sharing.NOBODY
    settlement: Settlement = Settlement()
    reasons: tuple[Reason, ...] = ()
    entitled: Who = Who()


class Version(NamedTuple):
    """A version of a program, and the instant at which it begins."""

    program: Program
    starts_at: datetime
