"""What a line or table of a town's files must look like, before it is compared with others."""

from datetime import date
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from ichimai.cards.barcodes import Check, Symbology
from ichimai.kernel.ages import Basis, Counting
from ichimai.people.records.consents import DataCategory, LegalBasis

Text = Annotated[str, Meta(min_length=1)]
Line = Annotated[str, Meta(min_length=1, max_length=200)]
Key = Annotated[str, Meta(pattern="^[a-z][a-z0-9_-]*$")]
Count = Annotated[int, Meta(ge=0)]
Units = Annotated[int, Meta(ge=1, le=10**9)]
Percent = Annotated[int, Meta(ge=0, le=100)]
Kana = Annotated[str, Meta(pattern="^[ァ-ヶー・]+$")]


class ServiceRow(msgspec.Struct, forbid_unknown_fields=True):
    """A line of services.csv; a number that the town does not know is left empty."""

    key: Key
    service: Text
    card: Text
    medium: Text
    roadmap_stage: Annotated[int, Meta(ge=1, le=6)]
    capabilities: Text
    issued_per_year: Count | None = None
    in_force: Count | None = None
    cost_item: str = ""
    cost_per_year_yen: Count | None = None
    fee_yen: Count | None = None
    revenue_per_year_yen: Count | None = None
    note: str = ""


class DistrictRow(msgspec.Struct, forbid_unknown_fields=True):
    """A line of districts.csv."""

    name: Text
    kana: Kana
    kind: Literal["centre", "neighbourhood"]
    residents: Count


class CategoryRow(msgspec.Struct, forbid_unknown_fields=True):
    """A line of categories.csv."""

    key: Key
    name_ja: Text
    name_en: Text


class AssociationRow(msgspec.Struct, forbid_unknown_fields=True):
    """A line of associations.csv."""

    number: Annotated[int, Meta(ge=1, le=99)]
    name: Text
    members: Count
    accepts_gift_vouchers: Literal["yes", "no"]
    district: Text
    closed_weekdays: str = ""
    market_days: str = ""


class AccountTable(msgspec.Struct, forbid_unknown_fields=True):
    """``[payer.account]``: an account from which transfers are ordered is 1 普通 or 2 当座."""

    bank_code: Annotated[str, Meta(pattern="^[0-9]{4}$")]
    bank_name: Text
    branch_code: Annotated[str, Meta(pattern="^[0-9]{3}$")]
    branch_name: Text
    kind: Annotated[int, Meta(ge=1, le=2)]
    number: Annotated[str, Meta(pattern="^[0-9]{7}$")]
    holder_kana: Text


class PayerTable(msgspec.Struct, forbid_unknown_fields=True):
    """``[payer]`` of operator.toml."""

    code: Annotated[str, Meta(pattern="^[0-9]{10}$")]
    account: AccountTable


class OperatorFile(msgspec.Struct, forbid_unknown_fields=True):
    """operator.toml."""

    code: Annotated[str, Meta(pattern="^[0-9]{6}$")]
    name_ja: Text
    name_en: Text
    contact_ja: Text
    contact_en: Text
    zone: Literal["Asia/Tokyo"]
    payer: PayerTable


class SchemeTable(msgspec.Struct, forbid_unknown_fields=True):
    """``[service.scheme]``: what the numbers on a service's cards look like."""

    name: Text
    symbology: Symbology
    check: Check = Check.NONE
    length: Annotated[int, Meta(ge=1)] | None = None
    prefix: str = ""
    frame: str = ""


class NumberedServiceTable(msgspec.Struct, forbid_unknown_fields=True):
    """``[[service]]`` of cards.toml."""

    key: Key
    name_ja: Text
    name_en: Text
    scheme: SchemeTable


class IdentityTable(msgspec.Struct, forbid_unknown_fields=True):
    """``[identity]`` of cards.toml."""

    allows_tap_without_pin: bool = False
    new_phone_limit_yen: Annotated[int, Meta(ge=0, le=10**9)] = 3_000


class OfferTable(msgspec.Struct, forbid_unknown_fields=True):
    """``[[offer]]`` of consents.toml."""

    service: Key
    controller: Line
    recipient: Line
    purpose: Line
    categories: Annotated[tuple[DataCategory, ...], Meta(min_length=1)]
    legal_basis: LegalBasis
    text: Text
    text_version: Line
    until_on: date | None = None


class ConsentsFile(msgspec.Struct, forbid_unknown_fields=True, rename={"offers": "offer"}):
    """consents.toml."""

    offers: tuple[OfferTable, ...] = ()


class CardsFile(msgspec.Struct, forbid_unknown_fields=True, rename={"services": "service"}):
    """cards.toml."""

    identity: IdentityTable = msgspec.field(default_factory=IdentityTable)
    services: tuple[NumberedServiceTable, ...] = ()


class AcceptanceTable(msgspec.Struct, forbid_unknown_fields=True):
    """``[program.acceptance]``."""

    requires_gift_voucher_association: bool
    excluded_categories: tuple[str, ...] = ()
    large_store_cap_percent: Percent | None = None


class ReasonTable(msgspec.Struct, forbid_unknown_fields=True):
    """``[[program.reason]]``; ``counting`` is said of births and not of weddings."""

    key: Annotated[str, Meta(pattern="^[A-Z][A-Z0-9_]*$")]
    name: Text
    name_en: Text
    units: Units
    years: int
    since: Literal["birth", "marriage"]
    basis: Basis
    reference_date: date
    counting: Counting | None = None


class ProgramTable(msgspec.Struct, forbid_unknown_fields=True, rename={"reasons": "reason"}):
    """``[[program]]``."""

    key: Key
    name_ja: Text
    name_en: Text
    funder: Text
    acceptance: AcceptanceTable
    per_payment_limit: Units | None = None
    per_day_limit: Units | None = None
    expires_on: date | None = None
    expires_after_months: Annotated[int, Meta(ge=1, le=120)] | None = None
    refund_grace_days: Annotated[int, Meta(ge=0, le=365)] = 14
    rank: int = 0
    budget_units: Annotated[int, Meta(ge=1, le=10**12)] | None = None
    reasons: tuple[ReasonTable, ...] = ()


class ProgramsFile(msgspec.Struct, forbid_unknown_fields=True, rename={"programs": "program"}):
    """programs.toml."""

    programs: tuple[ProgramTable, ...] = ()
