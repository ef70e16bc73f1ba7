"""The tables of what people may consent to: consent_offer, consent_offer_end."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from ichimai.people.records.consent_model import Terms
from ichimai.people.records.offer_model import Offer, OfferId
from ichimai.storage import ReadTx, WriteTx
from ichimai.storage.arrays import Byteas


def insert(tx: WriteTx, offer: Offer, *, text_sha256: bytes, staff: UUID, at: datetime) -> None:
    """Write an offer."""
    tx.execute(
        "INSERT INTO consent_offer (id, terms, text_sha256, staff, offered_at)"
        " VALUES (%s, %s::jsonb, %s, %s, %s)",
        (offer.id, msgspec.json.encode(offer.terms).decode(), text_sha256, staff, at),
    )


def insert_end(tx: WriteTx, offer: OfferId, staff: UUID, at: datetime) -> None:
    """End an offer; of one that has ended, the first end stays."""
    tx.execute(
        "INSERT INTO consent_offer_end (offer, staff, ended_at) VALUES (%s, %s, %s)"
        " ON CONFLICT (offer) DO NOTHING",
        (offer, staff, at),
    )


def lock(tx: WriteTx, subject: UUID) -> None:
    """Hold off other consents of a person until this one is committed."""
    # Not a row's lock: there may be no row of this person yet.
    tx.rows("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"consent {subject}"])


def lock_offers(tx: WriteTx) -> None:
    """Let nobody else ask for a consent until this is committed."""
    tx.rows("SELECT pg_advisory_xact_lock(hashtextextended('consent offers', 0))")


def current(tx: ReadTx) -> list[Offer]:
    """The offers that have not ended, oldest first."""
    rows = tx.rows(
        "SELECT id, terms::text FROM consent_offer WHERE NOT EXISTS"
        " (SELECT 1 FROM consent_offer_end WHERE offer = consent_offer.id) ORDER BY offered_at, id"
    )
    return [_offer(row) for row in rows]


def by_id(tx: ReadTx, id_: OfferId) -> Offer | None:
    """An offer, also one that has ended."""
    row = tx.row("SELECT id, terms::text FROM consent_offer WHERE id = %s", [id_])
    return _offer(row) if row else None


def by_text(tx: ReadTx, hashes: Sequence[bytes]) -> list[Offer]:
    """The offers, ended ones too, whose text has one of ``hashes``."""
    rows = tx.rows(
        "SELECT id, terms::text FROM consent_offer WHERE text_sha256 = ANY(%s::bytea[])"
        " ORDER BY offered_at, id",
        [Byteas(hashes)],
    )
    return [_offer(row) for row in rows]


def _offer(row: tuple[Any, ...]) -> Offer:
    return Offer(OfferId(row[0]), msgspec.json.decode(row[1], type=Terms))
