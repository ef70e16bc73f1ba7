"""The tables of claims: claim, claim_end."""

from datetime import date, datetime
from uuid import UUID

from ichimai.people.records import claim_rules
from ichimai.people.records.claim_model import Claim, ClaimId
from ichimai.people.records.sealing import SubjectKey
from ichimai.storage import ReadTx, WriteTx


def insert(tx: WriteTx, own: SubjectKey, claim: Claim) -> None:
    """Write a claim."""
    said = claim.said
    tx.execute(
        "INSERT INTO claim (id, subject, kind, key, sealed, source, evidence, staff, recorded_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            claim.id,
            own.subject,
            said.kind.value,
            own.id,
            own.seal(claim.id, claim_rules.to_text(said)),
            said.source.value,
            said.evidence,
            claim.staff,
            claim.recorded_at,
        ),
    )


def insert_end(
    tx: WriteTx, claim: ClaimId, *, ended_on: date, is_void: bool, staff: UUID, at: datetime
) -> bool:
    """Write that a claim, whose person is held, ends; False when it ended by that day before."""
    return bool(
        tx.execute(
            "INSERT INTO claim_end (claim, ended_on, is_void, staff, recorded_at)"
            " SELECT %(claim)s::uuid, %(on)s::date, %(is_void)s::boolean, %(staff)s::uuid,"
            " %(at)s::timestamptz WHERE NOT EXISTS (SELECT FROM claim_end"
            " WHERE claim = %(claim)s::uuid AND ended_on <= %(on)s::date)",
            {"claim": claim, "on": ended_on, "is_void": is_void, "staff": staff, "at": at},
        )
    )


def of_subject(tx: ReadTx, own: SubjectKey) -> list[Claim]:
    """A person's claims, as far as their key opens them; oldest first."""
    rows = tx.rows(
        "SELECT id, kind, sealed, source, evidence, staff, recorded_at, ended_on,"
        " coalesce(is_void, false) FROM claim LEFT JOIN LATERAL ("
        "SELECT min(ended_on) AS ended_on, bool_or(is_void) AS is_void FROM claim_end"
        " WHERE claim_end.claim = claim.id) AS ends ON true"
        " WHERE subject = %s AND key = %s ORDER BY id",
        (own.subject, own.id),
    )
    return [
        Claim(
            id=ClaimId(id_),
            said=claim_rules.of_text(
                own.open(id_, bytes(sealed)), kind=kind, source=source, evidence=evidence
            ),
            staff=staff,
            recorded_at=recorded_at,
            ended_on=ended_on,
            is_void=is_void,
        )
        for id_, kind, sealed, source, evidence, staff, recorded_at, ended_on, is_void in rows
    ]
