"""Staff, sessions and one try at a sign-in."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

StaffId = NewType("StaffId", UUID)
SessionId = NewType("SessionId", UUID)
SecretHash = NewType("SecretHash", str)
"""argon2id of a password or of a keyed PIN."""


class StaffRole(StrEnum):
    """What a member of staff may do; each has one role."""

    OFFICER = "officer"
    APPROVER = "approver"
    TREASURER = "treasurer"
    AUDITOR = "auditor"


@dataclass(frozen=True, slots=True)
class Staff:
    """Somebody who works for the operator."""

    id: StaffId
    name: str
    role: StaffRole


class Audience(StrEnum):
    """Whom a session lets in; FIRST_USE may only choose a PIN."""

    STAFF = "staff"
    RESIDENT = "resident"
    FIRST_USE = "first_use"


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who signed in; ``owner`` is a StaffId or a SubjectId.

    ``sealed`` is text that only the bearer of the session's token can open.
    """

    id: SessionId
    audience: Audience
    owner: UUID
    sealed: bytes
    started_at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session and its token; the token exists here and in the browser's cookie only."""

    session: Session
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try at a sign-in, already counted as failed.

    ``owner`` is None when there is nobody of that name; ``expected`` is None when the
    owner has chosen no secret yet. ``counters`` is in the order account, network, secret.
    """

    audience: Audience
    owner: UUID | None
    expected: SecretHash | None = field(repr=False)
    offered: str = field(repr=False)
    counters: tuple[bytes, bytes, bytes]

    @property
    def is_first_use(self) -> bool:
        """Whether the owner is there and has yet to choose a secret."""
        return self.owner is not None and self.expected is None


@dataclass(frozen=True, slots=True)
class Counter:
    """Failed sign-ins of one account, from one network or with one secret."""

    failures: int
    last_at: datetime
