"""Columns of a batch as PostgreSQL's binary arrays: a tenth of the time of element by element.

psycopg sends each as an array of its type.
"""

import struct
from abc import abstractmethod
from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import chain, repeat
from typing import Any, ClassVar, LiteralString, TypeVar
from uuid import UUID

from psycopg import adapters
from psycopg.abc import Buffer
from psycopg.adapt import Dumper
from psycopg.pq import Format

from ichimai.storage.database import Params, WriteTx

Value = TypeVar("Value")

_HEADER = struct.Struct(">iiIii")
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_FIRST_DAY = date(2000, 1, 1).toordinal()


class Column(list[Value]):
    """A column of a batch: a list of plain values, without any that is null."""

    oid: ClassVar[int]
    element_oid: ClassVar[int]
    _ready: bytes | None = None

    def ready(self) -> bytes:
        """The array as PostgreSQL wants it. It must not change afterwards."""
        if self._ready is None:
            if self:
                head = _HEADER.pack(1, 0, self.element_oid, len(self), 1)
                self._ready = head + self._elements()
            else:
                self._ready = struct.pack(">iiI", 0, 0, self.element_oid)
        return self._ready

    @abstractmethod
    def _elements(self) -> bytes:
        """Each value after its length in four bytes."""


class Uuids(Column[UUID]):
    """``uuid[]``."""

    oid = 2951
    element_oid = 2950

    def _elements(self) -> bytes:
        sixteen = b"\x00\x00\x00\x10"
        return sixteen + sixteen.join([value.int.to_bytes(16) for value in self])


class Bigints(Column[int]):
    """``bigint[]``."""

    oid = 1016
    element_oid = 20

    def _elements(self) -> bytes:
        return _fixed("iq", 8, self)


class Smallints(Column[int]):
    """``smallint[]``."""

    oid = 1005
    element_oid = 21

    def _elements(self) -> bytes:
        return _fixed("ih", 2, self)


class Integers(Column[int]):
    """``integer[]``."""

    oid = 1007
    element_oid = 23

    def _elements(self) -> bytes:
        return _fixed("ii", 4, self)


class Instants(Column[datetime]):
    """``timestamptz[]``."""

    oid = 1185
    element_oid = 1184

    def _elements(self) -> bytes:
        return _fixed("iq", 8, [_microseconds(value) for value in self])


class Dates(Column[date]):
    """``date[]``."""

    oid = 1182
    element_oid = 1082

    def _elements(self) -> bytes:
        return _fixed("ii", 4, [value.toordinal() - _FIRST_DAY for value in self])


class Byteas(Column[bytes]):
    """``bytea[]``."""

    oid = 1001
    element_oid = 17

    def _elements(self) -> bytes:
        return b"".join([len(value).to_bytes(4) + value for value in self])


class Texts(Column[str]):
    """``text[]``."""

    oid = 1009
    element_oid = 25

    def _elements(self) -> bytes:
        encoded = [value.encode() for value in self]
        return b"".join([len(value).to_bytes(4) + value for value in encoded])


class Prepared:
    """Statements that are encoded before there is a transaction to send them in."""

    def __init__(self) -> None:
        self._statements: list[tuple[LiteralString, Params]] = []

    def execute(self, sql: LiteralString, params: Params = ()) -> None:
        """Add one statement."""
        for value in params.values() if isinstance(params, Mapping) else params:
            if isinstance(value, Column):
                value.ready()
        self._statements.append((sql, params))

    def send(self, tx: WriteTx) -> None:
        """Run them, in the order in which they were added."""
        with tx.together():
            for sql, params in self._statements:
                tx.execute(sql, params)


class _ColumnDumper(Dumper):
    format = Format.BINARY

    def dump(self, obj: Column[Any]) -> Buffer | None:
        return obj.ready()


@lru_cache(maxsize=4_096)
def _microseconds(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND


def _fixed(code: str, size: int, values: Collection[int]) -> bytes:
    flat = chain.from_iterable(zip(repeat(size), values, strict=False))
    return struct.pack(">" + code * len(values), *flat)


def _register() -> None:
    """Make psycopg know the classes above."""
    for kind in (Uuids, Bigints, Smallints, Integers, Instants, Dates, Byteas, Texts):
        adapters.register_dumper(kind, type("_Dumper", (_ColumnDumper,), {"oid": kind.oid}))


_register()
