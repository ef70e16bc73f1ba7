"""A batch that was decided while another was being written is right, or is decided again."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from ichimai.kernel import Asset
from ichimai.ledger import Memory
from ichimai.ledger.model import Role, account_id
from tests.integration.ledger.lanes import Lanes
from tests.journals.words import named

# What the first batch says, what the second says that was read meanwhile, and its answer.
MEETINGS = {
    "one balance is not spent twice": ("pay p1 700", "pay p2 600", "insufficient_balance"),
    "what is left is enough": ("pay p1 300", "pay p2 590", "posted"),
    "one id is carried out once": ("pay p1 300", "pay p1 300", "again"),
    "one id has one amount": ("pay p1 300", "pay p1 301", "exists_with_different_amount"),
    "the same within 90 s is asked about": ("pay p1 300", "pay p2 300", "repeat_suspected"),
    "a stopped card is refused": ("stop s1", "pay p2 300", "credential_stopped"),
    "a refusal is an answer for ever": ("pay p1 2000", "pay p1 2000", "insufficient_balance"),
    "a refusal has one amount": ("pay p1 2000", "pay p1 5", "exists_with_different_amount"),
    "a new payment can be refunded": ("pay p1 300", "refund r1 300 of p1", "posted"),
    "but no more": ("pay p1 300", "refund r1 301 of p1", "refund_exceeds_payment"),
    "a payment is refunded once": (
        "refund r1 30 of p0",
        "refund r2 30 of p0",
        "refund_exceeds_payment",
    ),
    "a new hold can be posted": ("hold h1 300 until 10-01 13:00", "post c1 200 of h1", "posted"),
    "a hold is released once": ("void c1 of h0", "post c2 20 of h0", "hold_closed"),
    "what is granted can be spent": ("grant g1 500", "pay p2 1390", "posted"),
    "what comes back can be spent": ("refund r1 40 of p0", "pay p2 930", "posted"),
    "what is expired cannot": ("expire e1", "pay p2 1", "insufficient_balance"),
    "a sale is carried out once": ("buy b1 300", "buy b1 300", "again"),
    "a sale has one way to pay": (
        "buy b1 300",
        "buy b1 300 with gift",
        "exists_with_different_programs",
    ),
    "the same id is another event": (
        "award a1 of class",
        "award a1 of prize",
        "exists_with_different_programs",
    ),
    "an equal sale is asked about": ("buy b1 300", "buy b2 300", "repeat_suspected"),
    "of a new sale goods may come back": ("buy b1 300", "return r1 300 of b1", "posted"),
    "but no more than were sold": ("buy b1 300", "return r1 301 of b1", "refund_exceeds_payment"),
    "goods come back once": (
        "return r1 5000 of b0",
        "return r2 1 of b0",
        "refund_exceeds_payment",
    ),
    "a person's limit is kept": ("award a1 of class", "award a2 of class", "limit_reached"),
    "a budget is kept": ("award a1 of prize", "award a2 of prize by B", "limit_reached"),
    "what was given by another way counts": (
        "award a1 of part by B",
        "award a2 of prize",
        "limit_reached",
    ),
    "what was given without a look at the budget counts": (
        "exchange x1 50 in gift for points:41 from city",
        "award a2 of prize",
        "limit_reached",
    ),
    "the last thing is handed over once": (
        "redeem d1 1 in points thing atlas",
        "redeem d2 1 in points thing atlas",
        "out_of_stock",
    ),
    "what is exchanged is gone": (
        "exchange x1 50 in points",
        "exchange x2 1 in points",
        "insufficient_balance",
    ),
    "what is paid back is gone": (
        "cashout o1 800 in gift",
        "pay p2 200",
        "insufficient_balance",
    ),
    "what is given away is gone": ("give v1 800 to B", "pay p2 200", "insufficient_balance"),
    "what somebody gave is there": ("give v1 800 to B", "pay p2 800 by B", "posted"),
    "what was asked for beforehand is reached": (
        "award a1 of class",
        "exchange x1 1 in points needs class:7",
        "posted",
    ),
    "a card that is stopped does not earn": ("stop s1", "award a2 of class", "credential_stopped"),
}

by_whom = pytest.mark.parametrize("is_known", [True, False], ids=["here", "elsewhere"])
"""Whether the batch before was made by the same process, which remembers it, or by another."""


@pytest.mark.parametrize("first, second, answer", MEETINGS.values(), ids=MEETINGS)
@by_whom
def test_a_batch_is_decided_on_what_the_one_before_left(
    lanes: Lanes, first: str, second: str, answer: str, *, is_known: bool
) -> None:
    if first.startswith("expire"):
        lanes.books.clock.at += timedelta(days=365)
    assert lanes.meet(first, second, by=lanes.memory if is_known else Memory()) == answer
    if is_known:
        assert lanes.tried == 1, "it was decided on what that batch leaves"
    lanes.books.verify()


POOLS = {
    "emptied and then filled": [
        ["buy b1 10 with points:50"],
        ["buy b2 50 with points:40"],
        ["buy b3 3000"],
        ["buy b4 20 with points:20"],
        ["buy b5 7 with points:5"],
    ],
    "emptied and filled in one": [
        ["buy b1 50 with points", "buy b2 3000"],
        ["buy b3 20 with points:20"],
        ["buy b4 10 with points", "buy b5 1000", "buy b6 22 with points"],
        ["buy b7 3 with points"],
    ],
    "emptied where it is not capped and spent where it is": [
        ["buy b1 50 with points"],
        ["buy b2 3000"],
        ["buy b3 20 with points at L1"],
        ["buy b4 10 with points"],
        ["return r1 20 of b3 at L1"],
    ],
    "filled from two sides": [
        ["buy b1 50 with points"],
        ["award a1 of class"],
        ["return r1 50 of b1"],
        ["buy b2 57 with points"],
        ["return r2 57 of b2"],
    ],
    "a sale and its return again and again": [
        ["buy b1 3000"],
        ["return r1 1000 of b1"],
        ["return r2 1000 of b1", "buy b2 60 with points"],
        ["return r3 1000 of b1"],
        ["return r4 60 of b2"],
    ],
    "a budget spent over and over": [
        ["award a1 of part"],
        ["award a2 of part by B", "award a3 of part by C"],
        ["buy b1 41 with points"],
        ["buy b2 41 with points by B"],
    ],
    "one shop gives and takes back": [
        ["buy b1 3000", "buy b2 3000 by B"],
        ["return r1 3000 of b1", "buy b3 2000 by B"],
        ["buy b4 2100", "return r2 2000 of b3"],
        ["return r3 2100 of b4"],
    ],
}
"""What lanes say that each read while the one before has not committed."""


@pytest.mark.parametrize("steps", POOLS.values(), ids=POOLS)
@by_whom
@pytest.mark.parametrize("alone", [0, 1], ids=["in pairs", "after one"])
def test_a_pool_is_what_all_batches_left_of_it(
    lanes: Lanes, steps: list[list[str]], *, is_known: bool, alone: int
) -> None:
    """Each second batch reads while the one before it is being committed."""
    answers = [lanes.all_said(batch, lanes.memory) for batch in steps[:alone]]
    for place in range(alone, len(steps), 2):
        first, *second = steps[place : place + 2]
        if second:
            by = lanes.memory if is_known else Memory()
            answers += lanes.meet_all(first, *second, by=by)
        else:
            answers.append(lanes.all_said(first, lanes.memory))
        lanes.books.verify()
    assert {answer for batch in answers for answer in batch} == {"posted"}


# What was said before, what the first batch says and the second that was read meanwhile; and the
# points that A and B have then.
MERGED = {
    "a merge": ([], ["merge u1 by A to B"], ["return r1 3000 of b0"], (0, 20)),
    "what who stays paid": (
        ["merge u1 by A to B"],
        ["buy b1 40 by B with points"],
        ["return r1 3000 of b0"],
        (0, 0),
    ),
    "and pays in the batch that takes it back": (
        ["merge u1 by A to B"],
        ["buy b1 40 by B with points"],
        ["buy b2 5 by B with points", "return r1 3000 of b0"],
        (0, 0),
    ),
    "what was taken back": (
        ["merge u1 by A to B"],
        ["return r1 3000 of b0"],
        ["return r2 1000 of b0", "buy b1 2 by B with points"],
        (0, 8),
    ),
    "a merge further on": (
        ["merge u1 by A to B"],
        ["merge u2 by B to C"],
        ["buy b2 600 by B with nothing", "return r1 5000 of b0"],
        (0, 0),
    ),
    "a split": (
        ["merge u1 by A to B"],
        ["split w1 of u1 by B to A"],
        ["buy b2 600 with nothing", "return r1 3000 of b0"],
        (26, 0),
    ),
}


@pytest.mark.parametrize("before, first, second, points", MERGED.values(), ids=MERGED)
@by_whom
def test_what_a_merge_moved_on_meanwhile_is_taken_back(
    lanes: Lanes,
    before: list[str],
    first: list[str],
    second: list[str],
    points: tuple[int, int],
    *,
    is_known: bool,
) -> None:
    answers = [lanes.all_said(before, lanes.memory)] if before else []
    answers += lanes.meet_all(first, second, by=lanes.memory if is_known else Memory())
    assert {answer for batch in answers for answer in batch} == {"posted"}
    wallets = [account_id(named("wallet", one), Role.WALLET, Asset("points")) for one in "AB"]
    assert tuple(lanes.books.balance(wallet) for wallet in wallets) == points
    lanes.books.verify()


def test_a_batch_that_was_never_committed_leaves_nothing(lanes: Lanes) -> None:
    assert lanes.meet("pay p1 700", "pay p2 600", is_lost=True, by=lanes.memory) == "posted"
    assert lanes.said("pay p1 700", lanes.memory) == "insufficient_balance"
    lanes.books.verify()


def test_lanes_that_race_never_fail(lanes: Lanes) -> None:
    """A batch that fails is done again in halves: nobody would notice but who waits."""
    lanes.said("grant g1 1000000", lanes.memory)

    def lane(name: int) -> None:
        for number in range(1_000):
            assert lanes.said(f"pay p{name}-{number} 1 confirmed", lanes.memory) == "posted"

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lane, range(2)))
    lanes.books.verify()
