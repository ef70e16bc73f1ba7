"""The SQL of the journal's export. Wallets are one account here: no person is told from another."""

from collections.abc import Iterator, Sequence
from typing import Any, Final, LiteralString

from ichimai.kernel import Asset
from ichimai.kernel.ids import NIL
from ichimai.ledger.model import Kind, Role
from ichimai.reporting.journal_model import Moved, Side
from ichimai.storage import ReadTx

PAGE: Final = 20_000
"""So many transfers are read at a time."""

_WALLET: Final = Role.WALLET.value
_WALLETS: Final = Side(Role.WALLET, NIL)
_DAY: Final = "((recorded_at AT TIME ZONE 'UTC') + interval '9 hours')::date"


_COLUMNS: Final[LiteralString] = f"""
    debit.role, CASE WHEN debit.role = {_WALLET} THEN '{NIL}'::uuid ELSE debit.owner END,
    credit.role, CASE WHEN credit.role = {_WALLET} THEN '{NIL}'::uuid ELSE credit.owner END"""

_TRANSFERS: Final[LiteralString] = f"""
    SELECT number, {_DAY}, recorded_at, operation, reverses, kind, asset, units, 1, debit, credit
    FROM transfer WHERE number > %(after)s AND number <= %(number)s AND units > 0
    ORDER BY number LIMIT {PAGE}
"""

_DAYS: Final[LiteralString] = f"""
    SELECT min(number), {_DAY}, NULL::timestamptz, NULL::uuid, '{NIL}'::uuid, kind,
           transfer.asset, sum(units)::bigint, count(*), {_COLUMNS}
    FROM transfer JOIN account AS debit ON debit.id = transfer.debit
    JOIN account AS credit ON credit.id = transfer.credit
    WHERE number > %(after)s AND number <= %(number)s AND units > 0
    GROUP BY 2, 6, 7, 10, 11, 12, 13 ORDER BY 2, 1
"""

_BALANCES: Final[LiteralString] = f"""
    SELECT account.role,
           CASE WHEN account.role = {_WALLET} THEN '{NIL}'::uuid ELSE account.owner END,
           account.asset, sum(sides.units)::bigint
    FROM (
        SELECT credit AS id, sum(units) AS units FROM transfer
        WHERE number <= %(number)s GROUP BY credit
        UNION ALL
        SELECT debit, -sum(units) FROM transfer WHERE number <= %(number)s GROUP BY debit
    ) AS sides JOIN account ON account.id = sides.id
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""


def transfers(tx: ReadTx, *, after: int, number: int) -> Iterator[Moved]:
    """The transfers in (after, number] that moved something, in their order."""
    # The few that are no wallets are read once: joining each page with all wallets costs more.
    accounts = tx.rows("SELECT id, role, owner FROM account WHERE role <> %s", (_WALLET,))
    sides = {id_: Side(Role(role), owner) for id_, role, owner in accounts}
    while page := tx.rows(_TRANSFERS, {"after": after, "number": number}):
        for *row, debit, credit in page:
            yield _moved(row, sides.get(debit, _WALLETS), sides.get(credit, _WALLETS))
        after = page[-1][0]


def days(tx: ReadTx, *, after: int, number: int) -> Iterator[Moved]:
    """The same, summed over each day in Tokyo, kind and pair of accounts."""
    for *row, debit_role, debit, credit_role, credit in tx.rows(
        _DAYS, {"after": after, "number": number}
    ):
        yield _moved(row, Side(Role(debit_role), debit), Side(Role(credit_role), credit))


def balances(tx: ReadTx, number: int) -> dict[tuple[Side, Asset], int]:
    """What is on each account after the transfer ``number``: credits minus debits."""
    rows = tx.rows(_BALANCES, {"number": number})
    return {(Side(Role(role), owner), Asset(asset)): units for role, owner, asset, units in rows}


def _moved(row: Sequence[Any], debit: Side, credit: Side) -> Moved:
    return Moved._make((*row[:5], Kind(row[5]), *row[6:], debit, credit))
