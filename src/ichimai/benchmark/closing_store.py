"""A made-up week of a whole town in the journal, by sets; and the peer of closing it."""

import time
from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

import psycopg
from psycopg import sql

from ichimai.kernel import Asset
from ichimai.ledger.model import Kind, Role

_OFTEN: Final = 3
"""Transfers of one visit: points earned, points spent, and a gift spent."""


class Week(NamedTuple):
    """Of whom a week is made: the accounts of shops, in the order of ``owners``."""

    gift: Asset
    points: Asset
    gift_issuer: UUID
    owners: Sequence[UUID]
    gift_receivables: Sequence[UUID]
    points_receivables: Sequence[UUID]
    points_issuers: Sequence[UUID]
    at: datetime


def fill(url: str, schema: str, week: Week, *, transfers: int, wallets: int) -> int:
    """Write a week of ``transfers`` of ``wallets`` people; how many there are now in all.

    Each visit earns 20 points of one shop, and spends 15 of them and a gift at others. The
    journal is not chained: nothing verifies it afterwards.
    """
    names = {"visits": -(-transfers // _OFTEN), "wallets": wallets, "shops": len(week.owners)}
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("SET search_path TO {}").format(sql.Identifier(schema)))
        connection.execute("SET work_mem = '128MB'")
        _make_people(connection, week, names)
        connection.execute(
            """
            CREATE UNLOGGED TABLE made_visit AS
            SELECT number, person.points AS points, person.gift AS gift, giver.lot AS lot,
                   giver.points_issuer, taker.points_receivable, seller.gift_receivable
            FROM generate_series(1, %(visits)s::bigint) AS number
            JOIN made_person AS person ON person.place = number %% %(wallets)s
            JOIN made_shop AS giver ON giver.place = number * 7919 %% %(shops)s
            JOIN made_shop AS taker ON taker.place = number * 104729 %% %(shops)s
            JOIN made_shop AS seller ON seller.place = number * 1299709 %% %(shops)s
            """,
            names,
        )
        _write(connection, week)
        connection.execute("DROP TABLE made_visit, made_shop, made_person")
        connection.execute("VACUUM (ANALYZE) transfer, lot, account")
        last = connection.execute("SELECT number FROM ledger_head").fetchall()
    return int(last[0][0])


def _make_people(
    connection: psycopg.Connection[tuple[object, ...]], week: Week, names: dict[str, int]
) -> None:
    connection.execute(
        "CREATE UNLOGGED TABLE made_person AS SELECT place, gen_random_uuid() AS points,"
        " gen_random_uuid() AS gift, gen_random_uuid() AS gift_lot"
        " FROM generate_series(0, %(wallets)s::integer - 1) AS place",
        names,
    )
    connection.execute(
        "CREATE UNLOGGED TABLE made_shop AS SELECT place - 1 AS place, owner, gift_receivable,"
        " points_receivable, points_issuer, gen_random_uuid() AS lot"
        " FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[]) WITH ORDINALITY"
        " AS shop (owner, gift_receivable, points_receivable, points_issuer, place)",
        (
            list(week.owners),
            list(week.gift_receivables),
            list(week.points_receivables),
            list(week.points_issuers),
        ),
    )
    connection.execute("ANALYZE made_person, made_shop")


def _write(connection: psycopg.Connection[tuple[object, ...]], week: Week) -> None:
    kinds = {"earn": Kind.EARN.value, "payment": Kind.PAYMENT.value}
    roles = {role.name.lower(): role.value for role in Role}
    named = {**week._asdict(), **kinds, **roles}
    connection.execute(
        """
        WITH moved AS (
            SELECT 1 AS part, number, %(earn)s AS kind, points_issuer AS debit, points AS credit,
                   20 AS units, lot, %(points)s AS asset FROM made_visit
            UNION ALL
            SELECT 2, number, %(payment)s, points, points_receivable, 15, lot, %(points)s
            FROM made_visit
            UNION ALL
            SELECT 3, number, %(payment)s, made_visit.gift, gift_receivable, 500, gift_lot,
                   %(gift)s
            FROM made_visit JOIN made_person ON made_person.gift = made_visit.gift
        )
        INSERT INTO transfer
        SELECT head.number + row_number() OVER (ORDER BY moved.number, part), gen_random_uuid(), 0,
               kind, debit, credit, units, 0, lot, %(at)s, %(at)s, '9999-01-01T00:00:00Z',
               head.never, head.never, head.never, head.never, asset
        FROM moved, (SELECT number, '00000000-0000-0000-0000-000000000000'::uuid AS never
                     FROM ledger_head) AS head
        """,
        named,
    )
    connection.execute(
        """
        INSERT INTO lot
        SELECT points, lot, min(points_issuer::text)::uuid, count(*) * 20, count(*) * 5, 0,
               '9999-01-01T00:00:00Z', '2000-01-01T00:00:00Z'
        FROM made_visit GROUP BY points, lot
        """
    )
    connection.execute(
        "INSERT INTO lot SELECT gift, gift_lot, %(gift_issuer)s, 1000000, 500000, 0,"
        " '9999-01-01T00:00:00Z', '2000-01-01T00:00:00Z' FROM made_person",
        named,
    )
    connection.execute(
        """
        INSERT INTO account
        SELECT id, owner, role, asset, balance, minimum, '2026-01-01', 0, '' FROM (
            SELECT points AS id, points AS owner, %(wallet)s AS role, %(points)s AS asset,
                   0 AS balance, 0 AS minimum FROM made_person
            UNION ALL SELECT gift, gift, %(wallet)s, %(gift)s, 0, 0 FROM made_person
            UNION ALL SELECT points_issuer, owner, %(issued)s, %(points)s, -20 * count(*), NULL
                FROM made_visit JOIN made_shop USING (points_issuer) GROUP BY 1, 2
            UNION ALL SELECT points_receivable, owner, %(receivable)s, %(points)s, 15 * count(*),
                NULL FROM made_visit JOIN made_shop USING (points_receivable) GROUP BY 1, 2
            UNION ALL SELECT gift_receivable, owner, %(receivable)s, %(gift)s, 500 * count(*), NULL
                FROM made_visit JOIN made_shop USING (gift_receivable) GROUP BY 1, 2
        ) AS made
        """,
        named,
    )
    connection.execute(
        "UPDATE ledger_head SET number = (SELECT max(number) FROM transfer), recorded_at = %(at)s",
        named,
    )


def one_query(url: str, schema: str, after: int, up_to: int) -> float:
    """Seconds of the plainest query that says what each shop accepted, and who funded it."""
    with psycopg.connect(url) as connection:
        connection.execute(sql.SQL("SET search_path TO {}").format(sql.Identifier(schema)))
        connection.execute("SET work_mem = '128MB'")
        started = time.perf_counter()
        connection.execute(
            "SELECT transfer.asset, credit, lot.funder, sum(transfer.units) FROM transfer"
            " JOIN lot ON lot.account = transfer.debit AND lot.id = transfer.lot"
            " WHERE kind = 2 AND number > %s AND number <= %s GROUP BY 1, 2, 3",
            (after, up_to),
        ).fetchall()
        return time.perf_counter() - started
