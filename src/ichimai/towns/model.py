"""A town as data."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from ichimai import identity
from ichimai.kernel import Asset
from ichimai.kernel.ages import AgeRule, MarriageRule, Window
from ichimai.merchants import Association, BankAccount
from ichimai.people.records.consents import Terms


@dataclass(frozen=True, slots=True)
class TownOperator:
    """The body that runs the services, and the account from which it pays.

    ``code`` is its 全国地方公共団体コード, ``payer_code`` (委託者コード) has 10 digits, and
    ``payer_account.holder_kana`` is the name that payees see.
    """

    code: str
    name_ja: str
    name_en: str
    contact_ja: str
    contact_en: str
    zone: str
    payer_code: str
    payer_account: BankAccount


@dataclass(frozen=True, slots=True)
class Service:
    """Something a person uses a card for, as the town counts it today; None: unknown."""

    key: str
    service: str
    card: str
    medium: str
    issued_per_year: int | None
    in_force: int | None
    cost_item: str
    cost_per_year_yen: int | None
    fee_yen: int | None
    revenue_per_year_yen: int | None
    roadmap_stage: int
    capabilities: tuple[str, ...]
    note: str


class DistrictKind(StrEnum):
    """What sort of shops a district has."""

    CENTRE = "centre"
    NEIGHBOURHOOD = "neighbourhood"


@dataclass(frozen=True, slots=True)
class District:
    """A part of the town; ``residents`` is a rounded number, good for proportions only."""

    name: str
    kana: str
    kind: DistrictKind
    residents: int


@dataclass(frozen=True, slots=True)
class Category:
    """A class of shops (業種)."""

    key: str
    name_ja: str
    name_en: str


@dataclass(frozen=True, slots=True)
class Street:
    """A shopping street: its association, and when it is busy or rests.

    ``closed_weekdays`` are 0 (Monday) to 6, on which most of its shops rest; on
    ``market_days`` (days of the month) they do not.
    """

    association: Association
    district: str
    closed_weekdays: frozenset[int]
    market_days: frozenset[int]

    def has_market_on(self, day: date) -> bool:
        """Whether ``day`` is one of its fairs (縁日)."""
        return day.day in self.market_days


@dataclass(frozen=True, slots=True)
class AcceptanceTerms:
    """Where a program's units may be spent; ``excluded_categories`` are keys of classes.

    ``large_store_cap_percent``: the share of each grant that large shops may take; None: all.
    """

    requires_gift_voucher_association: bool
    excluded_categories: tuple[str, ...]
    large_store_cap_percent: int | None


@dataclass(frozen=True, slots=True)
class GiftReason:
    """An occasion of a gift (事由), and the birth dates or wedding days that it is for.

    ``key`` KIJU is written ``name`` 喜寿 in lists.
    """

    key: str
    name: str
    name_en: str
    units: int
    rule: AgeRule | MarriageRule

    @property
    def is_for_couples(self) -> bool:
        """Whether a couple gets one gift, for its wedding day."""
        return isinstance(self.rule, MarriageRule)

    def window(self) -> Window:
        """The birth dates, or wedding days, that qualify."""
        return self.rule.window()


@dataclass(frozen=True, slots=True)
class ProgramTerms:
    """The terms of one program and whom it is for; one unit is one yen.

    A grant ends with the day ``expires_on``, or else ``expires_after_months`` after the day it
    was made: exactly one of the two is given. Of grants that end together, the one with the
    lower ``rank`` is spent first.
    """

    key: Asset
    name_ja: str
    name_en: str
    funder: str
    acceptance: AcceptanceTerms
    per_payment_limit: int | None
    per_day_limit: int | None
    expires_on: date | None
    expires_after_months: int | None
    refund_grace_days: int
    rank: int
    budget_units: int | None
    reasons: tuple[GiftReason, ...]

    @property
    def units_by_reason(self) -> Mapping[str, int]:
        """What each occasion gives, by its key."""
        return {reason.key: reason.units for reason in self.reasons}


@dataclass(frozen=True, slots=True)
class Town:
    """All that a town's folder says.

    ``numbered`` are those of its services that have numbers of their own for people;
    ``consents``: what residents may consent to on their own page.
    """

    operator: TownOperator
    services: tuple[Service, ...]
    numbered: tuple[identity.model.Service, ...]
    identity_terms: identity.model.IdentityTerms
    consents: tuple[Terms, ...]
    districts: tuple[District, ...]
    categories: tuple[Category, ...]
    streets: tuple[Street, ...]
    programs: tuple[ProgramTerms, ...]

    @property
    def associations(self) -> tuple[Association, ...]:
        """The shopping-street associations (商店会), in the order of the file."""
        return tuple(street.association for street in self.streets)
