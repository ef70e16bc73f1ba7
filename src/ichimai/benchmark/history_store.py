"""A made-up year of sales, by sets: what was rung up, and nothing of what it moved."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

import psycopg
from psycopg import sql

from ichimai.kernel.clock import start_of_day


class Year(NamedTuple):
    """How many sales at which shops, by how many people, over which days."""

    shops: Sequence[UUID]
    first_on: date
    days: int
    sales: int
    wallets: int


def fill(url: str, schema: str, year: Year) -> None:
    """Write a year's sales, of which one in 100 comes back.

    They have no transfers: nothing verifies the journal afterwards.
    """
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("SET search_path TO {}").format(sql.Identifier(schema)))
        connection.execute(
            """
            WITH person AS MATERIALIZED (
                SELECT place, gen_random_uuid() AS id
                FROM generate_series(0, %(wallets)s::bigint - 1) AS place
            ), made AS (
                SELECT number, %(begins)s + number * (%(days)s * interval '1 day' / %(sales)s) AS at
                FROM generate_series(0, %(sales)s::bigint - 1) AS number
            )
            INSERT INTO sale
            SELECT gen_random_uuid(), no.one, person.id, shop.id, no.one, person.id,
                   50 + number * 7919 %% 8950, 0, at, at, ''
            FROM made JOIN person ON person.place = number * 104729 %% %(wallets)s
            JOIN unnest(%(shops)s::uuid[]) WITH ORDINALITY AS shop (id, place)
                ON shop.place = 1 + number * 1299709 %% %(count)s,
                (SELECT '00000000-0000-0000-0000-000000000000'::uuid AS one) AS no
            ORDER BY number
            """,
            {
                **year._asdict(),
                "shops": list(year.shops),
                "begins": start_of_day(year.first_on),
                "count": len(year.shops),
            },
        )
        connection.execute(
            """
            INSERT INTO sale
            SELECT gen_random_uuid(), operation, wallet, payee, terminal, actor, -total_yen, 0,
                   occurred_at, recorded_at, ''
            FROM sale WHERE terminal = '00000000-0000-0000-0000-000000000000'
                AND total_yen % 100 = 7
            """
        )
        connection.execute("VACUUM (ANALYZE) sale")
