"""Earning and paying in one sale, on a real PostgreSQL."""

from datetime import timedelta

import pytest

from ichimai.kernel import Asset
from ichimai.ledger import Posted
from ichimai.ledger.model import Role
from ichimai.programs import funding
from tests.integration.programs.fair import NOTHING, Fair, moved
from tests.town import Town


@pytest.fixture
def fair(town: Town) -> Fair:
    return Fair(town).open()


def test_a_sale_pays_with_the_gift_and_earns_on_the_rest(fair: Fair) -> None:
    """kazu has 100 yen of a gift: 1,180 of 1,280 yen are cash, which give 11 points."""
    answer = fair.buy("kazu", "greengrocer", 1_280)
    assert moved(answer) == [("payment", "longevity-gift", 100), ("earn", "street-points", 11)]
    assert isinstance(answer, Posted)
    assert answer.sale is not None
    assert (answer.sale.total_yen, answer.sale.paid_units) == (1_280, 100)
    assert fair.left("kazu", "street-points") == 11
    shop = fair.town.shops["greengrocer"].id
    assert fair.balance(shop, Role.ISSUED, "street-points") == -11
    fair.verify()


def test_points_pay_only_when_they_are_asked_for(fair: Fair) -> None:
    fair.buy("kazu", "greengrocer", 2_000)
    assert ("payment", "street-points", 19) not in moved(fair.buy("kazu", "greengrocer", 50))
    answer = fair.buy("kazu", "greengrocer", 300, pay_with=["street-points"])
    assert moved(answer) == [("payment", "street-points", 19), ("earn", "street-points", 2)]
    fair.verify()


def test_a_sale_that_moves_nothing_is_kept_all_the_same(fair: Fair) -> None:
    answer = fair.buy("kazu", "tavern", 80, pay_with=[])
    assert moved(answer) == NOTHING
    assert isinstance(answer, Posted)
    assert answer.sale is not None
    assert answer.sale.total_yen == 80
    fair.verify()


def test_goods_come_back_units_first_and_their_points_are_taken_back(fair: Fair) -> None:
    """Of 12 points on 1,280 yen, 980 yen kept are worth 9."""
    sale = fair.buy("taro", "greengrocer", 1_280, pay_with=[])
    assert isinstance(sale, Posted)
    assert moved(sale) == [("earn", "street-points", 12)]
    back = fair.bring_back(sale, "greengrocer", 300)
    assert moved(back) == [("take_back", "street-points", 3)]
    assert moved(fair.bring_back(sale, "greengrocer", 981)) == [("refund_exceeds_payment", "", 0)]
    assert moved(fair.bring_back(sale, "greengrocer", 980)) == [("take_back", "street-points", 9)]
    assert fair.left("taro", "street-points") == 0
    fair.verify()


def test_on_fair_days_the_association_adds_four_times_until_its_budget_is_spent(
    fair: Fair,
) -> None:
    fair.town.clock.advance(timedelta(days=3))
    first = moved(fair.buy("taro", "greengrocer", 2_000, pay_with=[]))
    assert first == [("earn", "street-points", 20), ("earn", "street-points", 80)]
    second = moved(fair.buy("taro", "teahouse", 1_000, pay_with=[]))
    assert second == [("earn", "street-points", 10), ("earn", "street-points", 20)]
    third = moved(fair.buy("taro", "teahouse", 500, pay_with=[]))
    assert third == [("earn", "street-points", 5)]
    budget = funding.budget_id(Asset("street-points"), "fair-days")
    assert fair.balance(budget, Role.ISSUED, "street-points") == -100
    fair.verify()


def test_of_a_fair_day_the_shop_and_the_association_have_their_parts_back(fair: Fair) -> None:
    """Both gave into one lot of the pool."""
    fair.town.clock.advance(timedelta(days=3))
    sale = fair.buy("taro", "greengrocer", 2_000, pay_with=[])
    assert isinstance(sale, Posted)
    back = moved(fair.bring_back(sale, "greengrocer", 500))
    assert back == [("take_back", "street-points", 5), ("take_back", "street-points", 20)]
    fair.bring_back(sale, "greengrocer", 1_500)
    assert fair.left("taro", "street-points") == 0
    shop = fair.town.shops["greengrocer"].id
    budget = funding.budget_id(Asset("street-points"), "fair-days")
    for giver in (shop, budget):
        assert fair.balance(giver, Role.ISSUED, "street-points") == 0
    fair.verify()


def test_nobody_earns_more_than_the_day_allows(fair: Fair) -> None:
    assert moved(fair.buy("taro", "greengrocer", 4_000, pay_with=[])) == [
        ("earn", "street-points", 40)
    ]
    assert moved(fair.buy("taro", "greengrocer", 4_000, pay_with=[])) == [
        ("earn", "street-points", 10)
    ]
    assert moved(fair.buy("taro", "greengrocer", 4_000, pay_with=[])) == NOTHING
    fair.town.clock.advance(timedelta(days=1))
    assert moved(fair.buy("taro", "greengrocer", 100, pay_with=[])) == [
        ("earn", "street-points", 1)
    ]
    fair.verify()
