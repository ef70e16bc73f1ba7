"""What the law, the town and its auditors are told of the books: reports, and the journal itself.

Everything is recomputed from transfers at a place in their order, in a snapshot; nothing is
written here, and no report knows more of a person than that there is one.
"""

from ichimai.reporting import (
    end_letters,
    errors,
    journal,
    labels,
    model,
    months,
    tables,
    trial,
)
from ichimai.reporting.service import expired, liability, unused
from ichimai.reporting.shares import share

__all__ = [
    "end_letters",
    "errors",
    "expired",
    "journal",
    "labels",
    "liability",
    "model",
    "months",
    "share",
    "tables",
    "trial",
    "unused",
]
