"""Memberships: 会員証, 登録証, 受給者証; of persons and of groups."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple, NewType
from uuid import UUID

from ichimai.registry import SubjectId

MembershipId = NewType("MembershipId", UUID)
GroupId = NewType("GroupId", UUID)
"""A 団体: a club, a residents' association, a company."""

Member = SubjectId | GroupId


class Group(NamedTuple):
    """A group by its name."""

    id: GroupId
    name: str


class MembershipKind(StrEnum):
    """What the card for it used to be."""

    MEMBER = "member"
    """会員証."""

    REGISTRATION = "registration"
    """登録証."""

    RECIPIENT = "recipient"
    """受給者証."""


class Term(NamedTuple):
    """From when until when (included) a membership is valid, and with which grade."""

    from_on: date
    until_on: date
    grade: str = ""


@dataclass(frozen=True, slots=True)
class Membership:
    """A membership with its terms, oldest first; not valid from ``ended_on`` on."""

    id: MembershipId
    service: str
    kind: MembershipKind
    number: str
    terms: tuple[Term, ...]
    ended_on: date | None


class Standing(NamedTuple):
    """What a check page says: whether it is valid today, of which grade and until when.

    ``until_on`` is the last day of what is valid without a gap; None when nothing is.
    """

    is_valid: bool
    grade: str
    until_on: date | None = None


NO_STANDING = Standing(is_valid=False, grade="")
