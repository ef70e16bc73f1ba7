"""The desk that tills ask: many requests in, one transaction on the ledger, an answer each."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ichimai import ledger, merchants
from ichimai.kernel import Clock, errors
from ichimai.ledger.model import Command, Pay, Purse, Refund, Release
from ichimai.merchants import TerminalAtShop
from ichimai.people.records.personal import PersonalKey
from ichimai.programs import payers, store
from ichimai.programs.catalogue import Catalogue
from ichimai.programs.errors import TillNotSignedIn
from ichimai.programs.model import (
    PaymentRequest,
    RefundRequest,
    ReleaseRequest,
    Request,
)
from ichimai.programs.payers import Payer
from ichimai.registry import RegistryKey
from ichimai.storage import REGISTRY, Database, ReadTx, Schema, WriteTx

Answer = ledger.Posted | errors.DomainError


class Shelf:
    """The programs as they were last read; read again when one of them has changed."""

    def __init__(self) -> None:
        self._kept = -1, Catalogue(())

    def catalogue(self, tx: ReadTx, revision: int) -> Catalogue:
        """All programs at ``revision``."""
        known, found = self._kept
        if known != revision:
            found = Catalogue(store.versions(tx))
            self._kept = revision, found
        return found


@dataclass(frozen=True, slots=True)
class Desk:
    """Where tills are served: one operator's schema and the registry.

    ``personal_key`` opens from when and until when delegates may pay.

    ``serve`` is what group commit calls; it opens its own transactions because it is what
    stands at the edge of them.
    """

    database: Database
    operator: Schema
    sector: str
    key: RegistryKey
    clock: Clock
    personal_key: PersonalKey
    memory: ledger.Memory = field(default_factory=ledger.Memory)
    shelf: Shelf = field(default_factory=Shelf)

    def serve(self, requests: Sequence[Request]) -> list[Answer]:
        """Answer ``requests`` in their order: what was posted, or why not.

        Raises what the database and the ledger raise for a whole batch (Unavailable).
        """
        payments = [request for request in requests if isinstance(request, PaymentRequest)]
        tokens = [request.token for request in requests if request.till is None]
        with self.database.write(self.operator, is_pipelined=True) as tx:
            asked_open = store.asked_open(tx)
            terminals = merchants.tills.asked_terminals(tx, tokens)
            # The registry is asked while the operator's answers are on their way.
            shown = self._look_up(payments)
            opened, known_tills = asked_open(), iter(terminals())
            catalogue = self.shelf.catalogue(tx, opened.revision)
            tills = [request.till or next(known_tills) for request in requests]
            at = [t for r, t in zip(requests, tills, strict=True) if isinstance(r, PaymentRequest)]
            found = payers.payers(tx, self.clock, shown, at)
            if opened.has_delegates:
                asks = list(zip(payments, at, strict=True))
                found = payers.for_others(tx, self.personal_key, self.clock, found, asks)
            answers = self._post(tx, requests, tills, found, catalogue)
            if opened.has_delegates:
                pairs = zip(requests, answers, strict=True)
                told = [answer for asked, answer in pairs if isinstance(asked, PaymentRequest)]
                payers.write_errands(tx, found, told)
            return answers

    def _post(
        self,
        tx: WriteTx,
        requests: Sequence[Request],
        tills: Sequence[TerminalAtShop | None],
        found: Sequence[Payer],
        catalogue: Catalogue,
    ) -> list[Answer]:
        left, now = iter(found), self.clock.now()
        commands: list[Command | None] = []
        for request, till in zip(requests, tills, strict=True):
            payer = next(left) if isinstance(request, PaymentRequest) else None
            commands.append(_command(request, till, payer, catalogue, now) if till else None)
        known = [command for command in commands if command is not None]
        answers = iter(ledger.post(tx, self.clock, known, self.memory))
        return [TillNotSignedIn() if c is None else next(answers) for c in commands]

    def _look_up(self, payments: list[PaymentRequest]) -> list[payers.Shown]:
        if not payments:
            return []
        with self.database.read(REGISTRY) as tx:
            return payers.look_up(tx, self.key, self.clock, self.sector, payments)


def _command(
    request: Request,
    till: TerminalAtShop,
    payer: Payer | None,
    catalogue: Catalogue,
    now: datetime,
) -> Command:
    match request:
        case PaymentRequest():
            return _pay(request, till, payer or payers.nobody(), catalogue.offer(till, now).purses)
        case RefundRequest():
            return Refund(
                operation=request.id,
                payment=request.payment,
                units=request.units,
                payee=till.shop,
                terminal=till.terminal,
                grace_days=catalogue.graces,
            )
        case ReleaseRequest():
            return Release(
                operation=request.id,
                hold=request.hold,
                units=request.units,
                payee=till.shop,
                terminal=till.terminal,
                grace_days=catalogue.graces,
            )


def _pay(
    request: PaymentRequest, till: TerminalAtShop, payer: Payer, purses: tuple[Purse, ...]
) -> Pay:
    refused = payer.refused
    if refused is None and not purses:
        refused = ledger.errors.NotAcceptedHere()
    return Pay(
        operation=request.id,
        wallet=payer.wallet,
        payee=till.shop,
        units=request.units,
        purses=purses,
        terminal=till.terminal,
        actor=payer.actor,
        occurred_at=request.occurred_at,
        is_repeat_confirmed=request.is_repeat_confirmed,
        hold_until=request.hold_until,
        refused=refused,
    )
