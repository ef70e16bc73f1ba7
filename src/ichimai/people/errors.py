"""Why somebody may not come in."""

from dataclasses import dataclass

from ichimai.kernel import errors


@dataclass(eq=False)
class SignInRefused(errors.Forbidden):
    """The name or card and the secret do not go together, or there is no such name or card."""

    code = "sign_in_refused"


@dataclass(eq=False)
class TooManyAttempts(errors.Unavailable):
    """Too many failed sign-ins; the same for a name or card that does not exist."""

    code = "too_many_attempts"
    public = ("retry_after_seconds",)

    retry_after_seconds: int


@dataclass(eq=False)
class WeakPin(errors.Invalid):
    """A PIN has six digits and is not one that anybody would try first."""

    code = "weak_pin"


@dataclass(eq=False)
class WeakPassword(errors.Invalid):
    """A password has 12 to 200 characters."""

    code = "weak_password"


@dataclass(eq=False)
class PinAlreadyChosen(errors.Conflict):
    """This card has its PIN already."""

    code = "pin_already_chosen"


@dataclass(eq=False)
class NameTaken(errors.Conflict):
    """Somebody on the staff has this name already."""

    code = "name_taken"
