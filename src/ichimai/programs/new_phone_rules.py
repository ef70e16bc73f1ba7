"""What a person's new phones may still pay, in the order of a batch. Pure."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple
from uuid import UUID

from ichimai.kernel import Asset
from ichimai.programs.model import PurchaseRequest


class Wish(NamedTuple):
    """An operation that a new phone would pay for out of ``wallet``, of at most ``yen``.

    ``may_be_in_part``: the rest is paid in cash.
    """

    operation: UUID
    wallet: UUID
    yen: int
    may_be_in_part: bool


def most_of(sale: PurchaseRequest, there: Mapping[Asset, int]) -> int:
    """What a sale takes at most where ``there`` is so much: of one that is all cash, nothing.

    ``there``: the yen of each program that pays in shops.
    """
    found = there
    if sale.pay_with is not None:
        found = {
            each.program: min(
                there.get(each.program, 0), sale.yen if each.units is None else each.units
            )
            for each in sale.pay_with
        }
    return min(sale.yen, sum(found.values()))


def allowed(wishes: Iterable[Wish], left: Mapping[UUID, int]) -> list[int | None]:
    """How many yen each of ``wishes`` may take; None: it may not be done.

    ``left``: of the limit, by wallet; below zero when the town has lowered it since. What a wish
    before may take counts, also if the ledger then takes less, and once for one operation.
    """
    rooms = {wallet: max(yen, 0) for wallet, yen in left.items()}
    known: dict[tuple[UUID, UUID], int] = {}
    found: list[int | None] = []
    for wish in wishes:
        key = wish.operation, wish.wallet
        room = known.get(key, rooms[wish.wallet])
        yen = min(wish.yen, room)
        if yen < wish.yen and not wish.may_be_in_part:
            found.append(None)
            continue
        if key not in known:
            known[key] = yen
            rooms[wish.wallet] -= yen
        found.append(yen)
    return found
