"""The made-up shops: as many as the associations say, none of them real, all of them payable."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache

import pytest

from ichimai import simulation, towns
from ichimai.kernel import ids
from ichimai.merchants import ShopSize, rules
from ichimai.programs.terms import Acceptance
from ichimai.settlement import kana
from ichimai.simulation import Storefront
from ichimai.towns import Town

AT = datetime(2026, 9, 1, tzinfo=UTC)


@cache
def _town() -> Town:
    return towns.load("toshima")


@cache
def _shops(seed: int = 1) -> tuple[Storefront, ...]:
    return simulation.storefronts(_town(), seed=seed, at=AT)


def test_there_is_a_shop_for_each_of_4359_members() -> None:
    """豊島区商店会: 会員数合計 4,359名, each in its association."""
    members = Counter(front.shop.association for front in _shops())
    assert members.total() == 4_359
    assert members == {a.number: a.members for a in _town().associations}


def test_the_register_of_merchants_takes_them_all() -> None:
    rules.check_associations(_town().associations, [])
    rules.check_shops([f.shop for f in _shops()], [a.number for a in _town().associations], [])


def test_shops_are_numbered_in_their_association() -> None:
    shops = [front.shop for front in _shops() if front.shop.association == 8]
    assert [shops[0].number, shops[-1].number] == ["08-001", "08-171"]


def test_most_shops_are_small_and_one_in_fifty_is_large() -> None:
    sizes = Counter(front.shop.size for front in _shops())
    assert 0.88 < sizes[ShopSize.SMALL] / 4_359 < 0.92
    assert 0.06 < sizes[ShopSize.MEDIUM] / 4_359 < 0.10
    assert 0.012 < sizes[ShopSize.LARGE] / 4_359 < 0.028


def test_supermarkets_are_large_and_greengrocers_are_not() -> None:
    large = Counter(f.shop.category for f in _shops() if f.shop.size is ShopSize.LARGE)
    assert large.most_common(1)[0][0] == "supermarket"
    assert "greengrocer" not in large


def test_their_categories_are_the_towns() -> None:
    known = {category.key for category in _town().categories}
    of_places = {place.category for place in _town().places} - {"public_bath"}
    made = {front.shop.category for front in _shops()}
    assert made == known - of_places - {"public_charges"}


@pytest.mark.parametrize("seed", range(3))
def test_every_account_can_be_paid(seed: int) -> None:
    """Holders, banks and branches are in a bank's characters and no longer than its fields."""
    for front in _shops(seed):
        account = front.shop.account
        assert not kana.problems_of_party_name(account.holder_kana), account.holder_kana
        assert not kana.problems_of_bank_name(account.bank_name)
        assert not kana.problems_of_bank_name(account.branch_name)


def test_no_account_is_at_a_bank_that_exists() -> None:
    """No bank in Japan has a number from 0700 to 0999."""
    assert all("0700" <= front.shop.account.bank_code <= "0999" for front in _shops())


def test_no_two_shops_of_a_street_have_one_name() -> None:
    names = Counter((front.shop.association, front.shop.name) for front in _shops())
    assert max(names.values()) == 1


def test_names_are_read_in_katakana() -> None:
    for front in _shops():
        assert all("ァ" <= sign <= "ヺ" or sign in "ー0123456789" for sign in front.shop.kana)
        assert "{" not in front.shop.name


def test_shop_ids_are_of_the_given_instant() -> None:
    assert {ids.made_at(front.shop.id) for front in _shops()} == {AT}
    assert len({front.shop.id for front in _shops()}) == 4_359


def test_the_same_seed_makes_the_same_shops_and_another_others() -> None:
    assert simulation.storefronts(_town(), seed=1, at=AT) == _shops()
    assert _shops(2) != _shops()


def test_large_shops_never_rest_and_most_small_ones_do() -> None:
    by_rest = Counter(
        (front.shop.size is ShopSize.LARGE, bool(front.closed_weekdays)) for front in _shops()
    )
    assert by_rest[True, True] == 0
    assert by_rest[False, True] > 0.7 * 4_359


def test_shops_rest_with_their_street() -> None:
    """Of 駒込銀座, which rests on Wednesdays, most do."""
    fronts = [front for front in _shops() if front.shop.association == 3]
    closed = [front for front in fronts if not front.is_open_on(date(2026, 10, 7))]
    assert len(closed) > 0.6 * len(fronts)
    assert all(
        front.is_open_on(date(2026, 10, 8)) or 3 in front.closed_weekdays for front in fronts
    )


def test_nobody_rests_on_the_day_of_the_fair() -> None:
    """Sunday the 4th and Wednesday the 14th are; the Sundays and Wednesdays between are not."""
    sugamo = [front for front in _shops() if front.shop.association == 8]
    for day, is_fair in ((4, True), (7, False), (11, False), (14, True), (24, True)):
        assert all(front.is_open_on(date(2026, 10, day)) for front in sugamo) == is_fair


def test_about_four_shops_in_five_take_the_gift() -> None:
    """Those of the 70 associations, less the excluded classes."""
    terms = _town().programs[0].acceptance
    accepting = [front for front in _shops() if front.takes(terms)]
    members = sum(a.members for a in _town().associations if a.accepts_gift_vouchers)
    assert 0.9 * members < len(accepting) < members
    assert all(front.street.association.accepts_gift_vouchers for front in accepting)
    assert not {f.shop.category for f in accepting} & set(terms.excluded_categories)


def test_without_such_terms_all_shops_take_it() -> None:
    terms = Acceptance(
        requires_gift_voucher_association=False,
        excluded_categories=(),
        large_store_cap_percent=None,
    )
    assert all(front.takes(terms) for front in _shops())


def _street_of(
    town: Town, category: str, members: int, district_kana: str
) -> tuple[Storefront, ...]:
    """One long street with one class of shops."""
    street = town.streets[0]
    association = replace(street.association, members=members)
    districts = tuple(replace(district, kana=district_kana) for district in town.districts)
    categories = tuple(one for one in town.categories if one.key == category)
    town_of_one = replace(
        town,
        streets=(replace(street, association=association),),
        districts=districts,
        categories=categories,
    )
    return simulation.storefronts(town_of_one, seed=1, at=AT)


def test_branches_of_one_chain_in_one_street_are_numbered() -> None:
    shops = _street_of(_town(), "drugstore", 40, "コマゴメ")
    names = [front.shop.name for front in shops]
    assert len(set(names)) == 40
    assert any(name.endswith("店2") for name in names)


def test_a_holders_name_is_never_cut() -> None:
    """A shop whose sign has no room in a bank's file has an account in a shorter name."""
    shops = _street_of(_town(), "drugstore", 40, "ナガイナマエノマチノイチバンハズレ")
    for front in shops:
        assert not kana.problems_of_party_name(front.shop.account.holder_kana)
    holders = [front.shop.account.holder_kana for front in shops]
    assert any("ｼﾖｳｶｲ" in holder for holder in holders)
    assert not any("ﾅｶﾞｲﾅﾏｴ" in holder for holder in holders)
