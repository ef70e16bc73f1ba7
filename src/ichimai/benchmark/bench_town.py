"""A town to measure: shops with tills, and wallets with cards and much on them."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time
from itertools import islice

from ichimai import ledger, merchants, programs, registry, storage
from ichimai.app import Installation, Settings
from ichimai.kernel import Asset, Clock, ids
from ichimai.kernel.ages import Basis, Counting
from ichimai.kernel.clock import SystemClock, end_of_day
from ichimai.ledger import OperationId
from ichimai.ledger.model import Grant, Pay, Purse
from ichimai.merchants import (
    Association,
    BankAccount,
    EnrolledTerminal,
    Shop,
    ShopId,
    ShopSize,
)
from ichimai.programs.terms import (
    Bonus,
    Charging,
    Earning,
    Expiry,
    Limits,
    Program,
    ProgramKind,
    Reason,
    Settlement,
    Trigger,
    Use,
    When,
)
from ichimai.registry import SubjectId
from ichimai.storage import WriteTx

PROGRAM = Program(
    key=Asset("longevity-gift"),
    name_ja="長寿祝い",
    name_en="Longevity gift",
    funder="bench",
    expiry=Expiry(on=date(2099, 12, 31)),
    use=Use(per_payment_limit=10_000, per_day_limit=10**9),
    reasons=(
        Reason(
            key="BEIJU",
            name="米寿",
            name_en="88",
            units=10_000,
            years=88,
            since="birth",
            basis=Basis.ON_DATE,
            counting=Counting.BIRTHDAY,
            reference_date=date(2026, 9, 15),
        ),
    ),
)
POINTS = Program(
    key=Asset("street-points"),
    kind=ProgramKind.POINTS,
    name_ja="商店街ポイント",
    name_en="Street points",
    funder="association:1",
    expiry=Expiry(end_of_fiscal_year=True),
    settlement=Settlement(charging=Charging.AT_ISSUE, pool="association:1"),
    earnings=(
        Earning(
            key="sales",
            name_ja="買い物",
            name_en="Shopping",
            trigger=Trigger.SALE,
            is_of_rest=False,
            funder="shop",
            limits=Limits(units_per_day=1_000_000),
        ),
    ),
)
COALITION = Program(
    key=Asset("town-points"),
    kind=ProgramKind.POINTS,
    name_ja="共通ポイント",
    name_en="Town points",
    funder="bench",
    use=Use(per_payment_limit=100),
    expiry=Expiry(end_of_fiscal_year=True),
    earnings=(
        Earning(
            key="sales",
            name_ja="買い物",
            name_en="Shopping",
            trigger=Trigger.SALE,
            is_of_rest=False,
        ),
    ),
    bonuses=(
        Bonus(
            key="mornings",
            name_ja="朝2倍",
            name_en="Mornings",
            earning="sales",
            times=2,
            when=When(until_time=time(9)),
        ),
    ),
)
SHOPS = 400
STREETS = 90
STREET_SHOPS = 4_359
_ON_EACH_CARD = 10**9
_PURSES = (Purse(asset=PROGRAM.key, per_payment=10_000, per_day=10**9),)
_ACCOUNT = BankAccount("0981", "ﾌｸﾛｳ", "116", "ﾄｼﾏ", 1, "0000001", "ﾀﾒｼ")


@dataclass
class BenchTown:
    """Cards' codes, tills' tokens, and the subjects behind the cards."""

    installation: Installation
    codes: list[str]
    tills: list[EnrolledTerminal]
    subjects: list[SubjectId]

    def commands(self, count: int, subjects: Sequence[SubjectId]) -> Iterator[Pay]:
        """Payments as the ledger takes them, once a till and a card are known."""
        clock = self.installation.clock
        for _ in range(count):
            till, subject = random.choice(self.tills), random.choice(subjects)  # noqa: S311 - no secret
            yield Pay(
                operation=OperationId(ids.uuid7(clock)),
                wallet=subject,
                payee=till.shop,
                units=random.randrange(1, 900),  # noqa: S311 - no secret
                purses=_PURSES,
                terminal=till.terminal,
                actor=subject,
            )


def make(settings: Settings, url: str, wallets: int) -> BenchTown:
    """A fresh town in the empty database at ``url``."""
    now = SystemClock().now()
    storage.migrate.migrate(url, [storage.operator_schema(settings.operator)], now)
    installation = Installation(settings)
    desk = installation.desk
    with desk.database.write(storage.REGISTRY) as tx:
        cards = registry.cards.new_cards(tx, desk.key, desk.clock, wallets)
        subjects = registry.holders.subjects(
            tx, desk.clock, desk.sector, [card.holder for card in cards]
        )
    with desk.database.write(desk.operator) as tx:
        merchants.directory.add_associations(tx, [Association(1, "通り", SHOPS, True)])
        shops = [
            shop_of(1, number, ShopId(ids.uuid7(desk.clock))) for number in range(1, SHOPS + 1)
        ]
        merchants.directory.add_shops(tx, shops)
        tills = merchants.tills.enrol_directly(tx, desk.clock, [shop.id for shop in shops])
        for program in (PROGRAM, POINTS, COALITION):
            programs.lists.open_program(tx, desk.clock, program)
    town = BenchTown(installation, [card.code for card in cards], tills, subjects)
    grant(town, subjects)
    return town


def shop_of(association: int, number: int, id_: ShopId) -> Shop:
    """A small shop."""
    return Shop(
        id_,
        f"{association:02}-{number:03}",
        association,
        f"店{number}",
        "ミセ",
        ShopSize.SMALL,
        "food",
        _ACCOUNT,
    )


def streets(tx: WriteTx, clock: Clock) -> list[Shop]:
    """The shops of a whole town's associations, 10 and later; made when they are not there."""
    numbers = range(10, 10 + STREETS)
    known = {each.number for each in merchants.directory.associations(tx)}
    if known.isdisjoint(numbers):
        made = [Association(number, f"{number}番街", 50, True) for number in numbers]
        merchants.directory.add_associations(tx, made)
        shops = [
            shop_of(place // 50 + 10, place % 50 + 1, ShopId(ids.uuid7(clock)))
            for place in range(STREET_SHOPS)
        ]
        merchants.directory.add_shops(tx, shops)
    return [shop for shop in merchants.directory.payees(tx) if shop.association in numbers]


def gift_list(numbers: Sequence[str]) -> bytes:
    """The list an officer would upload, of people with these numbers of the register."""
    rows = "".join(f"{number},試験 花子,昭和13年3月3日,米寿\r\n" for number in numbers)
    return f"宛名番号,氏名,生年月日,事由\r\n{rows}".encode()


def grant(town: BenchTown, subjects: Sequence[SubjectId], batch: int = 5_000) -> None:
    """Put much on every subject's wallet."""
    desk = town.installation.desk
    waiting = iter(subjects)
    while some := list(islice(waiting, batch)):
        grants = [
            Grant(
                operation=OperationId(ids.uuid7(desk.clock)),
                wallet=subject,
                funder=programs.funding.funder_id(PROGRAM),
                asset=PROGRAM.key,
                units=_ON_EACH_CARD,
                expires_at=end_of_day(date(2099, 12, 31)),
            )
            for subject in some
        ]
        with desk.database.write(desk.operator) as tx:
            ledger.post(tx, desk.clock, grants)
