"""Answers and requests that are lost, late or doubled on their way: paid once, all the same."""

import json
import random
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest

from ichimai import ledger
from tests.acceptance.faults.audit import units_made
from tests.acceptance.faults.proxy import Fault, Proxy, between
from tests.acceptance.faults.tills import Answer, Lost, Till, new_id, payment
from tests.acceptance.faults.town import IS_LONG, Town, rounds

UNITS = 3


@dataclass
class Counter:
    """A shop's counter: its till asks through the proxy first, and directly when that fails."""

    town: Town
    proxy: Proxy
    cards: list[str]
    asked: dict[UUID, int] = field(default_factory=dict)

    def ask(self, fault: Fault, id_: UUID, card: str, *, timeout_seconds: float = 20.0) -> Answer:
        """Pay through the proxy. Raises Lost."""
        self.asked[id_] = UNITS
        return self.post(fault, "/payments", payment(id_, card, UNITS), timeout_seconds)

    def post(
        self, fault: Fault, path: str, body: dict[str, Any], timeout_seconds: float = 20.0
    ) -> Answer:
        """Ask anything through the proxy. Raises Lost."""
        self.proxy.fault = fault
        with closing(Till(self.proxy.port, self.town.tokens[0], timeout_seconds)) as till:
            return till.post(path, body)

    def ask_directly(self, id_: UUID, card: str, *, confirmed: bool = True) -> Answer:
        """Pay without the proxy."""
        self.asked[id_] = UNITS
        return self.post_directly("/payments", payment(id_, card, UNITS, confirmed=confirmed))

    def post_directly(self, path: str, body: dict[str, Any]) -> Answer:
        """Ask anything without the proxy."""
        with closing(Till(self.town.port, self.town.tokens[0])) as till:
            return till.post(path, body)

    def made(self) -> dict[UUID, int]:
        """What the ledger has of all that was asked."""
        parts = self.town.installation
        with parts.database.snapshot(parts.operator) as tx:
            ledger.verification.verify(tx)
            return units_made(tx, self.asked)


def some_of(length: int) -> list[int]:
    """Places at which a message of ``length`` bytes is cut: all of them when LONG is set."""
    places = range(length)
    return list(places) if IS_LONG else sorted(random.Random(5).sample(places, 60))


@pytest.fixture
def counter(served: Town) -> Iterator[Counter]:
    """A counter with ten customers and a bad line."""
    with between(served.port) as proxy:
        yield Counter(served, proxy, served.cards(10))


def test_an_answer_cut_at_any_byte_is_the_answer_to_the_same_id(counter: Counter) -> None:
    """The till that asks again gets what the first answer said, and the card pays once."""
    counter.ask(Fault(), new_id(), counter.cards[0])
    for number, cut in enumerate(some_of(len(counter.proxy.answers[0]))):
        id_, card = new_id(), counter.cards[number % 10]
        with pytest.raises(Lost):
            counter.ask(Fault(answer_bytes=cut, is_reset=number % 2 == 0), id_, card)
        first = json.loads(counter.proxy.answers[-1].partition(b"\r\n\r\n")[2])
        assert counter.ask_directly(id_, card) == Answer(200, first)
    assert counter.made() == counter.asked


def test_a_request_cut_at_any_byte_does_nothing(counter: Counter) -> None:
    """What arrives in part is not carried out; the whole request then is, for the first time."""
    counter.ask(Fault(), new_id(), counter.cards[0])
    for number, cut in enumerate(some_of(len(counter.proxy.requests[0]))):
        id_, card = new_id(), counter.cards[number % 10]
        with pytest.raises(Lost):
            counter.ask(Fault(request_bytes=cut), id_, card)
        assert counter.ask_directly(id_, card).status == 201
    assert counter.made() == counter.asked


def test_a_request_that_never_arrives_is_carried_out_when_asked_again(counter: Counter) -> None:
    """The first that arrives is the first that is answered 201."""
    id_ = new_id()
    with pytest.raises(Lost):
        counter.ask(Fault(request_bytes=0), id_, counter.cards[0])
    assert counter.made() == {}
    assert counter.ask_directly(id_, counter.cards[0]).status == 201
    assert counter.made() == counter.asked


@pytest.mark.parametrize("copies", [2, 10])
def test_a_request_that_arrives_several_times_at_once_is_carried_out_once(
    counter: Counter, copies: int
) -> None:
    """One answer is 201, the others 200, and all say the same."""
    for card in counter.cards:
        counter.proxy.answers.clear()
        counter.ask(Fault(copies=copies), new_id(), card)
        heads = sorted(answer[:12] for answer in counter.proxy.answers)
        assert heads == [b"HTTP/1.1 200"] * (copies - 1) + [b"HTTP/1.1 201"]
        bodies = {answer.partition(b"\r\n\r\n")[2] for answer in counter.proxy.answers}
        assert len(bodies) == 1
    assert counter.made() == counter.asked


def test_a_request_that_arrives_after_its_repetition_changes_nothing(counter: Counter) -> None:
    """A till gives up, asks again and is served; then the first request comes out of the line."""
    for card in counter.cards[:3]:
        id_ = new_id()
        with pytest.raises(Lost):
            counter.ask(Fault(late_seconds=0.5), id_, card, timeout_seconds=0.1)
        assert counter.ask_directly(id_, card).status == 201
    counter.proxy.settle()
    assert [answer[:12] for answer in counter.proxy.answers] == [b"HTTP/1.1 200"] * 3
    assert counter.made() == counter.asked


def test_a_cashier_who_types_it_in_again_is_asked_whether_it_was_paid(counter: Counter) -> None:
    """The answer was lost; a new id for the same card, till and amount is not simply a sale."""
    for card in counter.cards[:3]:
        first, second = new_id(), new_id()
        with pytest.raises(Lost):
            counter.ask(Fault(answer_bytes=0), first, card)
        doubted = counter.ask_directly(second, card, confirmed=False)
        assert (doubted.status, doubted.code) == (409, "repeat_suspected")
        assert doubted.body["earlier"] == str(first)
        assert counter.made().keys().isdisjoint({second})
        assert counter.ask_directly(second, card, confirmed=True).status == 201
    assert counter.made() == counter.asked


def test_whatever_a_till_asks_it_can_ask_again(counter: Counter) -> None:
    """Refunds, holds and what becomes of them: the answer is lost, and comes a second time."""
    paid, held, voided = new_id(), new_id(), new_id()
    card = counter.cards[0]
    steps: list[tuple[str, dict[str, Any], int]] = [
        ("/payments", payment(paid, card, 10), 10),
        (f"/payments/{paid}/refunds", {"id": str(new_id()), "amount": 4}, 4),
        (f"/payments/{paid}/refunds", {"id": str(new_id()), "amount": 6}, 6),
        ("/holds", payment(held, card, 20), 20),
        (f"/holds/{held}/post", {"id": str(new_id()), "amount": 15}, 20),
        ("/holds", payment(voided, card, 30), 30),
        (f"/holds/{voided}/void", {"id": str(new_id())}, 30),
    ]
    for path, body, moved in steps:
        counter.asked[UUID(body["id"])] = moved
        with pytest.raises(Lost):
            counter.post(Fault(answer_bytes=0), path, body)
        first = json.loads(counter.proxy.answers[-1].partition(b"\r\n\r\n")[2])
        assert counter.post_directly(path, body) == Answer(200, first)
    assert counter.made() == counter.asked


def test_a_day_on_a_bad_line_ends_with_every_sale_paid_once(counter: Counter) -> None:
    """Any mixture of faults, several in a row for one sale: the same id is enough."""
    chance = random.Random(6)
    for _ in range(rounds(60)):
        id_, card = new_id(), chance.choice(counter.cards)
        for _ in range(chance.randint(1, 4)):
            fault = Fault(
                request_bytes=chance.choice([None, None, 0, 150]),
                answer_bytes=chance.choice([None, 0, 15, 400]),
                late_seconds=chance.choice([0.0, 0.0, 0.1]),
                copies=chance.choice([1, 1, 2]),
                is_reset=chance.random() < 0.5,
            )
            try:
                counter.ask(fault, id_, card, timeout_seconds=chance.choice([0.05, 20.0]))
            except Lost:
                continue
        assert counter.ask_directly(id_, card).status in {200, 201}
    counter.proxy.settle()
    assert counter.made() == counter.asked
