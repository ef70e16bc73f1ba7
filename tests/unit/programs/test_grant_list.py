"""Lists of gifts as files: what is read, and how every fault is told by row and column."""

import hashlib
from datetime import date

import pytest

from ichimai.kernel.ages import Window
from ichimai.kernel.text import Encoding
from ichimai.programs.grant_list import (
    CheckedList,
    CheckedRow,
    Column,
    ListCode,
    ListRefused,
    ListTerms,
    RowError,
    read,
)
from tests.unit.programs.lists import (
    HANA,
    HEADER,
    KOME,
    TARO,
    TERMS,
    codes,
    csv_of,
    only_error,
    refused,
)


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
    [
        "0002,米,,1938-04-01,米寿,,",
        "0002,米,,1938-04-01,米寿,,,,",
        "0002",
        "0002,米,,1938-04-01,米寿,,,,20000",
    ],
)
def test_ragged_rows_are_not_guessed_at(cells: str) -> None:
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


@pytest.mark.parametrize(
    "data", [b"", b"\xef\xbb\xbf", b"\r\n\r\n", b" \n", "\u3000".encode("cp932")]
)
def test_files_with_nothing_in_them(data: bytes) -> None:
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
        (csv_of(TARO.replace("豊島 太郎", '"豊\n島"'), "0002,~").replace(b"~", b"\xff"),
         3, "B", "0xFF"),
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
    assert ListCode["FORMULA"] is ListCode.FORMULA
    assert str(ListRefused((), 0)) == "list_refused"


def test_columns_beyond_z_are_lettered_as_in_a_spreadsheet() -> None:
    found = refused(csv_of("x", header="氏名" + ",x" * 30))
    assert [error.letter for error in found if error.letter][-6:] == [
        "Z",
        "AA",
        "AB",
        "AC",
        "AD",
        "AE",
    ]
