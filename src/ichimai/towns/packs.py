"""A town's folder read, its files compared with each other."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from ichimai import identity
from ichimai.cards.barcodes import CardScheme, InvalidCardScheme
from ichimai.identity.model import IdentityTerms, ServiceCode
from ichimai.kernel.check_digits import (
    InvalidMunicipalityCode,
    MyNumberRefused,
    parse_municipality_code,
)
from ichimai.merchants import Association, BankAccount
from ichimai.people.records import offers
from ichimai.people.records.consents import Terms
from ichimai.people.records.errors import InvalidConsent
from ichimai.towns import program_files
from ichimai.towns.errors import Problem, TownInvalid, UnknownTown
from ichimai.towns.files import Places, rows, table
from ichimai.towns.model import (
    Account,
    Category,
    District,
    DistrictKind,
    Place,
    Service,
    Sponsor,
    Street,
    Town,
    TownOperator,
)
from ichimai.towns.shapes import (
    AccountRow,
    AssociationRow,
    CardsFile,
    CategoryRow,
    ConsentsFile,
    DistrictRow,
    NumberedServiceTable,
    OperatorFile,
    PlaceRow,
    ServiceRow,
    SponsorRow,
)

PROGRAMS: Final = "programs.toml"

RowT = TypeVar("RowT", bound=msgspec.Struct)

_WEEKDAYS: Final = {
    name: day for day, name in enumerate(("mon", "tue", "wed", "thu", "fri", "sat", "sun"))
}
_DAYS: Final = {str(day): day for day in range(1, 32)}
_NAME: Final = re.compile("[a-z][a-z0-9_]*")


def load(town: str | Path) -> Town:
    """A town that comes with Ichimai, by name, or one of your own, by its folder.

    Raises UnknownTown, TownInvalid.
    """
    folder = _folder(town)
    found = _without_programs(folder)
    return replace(found, programs=program_files.read(folder, PROGRAMS, found.surroundings))


def check(town: str | Path, programs: Path | None = None) -> list[TownInvalid]:
    """All that is wrong with a town's programs, or with the file ``programs`` for that town.

    Of its other files, the first thing that is wrong. Raises UnknownTown.
    """
    folder = _folder(town)
    where, name = (folder, PROGRAMS) if programs is None else (programs.parent, programs.name)
    try:
        known = _without_programs(folder).surroundings
    except TownInvalid as error:
        return [error]
    _, wrong = program_files.checked_file(where, name, known)
    return wrong


def _without_programs(folder: Traversable) -> Town:
    districts = tuple(_districts(folder))
    categories = tuple(_categories(folder))
    services = tuple(_services(folder))
    streets = tuple(_streets(folder, {district.name for district in districts}))
    sponsors = tuple(_sponsors(folder))
    numbered, identity_terms = _cards(folder, {service.key for service in services})
    return Town(
        operator=_operator(folder),
        services=services,
        numbered=numbered,
        consents=tuple(_consents(folder, {service.key for service in services})),
        identity_terms=identity_terms,
        districts=districts,
        categories=categories,
        streets=streets,
        places=tuple(_places(folder, districts, categories)),
        sponsors=sponsors,
        accounts=tuple(_accounts(folder, streets, sponsors)),
        programs=(),
    )


def _folder(town: str | Path) -> Traversable:
    if isinstance(town, str) and _NAME.fullmatch(town):
        packed = resources.files("ichimai.towns").joinpath(town)
        if packed.joinpath("operator.toml").is_file():
            return packed
    folder = Path(town)
    if not folder.is_dir():
        raise UnknownTown(str(town))
    return folder


def _unique(
    folder: Traversable, file: str, shape: type[RowT], by: Callable[[RowT], object], field: str
) -> Iterator[tuple[int, RowT]]:
    """The rows of a file, no two of which may agree in ``field``, which is ``by`` of a row."""
    seen: set[object] = set()
    for line, row in rows(folder, file, shape):
        if by(row) in seen:
            raise TownInvalid(file, line, field, Problem.USED_BEFORE)
        seen.add(by(row))
        yield line, row


def _operator(folder: Traversable) -> TownOperator:
    file, places = table(folder, "operator.toml", OperatorFile)
    try:
        code = parse_municipality_code(file.code)
    except InvalidMunicipalityCode:
        places.refuse("code", Problem.WRONG_VALUE)
    return TownOperator(
        code=code,
        name_ja=file.name_ja,
        name_en=file.name_en,
        contact_ja=file.contact_ja,
        contact_en=file.contact_en,
        zone=file.zone,
        payer_code=file.payer.code,
        payer_account=BankAccount(**msgspec.structs.asdict(file.payer.account)),
    )


def _services(folder: Traversable) -> Iterator[Service]:
    for _, row in _unique(folder, "services.csv", ServiceRow, lambda row: row.key, "key"):
        fields = msgspec.structs.asdict(row)
        yield Service(**fields | {"capabilities": tuple(row.capabilities.split())})


def _cards(
    folder: Traversable, services: set[str]
) -> tuple[tuple[identity.model.Service, ...], IdentityTerms]:
    file, places = table(folder, "cards.toml", CardsFile)
    keys: set[str] = set()
    schemes: set[str] = set()
    for index, service in enumerate(file.services):
        path = f"service[{index}]"
        if service.key not in services:
            places.refuse(f"{path}.key", Problem.NOT_IN_THE_TOWN)
        if service.key in keys:
            places.refuse(f"{path}.key", Problem.USED_BEFORE)
        if service.scheme.name in schemes:
            places.refuse(f"{path}.scheme.name", Problem.USED_BEFORE)
        keys.add(service.key)
        schemes.add(service.scheme.name)
    numbered = tuple(_numbered(index, each, places) for index, each in enumerate(file.services))
    return numbered, IdentityTerms(**msgspec.structs.asdict(file.identity))


def consents(file: Path) -> tuple[Terms, ...]:
    """What a file of the form of consents.toml asks people to consent to. Raises TownInvalid."""
    return tuple(_offers(file.parent, file.name, None))


def _consents(folder: Traversable, services: set[str]) -> Iterator[Terms]:
    """A town that asks nobody for anything has no such file."""
    if folder.joinpath("consents.toml").is_file():
        yield from _offers(folder, "consents.toml", services)


def _offers(folder: Traversable, name: str, services: set[str] | None) -> Iterator[Terms]:
    file, places = table(folder, name, ConsentsFile, has_lines=True)
    uses: set[tuple[str, str, str]] = set()
    for index, offer in enumerate(file.offers):
        path = f"offer[{index}]"
        if services is not None and offer.service not in services:
            places.refuse(f"{path}.service", Problem.NOT_IN_THE_TOWN)
        use = (offer.service, offer.purpose, offer.recipient)
        if use in uses:
            places.refuse(f"{path}.purpose", Problem.USED_BEFORE)
        uses.add(use)
        if len(set(offer.categories)) < len(offer.categories):
            places.refuse(f"{path}.categories", Problem.USED_BEFORE)
        categories = frozenset(offer.categories)
        text = offer.text.strip()
        terms = Terms(**msgspec.structs.asdict(offer) | {"categories": categories, "text": text})
        try:
            offers.check(terms)
        except InvalidConsent as error:
            places.refuse(f"{path}.{error.field}", Problem.WRONG_VALUE)
        except MyNumberRefused:
            places.refuse(path, Problem.WRONG_VALUE)
        yield terms


def _numbered(index: int, service: NumberedServiceTable, places: Places) -> identity.model.Service:
    try:
        scheme = CardScheme(**msgspec.structs.asdict(service.scheme))
    except InvalidCardScheme:
        places.refuse(f"service[{index}].scheme", Problem.WRONG_VALUE)
    return identity.model.Service(
        ServiceCode(service.key), service.name_ja, service.name_en, scheme
    )


def _districts(folder: Traversable) -> Iterator[District]:
    for _, row in _unique(folder, "districts.csv", DistrictRow, lambda row: row.name, "name"):
        yield District(row.name, row.kana, DistrictKind(row.kind), row.residents)


def _categories(folder: Traversable) -> Iterator[Category]:
    for _, row in _unique(folder, "categories.csv", CategoryRow, lambda row: row.key, "key"):
        yield Category(row.key, row.name_ja, row.name_en)


def _streets(folder: Traversable, districts: set[str]) -> Iterator[Street]:
    file = "associations.csv"
    names: set[str] = set()
    for line, row in _unique(folder, file, AssociationRow, lambda row: row.number, "number"):
        if row.name in names:
            raise TownInvalid(file, line, "name", Problem.USED_BEFORE)
        names.add(row.name)
        if row.district not in districts:
            raise TownInvalid(file, line, "district", Problem.NOT_IN_THE_TOWN)
        yield Street(
            Association(row.number, row.name, row.members, row.accepts_gift_vouchers == "yes"),
            row.district,
            _days(file, line, "closed_weekdays", row.closed_weekdays, _WEEKDAYS),
            _days(file, line, "market_days", row.market_days, _DAYS),
        )


def _places(
    folder: Traversable, districts: Iterable[District], categories: Iterable[Category]
) -> Iterator[Place]:
    file = "places.csv"
    known = {district.name for district in districts}
    classes = {category.key for category in categories}
    names: set[str] = set()
    for line, row in _unique(folder, file, PlaceRow, lambda row: row.number, "number"):
        if row.name in names:
            raise TownInvalid(file, line, "name", Problem.USED_BEFORE)
        names.add(row.name)
        if row.district not in known:
            raise TownInvalid(file, line, "district", Problem.NOT_IN_THE_TOWN)
        if row.category not in classes:
            raise TownInvalid(file, line, "category", Problem.NOT_IN_THE_TOWN)
        yield Place(**msgspec.structs.asdict(row))


def _sponsors(folder: Traversable) -> Iterator[Sponsor]:
    for _, row in _unique(folder, "sponsors.csv", SponsorRow, lambda row: row.key, "key"):
        yield Sponsor(row.key, row.name_ja, row.name_en)


def _accounts(
    folder: Traversable, streets: Iterable[Street], sponsors: Iterable[Sponsor]
) -> Iterator[Account]:
    """A town that nets by hand has no such file."""
    file = "accounts.csv"
    if not folder.joinpath(file).is_file():
        return
    known = {f"association:{street.association.number}" for street in streets}
    known |= {sponsor.key for sponsor in sponsors}
    for line, row in _unique(folder, file, AccountRow, lambda row: row.party, "party"):
        if row.party not in known:
            raise TownInvalid(file, line, "party", Problem.NOT_IN_THE_TOWN)
        fields = msgspec.structs.asdict(row)
        party, code = fields.pop("party"), fields.pop("code")
        yield Account(party, BankAccount(**fields), code)


def _days(file: str, line: int, field: str, text: str, known: dict[str, int]) -> frozenset[int]:
    days = text.split()
    if not known.keys() >= set(days):
        raise TownInvalid(file, line, field, Problem.WRONG_VALUE)
    return frozenset(known[day] for day in days)
