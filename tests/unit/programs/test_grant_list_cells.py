"""Cells of lists of gifts: what each column takes, and what none does."""

import io
import traceback

import pytest

from ichimai.kernel.ages import AgeRule, Basis, Counting
from ichimai.programs.grant_list import (
    WARNINGS,
    Column,
    ListCode,
    ListRefused,
    ListTerms,
    ReasonTerms,
    RowError,
    read,
)
from tests.unit.programs.lists import (
    COLUMNS,
    DAY,
    HANA,
    HEADER,
    KOME,
    MY_NUMBER,
    TARO,
    TERMS,
    csv_of,
    only_error,
    refused,
    with_cell,
)


@pytest.mark.parametrize("quoting", ['"{}"', " {} ", "\u3000{}\u3000"])
def test_blanks_and_quotes_around_values(quoting: str) -> None:
    rows = [",".join(quoting.format(cell) for cell in row.split(",")) for row in (TARO, KOME)]
    assert [row.recipient_number for row in read(csv_of(*rows), TERMS).rows] == ["0001", "0003"]


@pytest.mark.parametrize(
    "birth",
    [
        "1948-09-16", "1949/9/15", "19490228", "昭和24年2月28日", "S24.2.28", "s24/02/28",
        "3240228", "3-240228", "１９４９年２月２８日", "㍼24.2.28",
    ],
)  # fmt: skip
def test_birth_dates_in_every_form(birth: str) -> None:
    assert read(with_cell(Column.BIRTH_DATE, birth), TERMS).warnings == ()


@pytest.mark.parametrize(
    "column, value, code",
    [
        (Column.RECIPIENT_NUMBER, "", "missing_value"),
        (Column.RECIPIENT_NUMBER, "\u3000", "missing_value"),
        (Column.RECIPIENT_NUMBER, "1" * 21, "invalid_number"),
        (Column.RECIPIENT_NUMBER, "1.23E+10", "invalid_number"),
        (Column.RECIPIENT_NUMBER, "00 01", "invalid_number"),
        (Column.RECIPIENT_NUMBER, "豊島", "invalid_number"),
        (Column.RECIPIENT_NUMBER, "٣", "invalid_number"),
        (Column.RECIPIENT_NUMBER, "-1", "invalid_number"),
        (Column.RECIPIENT_NUMBER, '="0001"', "formula"),
        (Column.NAME, "", "missing_value"),
        (Column.NAME, "山" * 101, "too_long"),
        (Column.NAME, "=HYPERLINK(1)", "formula"),
        (Column.NAME, "-1", "formula"),
        (Column.NAME, "＠豊島", "formula"),
        (Column.NAME, " +太郎", "formula"),
        (Column.NAME, "\t太郎", "formula"),
        (Column.NAME, "太郎\x07", "control_character"),
        (Column.NAME, "太\u202e郎", "control_character"),
        (Column.NAME, "太\0郎", "control_character"),
        (Column.KANA, "豊島", "not_kana"),
        (Column.KANA, "1948-09-16", "not_kana"),
        (Column.KANA, "ア" * 101, "too_long"),
        (Column.KANA, "=1", "formula"),
        (Column.BIRTH_DATE, "", "missing_value"),
        (Column.BIRTH_DATE, "昭和24年月日不詳", "unknown_day"),
        (Column.BIRTH_DATE, "不詳", "unknown_day"),
        (Column.BIRTH_DATE, "1949-00-00", "unknown_day"),
        (Column.BIRTH_DATE, "19490000", "unknown_day"),
        (Column.BIRTH_DATE, "1949-02-29", "invalid_date"),
        (Column.BIRTH_DATE, "昭和24年2月29日", "invalid_date"),
        (Column.BIRTH_DATE, "18000", "invalid_date"),
        (Column.BIRTH_DATE, "昭和100年1月1日", "invalid_date"),
        (Column.BIRTH_DATE, "=DATE(1949,1,1)", "formula"),
        (Column.BIRTH_DATE, "1949-01-01\n", "control_character"),
        (Column.BIRTH_DATE, "1948-09-15", "outside_window"),
        (Column.BIRTH_DATE, "1949-09-16", "outside_window"),
        (Column.REASON, "", "missing_value"),
        (Column.REASON, "白寿", "unknown_reason"),
        (Column.REASON, "喜 寿", "unknown_reason"),
        (Column.REASON, "＝喜寿", "formula"),
        (Column.MARRIED_ON, "1976-01-01", "unexpected_value"),
        (Column.COUPLE_NUMBER, "C1", "unexpected_value"),
        (Column.COUPLE_NUMBER, "@C1", "formula"),
        (Column.AMOUNT, "１００００", "invalid_amount"),
        (Column.AMOUNT, "10000円", "invalid_amount"),
        (Column.AMOUNT, "10000.0", "invalid_amount"),
        (Column.AMOUNT, "1_0000", "invalid_amount"),
        (Column.AMOUNT, "0", "invalid_amount"),
        (Column.AMOUNT, "-10000", "invalid_amount"),
        (Column.AMOUNT, "+10000", "invalid_amount"),
        (Column.AMOUNT, "NaN", "invalid_amount"),
        (Column.AMOUNT, "9" * 50, "invalid_amount"),
        (Column.AMOUNT, "=5000*2", "formula"),
        (Column.AMOUNT, "9999", "amount_not_allowed"),
        (Column.AMOUNT, "20000", "amount_not_allowed"),
    ],
)
def test_one_wrong_cell_is_one_error_in_its_place(column: Column, value: str, code: str) -> None:
    error = only_error(with_cell(column, value))
    letter = "ABCDEFGH"[list(Column).index(column)]
    assert (error.row, error.column, error.letter, error.code) == (2, column, letter, code)
    if column in {Column.NAME, Column.KANA}:
        assert error.value_shown is None


@pytest.mark.parametrize(
    "column, value, code",
    [
        (Column.MARRIED_ON, "", "missing_value"),
        (Column.MARRIED_ON, "昭和51年", "invalid_date"),
        (Column.MARRIED_ON, "昭和51年不詳", "unknown_day"),
        (Column.MARRIED_ON, "1975-02-29", "invalid_date"),
        (Column.MARRIED_ON, "1975-12-31", "outside_window"),
        (Column.MARRIED_ON, "1977-01-01", "outside_window"),
        (Column.COUPLE_NUMBER, "", "missing_value"),
        (Column.COUPLE_NUMBER, "C 7", "invalid_number"),
        (Column.BIRTH_DATE, "1949-13-01", "invalid_date"),
        (Column.BIRTH_DATE, "1976-03-01", "married_before_birth"),
    ],
)
def test_wrong_cells_of_a_golden_wedding(column: Column, value: str, code: str) -> None:
    error = only_error(with_cell(column, value, KOME))
    assert (error.row, error.code) == (2, code)


def test_a_golden_wedding_needs_no_birth_date_but_its_own_columns() -> None:
    assert read(with_cell(Column.BIRTH_DATE, "", KOME), TERMS).total_units == 10_000
    short = csv_of("0003,大塚,1950-01-02,金婚", header="宛名番号,氏名,生年月日,事由")
    assert refused(short) == (
        RowError(code=ListCode.MISSING_VALUE, row=2, column=Column.MARRIED_ON),
        RowError(code=ListCode.MISSING_VALUE, row=2, column=Column.COUPLE_NUMBER),
    )


@pytest.mark.parametrize("amount", ["", "10000", "10,000", " 10000 "])
def test_amounts_that_the_program_gives(amount: str) -> None:
    assert read(with_cell(Column.AMOUNT, amount), TERMS).total_units == 10_000


def test_another_amount_that_the_terms_allow() -> None:
    assert read(with_cell(Column.AMOUNT, "15000", HANA), TERMS).total_units == 15_000


@pytest.mark.parametrize(
    "kana",
    [
        "",
        "トシマ　タロウ",
        "ﾄｼﾏ ﾀﾛｳ",
        "としま　たろう",
        "ヴィクトール・ユゴー",
        "O'Neil John",
        "ジョン－スミス",
    ],
)
def test_readings_that_people_have(kana: str) -> None:
    assert read(with_cell(Column.KANA, kana), TERMS).warnings == ()


@pytest.mark.parametrize(
    "name", ["髙﨑 太郎", "𠮷野 葛\U000e0100", "ルイ＝フィリップ", "山\n田", "山\r\n田 =太郎"]
)
def test_names_that_people_have(name: str) -> None:
    assert read(with_cell(Column.NAME, name), TERMS).warnings == ()


def test_visible_characters_count_for_the_length() -> None:
    assert read(with_cell(Column.NAME, "葛\U000e0100" * 100), TERMS).total_warnings == 0


@pytest.mark.parametrize(
    "column, value, code",
    [
        (Column.NAME, "豊島 \ue000郎", "private_character"),
        (Column.KANA, "トシマ\uf8ff", "private_character"),
        (Column.NAME, "?野 太郎", "lost_character"),
        (Column.NAME, "\ufffd野 太郎", "lost_character"),
        (Column.NAME, "〓野 太郎", "lost_character"),
        (Column.NAME, "U+20BB7野 太郎", "lost_character"),
    ],
)
def test_flags_that_do_not_refuse(column: Column, value: str, code: str) -> None:
    checked = read(with_cell(column, value), TERMS)
    (flag,) = checked.warnings
    assert (flag.row, flag.column, flag.code, flag.value_shown) == (2, column, code, None)
    assert checked.total_warnings == 1
    assert flag.code in WARNINGS


def test_a_date_after_the_end_of_its_era_is_flagged() -> None:
    """It is judged as the day that it names."""
    rule = AgeRule(7, Basis.WITHIN_FISCAL_YEAR, Counting.LEGAL_EVE, DAY)
    terms = ListTerms(reasons=(ReasonTerms(key="SEVEN", name="七歳", rule=rule, units=1),))
    checked = read(csv_of("1,豊,,平成31年5月1日,七歳,,,"), terms)
    assert [flag.code.value for flag in checked.warnings] == ["after_end_of_era"]
    late = only_error(csv_of("1,豊,,平成31年3月31日,七歳,,,"), terms)
    assert late.code == "outside_window"


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize(
    "written",
    ["{}", "１２３４５６７８９０１８", "1234-5678-9018", "豊島{}様", "x 1234\u30005678 9018"],
)
def test_a_my_number_in_any_column_is_refused_and_never_shown(column: Column, written: str) -> None:
    value = written.format(MY_NUMBER)
    with pytest.raises(ListRefused) as raised:
        read(with_cell(column, value), TERMS)
    (error,) = raised.value.errors
    assert (error.row, error.column, error.code) == (2, column, ListCode.MY_NUMBER)
    assert error.value_shown is None
    out = io.StringIO()
    traceback.print_exception(raised.value, file=out)
    for shown in (repr(raised.value), str(raised.value.args), out.getvalue()):
        assert value not in shown
        assert "5678" not in shown


def test_a_my_number_in_a_ragged_row_or_a_heading_is_not_shown() -> None:
    ragged = refused(csv_of(TARO, f"0002,{MY_NUMBER}"))
    assert [(e.row, e.letter, e.code.value, e.value_shown) for e in ragged] == [
        (3, None, "ragged_row", "2"),
        (3, "B", "my_number", None),
    ]
    heading = only_error(csv_of(TARO + ",x", header=f"{HEADER},番号{MY_NUMBER}"))
    assert (heading.code, heading.letter, heading.value_shown) == (
        "unknown_header",
        "I",
        "番号************",
    )


def test_values_of_people_are_not_in_what_is_logged() -> None:
    """The representation of errors has places and codes, and no values."""
    with pytest.raises(ListRefused) as raised:
        read(with_cell(Column.BIRTH_DATE, "1949-09-16"), TERMS)
    assert raised.value.errors[0].value_shown == "1949-09-16"
    assert "1949-09-16" not in repr(raised.value)
    assert raised.value.__context__ is None


def test_long_values_are_shown_short() -> None:
    assert only_error(with_cell(Column.REASON, "寿" * 500)).value_shown == "寿" * 40
