"""What the bridge refuses, and how a page is told."""

from dataclasses import dataclass

from ichimai.kernel import errors


@dataclass(eq=False)
class CardSupportMissing(errors.Unavailable):
    """This installation has no support for card readers: install "ichimai[reader]"."""

    code = "card_support_missing"


@dataclass(eq=False)
class CardLifted(errors.Conflict):
    """The card was lifted, or another lies in its place."""

    code = "card_lifted"


@dataclass(eq=False)
class CardUnreadable(errors.Conflict):
    """The card does not answer; it should lie flat, and alone."""

    code = "card_unreadable"


@dataclass(eq=False)
class CardBusy(errors.Conflict):
    """Another program, or another page, is using the card."""

    code = "card_busy"


@dataclass(eq=False)
class NotOnThisCard(errors.Conflict):
    """A card of this kind cannot do that."""

    code = "not_on_this_card"


@dataclass(eq=False)
class AlreadyAsked(errors.Conflict):
    """This request was made before; a PIN is tried once however often it is sent."""

    code = "already_asked"


@dataclass(eq=False)
class NotPaired(errors.Forbidden):
    """This page and this reader do not know each other: type the pairing code."""

    code = "not_paired"


@dataclass(eq=False)
class PairingClosed(errors.Forbidden):
    """No pairing code is shown now; start the reader with --pair."""

    code = "pairing_closed"


@dataclass(eq=False)
class WrongPairingCode(errors.Forbidden):
    """That is not the code that the reader shows."""

    code = "wrong_pairing_code"


@dataclass(eq=False)
class PairingPaused(errors.Unavailable):
    """Too many wrong pairing codes; the reader shows a new one after a minute."""

    code = "pairing_paused"
    public = ("retry_after_seconds",)

    retry_after_seconds: int


@dataclass(eq=False)
class WrongHost(errors.Forbidden):
    """The reader is asked for under a name that is not its own."""

    code = "wrong_host"


@dataclass(eq=False)
class WrongOrigin(errors.Forbidden):
    """A page of another site asks."""

    code = "wrong_origin"


@dataclass(eq=False)
class MalformedRequest(errors.Invalid):
    """The request is not one that the reader knows."""

    code = "malformed_request"


@dataclass(eq=False)
class NoSuchAddress(errors.NotFound):
    """The reader has nothing at this address."""

    code = "no_such_address"


@dataclass(eq=False)
class ReaderFailed(errors.Unavailable):
    """Something went wrong in the reader."""

    code = "reader_failed"


@dataclass(eq=False)
class ReaderAddressTaken(errors.Unavailable):
    """Another program, or another reader, has the port."""

    code = "reader_address_taken"


@dataclass(eq=False)
class InvalidReaderOption(errors.Invalid):
    """An option of the reader is not of its form."""

    code = "invalid_reader_option"
    public = ("option",)

    option: str

    def __str__(self) -> str:
        return self.option


@dataclass(eq=False)
class NoSealKey(errors.Conflict):
    """Check-ins are kept only for a server whose key is known: start with --seal-to."""

    code = "no_seal_key"


@dataclass(eq=False)
class QueueFull(errors.Unavailable):
    """More check-ins wait than this machine should keep."""

    code = "queue_full"


@dataclass(eq=False)
class QueueNotWritten(errors.Unavailable):
    """The disk did not take the check-in; nothing was kept."""

    code = "queue_not_written"


@dataclass(eq=False)
class OtherQueue(errors.Conflict):
    """The queue that is acknowledged is not the one that is here."""

    code = "other_queue"
