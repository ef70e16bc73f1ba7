"""What residents see of their wallets, and tills of what they did and can do."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final, NamedTuple
from uuid import UUID

from ichimai import ledger, merchants
from ichimai.kernel import Amount, Asset, Clock
from ichimai.ledger import OperationId
from ichimai.ledger.model import NEVER, AccountId, Kind, Role, Transfer, account_id
from ichimai.merchants import TerminalAtShop
from ichimai.people.records import errands
from ichimai.people.records.errands import Back
from ichimai.programs import rules, store
from ichimai.programs.catalogue import Catalogue
from ichimai.programs.entitlements import is_entitled
from ichimai.programs.errors import TillNotSignedIn
from ichimai.programs.own_pages import (
    OWN_PAGE,
    ExchangeOffer,
    Relative,
    SpendingOrder,
    Step,
    exchange_offers,
    relatives,
    reordered,
    save_spending_order,
    spending_order,
)
from ichimai.programs.sale_store import brought_back, moved, rung_up, shops_of, undone
from ichimai.programs.terms import Program
from ichimai.programs.till_tasks import Task, TaskKind, tasks_at
from ichimai.registry import SubjectId
from ichimai.storage import ReadTx, WriteTx

__all__ = [
    "OWN_PAGE",
    "Entry",
    "ExchangeOffer",
    "Relative",
    "SpendingOrder",
    "Step",
    "Task",
    "TaskKind",
    "Wallet",
    "WalletLot",
    "brought_back",
    "entries_of",
    "exchange_offers",
    "history",
    "is_entitled",
    "moved",
    "relatives",
    "reordered",
    "rung_up",
    "save_spending_order",
    "shown_to_till",
    "spending_order",
    "tasks_at",
    "undone",
    "wallet",
]

_ALL: Final = 1_000_000
"""More than one wallet can have in a day."""


@dataclass(frozen=True, slots=True)
class WalletLot:
    """What is left of one grant, and the instant at which it is over.

    ``program``: its terms as they are for this lot, those of the day from which it may be used.
    ``usable_at``: the instant from which it may be used, where that is still to come.
    """

    program: Program
    left: Amount
    granted: Amount
    expires_at: datetime
    usable_at: datetime | None = None

    @property
    def is_for_ever(self) -> bool:
        """Whether it has no end."""
        return self.expires_at >= NEVER


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a wallet's history: ``units`` with their sign, and where.

    ``shop``, or place, is None for grants, expiry and what a person did on their own page;
    ``number`` is for the next page. One payment from two gifts is two lines of one ``operation``.
    """

    number: int
    operation: OperationId
    kind: Kind
    units: int
    program: Program
    shop: str | None
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Wallet:
    """All that one subject has, in the order in which it is spent: what ends first, first."""

    lots: tuple[WalletLot, ...]

    @property
    def left(self) -> Mapping[Asset, int]:
        """The units left by program."""
        found: dict[Asset, int] = {}
        for lot in self.lots:
            found[lot.left.asset] = found.get(lot.left.asset, 0) + lot.left.units
        return found

    @property
    def usable(self) -> Mapping[Asset, int]:
        """The units by program that may be used today."""
        found: dict[Asset, int] = {}
        for lot in self.lots:
            if lot.usable_at is None:
                found[lot.left.asset] = found.get(lot.left.asset, 0) + lot.left.units
        return found

    @property
    def payable(self) -> Mapping[Asset, int]:
        """The yen by program that can be spent in shops today: there one unit is one yen.

        Of what pays in full cards only, the full cards.
        """
        terms = {lot.left.asset: lot.program for lot in self.lots if rules.may_pay(lot.program)}
        return {
            asset: units // terms[asset].use.multiple * terms[asset].use.multiple
            for asset, units in self.usable.items()
            if asset in terms
        }

    @property
    def total_units(self) -> int:
        """The yen that can be spent in shops today."""
        return sum(self.payable.values())

    def of(self, program: Asset) -> tuple[WalletLot, ...]:
        """The lots of one program, those that end first, first."""
        return tuple(lot for lot in self.lots if lot.left.asset == program)


def wallet(tx: ReadTx, clock: Clock, subject: UUID) -> Wallet:
    """What ``subject`` has now, and will be able to use later."""
    catalogue, now = Catalogue(store.versions(tx)), clock.now()
    found = ledger.reports.lots(tx, _accounts(subject, catalogue.latest))
    ranks = {key: program.rank for key, program in catalogue.latest.items()}
    found.sort(key=lambda each: (each[1].expires_at, ranks[each[0]], each[1].usable_at))
    return Wallet(
        tuple(
            WalletLot(
                _terms_of(catalogue, asset, lot.usable_at),
                Amount(lot.remaining, asset),
                Amount(lot.units, asset),
                lot.expires_at,
                lot.usable_at if now < lot.usable_at else None,
            )
            for asset, lot in found
            if now < lot.expires_at
        )
    )


def _terms_of(catalogue: Catalogue, asset: Asset, usable_at: datetime) -> Program:
    """The terms of units that may be used from ``usable_at`` on: before the first, the first."""
    return catalogue.at(usable_at).get(asset) or catalogue.first[asset]


def history(
    tx: ReadTx, subject: UUID, *, before: int | None = None, limit: int = 50
) -> list[Entry]:
    """What happened in a subject's wallets, the newest first, past the number ``before``."""
    accounts = _accounts(subject, (program.key for program in store.programs(tx)))
    return _entries(
        tx,
        accounts,
        ledger.reports.statement(tx, sorted(accounts), before=before, limit=limit),
    )


def entries_of(tx: ReadTx, subject: UUID, operation: OperationId) -> list[Entry]:
    """What one operation did in a subject's wallets; nothing, if it did nothing there."""
    accounts = _accounts(subject, (program.key for program in store.programs(tx)))
    posted = ledger.reports.posted(tx, operation)
    legs = posted.transfers if posted is not None else ()
    return _entries(tx, accounts, [leg for leg in legs if accounts & {leg.debit, leg.credit}])


def _entries(tx: ReadTx, accounts: set[AccountId], found: Sequence[Transfer]) -> list[Entry]:
    programs = {program.key: program for program in store.programs(tx)}
    shops = ledger.reports.owners(tx, {side for t in found for side in (t.debit, t.credit)})
    names = merchants.directory.shop_names(tx, list(shops.values()))
    places = shops_of(tx, list({transfer.terminal for transfer in found}))
    return [
        Entry(
            number=transfer.number,
            operation=transfer.operation,
            kind=transfer.kind,
            units=transfer.units if transfer.credit in accounts else -transfer.units,
            program=programs[transfer.asset],
            shop=_shop(transfer, shops, names) or places.get(transfer.terminal),
            recorded_at=transfer.recorded_at,
        )
        for transfer in found
    ]


class Taken(NamedTuple):
    """What one leg took from somebody's wallet with a card (``actor``), in yen."""

    operation: OperationId
    actor: UUID
    yen: int
    recorded_at: datetime


def taken(tx: ReadTx, subject: UUID, *, since: datetime) -> list[Taken]:
    """What cards took from a subject's wallets from ``since`` on: paid, held, exchanged, cash."""
    worth = {program.key: program.unit_yen for program in store.programs(tx)}
    accounts = sorted(_accounts(subject, worth))
    kinds = (Kind.PAYMENT, Kind.HOLD, Kind.EXCHANGE, Kind.CASH_OUT)
    legs = ledger.reports.statement(tx, accounts, since=since, kinds=kinds, limit=_ALL)
    return [
        Taken(leg.operation, leg.actor, leg.units * worth[leg.asset], leg.recorded_at)
        for leg in legs
        if leg.debit in accounts
    ]


def came_back(tx: ReadTx, subject: UUID, after_number: int) -> tuple[list[Back], int]:
    """What came back to a subject's wallets after a number of the ledger, and up to which number.

    By refunds, and by holds that were not used up. What a posted hold paid is told as the hold's.
    """
    head = ledger.reports.head(tx).number
    if after_number >= head:
        return [], after_number
    found: dict[OperationId, Back] = {}
    worth = {program.key: program.unit_yen for program in store.programs(tx)}
    for account in sorted(_accounts(subject, worth)):
        for transfer in ledger.reports.between(
            tx, account, after_number=after_number, up_to_number=head
        ):
            if transfer.credit == account and transfer.kind in {Kind.REFUND, Kind.VOID}:
                known = found.get(transfer.operation)
                yen = transfer.units * worth[transfer.asset] + (known.yen if known else 0)
                taken_by = known.operation if known else _taken_by(tx, transfer)
                found[transfer.operation] = Back(
                    transfer.operation, taken_by, yen, transfer.recorded_at
                )
    return list(found.values()), head


def _taken_by(tx: ReadTx, back: Transfer) -> OperationId:
    """The operation that took from a wallet what ``back`` brings back: a payment, or a hold."""
    paid = ledger.reports.posted(tx, back.reverses)
    posts = [each for each in paid.transfers if each.kind is Kind.POST] if paid else []
    return posts[0].reverses if posts else back.reverses


def bring_up_delegates(tx: WriteTx, principal: SubjectId) -> None:
    """Count what came back of what delegates paid, before it is shown how much they spent."""
    errands.bring_up(tx, principal, partial(came_back, tx))


def _accounts(subject: UUID, programs: Iterable[Asset]) -> set[AccountId]:
    return {account_id(subject, Role.WALLET, key) for key in programs}


def _shop(
    transfer: Transfer, owners: Mapping[AccountId, UUID], names: Mapping[UUID, str]
) -> str | None:
    """The name of the shop on either side."""
    for side in (transfer.debit, transfer.credit):
        owner = owners.get(side)
        if owner is not None and owner in names:
            return names[owner]
    return None


def shown_to_till(tx: ReadTx, token: str, operation: OperationId) -> ledger.Posted:
    """What an operation at this till's shop made.

    Raises TillNotSignedIn, and UnknownOperation for another shop's as for none.
    """
    till = merchants.tills.terminals(tx, [token])[0]
    if till is None:
        raise TillNotSignedIn
    posted = ledger.reports.posted(tx, operation)
    if posted is None or posted.transfers[0].terminal not in _tills_of(tx, till):
        raise ledger.errors.UnknownOperation
    return posted


def _tills_of(tx: ReadTx, till: TerminalAtShop) -> set[UUID]:
    return {terminal.id for terminal in merchants.tills.terminals_of(tx, till.shop)}
