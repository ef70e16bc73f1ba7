"""What a line or table of a town's files must look like, before it is compared with others."""

from datetime import date
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from ichimai.cards.barcodes import Check, Symbology
from ichimai.people.records.consents import DataCategory, LegalBasis
from ichimai.programs.terms import Program

Text = Annotated[str, Meta(min_length=1)]
Line = Annotated[str, Meta(min_length=1, max_length=200)]
Key = Annotated[str, Meta(pattern="^[a-z][a-z0-9_-]*$")]
Count = Annotated[int, Meta(ge=0)]
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


class PlaceRow(msgspec.Struct, forbid_unknown_fields=True):
    """A line of places.csv."""

    number: Annotated[str, Meta(pattern="^00-[0-9]{3}$")]
    name: Text
    name_en: Text
    kana: Kana
    category: Key
    district: Text


class AccountRow(msgspec.Struct, forbid_unknown_fields=True):
    """accounts.csv."""

    party: Annotated[str, Meta(min_length=1, max_length=64)]
    bank_code: Annotated[str, Meta(pattern="^[0-9]{4}$")]
    bank_name: Text
    branch_code: Annotated[str, Meta(pattern="^[0-9]{3}$")]
    branch_name: Text
    kind: Annotated[int, Meta(ge=1, le=2)]
    number: Annotated[str, Meta(pattern="^[0-9]{7}$")]
    holder_kana: Text
    code: Annotated[str, Meta(pattern="^[0-9]{10}$")] | None = None


class SponsorRow(msgspec.Struct, forbid_unknown_fields=True):
    """A line of sponsors.csv."""

    key: Annotated[str, Meta(pattern="^[a-z][a-z0-9-]{0,39}$")]
    name_ja: Text
    name_en: Text


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


class ProgramsFile(msgspec.Struct, forbid_unknown_fields=True, rename={"programs": "program"}):
    """programs.toml."""

    programs: tuple[Program, ...] = ()
