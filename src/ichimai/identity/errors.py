"""Why a card, a tap or a link is not taken, as far as people may know."""

from dataclasses import dataclass
from datetime import datetime

from ichimai.kernel import errors


@dataclass(eq=False)
class CardNotTaken(errors.NotFound):
    """This card is not known here, or is no longer accepted."""

    code = "card_not_taken"


@dataclass(eq=False)
class ChallengeOver(errors.Conflict):
    """This challenge is unknown, used or too old; ask for a new one."""

    code = "challenge_over"


@dataclass(eq=False)
class CertificatesNotRead(errors.Conflict):
    """This operator has named no authority whose certificates it accepts."""

    code = "certificates_not_read"


@dataclass(eq=False)
class TapOver(errors.Conflict):
    """This tap is over or was used; show the card again."""

    code = "tap_over"


@dataclass(eq=False)
class PinNeeded(errors.Conflict):
    """This needs the card's PIN; show the card again, with its PIN."""

    code = "pin_needed"


@dataclass(eq=False)
class CardCannotPay(errors.Conflict):
    """This only shows who somebody is; ask for the printed card, the phone's code or a PIN."""

    code = "card_cannot_pay"


@dataclass(eq=False)
class PhoneCodeExpired(errors.Conflict):
    """This code is too old, or the phone's clock is wrong; show the code that is there now."""

    code = "phone_code_expired"


@dataclass(eq=False)
class PhoneCodeUsed(errors.Conflict):
    """This code was used before; wait for the phone's next code."""

    code = "phone_code_used"


@dataclass(eq=False)
class UnknownService(errors.NotFound):
    """No such service."""

    code = "unknown_service"


@dataclass(eq=False)
class InvalidServiceNumber(errors.Invalid):
    """This is no number of that service; please compare it with the card."""

    code = "invalid_service_number"


@dataclass(eq=False)
class UnknownLink(errors.NotFound):
    """No such link."""

    code = "unknown_link"


@dataclass(eq=False)
class LinkOver(errors.Conflict):
    """This link cannot be confirmed any more; ask for it again."""

    code = "link_over"


@dataclass(eq=False)
class SecondTapNeeded(errors.Conflict):
    """The same card must be shown a second time."""

    code = "second_tap_needed"


@dataclass(eq=False)
class AlreadyLinked(errors.Conflict):
    """This person has a number of this service already; end that link first."""

    code = "already_linked"


@dataclass(eq=False)
class InvalidStops(errors.Invalid):
    """This is no list of stopped cards."""

    code = "invalid_stops"


@dataclass(eq=False)
class StopsNotSigned(errors.Invalid):
    """This list of stopped cards was not signed with the key that is known here, or was changed."""

    code = "stops_not_signed"


@dataclass(eq=False)
class StopsMissing(errors.Conflict):
    """This list of stopped cards leaves some out; begin at the place that is known here."""

    code = "stops_missing"
    public = ("after",)

    after: int

    def __str__(self) -> str:
        return f"--after {self.after}"


@dataclass(eq=False)
class StopsOutdated(errors.Conflict):
    """This list of stopped cards is older than what is known here."""

    code = "stops_outdated"
    public = ("heard_at",)

    heard_at: datetime


@dataclass(eq=False)
class BoxNotOpened(errors.Conflict):
    """What this device kept was closed for another till or under another key."""

    code = "box_not_opened"
