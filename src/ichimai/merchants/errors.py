"""What can be wrong with a shop or a till."""

from dataclasses import dataclass

from ichimai.kernel.errors import Conflict, Forbidden, Invalid, NotFound


@dataclass(eq=False)
class InvalidAssociation(Invalid):
    """An association's entry breaks a rule of the list."""

    number: int
    field: str
    code = "invalid_association"
    public = ("number", "field")


@dataclass(eq=False)
class InvalidShop(Invalid):
    """A shop's entry breaks a rule of the list."""

    number: str
    field: str
    code = "invalid_shop"
    public = ("number", "field")


@dataclass(eq=False)
class UnknownAssociation(NotFound):
    """No such shopping-street association."""

    number: int
    code = "unknown_association"
    public = ("number",)


@dataclass(eq=False)
class AlreadyRegistered(Conflict):
    """An association or shop with this number is registered already."""

    number: str
    code = "already_registered"
    public = ("number",)


@dataclass(eq=False)
class UnknownShop(NotFound):
    """No such shop."""

    code = "unknown_shop"


@dataclass(eq=False)
class UnknownTerminal(NotFound):
    """No such till."""

    code = "unknown_terminal"


@dataclass(eq=False)
class MistypedEnrolmentCode(Invalid):
    """The enrolment code is mistyped; please compare it with the paper."""

    code = "mistyped_enrolment_code"


@dataclass(eq=False)
class EnrolmentRefused(Forbidden):
    """The enrolment code is unknown, used or older than 24 hours; ask for a new one."""

    code = "enrolment_refused"
