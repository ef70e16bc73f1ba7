"""What issuers do: budgets, and many grants at once."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from ichimai.kernel import Asset, Clock
from ichimai.kernel.clock import day_in_tokyo
from ichimai.ledger import chain, issuing_store, journal_store, projection_store
from ichimai.ledger.errors import BoundExceeded
from ichimai.ledger.model import Account, Block, Gift, Role, account_id
from ichimai.ledger.service import check_clock, set_bound
from ichimai.storage import WriteTx

__all__ = ["Gift", "grant_all", "set_bound"]


def grant_all(
    tx: WriteTx,
    clock: Clock,
    gifts: Sequence[Gift],
    *,
    funder: UUID,
    asset: Asset,
    expires_at: datetime,
    actor: UUID,
) -> Block | None:
    """Make grants that the caller knows to be new, all or none, as one block.

    The same as posting a ``Grant`` for each, by set-based SQL alone: a town's list of a
    hundred thousand takes seconds. An id that was used before fails the transaction. Takes
    the head lock. Raises BoundExceeded, ClockBehind.
    """
    if not gifts:
        return None
    head, at = journal_store.lock_head(tx), clock.now()
    check_clock(head, at)
    now = max(at, head.recorded_at)
    issuer = account_id(funder, Role.ISSUED, asset)
    today = day_in_tokyo(now)
    projection_store.ensure_account(
        tx, Account(issuer, funder, Role.ISSUED, asset, 0, None, today, 0)
    )
    if not issuing_store.draw(tx, issuer, sum(gift.units for gift in gifts)):
        raise BoundExceeded
    issuing_store.write_grants(
        tx,
        gifts,
        [account_id(gift.wallet, Role.WALLET, asset) for gift in gifts],
        issuing_store.Terms(head.number, issuer, asset, now, today, expires_at, actor),
    )
    tree = chain.levels(issuing_store.leaf_hashes(tx, head.number))
    block = chain.next_block(
        previous=head.hash,
        sequence=head.sequence + 1,
        root=tree[-1][0],
        first_number=head.number + 1,
        count=len(tree[0]),
        at=now,
    )
    journal_store.save_head(tx, head.after(block, is_revised=False), block)
    return block
