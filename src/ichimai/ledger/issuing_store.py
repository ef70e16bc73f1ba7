"""SQL of many grants at once."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from ichimai.kernel import Asset
from ichimai.kernel.ids import NIL
from ichimai.ledger.journal_store import LEAF
from ichimai.ledger.model import AccountId, Gift, Kind, Role
from ichimai.storage import WriteTx
from ichimai.storage.arrays import Bigints, Uuids


class Terms(NamedTuple):
    """What many grants have in common; ``number`` is the last one taken before them."""

    number: int
    issuer: AccountId
    asset: Asset
    now: datetime
    today: date
    expires_at: datetime
    actor: UUID


def draw(tx: WriteTx, issuer: AccountId, units: int) -> bool:
    """Take units from the issuer, if its bound allows."""
    touched = tx.execute(
        "UPDATE account SET balance = balance - %s WHERE id = %s"
        " AND (minimum IS NULL OR balance - %s >= minimum)",
        (units, issuer, units),
    )
    return touched == 1


def write_grants(
    tx: WriteTx, gifts: Sequence[Gift], wallets: Sequence[AccountId], terms: Terms
) -> None:
    """Write the transfers, the lots and what they add to wallets, in one round trip."""
    operations = Uuids(gift.operation for gift in gifts)
    accounts, owners = Uuids(wallets), Uuids(gift.wallet for gift in gifts)
    units = Bigints(gift.units for gift in gifts)
    capped = Bigints(gift.capped_units for gift in gifts)
    c = terms
    with tx.connection.pipeline():
        tx.connection.execute(
            "INSERT INTO transfer (number, operation, leg, kind, debit, credit, units, capped, lot,"
            " occurred_at, recorded_at, expires_at, terminal, actor, reverses, asset, detail)"
            " SELECT %s + place, operation, 0, %s, %s, wallet, units, capped, operation,"
            " %s, %s, %s, %s, %s, %s, %s, %s"
            " FROM unnest(%s::uuid[], %s::uuid[], %s::bigint[], %s::bigint[]) WITH ORDINALITY"
            " AS gift (operation, wallet, units, capped, place)",
            (
                *(c.number, Kind.GRANT.value, c.issuer, c.now, c.now, c.expires_at),
                *(NIL, c.actor, NIL, c.asset, NIL, operations, accounts, units, capped),
            ),
        )
        tx.connection.execute(
            "INSERT INTO lot SELECT wallet, operation, %s, units, units, capped, %s, %s"
            " FROM unnest(%s::uuid[], %s::uuid[], %s::bigint[], %s::bigint[])"
            " AS gift (operation, wallet, units, capped)",
            (c.issuer, c.expires_at, c.now, operations, accounts, units, capped),
        )
        tx.connection.execute(
            "INSERT INTO account SELECT wallet, owner, %s, %s, sum(units)::bigint, 0, %s, 0, ''"
            " FROM unnest(%s::uuid[], %s::uuid[], %s::bigint[]) AS gift (wallet, owner, units)"
            " GROUP BY wallet, owner"
            " ON CONFLICT (id) DO UPDATE SET balance = account.balance + excluded.balance",
            (Role.WALLET.value, c.asset, c.today, accounts, owners, units),
        )


def leaf_hashes(tx: WriteTx, after_number: int) -> list[bytes]:
    """The leaf hashes (``chain.leaf_hash``) of the transfers past a number, in order."""
    found = tx.connection.execute(
        f"SELECT sha256('\\x00'::bytea || {LEAF}) FROM transfer WHERE number > %s ORDER BY number",
        (after_number,),
        binary=True,
    )
    return [leaf for (leaf,) in found.fetchall()]
