"""The desk: a mixed batch is answered in its order, over several programs with their own terms."""

from datetime import date, timedelta

import msgspec
import pytest

from ichimai import merchants, registry
from ichimai.kernel import Asset
from ichimai.kernel.errors import DomainError
from ichimai.ledger import Kind, Posted
from ichimai.ledger.errors import (
    CredentialStopped,
    InsufficientBalance,
    LimitExceeded,
    NotAcceptedHere,
    UnknownOperation,
)
from ichimai.programs import lists
from ichimai.programs.errors import TillNotSignedIn
from ichimai.programs.model import (
    PaymentRequest,
    RefundRequest,
    ReleaseRequest,
    Request,
)
from ichimai.programs.terms import Acceptance, Expiry, Use
from ichimai.storage import REGISTRY
from tests.integration.programs.office import Office, kiju, moved
from tests.town import GIFT, Town


def payment(
    town: Town, who: str, units: int, *, at: str = "greengrocer", is_hold: bool = False
) -> PaymentRequest:
    return PaymentRequest(
        id=town.operation(),
        token=town.token(at),
        credential=town.cards[who],
        units=units,
        hold_until=town.clock.now() + timedelta(hours=1) if is_hold else None,
    )


def told(answers: list[Posted | DomainError]) -> list[object]:
    """Amounts that were posted, and the kinds of refusals."""
    return [moved(answer) if isinstance(answer, Posted) else type(answer) for answer in answers]


def test_a_mixed_batch_is_answered_in_its_order(office: Office) -> None:
    """Payments, a hold and its release, refunds, and every sort of stranger, in one batch."""
    town = office.town
    paid, hold = payment(town, "hanako", 3_000), payment(town, "taro", 2_000, is_hold=True)
    stranger = msgspec.structs.replace(payment(town, "hanako", 1), token="nobody's")
    requests: list[Request] = [
        paid,
        stranger,
        payment(town, "intruder", 500),
        hold,
        RefundRequest(
            id=town.operation(), token=town.token("greengrocer"), payment=paid.id, units=1_000
        ),
        payment(town, "jiro", 500),
        RefundRequest(id=town.operation(), token=town.token("teahouse"), payment=paid.id, units=1),
        ReleaseRequest(
            id=town.operation(), token=town.token("greengrocer"), hold=hold.id, units=1_500
        ),
        payment(town, "kazu", 101),
        RefundRequest(id=town.operation(), token="", payment=paid.id, units=1),
        payment(town, "kazu", 100, at="tavern"),
        payment(town, "kazu", 100, at="tobacconist"),
        msgspec.structs.replace(payment(town, "kazu", 1), token=town.token("revoked")),
        payment(town, "kazu", 100, at="teahouse"),
    ]
    answers = town.desk.serve(requests)
    assert told(answers) == [
        3_000,
        TillNotSignedIn,
        registry.errors.UnknownCredential,
        2_000,
        1_000,
        CredentialStopped,
        UnknownOperation,
        2_000,
        InsufficientBalance,
        TillNotSignedIn,
        NotAcceptedHere,
        NotAcceptedHere,
        TillNotSignedIn,
        100,
    ]
    for request, answer in zip(requests, answers, strict=True):
        assert not isinstance(answer, Posted) or answer.operation == request.id
    posted = [answer for answer in answers if isinstance(answer, Posted)]
    assert len({answer.block.sequence for answer in posted}) == 1
    assert [town.balance(who) for who in ("hanako", "taro", "kazu")] == [8_000, 18_500, 0]
    office.verify()


def test_a_batch_of_strangers_alone_writes_nothing(town: Town) -> None:
    head = town.head()
    stranger = msgspec.structs.replace(payment(town, "hanako", 1), token="nobody's")
    assert told(town.desk.serve([stranger, stranger])) == [TillNotSignedIn, TillNotSignedIn]
    assert town.head() == head


def test_an_empty_batch_has_no_answers(town: Town) -> None:
    assert town.desk.serve([]) == []


def test_the_same_request_twice_in_a_batch_is_done_once(town: Town) -> None:
    once = payment(town, "hanako", 3_000)
    first, second = town.desk.serve([once, once])
    assert isinstance(first, Posted)
    assert isinstance(second, Posted)
    assert (first.is_replay, second.is_replay) == (False, True)
    assert first.transfers == second.transfers
    assert town.balance("hanako") == 7_000


def test_within_a_batch_the_first_gets_what_is_left(town: Town) -> None:
    answers = town.desk.serve(
        [
            payment(town, "kazu", 60),
            payment(town, "kazu", 60, at="teahouse"),
            payment(town, "kazu", 40, at="pharmacy"),
        ]
    )
    assert told(answers) == [60, InsufficientBalance, 40]


def test_a_till_that_signed_in_needs_no_token(town: Town) -> None:
    with town.database.read(town.operator) as tx:
        (till,) = merchants.tills.terminals(tx, [town.token("greengrocer")])
    request = msgspec.structs.replace(payment(town, "hanako", 1_000), token="", till=till)
    stranger = msgspec.structs.replace(payment(town, "hanako", 1), token="")
    answers = town.desk.serve([stranger, request, payment(town, "taro", 2_000)])
    assert told(answers) == [TillNotSignedIn, 1_000, 2_000]


def test_a_card_without_any_gift_is_as_one_without_money(town: Town) -> None:
    with town.database.write(REGISTRY) as tx:
        (card,) = registry.cards.new_cards(tx, town.key, town.clock, 1)
    town.cards["new"] = card.code
    assert told(town.desk.serve([payment(town, "new", 1)])) == [InsufficientBalance]


def open_second(office: Office, **terms: object) -> None:
    """A second program, of which kazu, who has 100 of the first, gets 10,000."""
    second = msgspec.structs.replace(GIFT, key=Asset("second"), **terms)
    office.open(second)
    with office.town.database.write(office.town.operator) as tx:
        lists.link(tx, [("1", office.town.subjects["kazu"])])
    office.granted(kiju("1"), key=second.key)


def legs(answer: Posted | DomainError) -> list[tuple[str, int]]:
    assert isinstance(answer, Posted), answer
    return [(transfer.asset, transfer.units) for transfer in answer.transfers]


def pay(town: Town, units: int, at: str = "greengrocer") -> Posted | DomainError:
    (answer,) = town.desk.serve([payment(town, "kazu", units, at=at)])
    return answer


def test_a_payment_takes_first_what_ends_first(office: Office) -> None:
    """kazu's 100 end at noon of 30 March 2027."""
    open_second(office, expiry=Expiry(on=date(2027, 3, 29)))
    assert legs(pay(office.town, 4_000)) == [("second", 4_000)]
    office.verify()


def test_a_payment_over_two_programs_is_one_operation(office: Office) -> None:
    open_second(office, expiry=Expiry(on=date(2027, 3, 31)))
    answer = pay(office.town, 4_000)
    assert legs(answer) == [("longevity-gift", 100), ("second", 3_900)]
    assert isinstance(answer, Posted)
    assert moved(answer) == 4_000
    refund = RefundRequest(
        id=office.town.operation(),
        token=office.town.token("greengrocer"),
        payment=answer.operation,
        units=3_950,
    )
    (back,) = office.town.desk.serve([refund])
    assert legs(back) == [("second", 3_900), ("longevity-gift", 50)]
    office.verify()


@pytest.mark.parametrize("rank,first", [(-1, "second"), (1, "longevity-gift")])
def test_of_lots_that_end_together_the_lower_rank_goes_first(
    office: Office, rank: int, first: str
) -> None:
    """A third gift of the first program ends in the same instant as the second program's."""
    town = office.town
    open_second(office, rank=rank)
    office.granted("1,巣鴨 花,スガモ ハナ,1950-04-05,金婚,1976-05-06,C1")
    pay(town, 100)  # what ends sooner is out of the way
    assert legs(pay(town, 3_000))[0] == (first, 3_000)


def test_each_program_keeps_its_own_limit_of_a_payment(office: Office) -> None:
    """kazu can pay 100 of one and 500 of the other at once, and no more."""
    open_second(office, use=Use(per_payment_limit=500))
    town = office.town
    assert legs(pay(town, 600)) == [("longevity-gift", 100), ("second", 500)]
    assert isinstance(pay(town, 8_501), LimitExceeded)  # above both limits together
    assert isinstance(pay(town, 501), LimitExceeded)
    assert legs(pay(town, 500)) == [("second", 500)]


def test_each_program_keeps_its_own_limit_of_a_day(office: Office) -> None:
    open_second(office, use=Use(per_day_limit=700))
    town = office.town
    assert legs(pay(town, 400)) == [("longevity-gift", 100), ("second", 300)]
    assert isinstance(pay(town, 401), LimitExceeded)
    assert legs(pay(town, 399)) == [("second", 399)]
    town.clock.advance(timedelta(days=1))
    assert legs(pay(town, 700)) == [("second", 700)]
    office.verify()


def test_a_shop_takes_only_what_it_accepts(office: Office) -> None:
    """At the tavern of a street without gift vouchers, only the second program pays."""
    open_second(office, acceptance=Acceptance())
    assert legs(pay(office.town, 4_000, at="tavern")) == [("second", 4_000)]
    assert isinstance(pay(office.town, 6_001, at="tavern"), InsufficientBalance)
    assert legs(pay(office.town, 100, at="pharmacy")) == [("longevity-gift", 100)]


def test_large_shops_take_their_share_of_each_gift(office: Office) -> None:
    open_second(office, acceptance=Acceptance(large_store_cap_percent=30))
    town = office.town
    assert legs(pay(town, 2_100, at="supermarket")) == [("longevity-gift", 100), ("second", 2_000)]
    assert isinstance(pay(town, 1_001, at="supermarket"), LimitExceeded)
    assert legs(pay(town, 1_000, at="supermarket")) == [("second", 1_000)]
    assert isinstance(pay(town, 1, at="supermarket"), LimitExceeded)
    assert legs(pay(town, 7_000)) == [("second", 7_000)]
    office.verify()


def test_a_hold_over_two_programs_is_posted_in_part_and_the_rest_comes_back(
    office: Office,
) -> None:
    town = office.town
    open_second(office)
    hold = payment(town, "kazu", 1_000, is_hold=True)
    (held,) = town.desk.serve([hold])
    assert legs(held) == [("longevity-gift", 100), ("second", 900)]
    release = ReleaseRequest(id=town.operation(), token=hold.token, hold=hold.id, units=400)
    (released,) = town.desk.serve([release])
    assert isinstance(released, Posted)
    assert [(leg.kind, leg.asset, leg.units) for leg in released.transfers] == [
        (Kind.POST, "longevity-gift", 100),
        (Kind.POST, "second", 300),
        (Kind.VOID, "second", 600),
    ]
    assert town.balance("kazu") == 9_700
    office.verify()
