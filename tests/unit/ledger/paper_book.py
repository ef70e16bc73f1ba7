"""A ledger in memory: the rules on one book that holds everything there is."""

from collections import Counter
from datetime import UTC, datetime
from uuid import UUID

from ichimai.kernel import Asset, errors
from ichimai.ledger import Posted, rules
from ichimai.ledger.book import Book
from ichimai.ledger.model import (
    AccountId,
    Block,
    Command,
    Lot,
    LotId,
    Role,
    Transfer,
)

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
NO_BLOCK = Block(0, b"", b"", b"", 0, 0, LONG_AGO)


class PaperBook:
    """``post`` decides one command at an instant, as a batch of its own would."""

    def __init__(self) -> None:
        self.book = Book(LONG_AGO)

    def set_budget(self, asset: Asset, funder: UUID, units: int, now: datetime) -> None:
        self._move_to(now)
        self.book.account(funder, Role.ISSUED, asset).minimum = -units

    def post(self, command: Command, now: datetime) -> Posted | errors.DomainError:
        self._move_to(now)
        last = self.book.number
        decision = rules.decide(command, self.book)
        if isinstance(decision, errors.DomainError):
            assert self.book.number == last
            return decision
        self._check_sums()
        is_replay = decision[0].number <= last
        return Posted(command.operation, now, tuple(decision), is_replay, NO_BLOCK, ())

    def balance(self, account: AccountId) -> int:
        found = self.book.accounts.get(account)
        return 0 if found is None else found.balance

    def lot(self, lot: LotId) -> Lot:
        (found,) = (lots[lot] for lots in self.book.lots.values() if lot in lots)
        return found

    @property
    def transfers(self) -> list[Transfer]:
        return self.book.made

    def _move_to(self, now: datetime) -> None:
        self.book.set_now(now)

    def _check_sums(self) -> None:
        """Every asset adds up to zero, every lot fits, and wallets are their lots."""
        sums: Counter[Asset] = Counter()
        for account in self.book.accounts.values():
            sums[account.asset] += account.balance
            assert account.minimum is None or account.balance >= account.minimum
            if account.role == Role.WALLET:
                lots = self.book.lots.get(account.id, {}).values()
                assert sum(lot.remaining for lot in lots) == account.balance
                assert all(0 <= lot.remaining <= lot.units for lot in lots)
                assert all(0 <= lot.capped_left <= lot.units for lot in lots)
        assert not any(sums.values())
