"""Events, stamps, exchanges, things and money in and out, over HTTP."""

from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from ichimai.kernel import Asset, ids
from ichimai.programs import stock
from tests.acceptance.callers import code_of, refused
from tests.acceptance.conftest import As
from tests.integration.programs.fair import Fair
from tests.town import Town

TILL = "greengrocer"


@pytest.fixture
def fair(api_town: Town) -> Fair:
    """A town with programs of every kind."""
    return Fair(api_town).open()


class Counter:
    """A till at which everything is asked for that is no sale."""

    def __init__(self, as_: As, town: Town) -> None:
        self.as_, self.town = as_, town

    def ask(self, path: str, who: str = "taro", at: str = TILL, **body: Any) -> httpx.Response:  # noqa: ANN401 - fields of the body
        card = self.town.cards.get(who, who)
        sent = {"id": str(self.town.operation()), "credential": card, **body}
        return self.as_(at).post(path, json={k: v for k, v in sent.items() if v is not ...})

    def told(self, path: str, who: str = "taro", at: str = TILL, **body: Any) -> tuple[int, Any]:  # noqa: ANN401 - fields of the body
        """The status, and the code or what was taken and given."""
        answer = self.ask(path, who, at, **body)
        if answer.status_code >= 400:
            return answer.status_code, code_of(answer)
        told = answer.json()
        moved = [
            (sign, part["program"], part["units"])
            for sign, side in (("-", "taken"), ("+", "given"))
            for part in told[side]
        ]
        return answer.status_code, moved


@pytest.fixture
def counter(as_: As, fair: Fair) -> Counter:
    return Counter(as_, fair.town)


def deliver(town: Town, pieces: int) -> None:
    with town.database.write(town.operator) as tx:
        stock.deliver(
            tx,
            town.clock,
            town.operation(),
            program=Asset("saplings"),
            thing="plum",
            place=town.shops[TILL].id,
            pieces=pieces,
            by=ids.NIL,
        )


def test_a_class_gives_once_a_day_and_something_to_who_brought_a_friend(
    counter: Counter, fair: Fair
) -> None:
    cards = counter.town.cards
    event = {"event": "health-class", "brought_by": cards["kazu"]}
    id_ = str(counter.town.operation())
    assert counter.told("/earnings", id=id_, **event) == (201, [("+", "full-card", 600)])
    refused(counter.as_(TILL).get(f"/payments/{id_}"), 404, "unknown_operation")
    assert counter.told("/earnings", **event) == (409, "limit_reached")
    assert fair.left("kazu", "full-card") == 100
    nothing = counter.told("/earnings", event="health-class", program="rally")
    assert nothing == (409, "nothing_earned_here")
    assert counter.told("/earnings", event="no-such") == (409, "nothing_earned_here")


def test_nobody_brings_themselves_along(counter: Counter, fair: Fair) -> None:
    own = counter.town.cards["taro"]
    answer = counter.told("/earnings", event="health-class", brought_by=own)
    assert answer == (201, [("+", "full-card", 500)])
    for other in ("jiro", "intruder"):
        card = counter.town.cards[other]
        answer = counter.told("/earnings", "hanako", event="health-class", brought_by=card)
        assert answer[1] in ([("+", "full-card", 500)], "limit_reached")


def test_a_rally_is_stamped_and_its_prize_is_had(counter: Counter) -> None:
    rally = {"program": "rally"}
    for shop in ("greengrocer", "teahouse", "pharmacy"):
        assert counter.told("/stamps", at=shop, **rally) == (201, [("+", "rally", 1)])
        assert counter.told("/stamps", at=shop, **rally) == (409, "limit_reached")
    prize = {**rally, "exchange": "prize"}
    assert counter.told("/exchanges", **prize) == (201, [("-", "rally", 3)])
    assert counter.told("/exchanges", **prize) == (409, "insufficient_balance")
    assert counter.told("/exchanges", **rally, exchange="no-such") == (422, "no_such_choice")
    nothing = {"program": "no-such", "exchange": "prize"}
    assert counter.told("/exchanges", **nothing) == (422, "no_such_choice")


@pytest.mark.parametrize(
    "ago, is_of_its_day",
    [
        (timedelta(hours=13), True),
        (timedelta(hours=71, minutes=59, seconds=59), True),
        (timedelta(hours=72), True),
        (timedelta(hours=72, milliseconds=1), False),
        (timedelta(days=30), False),
    ],
)
def test_a_stamp_that_is_told_late_counts_for_its_day_within_72_hours(
    counter: Counter, fair: Fair, *, ago: timedelta, is_of_its_day: bool
) -> None:
    """Once a day: told late, it is of the day on which it was, or else of today."""
    clock = counter.town.clock
    clock.advance(timedelta(days=60))
    at = (clock.now() - ago).isoformat()
    today = counter.told("/earnings", event="health-class")
    assert today == (201, [("+", "full-card", 500)])
    late = counter.told("/earnings", event="health-class", occurred_at=at)
    expected = (201, [("+", "full-card", 500)]) if is_of_its_day else (409, "limit_reached")
    assert late == expected
    if is_of_its_day:
        again = counter.told("/earnings", event="health-class", occurred_at=at)
        assert again == (409, "limit_reached")
    fair.verify()


def test_an_exchange_needs_its_minimum_and_counts_how_often(counter: Counter) -> None:
    asked = {"program": "full-card", "exchange": "to-points"}
    assert counter.told("/exchanges", **asked) == (409, "minimum_not_reached")
    counter.ask("/earnings", event="health-class")
    done = (201, [("-", "full-card", 400), ("+", "street-points", 320)])
    id_ = str(counter.town.operation())
    assert counter.told("/exchanges", **asked, times=4, id=id_) == done
    assert counter.told("/exchanges", **asked, times=4, id=id_) == (200, done[1])
    other = counter.told("/exchanges", **asked, times=3, id=id_)
    assert other == (409, "exists_with_different_amount")
    assert counter.told("/exchanges", **asked) == (409, "limit_reached")
    for times in (0, -1, 1_001, 1.5, "2", None):
        assert counter.told("/exchanges", **asked, times=times) == (400, "invalid_body")


def test_a_sapling_is_had_where_there_is_one(counter: Counter, fair: Fair) -> None:
    plum = {"program": "saplings", "thing": "plum"}
    assert counter.told("/redemptions", **plum) == (409, "insufficient_balance")
    for who in ("taro", "hanako"):
        counter.ask("/earnings", who, event="greening")
    assert counter.told("/redemptions", **plum) == (409, "out_of_stock")
    deliver(counter.town, 1)
    there = (201, [("-", "saplings", 1), ("+", "saplings.plum", 1)])
    assert counter.told("/redemptions", at="teahouse", **plum) == (409, "not_accepted_here")
    id_ = str(counter.town.operation())
    assert counter.told("/redemptions", id=id_, **plum) == there
    assert counter.told("/redemptions", "hanako", **plum) == (409, "out_of_stock")
    # It was the wrong sort, and comes back: it can be had again, by somebody else.
    back = {"id": str(counter.town.operation()), "amount": 1}
    for status in (201, 200):
        undone = counter.as_(TILL).post(f"/payments/{id_}/refunds", json=back)
        assert (undone.status_code, undone.json()["amount"]) == (status, 1)
    assert counter.told("/redemptions", "hanako", **plum) == there
    assert counter.told("/redemptions", **plum) == (409, "out_of_stock")
    fair.verify()
    peach = {**plum, "thing": "peach"}
    assert counter.told("/redemptions", **peach) == (422, "no_such_choice")


def test_money_is_paid_in_and_paid_back(counter: Counter, fair: Fair) -> None:
    """In steps of 500 from 1,000 on, to 20,000 at most; the premium as long as there is some."""
    sports = {"program": "sports"}
    deposit = ("+", "sports-deposit", 3_000)
    given = [("+", "sports", 2_000), deposit, ("+", "sports-premium", 200)]
    assert counter.told("/top-ups", **sports, amount=2_000) == (201, given)
    given = [("+", "sports", 1_000), ("+", "sports-premium", 50)]
    assert counter.told("/top-ups", **sports, amount=1_000) == (201, given)
    for amount in (500, 999, 1_001):
        refusal = (409, "top_up_not_allowed")
        assert counter.told("/top-ups", **sports, amount=amount) == refusal
    assert counter.told("/top-ups", **sports, amount=17_500) == (409, "limit_reached")
    assert counter.told("/top-ups", program="rally", amount=1) == (409, "top_up_not_allowed")
    assert counter.told("/cash-outs", **sports, amount=700) == (201, [("-", "sports", 700)])
    assert counter.told("/cash-outs", **sports, amount=2_301) == (409, "insufficient_balance")
    never = (409, "refunding_not_allowed")
    assert counter.told("/cash-outs", program="sports-premium", amount=1) == never
    assert fair.left("taro", "sports") == 2_300
    fair.verify()


def test_money_paid_in_by_mistake_goes_back_with_its_premium_and_the_card_last(
    counter: Counter, fair: Fair
) -> None:
    """Once under its id; the answer says the cash, and nothing of a premium."""
    id_, town = str(counter.town.operation()), counter.town
    assert counter.told("/top-ups", program="sports", amount=2_000, id=id_)[0] == 201

    def undo(amount: int, at: str = TILL, **more: str) -> tuple[int, object]:
        body = {"id": str(town.operation()), "amount": amount, **more}
        answer = counter.as_(at).post(f"/payments/{id_}/refunds", json=body)
        told = answer.json()
        return answer.status_code, told.get("code") or told["legs"]

    sports = {"program": "sports", "units": 1_500, "asset": "sports"}
    first = str(town.operation())
    assert undo(1_500, id=first) == (201, [sports])
    assert undo(1_500, id=first) == (200, [sports])
    assert undo(1_499, id=first) == (409, "exists_with_different_amount")
    assert fair.left("taro", "sports-premium") == 50
    assert undo(500, "teahouse") == (404, "unknown_operation")
    assert undo(3_501) == (409, "refund_exceeds_payment")
    rest = [{**sports, "units": 500}, {"program": "sports-deposit", "units": 3_000}]
    assert undo(3_500) == (201, [rest[0], {**rest[1], "asset": "sports-deposit"}])
    assert [fair.left("taro", f"sports{part}") for part in ("", "-premium", "-deposit")] == [0] * 3
    fair.verify()


ASKED: dict[str, dict[str, Any]] = {
    "/earnings": {"event": "health-class"},
    "/stamps": {"program": "rally"},
    "/exchanges": {"program": "full-card", "exchange": "to-points"},
    "/redemptions": {"program": "saplings", "thing": "plum"},
    "/top-ups": {"program": "sports", "amount": 1_000},
    "/cash-outs": {"program": "sports", "amount": 1_000},
}


@pytest.mark.parametrize("path", ASKED)
def test_everything_is_asked_for_with_its_fields_by_a_card_that_works(
    counter: Counter, path: str
) -> None:
    before = counter.town.head()
    body = ASKED[path]
    for who, told in (
        ("intruder", (404, "unknown_credential")),
        ("jiro", (409, "credential_stopped")),
        ("", (400, "invalid_body")),
        ("x" * 161, (400, "invalid_body")),
        ("123456789018", (422, "my_number_refused")),
    ):
        assert counter.told(path, who, **body) == told
    assert counter.told(path, **body, units=5) == (400, "invalid_body")
    assert counter.told(path, **body, id=...) == (400, "invalid_body")
    assert counter.told(path, **body, occurred_at="x") == (400, "invalid_body")
    for name in body:
        code = (422, "invalid_amount") if name == "amount" else (400, "invalid_body")
        assert counter.told(path, **{**body, name: ...}) == code
        assert counter.told(path, **{**body, name: None}) in (code, (409, ""))
        if name != "amount":
            assert counter.told(path, **{**body, name: "123456789018"})[1] == "my_number_refused"
            assert counter.told(path, **{**body, name: "Ａ"}) == (400, "invalid_body")
    future = counter.town.clock.now() + timedelta(minutes=11)
    late_id = str(ids.uuid7_at(future, bytes(10)))
    assert counter.told(path, **body, id=late_id) == (422, "id_from_the_future")
    assert counter.town.head() == before


@pytest.mark.parametrize("path", ASKED)
def test_an_id_answers_for_ever_and_for_one_card_and_till(counter: Counter, path: str) -> None:
    """Whether it was posted or refused; a header may bring it."""
    town, body = counter.town, ASKED[path]
    for prepared in ("/top-ups", "/earnings"):
        counter.ask(prepared, **ASKED[prepared])
    counter.ask("/earnings", event="greening")
    deliver(town, 3)
    town.clock.advance(timedelta(days=1))
    key = str(town.operation())
    headers = {"Idempotency-Key": key}
    card = town.cards["taro"]
    first, again = (
        counter.as_(TILL).post(path, json={"credential": card, **body}, headers=headers)
        for _ in range(2)
    )
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.content == again.content
    assert counter.told(path, "kazu", **body, id=key) == (409, "exists_with_different_credential")
    at_another = counter.told(path, at="teahouse", **body, id=key)
    assert at_another == (409, "exists_with_different_terminal")
    town.clock.advance(timedelta(days=400))
    answer = counter.ask(path, **body, id=key)
    assert (answer.status_code, answer.content) == (200, first.content)
    payment = {"id": key, "credential": card, "amount": 1}
    refused(counter.as_(TILL).post("/payments", json=payment), 409, "exists_with_different_kind")
    recorded = datetime.fromisoformat(first.json()["recorded_at"])
    assert recorded == town.clock.now() - timedelta(days=400)
