"""The bodies of the API about bills and nettings."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from msgspec import UNSET, Meta, Struct

from ichimai.web.api.pages import PageQuery
from ichimai.web.api.staff_types import Person, Sha256
from ichimai.web.api.types import OptionalKey, Yen

Party = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=80,
        description="Who: `operator`, `association:8`, or a sponsor's key.",
    ),
]


class BillQuery(PageQuery, forbid_unknown_fields=True, kw_only=True):
    """Which part of the bills; with ``is_open``, those alone that are not paid."""

    is_open: bool = False


class BillAnswer(Struct):
    """What the shops of ``debtor`` owe from a closing; it collects, and pays ``creditor``.

    ``rest_yen`` of ``yen`` has still to come in. ``is_netted``: a netting has it, so that nobody
    pays it by itself.
    """

    id: UUID
    debtor: Party
    creditor: Party
    shops: int
    yen: int
    received_yen: int
    rest_yen: int
    due_on: date
    is_netted: bool
    is_paid: bool


class BillPage(Struct):
    """Bills: those that are open first, then of the last closing first."""

    items: list[BillAnswer]
    next: str | None


class BillLineAnswer(Struct):
    """What one shop owes in a bill."""

    shop: UUID
    shop_number: str
    yen: int


class BillPaymentAnswer(Struct):
    """Money that came in for a bill."""

    id: UUID
    yen: int
    received_on: date
    noted_by: Person


class BillDetail(BillAnswer):
    """A bill with what each shop owes, and what came in for it."""

    lines: list[BillLineAnswer]
    payments: list[BillPaymentAnswer]


class BillPaymentBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Money came in for a bill: ``yen`` is by default what is open, ``received_on`` today."""

    id: OptionalKey = UNSET
    yen: Yen | None = None
    received_on: date | None = None


class NettingBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Set against each other all that nobody can dispute any more."""

    id: OptionalKey = UNSET


class TransferAnswer(Struct):
    """``debtor`` pays ``creditor``; ``by_file``: its bank's file has it, else it goes by hand."""

    debtor: Party
    creditor: Party
    yen: int
    by_file: bool


class NettingAnswer(Struct):
    """So many ``debts`` of ``yen`` in all, settled by ``transfers`` on ``pay_on``."""

    id: UUID
    debts: int
    yen: int
    pay_on: date
    state: str
    transfers: int
    made_by: Person
    made_at: datetime
    decided_by: Person | None
    decided_at: datetime | None


class NettingDetail(NettingAnswer):
    """A netting with each party's position (below 0: it owes), and who pays whom instead."""

    positions: dict[str, int]
    payments: list[TransferAnswer]


class NettingPage(Struct):
    """Nettings, the newest first."""

    items: list[NettingAnswer]
    next: str | None


class NettingResultLineAnswer(Struct):
    """What the bank says of one transfer: `done`, `failed` or `returned`, and its code."""

    creditor: Party
    outcome: str
    reason: str
    yen: int


class NettingResultAnswer(Struct):
    """What a bank said of ``debtor``'s file. ``kind``: `answer` (every line) or `return`.

    What was not paid is owed again: the next netting has it.
    """

    id: UUID
    netting: UUID
    debtor: Party
    kind: str
    format: str
    sha256: Sha256
    result_on: date
    imported_by: Person
    imported_at: datetime
    lines: list[NettingResultLineAnswer]


class NettingResults(Struct):
    """All that banks said of a netting's files, the first first."""

    items: list[NettingResultAnswer]


class PartyQuery(Struct, forbid_unknown_fields=True, kw_only=True):
    """Whose file."""

    party: Party = "operator"
