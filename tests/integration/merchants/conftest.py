"""Three streets and four shops for all tests of shops and tills."""

import pytest

from ichimai import merchants
from ichimai.kernel import ids
from ichimai.kernel.clock import ManualClock
from ichimai.merchants import Association, BankAccount, Shop, ShopId, ShopSize
from ichimai.storage import Database, Schema

STREETS = [
    Association(1, "アザレア通り商店会", 54, accepts_gift_vouchers=True),
    Association(8, "巣鴨地蔵通り商店街振興組合", 171, accepts_gift_vouchers=True),
    Association(90, "えびす通り高松商店会", 14, accepts_gift_vouchers=False),
]
ACCOUNT = BankAccount("0001", "ﾐｽﾞﾎ", "007", "ｽｶﾞﾓ", 1, "1234567", "ﾏﾙﾔ ﾕ)")


def new_shop(clock: ManualClock, number: str, name: str = "丸屋", kana: str = "マルヤ") -> Shop:
    return Shop(
        id=ShopId(ids.uuid7(clock)),
        number=number,
        association=int(number[:2]),
        name=name,
        kana=kana,
        size=ShopSize.MEDIUM,
        category="food",
        account=ACCOUNT,
    )


@pytest.fixture
def town(database: Database, operator: Schema, clock: ManualClock) -> list[Shop]:
    """Three streets and four shops."""
    shops = [
        new_shop(clock, "08-002", "ＮＥＷまるや", "ニューマルヤ"),
        new_shop(clock, "01-001", "駒込パン", "コマゴメパン"),
        new_shop(clock, "08-001", "髙﨑茶舗", "タカサキチャホ"),
        new_shop(clock, "90-014", "50% off % _ 商店", "ハンガクショウテン"),
    ]
    with database.write(operator) as tx:
        merchants.directory.add_associations(tx, STREETS)
        merchants.directory.add_shops(tx, shops)
    return shops
