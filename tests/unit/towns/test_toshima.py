"""Toshima City as it comes with Ichimai, held against what the city wrote in 2016."""

import hashlib
from collections import Counter
from datetime import date

import pytest

from ichimai import towns
from ichimai.kernel.ages import Window
from ichimai.settlement import kana
from ichimai.towns import Town


@pytest.fixture(scope="module")
def town() -> Town:
    return towns.load("toshima")


def test_the_operator_is_toshima(town: Town) -> None:
    operator = town.operator
    assert (operator.code, operator.name_ja, operator.name_en, operator.zone) == (
        "131164",
        "豊島区",
        "Toshima City",
        "Asia/Tokyo",
    )


def test_the_payer_can_stand_in_a_bank_file(town: Town) -> None:
    """The consignor's code has ten digits, its names only what a Zengin file can carry."""
    account = town.operator.payer_account
    assert len(town.operator.payer_code) == 10
    assert not kana.problems_of_party_name(account.holder_kana, kana.PAYER_NAME_BYTES)
    assert not kana.problems_of_bank_name(account.bank_name)
    assert not kana.problems_of_bank_name(account.branch_name)
    assert "0700" <= account.bank_code <= "0999"


def test_services_with_numbers_are_among_the_22_and_no_number_is_of_two(town: Town) -> None:
    """The library's barcode, the sports card, ななまるカード and members' cards among them."""
    codes = [service.code for service in town.numbered]
    assert {"library", "sports-facilities", "event-check-in", "culture-foundation-friends"} <= {
        *codes
    }
    assert set(codes) <= {service.key for service in town.services}
    shapes = [(s.scheme.length, s.scheme.prefix, s.scheme.symbology) for s in town.numbered]
    assert len(set(shapes)) == len(shapes)
    assert 12 not in {length for length, *_ in shapes}  # typed, it could be a My Number
    assert not town.identity_terms.allows_tap_without_pin
    assert town.identity_terms.new_phone_limit_yen == 3_000


def test_there_are_90_associations_with_4359_members(town: Town) -> None:
    """90商店会 会員数合計 4,359名."""
    assert [a.number for a in town.associations] == list(range(1, 91))
    assert sum(a.members for a in town.associations) == 4_359


def test_70_associations_take_gift_vouchers(town: Town) -> None:
    """Those with ○ in the column 商品券."""
    refusing = [a.number for a in town.associations if not a.accepts_gift_vouchers]
    assert len(town.associations) - len(refusing) == 70
    assert refusing == [
        *(10, 11, 17, 19, 22, 25, 28, 41, 50, 54),
        *(55, 60, 61, 67, 68, 73, 84, 86, 89, 90),
    ]


def test_the_table_of_associations_is_the_citys(town: Town) -> None:
    """Number, name, members and vouchers are as printed; a slip of the hand would show here."""
    table = "\n".join(
        f"{a.number},{a.name},{a.members},{'yes' if a.accepts_gift_vouchers else 'no'}"
        for a in town.associations
    )
    digest = hashlib.sha256(table.encode()).hexdigest()
    assert digest == "0ed241701b2676b1b7b9a9e4a0ca390522ed2b1591f20fd2d39ec99c9bd7673e"


def test_the_largest_association_is_sugamos(town: Town) -> None:
    """巢鴨地藏通り商店街振興組合, 171 members, with its fair on the 4th, 14th and 24th."""
    largest = max(town.streets, key=lambda street: street.association.members)
    assert (largest.association.number, largest.association.members) == (8, 171)
    assert largest.district == "巣鴨"
    assert [day for day in range(1, 31) if largest.has_market_on(date(2026, 11, day))] == [
        4,
        14,
        24,
    ]


def test_every_street_lies_in_a_district_that_has_streets(town: Town) -> None:
    used = Counter(street.district for street in town.streets)
    assert set(used) == {district.name for district in town.districts}
    assert {"巣鴨", "駒込", "大塚", "池袋東", "池袋西", "目白", "長崎", "雑司が谷"} <= set(used)


def test_the_22_services_are_the_citys(town: Town) -> None:
    """The sums of the table 豊島区のID利用業務一覧; what it does not know stays unknown."""
    assert len(town.services) == 22
    assert sum(s.issued_per_year or 0 for s in town.services) == 339_355
    sports = next(s for s in town.services if s.key == "sports-facilities")
    assert sports.in_force is None
    assert sports.cost_per_year_yen is None
    assert sports.fee_yen == 3_000
    gift = next(s for s in town.services if s.key == "longevity-gift")
    assert (gift.service, gift.issued_per_year, gift.cost_per_year_yen) == (
        "長寿祝い",
        4_000,
        40_000_000,
    )
    assert gift.capabilities == ("identify", "voucher")


def test_the_longevity_gift_is_10000_yen_for_each_of_three_reasons(town: Town) -> None:
    gift = town.programs[0]
    assert (gift.key, gift.name_ja) == ("longevity-gift", "長寿祝い")
    assert [(r.name, r.units, r.is_for_couples) for r in gift.reasons] == [
        ("喜寿", 10_000, False),
        ("米寿", 10_000, False),
        ("金婚", 10_000, True),
    ]
    assert {reason.key: reason.units for reason in gift.reasons} == {
        "KIJU": 10_000,
        "BEIJU": 10_000,
        "KINKON": 10_000,
    }


def test_the_longevity_gift_is_for_these_days(town: Town) -> None:
    """77 and 88 on 15 September by the birthday, married in the calendar year 50 years before."""
    gift = town.programs[0]
    assert [reason.window() for reason in gift.reasons] == [
        Window(date(1948, 9, 16), date(1949, 9, 15)),
        Window(date(1937, 9, 16), date(1938, 9, 15)),
        Window(date(1976, 1, 1), date(1976, 12, 31)),
    ]


def test_the_longevity_gift_is_accepted_as_vouchers_were(town: Town) -> None:
    """Only where gift vouchers are, not for what is as good as cash, half of it in large shops."""
    gift = town.programs[0]
    assert gift.acceptance.requires_gift_voucher_association
    assert {"tobacco", "gift_certificates", "adult_entertainment", "public_charges"} <= set(
        gift.acceptance.excluded_categories
    )
    assert gift.acceptance.large_store_cap_percent == 50
    assert gift.expiry.after_months == 6
    assert (gift.use.per_payment_limit, gift.use.per_day_limit) == (10_000, 20_000)


def test_the_operators_places_are_no_association(town: Town) -> None:
    """They have numbers of association 0, which is not among the 90, and none of the 4,359."""
    assert 0 not in {association.number for association in town.associations}
    assert {place.number[:2] for place in town.places} == {"00"}
    assert {"health_centre", "sports_hall", "public_bath", "public_office", "library"} <= {
        place.category for place in town.places
    }
