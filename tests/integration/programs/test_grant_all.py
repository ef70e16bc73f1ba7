"""Many grants at once are the same as each alone: balances, lots, journal and proofs."""

from collections.abc import Sequence
from contextlib import closing
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest

from ichimai import ledger
from ichimai.kernel import Asset, ids
from ichimai.kernel.clock import ManualClock
from ichimai.ledger import Kind, OperationId, Posted, issuing
from ichimai.ledger.errors import BoundExceeded, ClockBehind
from ichimai.ledger.issuing import Gift
from ichimai.ledger.model import Block, Grant, Pay, Purse, Role
from ichimai.storage import Database, EmbeddedServer, Schema
from tests import databases
from tests.integration.programs.office import moved

GIFT = Asset("longevity-gift")
FUNDER, ACTOR = UUID(int=0xF), UUID(int=0xA)
WALLETS = [UUID(int=0x100 + number) for number in range(7)]


class Books:
    """One operator's ledger; what the tests do with it again and again."""

    def __init__(self, database: Database, operator: Schema, clock: ManualClock) -> None:
        self.database, self.operator, self.clock = database, operator, clock
        self.expires_at = clock.now() + timedelta(days=365)

    def gifts(self, count: int) -> list[Gift]:
        """Gifts of different amounts; everybody of seven people gets one, then a second one."""
        return [
            Gift(
                OperationId(ids.uuid7(self.clock)),
                WALLETS[number % len(WALLETS)],
                1_000 + number,
                (1_000 + number) // 3,
            )
            for number in range(count)
        ]

    def grant_all(self, gifts: Sequence[Gift]) -> Block | None:
        """Make them all at once."""
        with self.database.write(self.operator) as tx:
            return issuing.grant_all(
                tx,
                self.clock,
                gifts,
                funder=FUNDER,
                asset=GIFT,
                expires_at=self.expires_at,
                actor=ACTOR,
            )

    def post(self, gifts: Sequence[Gift]) -> None:
        """Post a command for each, in one batch."""
        commands = [
            Grant(
                operation=gift.operation,
                wallet=gift.wallet,
                funder=FUNDER,
                asset=GIFT,
                units=gift.units,
                capped_units=gift.capped_units,
                expires_at=self.expires_at,
                actor=ACTOR,
            )
            for gift in gifts
        ]
        with self.database.write(self.operator) as tx:
            assert all(isinstance(a, Posted) for a in ledger.post(tx, self.clock, commands))

    def written(self) -> dict[str, list[tuple[Any, ...]]]:
        """All that the ledger's tables hold."""
        with self.database.snapshot(self.operator) as tx:
            return {
                "transfers": tx.rows("SELECT t::text FROM transfer AS t ORDER BY number"),
                "accounts": tx.rows("SELECT t::text FROM account AS t ORDER BY id"),
                "lots": tx.rows("SELECT t::text FROM lot AS t ORDER BY account, id"),
                "blocks": tx.rows("SELECT t::text FROM block AS t ORDER BY sequence"),
                "head": tx.rows("SELECT t::text FROM ledger_head AS t"),
            }

    def bound(self, minimum: int) -> None:
        """Bind the issuer."""
        with self.database.write(self.operator) as tx:
            issuing.set_bound(tx, self.clock, FUNDER, Role.ISSUED, GIFT, minimum=minimum)

    def verify(self) -> None:
        """See that it recomputes."""
        with self.database.snapshot(self.operator) as tx:
            ledger.verification.verify(tx)


@pytest.fixture
def books(database: Database, operator: Schema, clock: ManualClock) -> Books:
    """An empty ledger."""
    return Books(database, operator, clock)


@pytest.mark.parametrize("count", [1, 2, 3, 8, 21])
def test_all_at_once_writes_what_posting_each_writes(
    books: Books, server: EmbeddedServer, template: str, count: int
) -> None:
    """The same gifts into two copies of one database: every row is the same, hashes too."""
    with databases.copy_of(server, template) as url, closing(Database(url)) as beside:
        others = Books(beside, books.operator, books.clock)
        first, second = books.gifts(count), books.gifts(count)
        for gifts in (first, second):
            books.clock.advance(timedelta(seconds=1))
            books.grant_all(gifts)
            others.post(gifts)
        assert books.written() == others.written()
        books.verify()
        others.verify()


def test_the_block_is_that_of_the_chain(books: Books) -> None:
    block = books.grant_all(books.gifts(3))
    assert block is not None
    assert (block.sequence, block.first_number, block.count) == (1, 1, 3)
    with books.database.read(books.operator) as tx:
        assert ledger.reports.head(tx).hash == block.hash


def test_each_gift_has_a_proof_as_if_it_were_posted_alone(books: Books) -> None:
    gifts = books.gifts(5)
    books.grant_all(gifts)
    for gift in gifts:
        with books.database.read(books.operator) as tx:
            posted = ledger.reports.posted(tx, gift.operation)
        assert posted is not None
        assert (moved(posted), posted.transfers[0].kind) == (gift.units, Kind.GRANT)
        assert posted.tree[-1][0] == posted.block.merkle_root


def test_a_gift_that_was_made_is_replayed_by_its_command(books: Books) -> None:
    gifts = books.gifts(2)
    books.grant_all(gifts)
    before = books.written()
    books.post(gifts)
    assert books.written() == before


def test_nobody_to_grant_to_is_nothing_done(books: Books) -> None:
    before = books.written()
    assert books.grant_all([]) is None
    assert books.written() == before


def test_the_budget_is_used_to_its_last_yen_and_not_beyond(books: Books) -> None:
    gifts = books.gifts(4)
    units = sum(gift.units for gift in gifts)
    books.bound(-(units - 1))
    before = books.written()
    with pytest.raises(BoundExceeded):
        books.grant_all(gifts)
    assert books.written() == before
    books.bound(-units)
    assert books.grant_all(gifts) is not None
    with pytest.raises(BoundExceeded):
        books.grant_all(books.gifts(1))
    books.verify()


def test_an_id_used_before_fails_all_of_them(books: Books) -> None:
    gifts = books.gifts(3)
    books.grant_all(gifts[1:2])
    before = books.written()
    with pytest.raises(psycopg.errors.UniqueViolation):
        books.grant_all(gifts)
    assert books.written() == before
    books.verify()


def test_a_clock_that_is_behind_grants_nothing(books: Books) -> None:
    books.grant_all(books.gifts(1))
    later = books.gifts(1)
    books.clock.advance(timedelta(seconds=-11))
    with pytest.raises(ClockBehind):
        books.grant_all(later)
    books.clock.advance(timedelta(seconds=1))
    assert books.grant_all(later) is not None
    books.verify()


def test_gifts_made_at_once_are_spent_like_others(books: Books) -> None:
    """The first person of seven has two, and pays with all of them but one yen."""
    gifts = books.gifts(8)
    books.grant_all(gifts)
    units = gifts[0].units + gifts[7].units - 1
    payment = Pay(
        operation=OperationId(ids.uuid7(books.clock)),
        wallet=WALLETS[0],
        payee=UUID(int=0x5),
        units=units,
        purses=(Purse(asset=GIFT),),
        terminal=UUID(int=0x7),
        actor=WALLETS[0],
    )
    with books.database.write(books.operator) as tx:
        (answer,) = ledger.post(tx, books.clock, [payment])
    assert isinstance(answer, Posted)
    assert {leg.lot for leg in answer.transfers} == {gifts[0].operation, gifts[7].operation}
    assert moved(answer) == units
    books.verify()
