"""What can be asked of the card of a tap. Nothing here keeps or tells a PIN."""

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from ichimai.cards import Kind, felica, jpki
from ichimai.cards.errors import CardNotRecognised, CardRefused
from ichimai.reader import errors
from ichimai.reader.model import Tap, Transmit

NONCE_BYTES = 32


@dataclass(frozen=True, slots=True)
class Signed:
    """A server's challenge, signed by a card, and the certificate that goes with it."""

    certificate: bytes = field(repr=False)
    signature: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class SignatureRequest:
    """``id``: made by the page before it asks; the PIN is tried at most once for it."""

    id: UUID
    nonce: bytes = field(repr=False)
    pin: str = field(repr=False)


def recognise(tap: Tap, transmit: Transmit) -> Kind | None:
    """What lies there; None: a card that we do not know."""
    if felica.is_felica(tap.answer_to_reset):
        return Kind.FELICA
    try:
        return jpki.Card(transmit).label()
    except (CardNotRecognised, CardRefused):
        return None


def certificate(transmit: Transmit) -> bytes:
    """The authentication certificate (DER), without a PIN. Of a phone: CardPinRequired."""
    return jpki.Card(transmit).certificate()


def tries_left(transmit: Transmit) -> int:
    """How often the PIN may still be wrong, 0 to 3."""
    return jpki.Card(transmit).tries_left()


def signer(request: SignatureRequest) -> Callable[[Transmit], Signed]:
    """Shows the PIN once and signs; with one try left, it does not (LastCardPinTry)."""

    def sign(transmit: Transmit) -> Signed:
        card = jpki.Card(transmit)
        card.verify_pin(request.pin)
        return Signed(card.certificate(), card.sign(request.nonce))

    return sign


def idm(tap: Tap) -> Callable[[Transmit], bytes]:
    """Reads the IDm of a FeliCa card, 8 bytes."""
    if not felica.is_felica(tap.answer_to_reset):
        raise errors.NotOnThisCard
    return lambda transmit: felica.parse_answer(transmit(felica.GET_IDM)).number
