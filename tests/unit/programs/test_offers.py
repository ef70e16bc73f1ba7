"""What a till takes and gives is that of its shop as it is now, not as it was an hour ago."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from ichimai.kernel import Asset
from ichimai.ledger.model import ALWAYS
from ichimai.merchants import ShopId, ShopSize, TerminalAtShop
from ichimai.merchants.model import TerminalId
from ichimai.programs.catalogue import Catalogue
from ichimai.programs.terms import (
    Acceptance,
    Earning,
    Program,
    ProgramKind,
    Trigger,
    Version,
    Where,
)

NOON = datetime(2026, 10, 1, 3, tzinfo=UTC)
TILL = TerminalAtShop(
    TerminalId(UUID(int=1)), ShopId(UUID(int=2)), 8, True, ShopSize.SMALL, "food", "08-001"
)


def catalogue(acceptance: Acceptance, where: Where) -> Catalogue:
    earning = Earning(
        key="sales", name_ja="買物", name_en="Sales", trigger=Trigger.SALE, where=where
    )
    program = Program(
        key=Asset("points"),
        kind=ProgramKind.POINTS,
        name_ja="ポイント",
        name_en="Points",
        funder="shop",
        acceptance=acceptance,
        earnings=(earning,),
    )
    return Catalogue([Version(program, ALWAYS)])


@pytest.mark.parametrize(
    "changes, where",
    [
        ({"association": 27}, {"associations": (8,)}),
        ({"accepts_gift_vouchers": False}, {"requires_gift_voucher_association": True}),
        ({"size": ShopSize.LARGE}, {"sizes": (ShopSize.SMALL,)}),
        ({"category": "tobacco"}, {"excluded_categories": ("tobacco",)}),
        ({"number": "08-002"}, {"shops": ("08-001",)}),
    ],
)
def test_a_shop_that_changed_is_another_sort(
    changes: dict[str, Any], where: dict[str, Any]
) -> None:
    """The same till, the same day, the same programs: nothing else would say that it changed."""
    offers = catalogue(Acceptance(**where), Where(**where))
    now = TILL._replace(**changes)
    for till, is_here in ((TILL, True), (now, False), (TILL, True)):
        offer = offers.offer(till, NOON)
        assert (bool(offer.purses), bool(offer.ways)) == (is_here, is_here)


def test_a_number_that_went_to_another_shop_has_that_shops_funder() -> None:
    offers = catalogue(Acceptance(), Where())
    other = TILL._replace(shop=ShopId(UUID(int=9)))
    funders = [offers.offer(till, NOON).ways[0].funder for till in (TILL, other)]
    assert funders == [TILL.shop, other.shop]


def test_the_tills_of_one_shop_share_what_was_worked_out() -> None:
    offers = catalogue(Acceptance(), Where())
    second = TILL._replace(terminal=TerminalId(UUID(int=5)))
    assert offers.offer(TILL, NOON) is offers.offer(second, NOON)
