"""What goes over the line arrives as it was sent."""

import dataclasses
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import get_args
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ichimai.identity.errors import TapOver
from ichimai.kernel import Asset, errors
from ichimai.ledger import Kind, OperationId, Posted, chain
from ichimai.ledger.errors import InsufficientBalance, Overloaded, RepeatSuspected
from ichimai.ledger.model import NEVER, AccountId, LotId, Sale, Transfer
from ichimai.merchants import ShopId, ShopSize, TerminalAtShop, TerminalId
from ichimai.posting import wire
from ichimai.posting.wire import Asked, Frames, Outcome, PostingFailed
from ichimai.programs.model import (
    CashOutRequest,
    Choice,
    EarningRequest,
    ExchangeRequest,
    GiveRequest,
    PaymentRequest,
    PurchaseRequest,
    RedemptionRequest,
    RefundRequest,
    ReleaseRequest,
    Request,
    ReturnRequest,
    StampRequest,
    TopUpRequest,
)

NOW = datetime(2026, 11, 30, 3, 4, 5, 678901, tzinfo=UTC)
TILL = TerminalAtShop(
    TerminalId(uuid4()), ShopId(uuid4()), 7, True, ShopSize.LARGE, "food", "07-001"
)
POINTS = Asset("points")


def an_id() -> OperationId:
    return OperationId(uuid4())


REQUESTS: list[Request] = [
    PaymentRequest(id=an_id(), token="t", credential="カード", units=10**12, hold_until=NOW),
    PaymentRequest(id=an_id(), till=TILL, payer=(uuid4(), uuid4()), units=1, occurred_at=NOW),
    RefundRequest(id=an_id(), token="t", payment=an_id(), units=3),
    ReleaseRequest(id=an_id(), token="t", hold=an_id(), units=None),
    ReleaseRequest(id=an_id(), token="t", hold=an_id(), units=0),
    PurchaseRequest(id=an_id(), token="t", credential="c", total_yen=900, pay_with=()),
    PurchaseRequest(
        id=an_id(), token="t", total_yen=900, pay_with=(Choice(POINTS), Choice(POINTS, 5))
    ),
    ReturnRequest(id=an_id(), token="t", purchase=an_id(), total_yen=9),
    EarningRequest(id=an_id(), token="t", event="class", program=POINTS, other="o"),
    StampRequest(id=an_id(), token="t", program=POINTS, occurred_at=NOW),
    ExchangeRequest(id=an_id(), token="t", program=POINTS, exchange="full", times=2),
    RedemptionRequest(id=an_id(), token="t", program=POINTS, thing="sapling"),
    TopUpRequest(id=an_id(), token="t", program=POINTS, units=5),
    CashOutRequest(id=an_id(), token="t", program=POINTS, units=5),
    GiveRequest(id=an_id(), payer=(uuid4(), uuid4()), program=POINTS, to=uuid4(), units=5),
]


def transfer(number: int) -> Transfer:
    return Transfer(
        number,
        an_id(),
        0,
        Kind.PAYMENT,
        AccountId(uuid4()),
        AccountId(uuid4()),
        5,
        1,
        LotId(uuid4()),
        NOW,
        NOW + timedelta(microseconds=1),
        NEVER,
        uuid4(),
        uuid4(),
        OperationId(UUID(int=0)),
        uuid4(),
        POINTS,
    )


def posted(numbers: list[int], tree: list[list[bytes]], *, is_replay: bool = False) -> Posted:
    block = chain.next_block(
        previous=bytes(32), sequence=3, root=tree[-1][0], first_number=1, count=9, at=NOW
    )
    transfers = tuple(transfer(number) for number in numbers)
    return Posted(an_id(), NOW, transfers, is_replay, block, tree)


def sent(outcomes: list[Outcome]) -> dict[int, Outcome]:
    numbers = list(range(100, 100 + len(outcomes)))
    frame = wire.frame_of_outcomes(numbers, outcomes, size=len(outcomes), seconds=0.25)
    (body,) = Frames().feed(frame)
    told = wire.outcomes_in(body)
    assert (told.size, told.seconds) == (len(outcomes), 0.25)
    found = dict(wire.outcomes_of(told))
    assert sorted(found) == numbers
    return found


def test_a_request_of_every_kind_is_among_the_examples() -> None:
    assert {type(request) for request in REQUESTS} == set(get_args(Request))


def test_requests_arrive_as_they_are() -> None:
    asked = [Asked(number, request) for number, request in enumerate(REQUESTS)]
    (body,) = Frames().feed(wire.frame_of(asked))
    assert wire.asked_in(body) == asked


def test_what_was_posted_arrives_with_its_proof() -> None:
    tree = chain.levels([chain.leaf_hash(bytes([n])) for n in range(9)])
    other = chain.levels([chain.leaf_hash(b"x")])
    ids = an_id(), an_id(), uuid4(), uuid4(), uuid4(), uuid4()
    sale = Sale._make((*ids, 900, 5, NOW, NOW, "with points"))
    first, second = posted([1, 2, 3], tree), posted([4], tree, is_replay=True)
    third = Posted(an_id(), NOW, (), False, posted([1], other).block, other, sale)
    found = sent([first, second, third])
    assert [found[100], found[101], found[102]] == [first, second, third]
    again = found[100]
    assert isinstance(again, Posted)
    proof = chain.inclusion(again.tree, 2)
    assert chain.root_of(proof, 9) == tree[-1][0]
    assert again.transfers[0].kind is Kind.PAYMENT


def test_the_tree_of_a_batch_is_sent_once() -> None:
    tree = chain.levels([chain.leaf_hash(bytes([n])) for n in range(64)])
    one = len(wire.frame_of_outcomes([1], [posted([1], tree)], size=1, seconds=0))
    both = [posted([1], tree), posted([2], tree)]
    two = len(wire.frame_of_outcomes([1, 2], both, size=2, seconds=0))
    assert two < one + 500


@pytest.mark.parametrize(
    "error", [InsufficientBalance(), RepeatSuspected(earlier=uuid4()), TapOver(), Overloaded()]
)
def test_a_refusal_arrives_with_its_fields(error: errors.DomainError) -> None:
    found = sent([error])[100]
    assert type(found) is type(error)
    assert vars(found) == vars(error)


PLAIN: dict[object, st.SearchStrategy[object]] = {
    UUID: st.uuids(),
    str: st.text(),
    int: st.integers(-(2**63), 2**63 - 1),
    date: st.dates(),
    tuple[str, ...]: st.lists(st.text()).map(tuple),
}


def kinds(kind: type[errors.DomainError]) -> Iterator[type[errors.DomainError]]:
    """All kinds of error that tills can be told, with fields that are no tables of rows."""
    if {field.type for field in dataclasses.fields(kind)} <= PLAIN.keys():
        yield kind
    for each in kind.__subclasses__():
        yield from kinds(each)


@given(st.data())
@settings(max_examples=5, deadline=None)
def test_every_kind_of_refusal_arrives_with_its_fields(data: st.DataObject) -> None:
    for kind in kinds(errors.DomainError):
        fields = {field.name: data.draw(PLAIN[field.type]) for field in dataclasses.fields(kind)}
        found = sent([kind(**fields)])[100]
        assert type(found) is kind
        assert vars(found) == fields


def test_a_bug_arrives_as_one_and_tells_nothing() -> None:
    found = sent([ZeroDivisionError("of somebody's card")])[100]
    assert isinstance(found, PostingFailed)
    assert not found.args


def test_frames_are_found_wherever_they_are_cut() -> None:
    choice = random.Random(5)
    frames = [wire.frame_of([Asked(n, request)]) for n, request in enumerate(REQUESTS)]
    whole, cut, found = b"".join(frames), Frames(), []
    while whole:
        size = choice.choice([1, 2, 3, 4, 5, 100, 1000])
        found += [wire.asked_in(body)[0].number for body in cut.feed(whole[:size])]
        whole = whole[size:]
    assert found == list(range(len(REQUESTS)))
