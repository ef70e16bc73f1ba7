"""The made-up residents: of believable ages, in the register's characters, nobody real."""

import csv
from collections import Counter
from datetime import date
from functools import cache
from io import StringIO

import pytest

from ichimai import simulation, towns
from ichimai.kernel import ages, check_digits, text
from ichimai.kernel.ages import Counting
from ichimai.kernel.eras import parse_date
from ichimai.kernel.text import Encoding
from ichimai.programs import grant_list
from ichimai.programs.terms import Program
from ichimai.simulation import Recipient, Resident
from ichimai.simulation.model import Sex
from ichimai.simulation.register import NATURAL_GIFT_SHARE
from ichimai.towns import Town

ON = date(2026, 10, 1)


@cache
def _town() -> Town:
    return towns.load("toshima")


def _program() -> Program:
    return _town().programs[0]


@cache
def _residents(count: int = 6_000, share: float = NATURAL_GIFT_SHARE) -> tuple[Resident, ...]:
    return simulation.population(_town(), _program(), seed=1, count=count, on=ON, gift_share=share)


@cache
def _recipients(count: int = 6_000, share: float = NATURAL_GIFT_SHARE) -> tuple[Recipient, ...]:
    return simulation.gift_lists.recipients(_residents(count, share), _program())


def _age(resident: Resident) -> int:
    return ages.age_on(ON, resident.born_on, Counting.BIRTHDAY)


def test_there_are_as_many_residents_as_asked() -> None:
    assert len(_residents()) == 6_000
    assert len({resident.number for resident in _residents()}) == 6_000


def test_nobody_is_unborn_or_older_than_anybody() -> None:
    assert all(0 <= _age(resident) <= 105 for resident in _residents())


def test_the_ages_are_those_of_a_ward_in_tokyo() -> None:
    """Few children, many of twenty to forty, a fifth of 65 and more, of those more women."""
    of_age = Counter(_age(resident) // 10 for resident in _residents())
    assert of_age[2] > 1.8 * of_age[1]
    assert 0.17 < sum(_age(resident) >= 65 for resident in _residents()) / 6_000 < 0.25
    old = Counter(resident.sex for resident in _residents() if _age(resident) >= 85)
    assert old[Sex.FEMALE] > 1.3 * old[Sex.MALE]


def test_people_live_where_the_town_has_districts() -> None:
    lived_in = Counter(resident.district for resident in _residents())
    assert set(lived_in) == {district.name for district in _town().districts}
    assert lived_in["池袋西"] > 2 * lived_in["雑司が谷"]


def test_couples_are_two_adults_with_one_wedding() -> None:
    couples: dict[str, list[Resident]] = {}
    for resident in _residents():
        if resident.couple_number:
            couples.setdefault(resident.couple_number, []).append(resident)
        else:
            assert resident.married_on is None
    assert len(couples) > 900
    for one, other in couples.values():
        assert one.married_on == other.married_on
        assert one.district == other.district
        assert {one.sex, other.sex} == {Sex.MALE, Sex.FEMALE}
        for person in (one, other):
            assert person.married_on
            assert person.married_on <= ON
            assert ages.age_on(person.married_on, person.born_on, Counting.BIRTHDAY) >= 18


def test_some_names_have_characters_of_their_own() -> None:
    """髙 and 﨑, which CP932 has; 𠮷 and variation selectors, which it has not."""
    names = "".join(resident.name for resident in _residents())
    assert set("髙﨑邉𠮷") <= set(names)
    assert "\U000e0100" in names
    for resident in _residents():
        text.to_cp932(resident.plain_name)
        assert len(resident.name) <= 12
        assert not text.has_private_use(resident.name)


def test_names_are_of_their_time() -> None:
    """A kana reading for all, and no 陽葵 among the old."""
    assert all("　" in resident.kana for resident in _residents())
    old = {r.name.split("　")[1] for r in _residents() if r.born_on.year < 1950}
    young = {r.name.split("　")[1] for r in _residents() if r.born_on.year >= 2000}
    assert not old & young


def test_no_number_could_be_a_my_number() -> None:
    """The register's number has ten digits."""
    for resident in _residents():
        assert len(resident.number) == 10
        assert not check_digits.contains_my_number(resident.number)


def test_toshima_has_about_4000_gifts_for_300000_residents() -> None:
    assert round(300_000 * NATURAL_GIFT_SHARE) == 4_000
    gifts = sum(len(recipient.gifts) for recipient in _recipients())
    assert 80 <= gifts <= 85


def test_a_demonstration_may_ask_for_more() -> None:
    """8 % of 3,000: a few hundred, some of them with two gifts."""
    recipients = _recipients(3_000, 0.08)
    assert 235 <= len(recipients) <= 250
    reasons = Counter(gift.reason for r in recipients for gift in r.gifts)
    assert reasons["喜寿"] > reasons["米寿"] > reasons["金婚"] > 10


def test_a_hamlet_has_a_recipient_for_each_reason() -> None:
    recipients = _recipients(40)
    assert {gift.reason for r in recipients for gift in r.gifts} == {"喜寿", "米寿", "金婚"}


def test_more_gifts_than_people_are_refused() -> None:
    with pytest.raises(ValueError, match="in 10 residents"):
        _residents(10, 2.0)


def test_gifts_are_for_those_in_the_window_and_nobody_else() -> None:
    """Counted anew from the register: every birth date in a window, every couple once."""
    born = {r.name: r.window() for r in _program().reasons if not r.is_for_couples}
    (wedding,) = (r.window() for r in _program().reasons if r.is_for_couples)
    expected = sum(
        resident.born_on in window for resident in _residents() for window in born.values()
    )
    couples = {
        resident.couple_number
        for resident in _residents()
        if resident.married_on and resident.married_on in wedding
    }
    given = Counter(gift.reason for r in _recipients() for gift in r.gifts)
    assert given["喜寿"] + given["米寿"] == expected
    assert given["金婚"] == len(couples)


def test_who_is_77_and_50_years_married_gets_two_gifts() -> None:
    both = [r for r in _recipients(3_000, 0.3) if len(r.gifts) == 2]
    assert both
    assert all(r.units == 20_000 and r.resident.couple_number for r in both)


def test_the_same_seed_makes_the_same_residents_and_another_others() -> None:
    again = simulation.population(_town(), _program(), seed=1, count=500, on=ON)
    assert again == simulation.population(_town(), _program(), seed=1, count=500, on=ON)
    assert again != simulation.population(_town(), _program(), seed=2, count=500, on=ON)


def _terms() -> grant_list.ListTerms:
    return grant_list.ListTerms(
        reasons=tuple(
            grant_list.ReasonTerms(
                key=reason.key, name=reason.name, rule=reason.rule, units=reason.units
            )
            for reason in _program().reasons
        )
    )


@pytest.mark.parametrize("encoding", list(Encoding))
def test_the_list_is_taken_as_an_officers_would_be(encoding: Encoding) -> None:
    """Read by the program's own rules: no error and no warning, one row a gift."""
    data = simulation.gift_lists.gift_list_csv(_recipients(), _program(), encoding)
    checked = grant_list.read(data, _terms())
    assert checked.encoding == encoding
    assert not checked.warnings
    gifts = [gift for recipient in _recipients() for gift in recipient.gifts]
    assert len(checked.rows) == len(gifts)
    assert checked.total_units == 10_000 * len(gifts)


def test_the_list_in_cp932_has_plain_characters_only_where_it_must() -> None:
    recipients = _recipients(6_000, 0.2)
    content = simulation.gift_lists.gift_list_csv(recipients, _program(), Encoding.CP932)
    data = content.decode("cp932")
    assert "髙橋" in data
    assert "?" not in data
    written = {row["宛名番号"]: row["氏名"] for row in csv.DictReader(StringIO(data))}
    changed = [r.resident for r in recipients if written[r.resident.number] != r.resident.name]
    assert changed
    for resident in changed:
        assert written[resident.number] == resident.plain_name
        with pytest.raises(text.UnmappableText):
            text.to_cp932(resident.name)


def test_the_list_in_utf_8_keeps_every_character() -> None:
    recipients = _recipients(6_000, 0.2)
    data = simulation.gift_lists.gift_list_csv(recipients, _program(), Encoding.UTF_8_BOM)
    assert data.startswith(b"\xef\xbb\xbf")
    rows = csv.DictReader(StringIO(data.decode("utf-8-sig")))
    names = {row["宛名番号"]: row["氏名"] for row in rows}
    assert all(names[r.resident.number] == r.resident.name for r in recipients)
    assert any("𠮷" in name for name in names.values())


def test_the_list_has_dates_in_both_calendars() -> None:
    """西暦 with dashes and slashes, 和暦 in full and short; all say the day they stand for."""
    data = simulation.gift_lists.gift_list_csv(_recipients(), _program(), Encoding.UTF_8).decode()
    rows = list(csv.DictReader(StringIO(data)))
    dates = {row["宛名番号"]: row["生年月日"] for row in rows}
    for recipient in _recipients():
        resident = recipient.resident
        assert parse_date(dates[resident.number]).day == resident.born_on
    styles = Counter(
        "S" if day[0] == "S" else next(sign for sign in "年/-" if sign in day)
        for day in dates.values()
    )
    assert set(styles) == {"S", "年", "/", "-"}


def test_only_weddings_name_a_couple() -> None:
    data = simulation.gift_lists.gift_list_csv(_recipients(), _program(), Encoding.UTF_8).decode()
    for row in csv.DictReader(StringIO(data)):
        is_wedding = row["事由"] == "金婚"
        assert bool(row["婚姻日"]) == bool(row["夫婦番号"]) == is_wedding


def test_the_list_ends_its_lines_as_windows_does() -> None:
    data = simulation.gift_lists.gift_list_csv(_recipients(), _program(), Encoding.CP932)
    assert data.count(b"\r\n") == data.count(b"\n") == len(data.splitlines())
