"""Amounts and dates as people read them."""

from datetime import UTC, date, datetime

import pytest

from ichimai.kernel import Asset
from ichimai.merchants import BankAccount
from ichimai.programs.terms import Program, ProgramKind
from ichimai.web.layout import formats


@pytest.mark.parametrize(
    "units, japanese, english",
    [
        (0, "0円", "¥0"),
        (1, "1円", "¥1"),
        (10_000, "10,000円", "¥10,000"),
        (-1_280, "−1,280円", "−¥1,280"),
    ],
)
def test_yen_have_their_sign_where_each_language_has_it(
    units: int, japanese: str, english: str
) -> None:
    assert formats.yen(units, "ja") == japanese
    assert formats.yen(units, "en") == english


def program(kind: str, unit_ja: str = "円", unit_en: str = "yen") -> Program:
    return Program(
        key=Asset("one"),
        kind=ProgramKind(kind),
        name_ja="一",
        name_en="One",
        unit_ja=unit_ja,
        unit_en=unit_en,
    )


@pytest.mark.parametrize(
    "of, count, japanese, english",
    [
        (program("voucher"), 10_000, "10,000円", "¥10,000"),
        (program("prepaid"), -500, "−500円", "−¥500"),
        (program("points"), 1, "1ポイント", "1 point"),
        (program("points", unit_ja="マイル", unit_en="miles"), 1_200, "1,200マイル", "1,200 miles"),
        (program("stamps"), 3, "3スタンプ", "3 stamps"),
        (program("in_kind", unit_ja="枚", unit_en="tickets"), -1, "−1枚", "−1 ticket"),
        (program("in_kind"), 0, "0個", "0 items"),
    ],
)
def test_units_are_told_in_the_words_of_their_program(
    of: Program, count: int, japanese: str, english: str
) -> None:
    assert formats.units(count, of, "ja") == japanese
    assert formats.units(count, of, "en") == english


def test_a_day_names_its_weekday() -> None:
    assert formats.day(date(2026, 10, 1), "ja") == "2026年10月1日（木）"
    assert formats.day(date(2026, 10, 1), "en") == "Thu 1 Oct 2026"


@pytest.mark.parametrize(
    "day, japanese",
    [
        (date(1926, 12, 24), "1926年12月24日（大正15年）"),
        (date(1926, 12, 25), "1926年12月25日（昭和元年）"),
        (date(1949, 3, 1), "1949年3月1日（昭和24年）"),
        (date(1989, 1, 8), "1989年1月8日（平成元年）"),
    ],
)
def test_a_birth_date_names_its_year_of_the_era(day: date, japanese: str) -> None:
    assert formats.birth_day(day, "ja") == japanese
    assert formats.birth_day(date(1949, 3, 1), "en") == "1 Mar 1949"


def test_a_moment_is_on_the_towns_clock() -> None:
    at = datetime(2026, 9, 30, 15, 5, tzinfo=UTC)
    assert formats.moment(at, "ja") == "10月1日 00:05"
    assert formats.moment(at, "en") == "1 Oct 00:05"
    assert formats.clock_time(at) == "00:05"


@pytest.mark.parametrize(
    "units, whole, text",
    [(1, 3, "33.3 %"), (2, 3, "66.7 %"), (1, 2_000, "0.1 %"), (5, 5, "100.0 %"), (0, 0, "0.0 %")],
)
def test_a_share_is_rounded_half_up_to_a_tenth(units: int, whole: int, text: str) -> None:
    assert formats.share(units, whole) == text


def test_an_account_shows_three_digits_of_its_number() -> None:
    account = BankAccount("0001", "ﾐｽﾞﾎ", "007", "ｽｶﾞﾓ", 1, "1234567", "ﾏﾙﾌｸ")
    assert formats.account(account, "ja") == "ミズホ スガモ 普通 ****567"
    assert formats.account(account, "en") == "ミズホ スガモ savings ****567"


@pytest.mark.parametrize(
    "text, shown",
    [
        ("", ""),
        ("窓口 <1番> 2026-11-30", "窓口 &lt;1番&gt; 2026-11-30"),
        (
            "電話 03-0000-0000（平日）",
            '電話 <a class="nowrap" href="tel:03-0000-0000">03-0000-0000</a>（平日）',
        ),
    ],
)
def test_a_phone_number_is_called_when_it_is_pressed(text: str, shown: str) -> None:
    assert formats.to_call(text) == shown


@pytest.mark.parametrize(
    "value, japanese, english",
    [
        ("1949-03-01", "1949年3月1日（昭和24年）", "1 Mar 1949"),
        ("2", "2", "2"),
        ("巣鴨", "巣鴨", "巣鴨"),
        ("", "", ""),
    ],
)
def test_a_fact_that_is_a_day_is_told_with_its_era(value: str, japanese: str, english: str) -> None:
    assert (formats.fact(value, "ja"), formats.fact(value, "en")) == (japanese, english)
