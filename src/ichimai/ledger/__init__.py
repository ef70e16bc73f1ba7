"""Value in one total order: accounts, lots, transfers, holds, the chain, and group commit.

``post`` decides and writes a batch of commands; everything else reads.
"""

from ichimai.ledger import chain, errors, issuing, model, reports, verification
from ichimai.ledger.ahead import Memory
from ichimai.ledger.group_commit import GroupCommit
from ichimai.ledger.model import Kind, OperationId, Posted
from ichimai.ledger.service import post

__all__ = [
    "GroupCommit",
    "Kind",
    "Memory",
    "OperationId",
    "Posted",
    "chain",
    "errors",
    "issuing",
    "model",
    "post",
    "reports",
    "verification",
]
