"""Columns and rows of a batch as PostgreSQL's binary arrays: a tenth of the time of one by one.

psycopg sends a column as an array of its type. Of what every batch writes, all columns go together,
as one array of a composite type: to the driver and to PostgreSQL a parameter costs what several
rows cost.
"""

import struct
from abc import abstractmethod
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from functools import lru_cache
from itertools import chain, repeat, starmap
from typing import Any, ClassVar, Final, LiteralString, TypeVar
from uuid import UUID

from psycopg import adapters
from psycopg.abc import Buffer
from psycopg.adapt import Dumper
from psycopg.pq import Format

from ichimai.storage.database import WriteTx

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


class Writing:
    """What writes different rows, sent in ``tx`` as one statement.

    A statement costs the driver and PostgreSQL as much as the writing of several rows.
    """

    def __init__(self, tx: WriteTx) -> None:
        self._tx = tx
        self._parts: list[LiteralString] = []
        self._params: list[Any] = []

    def add(self, sql: LiteralString, params: Sequence[Any]) -> None:
        """Add a part: an INSERT, UPDATE or DELETE that needs to see no other part's rows."""
        self._parts.append(sql)
        self._params += params

    def type_oid(self, name: str) -> int:
        """As ``WriteTx.type_oid``."""
        return self._tx.type_oid(name)

    def send(self) -> None:
        """Run them all, if there are any."""
        if not self._parts:
            return
        *parts, last = self._parts
        named = ", ".join([f"part_{place} AS ({sql})" for place, sql in enumerate(parts)])
        self._tx.execute(f"WITH {named} {last}" if parts else last, self._params)


_LENGTH: Final = 4
"""Bytes in which the length of a row is told, which does not count them."""


def _as_they_are(values: Sequence[Any]) -> Sequence[Any]:
    return values


def _uuids(values: Sequence[UUID]) -> Sequence[bytes]:
    return [value.int.to_bytes(16) for value in values]


def _instants(values: Sequence[datetime]) -> Sequence[int]:
    return [_microseconds(value) for value in values]


def _days(values: Sequence[date]) -> Sequence[int]:
    return [value.toordinal() - _FIRST_DAY for value in values]


def _encoded(values: Sequence[str]) -> Sequence[bytes]:
    return [value.encode() for value in values]


class Fixed(Enum):
    """A type whose values have one size: its OID, its ``struct`` code, and how to pack a column."""

    BIGINT = 20, "q", _as_they_are
    SMALLINT = 21, "h", _as_they_are
    INTEGER = 23, "i", _as_they_are
    UUID = 2950, "16s", _uuids
    INSTANT = 1184, "q", _instants
    DATE = 1082, "i", _days
    BOOLEAN = 16, "?", _as_they_are

    def __init__(
        self, oid: int, code: str, packed: Callable[[Sequence[Any]], Sequence[Any]]
    ) -> None:
        self.oid = oid
        self.code = code
        self.size = struct.calcsize(f">{code}")
        self.packed = packed


class Rest(Enum):
    """A type whose values have any size; it can only be that of a row's last column."""

    BYTEA = 17, _as_they_are
    TEXT = 25, _encoded

    def __init__(self, oid: int, packed: Callable[[Sequence[Any]], Sequence[bytes]]) -> None:
        self.oid = oid
        self.packed = packed


class RowType:
    """A composite type of a schema, a table's or another, none of whose values is null.

    ``columns``: all of them but a last one of any size, which is ``rest``.
    """

    def __init__(self, name: str, *columns: Fixed, rest: Rest | None = None) -> None:
        self.name = name
        self._columns = columns
        self._rest = rest
        # How long a row is, and how many columns it has; the type, size and value of each.
        codes = ["ii", *[f"ii{column.code}" for column in columns], "ii" if rest else ""]
        self._struct = struct.Struct(">" + "".join(codes))

    def array(self, tx: WriteTx | Writing, rows: Iterable[Sequence[Any]]) -> "Rows":
        """``rows`` as an array of this type, for a statement of ``tx`` that casts it."""
        known, oid = list(rows), tx.type_oid(self.name)
        if not known:
            return Rows(struct.pack(">iiI", 0, 0, oid))
        columns = list(zip(*known, strict=True))
        tails = [] if self._rest is None else self._rest.packed(columns.pop())
        size = self._struct.size - _LENGTH
        fields: list[Iterable[Any]] = [
            [size + len(tail) for tail in tails] or repeat(size),
            repeat(len(known[0])),
        ]
        for column, values in zip(self._columns, columns, strict=True):
            fields += repeat(column.oid), repeat(column.size), column.packed(values)
        if self._rest is not None:
            fields += repeat(self._rest.oid), map(len, tails)
        made: Iterable[bytes] = starmap(self._struct.pack, zip(*fields, strict=False))
        if tails:
            made = chain.from_iterable(zip(made, tails, strict=True))
        return Rows(_HEADER.pack(1, 0, oid, len(known), 1) + b"".join(made))


class Rows:
    """An array of a composite type, as it is sent."""

    def __init__(self, encoded: bytes) -> None:
        self.encoded = encoded


class _ColumnDumper(Dumper):
    format = Format.BINARY

    def dump(self, obj: Column[Any]) -> Buffer | None:
        return obj.ready()


class _RowsDumper(Dumper):
    """The type is left to the statement, which casts it: it is another in each schema."""

    format = Format.BINARY
    oid = 0

    def dump(self, obj: Rows) -> Buffer | None:
        return obj.encoded


@lru_cache(maxsize=4_096)
def _microseconds(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND


def _fixed(code: str, size: int, values: Collection[int]) -> bytes:
    flat = chain.from_iterable(zip(repeat(size), values, strict=False))
    return struct.pack(">" + code * len(values), *flat)


def _register() -> None:
    """Make psycopg know the classes above."""
    adapters.register_dumper(Rows, _RowsDumper)
    for kind in (Uuids, Bigints, Smallints, Integers, Instants, Dates, Byteas, Texts):
        adapters.register_dumper(kind, type("_Dumper", (_ColumnDumper,), {"oid": kind.oid}))


_register()
