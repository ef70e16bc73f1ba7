"""What a card shows, and how sure it makes us."""

from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """What sort of thing shows who somebody is."""

    MY_NUMBER_CARD = "my_number_card"
    PHONE_CERTIFICATE = "phone_certificate"
    FELICA = "felica"
    OLD_CARD = "old_card"
    """A number on a library, sports or members' card: NW-7, Code 39 or a magnetic stripe."""
    MYKEY_ID = "mykey_id"
    PRINTED_QR = "printed_qr"
    PHONE = "phone"
    """A resident's phone that shows a QR code which changes."""


class Assurance(StrEnum):
    """How a person showed who they are: the legal basis and the strength of a tap."""

    TAP = "tap"
    TAP_PIN = "tap_pin"
    CODE_PIN = "code_pin"
    PASSKEY = "passkey"
    PHOTO = "photo"
    STAFF = "staff"


@dataclass(frozen=True, slots=True)
class Shown:
    """What a card showed, normalised: all that a registry ever makes a keyed hash of.

    ``scheme`` tells apart issuers of one kind, such as two libraries whose numbers overlap;
    it is empty where the kind has one issuer. The number is not printed with the object.
    """

    kind: Kind
    number: bytes = field(repr=False)
    scheme: str = ""
