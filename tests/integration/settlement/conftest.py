"""A small town: four shops of two associations, and a rich resident who shops in them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from ichimai import ledger, merchants, settlement
from ichimai.kernel import Asset, ids
from ichimai.kernel.clock import ManualClock
from ichimai.kernel.errors import DomainError
from ichimai.ledger import OperationId, Posted
from ichimai.ledger.model import Grant, Pay, Purse, Refund
from ichimai.merchants import Association, BankAccount, Shop, ShopId, ShopSize
from ichimai.programs import funding, lists
from ichimai.programs.terms import Program
from ichimai.settlement.model import BatchId, Closing, ClosingId, Payer, PayerId
from ichimai.storage import Database, Schema, WriteTx

GIFT = Asset("longevity-gift")
WALLET, TILL = UUID(int=0xA), UUID(int=0x7)
PROGRAM = Program(key=GIFT, name_ja="長寿祝い", name_en="Longevity gift")
FUNDER = funding.funder_id(PROGRAM)
TREASURER, APPROVER = UUID(int=0x71), UUID(int=0xA1)
ACCOUNT = BankAccount("0001", "ﾐｽﾞﾎ", "240", "ｲｹﾌﾞｸﾛ", 1, "1234567", "ﾔﾏﾀﾞ ﾀﾛｳ")
PAYER = Payer(PayerId(UUID(int=0x9)), "0131164001", replace(ACCOUNT, holder_kana="ﾄｼﾏｸ ｶｲｹｲｶﾝﾘｼﾔ"))
MONDAY = datetime(2026, 10, 4, 18, tzinfo=UTC)
"""Three o'clock in the morning of 5 October 2026, a Monday, in Tokyo."""


@dataclass
class Town:
    """What the tests do again and again, each time in a transaction of its own."""

    database: Database
    operator: Schema
    clock: ManualClock
    shops: list[Shop]

    def pay(self, shop: int, units: int) -> OperationId:
        """Spend at a shop (by its place in ``shops``)."""
        operation = self.operation()
        command = Pay(
            operation=operation,
            wallet=WALLET,
            payee=self.shops[shop].id,
            units=units,
            purses=(Purse(asset=GIFT),),
            terminal=TILL,
            actor=WALLET,
            is_repeat_confirmed=True,
        )
        self._post(command)
        return operation

    def refund(self, shop: int, payment: OperationId, units: int) -> None:
        """Give a payment back."""
        self._post(
            Refund(
                operation=self.operation(),
                payment=payment,
                units=units,
                payee=self.shops[shop].id,
                terminal=TILL,
            )
        )

    def _post(self, command: Pay | Refund | Grant) -> None:
        with self.database.write(self.operator) as tx:
            (answer,) = ledger.post(tx, self.clock, [command])
        if isinstance(answer, DomainError):
            raise answer
        assert isinstance(answer, Posted)

    def close(self, closing: ClosingId | None = None) -> Closing:
        """Close the last week."""
        with self.database.write(self.operator) as tx:
            return settlement.close(
                tx, self.clock, closing or self.closing(), GIFT, closed_by=TREASURER
            )

    def make(self, batch: BatchId | None = None, **choices: object) -> settlement.model.Batch:
        """Make a batch of all that is owed."""
        with self.database.write(self.operator) as tx:
            return self.make_in(tx, batch, **choices)

    def make_in(
        self, tx: WriteTx, batch: BatchId | None = None, **choices: object
    ) -> settlement.model.Batch:
        """Make a batch in the caller's transaction."""
        return settlement.make_batch(
            tx,
            self.clock,
            batch or self.batch(),
            GIFT,
            **{"made_by": TREASURER, **choices},  # type: ignore[arg-type] # a test's shorthand
        )

    def approve(self, batch: BatchId, approver: UUID = APPROVER) -> settlement.model.Batch:
        """Approve a batch as the second person."""
        with self.database.write(self.operator) as tx:
            return settlement.approve_batch(tx, self.clock, batch, approved_by=approver)

    def file(self, batch: BatchId) -> settlement.model.PayoutFile:
        """Take the file of a batch."""
        with self.database.write(self.operator) as tx:
            return settlement.release.payout_file(tx, self.clock, batch, handed_to=TREASURER)

    def week(self) -> None:
        """Let a week pass."""
        self.clock.advance(timedelta(days=7))

    def operation(self) -> OperationId:
        """A new id."""
        return OperationId(ids.uuid7(self.clock))

    def closing(self) -> ClosingId:
        """A new id."""
        return ClosingId(ids.uuid7(self.clock))

    def batch(self) -> BatchId:
        """A new id."""
        return BatchId(ids.uuid7(self.clock))

    def numbers(self, shops: Sequence[ShopId]) -> list[str]:
        """The numbers of shops, for reading."""
        names = {shop.id: shop.number for shop in self.shops}
        return [names[shop] for shop in shops]


@pytest.fixture
def town(database: Database, operator: Schema, clock: ManualClock) -> Town:
    """The town on the Monday after its first week, before anybody has bought anything."""
    clock.at = MONDAY
    sizes = [ShopSize.SMALL, ShopSize.SMALL, ShopSize.MEDIUM, ShopSize.LARGE]
    numbers = ["01-001", "08-017", "08-018", "08-019"]
    shops = [
        Shop(
            id=ShopId(ids.uuid7(clock)),
            number=number,
            association=int(number[:2]),
            name=f"店{number}",
            kana="ミセ",
            size=size,
            category="food",
            account=replace(ACCOUNT, number=f"{place:07}"),
        )
        for place, (number, size) in enumerate(zip(numbers, sizes, strict=True))
    ]
    made = Town(database, operator, clock, shops)
    with database.write(operator) as tx:
        merchants.directory.add_associations(
            tx,
            [
                Association(1, "アザレア通り商店会", 54, accepts_gift_vouchers=True),
                Association(8, "巢鴨地藏通り商店街振興組合", 171, accepts_gift_vouchers=True),
            ],
        )
        merchants.directory.add_shops(tx, shops)
        settlement.set_payer(tx, clock, PAYER, entered_by=TREASURER)
        lists.open_program(tx, clock, PROGRAM)
    made._post(
        Grant(
            operation=made.operation(),
            wallet=WALLET,
            funder=FUNDER,
            asset=GIFT,
            units=1_000_000,
            expires_at=clock.now() + timedelta(days=365),
        )
    )
    return made
