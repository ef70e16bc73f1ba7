"""Changes of shops' bank accounts, and where shops are told of them."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NewType
from uuid import UUID

from ichimai.merchants import BankAccount, ShopId

AccountChangeId = NewType("AccountChangeId", UUID)
ContactId = NewType("ContactId", UUID)

USUAL_DELAY: Final = timedelta(hours=72)
"""How long the old contact has for saying no, unless the operator sets another time."""

SHORTEST_DELAY: Final = timedelta(hours=24)
LONGEST_DELAY: Final = timedelta(days=30)

OLD_CONTACTS: Final = timedelta(days=30)
"""For so long a contact that was replaced is told too: else whoever changes both tells nobody."""


@dataclass(frozen=True, slots=True)
class Contact:
    """Where a shop is told what concerns its money: a mail address, or a postal one."""

    id: ContactId
    shop: ShopId
    mail: str
    letter: str
    entered_by: UUID
    entered_at: datetime


class ChangeState(StrEnum):
    """Where a change of account stands."""

    ASKED = "asked"
    """By the shop at its till; nobody on the staff has checked it yet."""
    CHECKED = "checked"
    APPROVED = "approved"
    """By a second person; the old contacts are being told."""
    WAITING = "waiting"
    """All were told; the delay runs."""
    APPLIED = "applied"
    DECLINED = "declined"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class AccountChange:
    """Another account for a shop.

    ``asked_by``: a till if ``is_from_shop``, else a member of staff. ``effective_at`` is known
    once everybody was told. ``cancelled_by`` is nil where the old contact did it.
    """

    id: AccountChangeId
    shop: ShopId
    account: BankAccount
    was: BankAccount
    reason: str
    is_from_shop: bool
    asked_by: UUID
    asked_at: datetime
    checked_by: UUID | None = None
    checked_at: datetime | None = None
    decided_by: UUID | None = None
    decided_at: datetime | None = None
    is_approved: bool | None = None
    delay: timedelta | None = None
    effective_at: datetime | None = None
    cancelled_by: UUID | None = None
    cancelled_at: datetime | None = None
    applied_at: datetime | None = None
    code_hash: bytes | None = field(default=None, repr=False)

    @property
    def state(self) -> ChangeState:
        """Where it stands."""
        if self.cancelled_at is not None:
            return ChangeState.CANCELLED
        if self.applied_at is not None:
            return ChangeState.APPLIED
        if self.is_approved is not None:
            return self._decided_state()
        return ChangeState.ASKED if self.checked_by is None else ChangeState.CHECKED

    def _decided_state(self) -> ChangeState:
        if not self.is_approved:
            return ChangeState.DECLINED
        return ChangeState.APPROVED if self.effective_at is None else ChangeState.WAITING

    @property
    def is_open(self) -> bool:
        """Whether it may still become the shop's account."""
        return self.state not in {
            ChangeState.APPLIED,
            ChangeState.DECLINED,
            ChangeState.CANCELLED,
        }
