"""What comes back of what a delegate paid, and refusals that stay what they were."""

from datetime import timedelta

import msgspec
import pytest

from ichimai import audit, ledger, programs
from ichimai.kernel import Asset
from ichimai.kernel.ids import NIL
from ichimai.ledger import Posted
from ichimai.ledger.errors import (
    DifferentAmount,
    DifferentCredential,
    DifferentKind,
    DifferentTerminal,
    InsufficientBalance,
    UnknownOperation,
)
from ichimai.ledger.model import NEVER, Grant
from ichimai.people.records import personal
from ichimai.people.records.delegates import Scope
from ichimai.people.records.errors import (
    DayLimitExceeded,
    DelegationEnded,
    DelegationNotBegun,
    OutOfScope,
    TotalLimitExceeded,
)
from ichimai.programs import wallets
from ichimai.programs.model import (
    CashOutRequest,
    Choice,
    ExchangeRequest,
    PurchaseRequest,
    RedemptionRequest,
    ReturnRequest,
    TopUpRequest,
)
from ichimai.programs.terms import Exchange, Program, ProgramKind, Thing
from tests.integration.programs.fair import Fair
from tests.integration.programs.office import Office
from tests.integration.programs.test_delegates_pay import Bearer
from tests.integration.programs.test_payers import told
from tests.town import GIFT, Town

SPORTS, PREMIUM = Asset("sports"), Asset("sports-premium")
RIDES = Program(
    key=Asset("rides"),
    kind=ProgramKind.IN_KIND,
    name_ja="乗車",
    name_en="Rides",
    unit_yen=450,
    things=(Thing(key="ride", name_ja="1回", name_en="One ride"),),
)
LEAVES = Program(
    key=Asset("leaves"),
    kind=ProgramKind.POINTS,
    name_ja="木の葉",
    name_en="Leaves",
    unit_yen=0,
    exchanges=(
        Exchange(
            key="gift", name_ja="1,000円", name_en="1,000 yen", take=1_500, to=GIFT.key, give=1_000
        ),
    ),
)


def grant(town: Town, program: Asset, units: int) -> None:
    """Give hanako units of a program."""
    gift = Grant(
        operation=town.operation(),
        wallet=town.subjects["hanako"],
        funder=NIL,
        asset=program,
        units=units,
        expires_at=NEVER,
    )
    with town.database.write(town.operator) as tx:
        (answer,) = ledger.post(tx, town.clock, [gift])
    assert isinstance(answer, Posted)


def test_a_refund_gives_the_limit_back(office: Office) -> None:
    """The day's on the day of the payment, the total always; each refund once."""
    town = office.town
    bearer = Bearer(town)
    first = bearer.asks(3_000)
    assert told(town.desk.serve([first])) == ["paid"]
    assert bearer.pay(1) == [DayLimitExceeded]
    assert bearer.refund(first.id, 1_000) == "paid"
    assert bearer.refund(first.id, 500) == "paid"
    assert bearer.pay(1_501) == [DayLimitExceeded]
    assert bearer.pay(1_500) == ["paid"]
    assert bearer.pay(1) == [DayLimitExceeded]
    assert bearer.spent() == 3_000
    town.clock.advance(timedelta(days=1))
    assert bearer.pay(2_001) == [TotalLimitExceeded]
    assert bearer.refund(first.id, 1_500) == "paid"
    assert bearer.pay(3_001) == [DayLimitExceeded]
    assert bearer.pay(2_000) == ["paid"]
    assert bearer.pay(1_001) == [DayLimitExceeded]
    assert bearer.pay(1_000) == ["paid"]
    assert bearer.spent() == 4_500
    lines = sorted(use.yen for use in bearer.lines())
    assert lines == [-1_500, -1_000, -500, 1_000, 1_500, 2_000, 3_000]
    assert town.balance("hanako") == 5_500
    office.verify()


def test_what_is_exchanged_or_handed_over_counts_its_yen(office: Office) -> None:
    """A ride is worth 450 yen; 1,500 leaves, which have no worth of their own, are 1,000 yen."""
    town = office.town
    bearer = Bearer(town)
    for program in (RIDES, LEAVES):
        office.open(program)
        grant(town, program.key, 9_000)
    ride = RedemptionRequest(**bearer.said(), program=RIDES.key, thing="ride")
    assert told(town.desk.serve([ride])) == ["paid"]
    assert bearer.spent() == 450
    swap = ExchangeRequest(**bearer.said(), program=LEAVES.key, exchange="gift", times=2)
    assert told(town.desk.serve([swap])) == ["paid"]
    assert bearer.spent() == 2_450
    again = ExchangeRequest(**bearer.said(), program=LEAVES.key, exchange="gift")
    assert told(town.desk.serve([again])) == [DayLimitExceeded]
    assert bearer.pay(551) == [DayLimitExceeded]
    assert bearer.refund(ride.id, 1) == "paid"
    assert told(town.desk.serve([swap])) == ["paid"]
    assert bearer.pay(1_001) == [DayLimitExceeded]
    assert bearer.pay(1_000) == ["paid"]
    assert bearer.spent() == 3_000
    office.verify()


def test_who_only_collects_is_handed_what_costs_nothing(office: Office) -> None:
    """A thing without worth in yen is collecting, and written as that; all else is paying."""
    town = office.town
    towel = msgspec.structs.replace(RIDES, key=Asset("towels"), unit_yen=0)
    for program in (RIDES, towel):
        office.open(program)
        grant(town, program.key, 9)

    def fetch(bearer: Bearer, program: Program) -> list[object]:
        asked = RedemptionRequest(**bearer.said(), program=program.key, thing="ride")
        return told(town.desk.serve([asked]))

    fetches = Bearer(town, scopes=frozenset({Scope.COLLECT}))
    assert fetch(fetches, towel) == ["paid"]
    assert fetch(fetches, RIDES) == [OutOfScope]
    assert fetches.pay(1) == [OutOfScope]
    pays = Bearer(town)
    assert [fetch(pays, program) for program in (towel, RIDES)] == [["paid"], ["paid"]]
    done = sorted((use.scope, use.yen) for use in pays.lines())
    assert done == [(Scope.COLLECT, 0), (Scope.COLLECT, 0), (Scope.PAY, 450)]
    office.verify()


def test_what_costs_nothing_is_brought_back_and_gives_nothing_back(office: Office) -> None:
    """And the delegate goes on paying."""
    town = office.town
    towel = msgspec.structs.replace(RIDES, key=Asset("towels"), unit_yen=0)
    office.open(towel)
    grant(town, towel.key, 9)
    bearer = Bearer(town)
    fetched = RedemptionRequest(**bearer.said(), program=towel.key, thing="ride")
    assert told(town.desk.serve([fetched])) == ["paid"]
    assert bearer.refund(fetched.id, 1) == "paid"
    assert bearer.pay(3_000, 1) == ["paid", DayLimitExceeded]
    assert bearer.spent() == 3_000
    office.verify()


def test_goods_that_come_back_give_back_what_programs_paid_of_them(office: Office) -> None:
    """Of 2,000 yen 500 were a voucher's: what was cash never counted."""
    town = office.town
    Fair(town).open()
    grant(town, PREMIUM, 500)
    bearer = Bearer(town)
    sale = PurchaseRequest(**bearer.said(), total_yen=2_000, pay_with=(Choice(PREMIUM),))
    assert told(town.desk.serve([sale])) == ["paid"]
    assert bearer.spent() == 500
    for yen, spent in ((300, 200), (1_700, 0)):
        back = ReturnRequest(
            id=town.operation(),
            token=town.token("greengrocer"),
            purchase=sale.id,
            total_yen=yen,
        )
        assert told(town.desk.serve([back])) == ["paid"]
        assert bearer.pay(3_001 - spent) == [DayLimitExceeded]
        assert bearer.spent() == spent
    office.verify()


def test_money_that_is_paid_in_does_not_count_nor_comes_back(office: Office) -> None:
    """What is paid out in cash counts, and there is no way back of it."""
    town = office.town
    Fair(town).open()
    bearer = Bearer(town)
    paid_in = TopUpRequest(**bearer.said(), program=SPORTS, units=2_000)
    assert told(town.desk.serve([paid_in])) == ["paid"]
    assert bearer.refund(paid_in.id, 900) == "paid"
    assert bearer.pay(3_001) == [DayLimitExceeded]
    out = CashOutRequest(**bearer.said(), program=SPORTS, units=1_000)
    assert told(town.desk.serve([out])) == ["paid"]
    assert bearer.refund(out.id, 1_000) == UnknownOperation
    assert bearer.pay(2_001, 2_000) == [DayLimitExceeded, "paid"]
    assert bearer.spent() == 3_000
    office.verify()


@pytest.mark.parametrize("late, outcome", [(-2, "paid"), (2, DayLimitExceeded)])
def test_a_refund_after_midnight_is_of_the_day_of_the_payment(
    office: Office, late: int, outcome: object
) -> None:
    """Of yesterday's payment nothing comes back to what may be spent today."""
    town = office.town
    bearer = Bearer(town)
    yesterday, midnight = bearer.asks(2_000), timedelta(hours=12)
    assert told(town.desk.serve([yesterday])) == ["paid"]
    town.clock.advance(midnight + timedelta(seconds=late))
    assert bearer.pay(1_000) == ["paid"]
    assert bearer.refund(yesterday.id, 2_000) == "paid"
    assert bearer.pay(2_001) == [DayLimitExceeded]
    assert bearer.pay(2_000) == ["paid"]


def test_what_a_hold_did_not_take_comes_back_and_then_its_refund(office: Office) -> None:
    town = office.town
    bearer = Bearer(town)
    until = town.clock.now() + timedelta(minutes=10)
    held = msgspec.structs.replace(bearer.asks(3_000), hold_until=until)
    assert told(town.desk.serve([held])) == ["paid"]
    posted = bearer.release(held.id, 1_200)
    assert bearer.pay(1_801) == [DayLimitExceeded]
    assert bearer.pay(1_800) == ["paid"]
    assert bearer.refund(posted, 700) == "paid"
    assert bearer.pay(701) == [DayLimitExceeded]
    assert bearer.pay(700) == ["paid"]
    assert bearer.spent() == 3_000
    office.verify()


def test_only_what_this_delegate_paid_comes_back(office: Office) -> None:
    """Not a refund of what the principal bought, nor of another delegation."""
    town = office.town
    bearer = Bearer(town)
    own = town.pay("hanako", "greengrocer", 1_000)
    assert bearer.pay(3_000) == ["paid"]
    assert bearer.refund(own, 1_000) == "paid"
    assert bearer.pay(1) == [DayLimitExceeded]
    bearer.end()
    assert Bearer(town).pay(3_000, 1) == ["paid", DayLimitExceeded]


def test_what_came_back_is_seen_without_another_payment(office: Office) -> None:
    town = office.town
    bearer = Bearer(town)
    first = bearer.asks(2_000)
    town.desk.serve([first])
    bearer.refund(first.id, 500)
    for _ in range(2):
        with town.database.write(town.operator) as tx:
            wallets.bring_up_delegates(tx, town.subjects["hanako"])
        assert bearer.spent() == 1_500
    assert bearer.pay(1_501, 1_500) == [DayLimitExceeded, "paid"]


def test_a_refusal_is_the_answer_for_ever(office: Office) -> None:
    """When the limit is free again, after the end, after the card was stopped (decision 3)."""
    town = office.town
    future = Bearer(town, begins_in=60)
    not_yet = future.asks(1)
    assert told(town.desk.serve([not_yet])) == [DelegationNotBegun]
    future.end()
    bearer = Bearer(town)
    refused = bearer.asks(3_001)
    assert told(town.desk.serve([refused])) == [DayLimitExceeded]
    late = Bearer(town, scopes=frozenset({Scope.COLLECT}))
    outside = late.asks(1)
    assert told(town.desk.serve([outside])) == [OutOfScope]
    town.clock.advance(timedelta(days=61))
    assert bearer.pay(3_000, 2_000) == ["paid", DayLimitExceeded]
    too_much = bearer.asks(2_001)
    town.clock.advance(timedelta(days=1))
    assert told(town.desk.serve([too_much])) == [TotalLimitExceeded]
    town.clock.advance(timedelta(days=40))
    ended = bearer.asks(1)
    assert told(town.desk.serve([ended])) == [DelegationEnded]
    every = [refused, outside, not_yet, too_much, ended]
    outcomes = [DayLimitExceeded, OutOfScope, DelegationNotBegun, TotalLimitExceeded]
    assert told(town.desk.serve(every)) == [*outcomes, DelegationEnded]
    bearer.end()
    programs.cards.stop_card(town.desk, bearer.code)
    assert told(town.desk.serve(every)) == [*outcomes, DelegationEnded]
    with town.database.write(town.operator) as tx:
        me = town.subjects["hanako"]
        personal.erase(tx, town.clock, audit.Myself(me), me)
    assert told(town.desk.serve(every)) == [*outcomes, DelegationEnded]


def test_a_refused_operation_with_another_body_says_what_differs(office: Office) -> None:
    """Whatever card is shown for it: it was the principal's own, a stranger's, or none."""
    town = office.town
    bearer = Bearer(town)
    refused = bearer.asks(3_001)
    assert told(town.desk.serve([refused])) == [DayLimitExceeded]
    change = msgspec.structs.replace
    others = [
        change(refused, hold_until=town.clock.now() + timedelta(minutes=5)),
        change(refused, units=3_000),
        change(refused, credential=town.cards["hanako"]),
        change(refused, credential="nobody's"),
        change(refused, token=town.token("teahouse")),
    ]
    differences = [DifferentKind, DifferentAmount, DifferentCredential, DifferentCredential]
    assert told(town.desk.serve(others)) == [*differences, DifferentTerminal]
    assert town.balance("hanako") == 10_000


def test_what_the_ledger_remembered_stays_the_ledgers(office: Office) -> None:
    town = office.town
    bearer = Bearer(town)
    for _ in range(2):
        town.pay("hanako", "greengrocer", 4_500)
    refused = bearer.asks(2_000)
    assert told(town.desk.serve([refused])) == [InsufficientBalance]
    bearer.end()
    assert told(town.desk.serve([refused])) == [InsufficientBalance]
    assert told(town.desk.serve([refused])) == [InsufficientBalance]
