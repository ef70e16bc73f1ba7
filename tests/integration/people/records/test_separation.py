"""What two sectors export has no value in common that would join their people (faults.md F83).

Toshima and a neighbour serve the same five people, a third town serves five others in the same
way. A value that the first two have in common and the third has not is about those people.
"""

import json
import random
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from psycopg import sql

from ichimai import audit, identity, ledger, registry, storage
from ichimai.audit import Look, Purpose
from ichimai.cards import Assurance, Kind, Shown, phone_codes
from ichimai.cards.barcodes import CardScheme
from ichimai.identity.model import Service, ServiceCode, Step
from ichimai.kernel import Asset, ids
from ichimai.ledger import OperationId
from ichimai.ledger.model import Grant
from ichimai.people.records import claims, consents, delegates, memberships, personal, predicates
from ichimai.people.records.claims import ClaimKind, NewClaim, Source
from ichimai.people.records.consents import How
from ichimai.people.records.delegates import DelegateKind, NewDelegation, Scope
from ichimai.people.records.memberships import MembershipKind, Term
from ichimai.people.records.personal import Details, PersonalKey
from ichimai.programs import funding
from ichimai.registry import RegistryKey, Resolved, SubjectId
from ichimai.registry.model import HolderId
from ichimai.storage import REGISTRY, Database, WriteTx, operator_schema
from tests.conftest import START
from tests.integration.people.records.office import TERMS

REGISTRY_KEY = RegistryKey(b"k" * 32)
TOSHIMA, NEIGHBOUR, ELSEWHERE = "131164", "131041", "131016"
PEOPLE = 5
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SYLLABLES = "アイウエオカキクケコサシスセソタチツテトナニヌネノ"


@dataclass
class TickingClock:
    """A clock that never tells one instant twice, as no real one does to two machines."""

    dice: random.Random = field(default_factory=lambda: random.Random(83))
    at: datetime = START

    def now(self) -> datetime:
        """A little later than the last time."""
        self.at += timedelta(microseconds=self.dice.randrange(1_000, 9_999_999))
        return self.at


@dataclass(frozen=True)
class Person:
    """Somebody with a card, and what they tell about themselves in every town."""

    holder: UUID
    code: str
    phone: Shown
    details: Details
    born_on: date

    @property
    def told(self) -> list[str]:
        """What is the same in every town because the person said it."""
        said = self.details
        return [said.name, said.kana, said.phone, said.mail, self.born_on.isoformat()]


@dataclass
class Sector:
    """One operator, who serves some people."""

    database: Database
    code: str
    clock: TickingClock
    key: PersonalKey
    number: Callable[[int], str]
    note: Callable[[Person], str] = lambda _: "窓口での申請"
    library_number: Callable[[int], str] = str
    key_of: str = ""

    def serve(self, people: list[Person]) -> None:
        """Do to everybody all that a town does."""
        with self.database.write(REGISTRY) as tx:
            holders = [registry.model.HolderId(person.holder) for person in people]
            subjects = registry.holders.subjects(tx, self.clock, self.code, holders)
        with self.database.read(REGISTRY) as tx:
            codes = [person.code for person in people]
            cards = registry.resolve(tx, REGISTRY_KEY, self.code, codes)
            shown = [person.phone for person in people]
            phones = registry.resolve_shown(tx, REGISTRY_KEY, self.clock, self.code, shown)
        service = Service(ServiceCode("library"), "図書館", "Library", CardScheme("l", length=8))
        with self.database.write(operator_schema(self.code)) as tx:
            identity.links.add_service(tx, self.clock, service)
        staff = ids.uuid7(self.clock)
        for number, (person, subject) in enumerate(zip(people, subjects, strict=True)):
            card, delegate = cards[number], subjects[(number + 1) % PEOPLE]
            assert card is not None
            look = Look(staff, "officer", Purpose.APPLICATION, self.note(person))
            with self.database.write(operator_schema(self.code)) as tx:
                self._keep(tx, look, subject, person)
                self._join(tx, look, subject, self.number(number))
                self._delegate(tx, look, subject, delegate, card.reference)
                self._grant(tx, subject)
                self._link(tx, staff, card, number)
                self._show_phone(tx, phones[number])

    def _keep(self, tx: WriteTx, look: Look, subject: SubjectId, person: Person) -> None:
        personal.write(tx, self.key, self.clock, look, subject, details=person.details)
        claim = NewClaim(
            ClaimKind.BIRTH_DATE, person.born_on.isoformat(), Source.DOCUMENT, "旅券", START.date()
        )
        claims.add(tx, self.key, self.clock, look, subject, claim=claim)
        consents.give(tx, self.clock, look, subject, terms=TERMS, how=How.COUNTER)
        predicates.ask(tx, self.key, self.clock, subject, ["age>=65"], service="pool")

    def _join(self, tx: WriteTx, look: Look, subject: SubjectId, number: str) -> None:
        memberships.add(
            tx,
            self.key,
            self.clock,
            look,
            subject,
            service="sports",
            kind=MembershipKind.MEMBER,
            number=number,
            term=Term(START.date(), START.date() + timedelta(days=365), "一般"),
        )

    def _delegate(
        self, tx: WriteTx, look: Look, subject: SubjectId, delegate: SubjectId, card: UUID
    ) -> None:
        first, last = START.date() + timedelta(days=7), START.date() + timedelta(days=99)
        kind, scopes = DelegateKind.FAMILY, frozenset({Scope.PAY})
        new = NewDelegation(subject, delegate, card, kind, scopes, 3_000, 9_000, first, last)
        delegates.add(tx, self.key, self.clock, look, new)

    def _grant(self, tx: WriteTx, subject: SubjectId) -> None:
        grant = Grant(
            operation=OperationId(ids.uuid7(self.clock)),
            wallet=subject,
            funder=funding.party_id("operator"),
            asset=Asset("longevity-gift"),
            units=10_000,
            expires_at=START + timedelta(days=180),
        )
        (answer,) = ledger.post(tx, self.clock, [grant])
        assert isinstance(answer, ledger.Posted), answer

    def _link(self, tx: WriteTx, staff: UUID, card: Resolved, number: int) -> None:
        """Two taps at a counter, and a number of the library's."""
        place = identity.Place(ids.uuid7(self.clock), is_counter=True)
        first = identity.taps.tap(tx, self.clock, place, card, Assurance.TAP).tap
        asked = identity.links.ask(
            tx,
            self.clock,
            self._identity_key,
            first,
            service="library",
            number=self.library_number(number),
            staff=staff,
        )
        second = identity.taps.tap(tx, self.clock, place, card, Assurance.TAP).tap
        identity.links.confirm(tx, self.clock, asked.link.id, second, staff=staff)

    def _show_phone(self, tx: WriteTx, phone: Resolved | None) -> None:
        """A tap of a phone at a till, which pays."""
        assert phone is not None
        place = identity.Place(ids.uuid7(self.clock), is_counter=False)
        token = identity.taps.tap(tx, self.clock, place, phone, Assurance.TAP).token
        operation = ids.uuid7(self.clock)
        uses = [identity.spending.TapUse(place.id, token, operation)]
        assert identity.spending.take_taps(tx, self.clock, uses) != [None]
        step = identity.spending.StepUse(phone.reference, Step(1, operation))
        assert identity.spending.take_steps(tx, self.clock, [step]) == [True]

    @property
    def _identity_key(self) -> bytes:
        return identity.sealing.operator_key(REGISTRY_KEY.secret, self.key_of or self.code)

    def tables(self) -> set[str]:
        """Every value of every table, as whoever takes all of the operator's data has them."""
        with psycopg.connect(self.database.url) as owner:
            schema = operator_schema(self.code)
            names = owner.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = %s", [schema]
            ).fetchall()
            return {
                value
                for (name,) in names
                for row in owner.execute(
                    sql.SQL("SELECT * FROM {}").format(sql.Identifier(schema, name))
                )
                for cell in row
                for value in values(cell)
            }

    def filled(self) -> set[str]:
        """The operator's tables in which there is something."""
        schema = operator_schema(self.code)
        with psycopg.connect(self.database.url) as owner:
            names = owner.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = %s", [schema]
            ).fetchall()
            return {
                name
                for (name,) in names
                if owner.execute(
                    sql.SQL("SELECT FROM {} LIMIT 1").format(sql.Identifier(schema, name))
                ).fetchone()
                is not None
            }

    def exports(self, people: list[Person]) -> set[str]:
        """Every value of what the operator writes for people and for the auditor."""
        found: set[str] = set()
        look = Look(ids.uuid7(self.clock), "auditor", Purpose.AUDIT)
        with self.database.write(REGISTRY) as tx:
            holders = [registry.model.HolderId(person.holder) for person in people]
            subjects = registry.holders.subjects(tx, self.clock, self.code, holders)
        with self.database.write(operator_schema(self.code)) as tx:
            for subject in subjects:
                exported = personal.export(tx, self.key, self.clock, look, subject)
                found |= set(values(json.loads(json.dumps(exported))))
                for link in identity.links.links_of(tx, subject):
                    told = (link.id, link.service, link.subject, link.reference, link.asked_at)
                    found |= set(values(told))
                    found |= set(values(identity.links.number_in(self._identity_key, link)))
            for entry in audit.search(tx, self.clock, look, limit=1_000):
                found |= {value for cell in entry for value in values(cell)}
        return found.difference(*(values(person.told) for person in people))


def values(cell: object) -> Iterator[str]:
    """A cell's value in one form, and every id and number that lies in it."""
    if isinstance(cell, bytes):
        yield cell.hex()
        yield from (cell[at : at + 16].hex() for at in range(len(cell) - 15))
    elif isinstance(cell, dict):
        yield from _all(cell.values())
    elif isinstance(cell, list | tuple):
        yield from _all(cell)
    elif isinstance(cell, UUID):
        yield cell.hex
    elif isinstance(cell, datetime):
        yield cell.isoformat()
    elif isinstance(cell, str):
        yield cell
        yield from (UUID(one).hex for one in _UUID.findall(cell))
        yield from re.findall(r"\w{6,}", _UUID.sub("", cell))
    elif cell is not None:
        yield str(cell)


def _all(cells: Iterable[object]) -> Iterator[str]:
    for one in cells:
        yield from values(one)


class Towns:
    """Two sectors with the same people, and one with others."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.clock = TickingClock()
        self.dice = random.Random(7)
        schemas = [operator_schema(code) for code in (NEIGHBOUR, ELSEWHERE)]
        storage.migrate.migrate(database.url, schemas, START, months_ahead=2)
        self.people, self.others = self._enrol(), self._enrol()
        self.toshima = self._sector(TOSHIMA)
        self.neighbour = self._sector(NEIGHBOUR)
        self.elsewhere = self._sector(ELSEWHERE)

    def _sector(self, code: str) -> Sector:
        key = PersonalKey(b"one secret for all of the machine", code)
        made = Sector(self.database, code, self.clock, key, lambda number: f"{code}-{number:05}")
        made.library_number = lambda number: f"{code[3:]}{number:05}"
        return made

    def _enrol(self) -> list[Person]:
        with self.database.write(REGISTRY) as tx:
            cards = registry.cards.new_cards(tx, REGISTRY_KEY, self.clock, PEOPLE)
            phones = [self._phone(tx, card.holder) for card in cards]
        return [
            Person(card.holder, card.code, phone, *self._somebody())
            for card, phone in zip(cards, phones, strict=True)
        ]

    def _phone(self, tx: WriteTx, holder: HolderId) -> Shown:
        shown = Shown(Kind.PHONE, ids.uuid7(self.clock).bytes)
        public = phone_codes.public_key_of(ec.generate_private_key(ec.SECP256R1()))
        registry.credentials.add(tx, REGISTRY_KEY, self.clock, holder, shown, public_key=public)
        return shown

    def _somebody(self) -> tuple[Details, date]:
        kana = "".join(self.dice.choices(_SYLLABLES, k=8))
        mail = f"{self.dice.getrandbits(64):x}@example.jp"
        phone = f"030000{self.dice.randrange(10_000):04}"
        born_on = date(1930, 1, 1) + timedelta(days=self.dice.randrange(20_000))
        return Details(f"姓{kana}", kana, phone, mail), born_on

    def serve(self) -> "Towns":
        """Let every town serve its people."""
        self.toshima.serve(self.people)
        self.neighbour.serve(self.people)
        self.elsewhere.serve(self.others)
        return self

    def joining(self) -> tuple[set[str], set[str]]:
        """What would join the two towns' people: in the tables, and in what is exported."""
        tables = self.toshima.tables() & self.neighbour.tables() - self.elsewhere.tables()
        exports = self.toshima.exports(self.people) & self.neighbour.exports(self.people)
        return tables, exports - self.elsewhere.exports(self.others)


@pytest.fixture
def towns(database: Database) -> Towns:
    return Towns(database)


def test_nothing_that_two_sectors_export_joins_their_people(towns: Towns) -> None:
    assert towns.serve().joining() == (set(), set())
    assert len(towns.toshima.tables()) > 1_000
    assert len(towns.toshima.exports(towns.people)) > 100


def test_the_holder_written_in_both_would_be_found(towns: Towns) -> None:
    for town in (towns.toshima, towns.neighbour, towns.elsewhere):
        town.note = lambda person: f"本人確認済 {person.holder}"
    tables, exports = towns.serve().joining()
    assert {person.holder.hex for person in towns.people} <= tables & exports


def test_one_old_number_used_by_both_would_be_found(towns: Towns) -> None:
    """In what is exported; the tables hold it sealed, and hashed for each sector by itself."""
    numbers = [f"OLD-{towns.dice.getrandbits(40):010x}".upper() for _ in range(2 * PEOPLE)]
    towns.toshima.number = towns.neighbour.number = numbers.__getitem__
    towns.elsewhere.number = numbers[PEOPLE:].__getitem__
    tables, exports = towns.serve().joining()
    assert set(numbers[:PEOPLE]) <= exports
    assert tables == set()


def test_one_library_number_in_both_is_told_by_each_and_lies_in_no_table(towns: Towns) -> None:
    """Sealed and hashed for each sector and service; under one key its hash would join them."""
    numbers = [f"{towns.dice.randrange(10**7, 10**8)}" for _ in range(2 * PEOPLE)]
    towns.toshima.library_number = towns.neighbour.library_number = numbers.__getitem__
    towns.elsewhere.library_number = numbers[PEOPLE:].__getitem__
    tables, exports = towns.serve().joining()
    assert set(numbers[:PEOPLE]) <= exports
    assert tables == set()


def test_one_identity_key_in_both_would_be_found(towns: Towns) -> None:
    numbers = [f"{towns.dice.randrange(10**7, 10**8)}" for _ in range(2 * PEOPLE)]
    towns.toshima.library_number = towns.neighbour.library_number = numbers.__getitem__
    towns.elsewhere.library_number = numbers[PEOPLE:].__getitem__
    for town in (towns.toshima, towns.neighbour, towns.elsewhere):
        town.key_of = TOSHIMA
    tables, _ = towns.serve().joining()
    assert len(tables) >= PEOPLE


def test_what_is_compared_is_filled(towns: Towns) -> None:
    """A table that nobody filled would be compared with nothing."""
    filled = towns.serve().toshima.filled()
    assert {"link", "link_event", "tap", "tap_payment", "phone_step", "phone_start"} <= filled
    assert {"consent", "membership", "membership_term", "delegation", "personal"} <= filled
    assert {"claim", "predicate_ask", "access_entry", "transfer", "lot"} <= filled


def test_one_sectors_name_on_both_keys_would_be_found(towns: Towns) -> None:
    """Then a name and birth date have one hash in both towns' tables."""
    towns.neighbour.key = towns.elsewhere.key = towns.toshima.key
    tables, _ = towns.serve().joining()
    assert len(tables) >= PEOPLE
