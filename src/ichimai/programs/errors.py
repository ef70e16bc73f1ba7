"""What a program can refuse; the ledger's refusals of payments pass through as they are."""

from dataclasses import dataclass
from datetime import date

from ichimai.kernel import errors


@dataclass(eq=False)
class TillNotSignedIn(errors.Forbidden):
    """This till is not enrolled, or no longer."""

    code = "unauthorised"


@dataclass(eq=False)
class UnknownProgram(errors.NotFound):
    """No such program."""

    code = "unknown_program"


@dataclass(eq=False)
class NotHandedOverHere(errors.Invalid):
    """This is no thing that is counted, or it is not handed over at this place."""

    code = "not_handed_over_here"


@dataclass(eq=False)
class ExtensionOver(errors.Invalid):
    """What ended can only be extended to a day that is not over."""

    code = "extension_over"


@dataclass(eq=False)
class UnknownEndLetter(errors.NotFound):
    """No such list of letters."""

    code = "unknown_end_letter"


@dataclass(eq=False)
class NobodyToWriteTo(errors.Conflict):
    """No notice before an end waits for a letter."""

    code = "nobody_to_write_to"


@dataclass(eq=False)
class UnknownGrantList(errors.NotFound):
    """No such list of grants."""

    code = "unknown_grant_list"


@dataclass(eq=False)
class GrantListDecided(errors.Conflict):
    """The list was approved or declined before."""

    code = "grant_list_decided"


@dataclass(eq=False)
class DifferentGrantList(errors.Conflict):
    """This id was used before, for another list."""

    code = "exists_with_different_list"


@dataclass(eq=False)
class GrantListNotApproved(errors.Conflict):
    """The list has not been approved."""

    code = "grant_list_not_approved"


@dataclass(eq=False)
class SecondPersonNeeded(errors.Forbidden):
    """Another person than the one who made it must approve."""

    code = "second_person_needed"


@dataclass(eq=False)
class VersionBegun(errors.Conflict):
    """This version has begun: what people have was promised by it. Write the next version."""

    code = "version_begun"
    public = ("program", "version")

    program: str
    version: int


@dataclass(eq=False)
class VersionTooEarly(errors.Conflict):
    """A change of terms begins on a day that has not begun."""

    code = "version_too_early"
    public = ("program", "version", "starts_on")

    program: str
    version: int
    starts_on: date


@dataclass(eq=False)
class NothingEarnedHere(errors.Conflict):
    """Nothing is given for this here, or not to this person, or not now."""

    code = "nothing_earned_here"


@dataclass(eq=False)
class ToldTooLate(errors.Conflict):
    """It took place too long ago to be counted for its day, or the device's clock is wrong."""

    code = "told_too_late"


@dataclass(eq=False)
class ToldFromTheFuture(errors.Invalid):
    """It is said to take place at a time that has not come; check the device's clock."""

    code = "told_from_the_future"


@dataclass(eq=False)
class NoSuchChoice(errors.Invalid):
    """The program has no such exchange, thing or part, or one was named twice."""

    code = "no_such_choice"


@dataclass(eq=False)
class TopUpNotAllowed(errors.Conflict):
    """This sum cannot be paid in here."""

    code = "top_up_not_allowed"


@dataclass(eq=False)
class RefundingNotAllowed(errors.Conflict):
    """This sum cannot be paid back here."""

    code = "refunding_not_allowed"


@dataclass(eq=False)
class SharingNotAllowed(errors.Forbidden):
    """What is on this card cannot be passed on to this person."""

    code = "sharing_not_allowed"


@dataclass(eq=False)
class NotPrepaid(errors.Invalid):
    """Only a prepaid program can take over what was on old cards."""

    code = "not_prepaid"
