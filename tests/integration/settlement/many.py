"""Three streets, five shops and programs of every way of charging, for tests of whole closings."""

import itertools
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import psycopg
from psycopg import conninfo

from ichimai import ledger, merchants, settlement
from ichimai.kernel import Asset, ids
from ichimai.kernel.clock import ManualClock
from ichimai.kernel.errors import DomainError
from ichimai.ledger import OperationId
from ichimai.ledger.model import (
    Award,
    Command,
    Earn,
    Grant,
    Pay,
    Posted,
    Purchase,
    Purse,
    Refund,
    Release,
    Return,
)
from ichimai.merchants import Association, Shop, ShopId, ShopSize
from ichimai.programs import funding, lists
from ichimai.programs.terms import Charging, Earning, Expiry, Program, Settlement, Trigger
from ichimai.settlement.clearing import ClosingRun
from ichimai.settlement.model import Batch, BatchId, Closing, ControlTotal, RunId
from ichimai.storage import Database, EmbeddedServer, Schema, operator_schema

from .conftest import ACCOUNT, APPROVER, MONDAY, PAYER, TILL, TREASURER

_NUMBERS = itertools.count(1)

GIFT: Final = Program(key=Asset("gift"), name_ja="長寿祝い", name_en="Gift")
"""The city's: it owes when it is spent."""

POINTS: Final = Program(
    key=Asset("points"),
    name_ja="さくらポイント",
    name_en="Points",
    funder="shop",
    expiry=Expiry(never=True),
    settlement=Settlement(charging=Charging.AT_ISSUE, pool="association:8"),
    earnings=(
        Earning(key="sale", name_ja="売上", name_en="Sale", trigger=Trigger.SALE),
        Earning(
            key="class",
            name_ja="教室",
            name_en="Class",
            trigger=Trigger.EVENT,
            event="class",
            funder="operator",
            budget_units=1_000_000,
        ),
    ),
)
"""A coalition's: shops pay for what they give, the association of the first street keeps it."""

CAMPAIGN: Final = Program(
    key=Asset("campaign"),
    name_ja="夏の市",
    name_en="Campaign",
    funder="tanaka-shokuhin",
    unit_yen=10,
    settlement=Settlement(fee_basis_points=150),
)
"""A sponsor's; a unit is ten yen, and shops pay 1.5 % of what they accept."""

OWN: Final = Program(
    key=Asset("own-points"),
    name_ja="店のポイント",
    name_en="A shop's own",
    funder="shop",
    settlement=Settlement(cycle="monthly"),
)
"""Each shop's own: it owes when they are spent, wherever that is."""

STAMPS: Final = Program(
    key=Asset("stamps"),
    name_ja="スタンプ",
    name_en="Stamps",
    unit_yen=0,
    settlement=Settlement(charging=Charging.NEVER, cycle="daily"),
)

PROGRAMS: Final = (GIFT, POINTS, CAMPAIGN, OWN, STAMPS)
KEYS: Final = tuple(sorted(program.key for program in PROGRAMS))
STREETS: Final = (
    Association(1, "アザレア通り商店会", 54, accepts_gift_vouchers=True),
    Association(8, "巢鴨地藏通り商店街振興組合", 171, accepts_gift_vouchers=True),
    Association(90, "えびす通り高松商店会", 14, accepts_gift_vouchers=False),
)
_NUMBERED: Final = ("01-001", "08-017", "08-018", "90-001", "90-002")
WALLETS: Final = (UUID(int=0xA1), UUID(int=0xA2), UUID(int=0xA3))
BY_BUDGET: Final = funding.budget_id(POINTS.key, "class")
_SIZES: Final = (ShopSize.SMALL, ShopSize.SMALL, ShopSize.MEDIUM, ShopSize.LARGE, ShopSize.SMALL)


@dataclass
class Streets:
    """What the tests do again and again, each time in a transaction of its own."""

    database: Database
    operator: Schema
    clock: ManualClock
    shops: list[Shop] = field(default_factory=list)

    def build(self) -> "Streets":
        """Make everybody and everything."""
        self.shops = [
            Shop(
                id=ShopId(ids.uuid7(self.clock)),
                number=number,
                association=int(number[:2]),
                name=f"店{number}",
                kana="ミセ",
                size=size,
                category="food",
                account=replace(ACCOUNT, number=f"{place:07}"),
            )
            for place, (number, size) in enumerate(zip(_NUMBERED, _SIZES, strict=True))
        ]
        with self.database.write(self.operator) as tx:
            merchants.directory.add_associations(tx, STREETS)
            merchants.directory.add_shops(tx, self.shops)
            settlement.set_payer(tx, self.clock, PAYER, entered_by=TREASURER)
            for program in PROGRAMS:
                lists.open_program(tx, self.clock, program)
        return self

    def post(self, command: Command) -> Posted | DomainError:
        """What the ledger answers."""
        with self.database.write(self.operator) as tx:
            (answer,) = ledger.post(tx, self.clock, [command])
        return answer

    def posted(self, command: Command) -> OperationId:
        """The same, where it must be done."""
        answer = self.post(command)
        assert isinstance(answer, Posted), answer
        return answer.operation

    def grant(
        self, program: Program, units: int, wallet: int = 0, funder: UUID | None = None
    ) -> None:
        """Give somebody units of a program."""
        self.posted(
            Grant(
                operation=self.operation(),
                wallet=WALLETS[wallet],
                funder=funder or funding.funder_id(program),
                asset=program.key,
                units=units,
                expires_at=self.clock.now() + timedelta(days=3_000),
            )
        )

    def earn(self, shop: int, program: Program, units: int, wallet: int = 0) -> OperationId:
        """Earn units that a shop gives."""
        return self.posted(self.award(shop, program, units, self.shops[shop].id, wallet))

    def award(self, shop: int, program: Program, units: int, funder: UUID, wallet: int) -> Award:
        """Units for something at a shop."""
        return Award(
            operation=self.operation(),
            wallet=WALLETS[wallet],
            earns=(self.earning(program, units, funder),),
            place=self.shops[shop].id,
            terminal=TILL,
            actor=WALLETS[wallet],
        )

    def earning(self, program: Program, units: int, funder: UUID) -> Earn:
        """Units that somebody gives."""
        return Earn(
            asset=program.key,
            funder=funder,
            units=units,
            expires_at=self.clock.now() + timedelta(days=3_000),
            is_bounded=funder == BY_BUDGET,
        )

    def purchase(self, shop: int, yen: int, wallet: int, earned: int) -> Purchase:
        """Buy something with whatever is there, and earn points of the shop."""
        return Purchase(
            operation=self.operation(),
            wallet=WALLETS[wallet],
            payee=self.shops[shop].id,
            total_yen=yen,
            purses=(Purse(asset=GIFT.key), Purse(asset=POINTS.key)),
            earns=(self.earning(POINTS, earned, self.shops[shop].id),),
            terminal=TILL,
            actor=WALLETS[wallet],
            is_repeat_confirmed=True,
        )

    def returned(self, shop: int, purchase: OperationId, yen: int) -> Return:
        """Goods come back."""
        return Return(
            operation=self.operation(),
            purchase=purchase,
            total_yen=yen,
            payee=self.shops[shop].id,
            terminal=TILL,
        )

    def paying(
        self, shop: int, program: Program, units: int, wallet: int = 0, *, is_hold: bool = False
    ) -> Pay:
        """Spend units of a program, or only set them aside."""
        return Pay(
            operation=self.operation(),
            wallet=WALLETS[wallet],
            payee=self.shops[shop].id,
            units=units,
            purses=(Purse(asset=program.key),),
            terminal=TILL,
            actor=WALLETS[wallet],
            is_repeat_confirmed=True,
            hold_until=self.clock.now() + timedelta(days=400) if is_hold else None,
        )

    def pay(self, shop: int, program: Program, units: int, wallet: int = 0) -> OperationId:
        """Spend units of a program."""
        return self.posted(self.paying(shop, program, units, wallet))

    def refunding(self, shop: int, payment: OperationId, units: int) -> Refund:
        """Give a payment back."""
        return Refund(
            operation=self.operation(),
            payment=payment,
            units=units,
            payee=self.shops[shop].id,
            terminal=TILL,
        )

    def releasing(self, shop: int, hold: OperationId, units: int) -> Release:
        """Take what was set aside, or part of it."""
        return Release(
            operation=self.operation(),
            hold=hold,
            units=units,
            payee=self.shops[shop].id,
            terminal=TILL,
        )

    def close(self, *programs: Program) -> ClosingRun:
        """Close the last week of some programs (none: of all)."""
        keys = [program.key for program in programs or PROGRAMS]
        with self.database.write(self.operator) as tx:
            return settlement.clearing.close_programs(
                tx, self.clock, RunId(self.operation()), keys, closed_by=TREASURER
            )

    def closings(self, run: ClosingRun) -> dict[Asset, Closing]:
        """What a run means for each program."""
        with self.database.read(self.operator) as tx:
            found = settlement.reports.closings_of_run(tx, run.id)
        return {closing.asset: closing for closing in found}

    def lines(self, run: ClosingRun, program: Program) -> list[tuple[str, int, int, int, int]]:
        """Of a closing, by shop: accepted, due, fee and yen."""
        closing = self.closings(run)[program.key]
        with self.database.read(self.operator) as tx:
            found = settlement.reports.payables(tx, closing.id)
        names = {shop.id: shop.number for shop in self.shops}
        return [
            (names[line.shop], line.accepted, line.due, line.fee_yen, line.yen) for line in found
        ]

    def owed(self, run: ClosingRun) -> list[tuple[str, str, str, int]]:
        """Who owes whom, why and how much, as a table."""
        with self.database.read(self.operator) as tx:
            found = settlement.reports.obligations(tx, run.id)
        return sorted((each.debtor, each.creditor, each.why.value, each.yen) for each in found)

    def make(self, *programs: Program, batch: BatchId | None = None, **choices: object) -> Batch:
        """Make a batch of all that is owed."""
        with self.database.write(self.operator) as tx:
            return settlement.make_batch(
                tx,
                self.clock,
                batch or BatchId(self.operation()),
                *[program.key for program in programs],
                **{"made_by": TREASURER, **choices},  # type: ignore[arg-type] # a test's shorthand
            )

    def approve(self, batch: Batch) -> Batch:
        """Approve a batch as the second person."""
        with self.database.write(self.operator) as tx:
            return settlement.approve_batch(tx, self.clock, batch.id, approved_by=APPROVER)

    def paid(self, batch: Batch) -> dict[str, int]:
        """What a batch pays by shop, in yen; its file says the same."""
        with self.database.write(self.operator) as tx:
            file = settlement.release.payout_file(tx, self.clock, batch.id, handed_to=TREASURER)
            payees = settlement.reports.payees(tx, batch.id)
        told = ControlTotal(len(payees), sum(payee.units for payee in payees))
        assert file.control == told
        return {payee.shop_number: payee.units for payee in payees}

    def balance(self, role: ledger.model.Role, program: Program, owner: UUID | None = None) -> int:
        """What is on the accounts of a role, or on one of them."""
        with self.database.read(self.operator) as tx:
            found = ledger.reports.balances(tx, role, program.key)
        return sum(found.values()) if owner is None else found.get(owner, 0)

    def verify(self) -> None:
        """The ledger recomputes everything from its transfers, and settlement says the same."""
        with self.database.snapshot(self.operator) as tx:
            ledger.verification.verify(tx)
            settlement.reports.verify(tx)

    def week(self) -> None:
        """Let a week pass."""
        self.clock.advance(timedelta(days=7))

    def operation(self) -> OperationId:
        """A new id."""
        return OperationId(ids.uuid7(self.clock))

    def rows(self, query: str, params: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """What a query by the database's owner finds."""
        with psycopg.connect(self.database.url) as connection:
            connection.execute(f"SET search_path TO {self.operator}".encode())
            return connection.execute(query.encode(), params).fetchall()

    def change(self, statement: str, params: Sequence[object] = ()) -> None:
        """Change what the application cannot, as the database's owner."""
        with psycopg.connect(self.database.url) as connection:
            connection.execute(f"SET search_path TO {self.operator}".encode())
            assert connection.execute(statement.encode(), params).rowcount == 1


@contextmanager
def streets_in(server: EmbeddedServer, template: str) -> Iterator[Streets]:
    """The streets in a database of their own; ``server`` and ``template`` are the fixtures."""
    name = f"streets_{os.getpid()}_{next(_NUMBERS)}"
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
    database = Database(conninfo.make_conninfo(server.url, dbname=name))
    try:
        yield Streets(database, operator_schema("131164"), ManualClock(MONDAY)).build()
    finally:
        database.close()
        with psycopg.connect(server.url, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
