"""Where associations and sponsors are paid, and pay from."""

from collections.abc import Collection

from ichimai.kernel import Clock, ids
from ichimai.merchants import directory
from ichimai.programs import funding, lists
from ichimai.settlement import party_store, rules
from ichimai.settlement.errors import UnknownParty
from ichimai.settlement.obligation_model import OPERATOR, PartyAccount
from ichimai.storage import ReadTx, WriteTx


def set_account(tx: WriteTx, clock: Clock, known: PartyAccount) -> None:
    """Pay a party into this account from the next netting on.

    Raises PayerRefused (not one that a bank's file can carry), UnknownParty.
    """
    rules.check_party_account(known)
    if known.party not in parties(tx):
        raise UnknownParty
    party_store.add(tx, ids.uuid7(clock), known, clock.now())


def parties(tx: ReadTx) -> Collection[str]:
    """All that may owe or be owed something besides the operator and shops."""
    known = {f"association:{one.number}" for one in directory.associations(tx)}
    profile = lists.profile(tx)
    known |= {sponsor.key for sponsor in profile.sponsors} if profile else set()
    known |= set(funding.parties(lists.catalogue(tx).every).values())
    return known - {OPERATOR, funding.SHOP}
