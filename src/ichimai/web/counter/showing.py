"""What a form says of a card: typed, scanned, or read by the reader of the counter's machine.

What the reader gave comes in the letters a to p, in which no number can be read. A PIN never comes
here: it goes from the page to the reader, and no field of a form has it.
"""

from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from ichimai import identity, people
from ichimai.cards import Assurance, Kind, Shown, felica, phone_codes
from ichimai.identity.errors import CardNotTaken, PinNeeded
from ichimai.identity.model import ChallengeId, NewTap, Signed
from ichimai.registry import Resolved
from ichimai.web.counter.door import AtCounter
from ichimai.web.counter.errors import NothingShown
from ichimai.web.counter.sealing import Newcomer
from ichimai.web.layout.letters import bytes_of, hex_of

FIELDS: Final = ("card", "felica", "certificate", "challenge", "signature")
CERTIFICATES: Final = frozenset({Kind.MY_NUMBER_CARD, Kind.PHONE_CERTIFICATE})

_MOST_BYTES: Final = 4_096


class Read(NamedTuple):
    """What a card on the reader proved, whoever's it is."""

    shown: Shown
    assurance: Assurance
    valid_until: datetime | None


def tap(here: AtCounter) -> NewTap | Newcomer:
    """Who is there now. Whoever was there before is gone, also when the card is refused.

    A card of the reader that nobody here knows is a newcomer. Raises NothingShown, CardNotTaken,
    and what ``identity.Reception`` raises.
    """
    sitting = here.begun
    with here.write() as tx:
        identity.taps.end(tx, here.clock, here.place)
    read = _read(here)
    if read is None:
        return _by_code(here)
    try:
        return here.services.reception.shown(here.place, read.shown, read.assurance)
    except CardNotTaken:
        return newcomer(here, sitting.id, read)


def again(here: AtCounter) -> NewTap:
    """The second tap. Raises CardNotTaken for a card that nobody knows."""
    read = _read(here)
    if read is None:
        return _by_code(here)
    return here.services.reception.shown(here.place, read.shown, read.assurance)


def newcomer(here: AtCounter, sitting: str, read: Read) -> Newcomer:
    """A card as it was proved, to be enrolled."""
    return Newcomer(
        sitting=sitting,
        made_at=here.clock.now(),
        kind=read.shown.kind.value,
        number=read.shown.number,
        scheme=read.shown.scheme,
        assurance=read.assurance.value,
        valid_until=read.valid_until,
    )


def shown_of(newcomer: Newcomer) -> Shown:
    """What the card showed."""
    return Shown(Kind(newcomer.kind), newcomer.number, newcomer.scheme)


def another(here: AtCounter) -> Read | None:
    """A card that is to be bound to somebody: from the reader, with its PIN where it has one.

    None: a code was typed. The person who is there stays. Raises PinNeeded, NothingShown.
    """
    read = _read(here)
    if read is None or read.shown.kind not in CERTIFICATES:
        return read
    if read.assurance is not Assurance.TAP_PIN:
        raise PinNeeded
    return read


def other_person(here: AtCounter) -> Resolved:
    """Whose card was shown beside the person who is there, without being a tap of its own.

    Raises NothingShown, CardNotTaken.
    """
    read = _read(here)
    if read is not None:
        return here.services.reception.known(read.shown)
    text = _text(here)
    if identity.taps.is_guessable(text) or phone_codes.parse(text) is not None:
        # A number of a row could be anybody's; a phone's code would have to be used up.
        raise CardNotTaken
    found = here.services.reception.card(text)
    if found is None:
        raise CardNotTaken
    return found


def _by_code(here: AtCounter) -> NewTap:
    """A printed card's or a phone's code; tries with a number of a row are counted."""
    text = _text(here)
    if not identity.taps.is_guessable(text):
        return here.services.reception.code(here.place, text)
    key = here.services.people_key
    with here.write() as tx:
        counted = people.sign_in.begin_code(tx, here.clock, key, network=f"tap {here.place.id}")
    new = here.services.reception.code(here.place, text)
    with here.write() as tx:
        people.sign_in.code_was_right(tx, here.clock, counted)
    return new


def _text(here: AtCounter) -> str:
    text = here.visit.form.text("card")
    if not text:
        raise NothingShown
    return text


def _read(here: AtCounter) -> Read | None:
    form = here.visit.form
    if form.text("felica"):
        try:
            found = felica.parse_hex(hex_of(form.text("felica")))
        except felica.InvalidIdm:
            raise CardNotTaken from None
        return Read(found.shown, Assurance.TAP, None)
    if not form.text("certificate"):
        return None
    certificate, signature = _bytes(form.text("certificate")), _bytes(form.text("signature"))
    signed = Signed(_challenge(form.text("challenge")), signature) if signature else None
    verified = here.services.reception.verified(here.place, certificate, signed)
    assurance = Assurance.TAP_PIN if verified.is_signed else Assurance.TAP
    return Read(verified.shown, assurance, verified.expires_at)


def _bytes(letters: str) -> bytes:
    try:
        return bytes_of(letters[: 2 * _MOST_BYTES])
    except ValueError:
        raise CardNotTaken from None


def _challenge(letters: str) -> ChallengeId:
    try:
        return ChallengeId(UUID(bytes=_bytes(letters)))
    except ValueError:
        raise CardNotTaken from None
