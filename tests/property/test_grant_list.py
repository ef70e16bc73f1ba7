"""Random lists, good and spoiled, against totals and places known from how they were made."""

import csv
import io
import time
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ichimai.kernel.ages import AgeRule, Basis, Counting, MarriageRule
from ichimai.kernel.eras import format_era
from ichimai.programs.grant_list import (
    ListRefused,
    ListTerms,
    ReasonTerms,
    read,
)

DAY = date(2026, 9, 15)
UNITS = {"喜寿": 10_000, "米寿": 20_000, "金婚": 30_000}
FIRST = {"喜寿": date(1948, 9, 16), "米寿": date(1937, 9, 16), "金婚": date(1976, 1, 1)}
TERMS = ListTerms(
    reasons=(
        ReasonTerms(
            key="KIJU",
            name="喜寿",
            rule=AgeRule(77, Basis.ON_DATE, Counting.BIRTHDAY, DAY),
            units=UNITS["喜寿"],
        ),
        ReasonTerms(
            key="BEIJU",
            name="米寿",
            rule=AgeRule(88, Basis.ON_DATE, Counting.BIRTHDAY, DAY),
            units=UNITS["米寿"],
        ),
        ReasonTerms(
            key="KINKON",
            name="金婚",
            rule=MarriageRule(50, Basis.WITHIN_CALENDAR_YEAR, DAY),
            units=UNITS["金婚"],
        ),
    )
)
HEADINGS = ["宛名番号", "氏名", "カナ", "生年月日", "事由", "婚姻日", "夫婦番号", "金額"]


@dataclass
class Sheet:
    """A list as a spreadsheet has it: the order of its columns, and rows by heading."""

    columns: list[str]
    rows: list[dict[str, str]]

    def data(self, encoding: str = "utf-8", end: str = "\r\n") -> bytes:
        out = io.StringIO(newline="")
        # Left to itself the writer quotes only the kind of line end that it uses.
        writer = csv.writer(out, lineterminator=end, quoting=csv.QUOTE_ALL)
        writer.writerow(self.columns)
        for row in self.rows:
            writer.writerow([row[column] for column in self.columns])
        return out.getvalue().encode(encoding)


NAMES = st.text(st.sampled_from("豊島太郎髙﨑花\n ,\"'"), min_size=1, max_size=8).filter(
    lambda name: name.strip(" ").strip() == name and name[0] != "'"
)


@st.composite
def rows(draw: st.DrawFn, number: int) -> dict[str, str]:
    reason = draw(st.sampled_from(list(UNITS)))
    day = FIRST[reason] + timedelta(days=draw(st.integers(0, 364)))
    write = draw(st.sampled_from([date.isoformat, format_era, "{0:%Y%m%d}".format]))
    is_wedding = reason == "金婚"
    return {
        "宛名番号": f"{number:05}",
        "氏名": draw(NAMES),
        "カナ": draw(st.sampled_from(["", "トシマ　タロウ", "ﾄｼﾏ ﾊﾅ"])),
        "生年月日": "" if is_wedding else write(day),
        "事由": reason,
        "婚姻日": write(day) if is_wedding else "",
        "夫婦番号": f"C{number}" if is_wedding else "",
        "金額": draw(st.sampled_from(["", str(UNITS[reason]), f"{UNITS[reason]:,}"])),
    }


@st.composite
def sheets(draw: st.DrawFn) -> Sheet:
    count = draw(st.integers(1, 12))
    return Sheet(draw(st.permutations(HEADINGS)), [draw(rows(number)) for number in range(count)])


@given(
    sheets(),
    st.sampled_from(["utf-8", "utf-8-sig", "cp932"]),
    st.sampled_from(["\r\n", "\n", "\r"]),
)
def test_a_good_list_is_read_whole(sheet: Sheet, encoding: str, end: str) -> None:
    checked = read(sheet.data(encoding, end), TERMS)
    assert [row.row for row in checked.rows] == list(range(2, len(sheet.rows) + 2))
    assert [row.recipient_number for row in checked.rows] == [r["宛名番号"] for r in sheet.rows]
    assert [row.couple or "" for row in checked.rows] == [r["夫婦番号"] for r in sheet.rows]
    expected = Counter(row["事由"] for row in sheet.rows)
    keys = {"喜寿": "KIJU", "米寿": "BEIJU", "金婚": "KINKON"}
    assert checked.rows_by_reason == {keys[name]: count for name, count in expected.items()}
    assert checked.total_units == sum(UNITS[name] * count for name, count in expected.items())
    assert sum(checked.units_by_reason.values()) == checked.total_units
    assert checked.warnings == ()


def my_number(body: int) -> str:
    """The twelve digits that begin with the eleven of ``body``."""
    digits = [body // 10**place % 10 for place in range(11)]
    weights = [2, 3, 4, 5, 6, 7, 2, 3, 4, 5, 6]
    remainder = sum(d * w for d, w in zip(digits, weights, strict=True)) % 11
    return f"{body:011}{11 - remainder if remainder > 1 else 0}"


MY_NUMBERS = st.integers(0, 10**11 - 1).map(my_number)


@given(sheets(), st.data())
def test_one_spoiled_cell_is_told_in_its_place(sheet: Sheet, data: st.DataObject) -> None:
    """Whatever else is there, the only error is that one, and the value is shown only if it may."""
    column = data.draw(st.sampled_from(HEADINGS))
    index = data.draw(st.integers(0, len(sheet.rows) - 1))
    code, value = data.draw(
        st.one_of(
            MY_NUMBERS.map(lambda number: ("my_number", f"x{number}")),
            MY_NUMBERS.map(
                lambda number: ("my_number", f"{number[:4]} {number[4:8]}-{number[8:]}")
            ),
            st.text(min_size=1, max_size=5).map(lambda tail: ("formula", f"=A1+{tail}")),
            st.sampled_from("@＝＠").map(lambda sign: ("formula", f" {sign}SUM(A1)")),
            st.sampled_from("\0\x07\x1b\x7f\x85\u2028\u202e").map(
                lambda control: ("control_character", f"a{control}b")
            ),
        )
    )
    sheet.rows[index][column] = value
    with pytest.raises(ListRefused) as raised:
        read(sheet.data(), TERMS)
    (error,) = raised.value.errors
    letter = "ABCDEFGH"[sheet.columns.index(column)]
    assert (error.row, error.letter, error.code.value) == (index + 2, letter, code)
    assert error.value_shown is None


@given(sheets(), st.data())
def test_a_row_repeated_is_a_duplicate_of_its_first(sheet: Sheet, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(sheet.rows) - 1))
    sheet.rows.append(dict(sheet.rows[index]))
    with pytest.raises(ListRefused) as raised:
        read(sheet.data(), TERMS)
    is_wedding = sheet.rows[index]["事由"] == "金婚"
    found = [error.code.value for error in raised.value.errors]
    assert found == ["duplicate_recipient", "duplicate_couple"][: 1 + is_wedding]
    for error in raised.value.errors:
        assert (error.row, error.first_row) == (len(sheet.rows) + 1, index + 2)


@given(sheets(), st.data())
def test_days_outside_the_window_are_refused(sheet: Sheet, data: st.DataObject) -> None:
    """One day before the first and one after the last."""
    index = data.draw(st.integers(0, len(sheet.rows) - 1))
    row = sheet.rows[index]
    column = "婚姻日" if row["事由"] == "金婚" else "生年月日"
    days = 366 if row["事由"] == "金婚" else 365  # 1976 was a leap year
    outside = data.draw(st.sampled_from([-1, days, 400, -30_000 // 365]))
    row[column] = (FIRST[row["事由"]] + timedelta(days=outside)).isoformat()
    with pytest.raises(ListRefused) as raised:
        read(sheet.data(), TERMS)
    (error,) = raised.value.errors
    assert (error.row, error.code.value) == (index + 2, "outside_window")
    assert error.value_shown == row[column]


@given(sheets(), st.data())
def test_a_damaged_file_is_read_or_refused(sheet: Sheet, data: st.DataObject) -> None:
    """Bytes changed, cut or put in anywhere never lead to any other end."""
    whole = sheet.data(data.draw(st.sampled_from(["utf-8", "utf-8-sig", "cp932"])))
    start = data.draw(st.integers(0, len(whole)))
    after = data.draw(st.integers(start, min(len(whole), start + 20)))
    damaged = whole[:start] + data.draw(st.binary(max_size=6)) + whole[after:]
    assert_read_or_refused(damaged)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    assert_read_or_refused(data)


def assert_read_or_refused(data: bytes) -> None:
    try:
        checked = read(data, TERMS)
    except ListRefused as error:
        refused = error
    else:
        assert checked.total_units == sum(row.units for row in checked.rows) > 0
        people = [(row.recipient_number, row.reason) for row in checked.rows]
        assert len(set(people)) == len(people)
        return
    assert refused.total >= len(refused.errors) > 0
    assert all(error.row is None or error.row >= 1 for error in refused.errors)


def test_a_hundred_thousand_rows_are_read_in_seconds() -> None:
    """Generous, for a loaded machine; about 1.5 s on an idle core."""
    days = [format_era(FIRST["喜寿"] + timedelta(days=number)) for number in range(365)]
    rows = [
        f"{number:010},豊島　太郎,トシマ　タロウ,{days[number % 365]},喜寿,,,10000"
        for number in range(100_000)
    ]
    data = "\r\n".join([",".join(HEADINGS), *rows]).encode("cp932")
    start = time.process_time()
    assert len(read(data, TERMS).rows) == 100_000
    assert time.process_time() - start < 6
