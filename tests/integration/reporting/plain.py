"""The reports a second time: plain Python over all transfers, with nothing of ``reporting``."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import NamedTuple
from uuid import UUID

from ichimai.ledger import Kind
from ichimai.ledger.model import Role
from ichimai.storage import ReadTx

TOKYO = timezone(timedelta(hours=9))
INTO = {Kind.GRANT, Kind.EARN, Kind.TOP_UP}
BACK = {Kind.REFUND, Kind.VOID, Kind.RESTORE}
OUT = {Kind.PAYMENT, Kind.HOLD, Kind.EXPIRY, Kind.TAKE_BACK, Kind.CASH_OUT, Kind.EXCHANGE}

ON = {Kind.GIVE, Kind.MERGE, Kind.SPLIT, Kind.RECALL}
"""From one wallet to another."""


class Line(NamedTuple):
    """One transfer, with whose accounts it moves."""

    number: int
    operation: UUID
    kind: Kind
    debit: tuple[UUID, Role]
    credit: tuple[UUID, Role]
    units: int
    asset: str
    lot: UUID
    value_at: datetime
    recorded_at: datetime
    expires_at: datetime
    reverses: UUID

    @property
    def day(self) -> date:
        """On which it was booked."""
        return self.recorded_at.astimezone(TOKYO).date()


@dataclass
class Held:
    """What is left of a lot in somebody's hands, or under a hold."""

    asset: str
    units: int
    funder: UUID
    usable_at: datetime
    given_at: datetime
    expires_at: datetime


def lines(tx: ReadTx) -> list[Line]:
    """All transfers that moved something."""
    owners = {
        id_: (owner, Role(role))
        for id_, owner, role in tx.rows("SELECT id, owner, role FROM account")
    }
    rows = tx.rows(
        "SELECT number, operation, kind, debit, credit, units, asset, lot, occurred_at,"
        " recorded_at, expires_at, reverses FROM transfer WHERE units > 0 ORDER BY number"
    )
    return [
        Line(row[0], row[1], Kind(row[2]), owners[row[3]], owners[row[4]], *row[5:]) for row in rows
    ]


def held(found: list[Line], day: date) -> list[Held]:
    """Every lot of every wallet, and every part under a hold, at the end of a day."""
    hands: dict[tuple[UUID, str, UUID], Held] = {}
    aside: dict[tuple[UUID, str, UUID], Held] = {}
    for line in found:
        if line.day > day:
            break
        giver = (line.debit[0], line.asset, line.lot)
        taker = (line.credit[0], line.asset, line.lot)
        if line.kind in INTO:
            if taker not in hands:
                hands[taker] = Held(
                    line.asset, 0, line.debit[0], line.value_at, line.recorded_at, line.expires_at
                )
            hands[taker].units += line.units
        elif line.kind in ON:
            mine = hands[giver]
            mine.units -= line.units
            if taker not in hands:
                hands[taker] = Held(
                    line.asset, 0, mine.funder, mine.usable_at, mine.given_at, mine.expires_at
                )
            hands[taker].units += line.units
            hands[taker].expires_at = max(hands[taker].expires_at, line.expires_at)
        elif line.kind in OUT:
            hands[giver].units -= line.units
            if line.kind == Kind.HOLD:
                mine = hands[giver]
                aside.setdefault(
                    taker,
                    Held(
                        line.asset, 0, mine.funder, mine.usable_at, mine.given_at, mine.expires_at
                    ),
                ).units += line.units
        elif line.kind in BACK:
            hands[taker].units += line.units
            hands[taker].expires_at = max(hands[taker].expires_at, line.expires_at)
        if line.kind in {Kind.POST, Kind.VOID}:
            aside[giver].units -= line.units
    for (_, _, lot), each in aside.items():
        each.expires_at = max(mine.expires_at for (_, _, of), mine in hands.items() if of == lot)
    return [each for each in (*hands.values(), *aside.values()) if each.units]


def age(each: Held, day: date) -> str:
    """For how long it could be used."""
    days = (day - each.usable_at.astimezone(TOKYO).date()).days
    if days < 0:
        return "pending"
    return next((name for most, name in _AGES if days <= most), ">365")


def end(each: Held, day: date) -> str:
    """How long it can still be used."""
    if each.expires_at.year == 9999:
        return "never"
    last = (each.expires_at - timedelta(microseconds=1)).astimezone(TOKYO).date()
    days = (last - day).days
    return next((name for most, name in _ENDS if days <= most), ">365")


_AGES = ((30, "0-30"), (90, "31-90"), (180, "91-180"), (365, "181-365"))
_ENDS = ((0, "ended"), (30, "1-30"), (90, "31-90"), (180, "91-180"), (365, "181-365"))


def spent(found: list[Line], asset: str, month: tuple[int, int]) -> list[tuple[UUID, UUID, int]]:
    """(shop, person, units) of each payment, posted hold and refund of a month."""
    holds = {(line.operation, line.lot): line.debit[0] for line in found if line.kind == Kind.HOLD}
    moves = []
    for line in found:
        if line.asset != asset or (line.day.year, line.day.month) != month:
            continue
        if line.kind == Kind.PAYMENT:
            moves.append((line.credit[0], line.debit[0], line.units))
        elif line.kind == Kind.REFUND:
            moves.append((line.debit[0], line.credit[0], -line.units))
        elif line.kind == Kind.POST:
            moves.append((line.credit[0], holds[line.reverses, line.lot], line.units))
    return moves


def balances(found: list[Line], until: date | None = None) -> Counter[tuple[UUID, Role, str]]:
    """Credits minus debits of every account at the end of a day (None: now)."""
    sums: Counter[tuple[UUID, Role, str]] = Counter()
    for line in found:
        if until is None or line.day <= until:
            sums[*line.credit, line.asset] += line.units
            sums[*line.debit, line.asset] -= line.units
    return sums
