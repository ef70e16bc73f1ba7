"""Closing the week, paying shops through the bank, and what each shop gets to see of it.

``close`` (or ``clearing``, for several programs at once and what parties owe each other),
then ``make_batch``, then ``approve_batch`` by a second person, then ``release.payout_file``;
``bank`` takes in what the bank answers; ``reports`` and ``statements`` only read.
"""

from ichimai.settlement import bank, clearing, errors, model, release, reports, statements
from ichimai.settlement.closing_service import close
from ichimai.settlement.service import (
    approve_batch,
    make_batch,
    reject_batch,
    set_payer,
)

__all__ = [
    "approve_batch",
    "bank",
    "clearing",
    "close",
    "errors",
    "make_batch",
    "model",
    "reject_batch",
    "release",
    "reports",
    "set_payer",
    "statements",
]
