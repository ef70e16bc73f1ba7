"""The commands by which two wallets become one person's, and two again."""

from uuid import UUID

from msgspec import Struct

from ichimai.kernel import Asset
from ichimai.kernel.ids import NIL
from ichimai.ledger.journal_model import OperationId


class MergeWallets(Struct, frozen=True, kw_only=True):
    """Move all that is in ``wallet`` of some programs to another, each lot as it is.

    ``tallies``: under what was counted for the one what counts for the other from now on.
    ``follows``: the merge of which this moves what came to ``wallet`` since; it counts nothing.
    """

    operation: OperationId
    wallet: UUID
    to: UUID
    assets: tuple[Asset, ...]
    actor: UUID
    tallies: tuple[UUID, ...] = ()
    follows: OperationId = OperationId(NIL)


class SplitWallets(Struct, frozen=True, kw_only=True):
    """Move what ``merge``, and what followed it, moved, back to ``to``: as far as it is there.

    ``wallet``: who has it now.
    """

    operation: OperationId
    merge: OperationId
    wallet: UUID
    to: UUID
    assets: tuple[Asset, ...]
    actor: UUID
