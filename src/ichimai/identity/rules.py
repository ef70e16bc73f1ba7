"""How long a tap is good and for what, and what may become of a link. No I/O.

What a credential at a till is refused for, the first that applies (after the ledger's checks 1
and 2, before its check 4):

 a. it is unknown, or its signature is not the phone's
 b. it only shows who somebody is
 c. it has been stopped
 d. the phone's code is too old, or was used before; the tap is over or was used; it has no PIN
 e. the phone is new, and it and the person's other new phones would pay more than the town's
    limit within 24 h: told as ``limit_exceeded``, like any other limit. A purchase is not
    refused for it: what is above the limit is paid in cash
 f. nothing on it is accepted here
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from ichimai.cards import Assurance, Kind
from ichimai.identity.errors import (
    AlreadyLinked,
    CardCannotPay,
    LinkOver,
    PinNeeded,
    SecondTapNeeded,
)
from ichimai.identity.model import Link, LinkState, Place, Step, Tap
from ichimai.kernel.errors import DomainError

CHALLENGE_LIFE: Final = timedelta(seconds=60)
TAP_LIFE: Final = timedelta(seconds=60)
COUNTER_SILENCE: Final = timedelta(seconds=30)
"""A counter's tap that nobody uses for so long is over: the person has left."""

COUNTER_LIFE: Final = timedelta(minutes=10)
"""The longest that one tap keeps a person at a counter, where forms are filled in."""

NEW_PHONE: Final = timedelta(hours=24)
"""For so long after it was added at home a phone pays little (faults.md I11)."""

VISIT_PAUSE: Final = timedelta(minutes=5)
"""The same card again at the same place within this time is the same visit."""

TAP_PREFIX: Final = "tap_"
"""How a tap's token begins, so that a till's scan is told apart from a card's code."""

_CERTIFICATES: Final = frozenset({Kind.MY_NUMBER_CARD, Kind.PHONE_CERTIFICATE})
_PAYS_ALONE: Final = frozenset({Kind.PRINTED_QR, Kind.PHONE})
_BEYOND_TAP: Final = frozenset({Assurance.TAP_PIN, Assurance.CODE_PIN, Assurance.PASSKEY})

# An IDm in hexadecimal, a MyKey-ID, a number of NW-7, Code 39 or a magnetic stripe.
_ONLY_SHOWS: Final = re.compile(
    r"[0-9A-Fa-f]{16}|[0-9A-Za-z]{8}|[A-Da-d]?[0-9][0-9$:/.+ -]{3,18}[A-Da-d]?|\*[0-9A-Z. $/+%-]+\*"
)


def new_token() -> str:
    """A tap's token: 256 random bits."""
    return TAP_PREFIX + secrets.token_urlsafe(32)


def is_tap_token(text: str) -> bool:
    """Whether ``text`` has the form of a tap's token."""
    return text.startswith(TAP_PREFIX)


def token_hash(token: str) -> bytes:
    """What the database keeps of a token."""
    return hashlib.sha256(token.encode()).digest()


def is_token(expected: bytes, token: str) -> bool:
    """Whether ``token`` is the one of which ``expected`` was kept."""
    return hmac.compare_digest(expected, token_hash(token))


def only_shows(text: str) -> bool:
    """Whether ``text``, no card of ours, has the form of an IDm, a MyKey-ID or an old number.

    It is the form that decides: a till learns nothing about which of them exist.
    """
    return _ONLY_SHOWS.fullmatch(text) is not None


def expires_at(tap: Tap) -> datetime:
    """The instant at which a tap is over, unless something is done with it before."""
    if tap.place.is_counter:
        return min(tap.made_at + COUNTER_LIFE, tap.seen_at + COUNTER_SILENCE)
    return tap.made_at + TAP_LIFE


def is_live(tap: Tap, now: datetime) -> bool:
    """Whether the person of a tap is taken to be still there."""
    return tap.ended_at is None and now < expires_at(tap)


def visit_of(previous: Tap | None, reference: UUID, now: datetime, new: UUID) -> UUID:
    """The visit of a tap of ``reference``: that of the tap before if it was the same card's."""
    if previous is None or previous.reference != reference:
        return new
    return previous.visit if now - previous.seen_at < VISIT_PAUSE else new


def check_tap_without_pin(kind: Kind, assurance: Assurance, *, is_allowed: bool) -> None:
    """Raises PinNeeded for a certificate without a signature, unless the operator allows it."""
    if kind in _CERTIFICATES and assurance not in _BEYOND_TAP and not is_allowed:
        raise PinNeeded


def refusal_to_pay(kind: Kind, assurance: Assurance) -> DomainError | None:
    """Why a card that was shown this way does not pay; None: it does."""
    if kind in _PAYS_ALONE:
        return None
    if kind not in _CERTIFICATES:
        return CardCannotPay()
    return None if assurance in _BEYOND_TAP else PinNeeded()


def may_take(last: Step | None, wanted: Step) -> bool:
    """Whether a phone's code is newer than the last, or asked for again by the same operation."""
    return last is None or wanted.step > last.step or wanted == last


def phone_is_free_at(added_at: datetime) -> datetime:
    """From when on a phone that was added at home pays as any card."""
    return added_at + NEW_PHONE


def phone_is_kept_new_until(added_at: datetime) -> datetime:
    """The same, as the sector keeps it: up to the next full hour.

    To the microsecond it would be the same in every sector, and join its people (faults.md F83).
    """
    end = phone_is_free_at(added_at)
    hour = end.replace(minute=0, second=0, microsecond=0)
    return hour if hour == end else hour + timedelta(hours=1)


def check_join(tap: Tap) -> None:
    """Raises PinNeeded when a tap only says who somebody is."""
    if tap.kind in _CERTIFICATES and tap.assurance not in _BEYOND_TAP:
        raise PinNeeded


def check_free(others: Sequence[Link]) -> None:
    """Raises AlreadyLinked when one of a person's links with a service counts."""
    if any(link.state in (LinkState.ACTIVE, LinkState.FROZEN) for link in others):
        raise AlreadyLinked


def check_second_tap(link: Link, tap: Tap) -> None:
    """The same card, tapped again, in one row of taps at one place.

    Raises LinkOver, also when somebody else was there in between, and SecondTapNeeded.
    """
    if link.state is not LinkState.PENDING or link.visit != tap.visit:
        raise LinkOver
    if (link.reference, link.subject) != (tap.reference, tap.subject):
        raise LinkOver
    if link.tap == tap.id:
        raise SecondTapNeeded


def confirmed(link: Link, others: Sequence[Link]) -> dict[Link, LinkState]:
    """What becomes of a link at its confirmation, and of ``others`` of its person and number.

    A number that turns up on two people is nobody's until somebody has looked (faults.md I2).
    Raises AlreadyLinked.
    """
    counting = [
        other
        for other in others
        if other.id != link.id and other.state in (LinkState.ACTIVE, LinkState.FROZEN)
    ]
    of_others = [other for other in counting if other.subject != link.subject]
    check_free([other for other in counting if other.subject == link.subject])
    if not of_others:
        return {link: LinkState.ACTIVE}
    frozen = {other: LinkState.FROZEN for other in of_others if other.state is LinkState.ACTIVE}
    return {link: LinkState.FROZEN, **frozen}


def place_of_terminal(terminal: UUID) -> Place:
    """The place that a terminal is."""
    return Place(terminal, is_counter=False)


def place_of_session(session: UUID) -> Place:
    """The place that the session of a member of staff is."""
    return Place(session, is_counter=True)
