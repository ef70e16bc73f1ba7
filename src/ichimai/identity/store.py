"""The tables challenge, tap, tap_payment, phone_step, phone_start and identity_terms."""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from ichimai.cards import Assurance, Kind
from ichimai.identity.model import (
    Challenge,
    ChallengeId,
    IdentityTerms,
    Place,
    Step,
    Tap,
    TapId,
    TapPayment,
)
from ichimai.storage import ReadTx, WriteTx
from ichimai.storage.arrays import Bigints, Byteas, Texts, Uuids

_TAP: Final = (
    "place, is_counter, id, visit, reference, subject, kind, assurance, made_at, seen_at,"
    " ended_at, token_hash"
)
Held = tuple[Tap, bytes]
"""A tap and the hash of its token."""


def save_terms(tx: WriteTx, terms: IdentityTerms, at: datetime) -> None:
    """Write what the operator lets cards do."""
    tx.execute(
        "INSERT INTO identity_terms VALUES (true, %s::jsonb, %s)"
        " ON CONFLICT (is_terms) DO UPDATE"
        " SET terms = excluded.terms, changed_at = excluded.changed_at",
        (msgspec.json.encode(terms).decode(), at),
    )


def terms(tx: ReadTx) -> IdentityTerms:
    """What the operator lets cards do; nothing out of the ordinary before it said so."""
    row = tx.row("SELECT terms::text FROM identity_terms")
    return IdentityTerms() if row is None else msgspec.json.decode(row[0], type=IdentityTerms)


def add_challenge(tx: WriteTx, challenge: Challenge, place: UUID) -> None:
    """Keep a new challenge."""
    tx.execute(
        "INSERT INTO challenge (id, place, nonce, expires_at) VALUES (%s, %s, %s, %s)",
        (challenge.id, place, challenge.nonce, challenge.expires_at),
    )


def take_challenge(tx: WriteTx, challenge: ChallengeId, place: UUID, now: datetime) -> bytes | None:
    """The nonce of a challenge that nobody took before, who asked at once waiting for the first."""
    row = tx.row(
        "DELETE FROM challenge WHERE id = %s AND place = %s AND expires_at > %s RETURNING nonce",
        (challenge, place, now),
    )
    return None if row is None else bytes(row[0])


def delete_challenges_before(tx: WriteTx, at: datetime) -> int:
    """Remove challenges that ended before ``at``; how many there were."""
    return tx.execute("DELETE FROM challenge WHERE expires_at < %s", (at,))


def lock_tap(tx: WriteTx, place: UUID) -> Held | None:
    """The last tap at a place, which stays the last until the transaction ends."""
    row = tx.row(f"SELECT {_TAP} FROM tap WHERE place = %s FOR UPDATE", (place,))
    return None if row is None else _held(row)


def taps_at(tx: ReadTx, places: Sequence[UUID]) -> dict[UUID, Held]:
    """The last tap at each of ``places``."""
    rows = tx.rows(f"SELECT {_TAP} FROM tap WHERE place = ANY(%s::uuid[])", (Uuids(places),))
    return {row[0]: _held(row) for row in rows}


def save_tap(tx: WriteTx, tap: Tap, token_hash: bytes) -> None:
    """Put a new tap in the place of the one before."""
    tx.execute(
        f"INSERT INTO tap ({_TAP}) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
        " ON CONFLICT (place) DO UPDATE SET is_counter = excluded.is_counter, id = excluded.id,"
        " visit = excluded.visit, reference = excluded.reference, subject = excluded.subject,"
        " kind = excluded.kind, assurance = excluded.assurance, made_at = excluded.made_at,"
        " seen_at = excluded.seen_at, ended_at = NULL, token_hash = excluded.token_hash",
        (
            tap.place.id,
            tap.place.is_counter,
            tap.id,
            tap.visit,
            tap.reference,
            tap.subject,
            tap.kind.value,
            tap.assurance.value,
            tap.made_at,
            tap.seen_at,
            None,
            token_hash,
        ),
    )


def update_seen(tx: WriteTx, tap: Tap, at: datetime) -> None:
    """Write that a tap was used."""
    tx.execute(
        "UPDATE tap SET seen_at = %s WHERE place = %s AND id = %s AND seen_at < %s",
        (at, tap.place.id, tap.id, at),
    )


def update_ended(tx: WriteTx, place: UUID, at: datetime) -> None:
    """End the tap at a place."""
    tx.execute(
        "UPDATE tap SET ended_at = greatest(%s, made_at) WHERE place = %s AND ended_at IS NULL",
        (at, place),
    )


def update_ended_of(tx: WriteTx, reference: UUID, at: datetime) -> None:
    """End every tap of a card, wherever it was shown."""
    tx.execute(
        "UPDATE tap SET ended_at = greatest(%s, made_at) WHERE reference = %s AND ended_at IS NULL",
        (at, reference),
    )


def delete_taps_before(tx: WriteTx, at: datetime) -> int:
    """Remove taps made before ``at``; how many there were."""
    return tx.execute("DELETE FROM tap WHERE made_at < %s", (at,))


def tap_payments(
    tx: ReadTx, token_hashes: Sequence[bytes]
) -> Callable[[], dict[bytes, TapPayment]]:
    """What taps with those tokens paid for, waited for when it is called for."""
    rows = tx.asked(
        "SELECT token_hash, operation, reference, subject, kind, assurance FROM tap_payment"
        " WHERE token_hash = ANY(%s::bytea[])",
        (Byteas(token_hashes),),
    )
    return lambda: {
        bytes(hash_): TapPayment(operation, reference, subject, Kind(kind), Assurance(assurance))
        for hash_, operation, reference, subject, kind, assurance in rows()
    }


def add_tap_payments(
    tx: WriteTx, payments: Iterable[tuple[bytes, TapPayment]], at: datetime
) -> None:
    """Write what taps pay for, in one order for all; a tap that paid before keeps its operation.

    Waits for others who write about the same taps.
    """
    ordered = sorted(payments, key=lambda pair: pair[0])
    hashes, new = [pair[0] for pair in ordered], [pair[1] for pair in ordered]
    tx.execute(
        """
        INSERT INTO tap_payment
            (token_hash, operation, reference, subject, kind, assurance, taken_at)
        SELECT n.*, %s FROM unnest(%s::bytea[], %s::uuid[], %s::uuid[], %s::uuid[], %s::text[],
            %s::text[]) AS n
        ON CONFLICT (token_hash) DO NOTHING
        """,
        (
            at,
            Byteas(hashes),
            Uuids(each.operation for each in new),
            Uuids(each.reference for each in new),
            [each.subject for each in new],
            Texts(each.kind.value for each in new),
            Texts(each.assurance.value for each in new),
        ),
    )


def lock_steps(tx: WriteTx, phones: Sequence[UUID], at: datetime) -> dict[UUID, Step]:
    """The newest step taken of each of ``phones``, held until the transaction ends.

    A phone that is new begins with step 0 of no operation. The rows are taken in one order, so
    that two who ask for the same phones wait for each other and do not deadlock.
    """
    ordered = sorted(set(phones))
    tx.execute(
        "INSERT INTO phone_step (reference, step, operation, taken_at)"
        " SELECT phone, 0, '00000000-0000-0000-0000-000000000000', %s"
        " FROM unnest(%s::uuid[]) AS phone ON CONFLICT (reference) DO NOTHING",
        (at, Uuids(ordered)),
    )
    rows = tx.rows(
        "SELECT reference, step, operation FROM phone_step WHERE reference = ANY(%s::uuid[])"
        " ORDER BY reference FOR UPDATE",
        (Uuids(ordered),),
    )
    return {reference: Step(step, operation) for reference, step, operation in rows}


def update_steps(tx: WriteTx, steps: dict[UUID, Step], at: datetime) -> None:
    """Write the newest steps of phones whose rows this transaction holds."""
    tx.execute(
        """
        UPDATE phone_step AS p SET step = n.step, operation = n.operation, taken_at = %s
        FROM unnest(%s::uuid[], %s::bigint[], %s::uuid[]) AS n (reference, step, operation)
        WHERE p.reference = n.reference
        """,
        (
            at,
            Uuids(steps),
            Bigints(each.step for each in steps.values()),
            Uuids(each.operation for each in steps.values()),
        ),
    )


def add_phone_starts(tx: WriteTx, new: Iterable[tuple[UUID, UUID, datetime]]) -> None:
    """Write until when phones are new (phone, wallet, end); what is known of one stays."""
    ordered = sorted(new)
    tx.execute_many(
        "INSERT INTO phone_start (reference, wallet, free_at) VALUES (%s, %s, %s)"
        " ON CONFLICT (reference) DO NOTHING",
        ordered,
    )


def free_phone(tx: WriteTx, phone: UUID, wallet: UUID, at: datetime) -> None:
    """Write that a phone is no longer new at ``at``, if it was until then."""
    tx.execute(
        "INSERT INTO phone_start (reference, wallet, free_at) VALUES (%s, %s, %s)"
        " ON CONFLICT (reference) DO UPDATE"
        " SET free_at = least(phone_start.free_at, excluded.free_at)",
        (phone, wallet, at),
    )


def phone_starts(tx: ReadTx, phones: Sequence[UUID]) -> dict[UUID, datetime]:
    """Until when each of ``phones`` is or was new, of those that were ever noted."""
    rows = tx.rows(
        "SELECT reference, free_at FROM phone_start WHERE reference = ANY(%s::uuid[])",
        (Uuids(phones),),
    )
    return dict(rows)


def phone_starts_of(
    tx: ReadTx, wallets: Collection[UUID], after: datetime
) -> dict[UUID, dict[UUID, datetime]]:
    """By wallet, the phones that were new later than ``after``, and until when."""
    found: dict[UUID, dict[UUID, datetime]] = {}
    for wallet, phone, free_at in tx.rows(
        "SELECT wallet, reference, free_at FROM phone_start"
        " WHERE wallet = ANY(%s::uuid[]) AND free_at > %s",
        (Uuids(wallets), after),
    ):
        found.setdefault(wallet, {})[phone] = free_at
    return found


def lock_phone_owners(tx: WriteTx, wallets: Collection[UUID], at: datetime) -> None:
    """Let nobody else ask what the new phones of ``wallets`` may pay until this is committed."""
    ordered = sorted(wallets)
    tx.execute(
        "INSERT INTO phone_owner (wallet, asked_at) SELECT wallet, %s"
        " FROM unnest(%s::uuid[]) AS wallet ON CONFLICT (wallet) DO NOTHING",
        (at, Uuids(ordered)),
    )
    tx.rows(
        "SELECT wallet FROM phone_owner WHERE wallet = ANY(%s::uuid[]) ORDER BY wallet FOR UPDATE",
        (Uuids(ordered),),
    )


def _held(row: tuple[Any, ...]) -> Held:
    place, is_counter, id_, visit, reference, subject, kind, assurance, made, seen, ended, hash_ = (
        row
    )
    tap = Tap(
        id=TapId(id_),
        place=Place(place, is_counter),
        visit=visit,
        reference=reference,
        subject=subject,
        kind=Kind(kind),
        assurance=Assurance(assurance),
        made_at=made,
        seen_at=seen,
        ended_at=ended,
    )
    return tap, bytes(hash_)
