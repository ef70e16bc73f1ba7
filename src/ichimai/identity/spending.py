"""What a till's payment may draw on, beside a printed card: a phone's code or a tap, each once.

Both are taken in the payment's own transaction before the ledger is asked, and for one operation
for ever: the operation that took one may ask again, any other is refused.
"""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from ichimai.identity import rules, store
from ichimai.identity.model import Step, TapPayment
from ichimai.identity.new_phones import PhoneUse, Spender, spenders, trust
from ichimai.identity.rules import is_tap_token, only_shows, refusal_to_pay
from ichimai.kernel import Clock
from ichimai.kernel.ids import NIL
from ichimai.storage import WriteTx

__all__ = [
    "PhoneUse",
    "Spender",
    "StepUse",
    "TapUse",
    "is_tap_token",
    "only_shows",
    "refusal_to_pay",
    "spenders",
    "take_steps",
    "take_taps",
    "trust",
]


class TapUse(NamedTuple):
    """An operation that would be paid with a tap at a terminal."""

    terminal: UUID
    token: str
    operation: UUID


class StepUse(NamedTuple):
    """An operation, or a tap, for which a phone's code is shown; ``phone`` is its reference."""

    phone: UUID
    step: Step


def take_taps(tx: WriteTx, clock: Clock, uses: Sequence[TapUse]) -> list[TapPayment | None]:
    """Whose tap each is and which operation it pays for: the first that came.

    None: the tap is over, or none of that terminal's. A tap that may not pay is told with the
    nil operation and not used up.
    """
    if not uses:
        return []
    hashes = [rules.token_hash(use.token) for use in uses]
    earlier = store.tap_payments(tx, hashes)
    there = store.taps_at(tx, [use.terminal for use in uses])
    known, now = earlier(), clock.now()
    new: dict[bytes, TapPayment] = {}
    idle: dict[bytes, TapPayment] = {}
    for use, hash_ in zip(uses, hashes, strict=True):
        tap, expected = there.get(use.terminal) or (None, b"")
        if tap is None or hash_ in known or hash_ != expected or not rules.is_live(tap, now):
            continue
        payment = TapPayment(use.operation, tap.reference, tap.subject, tap.kind, tap.assurance)
        if refusal_to_pay(tap.kind, tap.assurance) is None:
            new.setdefault(hash_, payment)
        else:
            idle[hash_] = payment._replace(operation=NIL)
    if new:
        store.add_tap_payments(tx, new.items(), now)
        known |= store.tap_payments(tx, list(new))()
    return [known.get(hash_) or idle.get(hash_) for hash_ in hashes]


def take_steps(tx: WriteTx, clock: Clock, uses: Sequence[StepUse]) -> list[bool]:
    """Whether each code is taken: it is newer than any that was, or its operation took it before.

    In the order of ``uses``, also for several codes of one phone.
    """
    if not uses:
        return []
    now = clock.now()
    last = store.lock_steps(tx, [use.phone for use in uses], now)
    changed: dict[UUID, Step] = {}
    taken = []
    for phone, step in uses:
        is_taken = rules.may_take(last[phone], step)
        if is_taken and step != last[phone]:
            last[phone] = changed[phone] = step
        taken.append(is_taken)
    if changed:
        store.update_steps(tx, changed, now)
    return taken
