"""What a till can do besides selling: a card is given up where it is filled, and only when full."""

from datetime import UTC, date, datetime
from uuid import UUID

from ichimai.kernel import Asset
from ichimai.ledger.model import ALWAYS
from ichimai.merchants import ShopId, ShopSize, TerminalAtShop
from ichimai.merchants.model import TerminalId
from ichimai.programs.catalogue import Catalogue
from ichimai.programs.terms import (
    Earning,
    Exchange,
    Program,
    ProgramKind,
    Trigger,
    Version,
    When,
    Where,
)
from ichimai.programs.till_tasks import tasks_at
from tests.tables import Row, each

NOON = datetime(2026, 10, 1, 3, tzinfo=UTC)
TILL = TerminalAtShop(
    TerminalId(UUID(int=1)), ShopId(UUID(int=2)), 8, True, ShopSize.SMALL, "food", "08-001"
)
VOUCHER = Program(key=Asset("voucher"), name_ja="500円券", name_en="Voucher")


def card(row: Row) -> Program:
    """A stamp card of a street, with one exchange."""
    street = int(row["filled_in"])
    earning = Earning(
        key="visit",
        name_ja="来店",
        name_en="Visit",
        trigger=Trigger.STAMP,
        where=Where(associations=(street,)),
    )
    exchange = Exchange(
        key="full",
        name_ja="交換",
        name_en="Exchange",
        take=10,
        to=None if row["for"] == "-" else Asset(row["for"]),
        give=1 if row["for"] == "-" else 500,
        gift_ja="絵本" if row["for"] == "-" else None,
        when=When(from_on=date.fromisoformat(row["from"])),
    )
    return Program(
        key=Asset("card"),
        kind=ProgramKind.STAMPS,
        name_ja="カード",
        name_en="Card",
        unit_yen=0,
        card_units=None if row["full"] == "-" else int(row["full"]),
        earnings=(earning,),
        exchanges=(exchange,),
    )


@each("""
    filled_in  full  for      from        tasks
    8          10    voucher  2026-10-01  stamp:カード exchange:500円券
    8          10    -        2026-10-01  stamp:カード gift:絵本
    8          -     -        2026-10-01  stamp:カード gift:絵本
    8          -     voucher  2026-10-01  stamp:カード
    8          10    gone     2026-10-01  stamp:カード
    8          10    voucher  2026-10-02  stamp:カード
    9          10    voucher  2026-10-01  -
""")
def test_what_a_till_gives_for_a_full_card(row: Row) -> None:
    catalogue = Catalogue([Version(VOUCHER, ALWAYS), Version(card(row), ALWAYS)])
    found = [f"{task.kind}:{task.name_ja}" for task in tasks_at(catalogue, TILL, NOON)]
    assert (" ".join(found) or "-") == row["tasks"]
