"""What a demo's month came to, added up from its ledger."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final

from ichimai import ledger, merchants, programs, settlement, storage
from ichimai.app import Installation
from ichimai.kernel import JPY, Asset
from ichimai.ledger import Kind
from ichimai.ledger.model import Role
from ichimai.settlement.bank.model import Outcome
from ichimai.settlement.model import BatchState

_GIFT: Final = Asset("longevity-gift")
_INTO: Final = (Kind.GRANT, Kind.EARN, Kind.TOP_UP)


@dataclass(frozen=True, slots=True)
class ProgramSum:
    """What one program came to, in its units.

    given = paid - refunded + exchanged + expired + outstanding, and
    paid - refunded = payable + paid out + what was set against units given, always.
    ``given``: granted, earned and paid in, less what was taken or paid back.
    """

    program: str
    name: str
    unit_yen: int
    given: int
    paid: int
    refunded: int
    exchanged: int
    expired: int
    outstanding: int

    @property
    def is_even(self) -> bool:
        """Whether what was given is where it must be."""
        gone = self.paid - self.refunded + self.exchanged + self.expired
        return self.given == gone + self.outstanding


@dataclass(frozen=True, slots=True)
class Summary:
    """What the month came to, in yen over all programs whose units are worth any.

    Granted = paid - refunded + expired + outstanding, always. ``granted_yen`` has what was
    earned and paid in, less what was taken back, paid back or exchanged for something else.
    ``paid_out_yen``: what shops got in cash. ``corrected_yen``: what disputes put right of it.
    ``set_off_yen``: what was set against units that shops gave. Paid - refunded + corrected =
    payable + paid out + set off, always.
    """

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
    corrected_yen: int
    set_off_yen: int
    zengin_files: int
    transfers: int
    verified: bool
    seconds: float
    sales: int
    sales_yen: int
    closings: int
    nettings: int
    sent_back: int
    disputes_decided: int
    programs: Sequence[ProgramSum]
    asked: Mapping[str, int]

    @property
    def is_even(self) -> bool:
        """Whether every program adds up to the unit, and what shops took to the yen."""
        taken = self.paid_yen - self.refunded_yen + self.corrected_yen
        settled = self.payable_yen + self.paid_out_yen + self.set_off_yen
        return taken == settled and all(each.is_even for each in self.programs)


def summarise(
    installation: Installation, residents: int, started: float, asked: Mapping[str, int]
) -> Summary:
    """Add the month up from the ledger, and verify it. ``asked``: what was asked, and how often."""
    with installation.database.snapshot(installation.operator) as tx:
        known = programs.lists.catalogue(tx).latest
        sums = [_sum(tx, key, program) for key, program in known.items()]
        worth = {each.program: each.unit_yen for each in sums}
        yen = {
            name: sum(getattr(each, name) * each.unit_yen for each in sums)
            for name in ("given", "paid", "refunded", "exchanged", "expired", "outstanding")
        }
        found = {
            "granted_yen": yen["given"] - yen["exchanged"],
            "paid_yen": yen["paid"],
            "refunded_yen": yen["refunded"],
            "expired_yen": yen["expired"],
            "outstanding_yen": yen["outstanding"],
            "payable_yen": _yen(tx, worth, Role.RECEIVABLE, Role.PAYABLE),
            "paid_out_yen": _of_shops(tx, worth, Role.SETTLED),
            "set_off_yen": _of_shops(tx, worth, Role.CHARGED, Role.DUE),
            "recipients": len(ledger.reports.owners_with(tx, Role.WALLET, _GIFT)),
            "transfers": ledger.reports.count_transfers(tx),
            "zengin_files": sum(
                batch.state is BatchState.SENT
                for batch in settlement.reports.batches(tx, limit=1_000)
            ),
            "closings": len(settlement.reports.closings(tx, limit=10_000)),
            "nettings": len(settlement.clearing.nettings(tx, limit=10_000)),
            "sent_back": sum(
                line.outcome is not Outcome.DONE
                for batch in settlement.reports.batches(tx, limit=1_000)
                for result in settlement.bank.results.of_batch(tx, batch.id)
                for line in result.lines
            ),
            "corrected_yen": sum(
                (each.dispute.units or 0) * each.closing.unit_yen
                for each in settlement.clearing.disputed_lines(tx)
            ),
            "disputes_decided": sum(
                not each.dispute.is_open for each in settlement.clearing.disputed_lines(tx)
            ),
        }
        sales, sales_yen = ledger.reports.sales_total(tx)
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
        sales=sales,
        sales_yen=sales_yen,
        programs=sums,
        asked=asked,
        **found,
    )


def _sum(tx: storage.ReadTx, key: Asset, program: programs.terms.Program) -> ProgramSum:
    moved, total = ledger.reports.total_moved, ledger.reports.total
    exchanged = moved(tx, [Kind.EXCHANGE], key)
    given = moved(tx, _INTO, key) - moved(tx, [Kind.TAKE_BACK, Kind.CASH_OUT], key)
    return ProgramSum(
        program=key,
        name=program.name_ja,
        unit_yen=program.unit_yen,
        given=given,
        paid=moved(tx, [Kind.PAYMENT, Kind.POST], key),
        refunded=moved(tx, [Kind.REFUND], key),
        exchanged=exchanged,
        expired=total(tx, Role.EXPIRED, key),
        outstanding=total(tx, Role.WALLET, key) + total(tx, Role.CLEARING, key),
    )


def _yen(tx: storage.ReadTx, worth: Mapping[str, int], *roles: Role) -> int:
    return sum(
        ledger.reports.total(tx, role, Asset(key)) * unit_yen
        for key, unit_yen in worth.items()
        for role in roles
    )


def _of_shops(tx: storage.ReadTx, worth: Mapping[str, int], *roles: Role) -> int:
    """What is in shops' accounts: what others were charged, and settle, is not theirs."""
    shops = {shop.id for shop in merchants.directory.payees(tx)}
    return sum(
        units * unit_yen
        for key, unit_yen in {**worth, JPY: 1}.items()
        for role in roles
        for owner, units in ledger.reports.balances(tx, role, Asset(key)).items()
        if owner in shops
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
        settlement.reports.verify(tx)
    except ledger.verification.Discrepancy:
        return False
    return True


def as_json(summary: Summary) -> str:
    """The summary as one line."""
    return json.dumps(asdict(summary), ensure_ascii=False)


def _units(each: ProgramSum) -> tuple[int, ...]:
    spent = (each.paid, each.refunded, each.exchanged, each.expired)
    return (each.given, *spent, each.outstanding)


def as_table(summary: Summary) -> str:
    """Program by program: what was given and where it is, in units that add up."""
    head = ["program", "given", "paid", "refunded", "exchanged", "expired", "outstanding"]
    given = [each for each in summary.programs if each.given]
    cells = [head, *([each.program, *(f"{n:,}" for n in _units(each))] for each in given)]
    widths = [max(len(row[place]) for row in cells) for place in range(len(head))]
    return "\n".join(
        "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]) for row in cells
    )
