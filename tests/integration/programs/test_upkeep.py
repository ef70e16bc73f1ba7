"""What time does: lots end, what comes back to them has a grace, holds run out."""

from datetime import datetime, timedelta

import msgspec
import pytest

from ichimai import ledger
from ichimai.kernel.errors import DomainError
from ichimai.ledger import Kind, OperationId, Posted
from ichimai.ledger.errors import HoldClosed, InsufficientBalance
from ichimai.ledger.model import Role
from ichimai.programs import upkeep
from ichimai.programs.model import PaymentRequest, RefundRequest, ReleaseRequest, Request
from tests.integration.programs.office import Office
from tests.town import GIFT, Town


def ask(town: Town, request: Request) -> Posted | DomainError:
    (answer,) = town.desk.serve([request])
    return answer


def held(town: Town, units: int, until: datetime) -> OperationId:
    request = PaymentRequest(
        id=town.operation(),
        token=town.token("greengrocer"),
        credential=town.cards["hanako"],
        units=units,
        hold_until=until,
        is_repeat_confirmed=True,
    )
    assert isinstance(ask(town, request), Posted)
    return request.id


def refunded(town: Town, payment: OperationId, units: int) -> None:
    request = RefundRequest(
        id=town.operation(), token=town.token("greengrocer"), payment=payment, units=units
    )
    assert isinstance(ask(town, request), Posted)


def totals(town: Town) -> dict[str, int]:
    with town.database.read(town.operator) as tx:
        roles = (Role.WALLET, Role.EXPIRED, Role.CLEARING, Role.RECEIVABLE)
        return {role.name: ledger.reports.total(tx, role) for role in roles}


def test_lots_end_when_their_time_comes_and_not_before(office: Office) -> None:
    """Four lots end after 180 days: hanako's, the first of taro's, kazu's and jiro's."""
    town = office.town
    end = town.clock.now() + timedelta(days=180)
    town.clock.at = end - timedelta(microseconds=1)
    assert upkeep.expire(town.desk) == 0
    town.clock.at = end
    assert upkeep.expire(town.desk) == 4
    assert totals(town) == {"WALLET": 10_000, "EXPIRED": 30_100, "CLEARING": 0, "RECEIVABLE": 0}
    assert upkeep.expire(town.desk) == 0
    town.clock.advance(timedelta(days=180))
    assert upkeep.expire(town.desk) == 1
    assert totals(town)["EXPIRED"] == 40_100
    office.verify()


def test_a_round_in_which_nothing_ends_makes_no_block(town: Town) -> None:
    head = town.head()
    assert upkeep.expire(town.desk) == 0
    assert upkeep.time_out_holds(town.desk) == 0
    assert town.head() == head


def test_a_spent_lot_does_not_end(town: Town) -> None:
    town.pay("kazu", "greengrocer", 100)
    town.clock.advance(timedelta(days=180))
    assert upkeep.expire(town.desk) == 3


def test_a_lot_that_is_over_pays_nothing_even_before_the_round(town: Town) -> None:
    town.clock.advance(timedelta(days=180))
    request = PaymentRequest(
        id=town.operation(),
        token=town.token("greengrocer"),
        credential=town.cards["hanako"],
        units=1,
    )
    assert isinstance(ask(town, request), InsufficientBalance)


@pytest.mark.parametrize("days", [0, 3, 14])
def test_what_is_refunded_after_the_end_may_be_spent_within_the_grace(
    office: Office, days: int
) -> None:
    town = office.town
    office.open(msgspec.structs.replace(GIFT, refund_grace_days=days))
    paid = town.pay("hanako", "greengrocer", 4_000)
    town.clock.advance(timedelta(days=180))
    upkeep.expire(town.desk)
    refunded(town, paid, 3_000)
    grace_ends = town.clock.now() + timedelta(days=days)
    assert town.balance("hanako") == (3_000 if days else 0)
    if days:
        town.clock.at = grace_ends - timedelta(microseconds=1)
        assert upkeep.expire(town.desk) == 0
        town.pay("hanako", "teahouse", 1_000)
    town.clock.at = grace_ends
    assert upkeep.expire(town.desk) == 1
    assert town.balance("hanako") == 0
    office.verify()


def test_what_is_refunded_before_the_end_ends_with_its_lot(office: Office) -> None:
    town = office.town
    paid = town.pay("hanako", "greengrocer", 4_000)
    town.clock.advance(timedelta(days=180) - timedelta(microseconds=1))
    refunded(town, paid, 4_000)
    town.clock.advance(timedelta(microseconds=1))
    assert upkeep.expire(town.desk) == 4
    assert town.balance("hanako") == 0
    office.verify()


def test_a_hold_that_nobody_posted_in_time_comes_back(office: Office) -> None:
    town = office.town
    until = town.clock.now() + timedelta(hours=1)
    hold = held(town, 4_000, until)
    assert town.balance("hanako") == 6_000
    town.clock.at = until - timedelta(microseconds=1)
    assert upkeep.time_out_holds(town.desk) == 0
    town.clock.at = until
    late = ReleaseRequest(
        id=town.operation(), token=town.token("greengrocer"), hold=hold, units=None
    )
    assert isinstance(ask(town, late), HoldClosed)
    assert upkeep.time_out_holds(town.desk) == 1
    assert upkeep.time_out_holds(town.desk) == 0
    assert town.balance("hanako") == 10_000
    assert totals(town)["CLEARING"] == 0
    office.verify()


def test_holds_that_were_posted_or_voided_do_not_time_out(office: Office) -> None:
    town = office.town
    until = town.clock.now() + timedelta(hours=1)
    for units in (1_500, 0):
        hold = held(town, 2_000, until)
        release = ReleaseRequest(
            id=town.operation(), token=town.token("greengrocer"), hold=hold, units=units
        )
        assert isinstance(ask(town, release), Posted)
    town.clock.at = until
    assert upkeep.time_out_holds(town.desk) == 0
    assert town.balance("hanako") == 8_500
    office.verify()


def test_several_holds_time_out_in_one_round(office: Office) -> None:
    town = office.town
    until = town.clock.now() + timedelta(hours=1)
    for units in (100, 200, 300):
        held(town, units, until)
    held(town, 400, until + timedelta(hours=1))
    town.clock.at = until
    assert upkeep.time_out_holds(town.desk) == 3
    assert town.balance("hanako") == 9_600
    office.verify()


def test_a_hold_that_outlasts_its_lot_comes_back_with_a_grace(office: Office) -> None:
    """The resident did not choose to let it lie: the units get the program's grace."""
    town = office.town
    end = town.clock.now() + timedelta(days=180)
    held(town, 4_000, end + timedelta(days=1))
    town.clock.at = end
    upkeep.expire(town.desk)
    town.clock.at = end + timedelta(days=1)
    assert upkeep.time_out_holds(town.desk) == 1
    assert town.balance("hanako") == 4_000
    town.clock.advance(timedelta(days=GIFT.refund_grace_days))
    assert upkeep.expire(town.desk) == 1
    with town.database.read(town.operator) as tx:
        assert ledger.reports.total_moved(tx, [Kind.EXPIRY]) == 30_100
    office.verify()
