"""The desk that tills ask: many requests in, one transaction on the ledger, an answer each."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from ichimai import ledger, merchants, registry
from ichimai.kernel import Clock, errors
from ichimai.ledger.model import Command, Pay, Purse, Refund, Release
from ichimai.merchants import TerminalAtShop
from ichimai.programs import rules, store
from ichimai.programs.errors import TillNotSignedIn
from ichimai.programs.model import PaymentRequest, Program, RefundRequest, ReleaseRequest, Request
from ichimai.registry import RegistryKey, Resolved
from ichimai.storage import REGISTRY, Database, Schema

Answer = ledger.Posted | errors.DomainError

_UNKNOWN = Resolved(None, UUID(int=0), is_stopped=False)


@dataclass(frozen=True, slots=True)
class Desk:
    """Where tills are served: one operator's schema and the registry.

    ``serve`` is what group commit calls; it opens its own transactions because it is what
    stands at the edge of them.
    """

    database: Database
    operator: Schema
    sector: str
    key: RegistryKey
    clock: Clock
    memory: ledger.Memory = field(default_factory=ledger.Memory)

    def serve(self, requests: Sequence[Request]) -> list[Answer]:
        """Answer ``requests`` in their order: what was posted, or why not.

        Raises what the database and the ledger raise for a whole batch (Unavailable).
        """
        codes = [request.credential for request in requests if isinstance(request, PaymentRequest)]
        tokens = [request.token for request in requests if request.till is None]
        with self.database.write(self.operator, is_pipelined=True) as tx:
            programs = store.asked_programs(tx)
            terminals = merchants.tills.asked_terminals(tx, tokens)
            # The registry is asked while the operator's answers are on their way.
            cards = iter(self._cards(codes))
            accepted, known_tills = _Accepted(programs()), iter(terminals())
            tills = [request.till or next(known_tills) for request in requests]
            commands: list[Command | None] = []
            for request, till in zip(requests, tills, strict=True):
                card = next(cards) if isinstance(request, PaymentRequest) else None
                commands.append(_command(request, till, card, accepted) if till else None)
            known = [command for command in commands if command is not None]
            answers = iter(ledger.post(tx, self.clock, known, self.memory))
            return [TillNotSignedIn() if c is None else next(answers) for c in commands]

    def _cards(self, codes: list[str]) -> list[Resolved | None]:
        if not codes:
            return []
        with self.database.read(REGISTRY) as tx:
            return registry.resolve(tx, self.key, self.sector, codes)


class _Accepted:
    """What shops of each sort take, worked out once a batch."""

    def __init__(self, programs: list[Program]) -> None:
        self._programs = programs
        self._purses: dict[tuple[object, ...], tuple[Purse, ...]] = {}
        self.graces = {program.key: program.refund_grace_days for program in programs}

    def at(self, till: TerminalAtShop) -> tuple[Purse, ...]:
        """What a payment at ``till`` may draw on."""
        sort = (till.accepts_gift_vouchers, till.category, till.size)
        found = self._purses.get(sort)
        if found is None:
            purses = (rules.purse(program, till) for program in self._programs)
            found = tuple(purse for purse in purses if purse is not None)
            self._purses[sort] = found
        return found


def _command(
    request: Request, till: TerminalAtShop, card: Resolved | None, accepted: _Accepted
) -> Command:
    match request:
        case PaymentRequest():
            return _pay(request, till, card, accepted.at(till))
        case RefundRequest():
            return Refund(
                operation=request.id,
                payment=request.payment,
                units=request.units,
                payee=till.shop,
                terminal=till.terminal,
                grace_days=accepted.graces,
            )
        case ReleaseRequest():
            return Release(
                operation=request.id,
                hold=request.hold,
                units=request.units,
                payee=till.shop,
                terminal=till.terminal,
                grace_days=accepted.graces,
            )


def _pay(
    request: PaymentRequest,
    till: TerminalAtShop,
    card: Resolved | None,
    purses: tuple[Purse, ...],
) -> Pay:
    known = card or _UNKNOWN
    refused: errors.DomainError | None = None
    if card is None:
        refused = registry.errors.UnknownCredential()
    elif card.is_stopped:
        refused = ledger.errors.CredentialStopped()
    elif not purses:
        refused = ledger.errors.NotAcceptedHere()
    return Pay(
        operation=request.id,
        wallet=known.subject or known.reference,
        payee=till.shop,
        units=request.units,
        purses=purses,
        terminal=till.terminal,
        actor=known.reference,
        occurred_at=request.occurred_at,
        is_repeat_confirmed=request.is_repeat_confirmed,
        hold_until=request.hold_until,
        refused=refused,
    )
