"""Columns of a batch as PostgreSQL's binary arrays: a tenth of the time of element by element.

Each class is a list of plain values; psycopg sends it as an array of its type.
"""

import struct
from abc import abstractmethod
from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import chain, repeat
from typing import ClassVar
from uuid import UUID

from psycopg import adapters
from psycopg.abc import Buffer
from psycopg.adapt import Dumper
from psycopg.pq import Format

_HEADER = struct.Struct(">iiIii")
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_FIRST_DAY = date(2000, 1, 1).toordinal()


class Uuids(list[UUID]):
    """``uuid[]``."""


class Bigints(list[int]):
    """``bigint[]``."""


class Smallints(list[int]):
    """``smallint[]``."""


class Integers(list[int]):
    """``integer[]``."""


class Instants(list[datetime]):
    """``timestamptz[]``."""


class Dates(list[date]):
    """``date[]``."""


class Byteas(list[bytes]):
    """``bytea[]``."""


class Texts(list[str]):
    """``text[]``."""


class _ArrayDumper(Dumper):
    format = Format.BINARY
    element_oid: ClassVar[int]

    def dump(self, obj: list[object]) -> Buffer | None:
        if not obj:
            return struct.pack(">iiI", 0, 0, self.element_oid)
        return _HEADER.pack(1, 0, self.element_oid, len(obj), 1) + self.elements(obj)

    @abstractmethod
    def elements(self, values: Collection[object]) -> bytes:
        """Each value after its length in four bytes."""


class _UuidsDumper(_ArrayDumper):
    oid = 2951
    element_oid = 2950

    def elements(self, values: Collection[UUID]) -> bytes:  # type: ignore[override]  # by class
        sixteen = b"\x00\x00\x00\x10"
        return sixteen + sixteen.join([value.int.to_bytes(16) for value in values])


class _BigintsDumper(_ArrayDumper):
    oid = 1016
    element_oid = 20

    def elements(self, values: Collection[int]) -> bytes:  # type: ignore[override]  # by class
        return _fixed("iq", 8, values)


class _SmallintsDumper(_ArrayDumper):
    oid = 1005
    element_oid = 21

    def elements(self, values: Collection[int]) -> bytes:  # type: ignore[override]  # by class
        return _fixed("ih", 2, values)


class _IntegersDumper(_ArrayDumper):
    oid = 1007
    element_oid = 23

    def elements(self, values: Collection[int]) -> bytes:  # type: ignore[override]  # by class
        return _fixed("ii", 4, values)


class _InstantsDumper(_ArrayDumper):
    oid = 1185
    element_oid = 1184

    def elements(self, values: Collection[datetime]) -> bytes:  # type: ignore[override]  # by class
        return _fixed("iq", 8, [_microseconds(value) for value in values])


class _DatesDumper(_ArrayDumper):
    oid = 1182
    element_oid = 1082

    def elements(self, values: Collection[date]) -> bytes:  # type: ignore[override]  # by class
        return _fixed("ii", 4, [value.toordinal() - _FIRST_DAY for value in values])


class _ByteasDumper(_ArrayDumper):
    oid = 1001
    element_oid = 17

    def elements(self, values: Collection[bytes]) -> bytes:  # type: ignore[override]  # by class
        return b"".join([len(value).to_bytes(4) + value for value in values])


class _TextsDumper(_ArrayDumper):
    oid = 1009
    element_oid = 25

    def elements(self, values: Collection[str]) -> bytes:  # type: ignore[override]  # by class
        encoded = [value.encode() for value in values]
        return b"".join([len(value).to_bytes(4) + value for value in encoded])


@lru_cache(maxsize=4_096)
def _microseconds(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND


def _fixed(code: str, size: int, values: Collection[int]) -> bytes:
    flat = chain.from_iterable(zip(repeat(size), values, strict=False))
    return struct.pack(">" + code * len(values), *flat)


def _register() -> None:
    """Make psycopg know the classes above."""
    adapters.register_dumper(Uuids, _UuidsDumper)
    adapters.register_dumper(Bigints, _BigintsDumper)
    adapters.register_dumper(Smallints, _SmallintsDumper)
    adapters.register_dumper(Integers, _IntegersDumper)
    adapters.register_dumper(Instants, _InstantsDumper)
    adapters.register_dumper(Dates, _DatesDumper)
    adapters.register_dumper(Byteas, _ByteasDumper)
    adapters.register_dumper(Texts, _TextsDumper)


_register()
