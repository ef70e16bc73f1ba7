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
class SecondStepNeeded(errors.Forbidden):
    """The password is right; a code of the authenticator app, or a passkey, must follow."""

    code = "second_step_needed"


@dataclass(eq=False)
class SecondFactorNotSetUp(errors.Forbidden):
    """The password is right; a second factor must first be set up in a browser."""

    code = "second_factor_not_set_up"


@dataclass(eq=False)
class NothingToConfirm(errors.Conflict):
    """No authenticator app is being set up; begin again."""

    code = "nothing_to_confirm"


@dataclass(eq=False)
class LastSecondFactor(errors.Conflict):
    """This is the only second factor; set up another before removing it."""

    code = "last_second_factor"


@dataclass(eq=False)
class SignInTooOld(errors.Forbidden):
    """What lets somebody in can be changed only soon after a sign-in; sign in again."""

    code = "sign_in_too_old"


@dataclass(eq=False)
class CardSignInNeeded(errors.Forbidden):
    """Another way in is added only by who has just signed in with card and PIN."""

    code = "card_sign_in_needed"


@dataclass(eq=False)
class PasskeyRefused(errors.Forbidden):
    """The passkey is not known here, or its answer is not right for what was asked."""

    code = "passkey_refused"


@dataclass(eq=False)
class TooManyPasskeys(errors.Conflict):
    """There are as many passkeys as one person may have; remove one first."""

    code = "too_many_passkeys"


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


@dataclass(eq=False)
class UnknownMember(errors.NotFound):
    """There is nobody of this name or id on the staff."""

    code = "unknown_member"


@dataclass(eq=False)
class UnknownOrganisation(errors.NotFound):
    """There is no such organisation, or this member of staff has no role in it."""

    code = "unknown_organisation"


@dataclass(eq=False)
class UnknownTwoPersonRequest(errors.NotFound):
    """Nothing of this id was asked of two people."""

    code = "unknown_two_person_request"


@dataclass(eq=False)
class AskedByYourself(errors.Forbidden):
    """Another person than the one who asked must approve."""

    code = "asked_by_yourself"


@dataclass(eq=False)
class AboutYourself(errors.Forbidden):
    """Nobody approves what they are to be allowed themselves."""

    code = "about_yourself"


@dataclass(eq=False)
class RequestDecided(errors.Conflict):
    """This was approved or declined before."""

    code = "request_decided"


@dataclass(eq=False)
class RequestExpired(errors.Conflict):
    """This was not approved in time; ask again."""

    code = "request_expired"


@dataclass(eq=False)
class MayNotAskOrApprove(errors.Forbidden):
    """Somebody of another role must ask for this, or approve it."""

    code = "may_not_ask_or_approve"
