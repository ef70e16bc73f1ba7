"""Why a digital identity does not let in."""

from dataclasses import dataclass

from ichimai.kernel import errors


@dataclass(eq=False)
class DigitalIdRefused(errors.Forbidden):
    """The provider's answer is not right for what this browser asked; nothing was believed."""

    code = "digital_id_refused"


@dataclass(eq=False)
class DigitalIdCancelled(errors.Forbidden):
    """The provider says that the person did not go through with it."""

    code = "digital_id_cancelled"


@dataclass(eq=False)
class DigitalIdNotBound(errors.Forbidden):
    """This digital identity is nobody's here; its owner must first sign in with a card."""

    code = "digital_id_not_bound"


@dataclass(eq=False)
class DigitalIdTaken(errors.Conflict):
    """This digital identity is bound to another card's owner, or this owner has another."""

    code = "digital_id_taken"


@dataclass(eq=False)
class ProviderUnavailable(errors.Unavailable):
    """The provider of digital identities does not answer, or not as the standard says."""

    code = "provider_unavailable"
