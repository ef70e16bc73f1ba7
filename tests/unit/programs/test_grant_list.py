"""Lists of gifts: every fault is told by row and column, and nothing is taken."""

import hashlib
import io
import traceback
from collections.abc import Sequence
from datetime import date

import pytest

from ichimai.kernel.ages import AgeRule, Basis, Counting, MarriageRule, Window
from ichimai.kernel.text import Encoding
from ichimai.programs.grant_list import (
    WARNINGS,
    CheckedList,
    CheckedRow,
    Column,
    ListCode,
    ListRefused,
    ListTerms,
    ReasonTerms,
    RowError,
    read,
)

DAY = date(2026, 9, 15)
MY_NUMBER = "123456789018"
TERMS = ListTerms(
    reasons=(
        ReasonTerms(
            key="KIJU",
            name="喜寿",
            rule=AgeRule(77, Basis.ON_DATE, Counting.BIRTHDAY, DAY),
            units=10_000,
        ),
        ReasonTerms(
            key="BEIJU",
            name="米寿",
            rule=AgeRule(88, Basis.WITHIN_FISCAL_YEAR, Counting.BIRTHDAY, DAY),
            units=20_000,
            other_units=frozenset({15_000}),
        ),
        ReasonTerms(
            key="KINKON",
            name="金婚",
            rule=MarriageRule(50, Basis.WITHIN_CALENDAR_YEAR, DAY),
            units=10_000,
        ),
    )
)
HEADER = "宛名番号,氏名,カナ,生年月日,事由,婚姻日,夫婦番号,金額"
TARO = "0001,豊島 太郎,トシマ タロウ,1948-09-16,喜寿,,,10000"
HANA = "0002,巣鴨 花,スガモ ハナ,昭和13年4月1日,米寿,,,"
KOME = "0003,大塚 米,オオツカ ヨネ,1950/1/2,金婚,昭和51年2月29日,C7,"


def csv_of(*rows: str, header: str = HEADER, end: str = "\r\n") -> bytes:
    return (end.join([header, *rows]) + end).encode()


def refused(data: bytes, terms: ListTerms = TERMS) -> Sequence[RowError]:
    with pytest.raises(ListRefused) as raised:
        read(data, terms)
    assert raised.value.total == len(raised.value.errors)
    return raised.value.errors


def only_error(data: bytes, terms: ListTerms = TERMS) -> RowError:
    errors = refused(data, terms)
    assert len(errors) == 1, errors
    return errors[0]


def codes(data: bytes) -> list[tuple[int | None, Column | None, str]]:
    return [(error.row, error.column, error.code.value) for error in refused(data)]


def with_cell(column: Column, value: str, row: str = TARO) -> bytes:
    """A list whose only row, row 2, has ``value`` in ``column``."""
    cells = row.split(",")
    cells[list(Column).index(column)] = f'"{value.replace(chr(34), chr(34) * 2)}"'
    return csv_of(",".join(cells))


def test_a_list_without_errors() -> None:
    data = csv_of(TARO, HANA, KOME)
    checked = read(data, TERMS)
    assert checked == CheckedList(
        rows=(
            CheckedRow(2, "0001", "KIJU", None, 10_000),
            CheckedRow(3, "0002", "BEIJU", None, 20_000),
            CheckedRow(4, "0003", "KINKON", "C7", 10_000),
        ),
        rows_by_reason={"KIJU": 1, "BEIJU": 1, "KINKON": 1},
        units_by_reason={"KIJU": 10_000, "BEIJU": 20_000, "KINKON": 10_000},
        total_units=40_000,
        windows={
            "KIJU": Window(date(1948, 9, 16), date(1949, 9, 15)),
            "BEIJU": Window(date(1938, 4, 1), date(1939, 3, 31)),
            "KINKON": Window(date(1976, 1, 1), date(1976, 12, 31)),
        },
        sha256=hashlib.sha256(data).digest(),
        encoding=Encoding.UTF_8,
        warnings=(),
        total_warnings=0,
    )


def test_names_and_dates_are_not_kept() -> None:
    kept = repr(read(csv_of(TARO, HANA, KOME), TERMS).rows)
    for personal in ("豊島", "トシマ", "1948", "昭和"):
        assert personal not in kept


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_every_encoding_and_line_end(encoding: str, end: str) -> None:
    data = csv_of(TARO, HANA, KOME, end=end).decode().encode(encoding)
    checked = read(data, TERMS)
    assert checked.encoding.value == encoding
    assert checked.rows == read(csv_of(TARO, HANA, KOME), TERMS).rows


def test_no_line_end_after_the_last_row() -> None:
    assert len(read(csv_of(TARO, HANA).rstrip(), TERMS).rows) == 2


def test_headings_in_english_and_in_any_order() -> None:
    data = csv_of(
        "KIJU,1948-09-16,Toshima Taro,0001", header=" Reason ,birth_date,NAME,recipient_number"
    )
    assert read(data, TERMS).rows == (CheckedRow(2, "0001", "KIJU", None, 10_000),)


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


def test_one_person_may_have_two_reasons() -> None:
    both = "0001,豊島 太郎,,1948-09-16,金婚,1976-05-01,C1,"
    assert [row.reason for row in read(csv_of(TARO, both), TERMS).rows] == ["KIJU", "KINKON"]


def test_full_width_numbers_are_the_same_person() -> None:
    assert only_error(csv_of(TARO, TARO.replace("0001", "０００１"))) == RowError(
        code=ListCode.DUPLICATE_RECIPIENT,
        row=3,
        column=Column.RECIPIENT_NUMBER,
        letter="A",
        value_shown="0001",
        first_row=2,
    )


def test_the_same_couple_twice() -> None:
    error = only_error(csv_of(KOME, TARO, KOME.replace("0003", "0004")))
    assert (error.code, error.row, error.letter, error.first_row) == ("duplicate_couple", 4, "G", 2)


def test_a_duplicate_of_a_row_with_an_error_is_told_too() -> None:
    assert codes(csv_of(TARO.replace("10000", "x"), TARO)) == [
        (2, Column.AMOUNT, "invalid_amount"),
        (3, Column.RECIPIENT_NUMBER, "duplicate_recipient"),
    ]


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
    ["", "トシマ　タロウ", "ﾄｼﾏ ﾀﾛｳ", "としま　たろう", "ヴィクトール・ユゴー", "O'Neil John", "ジョン－スミス"],
)
def test_readings_that_people_have(kana: str) -> None:
    assert read(with_cell(Column.KANA, kana), TERMS).warnings == ()


@pytest.mark.parametrize("name", ["髙﨑 太郎", "𠮷野 葛\U000e0100", "ルイ＝フィリップ", "山\n田", "山\r\n田 =太郎"])
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
    rule = AgeRule(6, Basis.WITHIN_FISCAL_YEAR, Counting.LEGAL_EVE, DAY)
    terms = ListTerms(reasons=(ReasonTerms(key="SIX", name="六歳", rule=rule, units=1),))
    checked = read(csv_of("1,豊,,平成31年5月1日,六歳,,,"), ListTerms(reasons=(
        ReasonTerms(key="SIX", name="六歳", rule=AgeRule(7, rule.basis, rule.counting, DAY), units=1),
    )))  # fmt: skip
    assert [flag.code.value for flag in checked.warnings] == ["after_end_of_era"]
    assert only_error(csv_of("1,豊,,平成31年5月1日,六歳,,,"), terms).code == "outside_window"


@pytest.mark.parametrize("column", Column)
@pytest.mark.parametrize(
    "written", ["{}", "１２３４５６７８９０１８", "1234-5678-9018", "豊島{}様", "x 1234\u30005678 9018"]
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


def test_rows_are_numbered_as_a_spreadsheet_shows_them() -> None:
    """Quoted line ends do not count, blank rows do."""
    data = csv_of(
        TARO.replace("豊島 太郎", '"豊島\r\n太\n郎"'),
        "",
        ",,,,,,,",
        HANA.replace("米寿", "米"),
        "\u3000",
        KOME.replace("C7", ""),
    )
    assert codes(data) == [
        (5, Column.REASON, "unknown_reason"),
        (7, Column.COUPLE_NUMBER, "missing_value"),
    ]
    good = read(csv_of("", TARO.replace("豊島 太郎", '"豊\n島"'), "", HANA), TERMS)
    assert [row.row for row in good.rows] == [3, 5]


def test_all_errors_of_all_rows_are_listed() -> None:
    assert codes(csv_of(",,漢字,1949-02-30,喜寿,x,y,z", TARO, "0001,=1,,不詳,白寿,,,")) == [
        (2, Column.RECIPIENT_NUMBER, "missing_value"),
        (2, Column.NAME, "missing_value"),
        (2, Column.KANA, "not_kana"),
        (2, Column.BIRTH_DATE, "invalid_date"),
        (2, Column.AMOUNT, "invalid_amount"),
        (2, Column.MARRIED_ON, "unexpected_value"),
        (2, Column.COUPLE_NUMBER, "unexpected_value"),
        (4, Column.NAME, "formula"),
        (4, Column.BIRTH_DATE, "unknown_day"),
        (4, Column.REASON, "unknown_reason"),
    ]


def test_a_thousand_errors_are_listed_and_all_are_counted() -> None:
    rows = [f"{number},豊,,1948-09-16,喜寿,,,1" for number in range(1_500)]
    with pytest.raises(ListRefused) as raised:
        read(csv_of(*rows), TERMS)
    assert (len(raised.value.errors), raised.value.total) == (1_000, 1_500)
    flagged = read(csv_of(*[row[:-1].replace("豊", "?") for row in rows]), TERMS)
    assert (len(flagged.warnings), flagged.total_warnings) == (1_000, 1_500)


@pytest.mark.parametrize(
    "cells",
    ["0002,米,,1938-04-01,米寿,,", "0002,米,,1938-04-01,米寿,,,,", "0002", "0002,米,,1938-04-01,米寿,,,,20000"],
)
def test_ragged_rows(cells: str) -> None:
    error = only_error(csv_of(TARO, cells, KOME))
    assert (error.row, error.code) == (3, "ragged_row")
    assert error.value_shown == str(cells.count(",") + 1)


@pytest.mark.parametrize(
    "header, errors",
    [
        ("宛名番号,氏名,生年月日,事由,氏名", [("E", Column.NAME, "duplicate_header")]),
        ("宛名番号,氏名,生年月日,事由,NAME", [("E", Column.NAME, "duplicate_header")]),
        ("宛名番号,氏名,生年月日,事由,住所", [("E", None, "unknown_header")]),
        ("宛名番号,氏名,生年月日,事由,", [("E", None, "unknown_header")]),
        ("氏名,事由", [(None, Column.RECIPIENT_NUMBER, "missing_header"),
                   (None, Column.BIRTH_DATE, "missing_header")]),
        ("宛名番号,姓,名", [("B", None, "unknown_header"), ("C", None, "unknown_header"),
                      (None, Column.NAME, "missing_header"),
                      (None, Column.BIRTH_DATE, "missing_header"),
                      (None, Column.REASON, "missing_header")]),
    ],
)  # fmt: skip
def test_wrong_headings_are_told_alone(
    header: str, errors: list[tuple[str | None, Column | None, str]]
) -> None:
    found = refused(csv_of("x,y,z", header=header))
    assert [(error.letter, error.column, error.code.value) for error in found] == errors
    assert {error.row for error in found} == {1}


@pytest.mark.parametrize(
    "data",
    [
        csv_of(HANA, header=TARO),
        csv_of(TARO, header=""),
        csv_of(TARO, header=HEADER.replace(",", "\t")),
        csv_of(TARO, header=HEADER.replace(",", ";")),
        b"<html><body>",
        b"PK\x03\x04 a zip file",
    ],
)
def test_files_without_headings_show_nothing(data: bytes) -> None:
    """The first row is then a person."""
    assert only_error(data) == RowError(code=ListCode.NO_HEADER, row=1)


@pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbf", b"\r\n\r\n", b" \n", "\u3000".encode("cp932")])
def test_empty_files(data: bytes) -> None:
    assert only_error(data) == RowError(code=ListCode.EMPTY_FILE)


@pytest.mark.parametrize("rows", [(), ("",), (",,,,,,,", "")])
def test_lists_of_nobody(rows: tuple[str, ...]) -> None:
    assert only_error(csv_of(*rows)) == RowError(code=ListCode.NO_ROWS)


def test_limits_of_size() -> None:
    data = csv_of(TARO, HANA, KOME)
    by_bytes = ListTerms(reasons=TERMS.reasons, max_bytes=len(data) - 1)
    assert only_error(data, by_bytes) == RowError(code=ListCode.FILE_TOO_LARGE)
    by_rows = ListTerms(reasons=TERMS.reasons, max_rows=2)
    assert only_error(data, by_rows) == RowError(code=ListCode.TOO_MANY_ROWS, row=4)
    exact = ListTerms(reasons=TERMS.reasons, max_bytes=len(data), max_rows=3)
    assert len(read(data, exact).rows) == 3


def test_ten_megabytes_and_200_000_rows_are_the_default() -> None:
    assert (TERMS.max_bytes, TERMS.max_rows) == (10_485_760, 200_000)
    assert only_error(b"x" * 10_485_761).code == "file_too_large"


@pytest.mark.parametrize(
    "data, row, letter, byte",
    [
        (csv_of(TARO, HANA.replace("花", "~~")).decode().encode("cp932").replace(b"~~", b"\x81 "),
         3, "B", "0x81"),
        (csv_of(TARO.replace("豊島 太郎", '"豊\n島"'), "0002,~").replace(b"~", b"\xff"), 3, "B", "0xFF"),
        (csv_of(TARO).replace(b"\r\n", b"\r\n\x80", 1), 2, "A", "0x80"),
        (HEADER.encode("utf-16"), 1, "A", "0xFF"),
        (HEADER.encode("utf-8-sig") + b"\x93", 1, "H", "0x93"),
    ],
)  # fmt: skip
def test_a_cell_that_cannot_be_decoded_is_named(
    data: bytes, row: int, letter: str, byte: str
) -> None:
    assert only_error(data) == RowError(
        code=ListCode.UNDECODABLE, row=row, letter=letter, value_shown=byte
    )


def test_undecodable_after_a_cell_that_is_no_cell() -> None:
    """Where quotes have swallowed too much, no place is claimed."""
    error = only_error(csv_of('"' + "x" * 140_000).rstrip() + b"\xff")
    assert (error.code, error.row, error.letter) == ("undecodable", None, None)


@pytest.mark.parametrize(
    "rows, row",
    [
        ((TARO, '"0002,米,,,,,,'), 3),
        ((TARO, HANA, '"0003"x,米,,,,,,'), 4),
        ((TARO, "0002," + "x" * 140_000), 3),
    ],
)
def test_quotes_that_do_not_match(rows: tuple[str, ...], row: int) -> None:
    """And the errors before them are still told."""
    assert only_error(csv_of(*rows)) == RowError(code=ListCode.BROKEN_QUOTES, row=row)
    first = rows[0].replace("喜寿", "白寿")
    assert [code for *_, code in codes(csv_of(first, *rows[1:]))] == [
        "unknown_reason",
        "broken_quotes",
    ]


def test_quotes_that_do_not_match_in_the_headings() -> None:
    assert only_error(b'"' + csv_of(TARO)) == RowError(code=ListCode.BROKEN_QUOTES, row=1)


def test_one_wrong_row_keeps_all_others_out() -> None:
    """There is no partly taken list."""
    rows = [f"{number},豊,,1948-09-16,喜寿,,," for number in range(100)]
    assert only_error(csv_of(*rows, "x,豊,,1948-09-16,,,,")).row == 102


def test_every_code_has_an_english_title() -> None:
    meanings = [code.meaning for code in ListCode]
    assert len(set(meanings)) == len(meanings)
    assert all(meaning.endswith(".") for meaning in meanings)
    assert ListCode("formula") is ListCode.FORMULA
    assert str(ListRefused((), 0)) == "list_refused"


def test_columns_beyond_z_are_lettered_as_in_a_spreadsheet() -> None:
    found = refused(csv_of("x", header="氏名" + ",x" * 30))
    assert [error.letter for error in found if error.letter][-6:] == ["Z", "AA", "AB", "AC", "AD", "AE"]
