"""What can be wrong with a card, as far as people may know."""

from dataclasses import dataclass
from uuid import UUID

from ichimai.kernel.errors import Invalid, NotFound, Unavailable


@dataclass(eq=False)
class MistypedCode(Invalid):
    """The card's code is mistyped; please compare it with the card."""

    code = "mistyped_code"


@dataclass(eq=False)
class UnknownCredential(NotFound):
    """No such card was issued here."""

    code = "unknown_credential"


@dataclass(eq=False)
class UnknownHolder(NotFound):
    """The registry knows no such holder."""

    holder: UUID
    code = "unknown_holder"


@dataclass(eq=False)
class WrongRegistryKey(Unavailable):
    """The registry was written with another key than the one in use; restore that key."""

    code = "wrong_registry_key"
