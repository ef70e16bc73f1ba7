"""Rows are read by PostgreSQL as what they were."""

import struct
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, LiteralString
from uuid import UUID

import pytest

from ichimai.storage import Database, ReadTx, Schema
from ichimai.storage.arrays import Fixed, Rest, RowType, Writing

AT = datetime(2026, 11, 30, 12, 34, 56, 789_012, tzinfo=UTC)
MOST = UUID(int=2**128 - 1)

COUNTED = RowType("counted", *(Fixed.UUID, Fixed.INTEGER, Fixed.UUID, Fixed.BIGINT, Fixed.BOOLEAN))
LOT_CHANGE = RowType(
    "lot_change",
    *(Fixed.UUID, Fixed.UUID, Fixed.BIGINT, Fixed.BIGINT, Fixed.BIGINT, Fixed.INSTANT),
)
BALANCE_CHANGE = RowType(
    "balance_change",
    *(Fixed.UUID, Fixed.BIGINT, Fixed.DATE, Fixed.BIGINT),
    rest=Rest.BYTEA,
)
BALANCE_ADDITION = RowType(
    "balance_addition",
    *(Fixed.UUID, Fixed.UUID, Fixed.SMALLINT, Fixed.BIGINT),
    rest=Rest.TEXT,
)


@pytest.mark.parametrize(
    "kind, rows",
    [
        (COUNTED, []),
        (BALANCE_CHANGE, []),
        (
            COUNTED,
            [
                (UUID(int=0), 2**31 - 1, MOST, -(2**63), True),
                (UUID(int=1), -1, UUID(int=2), 0, False),
            ],
        ),
        (
            LOT_CHANGE,
            [
                (MOST, UUID(int=7), 2**63 - 1, -1, 0, datetime(9999, 1, 1, tzinfo=UTC)),
                (UUID(int=1), MOST, 1, 2, 3, AT),
                (UUID(int=1), MOST, 1, 2, 3, AT - timedelta(days=20_000)),
            ],
        ),
        (
            BALANCE_CHANGE,
            [
                (MOST, 5, date(1999, 12, 31), 6, b""),
                (UUID(int=1), -5, date(9999, 12, 31), 0, bytes(range(256)) * 300),
            ],
        ),
        (
            BALANCE_ADDITION,
            [
                (UUID(int=1), MOST, -(2**15), 9, "長寿祝い"),
                (UUID(int=2), MOST, 2**15 - 1, 9, ""),
                (UUID(int=3), MOST, 0, 9, "𠮷野 'a' \\ {,}"),
            ],
        ),
    ],
)
def test_postgresql_reads_what_was_written(
    database: Database, operator: Schema, kind: RowType, rows: Sequence[tuple[Any, ...]]
) -> None:
    with database.write(operator) as tx:
        cast: Any = f"SELECT * FROM unnest(%s::{kind.name}[])"
        assert tx.rows(cast, [kind.array(tx, iter(rows))]) == list(rows)
        assert tx.rows(cast, [kind.array(Writing(tx), rows)]) == list(rows)


@pytest.mark.parametrize("wrong", [(1,), (UUID(int=1), 2, 3), (UUID(int=1), "2")])
def test_what_is_no_row_of_the_type_is_never_sent(
    database: Database, operator: Schema, wrong: tuple[Any, ...]
) -> None:
    tally = RowType("tally", Fixed.UUID, Fixed.BIGINT)
    misfits = (ValueError, AttributeError, struct.error)
    with database.write(operator) as tx, pytest.raises(misfits):
        tally.array(tx, [(UUID(int=1), 1), wrong])


def test_a_type_is_asked_for_once_a_connection(
    database: Database, operator: Schema, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    rows = ReadTx.rows

    def counted(
        tx: ReadTx, sql: LiteralString, params: Sequence[Any] = ()
    ) -> list[tuple[Any, ...]]:
        asked.extend(params)
        return rows(tx, sql, params)

    monkeypatch.setattr(ReadTx, "rows", counted)
    with database.write(operator, is_pipelined=True) as tx:
        for kind in (COUNTED, LOT_CHANGE, COUNTED):
            kind.array(tx, [])
    assert asked == ["counted", "lot_change"]
