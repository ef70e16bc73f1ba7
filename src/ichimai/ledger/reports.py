"""What the journal and its projections say: balances, lots, statements, totals."""

from ichimai.ledger.report_store import (
    balances,
    between,
    block_hashes,
    count_transfers,
    due_holds,
    expiries,
    head,
    lots,
    owners,
    owners_with,
    sales_total,
    statement,
    stops,
    total,
    total_moved,
)
from ichimai.ledger.service import posted

__all__ = [
    "balances",
    "between",
    "block_hashes",
    "count_transfers",
    "due_holds",
    "expiries",
    "head",
    "lots",
    "owners",
    "owners_with",
    "posted",
    "sales_total",
    "statement",
    "stops",
    "total",
    "total_moved",
]
