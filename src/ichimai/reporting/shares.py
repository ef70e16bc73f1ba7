"""Who gets the value: shares by association and by size of shop (the supermarket question).

Tables of whole months that are over, one for each program: see ``disclosure`` for what is hidden
in them. Sums over months are sums of what the months show, and so tell nothing more.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from ichimai import merchants
from ichimai.kernel import Asset, Clock
from ichimai.kernel.clock import day_in_tokyo
from ichimai.merchants import ShopSize
from ichimai.programs.terms import Program
from ichimai.reporting import months, rules, store
from ichimai.reporting.disclosure import ALL, Cell, Counted, shown
from ichimai.reporting.model import ShareCell, ShareMonth, ShareReport, ShareSum, Spent
from ichimai.reporting.service import check_known, period, terms
from ichimai.storage import ReadTx

Names = Mapping[Cell, str]
"""All cells of a table, in their order, and what they are called."""


def share(
    tx: ReadTx,
    clock: Clock,
    program: Asset,
    *,
    from_on: date | None = None,
    to_on: date | None = None,
) -> ShareReport:
    """Where a program was spent, by default in the last month that is over.

    Raises NotWholeMonths, UnknownProgram.
    """
    store.prepare(tx)
    today = day_in_tokyo(clock.now())
    newest = months.last_over(today)
    first = from_on or (to_on or newest).replace(day=1)
    last = to_on or months.last_day(newest)
    wanted = months.whole(first, last, today)
    versions = terms(tx)
    check_known(versions, program)
    known, names = versions.latest[program], _names(tx)
    found = []
    for month in wanted:
        days = period(tx, clock, month, months.last_day(month))
        spent = store.spent(tx, program, after=days.after, number=days.last.number)
        found.append(month_of(month, spent, names))
    return report_of(known, found)


def _names(tx: ReadTx) -> Names:
    streets = merchants.directory.associations(tx)
    found: dict[Cell, str] = {
        ("association", str(street.number)): street.name for street in streets
    }
    return found | {("size", size.value): size.value for size in ShopSize}


def month_of(month: date, spent: Iterable[Spent], names: Names) -> ShareMonth:
    """The table of one month, without what it must not show."""
    units, people = {}, dict.fromkeys(names, 0)
    parts = {}
    for each in spent:
        if each.association is not None and each.size is not None:
            parts[str(each.association), each.size] = each.people
            continue
        cell = _cell_of(each)
        units[cell], people[cell] = each.units, each.people
    kept = shown(Counted(parts, people))
    whole = units.get(ALL) if ALL in kept else None

    def cell_of(cell: Cell) -> ShareCell:
        value = units[cell] if cell in kept else None
        return ShareCell(
            key=cell[1],
            name=names[cell],
            units=value,
            people=people[cell] if cell in kept else None,
            per_mille=None if value is None or whole is None else per_mille(value, whole),
        )

    return ShareMonth(
        month_on=month,
        units=whole,
        people=people[ALL] if ALL in kept else None,
        by_association=tuple(cell_of(cell) for cell in names if cell[0] == "association"),
        by_size=tuple(cell_of(cell) for cell in names if cell[0] == "size"),
    )


def _cell_of(each: Spent) -> Cell:
    if each.association is not None:
        return "association", str(each.association)
    return ALL if each.size is None else ("size", each.size)


def report_of(program: Program, found: Sequence[ShareMonth]) -> ShareReport:
    """The months, and the sums of what they show."""
    whole = sum(month.units or 0 for month in found)
    return ShareReport(
        program=rules.name_of(program),
        from_on=found[0].month_on,
        to_on=months.last_day(found[-1].month_on),
        unit_yen=program.unit_yen,
        units=whole,
        months=tuple(found),
        by_association=tuple(
            _sum(cells, whole)
            for cells in zip(*(each.by_association for each in found), strict=True)
        ),
        by_size=tuple(
            _sum(cells, whole) for cells in zip(*(each.by_size for each in found), strict=True)
        ),
    )


def _sum(cells: Sequence[ShareCell], whole: int) -> ShareSum:
    units = sum(cell.units or 0 for cell in cells)
    return ShareSum(
        key=cells[0].key,
        name=cells[0].name,
        units=units,
        hidden_months=sum(cell.units is None for cell in cells),
        per_mille=per_mille(units, whole),
    )


def per_mille(part: int, whole: int) -> int:
    """``part`` of ``whole`` in thousandths, rounded half up; nothing of nothing is 0."""
    return (2_000 * part + whole) // (2 * whole) if whole > 0 else 0
