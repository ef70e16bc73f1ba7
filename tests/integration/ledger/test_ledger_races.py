"""Many at once on one ledger: racers in four processes, released by one barrier (faults.md C)."""

import os
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

import pytest

from ichimai import ledger, storage
from ichimai.kernel.clock import end_of_day
from ichimai.ledger.model import Role, account_id
from tests.journals.database_books import DatabaseBooks
from tests.journals.racing import Answer, Racers
from tests.journals.words import GIFT, Terms, named

ROUNDS: Final = 50 if os.environ.get("ICHIMAI_TEST_LONG") else 3


@pytest.fixture(scope="module")
def racers(shared_database: storage.Database) -> Iterator[Racers]:
    found = Racers(shared_database.url, storage.operator_schema("131164"))
    yield found
    found.close()


EXPECTED_IN_A_STORM: Final = {
    *("posted", "again", "insufficient_balance", "limit_exceeded", "repeat_suspected"),
    *("exists_with_different_amount", "exists_with_different_credential"),
    *("exists_with_different_terminal", "exists_with_different_kind"),
    *("unknown_operation", "hold_closed", "refund_exceeds_payment", "nothing_to_move"),
}


def wallet(books: DatabaseBooks, name: str = "A") -> int:
    return books.balance(account_id(named("wallet", name), Role.WALLET, GIFT))


def shop(books: DatabaseBooks, name: str, role: Role = Role.RECEIVABLE) -> int:
    return books.balance(account_id(named("shop", name), role, GIFT))


def words(answers: Sequence[Answer]) -> Counter[str]:
    return Counter(answer.word for answer in answers)


def now(books: DatabaseBooks, *said: str) -> list[tuple[str, datetime]]:
    return [(text, books.clock.now()) for text in said]


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_two_shops_and_one_balance(books: DatabaseBooks, racers: Racers, round_: int) -> None:
    """It covers one of them: exactly one is paid."""
    books.say("grant g1 500")
    found = racers.race(now(books, "pay p1 400 at S1", "pay p2 400 at L1"))
    assert words(found) == {"posted": 1, "insufficient_balance": 1}
    assert (wallet(books), shop(books, "S") + shop(books, "L")) == (100, 400)
    books.verify()


@pytest.mark.parametrize("is_grouped", [False, True])
def test_a_hundred_payments_of_1_yen_from_50(
    books: DatabaseBooks, racers: Racers, *, is_grouped: bool
) -> None:
    books.say("grant g1 20 until 10-20", "grant g2 30")
    said = [f"pay p{number} 1 confirmed at {'SL'[number % 2]}1" for number in range(100)]
    found = racers.race(now(books, *said), is_grouped=is_grouped)
    assert words(found) == {"posted": 50, "insufficient_balance": 50}
    assert (wallet(books), shop(books, "S") + shop(books, "L")) == (0, 50)
    books.verify()


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_64_refunds_of_one_payment(books: DatabaseBooks, racers: Racers, round_: int) -> None:
    """Exactly one has it (faults.md C37)."""
    books.say("grant g1 500", "pay p1 300")
    found = racers.race(now(books, *[f"refund r{number} 300 of p1" for number in range(64)]))
    assert words(found) == {"posted": 1, "refund_exceeds_payment": 63}
    assert (wallet(books), shop(books, "S")) == (500, 0)
    books.verify()


def test_64_refunds_in_parts(books: DatabaseBooks, racers: Racers) -> None:
    """Of 70 each, four fit into 300."""
    books.say("grant g1 100 until 10-20", "grant g2 400", "pay p1 300")
    found = racers.race(now(books, *[f"refund r{number} 70 of p1" for number in range(64)]))
    assert words(found) == {"posted": 4, "refund_exceeds_payment": 60}
    assert wallet(books) == 480
    books.verify()


@pytest.mark.parametrize("is_grouped", [False, True])
def test_one_id_from_64_racers_has_one_effect_and_one_answer(
    books: DatabaseBooks, racers: Racers, *, is_grouped: bool
) -> None:
    books.say("grant g1 20 until 10-20", "grant g2 500")
    found = racers.race(now(books, *["pay p1 300"] * 64), is_grouped=is_grouped)
    assert words(found) == {"posted": 1, "again": 63}
    assert len({answer.numbers for answer in found}) == 1
    assert wallet(books) == 220
    books.verify()


def test_one_id_with_two_bodies_has_one_effect(books: DatabaseBooks, racers: Racers) -> None:
    books.say("grant g1 500")
    said = [f"pay p1 {100 + number % 2}" for number in range(32)]
    found = words(racers.race(now(books, *said)))
    assert found == {"posted": 1, "again": 15, "exists_with_different_amount": 16}
    assert wallet(books) in {400, 399}
    books.verify()


def test_a_refused_id_is_refused_to_all(books: DatabaseBooks, racers: Racers) -> None:
    """Also when a grant comes between them."""
    said = ["pay p1 300"] * 31 + ["grant g1 1000"]
    found = words(racers.race(now(books, *said)))
    assert found in ({"insufficient_balance": 31, "posted": 1}, {"posted": 2, "again": 30})
    before = wallet(books)
    assert set(books.say("pay p1 300")) <= {"insufficient_balance", "again"}
    assert wallet(books) == before
    books.verify()


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_expiry_against_spending_of_one_lot(
    books: DatabaseBooks, racers: Racers, round_: int
) -> None:
    """Around midnight: what is spent and what expires add up to the lot."""
    books.say("grant g1 1000 until 10-01")
    midnight = end_of_day(books.clock.now().date())
    before = midnight - timedelta(milliseconds=1)
    said = [(f"pay p{number} 30 confirmed", before) for number in range(24)]
    said += [(f"expire e{number}", midnight) for number in range(8)]
    found = racers.race(random.sample(said, len(said)))
    paid = [answer for answer in found if answer.said.startswith("pay")]
    expired = [answer for answer in found if answer.said.startswith("expire")]
    assert words(expired) == {"posted": 1, "nothing_to_move": 7}
    assert set(words(paid)) <= {"posted", "insufficient_balance"}
    assert shop(books, "S") == 30 * words(paid)["posted"]
    (end,) = [answer.numbers for answer in expired if answer.numbers]
    assert all(answer.numbers < end for answer in paid if answer.numbers)
    assert wallet(books) == 0
    books.verify()


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_post_against_void_against_timeout_of_one_hold(
    books: DatabaseBooks, racers: Racers, round_: int
) -> None:
    books.say("grant g1 1000", "hold h1 300 until 10-01 13:00")
    end = books.clock.now() + timedelta(hours=1)
    before = end - timedelta(milliseconds=1)
    said = [(f"post c{number} 100 of h1", before) for number in range(8)]
    said += [(f"void v{number} of h1", before) for number in range(8)]
    said += [(f"timeout t{number} of h1", end) for number in range(8)]
    found = racers.race(random.sample(said, len(said)))
    assert words(found)["posted"] == 1
    assert set(words(found)) <= {"posted", "hold_closed", "hold_not_due"}
    (done,) = [answer.said for answer in found if answer.word == "posted"]
    assert shop(books, "S") == (100 if done.startswith("post") else 0)
    assert wallet(books) + shop(books, "S") == 1000
    assert shop(books, "S", Role.CLEARING) == 0
    books.verify()


def test_grants_against_a_budget(books: DatabaseBooks, racers: Racers) -> None:
    """Never above it (faults.md I126)."""
    books.set_budget(GIFT, named("funder", "city"), 1_050, books.clock.now())
    said = [f"grant g{number} 100 to {'AB'[number % 2]}" for number in range(64)]
    found = racers.race(now(books, *said))
    assert words(found) == {"posted": 10, "bound_exceeded": 54}
    assert wallet(books, "A") + wallet(books, "B") == 1_000
    books.verify()


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_nothing_is_accepted_after_the_cards_stop(
    books: DatabaseBooks, racers: Racers, round_: int
) -> None:
    """A stop has a number, and no payment of the card has a later one (faults.md C35)."""
    books.say("grant g1 10000")
    said = [f"pay p{number} 1 confirmed" for number in range(40)]
    said.insert(20, "stop s1 by A")
    found = racers.race(now(books, *said))
    (stop,) = [answer.numbers for answer in found if answer.said.startswith("stop")]
    paid = [answer.numbers for answer in found if answer.said.startswith("pay") and answer.numbers]
    assert all(number < stop for number in paid)
    assert shop(books, "S") == len(paid)
    assert words(found)["credential_stopped"] == 40 - len(paid)
    books.verify()


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_a_sale_is_before_the_cut_off_or_after_it(
    books: DatabaseBooks, racers: Racers, round_: int
) -> None:
    books.say("grant g1 10000", "pay p0 1")
    said = [f"pay p{number} 10 confirmed" for number in range(1, 30)]
    said[15:15] = ["close d1", "close d1", "close d1"]
    found = racers.race(now(books, *said))
    closed = [answer for answer in found if answer.said == "close d1"]
    assert words(closed) == {"posted": 1, "again": 2}
    (number,) = {answer.numbers for answer in closed}
    sold = [answer for answer in found if answer.said.startswith("pay")]
    before = sum(10 for answer in sold if answer.numbers < number)
    assert shop(books, "S", Role.PAYABLE) == 1 + before
    assert shop(books, "S") == 290 - before
    books.verify()


def test_each_payable_is_paid_out_once(books: DatabaseBooks, racers: Racers) -> None:
    books.say("grant g1 1000", "pay p1 1000", "close d1")
    found = racers.race(now(books, *[f"payout o{number} 1000" for number in range(32)]))
    assert words(found) == {"posted": 1, "bound_exceeded": 31}
    assert shop(books, "S", Role.SETTLED) == 1000
    books.verify()


@pytest.mark.parametrize("is_grouped", [False, True])
def test_a_storm_of_everything_leaves_a_ledger_that_verifies(
    books: DatabaseBooks, racers: Racers, *, is_grouped: bool
) -> None:
    """No deadlock, no error, one chain: each racer is answered with what it may be."""
    seeded = random.Random(20261001)
    terms = Terms(per_payment=400, per_day=3_000, is_capped=True)
    for card in "AB":
        books.say(f"grant g{card} 5000 to {card} capped 900")
    for round_ in range(4):
        said = []
        for number in range(96):
            name, units = f"{round_}-{number}", seeded.randint(1, 450)
            other = f"x{seeded.randint(0, round_)}-{seeded.randint(0, 95)}"
            card, till = seeded.choice(["A", "A2", "B"]), seeded.choice(["S1", "S2", "L1"])
            text = seeded.choice(
                [
                    f"pay x{name} {units} by {card} at {till}",
                    f"pay x{name} {units} by {card} at {till}",
                    f"pay {other} {units} by {card} at {till}",
                    f"hold x{name} {units} by {card} at {till} until 10-01 13:00",
                    f"post x{name} of {other} at {till}",
                    f"void x{name} of {other} at {till}",
                    f"refund x{name} {units // 3 + 1} of {other} at {till}",
                    f"grant x{name} {units} to {card}",
                    f"close x{name}",
                    f"expire x{name}",
                ]
            )
            said.append(text)
        found = racers.race(now(books, *said), terms, is_grouped=is_grouped)
        assert set(words(found)) <= EXPECTED_IN_A_STORM
        books.verify()
    with books.database.read(books.operator) as tx:
        sums = [ledger.reports.total(tx, role, GIFT) for role in Role]
    assert sum(sums) == 0


def test_group_commit_in_four_processes_makes_one_chain(
    books: DatabaseBooks, racers: Racers
) -> None:
    """2,000 payments in flight: each has a number of its own, and numbers have no gap."""
    books.say("grant g1 100000")
    said = [f"pay p{number} {number % 40 + 1} confirmed" for number in range(2_000)]
    found = racers.race(now(books, *said), is_grouped=True)
    assert words(found) == {"posted": 2_000}
    assert sorted(answer.numbers for answer in found) == [(number,) for number in range(2, 2_002)]
    verified = books.verify()
    assert verified.transfers == 2_001
    assert verified.blocks < 400
    assert wallet(books) == 100_000 - sum(number % 40 + 1 for number in range(2_000))
