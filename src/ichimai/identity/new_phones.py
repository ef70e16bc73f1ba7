"""A phone that was just added spends little for a day, unless staff saw who added it.

Whoever finds a card that has no PIN yet can sign in with it and add a phone (faults.md I11). For
the first 24 h, all new phones of one person together pay no more than the town's limit.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from ichimai.identity import rules, store
from ichimai.kernel import Clock
from ichimai.storage import WriteTx

__all__ = ["PhoneUse", "Spender", "note", "spenders", "trust"]


class PhoneUse(NamedTuple):
    """A phone that would pay from ``wallet``. ``added_at``: None when only a tap tells of it."""

    phone: UUID
    wallet: UUID
    added_at: datetime | None


class Spender(NamedTuple):
    """Whose phones are new: since when each counts as any card, and what they may pay in 24 h."""

    free_at: Mapping[UUID, datetime]
    limit_yen: int
    now: datetime

    @property
    def since(self) -> datetime:
        """From when on payments count."""
        return self.now - rules.NEW_PHONE

    def is_limited(self, phone: UUID) -> bool:
        """Whether what ``phone`` pays now counts."""
        return phone in self.free_at and self.now < self.free_at[phone]

    def counts(self, phone: UUID, at: datetime) -> bool:
        """Whether what ``phone`` paid at ``at`` was paid while it was new, and not long ago."""
        return phone in self.free_at and self.since < at < self.free_at[phone]


def note(tx: WriteTx, clock: Clock, use: PhoneUse) -> None:
    """A phone was shown: remember until when it is new. Of one that nobody dates, from now on."""
    now = clock.now()
    added_at = use.added_at or now
    if now < rules.phone_is_free_at(added_at):
        until = rules.phone_is_kept_new_until(added_at)
        store.add_phone_starts(tx, [(use.phone, use.wallet, until)])


def trust(tx: WriteTx, clock: Clock, *, phone: UUID, wallet: UUID) -> None:
    """Staff saw whose phone it is, by a second tap: it pays as any card from now on."""
    store.free_phone(tx, phone, wallet, clock.now())


def spenders(tx: WriteTx, clock: Clock, uses: Sequence[PhoneUse]) -> dict[UUID, Spender]:
    """By wallet, those of ``uses`` whose phone is new: the others' payments are not limited.

    A wallet that is in the answer waits here until the transaction before has ended. Nothing is
    asked of the database when every phone is known to be old.
    """
    now = clock.now()
    young = [
        each
        for each in uses
        if each.added_at is None or now < rules.phone_is_free_at(each.added_at)
    ]
    if not young:
        return {}
    dated = [
        (each.phone, each.wallet, rules.phone_is_kept_new_until(each.added_at))
        for each in young
        if each.added_at is not None
    ]
    if dated:
        store.add_phone_starts(tx, dated)
    starts = store.phone_starts(tx, [each.phone for each in young])
    limited = {each.wallet for each in young if now < starts.get(each.phone, now)}
    if not limited:
        return {}
    store.lock_phone_owners(tx, limited, now)
    limit = store.terms(tx).new_phone_limit_yen
    of_wallets = store.phone_starts_of(tx, limited, now - rules.NEW_PHONE)
    return {
        wallet: Spender(
            {u.phone: starts[u.phone] for u in young if u.wallet == wallet and u.phone in starts}
            | of_wallets.get(wallet, {}),
            limit,
            now,
        )
        for wallet in limited
    }
