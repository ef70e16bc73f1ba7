"""What a demo's month came to, added up from its ledger."""

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Final

from ichimai import ledger, merchants, programs, settlement, storage
from ichimai.app import Installation
from ichimai.kernel import Asset
from ichimai.ledger import Kind
from ichimai.ledger.model import Role
from ichimai.settlement.model import BatchState

_GIFT: Final = Asset("longevity-gift")


@dataclass(frozen=True, slots=True)
class Summary:
    """What the month came to. Granted = paid - refunded + expired + outstanding, always."""

    residents: int
    recipients: int
    associations: int
    shops: int
    shops_accepting: int
    granted_yen: int
    paid_yen: int
    refunded_yen: int
    expired_yen: int
    outstanding_yen: int
    payable_yen: int
    paid_out_yen: int
    zengin_files: int
    transfers: int
    verified: bool
    seconds: float


def summarise(installation: Installation, residents: int, started: float) -> Summary:
    """Add the month up from the ledger, and verify it."""
    with installation.database.snapshot(installation.operator) as tx:
        moved, total = ledger.reports.total_moved, ledger.reports.total
        found = {
            "granted_yen": moved(tx, [Kind.GRANT]),
            "paid_yen": moved(tx, [Kind.PAYMENT, Kind.POST]),
            "refunded_yen": moved(tx, [Kind.REFUND]),
            "expired_yen": total(tx, Role.EXPIRED),
            "outstanding_yen": total(tx, Role.WALLET) + total(tx, Role.CLEARING),
            "payable_yen": total(tx, Role.RECEIVABLE) + total(tx, Role.PAYABLE),
            "paid_out_yen": total(tx, Role.SETTLED),
            "recipients": len(ledger.reports.owners_with(tx, Role.WALLET)),
            "transfers": ledger.reports.count_transfers(tx),
            "zengin_files": sum(
                batch.state is BatchState.SENT
                for batch in settlement.reports.batches(tx, limit=1_000)
            ),
        }
        associations = merchants.directory.associations(tx)
        shops = merchants.directory.shops(tx, limit=None)
        accepting = _accepting(tx, shops)
        verified = _is_verified(tx)
    return Summary(
        residents=residents,
        associations=len(associations),
        shops=len(shops),
        shops_accepting=accepting,
        verified=verified,
        seconds=round(time.monotonic() - started, 1),
        **found,
    )


def _accepting(tx: storage.ReadTx, shops: Sequence[merchants.Shop]) -> int:
    takes = {a.number for a in merchants.directory.associations(tx) if a.accepts_gift_vouchers}
    acceptance = programs.lists.program(tx, _GIFT).acceptance
    return sum(
        (shop.association in takes or not acceptance.requires_gift_voucher_association)
        and shop.category not in acceptance.excluded_categories
        for shop in shops
    )


def _is_verified(tx: storage.ReadTx) -> bool:
    try:
        ledger.verification.verify(tx)
    except ledger.verification.Discrepancy:
        return False
    return True


def as_json(summary: Summary) -> str:
    """The summary as one line."""
    return json.dumps(asdict(summary))
