"""What a membership is called on its card, wherever one is entered."""

from collections.abc import Mapping
from typing import Final

from ichimai.people.records.errors import InvalidMembership
from ichimai.people.records.memberships import MembershipKind
from ichimai.web.layout.i18n import mark

KINDS: Final[Mapping[MembershipKind, str]] = {
    MembershipKind.MEMBER: mark("Membership card"),
    MembershipKind.REGISTRATION: mark("Registration card"),
    MembershipKind.RECIPIENT: mark("Recipient's certificate"),
}


def chosen(text: str) -> MembershipKind:
    """The kind that a form names. Raises InvalidMembership."""
    try:
        return MembershipKind(text)
    except ValueError:
        raise InvalidMembership("kind") from None
