"""Many who earn and fetch at once: nothing is given that is not there (faults.md I126)."""

import asyncio
import os
import random
from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import partial
from typing import Final

import pytest

from ichimai import ledger, storage
from ichimai.kernel import Asset, errors
from ichimai.kernel.clock import end_of_day
from ichimai.kernel.rates import Rate
from ichimai.ledger import Posted
from ichimai.ledger.group_commit import GroupCommit
from ichimai.ledger.model import AccountId, Command, Role, account_id
from ichimai.programs.terms import Limits
from tests.integration.ledger.test_ledger_races import now, words
from tests.journals.database_books import DatabaseBooks
from tests.journals.racing import Racers
from tests.journals.words import GIFT, Offer, Terms, command, named, word

POINTS: Final = Asset("points")
ATLAS: Final = Asset("atlas")
PEOPLE: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ROUNDS: Final = 30 if os.environ.get("ICHIMAI_TEST_LONG") else 2


@pytest.fixture(scope="module")
def racers(shared_database: storage.Database) -> Iterator[Racers]:
    found = Racers(shared_database.url, storage.operator_schema("131164"))
    yield found
    found.close()


def points(*offers: Offer) -> Terms:
    return Terms(POINTS, offers=offers, is_automatic=False)


def issued(books: DatabaseBooks, asset: Asset = POINTS) -> int:
    return books.balance(account_id(named("funder", "city"), Role.ISSUED, asset))


def wallet(name: str, asset: Asset = POINTS) -> AccountId:
    return account_id(named("wallet", name), Role.WALLET, asset)


PRIZE: Final = points(Offer("prize", funder="city", is_bounded=True, is_whole=True))


def test_a_campaign_of_100_prizes_and_5_000_who_come(books: DatabaseBooks, racers: Racers) -> None:
    """In four processes that share one ledger: exactly 100 get one."""
    books.set_budget(POINTS, named("funder", "city"), 100, books.clock.now())
    said = [f"award a{number} of prize by {PEOPLE[number % 26]}" for number in range(5_000)]
    found = racers.race(now(books, *said), PRIZE, is_grouped=True)
    assert words(found) == {"posted": 100, "limit_reached": 4_900}
    assert issued(books) == -100
    assert sum(books.balance(wallet(name)) for name in PEOPLE) == 100
    books.verify()


def test_100_saplings_and_5_000_who_come(books: DatabaseBooks, racers: Racers) -> None:
    """Each has the right to one."""
    books.programs = (Terms(), Terms(Asset("saplings")))
    books.say("deliver y1 100 in atlas", *[f"grant g{n} 200 in saplings to {n}" for n in PEOPLE])
    said = [
        f"redeem d{number} 1 in saplings by {PEOPLE[number % 26]} thing atlas"
        for number in range(5_000)
    ]
    found = racers.race(now(books, *said), *books.programs, is_grouped=True)
    assert words(found) == {"posted": 100, "out_of_stock": 4_900}
    shop = named("shop", "S")
    assert books.balance(account_id(shop, Role.STOCK, ATLAS)) == 0
    assert books.balance(account_id(shop, Role.HANDED, ATLAS)) == 100
    books.verify()


@pytest.mark.parametrize("is_grouped", [False, True])
def test_a_budget_is_spent_to_the_last_unit(
    books: DatabaseBooks, racers: Racers, *, is_grouped: bool
) -> None:
    """By sales and events that both draw on it: the last gets the rest."""
    terms = points(
        Offer(rate=Rate(), funder="city", is_bounded=True),
        Offer("class", units=7, funder="city", is_bounded=True),
    )
    books.set_budget(POINTS, named("funder", "city"), 997, books.clock.now())
    said = [f"buy b{n} {n * 20 + 1800} by {PEOPLE[n % 5]} confirmed" for n in range(50)]
    said += [f"award a{n} of class by {PEOPLE[n % 5]}" for n in range(50)]
    random.Random(7).shuffle(said)
    found = racers.race(now(books, *said), terms, is_grouped=is_grouped)
    assert set(words(found)) <= {"posted", "limit_reached"}
    assert words(found)["posted"] >= 50
    assert issued(books) == -997
    assert sum(books.balance(wallet(name)) for name in PEOPLE) == 997
    books.verify()


@pytest.mark.parametrize("is_grouped", [False, True])
def test_goods_come_back_while_others_earn_and_no_budget_or_cap_is_overrun(
    books: DatabaseBooks, racers: Racers, *, is_grouped: bool
) -> None:
    """And what came back can be earned again, to the last unit."""
    limits = Limits(units_per_day=60)
    terms = points(Offer(rate=Rate(), funder="city", is_bounded=True, limits=limits))
    books.programs = (terms,)
    books.set_budget(POINTS, named("funder", "city"), 160, books.clock.now())
    books.say(*[f"buy b{n} {n + 1500} by {PEOPLE[n % 4]}" for n in range(16)])
    assert issued(books) == -160
    said = [f"return r{n} {n + 1500 - n % 2} of b{n}" for n in range(16)]
    said += [f"buy c{n} {n + 2500} by {PEOPLE[n % 4]}" for n in range(32)]
    random.Random(3).shuffle(said)
    found = racers.race(now(books, *said), terms, is_grouped=is_grouped)
    assert words(found) == {"posted": 48}
    assert issued(books) >= -160
    assert all(books.balance(wallet(name)) <= 60 for name in PEOPLE)
    books.verify()
    books.say(*[f"buy d{n} {n + 9000} by {PEOPLE[n % 4]}" for n in range(8)])
    assert issued(books) == -160
    assert all(books.balance(wallet(name)) <= 60 for name in PEOPLE)
    books.verify()


@pytest.mark.parametrize("round_", range(ROUNDS))
@pytest.mark.parametrize("is_grouped", [False, True])
def test_nobody_gets_more_than_the_day_allows_from_64_tills(
    books: DatabaseBooks, racers: Racers, round_: int, *, is_grouped: bool
) -> None:
    terms = points(Offer(rate=Rate(), limits=Limits(units_per_day=50)))
    said = [f"buy b{number} {300 + number}" for number in range(64)]
    found = racers.race(now(books, *said), terms, is_grouped=is_grouped)
    assert words(found) == {"posted": 64}
    assert books.balance(wallet("A")) == 50
    books.verify()


@pytest.mark.parametrize("is_grouped", [False, True])
def test_64_stamps_of_one_shop_are_one(
    books: DatabaseBooks, racers: Racers, *, is_grouped: bool
) -> None:
    terms = points(Offer("stamp", limits=Limits(times_per_shop=1)))
    said = [f"award a{number} of stamp at {'SLM'[number % 3]}1" for number in range(63)]
    found = racers.race(now(books, *said), terms, is_grouped=is_grouped)
    assert words(found) == {"posted": 3, "limit_reached": 60}
    books.verify()


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_goods_come_back_once_from_64_tills(
    books: DatabaseBooks, racers: Racers, round_: int
) -> None:
    """And what they earned is taken back once, while it is being spent."""
    books.programs = (Terms(), points(Offer(rate=Rate(yen=10))))
    books.say("grant g1 300", "buy b1 1000")
    said = [f"return r{number} 250 of b1" for number in range(32)]
    said += [f"buy b{number} 9 with points confirmed" for number in range(2, 34)]
    found = racers.race(now(books, *said), *books.programs)
    back = [answer for answer in found if answer.said.startswith("return")]
    assert words(back) == {"posted": 4, "refund_exceeds_payment": 28}
    assert books.balance(wallet("A", GIFT)) == 300
    assert books.balance(wallet("A")) >= 0
    books.verify()


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_a_pool_ends_while_it_is_filled_and_spent(
    books: DatabaseBooks, racers: Racers, round_: int
) -> None:
    """Around midnight: what was given is spent, expired or, given too late, expires next."""
    books.programs = (points(Offer(rate=Rate(yen=10), until="10-01")),)
    books.say("buy b0 5000")
    midnight = end_of_day(books.clock.now().date())
    before = midnight - timedelta(milliseconds=1)
    said = [(f"buy b{number} 31 with points confirmed", before) for number in range(1, 25)]
    said += [(f"buy c{number} 100 with nothing confirmed", before) for number in range(24)]
    said += [(f"expire e{number}", midnight) for number in range(8)]
    found = racers.race(random.sample(said, len(said)), *books.programs)
    assert set(words(found)) <= {"posted", "nothing_to_move"}
    books.clock.at = midnight
    books.say("expire last")
    shop = named("shop", "S")
    given = -books.balance(account_id(shop, Role.ISSUED, POINTS))
    spent = books.balance(account_id(shop, Role.RECEIVABLE, POINTS))
    program = ledger.model.derived_id(f"program/{POINTS}")
    assert given == spent + books.balance(account_id(program, Role.EXPIRED, POINTS))
    assert books.balance(wallet("A")) == 0
    books.verify()


def test_two_lanes_of_one_process_read_ahead_through_a_storm(books: DatabaseBooks) -> None:
    """Small pools, limits and budgets, filled and emptied all the time, and what is undone."""
    books.programs = (
        Terms(is_capped=True),
        Terms(
            POINTS,
            is_capped=True,
            is_automatic=False,
            offers=(
                Offer(rate=Rate(yen=10), limits=Limits(units_per_day=4_000)),
                Offer("bonus", rate=Rate(yen=5), funder="city", is_bounded=True),
                Offer("class", units=30, funder="city", is_bounded=True),
            ),
        ),
    )
    books.set_budget(POINTS, named("funder", "city"), 9_000, books.clock.now())
    books.say("deliver y1 100 in atlas", *[f"grant g{name} 2000 to {name}" for name in "ABC"])
    seeded = random.Random(20261001)
    said: list[str] = []
    for number in range(1_500 * ROUNDS):
        card, till = seeded.choice(["A", "A2", "B", "C"]), seeded.choice(["S1", "S2", "L1"])
        units, other = seeded.randint(1, 90), seeded.randint(max(0, number - 60), number)
        by_at = f"by {card} at {till}"
        said.append(
            seeded.choice(
                [
                    f"buy b{number} {units} {by_at} with points confirmed",
                    f"buy b{number} {units} {by_at} with points:{units},gift:3 confirmed",
                    f"buy b{number} {units} {by_at} with nothing confirmed",
                    f"return r{number} {units // 2 + 1} of b{other} at {till}",
                    f"return r{number} {units // 2 + 1} of b{other} at {till}",
                    f"award a{number} of class {by_at}",
                    f"exchange x{number} {units} in points {by_at} for gift:1 from ward",
                    f"redeem d{number} 1 in points {by_at} thing atlas",
                    f"cashout o{number} {units} in points {by_at}",
                ]
            )
        )
    answers = together(books, said)
    expected = "posted insufficient_balance limit_reached unknown_operation"
    others = "refund_exceeds_payment out_of_stock"
    assert set(answers) <= {*expected.split(), *others.split()}
    assert answers.count("posted") > len(said) // 3
    books.verify()


def together(books: DatabaseBooks, said: Sequence[str]) -> list[str]:
    """What a server process with its lanes answers, 60 requests in flight at a time."""
    memory = ledger.Memory()

    def posted(commands: Sequence[Command], by: ledger.Memory) -> list[Posted | errors.DomainError]:
        with books.database.write(books.operator, is_pipelined=True) as tx:
            return ledger.post(tx, books.clock, commands, by)

    def handle(commands: Sequence[Command]) -> list[Posted | errors.DomainError]:
        return memory.run(partial(posted, commands))

    commit: GroupCommit[Command, Posted | errors.DomainError] = GroupCommit(handle)

    async def one(gate: asyncio.Semaphore, text: str) -> str:
        async with gate:
            asked = command(text, books.programs, books.clock.now())
            return word(await commit.submit(asked))

    async def everything() -> list[str]:
        gate = asyncio.Semaphore(60)
        return list(await asyncio.gather(*(one(gate, text) for text in said)))

    try:
        return asyncio.run(everything())
    finally:
        commit.close()
