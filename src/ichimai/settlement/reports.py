"""What a treasurer, a shop and the console may look at."""

from collections.abc import Collection, Sequence
from datetime import date

from ichimai.kernel import Asset
from ichimai.merchants import ShopId
from ichimai.settlement import (
    obligation_store,
    payout_store,
    rules,
    store,
    verification,
)
from ichimai.settlement.errors import UnknownBatch, UnknownClosing, UnknownLine
from ichimai.settlement.model import (
    Batch,
    BatchId,
    Closing,
    ClosingId,
    ClosingProgress,
    HeldPayee,
    OpenLine,
    Payable,
    Payee,
    Payer,
    RunId,
    ShopClosing,
)
from ichimai.settlement.obligation_model import AssociationClosing, ClosingRun, Obligation
from ichimai.settlement.verification import Compared
from ichimai.storage import ReadTx


def closing(tx: ReadTx, id_: ClosingId) -> Closing:
    """One closing. Raises UnknownClosing."""
    found = store.closing(tx, id_)
    if found is None:
        raise UnknownClosing
    return found


def closings(tx: ReadTx, asset: Asset | None = None, limit: int = 53) -> list[ClosingProgress]:
    """The last closings of a program (None: of all), the newest first, and how far they are."""
    return store.progress(tx, store.closing_ids(tx, asset, limit))


def closing_ids(tx: ReadTx, asset: Asset | None = None, limit: int = 53) -> list[ClosingId]:
    """The same without how far they are, which takes a look at every line."""
    return store.closing_ids(tx, asset, limit)


def progress(tx: ReadTx, closings: Collection[ClosingId]) -> list[ClosingProgress]:
    """How far some closings are, the newest first."""
    return store.progress(tx, closings)


def progress_of_run(tx: ReadTx, run: ClosingRun) -> list[ClosingProgress]:
    """What a cut-off means for each of its programs, and how far that is."""
    return store.progress(tx, [closing.id for closing in store.closings_of_run(tx, run.id)])


def payables(tx: ReadTx, closing: ClosingId) -> list[Payable]:
    """What a closing owes each shop, or what the shop carries to the next, by shop number."""
    return store.payables(tx, closing)


def open_payables(tx: ReadTx, asset: Asset) -> list[Payable]:
    """What is owed to or by shops and in no batch or bill yet."""
    return [line.payable for line in store.open_lines(tx, [asset])]


def open_lines(tx: ReadTx, assets: Collection[Asset] = ()) -> list[OpenLine]:
    """The same of some programs (none: of all), with what decides whether it is paid."""
    return store.open_lines(tx, assets)


def to_pay(lines: Sequence[OpenLine]) -> int:
    """The yen that a payout of ``lines`` pays, if nobody holds anything back but disputes."""
    return rules.to_pay(lines)


def run(tx: ReadTx, id_: RunId) -> ClosingRun:
    """One cut-off of several programs. Raises UnknownClosing."""
    found = store.run(tx, id_)
    if found is None:
        raise UnknownClosing
    return found


def closings_of_run(tx: ReadTx, run: RunId) -> list[Closing]:
    """What a cut-off means for each of its programs."""
    return store.closings_of_run(tx, run)


def obligations(tx: ReadTx, run: RunId) -> list[Obligation]:
    """Who owes whom because of a cut-off, besides what shops are owed or charged."""
    return obligation_store.obligations(tx, run)


def associations(tx: ReadTx, closing: ClosingId) -> list[AssociationClosing]:
    """What a closing means for each association."""
    return obligation_store.associations(tx, closing)


def of_association(
    tx: ReadTx, association: int, limit: int = 53
) -> list[tuple[Asset, bool, AssociationClosing]]:
    """What the last closings of each program mean for an association, the newest first.

    With the program, and whether it is its last closing of all.
    """
    return obligation_store.of_association(tx, association, limit)


def closings_of(tx: ReadTx, shop: ShopId, limit: int = 53) -> list[ShopClosing]:
    """The last closings in which ``shop`` had something, the newest first, and their payouts."""
    found = store.closings_of(tx, shop, limit)
    payouts = payout_store.payouts_of(tx, shop, [closing.id for closing, _ in found])
    by_closing = {payout.closing: payout for payout in payouts}
    return [
        ShopClosing(closing, line.units, line.carried, by_closing.get(closing.id))
        for closing, line in found
    ]


def disputable(tx: ReadTx, closing: ClosingId, shop: ShopId) -> tuple[Closing, Payable, date]:
    """A closing, what it means for a shop, and the last day on which the shop may dispute it.

    Raises UnknownClosing, UnknownLine.
    """
    found, line = store.closing(tx, closing), store.payable(tx, closing, shop)
    if found is None:
        raise UnknownClosing
    if line is None:
        raise UnknownLine
    return found, line, rules.last_dispute_day(found.closed_at, store.policy(tx))


def payer(tx: ReadTx) -> Payer | None:
    """The account from which the next batch is paid."""
    return payout_store.payer(tx)


def batch(tx: ReadTx, id_: BatchId) -> Batch:
    """One batch. Raises UnknownBatch."""
    found = payout_store.batch(tx, id_)
    if found is None:
        raise UnknownBatch
    return found


def batches(tx: ReadTx, asset: Asset | None = None, limit: int = 53) -> list[Batch]:
    """The last batches that pay a program (None: any), the newest first."""
    return payout_store.batches(tx, asset, limit)


def payees(tx: ReadTx, batch: BatchId) -> list[Payee]:
    """The shops that a batch pays, by number."""
    return payout_store.payees(tx, batch)


def held(tx: ReadTx, batch: BatchId) -> list[HeldPayee]:
    """The shops that a batch left out, by number."""
    return payout_store.holds(tx, batch)


def verify(tx: ReadTx) -> Compared:
    """Compare settlement's tables with the ledger (in a snapshot), which is verified first.

    Raises ledger.verification.Discrepancy with the first wrong record.
    """
    return verification.verify(tx)
