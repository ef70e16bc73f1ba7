"""Every file and answer that leaves an operator, compared between two sectors (faults.md F83).

The places in the code at which a file is made are looked for, and each is either made here for
both sectors or named with the reason why no person is in it: a new one makes this fail.
"""

import ast
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, is_dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

import msgspec
import pytest

import ichimai
from ichimai import identity, ledger, merchants, programs, registry, reporting, settlement
from ichimai.audit import Look, Purpose
from ichimai.cards import Assurance
from ichimai.kernel import ids
from ichimai.kernel.clock import day_in_tokyo
from ichimai.ledger import OperationId
from ichimai.ledger.model import Pay, Purse
from ichimai.merchants import Shop, ShopId, ShopSize
from ichimai.people.records import delegates
from ichimai.programs import lists
from ichimai.registry import SubjectId
from ichimai.registry.model import HolderId
from ichimai.reporting import journal, tables
from ichimai.settlement import clearing
from ichimai.settlement.model import BatchId, RunId
from ichimai.storage import REGISTRY, Database, operator_schema
from tests.acceptance.routes import methods_and_paths
from tests.integration.people.records.test_separation import (
    REGISTRY_KEY,
    Person,
    Sector,
    Towns,
    values,
)
from tests.integration.settlement.conftest import ACCOUNT, APPROVER, PAYER, PROGRAM, TREASURER

FILES: Final[Mapping[str, str]] = {
    "web/console/closings.py _payables": "payables",
    "web/console/closings.py _table": "association",
    "web/console/closings.py _statements": "statements",
    "web/console/payouts.py _file": "transfer file",
    "web/console/reports.py _file": "reports",
    "web/console/reports.py _journal": "journal",
    "web/layout/paper.py statement_csv": "statements",
    "web/layout/paper.py statement_pdf": "statements",
    "web/resident/my_data.py _export": "own data",
    "web/console/lists.py _cards": "-: the code of a new card, once, for its bearer",
    "web/console/end_letters.py _file": "-: numbers that the operator's own office gave",
    "web/console/settling.py _csv": "-: what associations, town and sponsors pay each other",
    "web/console/settling.py _file": "-: what associations, town and sponsors pay each other",
    "cli/consents.py _write": "-: what people agreed to hand over, and no number of ours",
    "cli/notices.py notice_export": "-: numbers that the operator's own office gave",
    "cli/options.py handed_over": "transfer file",
    "cli/reports.py _write": "journal",
    "cli/stops.py stops_take": "-: what a device keeps of the stops that it was told",
    "cli/stops.py stops_write": "stops",
    "jobs/lines.py append": "heads",
}
"""Where a file is made, and which of ``exported`` it is; ``-`` and why nobody is in it."""

ANSWERS: Final[Mapping[str, str]] = {
    "/closings": "payables",
    "/closings/{id}": "payables",
    "/closings/{id}/statements/{shop}": "statements",
    "/closings/{id}/associations": "association",
    "/debts": "-: what associations, town and sponsors owe each other",
    "/disputes": "-: what shops claim",
    "/grant-lists": "-: counts and sums of a list",
    "/grant-lists/{id}": "-: counts and sums of a list",
    "/health": "-: whether it serves",
    "/openapi.json": "-: the same for everybody",
    "/payments/{id}": "payments",
    "/payouts": "transfer file",
    "/payouts/{id}": "transfer file",
    "/payouts/{id}/file": "transfer file",
    "/payouts/{id}/results": "-: what a bank said of shops",
    "/bills": "-: what associations owe for their shops",
    "/bills/{id}": "-: what associations owe for their shops",
    "/nettings": "-: what associations, town and sponsors pay each other",
    "/nettings/{id}": "-: what associations, town and sponsors pay each other",
    "/nettings/{id}/results": "-: what banks said of associations, town and sponsors",
    "/nettings/{id}/file": "-: what associations, town and sponsors pay each other",
    "/reports/expired": "reports",
    "/reports/liability": "reports",
    "/reports/share": "reports",
    "/reports/unused": "reports",
    "/shops": "-: what shops are called",
    "/stops": "stops",
    "/verification": "heads",
}
"""What the API tells of what is there; taps and links are told when they are made."""

MAKES_FILES: Final = frozenset({"download", "streamed", "write_bytes", "write_text"})
NOT_PEOPLE: Final = ("benchmark/", "demo/", "cards/", "storage/", "reader/", "simulation/", "oidc/")
"""Folders whose files are of no operator: made-up towns, keys, and the machine's own."""


def _sites() -> set[str]:
    """Each function of ours that makes a file, as module and name."""
    root = Path(ichimai.__file__).parent
    found = set()
    for path in sorted(root.rglob("*.py")):
        module = path.relative_to(root).as_posix()
        if module.startswith(NOT_PEOPLE) or module == "web/layout/downloads.py":
            continue
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef) and any(
                _makes_a_file(node) for node in ast.walk(function)
            ):
                found.add(f"{module} {function.name}")
    return found


def _makes_a_file(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    name = getattr(node.func, "id", getattr(node.func, "attr", ""))
    modes = {each.value for each in node.args if isinstance(each, ast.Constant)}
    is_written = name == "open" and bool(modes & {"w", "wb", "a", "ab", "x", "xb"})
    return name in MAKES_FILES or is_written


def test_every_place_that_makes_a_file_is_compared_or_named_with_its_reason() -> None:
    assert _sites() == set(FILES)


def test_every_answer_of_the_api_is_compared_or_named_with_its_reason() -> None:
    asked = {path for method, path in methods_and_paths() if method == "GET"}
    assert asked == set(ANSWERS)


@dataclass
class Market:
    """One operator's shops, where everybody whom it serves buys something, and what is paid out."""

    sector: Sector
    noted: Callable[[Person], UUID] | None = None
    shops: list[Shop] = field(default_factory=list)
    payments: list[OperationId] = field(default_factory=list)
    written: dict[str, list[object]] = field(default_factory=dict)

    @property
    def _desk(self) -> programs.Desk:
        sector = self.sector
        return programs.Desk(
            sector.database,
            operator_schema(sector.code),
            sector.code,
            REGISTRY_KEY,
            sector.clock,
            sector.key,
        )

    def hold(self, people: list[Person]) -> "Market":
        """Sell to everybody, close, net, pay out, stop a card, and keep what was written."""
        desk, clock = self._desk, self.sector.clock
        self._open()
        with desk.database.write(REGISTRY) as tx:
            holders = [HolderId(person.holder) for person in people]
            subjects = registry.holders.subjects(tx, clock, desk.sector, holders)
        with desk.database.read(REGISTRY) as tx:
            cards = registry.resolve(
                tx, REGISTRY_KEY, desk.sector, [person.code for person in people]
            )
        for number, (subject, card) in enumerate(zip(subjects, cards, strict=True)):
            assert card is not None
            terminal = self.noted(people[number]) if self.noted else ids.uuid7(clock)
            self._sell(subject, card.reference, 1_000 + number, terminal)
            self._tap(card)
        clock.at += timedelta(days=7)
        self._settle()
        programs.cards.stop_card(desk, people[0].code)
        self._tell(subjects)
        return self

    def _open(self) -> None:
        desk, code = self._desk, self.sector.code
        self.shops = [
            Shop(
                id=ShopId(ids.uuid7(desk.clock)),
                number=f"{street:02}-001",
                association=street,
                name=f"店{code}{street}",
                kana="ﾐｾ",
                size=ShopSize.SMALL,
                category="food",
                account=ACCOUNT,
            )
            for street in (8, 27)
        ]
        streets = [
            merchants.Association(number, f"街{code}{number}", 2, accepts_gift_vouchers=True)
            for number in (8, 27)
        ]
        with desk.database.write(desk.operator) as tx:
            merchants.directory.add_associations(tx, streets)
            merchants.directory.add_shops(tx, self.shops)
            settlement.set_payer(tx, desk.clock, PAYER, entered_by=TREASURER)
            lists.open_program(tx, desk.clock, PROGRAM)

    def _sell(self, subject: SubjectId, card: UUID, units: int, terminal: UUID) -> None:
        desk = self._desk
        pay = Pay(
            operation=OperationId(ids.uuid7(desk.clock)),
            wallet=subject,
            payee=self.shops[units % 2].id,
            units=units,
            purses=(Purse(asset=PROGRAM.key),),
            terminal=terminal,
            actor=card,
        )
        with desk.database.write(desk.operator) as tx:
            (answer,) = ledger.post(tx, desk.clock, [pay])
        assert isinstance(answer, ledger.Posted), answer
        self.payments.append(pay.operation)

    def _tap(self, card: registry.Resolved) -> None:
        """What a terminal is told of a card that is shown."""
        desk = self._desk
        with desk.database.write(desk.operator) as tx:
            place = identity.Place(ids.uuid7(desk.clock), is_counter=False)
            told = identity.taps.tap(tx, desk.clock, place, card, Assurance.TAP)
        self._keep("taps", told.token, told.tap.id, told.tap.subject, told.tap.visit)

    def _settle(self) -> None:
        desk = self._desk
        with desk.database.write(desk.operator) as tx:
            run = clearing.close_programs(
                tx, desk.clock, RunId(ids.uuid7(desk.clock)), [PROGRAM.key], closed_by=TREASURER
            )
        with desk.database.write(desk.operator) as tx:
            (closing,) = settlement.reports.closings_of_run(tx, run.id)
            for payable in settlement.reports.payables(tx, closing.id):
                self._keep("payables", str(payable.shop), payable.units)
                found = settlement.statements.statement(tx, closing.id, payable.shop)
                self._keep("statements", settlement.statements.statement_csv(found).decode())
                # What the PDF shows is laid out from this.
                self._keep("statements", asdict(found))
            for number in (8, 27):
                street = settlement.statements.association_statement(tx, run.id, number)
                names = {PROGRAM.key: PROGRAM.name_ja}
                numbers = {shop.number: shop.name for shop in self.shops}
                self._keep(
                    "association", settlement.statements.association_csv(street, names).decode()
                )
                self._keep(
                    "association", settlement.statements.billing_csv(street, numbers).decode()
                )
            for owed in settlement.reports.obligations(tx, run.id):
                self._keep("association", _plain(owed))
            batch = settlement.make_batch(
                tx, desk.clock, BatchId(ids.uuid7(desk.clock)), PROGRAM.key, made_by=TREASURER
            )
            settlement.approve_batch(tx, desk.clock, batch.id, approved_by=APPROVER)
            file = settlement.release.payout_file(tx, desk.clock, batch.id, handed_to=TREASURER)
            self._keep("transfer file", file.name, file.content.decode("cp932"), _plain(batch))

    def _tell(self, subjects: list[SubjectId]) -> None:
        desk = self._desk
        today = day_in_tokyo(desk.clock.now())
        first = today - timedelta(days=30)
        with desk.database.snapshot(desk.operator) as tx:
            for made in (
                reporting.unused(tx, desk.clock, on=today),
                reporting.liability(tx, desk.clock, on=today),
                reporting.expired(tx, desk.clock, from_on=first, to_on=today),
                reporting.share(tx, desk.clock, PROGRAM.key),
            ):
                self._keep("reports", tables.as_csv(made, "ja").decode())
            for each in journal.Each:
                parts = journal.as_csv(tx, desk.clock, from_on=first, to_on=today, each=each)
                self._keep("journal", b"".join(parts).decode())
            self._keep("heads", list(ledger.reports.head(tx)))
            for payment in self.payments:
                posted = ledger.reports.posted(tx, payment)
                assert posted is not None
                self._keep("payments", *[list(leg) for leg in posted.transfers])
            key = identity.sealing.operator_key(REGISTRY_KEY.secret, desk.sector)
            stops = identity.stops.signed_stops(tx, desk.clock, key, desk.sector, after=0)
            # Its fields: sixteen bytes of JSON are like those of another town's by chance.
            listed = msgspec.json.decode(stops.payload, type=identity.stops.StopList)
            self._keep("stops", msgspec.structs.asdict(listed), stops.signature)
        look = Look(ids.uuid7(desk.clock), "clerk", Purpose.ENQUIRY)
        with desk.database.write(desk.operator) as tx:
            for subject in subjects:
                args = tx, desk.personal_key, desk.clock, look, subject
                for one in (*delegates.read(*args), *delegates.held(*args)):
                    self._keep("delegates", _plain(one))

    def _keep(self, what: str, *told: object) -> None:
        self.written.setdefault(what, []).extend(told)

    def exported(self) -> dict[str, set[str]]:
        """Every value of each sort of file."""
        return {
            what: {value for cell in told for value in values(cell)}
            for what, told in self.written.items()
        }


def _plain(told: object) -> object:
    """Its fields; a time written out would be cut into digits that are like others by chance."""
    if is_dataclass(told) and not isinstance(told, type):
        return asdict(told)
    assert isinstance(told, tuple)
    return list(told)


def _joining(towns: Towns, noted: Callable[[Person], UUID] | None = None) -> dict[str, set[str]]:
    """By sort of file, what the two sectors that serve the same people have in common alone."""
    towns.serve()
    sectors = (towns.toshima, towns.people), (towns.neighbour, towns.people)
    one, other = (Market(each, noted).hold(people).exported() for each, people in sectors)
    else_where = Market(towns.elsewhere, noted).hold(towns.others).exported()
    anywhere = {value for found in else_where.values() for value in found}
    assert set(one) == set(other) == set(else_where)
    everything = {value for found in other.values() for value in found}
    return {what: (found & everything) - anywhere for what, found in one.items()}


@pytest.fixture
def towns(database: Database) -> Towns:
    return Towns(database)


def test_no_file_or_answer_of_two_sectors_joins_their_people(towns: Towns) -> None:
    """Neither of one sort nor across: a statement here and a journal there."""
    found = _joining(towns)
    assert {what: common for what, common in found.items() if common} == {}
    named = {what for what in (*FILES.values(), *ANSWERS.values()) if not what.startswith("-")}
    assert named - {"own data"} <= set(found)


def test_a_number_of_the_registry_in_both_would_be_found(towns: Towns) -> None:
    found = _joining(towns, lambda person: person.holder)
    assert {person.holder.hex for person in towns.people} <= found["payments"]
