"""Who is in front of us now: a tap belongs to one place and ends with the next one there."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from ichimai.cards import Assurance, Kind, phone_codes, shown
from ichimai.identity import new_phones, rules, store
from ichimai.identity.errors import TapOver
from ichimai.identity.model import NewTap, Place, Tap, TapId
from ichimai.kernel import Clock, ids, typed_codes
from ichimai.registry import Resolved
from ichimai.storage import WriteTx

_KEPT: Final = timedelta(days=1)


def tap(tx: WriteTx, clock: Clock, place: Place, card: Resolved, assurance: Assurance) -> NewTap:
    """A card that works was shown at ``place``: whoever was there before is gone."""
    now = clock.now()
    former = store.lock_tap(tx, place.id)
    id_ = TapId(ids.uuid7(clock))
    new = Tap(
        id=id_,
        place=place,
        visit=rules.visit_of(former[0] if former else None, card.reference, now, id_),
        reference=card.reference,
        subject=card.subject,
        kind=card.kind,
        assurance=assurance,
        made_at=now,
        seen_at=now,
    )
    if card.kind is Kind.PHONE:
        wallet = card.subject or card.reference
        new_phones.note(tx, clock, new_phones.PhoneUse(card.reference, wallet, card.issued_at))
    token = rules.new_token()
    store.save_tap(tx, new, rules.token_hash(token))
    return NewTap(new, token, rules.expires_at(new))


def current(tx: WriteTx, clock: Clock, place: Place, token: str) -> Tap:
    """The person with that token, who stays the one at ``place`` until the transaction ends.

    Raises TapOver, the same for another place's token as for none.
    """
    found = store.lock_tap(tx, place.id)
    now = clock.now()
    if found is None or not rules.is_token(found[1], token) or not rules.is_live(found[0], now):
        raise TapOver
    if place.is_counter:
        store.update_seen(tx, found[0], now)
    return found[0]


def is_guessable(text: str) -> bool:
    """Whether ``text`` is a number that could be one of a row, for which tries are counted."""
    code = typed_codes.normalised(text.strip())
    is_printed = typed_codes.is_whole(code, shown.PRINTED_LENGTH)
    return not is_printed and phone_codes.parse(text) is None


def end(tx: WriteTx, clock: Clock, place: Place) -> None:
    """The card was taken away; the same again changes nothing."""
    store.update_ended(tx, place.id, clock.now())


def end_all_of(tx: WriteTx, clock: Clock, reference: UUID) -> None:
    """A card was stopped: wherever it was shown, it is no longer there."""
    store.update_ended_of(tx, reference, clock.now())


def tidy_up(tx: WriteTx, clock: Clock) -> int:
    """Remove taps and challenges that no longer say anything; how many rows went."""
    now: datetime = clock.now()
    return store.delete_taps_before(tx, now - _KEPT) + store.delete_challenges_before(
        tx, now - _KEPT
    )
