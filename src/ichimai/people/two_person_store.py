"""The table of what takes two: two_person_request."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ichimai.people.model import Deed, OrganisationId, RequestId, StaffId, TwoPersonRequest
from ichimai.storage import ReadTx, WriteTx


def insert(tx: WriteTx, request: TwoPersonRequest) -> None:
    """Keep what was asked."""
    tx.execute(
        "INSERT INTO two_person_request"
        " (request, kind, organisation, details, reason, asked_by, asked_at, expires_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        (
            request.id,
            request.deed.value,
            request.organisation,
            request.details,
            request.reason,
            request.asked_by,
            request.asked_at,
            request.expires_at,
        ),
    )


def lock(tx: WriteTx, id_: RequestId) -> TwoPersonRequest | None:
    """A request that nobody else decides until this transaction ends."""
    row = tx.row(
        "SELECT request, kind, organisation, details, reason, asked_by, asked_at, expires_at,"
        " decided_by, decided_at, is_approved, done_at"
        " FROM two_person_request WHERE request = %s FOR UPDATE",
        (id_,),
    )
    return _request(row) if row else None


def undone(tx: ReadTx, deeds: Sequence[Deed], now: datetime) -> list[TwoPersonRequest]:
    """What waits for a second person, or was approved and is not yet done; the oldest first."""
    rows = tx.rows(
        "SELECT request, kind, organisation, details, reason, asked_by, asked_at, expires_at,"
        " decided_by, decided_at, is_approved, done_at"
        " FROM two_person_request WHERE kind = ANY(%s::text[]) AND done_at IS NULL"
        " AND (is_approved OR (decided_at IS NULL AND expires_at > %s)) ORDER BY asked_at, request",
        ([deed.value for deed in deeds], now),
    )
    return [_request(row) for row in rows]


def request(tx: ReadTx, id_: RequestId) -> TwoPersonRequest | None:
    """One request."""
    row = tx.row(
        "SELECT request, kind, organisation, details, reason, asked_by, asked_at, expires_at,"
        " decided_by, decided_at, is_approved, done_at FROM two_person_request WHERE request = %s",
        (id_,),
    )
    return _request(row) if row else None


def latest_done(tx: ReadTx, deeds: Sequence[Deed], limit: int) -> list[TwoPersonRequest]:
    """The requests that were carried out, the latest first."""
    rows = tx.rows(
        "SELECT request, kind, organisation, details, reason, asked_by, asked_at, expires_at,"
        " decided_by, decided_at, is_approved, done_at FROM two_person_request"
        " WHERE kind = ANY(%s::text[]) AND done_at IS NOT NULL"
        " ORDER BY done_at DESC, request DESC LIMIT %s",
        ([deed.value for deed in deeds], limit),
    )
    return [_request(row) for row in rows]


def update_decided(
    tx: WriteTx, id_: RequestId, by: StaffId, at: datetime, *, is_approved: bool
) -> None:
    """Write who decided."""
    tx.execute(
        "UPDATE two_person_request SET decided_by = %s, decided_at = %s, is_approved = %s"
        " WHERE request = %s AND decided_at IS NULL",
        (by, at, is_approved, id_),
    )


def update_done(tx: WriteTx, id_: RequestId, at: datetime) -> None:
    """Write that an approved request was carried out."""
    tx.execute(
        "UPDATE two_person_request SET done_at = %s WHERE request = %s AND done_at IS NULL",
        (at, id_),
    )


def _request(row: tuple[Any, ...]) -> TwoPersonRequest:
    id_, kind, organisation, details, reason, asked_by, *rest = row
    asked_at, expires_at, decided_by, decided_at, is_approved, done_at = rest
    return TwoPersonRequest(
        id=RequestId(id_),
        deed=Deed(kind),
        organisation=OrganisationId(organisation),
        details=details,
        reason=reason,
        asked_by=StaffId(asked_by),
        asked_at=asked_at,
        expires_at=expires_at,
        decided_by=StaffId(decided_by) if decided_by else None,
        decided_at=decided_at,
        is_approved=is_approved,
        done_at=done_at,
    )
