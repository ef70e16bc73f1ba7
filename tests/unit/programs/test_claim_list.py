"""Lists of facts as files: what each cell may say, and what is told of one that may not."""

from datetime import UTC, date, datetime
from functools import partial

import pytest

from ichimai.kernel.clock import ManualClock
from ichimai.people.records import claim_lists
from ichimai.people.records.claim_lists import Said
from ichimai.people.records.claims import ClaimKind
from ichimai.programs.claim_list import ClaimRow, read
from ichimai.programs.grant_list_model import ListRefused
from ichimai.programs.list_rows import Report
from tests.tables import EMPTY, Row, each
from tests.unit.programs.lists import MY_NUMBER

CLOCK = ManualClock(datetime(2026, 10, 8, 3, tzinfo=UTC))
HEADER = "宛名番号,内容,値,いつから,いつまで"
FILE = (HEADER, "0001,地区,巣鴨,令和8年4月1日,", "0002,生年月日,S25.3.5,,")
ROWS = [
    ClaimRow(2, "0001", Said(ClaimKind.DISTRICT, "巣鴨", date(2026, 4, 1))),
    ClaimRow(3, "0002", Said(ClaimKind.BIRTH_DATE, "1950-03-05")),
]


def rows(data: bytes) -> list[ClaimRow]:
    """What is read of a file in a town with two districts."""
    check = partial(claim_lists.check, CLOCK, "住民記録 10月")
    return read(data, Report(), check=check, districts=("巣鴨", "駒込"))


def errors(*lines: str, header: str = HEADER) -> list[str]:
    """What is wrong with a list, as ``row column code``."""
    with pytest.raises(ListRefused) as raised:
        rows("\r\n".join([header, *lines]).encode())
    for error in raised.value.errors:
        assert MY_NUMBER not in str(error.value_shown)
    return [f"{error.row} {error.column or '-'} {error.code}" for error in raised.value.errors]


@pytest.mark.parametrize("end", ["\r\n", "\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_every_encoding_and_line_end(encoding: str, end: str) -> None:
    assert rows(end.join(FILE).encode(encoding)) == ROWS


def test_headings_in_english_and_in_any_order() -> None:
    file = ("Value,recipient_number,KIND,from_on", "巣鴨,0001,district,2026/4/1")
    assert rows("\n".join(file).encode()) == ROWS[:1]


CELLS = """
    kind            value           from        until       outcome
    生年月日        昭和25年3月5日  -           -           birth_date 1950-03-05
    生年月日        -               -           -           value missing_value
    生年月日        2026-10-09      -           -           value invalid_value
    生年月日        25.3.5          -           -           value invalid_date
    生年月日        S25.3.0         -           -           value unknown_day
    生年月日        S25.3.5         2026-04-01  -           from_on unexpected_day
    生年月日        S25.3.5         -           2026-04-01  until_on unexpected_day
    住民となった日  令和2年4月1日   -           -           resident_since 2020-04-01
    住民となった日  -               -           R8.10.31    resident_since ends
    住民となった日  R2.4.1          R2.3.31     -           value invalid_value
    障害者手帳の等級  ２            -           -           disability_grade 2
    障害者手帳の等級  8             -           -           value invalid_value
    在勤            はい            -           -           works_in_town yes
    works_in_town   1               -           -           works_in_town yes
    在学            -               -           -           studies_in_town ends
    在学            いいえ          -           -           value invalid_value
    地区            駒込            R8.4.1      R9.3.31     district 駒込
    地区            渋谷            -           -           value invalid_value
    地区            駒込            R8.4.1      R8.3.31     until_on ends_before_begin
    地区            -               R8.4.1      -           from_on unexpected_day
    地区            =1+1            -           -           value formula
    氏名            豊島            -           -           kind unknown_kind
    -               巣鴨            -           -           kind missing_value
    DISTRICT        巣鴨            -           -           district 巣鴨
"""


@each(CELLS)
def test_what_a_row_may_say(row: Row) -> None:
    cells = [row[name].removeprefix(EMPTY) for name in ("kind", "value", "from", "until")]
    line = ",".join(("0001", *cells))
    what, outcome = row["outcome"].split()
    if what in {"kind", "value", "from_on", "until_on"}:
        assert errors(line) == [f"2 {what} {outcome}"]
        return
    (read_row,) = rows(f"{HEADER}\n{line}".encode())
    said = read_row.said
    value = "ends" if said.value is None else said.value or "yes"
    assert (said.kind.value, value) == (what, outcome)


@pytest.mark.parametrize("column", range(5))
def test_a_my_number_in_any_cell_is_refused(column: int) -> None:
    cells = ["0001", "地区", "巣鴨", "", ""]
    cells[column] = f"a {MY_NUMBER}"
    name = ["recipient_number", "kind", "value", "from_on", "until_on"][column]
    assert f"2 {name} my_number" in errors(",".join(cells))
    assert "2 - my_number" in errors(",".join([*cells, "and more"]))


def test_what_is_wrong_with_rows_is_told_of_all_of_them() -> None:
    assert errors(
        "0001,地区,巣鴨,,",
        "0002,地区,巣鴨",
        "０００１,地区,駒込,,",
        "0001,在勤,はい,,",
        "x y,地区,巣鴨,,",
        '0003,地区,"巣\n鴨",,',
    ) == [
        "3 - ragged_row",
        "4 recipient_number duplicate_fact",
        "6 recipient_number invalid_number",
        "7 value control_character",
    ]


def test_a_quoted_line_end_is_one_row() -> None:
    """Names are not wanted, but a heading may have been written in two lines."""
    assert rows(b'recipient_number,kind,"value"\n0001,district,"\xe5\xb7\xa3\xe9\xb4\xa8"\n')
    assert errors("0001,地区,巣鴨", header='宛名番号,内容,値,"いつ\nから"') == [
        "1 - unknown_header"
    ]


@pytest.mark.parametrize(
    "header, found",
    [
        ("宛名番号,内容", "1 value missing_header"),
        ("宛名番号,内容,値,氏名", "1 - unknown_header"),
        ("宛名番号,内容,値,value", "1 value duplicate_header"),
        ("a,b,c", "1 - no_header"),
    ],
)
def test_headings_that_do_not_fit(header: str, found: str) -> None:
    assert errors("0001,地区,巣鴨", header=header) == [found]


def test_nothing_of_a_row_is_shown() -> None:
    assert "巣鴨" not in repr(ROWS)
    assert "0001" not in repr(ROWS)
