"""Terms and rows that the tests of grant lists share."""

from collections.abc import Sequence
from datetime import date

import pytest

from ichimai.kernel.ages import AgeRule, Basis, Counting, MarriageRule
from ichimai.programs.grant_list import (
    Column,
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
COLUMNS = tuple(Column)[: HEADER.count(",") + 1]
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
