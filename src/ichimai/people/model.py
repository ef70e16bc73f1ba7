"""Staff and their organisations, sessions, passkeys, and one try at a sign-in."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, NewType
from uuid import UUID

from ichimai.kernel import ids

StaffId = NewType("StaffId", UUID)
OrganisationId = NewType("OrganisationId", UUID)
SessionId = NewType("SessionId", UUID)
RequestId = NewType("RequestId", UUID)
SecretHash = NewType("SecretHash", str)
"""argon2id of a password or of a keyed PIN."""


class StaffRole(StrEnum):
    """What a member of staff may do for an organisation; one role in each.

    A *clerk* serves people at the counter. A *registrar* asks that two holders be made one, or
    one be parted, and approves it of another. An *administrator* does the same with roles.
    """

    OFFICER = "officer"
    APPROVER = "approver"
    TREASURER = "treasurer"
    AUDITOR = "auditor"
    CLERK = "clerk"
    REGISTRAR = "registrar"
    ADMINISTRATOR = "administrator"


class OrganisationKind(StrEnum):
    """What staff work for."""

    OPERATOR = "operator"
    ASSOCIATION = "association"
    LIBRARY = "library"
    CLUB = "club"


@dataclass(frozen=True, slots=True)
class Organisation:
    """The operator itself (without a name here), or a body that it serves."""

    id: OrganisationId
    kind: OrganisationKind
    name: str

    @property
    def is_operator(self) -> bool:
        """Whether it is the operator itself: a role elsewhere opens nothing of the operator's."""
        return self.kind is OrganisationKind.OPERATOR


THE_OPERATOR: Final = Organisation(OrganisationId(ids.NIL), OrganisationKind.OPERATOR, "")


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody on the staff, whatever they may do."""

    id: StaffId
    name: str


@dataclass(frozen=True, slots=True)
class Staff:
    """Somebody who acts for an organisation, with the role of this moment."""

    id: StaffId
    name: str
    role: StaffRole
    organisation: Organisation = THE_OPERATOR


class Audience(StrEnum):
    """Whom a session lets in.

    FIRST_USE may only choose a PIN; SECOND_STEP has given a right password and may only give
    the second factor; SET_UP may only set one up.
    """

    STAFF = "staff"
    SECOND_STEP = "second_step"
    SET_UP = "set_up"
    RESIDENT = "resident"
    FIRST_USE = "first_use"


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who signed in; ``owner`` is a StaffId or a SubjectId.

    ``organisation`` is whom a member of staff acts for. ``sealed`` is text that only the bearer
    of the session's token can open. ``is_from_counter``: staff let a resident in, who was there
    with their card.
    """

    id: SessionId
    audience: Audience
    owner: UUID
    organisation: OrganisationId | None
    sealed: bytes = field(repr=False)
    started_at: datetime
    seen_at: datetime
    is_from_counter: bool = False


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


@dataclass(frozen=True, slots=True)
class SecondFactors:
    """What a member of staff has besides the password."""

    has_totp: bool
    passkeys: int
    recovery_codes_left: int

    @property
    def has_any(self) -> bool:
        """Whether the password alone no longer lets in."""
        return self.has_totp or self.passkeys > 0


@dataclass(frozen=True, slots=True)
class Passkey:
    """A key pair (WebAuthn) whose private part a person's device keeps.

    ``is_synced``: the device's maker copies it to the person's other devices.
    """

    id: bytes
    audience: Audience
    owner: UUID
    public_key: bytes
    sign_count: int
    is_synced: bool
    added_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class PasskeyQuestion:
    """What a browser was asked to sign; ``owner`` is who adds a passkey, None at a sign-in."""

    challenge: bytes
    audience: Audience
    owner: UUID | None
    asked_at: datetime


class Deed(StrEnum):
    """What takes two: one member of staff asks, another approves."""

    ROLE_CHANGE = "role_change"
    HOLDER_MERGE = "holder_merge"
    HOLDER_SPLIT = "holder_split"
    PROGRAM_CHANGE = "program_change"


@dataclass(frozen=True, slots=True)
class TwoPersonRequest:
    """Something that was asked and waits for another person, or no longer does.

    ``details`` is JSON: what is carried out is what was asked.
    """

    id: RequestId
    deed: Deed
    organisation: OrganisationId
    details: str
    reason: str
    asked_by: StaffId
    asked_at: datetime
    expires_at: datetime
    decided_by: StaffId | None = None
    decided_at: datetime | None = None
    is_approved: bool | None = None
    done_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RoleChange:
    """A request that a member be given another role in an organisation; None: none any more."""

    request: TwoPersonRequest
    staff: StaffId
    organisation: OrganisationId
    role: StaffRole | None
