"""A new phone pays a sale as far as its limit goes (faults.md I11); the rest is cash."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from ichimai import identity
from ichimai.identity.model import IdentityTerms
from ichimai.kernel import Asset
from ichimai.kernel.errors import DomainError
from ichimai.ledger import Posted
from ichimai.programs.model import CashOutRequest, Choice, PurchaseRequest, TopUpRequest
from tests.integration.programs.fair import Fair
from tests.integration.programs.test_new_phones import DAY, STEP
from tests.integration.programs.test_payers import Phone, pays
from tests.town import GIFT, Town


@pytest.fixture
def fair(town: Town) -> Fair:
    """Hanako and Taro have 10,000 yen of gifts each."""
    return Fair(town).open()


def buys(
    town: Town, phone: Phone, yen: int, pay_with: Sequence[Choice] | None = None
) -> PurchaseRequest:
    """A sale with what the phone shows now."""
    return PurchaseRequest(
        id=town.operation(),
        token=town.token("greengrocer"),
        credential=phone.code(),
        total_yen=yen,
        pay_with=None if pay_with is None else tuple(pay_with),
        is_repeat_confirmed=True,
    )


def told(answers: Sequence[Posted | DomainError]) -> list[object]:
    """What programs paid of each sale; of a payment, that it was paid; or why not."""
    return [
        answer.code
        if isinstance(answer, DomainError)
        else "paid"
        if answer.sale is None
        else answer.sale.paid_units
        for answer in answers
    ]


def buy(town: Town, phone: Phone, yen: int, pay_with: Sequence[Choice] | None = None) -> object:
    """A sale with the phone's next code."""
    town.clock.advance(STEP)
    return told(town.desk.serve([buys(town, phone, yen, pay_with)]))[0]


def test_a_sale_above_the_limit_is_paid_in_part(fair: Fair) -> None:
    """Until nothing is left of it; then all is cash, and the sale earns all the same."""
    town, phone = fair.town, Phone(fair.town, "hanako")
    assert [buy(town, phone, yen) for yen in (2_000, 1_500, 700)] == [2_000, 1_000, 0]
    assert fair.left("hanako", "street-points") == 5 + 7
    town.clock.advance(STEP)
    assert told(town.desk.serve([pays(town, phone.code(), 1)])) == ["limit_exceeded"]
    town.clock.advance(DAY)
    assert buy(town, phone, 4_000) == 4_000, "it is no longer new"
    fair.verify()


def test_what_the_person_named_is_kept(fair: Fair) -> None:
    """At most so many units of a program, and nothing but what was named."""
    town, phone = fair.town, Phone(fair.town, "hanako")
    assert buy(town, phone, 5_000, [Choice(GIFT.key, 1_200)]) == 1_200
    assert buy(town, phone, 5_000, []) == 0
    assert buy(town, phone, 5_000, [Choice(Asset("elsewhere"))]) == "not_accepted_here"
    assert buy(town, phone, 5_000, [Choice(GIFT.key, 4_000)]) == 1_800
    fair.verify()


def test_a_sale_is_answered_as_it_was_for_ever(fair: Fair) -> None:
    """However much is left of the limit by then; another sale under its id is told apart."""
    town, phone = fair.town, Phone(fair.town, "hanako")
    first = buys(town, phone, 2_500)
    assert told(town.desk.serve([first, first])) == [2_500, 2_500]
    town.clock.advance(STEP)
    second, cash = buys(town, phone, 2_000), buys(town, phone, 900)
    assert told(town.desk.serve([second, cash])) == [500, "phone_code_used"]
    town.clock.advance(STEP)
    cash = buys(town, phone, 900)
    other = msgspec.structs.replace(second, total_yen=500)
    assert told(town.desk.serve([cash, second, other])) == [
        0,
        500,
        "exists_with_different_amount",
    ]
    with town.database.write(town.operator) as tx:
        identity.terms.set_terms(tx, town.clock, IdentityTerms(new_phone_limit_yen=8_000))
    for _ in range(2):
        assert told(town.desk.serve([cash, second, first])) == [0, 500, 2_500]
        town.clock.advance(2 * DAY)
    assert town.balance("hanako") == 7_000 + fair.left("hanako", "street-points")
    fair.verify()


def test_two_sales_of_a_person_in_one_batch_share_the_limit(fair: Fair) -> None:
    """By what the first may take at most; and a payment beside them is whole or refused."""
    town = fair.town
    phones = [Phone(town, "hanako") for _ in range(4)]
    sales = [buys(town, phone, 2_000) for phone in phones[:2]]
    one, third = pays(town, phones[2].code(), 1), buys(town, phones[3], 800)
    others = buys(town, Phone(town, "taro"), 2_900)
    answers = fair.ask(sales[0], sales[0], sales[1], one, third, others)
    assert told(answers) == [2_000, 2_000, 1_000, "limit_exceeded", 0, 2_900]
    town.clock.advance(timedelta(minutes=2))
    assert told(town.desk.serve([sales[1]])) == [1_000]
    fair.verify()


def test_what_is_paid_in_cash_leaves_the_limit_to_others_of_its_batch(fair: Fair) -> None:
    """Of a program of which there is nothing, and but for what was named of one that is there."""
    town = fair.town
    phones = [Phone(town, "hanako") for _ in range(4)]
    wanted = [
        (5_000, [Choice(Asset("street-points"))]),
        (5_000, [Choice(GIFT.key, 1_200)]),
        (5_000, None),
        (5_000, None),
    ]
    sales = [buys(town, phone, *want) for phone, want in zip(phones, wanted, strict=True)]
    assert told(fair.ask(*sales)) == [0, 1_200, 1_800, 0]
    fair.verify()


def test_who_has_little_takes_no_more_of_the_limit_than_that(fair: Fair) -> None:
    """Kazu has 100 yen; what comes in the same batch is not used by a sale before it."""
    town = fair.town
    phones = [Phone(town, "kazu") for _ in range(3)]
    sales = [buys(town, phone, 2_900) for phone in phones[:2]]
    assert told(fair.ask(*sales, pays(town, phones[2].code(), 2_800))) == [
        100,
        0,
        "insufficient_balance",
    ]
    fair.verify()


def test_what_a_new_phone_is_paid_out_in_cash_counts_too(fair: Fair) -> None:
    town, phone = fair.town, Phone(fair.town, "hanako")
    token, sports = town.token("greengrocer"), Asset("sports")
    said: dict[str, Any] = {"token": token, "program": sports}
    paid_in = TopUpRequest(
        id=town.operation(), credential=town.cards["hanako"], units=9_000, **said
    )
    assert told(fair.ask(paid_in)) == ["paid"]

    def cash(units: int) -> list[object]:
        town.clock.advance(STEP)
        out = CashOutRequest(id=town.operation(), credential=phone.code(), units=units, **said)
        return told(fair.ask(out))

    assert cash(2_000) == ["paid"]
    assert cash(1_001) == ["limit_exceeded"]
    assert cash(1_000) == ["paid"]
    assert buy(town, phone, 100) == 0
    fair.verify()
