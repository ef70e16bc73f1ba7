"""What an export of the journal is made of: movements between accounts that name no person."""

from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from ichimai.kernel import Asset
from ichimai.ledger.model import Kind, OperationId, Role


class Side(NamedTuple):
    """Whose account is moved, in which role; ``owner`` NIL: the wallets together."""

    role: Role
    owner: UUID


class Moved(NamedTuple):
    """One transfer, or all of one kind between two accounts on one day.

    ``number`` is the first one's; ``operation`` is None, and ``recorded_at`` too, where there
    may be several.
    """

    number: int
    day_on: date
    recorded_at: datetime | None
    operation: OperationId | None
    reverses: UUID
    kind: Kind
    asset: Asset
    units: int
    transfers: int
    debit: Side
    credit: Side
