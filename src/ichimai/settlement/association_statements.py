"""An association's statement of a cut-off: what its shops gave and took, and what they owe."""

from collections.abc import Mapping
from dataclasses import dataclass

from ichimai import merchants
from ichimai.kernel import Asset, text
from ichimai.merchants import Association
from ichimai.merchants.errors import UnknownAssociation
from ichimai.settlement import obligation_store, store
from ichimai.settlement.csv_files import csv_bytes
from ichimai.settlement.errors import UnknownClosing
from ichimai.settlement.labels import LABELS, Language
from ichimai.settlement.model import RunId
from ichimai.settlement.obligation_model import (
    AssociationClosing,
    Bill,
    BillLine,
    ClosingRun,
)
from ichimai.storage import ReadTx

_FIGURES = ("issued", "outstanding", "accepted", "elsewhere", "from_others")


@dataclass(frozen=True, slots=True)
class AssociationStatement:
    """What one cut-off means for an association, program by program, and its billing list.

    ``bill`` and ``bill_lines``: what its shops owe more than they are owed, for it to collect.
    """

    association: Association
    run: ClosingRun
    rows: tuple[tuple[Asset, AssociationClosing], ...]
    bill: Bill | None
    bill_lines: tuple[BillLine, ...]


def association_statement(tx: ReadTx, run: RunId, number: int) -> AssociationStatement:
    """The statement of a cut-off. Raises UnknownAssociation, UnknownClosing."""
    found = store.run(tx, run)
    if found is None:
        raise UnknownClosing
    names = {one.number: one for one in merchants.directory.associations(tx)}
    if number not in names:
        raise UnknownAssociation(number)
    rows = [
        (closing.asset, row)
        for closing in store.closings_of_run(tx, run)
        for row in obligation_store.associations(tx, closing.id)
        if row.association == number
    ]
    bill = next(
        (one for one in obligation_store.bills(tx, run, 1_000) if one.association == number), None
    )
    lines = obligation_store.bill_lines(tx, bill.id) if bill else []
    return AssociationStatement(names[number], found, tuple(rows), bill, tuple(lines))


def association_csv(
    statement: AssociationStatement, programs: Mapping[Asset, str], language: Language = "ja"
) -> bytes:
    """The figures as a table: a row a program, in units of each."""
    labels = LABELS[language]
    header = ["closes_on", "association", "program", *_FIGURES]
    rows = [
        [
            statement.run.closes_on.isoformat(),
            statement.association.name,
            programs[asset],
            *(str(getattr(row, name)) for name in _FIGURES),
        ]
        for asset, row in statement.rows
    ]
    return csv_bytes([labels[name] for name in header], rows, text.Encoding.UTF_8_BOM)


def billing_csv(
    statement: AssociationStatement, shops: Mapping[str, str], language: Language = "ja"
) -> bytes:
    """The billing list as a table: a row a shop and the sum, which is the bill's."""
    labels = LABELS[language]
    prefix = [statement.run.closes_on.isoformat(), statement.association.name]
    rows = [
        [*prefix, line.shop_number, shops[line.shop_number], str(line.yen)]
        for line in statement.bill_lines
    ]
    if statement.bill:
        rows.append([*prefix, "", labels["total"], str(statement.bill.yen)])
    header = [labels[name] for name in ("closes_on", "association", "shop_number", "shop", "owed")]
    return csv_bytes(header, rows, text.Encoding.UTF_8_BOM)
