"""SQL of the sales that other rules are tried on, read day by day; nothing is written here."""

from collections.abc import Iterator
from datetime import date, timedelta

from ichimai import merchants
from ichimai.kernel.clock import start_of_day
from ichimai.merchants import ShopId, TerminalAtShop
from ichimai.programs.commands import LATEST
from ichimai.programs.whatif_rules import PastSale
from ichimai.storage import ReadTx


def history(tx: ReadTx, *, from_on: date, to_on: date) -> Iterator[PastSale]:
    """The sales recorded on some days (both included), in that order, less what came back.

    One day is held in memory at a time. The till is the shop's: which device it was does not
    matter to any rule.
    """
    tills = {till.shop: till for till in merchants.tills.stand_ins(tx)}
    day = from_on
    while day <= to_on:
        yield from _sales_of(tx, day, tills)
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
