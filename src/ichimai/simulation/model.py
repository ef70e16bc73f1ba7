"""Made-up people, shops and what happens between them, as data."""

from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from uuid import UUID

from ichimai.merchants import Shop
from ichimai.programs.terms import Acceptance
from ichimai.towns import Street


class Sex(StrEnum):
    """As the resident register has it."""

    MALE = "male"
    FEMALE = "female"


@dataclass(frozen=True, slots=True)
class Resident:
    """Somebody in the resident register; nobody real.

    ``number`` is the 宛名番号 (10 digits). ``name`` may hold characters that CP932 lacks and
    variation selectors; ``plain_name`` is what an old system writes instead.
    ``couple_number`` is empty and ``married_on`` None for who is not married.
    """

    number: str
    name: str
    plain_name: str
    kana: str
    sex: Sex
    born_on: date
    district: str
    couple_number: str = ""
    married_on: date | None = None


@dataclass(frozen=True, slots=True)
class Gift:
    """One gift of a program: why, and how much."""

    reason: str
    units: int


@dataclass(frozen=True, slots=True)
class Recipient:
    """A resident whom a program gives something: once for each reason."""

    resident: Resident
    gifts: tuple[Gift, ...]

    @property
    def units(self) -> int:
        """All that the resident gets."""
        return sum(gift.units for gift in self.gifts)


@dataclass(frozen=True, slots=True)
class Storefront:
    """A shop as a customer sees it: its street, rest days (0: Monday) and hours in Tokyo."""

    shop: Shop
    street: Street
    closed_weekdays: frozenset[int]
    opens: time
    closes: time

    def is_open_on(self, day: date) -> bool:
        """Whether it opens on ``day``; nobody rests on the day of the street's fair."""
        return day.weekday() not in self.closed_weekdays or self.street.has_market_on(day)

    def takes(self, terms: Acceptance) -> bool:
        """Whether a program with these terms is accepted here."""
        if terms.requires_gift_voucher_association:
            accepts = self.street.association.accepts_gift_vouchers
        else:
            accepts = True
        return accepts and self.shop.category not in terms.excluded_categories


class EventKind(StrEnum):
    """What somebody does at a till, or a resident at the telephone."""

    PAYMENT = "payment"
    """A sale that should be paid."""
    REFUND = "refund"
    """Goods come back, all or some."""
    RESEND = "resend"
    """The till did not hear the answer and sends the same payment, by the same id, again."""
    REPEAT = "repeat"
    """The cashier did not wait and takes the same payment anew, by another id."""
    OVERSPEND = "overspend"
    """More than is left on the card."""
    WRONG_SHOP = "wrong_shop"
    """A sale where the program is not accepted."""
    STOP = "stop"
    """A resident reports the card as lost."""
    STOPPED_CARD = "stopped_card"
    """Somebody tries a card that was reported."""


_REFUSED_AS = {
    EventKind.REPEAT: "repeat_suspected",
    EventKind.OVERSPEND: "insufficient_balance",
    EventKind.WRONG_SHOP: "not_accepted_here",
    EventKind.STOPPED_CARD: "credential_stopped",
}


@dataclass(frozen=True, slots=True)
class ShoppingEvent:
    """Something happens at ``at`` (UTC).

    ``recipient`` and ``shop`` are places in the sequences that ``shopping`` was given; a
    report of a lost card has no shop (None) and 0 units. ``id`` is the operation's, which a
    RESEND has in common with its payment. ``refers_to``: the payment that a REFUND gives
    back, that a RESEND or REPEAT is sent again for.
    """

    at: datetime
    kind: EventKind
    id: UUID
    recipient: int
    shop: int | None
    units: int
    refers_to: UUID | None = None

    @property
    def refused_as(self) -> str | None:
        """The code of the refusal to expect; None: it should be accepted."""
        return _REFUSED_AS.get(self.kind)
