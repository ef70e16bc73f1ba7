"""Value in one total order: accounts, lots, transfers, holds, the chain, and group commit.

``post`` decides and writes a batch of commands; everything else reads.
"""

from ichimai.ledger import chain, errors, group_commit, issuing, model, reports, verification
from ichimai.ledger.ahead import Memory
from ichimai.ledger.model import Kind, OperationId, Posted
from ichimai.ledger.service import post

__all__ = [
    "Kind",
    "Memory",
    "OperationId",
    "Posted",
    "chain",
    "errors",
    "group_commit",
    "issuing",
    "model",
    "post",
    "reports",
    "verification",
]
