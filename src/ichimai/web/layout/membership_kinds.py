"""What a membership is called on its card, and what is wrong with one that was entered."""

from collections.abc import Mapping
from typing import Final

from ichimai.kernel.errors import DomainError
from ichimai.people.records.errors import InvalidMembership
from ichimai.people.records.memberships import MembershipKind
from ichimai.web.layout.i18n import mark
from ichimai.web.layout.messages import text_of

KINDS: Final[Mapping[MembershipKind, str]] = {
    MembershipKind.MEMBER: mark("Membership card"),
    MembershipKind.REGISTRATION: mark("Registration card"),
    MembershipKind.RECIPIENT: mark("Recipient's certificate"),
}
_WRONG: Final[Mapping[str, str]] = {
    "name": mark("The group's name: enter 1 to 100 characters."),
    "service": mark("Service: choose one of the list."),
    "kind": mark("Kind: choose one of the list."),
    "number": mark("Member's number: enter 1 to 40 characters, as on the card."),
    "grade": mark("Grade: enter at most 40 characters."),
    "from_on": mark("Valid from: enter the first day."),
    "until_on": mark("Valid until: enter the first day or a later one."),
}
"""By the field of InvalidMembership, which field of the page is wrong and why."""


def refused(error: DomainError) -> str:
    """What is wrong with a membership, in English, for the catalogue."""
    if isinstance(error, InvalidMembership):
        return _WRONG[error.field]
    return text_of(error.code)


def chosen(text: str) -> MembershipKind:
    """The kind that a form names. Raises InvalidMembership."""
    try:
        return MembershipKind(text)
    except ValueError:
        raise InvalidMembership("kind") from None
