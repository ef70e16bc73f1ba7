"""A town with programs of every sort in the law, and a long random history in its ledger."""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from ichimai import ledger, merchants
from ichimai.kernel import Asset, ids
from ichimai.kernel.clock import ManualClock, start_of_day
from ichimai.kernel.rates import Rate
from ichimai.ledger import Kind, OperationId, Posted
from ichimai.ledger.model import (
    Award,
    CashOut,
    Charge,
    Command,
    Earn,
    Exchange,
    Expire,
    Give,
    Grant,
    Leg,
    MergeWallets,
    Move,
    Pay,
    Purchase,
    Purse,
    Refund,
    Release,
    Restore,
    Return,
    Role,
    SplitWallets,
    Sweep,
)
from ichimai.merchants import Association, BankAccount, Shop, ShopId, ShopSize
from ichimai.programs import funding, lists
from ichimai.storage import Database, Schema

from .terms import GIFT, POINTS, PREMIUM, PREPAID, PROGRAMS, STAMPS, VALUE

BEGIN: Final = datetime(2026, 1, 4, 18, tzinfo=UTC)
STREETS: Final = (
    Association(8, "巢鴨地藏通り商店街", 171, accepts_gift_vouchers=True),
    Association(27, '日出 "優良" 商店会', 35, accepts_gift_vouchers=True),
    Association(90, "=高松", 14, accepts_gift_vouchers=False),
)
_SHOPS: Final = (
    ("08-001", "青果", ShopSize.SMALL),
    ("08-002", "茶舗", ShopSize.MEDIUM),
    ("27-001", "+スーパー", ShopSize.LARGE),
    ("27-002", '"豆腐" \\ 店', ShopSize.SMALL),
    ("90-001", "𠮷野屋根", ShopSize.SMALL),
)
_ACCOUNT = BankAccount("0001", "ﾐｽﾞﾎ", "240", "ｲｹﾌﾞｸﾛ", 1, "1234567", "ﾔﾏﾀﾞ ﾀﾛｳ")


@dataclass
class World:
    """The town, and the hand that writes its history."""

    database: Database
    operator: Schema
    clock: ManualClock
    seed: int = 1
    people: int = 14
    shops: list[Shop] = field(default_factory=list)
    payments: list[tuple[Pay | Purchase, int]] = field(default_factory=list)
    holds: list[Pay] = field(default_factory=list)
    expiries: list[OperationId] = field(default_factory=list)
    merges: list[MergeWallets] = field(default_factory=list)
    refused: int = 0

    def build(self) -> "World":
        """Register programs and shops, before anything happens."""
        self.clock.at = BEGIN
        self.rng = random.Random(self.seed)
        self.shops = [self._shop(*row) for row in _SHOPS]
        self.residents = [UUID(int=self.rng.getrandbits(128)) for _ in range(self.people)]
        with self.database.write(self.operator) as tx:
            merchants.directory.add_associations(tx, STREETS)
            merchants.directory.add_shops(tx, self.shops)
            for program in PROGRAMS:
                lists.open_program(tx, self.clock, program)
        return self

    def live(self, steps: int, *, has_gifts: bool = True) -> "World":
        """So many things happen, over most of a year; people give to each other, or not."""
        acts = [
            *(self._grant, self._top_up, self._purchase, self._purchase, self._purchase),
            *(self._event, self._hold, self._release, self._refund, self._return),
            *(self._cash_out, self._exchange, self._expire, self._close, self._charge),
            *(self._pay_out, self._restore),
            *((self._give, self._merge, self._split) if has_gifts else ()),
        ]
        for _ in range(steps):
            self.clock.advance(timedelta(minutes=self.rng.randrange(1, 4_000)))
            self.post(self.rng.choice(acts)())
        return self

    def post(self, command: Command | None) -> Posted | None:
        """Make one operation; what is refused is counted."""
        if command is None:
            return None
        with self.database.write(self.operator) as tx:
            (answer,) = ledger.post(tx, self.clock, [command])
        if not isinstance(answer, Posted):
            self.refused += 1
            return None
        if isinstance(command, Pay) and command.hold_until is not None:
            self.holds.append(command)
        elif isinstance(command, Expire):
            self.expiries.append(command.operation)
        elif isinstance(command, Pay | Purchase):
            paid = sum(leg.units for leg in answer.transfers if leg.kind == Kind.PAYMENT)
            self.payments.append((command, paid))
        return answer

    def operation(self) -> OperationId:
        """A new id."""
        return OperationId(ids.uuid7(self.clock))

    def shop_for(self, months: int) -> "World":
        """Nearly everybody shops in some shops, and hardly anybody in others, every few days."""
        for person in self.residents:
            self.grant(person, 1_000_000, days=3_000)
        for _ in range(8 * months):
            self.clock.advance(timedelta(days=3, hours=19))
            for place, regulars in enumerate((14, 9, 8, 2, 1)):
                for person in self.residents[:regulars]:
                    if self.rng.random() < 0.4:
                        self.pay(person, self.shops[place], self.rng.randrange(1, 999))
            self.post(self._refund())
        return self

    def pay(self, person: UUID, shop: Shop, units: int, asset: Asset = GIFT) -> None:
        """Somebody buys something."""
        assert self.post(self._pay(person, shop, units, asset))

    def grant(self, person: UUID, units: int, asset: Asset = GIFT, days: int = 180) -> None:
        """Somebody gets something."""
        assert self.post(self._granted(person, units, asset, days))

    def _pay(self, person: UUID, shop: Shop, units: int, asset: Asset) -> Pay:
        return Pay(
            operation=self.operation(),
            wallet=person,
            payee=shop.id,
            units=units,
            purses=(Purse(asset=asset),),
            terminal=UUID(int=7),
            actor=person,
            is_repeat_confirmed=True,
        )

    def _granted(self, person: UUID, units: int, asset: Asset, days: int) -> Grant:
        program = next(each for each in PROGRAMS if each.key == asset)
        return Grant(
            operation=self.operation(),
            wallet=person,
            funder=funding.funder_id(program),
            asset=asset,
            units=units,
            expires_at=self._ends(days),
        )

    def _ends(self, days: int) -> datetime:
        return start_of_day((self.clock.now() + timedelta(days=days)).date())

    def _person(self) -> UUID:
        return self.rng.choice(self.residents)

    def _grant(self) -> Command:
        asset = self.rng.choice((GIFT, PREMIUM, STAMPS))
        days = self.rng.choice((5, 40, 100, 181, 200, 400))
        return self._granted(self._person(), self.rng.randrange(1, 20_000), asset, days)

    def _top_up(self) -> Command:
        earn = Earn(
            asset=PREPAID,
            funder=funding.party_id("operator"),
            units=self.rng.randrange(1, 900_000),
            expires_at=ledger.model.NEVER,
            kind=Kind.TOP_UP,
        )
        return self.award((earn,))

    def award(self, earns: tuple[Earn, ...]) -> Award:
        """Something that took place, of anybody."""
        person = self._person()
        return Award(
            operation=self.operation(),
            wallet=person,
            earns=earns,
            place=self.shops[0].id,
            terminal=UUID(int=7),
            actor=person,
        )

    def _event(self) -> Command:
        return self.award(
            (
                Earn(
                    asset=POINTS,
                    funder=funding.budget_id(POINTS, "class"),
                    units=50,
                    expires_at=self._ends(90),
                    usable_at=self._ends(self.rng.choice((0, 14))),
                    is_bounded=True,
                ),
            )
        )

    def _purchase(self) -> Command:
        person, shop = self._person(), self.rng.choice(self.shops)
        ends = self._ends(self.rng.choice((30, 365)))
        rate = Rate(yen=100, units=1)
        return Purchase(
            operation=self.operation(),
            wallet=person,
            payee=shop.id,
            total_yen=self.rng.randrange(1, 8_000),
            purses=tuple(Purse(asset=asset) for asset in self.rng.sample(VALUE, 2)),
            earns=(
                Earn(asset=POINTS, funder=shop.id, rate=rate, expires_at=ends),
                Earn(asset=POINTS, funder=funding.party_id("cinema"), rate=rate, expires_at=ends),
            ),
            terminal=UUID(int=7),
            actor=person,
            is_repeat_confirmed=True,
        )

    def _hold(self) -> Command:
        pay = self._pay(
            self._person(),
            self.rng.choice(self.shops),
            self.rng.randrange(1, 3_000),
            self.rng.choice(VALUE),
        )
        until = self.clock.now() + timedelta(days=120)
        return Pay(**{name: getattr(pay, name) for name in pay.__struct_fields__}
                   | {"hold_until": until})  # fmt: skip

    def _release(self) -> Command | None:
        if not self.holds:
            return None
        hold = self.holds.pop(self.rng.randrange(len(self.holds)))
        return Release(
            operation=self.operation(),
            hold=hold.operation,
            units=self.rng.choice((0, hold.units, hold.units // 2)),
            payee=hold.payee,
            terminal=UUID(int=7),
        )

    def _refund(self) -> Command | None:
        found = [each for each in self.payments if isinstance(each[0], Pay) and each[1]]
        if not found:
            return None
        payment, units = self.rng.choice(found)
        return Refund(
            operation=self.operation(),
            payment=payment.operation,
            units=self.rng.randrange(1, units + 1),
            payee=payment.payee,
            terminal=UUID(int=7),
        )

    def _return(self) -> Command | None:
        found = [each for each, _ in self.payments if isinstance(each, Purchase)]
        if not found:
            return None
        purchase = self.rng.choice(found)
        return Return(
            operation=self.operation(),
            purchase=purchase.operation,
            total_yen=self.rng.randrange(1, purchase.total_yen + 1),
            payee=purchase.payee,
            terminal=UUID(int=7),
        )

    def _give(self) -> Command:
        person, other = self.rng.sample(self.residents, 2)
        asset = self.rng.choice((GIFT, POINTS, PREMIUM))
        return Give(
            operation=self.operation(), wallet=person, to=other, asset=asset, units=None,
            actor=person,
        )  # fmt: skip

    def _merge(self) -> Command:
        person, other = self.rng.sample(self.residents, 2)
        merge = MergeWallets(
            operation=self.operation(),
            wallet=person,
            to=other,
            assets=tuple(program.key for program in PROGRAMS),
            actor=person,
        )
        self.merges.append(merge)
        return merge

    def _split(self) -> Command | None:
        if not self.merges:
            return None
        merge = self.merges.pop()
        return SplitWallets(
            operation=self.operation(),
            merge=merge.operation,
            wallet=merge.to,
            to=merge.wallet,
            assets=merge.assets,
            actor=merge.actor,
        )

    def _cash_out(self) -> Command:
        person = self._person()
        return CashOut(
            operation=self.operation(),
            wallet=person,
            asset=PREPAID,
            units=self.rng.randrange(1, 2_000),
            payee=funding.party_id("operator"),
            terminal=UUID(int=7),
            actor=person,
        )

    def _exchange(self) -> Command | None:
        with self.database.read(self.operator) as tx:
            held = ledger.reports.balances(tx, Role.WALLET, STAMPS)
        full = [person for person, units in held.items() if units >= 10]
        if not full:
            return None
        person = self.rng.choice(full)
        earn = Earn(
            asset=POINTS,
            funder=funding.party_id("association:27"),
            units=30,
            expires_at=self._ends(60),
        )
        return Exchange(
            operation=self.operation(),
            wallet=person,
            purse=Purse(asset=STAMPS),
            units=10,
            to=earn,
            place=self.shops[0].id,
            terminal=UUID(int=7),
            actor=person,
        )

    def _expire(self) -> Command:
        return Expire(operation=self.operation(), limit=self.rng.choice((1, 5_000)))

    def _restore(self) -> Command | None:
        """Some days after an expiry, what ended then of two programs is good for longer."""
        if not self.expiries:
            return None
        return Restore(
            operation=self.operation(),
            expiry=self.rng.choice(self.expiries[-3:]),
            until=self._ends(self.rng.choice((1, 10, 100))),
            assets=frozenset(self.rng.sample((GIFT, POINTS, PREMIUM, STAMPS), 2)),
        )

    def _close(self) -> Command:
        return Sweep(operation=self.operation(), asset=self.rng.choice(VALUE))

    def _charge(self) -> Command:
        return Charge(operation=self.operation(), asset=POINTS)

    def _pay_out(self) -> Command | None:
        asset = self.rng.choice(VALUE)
        with self.database.read(self.operator) as tx:
            owed = ledger.reports.balances(tx, Role.PAYABLE, asset)
        legs = tuple(
            Leg(
                owner=shop,
                asset=asset,
                from_role=Role.PAYABLE,
                to_role=Role.SETTLED,
                units=units,
                kind=Kind.PAYOUT,
            )
            for shop, units in owed.items()
        )
        return Move(operation=self.operation(), legs=legs) if legs else None

    def _shop(self, number: str, name: str, size: ShopSize) -> Shop:
        return Shop(
            id=ShopId(UUID(int=self.rng.getrandbits(128))),
            number=number,
            association=int(number[:2]),
            name=name,
            kana="ミセ",
            size=size,
            category="food",
            account=_ACCOUNT,
        )
