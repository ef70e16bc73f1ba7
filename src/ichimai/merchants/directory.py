"""The list of associations and shops."""

from collections.abc import Sequence
from uuid import UUID

import jaconv

from ichimai.merchants import rules, store
from ichimai.merchants.errors import UnknownShop
from ichimai.merchants.model import PLACES, Association, Shop, ShopId
from ichimai.storage import ReadTx, WriteTx


def add_associations(tx: WriteTx, new: Sequence[Association]) -> None:
    """Register associations, all or none. Raises InvalidAssociation, AlreadyRegistered."""
    rules.check_associations(new, [known.number for known in store.associations(tx)])
    store.add_associations(tx, new)


def associations(tx: ReadTx) -> list[Association]:
    """All associations by number."""
    return store.associations(tx)


def add_places(tx: WriteTx, name: str, new: Sequence[Shop]) -> None:
    """Register the operator's own places, all or none, under association 0, called ``name``.

    They are no shops: no list of associations or shops has them but that of association 0.
    Raises InvalidShop, AlreadyRegistered.
    """
    rules.check_shops(new, [PLACES], [])
    store.add_associations(tx, [Association(PLACES, name, 0, accepts_gift_vouchers=False)])
    store.add_shops(tx, new)


def places(tx: ReadTx) -> list[Shop]:
    """The operator's own places by number."""
    return store.shops(tx, text="", kana="", association=PLACES, after="", limit=None)


def add_shops(tx: WriteTx, new: Sequence[Shop]) -> None:
    """Register shops, all or none.

    Raises InvalidShop, UnknownAssociation, AlreadyRegistered.
    """
    known = [association.number for association in store.associations(tx)]
    rules.check_shops(new, known, store.shop_numbers(tx))
    store.add_shops(tx, new)


def shop(tx: ReadTx, id_: ShopId) -> Shop:
    """One shop. Raises UnknownShop."""
    found = store.shop(tx, id_)
    if found is None:
        raise UnknownShop
    return found


def shops(
    tx: ReadTx,
    query: str = "",
    association: int | None = None,
    limit: int | None = 50,
    *,
    after: str = "",
) -> list[Shop]:
    """Shops by number, past the number ``after``; ``limit`` None: all.

    ``query`` is part of a number, a name or, in any kind of kana, of its reading.
    """
    text = query.strip()
    return store.shops(
        tx,
        text=jaconv.z2h(text, kana=False, ascii=True, digit=True),
        kana=jaconv.hira2kata(jaconv.h2z(text)),
        association=association,
        after=after,
        limit=limit,
    )


def payees(tx: ReadTx) -> list[Shop]:
    """Whoever is paid for what was accepted: all shops, and then all places, by number."""
    return [*shops(tx, limit=None), *places(tx)]


def shop_names(tx: ReadTx, shops: Sequence[UUID]) -> dict[UUID, str]:
    """The names of those of ``shops`` that are shops of ours."""
    return store.shop_names(tx, shops)
