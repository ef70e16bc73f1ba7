"""The desk that tills ask: many requests in, one transaction on the ledger, an answer each."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from uuid import UUID

from ichimai import ledger, merchants, registry
from ichimai.kernel import Asset, Clock, errors
from ichimai.kernel.clock import day_in_tokyo
from ichimai.ledger import OperationId
from ichimai.ledger.model import Command
from ichimai.merchants import TerminalAtShop
from ichimai.people.records import standings
from ichimai.people.records.personal import PersonalKey
from ichimai.programs import entitlements, occasion_store, payers, rules, store
from ichimai.programs.bearer import Bearer
from ichimai.programs.catalogue import Catalogue
from ichimai.programs.commands import command_of, counted_at
from ichimai.programs.conditions import Known, is_here
from ichimai.programs.errors import TillNotSignedIn, UnknownProgram
from ichimai.programs.model import (
    CardRequest,
    EarningRequest,
    PaymentRequest,
    PurchaseRequest,
    Request,
)
from ichimai.programs.occasions import occasion_of
from ichimai.programs.payers import Payer
from ichimai.programs.terms import ProgramKind
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
        return self.memory.run(partial(self._serve, requests))

    def _serve(self, requests: Sequence[Request], memory: ledger.Memory) -> list[Answer]:
        of_cards: list[CardRequest] = [
            request for request in requests if isinstance(request, CardRequest)
        ]
        tokens = [request.token for request in requests if request.till is None]
        with self.database.write(self.operator, is_pipelined=True) as tx:
            asked_open = store.asked_open(tx)
            terminals = merchants.tills.asked_terminals(tx, tokens)
            # The registry is asked while the operator's answers are on their way.
            shown = self._look_up(of_cards)
            others = self._others(of_cards)
            opened, known_tills = asked_open(), iter(terminals())
            catalogue = self.shelf.catalogue(tx, opened.revision)
            tills = [request.till or next(known_tills) for request in requests]
            at = [t for r, t in zip(requests, tills, strict=True) if isinstance(r, CardRequest)]
            cost_yen = partial(_cost_yen, catalogue=catalogue, now=self.clock.now())
            found = payers.payers(tx, self.clock, shown, at, cost_yen)
            if opened.has_delegates:
                costs = [cost_yen(asked) for asked in of_cards]
                asks = list(zip(of_cards, at, costs, strict=True))
                found = payers.for_others(tx, self.personal_key, self.clock, found, asks)
            orders = store.spending_orders(tx, _wallets(found)) if opened.has_orders else {}
            known = self._known(tx, of_cards, found, at, catalogue)
            bearers = [
                Bearer(payer, each, orders.get(payer.wallet), others.get(request.id))
                for payer, each, request in zip(found, known, of_cards, strict=True)
            ]
            commands = self._commands(requests, tills, bearers, catalogue)
            known_ones = [command for command in commands if command is not None]
            posted = iter(ledger.post(tx, self.clock, known_ones, memory))
            answers = [TillNotSignedIn() if c is None else next(posted) for c in commands]
            self._note(tx, requests, tills, bearers, answers)
            if opened.has_delegates:
                pairs = zip(requests, answers, strict=True)
                told = [answer for asked, answer in pairs if isinstance(asked, CardRequest)]
                payers.write_errands(tx, found, told)
            return answers

    def is_entitled(self, asked: CardRequest, program: Asset) -> bool:
        """Whether the person has what somebody else's program gives (a silver pass), and no more.

        Raises TillNotSignedIn, UnknownProgram, NotAcceptedHere, and why the card is not taken.
        """
        with self.database.write(self.operator) as tx:
            terminals = merchants.tills.asked_terminals(tx, [asked.token])
            shown = self._look_up([asked])
            till = asked.till or terminals()[0]
            if till is None:
                raise TillNotSignedIn
            now = self.clock.now()
            catalogue = Catalogue(store.versions(tx))
            known = catalogue.at(now).get(program)
            if known is None or known.kind is not ProgramKind.CHECK:
                raise UnknownProgram
            if not is_here(known.acceptance, till):
                raise ledger.errors.NotAcceptedHere
            cost_yen = partial(_cost_yen, catalogue=catalogue, now=now)
            (payer,) = payers.payers(tx, self.clock, shown, [till], cost_yen)
            if payer.refused is not None:
                raise payer.refused
            return entitlements.is_entitled(tx, self.personal_key, self.clock, payer.wallet, known)

    def _commands(
        self,
        requests: Sequence[Request],
        tills: Sequence[TerminalAtShop | None],
        bearers: Sequence[Bearer],
        catalogue: Catalogue,
    ) -> list[Command | None]:
        """What the ledger is to do; None for who is at no till."""
        left, now = iter(bearers), self.clock.now()
        commands: list[Command | None] = []
        for request, till in zip(requests, tills, strict=True):
            bearer = next(left) if isinstance(request, CardRequest) else None
            command = command_of(request, till, bearer, catalogue, now) if till else None
            commands.append(command)
        return commands

    def _note(
        self,
        tx: WriteTx,
        requests: Sequence[Request],
        tills: Sequence[TerminalAtShop | None],
        bearers: Sequence[Bearer],
        answers: Sequence[Answer],
    ) -> None:
        """Keep what was asked of events, stamps and exchanges: the journal has what it moved."""
        left, found = iter(bearers), []
        for request, till, answer in zip(requests, tills, answers, strict=True):
            if not isinstance(request, CardRequest):
                continue
            bearer = next(left)
            if till is not None and isinstance(answer, ledger.Posted) and not answer.is_replay:
                occasion = occasion_of(request, till, bearer, answer)
                found += [occasion] if occasion else []
        if found:
            occasion_store.insert(tx, found)

    def _look_up(self, asked: list[CardRequest]) -> list[payers.Shown]:
        if not asked:
            return []
        with self.database.read(REGISTRY) as tx:
            return payers.look_up(tx, self.key, self.clock, self.sector, asked)

    def _others(self, asked: list[CardRequest]) -> dict[OperationId, UUID]:
        """The wallets of those who brought somebody along, by operation."""
        brought = [one for one in asked if isinstance(one, EarningRequest) and one.other]
        if not brought:
            return {}
        with self.database.read(REGISTRY) as tx:
            cards = registry.resolve(tx, self.key, self.sector, [one.other for one in brought])
        return {
            one.id: card.receiver
            for one, card in zip(brought, cards, strict=True)
            if card is not None and card.receiver is not None
        }

    def _known(
        self,
        tx: ReadTx,
        asked: Sequence[CardRequest],
        found: Sequence[Payer],
        tills: Sequence[TerminalAtShop | None],
        catalogue: Catalogue,
    ) -> list[Known]:
        """What is known of each person that what they ask for depends on."""
        now = self.clock.now()
        known = []
        for request, payer, till in zip(asked, found, tills, strict=True):
            at = counted_at(request, now)
            asks = catalogue.asks(request, till, at) if till and not payer.refused else None
            if asks is None:
                known.append(Known(payer.wallet))
                continue
            subject = payer.wallet
            day = day_in_tokyo(at)
            standing = standings.standings(tx, self.personal_key, [subject], asks, day)[subject]
            known.append(
                Known(
                    subject,
                    standing.holds,
                    district=standing.district,
                    is_birthday_month=standing.is_birthday_month,
                )
            )
        return known


def _cost_yen(request: CardRequest, catalogue: Catalogue, now: datetime) -> int:
    """What a request may cost by the terms that count for it."""
    if isinstance(request, PaymentRequest | PurchaseRequest):
        return request.yen
    return rules.cost_yen(request, catalogue.at(counted_at(request, now)))


def _wallets(found: Sequence[Payer]) -> set[UUID]:
    return {payer.wallet for payer in found}
