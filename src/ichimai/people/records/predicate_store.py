"""What was asked about people: predicate_ask."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from ichimai.storage import ReadTx, WriteTx
from ichimai.storage.arrays import Smallints, Texts


class Asked(NamedTuple):
    """One time that a service asked about a person; ``refusal`` is empty when it was answered."""

    service: str
    asks: list[str]
    refusal: str
    asked_at: datetime


class Curious(NamedTuple):
    """How often a service was refused, and about how many people."""

    service: str
    refusals: int
    people: int


def insert(tx: WriteTx, id_: UUID, subject: UUID, asked: Asked, *, ages: Sequence[int]) -> None:
    """Write what was asked."""
    tx.execute(
        "INSERT INTO predicate_ask (id, subject, service, asks, ages, refusal, asked_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s)",
        (
            id_,
            subject,
            asked.service,
            Texts(asked.asks),
            Smallints(ages),
            asked.refusal,
            asked.asked_at,
        ),
    )


def lock(tx: WriteTx, subject: UUID, service: str) -> None:
    """Hold off other questions of a service about a person until this one is committed."""
    # Not a row's lock: there may be no row of this person yet.
    tx.rows(
        "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"predicate {subject} {service}"]
    )


def ages_answered(tx: ReadTx, subject: UUID, service: str, since: datetime) -> set[int]:
    """The ages that a service was told of a person since then."""
    rows = tx.rows(
        "SELECT DISTINCT unnest(ages) FROM predicate_ask"
        " WHERE subject = %s AND service = %s AND refusal = '' AND asked_at >= %s",
        (subject, service, since),
    )
    return {age for (age,) in rows}


def of_subject(tx: ReadTx, subject: UUID) -> list[Asked]:
    """What was asked about a person, oldest first."""
    rows = tx.rows(
        "SELECT service, asks, refusal, asked_at FROM predicate_ask WHERE subject = %s ORDER BY id",
        [subject],
    )
    return [Asked(*row) for row in rows]


def refused_between(tx: ReadTx, since: datetime, until: datetime) -> list[Curious]:
    """The services that asked for ages they may not ask for, the most curious first."""
    rows = tx.rows(
        "SELECT service, count(*), count(DISTINCT subject) FROM predicate_ask"
        " WHERE refusal <> '' AND asked_at >= %s AND asked_at < %s"
        " GROUP BY service ORDER BY 2 DESC, 1",
        (since, until),
    )
    return [Curious(*row) for row in rows]
