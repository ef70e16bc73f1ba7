"""Compares settlement's tables with the ledger, which is verified first."""

from dataclasses import dataclass
from typing import Final, LiteralString

from ichimai.ledger.verification import Discrepancy
from ichimai.programs import funding, lists
from ichimai.settlement import (
    closing_rules,
    verification_owed_store,
    verification_store,
    verification_street_store,
)
from ichimai.settlement.verification_owed_store import Known
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
    batches and what they paid, lines of batches and bills, what is owed, bills, nettings, what
    banks sent back of those; what is carried, what was put right, fees of closings, who owes whom,
    what parties and shops still owe, what banks said, what associations gave and took, what is
    outstanding of theirs and went across borders, and of which run each obligation is.
    """
    known = _known(tx).params
    for what, query in _CHECKS:
        wrong = tx.row(query, known)
        if wrong is not None:
            key, expected, found = wrong
            raise Discrepancy(record=f"{what} {key}", expected=str(expected), found=str(found))
    return Compared(*verification_store.counts(tx))


def _known(tx: ReadTx) -> Known:
    """What the programs say, as they did when each closing was made."""
    catalogue = lists.catalogue(tx)
    terms = {
        closing: closing_rules.terms_of(program)
        for closing, asset, closed_at in verification_owed_store.closings(tx)
        if (program := catalogue.at(closed_at).get(asset))
    }
    return Known(
        parties=funding.parties(catalogue.every),
        keepers={closing: each.keeper for closing, each in terms.items()},
        answers={closing: each.answers for closing, each in terms.items()},
    )


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
    ("carried of closing and shop", verification_owed_store.WRONG_CARRIED),
    ("corrections of shop and program", verification_owed_store.WRONG_CORRECTION),
    ("fees of closing", verification_owed_store.WRONG_FEES),
    ("obligation of closing and parties", verification_owed_store.WRONG_OBLIGATION),
    ("account of what is owed or settled", verification_owed_store.WRONG_DEBT),
    ("line of a bank's result", verification_owed_store.WRONG_ANSWER),
    ("association of closing", verification_owed_store.WRONG_STREET),
    ("units of association of closing", verification_street_store.WRONG_ACROSS),
    ("run of obligation", verification_owed_store.WRONG_RUN),
)
