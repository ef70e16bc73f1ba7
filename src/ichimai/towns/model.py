"""A town as data."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from ichimai import identity
from ichimai.merchants import Association, BankAccount
from ichimai.people.records.consents import Terms
from ichimai.programs.terms import Program
from ichimai.towns.surroundings import Surroundings


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
class Place:
    """One of the operator's own places, or of those that serve for it: no shop of a street.

    ``number`` is ``00-001``: of association 0, which is none.
    """

    number: str
    name: str
    name_en: str
    kana: str
    category: str
    district: str


@dataclass(frozen=True, slots=True)
class Sponsor:
    """A body besides the operator, its associations and shops that pays for units."""

    key: str
    name_ja: str
    name_en: str


@dataclass(frozen=True, slots=True)
class Account:
    """Where an association (``association:8``) or a sponsor is paid, and pays from.

    ``code`` has 10 digits, or its bank gave it none.
    """

    party: str
    account: BankAccount
    code: str | None


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
    places: tuple[Place, ...]
    sponsors: tuple[Sponsor, ...]
    accounts: tuple[Account, ...]
    programs: tuple[Program, ...]

    @property
    def surroundings(self) -> Surroundings:
        """What its programs may name. Its shops are not known here, only in a database."""
        return Surroundings(
            associations=frozenset(street.association.number for street in self.streets),
            places=frozenset(place.number for place in self.places),
            categories=frozenset(category.key for category in self.categories),
            districts=frozenset(district.name for district in self.districts),
            services=frozenset(service.key for service in self.services),
            sponsors=frozenset(sponsor.key for sponsor in self.sponsors),
        )

    @property
    def associations(self) -> tuple[Association, ...]:
        """The shopping-street associations (商店会), in the order of the file."""
        return tuple(street.association for street in self.streets)
