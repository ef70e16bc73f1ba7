"""Where a program can be used, and where its things are handed over, by names that people know."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ichimai import merchants
from ichimai.programs import stock
from ichimai.programs.terms import Program, Thing, Where
from ichimai.storage import ReadTx

_MOST_SHOPS: Final = 50


@dataclass(frozen=True, slots=True)
class Places:
    """Streets and single places that take part. ``has_kinds``: of them only some kinds of shop.

    ``is_everywhere``: every street; then none is named.
    """

    streets: tuple[str, ...]
    shops: tuple[str, ...]
    is_everywhere: bool
    has_kinds: bool


def places_of(tx: ReadTx, where: Where) -> Places:
    """The streets and places of ``where``."""
    all_streets = [each for each in merchants.directory.associations(tx) if each.number > 0]
    streets = [
        each
        for each in all_streets
        if (not where.associations or each.number in where.associations)
        and (each.accepts_gift_vouchers or not where.requires_gift_voucher_association)
    ]
    is_named = bool(where.shops)
    is_everywhere = not is_named and len(streets) == len(all_streets)
    return Places(
        streets=() if is_named or is_everywhere else tuple(each.name for each in streets),
        shops=tuple(_shop_names(tx, where)) if is_named else (),
        is_everywhere=is_everywhere,
        has_kinds=bool(where.categories or where.excluded_categories or where.sizes),
    )


def _shop_names(tx: ReadTx, where: Where) -> list[str]:
    found = []
    for number in where.shops[:_MOST_SHOPS]:
        shops = merchants.directory.shops(tx, number, association=int(number[:2]))
        found += [shop.name for shop in shops if shop.number == number]
    return found


@dataclass(frozen=True, slots=True)
class ThingThere:
    """A thing that one has a right to, and how many are left where; None: it is not counted."""

    thing: Thing
    left: Mapping[str, int] | None


def things_of(tx: ReadTx, program: Program) -> list[ThingThere]:
    """The things of a program."""
    found = []
    for thing in program.things:
        if not thing.has_stock:
            found.append(ThingThere(thing, None))
            continue
        left = stock.left(tx, program.key, thing.key)
        names = merchants.directory.shop_names(tx, list(left))
        found.append(ThingThere(thing, {names[id_]: left[id_] for id_ in left if id_ in names}))
    return found
