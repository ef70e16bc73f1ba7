"""The journal for the town's accounting: a table, or beancount text. No person is in it.

All wallets are one account of a program's; operations keep their ids, so that an entry can be
looked up in the ledger by who may.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from enum import StrEnum
from typing import Final

from ichimai import merchants
from ichimai.kernel import Clock, text
from ichimai.kernel.clock import TOKYO
from ichimai.kernel.ids import NIL
from ichimai.programs import lists
from ichimai.reporting import beancount, journal_store, store
from ichimai.reporting.account_names import Names
from ichimai.reporting.journal_model import Moved
from ichimai.reporting.rules import Terms
from ichimai.reporting.service import period
from ichimai.settlement.statements import csv_bytes
from ichimai.storage import ReadTx


class Each(StrEnum):
    """What one entry of the export is."""

    OPERATION = "operation"
    DAY = "day"
    """All of one kind between two accounts on one day."""


HEADER: Final = (
    *("number", "date", "time", "kind", "program", "program_name", "units", "yen"),
    *("debit", "debit_name", "credit", "credit_name", "transfers", "operation", "reverses"),
)
_CHUNK: Final = 5_000


def as_csv(
    tx: ReadTx,
    clock: Clock,
    *,
    from_on: date,
    to_on: date,
    each: Each = Each.OPERATION,
    encoding: text.Encoding = text.Encoding.UTF_8_BOM,
) -> Iterator[bytes]:
    """The transfers of some days as a table, a part at a time; one line each, or each day's sum.

    Raises PeriodBackwards, DayOutOfReach, and text.UnmappableText for CP932.
    """
    store.prepare(tx)
    found, names = period(tx, clock, from_on, to_on), _names(tx)
    head = csv_bytes(HEADER, [], encoding)
    yield head
    part: list[Sequence[str]] = []
    for moved in _moved(tx, each, after=found.after, number=found.last.number):
        part.append(_row(moved, names))
        if len(part) == _CHUNK:
            yield csv_bytes(HEADER, part, encoding)[len(head) :]
            part.clear()
    if part:
        yield csv_bytes(HEADER, part, encoding)[len(head) :]


def as_beancount(
    tx: ReadTx, clock: Clock, *, from_on: date, to_on: date, each: Each = Each.OPERATION
) -> Iterator[bytes]:
    """The same as beancount text, from the balances before to the balances after.

    Raises PeriodBackwards, DayOutOfReach.
    """
    store.prepare(tx)
    found, names = period(tx, clock, from_on, to_on), _names(tx)
    span = beancount.Span(
        from_on,
        to_on,
        journal_store.balances(tx, found.after),
        journal_store.balances(tx, found.last.number),
    )
    profile = lists.profile(tx)
    moved = _moved(tx, each, after=found.after, number=found.last.number)
    for part in beancount.text(profile.name_en if profile else "Ichimai", names, span, moved):
        yield part.encode()


def _names(tx: ReadTx) -> Names:
    shops = store.shop_numbers(tx)
    streets = {each.number: each.name for each in merchants.directory.associations(tx)}
    return Names(Terms(lists.versions(tx), shops), shops, streets)


def _moved(tx: ReadTx, each: Each, *, after: int, number: int) -> Iterator[Moved]:
    read = journal_store.days if each is Each.DAY else journal_store.transfers
    return read(tx, after=after, number=number)


def _row(moved: Moved, names: Names) -> Sequence[str]:
    debit, credit = names.account(moved.debit), names.account(moved.credit)
    program = names.program(moved.asset)
    at = moved.recorded_at
    return (
        str(moved.number),
        moved.day_on.isoformat(),
        "" if at is None else f"{at.astimezone(TOKYO):%H:%M:%S}",
        moved.kind.name.lower(),
        moved.asset,
        "" if program is None else program.name_ja,
        str(moved.units),
        "" if program is None else str(moved.units * program.unit_yen),
        debit.name,
        debit.name_ja,
        credit.name,
        credit.name_ja,
        str(moved.transfers),
        "" if moved.operation is None else str(moved.operation),
        "" if moved.reverses == NIL else str(moved.reverses),
    )
