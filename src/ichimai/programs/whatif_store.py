"""SQL of what other rules are tried on, read day by day; nothing is written here."""

import heapq
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from ichimai import merchants
from ichimai.kernel.clock import start_of_day
from ichimai.merchants import ShopId, TerminalAtShop
from ichimai.programs import occasion_store
from ichimai.programs.commands import LATEST
from ichimai.programs.own_pages import OWN_PAGE
from ichimai.programs.whatif_rules import Past, PastOccasion, PastSale
from ichimai.storage import ReadTx


def history(tx: ReadTx, *, from_on: date, to_on: date) -> Iterator[Past]:
    """What was recorded on some days (both included), in that order: sales, less what came back,
    events, stamps and exchanges.

    One day is held in memory at a time. The till is the shop's: which device it was does not
    matter to any rule.
    """
    tills = {till.shop: till for till in merchants.tills.stand_ins(tx)}
    day = from_on
    while day <= to_on:
        sales: Iterator[Past] = _sales_of(tx, day, tills)
        occasions: list[Past] = _occasions_of(tx, day, tills)
        # What was told late does not stand where it was recorded, but on its day it is.
        yield from heapq.merge(sales, occasions, key=_counted_at) if occasions else sales
        day += timedelta(days=1)


def first_day(tx: ReadTx, *, from_on: date, to_on: date, most: int) -> date:
    """The first of some days from which on there are at most ``most`` sales up to ``to_on``."""
    rows = tx.rows(
        "SELECT (recorded_at AT TIME ZONE 'Asia/Tokyo')::date AS day, count(*) FROM sale"
        " WHERE returns = '00000000-0000-0000-0000-000000000000'"
        " AND recorded_at >= %s AND recorded_at < %s GROUP BY day ORDER BY day DESC",
        (start_of_day(from_on), start_of_day(to_on + timedelta(days=1))),
    )
    sales = 0
    day: date
    for day, count in rows:
        sales += count
        if sales > most:
            return min(day + timedelta(days=1), to_on)
    return from_on


def _counted_at(past: Past) -> datetime:
    return past.at


def _occasions_of(tx: ReadTx, day: date, tills: dict[ShopId, TerminalAtShop]) -> list[Past]:
    since, until = start_of_day(day), start_of_day(day + timedelta(days=1))
    return [
        PastOccasion(
            each.kind,
            each.wallet,
            each.other,
            tills.get(ShopId(each.place), OWN_PAGE),
            each.program,
            each.item,
            each.times,
            each.counted_at,
        )
        for each in occasion_store.between(tx, since, until)
    ]


def _sales_of(tx: ReadTx, day: date, tills: dict[ShopId, TerminalAtShop]) -> Iterator[PastSale]:
    rows = tx.rows(
        "SELECT sale.wallet, sale.payee, sale.total_yen + coalesce(back.total_yen, 0)::bigint,"
        " sale.paid_units + coalesce(back.paid_units, 0)::bigint, CASE WHEN sale.occurred_at"
        " BETWEEN sale.recorded_at - %s AND sale.recorded_at"
        " THEN sale.occurred_at ELSE sale.recorded_at END"
        " FROM sale LEFT JOIN LATERAL (SELECT sum(total_yen) AS total_yen,"
        "  sum(paid_units) AS paid_units FROM sale AS one WHERE one.returns = sale.operation"
        "  AND one.returns <> '00000000-0000-0000-0000-000000000000') AS back ON true"
        " WHERE sale.returns = '00000000-0000-0000-0000-000000000000'"
        " AND sale.recorded_at >= %s AND sale.recorded_at < %s"
        " ORDER BY sale.recorded_at, sale.operation",
        (LATEST, start_of_day(day), start_of_day(day + timedelta(days=1))),
    )
    for wallet, shop, total_yen, paid_yen, at in rows:
        if total_yen > 0:
            yield PastSale(wallet, tills[ShopId(shop)], total_yen, paid_yen, at)
