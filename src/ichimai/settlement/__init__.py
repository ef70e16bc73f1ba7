"""Closing the week, paying shops through the bank, and what each shop gets to see of it.

``close``, then ``make_batch``, then ``approve_batch`` by a second person, then ``payout_file``;
``bank`` takes in what the bank answers; ``reports`` and ``statements`` only read.
"""

from ichimai.settlement import bank, errors, model, reports, statements
from ichimai.settlement.paper import statement_pdf
from ichimai.settlement.release import payout_file
from ichimai.settlement.service import (
    approve_batch,
    close,
    make_batch,
    reject_batch,
    set_payer,
)

__all__ = [
    "approve_batch",
    "bank",
    "close",
    "errors",
    "make_batch",
    "model",
    "payout_file",
    "reject_batch",
    "reports",
    "set_payer",
    "statement_pdf",
    "statements",
]
