"""What can be wrong with a card, with what it answers and with what it proves."""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from cryptography.x509 import ReasonFlags

from ichimai.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable


@dataclass(eq=False)
class CardCommandNotAllowed(Forbidden):
    """No such command is ever sent to a card."""

    code: ClassVar[str] = "card_command_not_allowed"


@dataclass(eq=False)
class CardNotRecognised(Invalid):
    """This is no My Number Card and no phone that stands for one."""

    code: ClassVar[str] = "card_not_recognised"


@dataclass(eq=False)
class CardAnswerDamaged(Unavailable):
    """The card's answer came damaged; hold the card still and show it again."""

    code: ClassVar[str] = "card_answer_damaged"


@dataclass(eq=False)
class CardRefused(Conflict):
    """The card refused a command; ``status`` is its status word (ISO/IEC 7816-4)."""

    code: ClassVar[str] = "card_refused"
    public: ClassVar[tuple[str, ...]] = ("status",)

    status: int


@dataclass(eq=False)
class CertificateAbsent(NotFound):
    """This card holds no certificate for showing who somebody is."""

    code: ClassVar[str] = "certificate_absent"


@dataclass(eq=False)
class MalformedCardPin(Invalid):
    """The PIN of this certificate has four digits."""

    code: ClassVar[str] = "malformed_card_pin"


@dataclass(eq=False)
class CardPinRequired(Conflict):
    """The card wants its PIN first."""

    code: ClassVar[str] = "card_pin_required"


@dataclass(eq=False)
class WrongCardPin(Forbidden):
    """The card's PIN is another one."""

    code: ClassVar[str] = "wrong_card_pin"
    public: ClassVar[tuple[str, ...]] = ("tries_left",)

    tries_left: int


@dataclass(eq=False)
class LastCardPinTry(Forbidden):
    """One try is left before the card locks; we leave it to its holder."""

    code: ClassVar[str] = "last_card_pin_try"
    public: ClassVar[tuple[str, ...]] = ("tries_left",)

    tries_left: int = 1


@dataclass(eq=False)
class CardPinBlocked(Forbidden):
    """The card's PIN is locked; the holder's municipal office unlocks it."""

    code: ClassVar[str] = "card_pin_blocked"


@dataclass(eq=False)
class MalformedCertificate(Invalid):
    """The certificate cannot be read."""

    code: ClassVar[str] = "malformed_certificate"


@dataclass(eq=False)
class UnknownAuthority(Forbidden):
    """None of the authorities that we trust issued the certificate."""

    code: ClassVar[str] = "unknown_authority"


@dataclass(eq=False)
class ForgedCertificate(Forbidden):
    """The authority that the certificate names did not sign it."""

    code: ClassVar[str] = "forged_certificate"


class Flaw(StrEnum):
    """Why a genuine certificate is not one for showing who somebody is."""

    SERIAL = "serial"
    KEY = "key"
    """Not RSA of 2048 bits, which is all that the card's signing command can do."""
    SIGNATURE_ALGORITHM = "signature_algorithm"
    IS_AUTHORITY = "is_authority"
    KEY_USAGE = "key_usage"
    EXTENDED_KEY_USAGE = "extended_key_usage"
    POLICY = "policy"
    PERSONAL = "personal"
    """It names the person: a signing certificate, which is not for us to read."""
    CRITICAL_EXTENSION = "critical_extension"


@dataclass(eq=False)
class UnsuitableCertificate(Forbidden):
    """The certificate is not one for showing who somebody is."""

    code: ClassVar[str] = "unsuitable_certificate"
    public: ClassVar[tuple[str, ...]] = ("flaw",)

    flaw: Flaw


@dataclass(eq=False)
class CertificateNotYetValid(Forbidden):
    """The certificate is not valid yet."""

    code: ClassVar[str] = "certificate_not_yet_valid"


@dataclass(eq=False)
class CertificateExpired(Forbidden):
    """The certificate has expired; the municipal office renews it."""

    code: ClassVar[str] = "certificate_expired"


@dataclass(eq=False)
class WrongCardSignature(Forbidden):
    """The card did not sign the challenge that it was given."""

    code: ClassVar[str] = "wrong_card_signature"


@dataclass(eq=False)
class CertificateRevoked(Forbidden):
    """The certificate was revoked."""

    code: ClassVar[str] = "certificate_revoked"

    reason: ReasonFlags
    """Not public: it may tell that somebody has died."""


class Doubt(StrEnum):
    """Why nobody can say whether a certificate is revoked."""

    UNAVAILABLE = "unavailable"
    """The list or the responder cannot be reached."""
    DAMAGED = "damaged"
    FORGED = "forged"
    """Signed by somebody who may not speak for the authority."""
    STALE = "stale"
    """Too old, or dated in the future."""
    NOT_COVERED = "not_covered"
    """The source speaks for other certificates only, or knows nothing of this one."""


@dataclass(eq=False)
class RevocationUnknown(Unavailable):
    """Whether the certificate is revoked cannot be known now, so it is not accepted."""

    code: ClassVar[str] = "revocation_unknown"
    public: ClassVar[tuple[str, ...]] = ("doubt",)

    doubt: Doubt


@dataclass(eq=False)
class AuthorityUnreadable(Unavailable):
    """A file of the trusted authorities cannot be used."""

    code: ClassVar[str] = "authority_unreadable"

    file: str
