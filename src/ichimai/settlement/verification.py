"""Compares settlement's tables with the ledger, which is verified first."""

from dataclasses import dataclass
from typing import Final, LiteralString

from ichimai.ledger.verification import Discrepancy
from ichimai.settlement import verification_store
from ichimai.storage import ReadTx


@dataclass(frozen=True, slots=True)
class Compared:
    """How many records were compared and found right."""

    closings: int
    lines: int
    batches: int
    bills: int
    nettings: int


def verify(tx: ReadTx) -> Compared:
    """Compare closings, payouts, bills and nettings with what the transfers say, in one snapshot.

    Raises Discrepancy with the first wrong record, in this order: closings, charges, lines, fees,
    batches and what they paid, lines of batches and bills, what is owed, bills, nettings, and
    what banks sent back of those.
    """
    for what, query in _CHECKS:
        wrong = tx.row(query)
        if wrong is not None:
            key, expected, found = wrong
            raise Discrepancy(record=f"{what} {key}", expected=str(expected), found=str(found))
    return Compared(*verification_store.counts(tx))


_CHECKS: Final[tuple[tuple[str, LiteralString], ...]] = (
    ("closing", verification_store.WRONG_RANGE),
    ("charge", verification_store.UNCLOSED_CHARGE),
    ("line of closing and shop", verification_store.WRONG_LINE),
    ("fees of shop", verification_store.WRONG_FEE),
    ("payout", verification_store.WRONG_BATCH),
    ("payout's transfers of payout and shop", verification_store.WRONG_PAID),
    ("line of payout or bill", verification_store.WRONG_TAKEN),
    ("account of what is owed to a shop", verification_store.WRONG_OWED),
    ("bill", verification_store.WRONG_BILL),
    ("netting", verification_store.WRONG_NETTING),
    ("netting and party", verification_store.WRONG_POSITION),
    ("debt", verification_store.WRONG_RETURN),
)
