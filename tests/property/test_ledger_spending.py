"""A payment takes exactly its amount, in the documented order, whenever the terms allow it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from ichimai.kernel import Asset, errors
from ichimai.ledger import OperationId, rules
from ichimai.ledger.book import Book
from ichimai.ledger.model import Grant, Pay, Purse, Transfer

NOW = datetime(2026, 10, 1, 3, tzinfo=UTC)
ASSETS = [Asset("a"), Asset("b"), Asset("c")]
WALLET, SHOP, TILL, CARD, FUNDER = (UUID(int=number) for number in range(1, 6))

limits = st.none() | st.integers(1, 60)
purses = st.lists(
    st.builds(
        Purse,
        asset=st.sampled_from(ASSETS),
        rank=st.integers(0, 2),
        per_payment=limits,
        per_day=limits,
        is_capped=st.booleans(),
    ),
    min_size=1,
    unique_by=lambda purse: purse.asset,
)


@dataclass(frozen=True)
class Gift:
    """A grant; ``days`` until its end, 0 and less: it is over."""

    asset: Asset
    units: int
    part: int
    days: int


gifts = st.lists(
    st.builds(
        Gift,
        asset=st.sampled_from(ASSETS),
        units=st.integers(1, 40),
        part=st.integers(0, 40),
        days=st.integers(-1, 3),
    ),
    max_size=6,
)


def paid(given_: list[Gift], terms: list[Purse], units: int) -> list[Transfer] | str:
    """What a payment of ``units`` takes from a wallet with some grants; or the refusal."""
    book = Book(number=0, now=NOW)
    for number, gift in enumerate(given_):
        grant = Grant(
            operation=OperationId(UUID(int=1000 + number)),
            wallet=WALLET,
            funder=FUNDER,
            asset=gift.asset,
            units=gift.units,
            capped_units=gift.part,
            expires_at=NOW + timedelta(days=gift.days),
        )
        assert isinstance(rules.decide(grant, book), list)
    pay = Pay(
        operation=OperationId(UUID(int=1)),
        wallet=WALLET,
        payee=SHOP,
        units=units,
        purses=tuple(terms),
        terminal=TILL,
        actor=CARD,
    )
    decision = rules.decide(pay, book)
    return decision.code if isinstance(decision, errors.DomainError) else decision


def _at_most(given_: list[Gift], purse: Purse) -> int:
    """What one program can give to this payment, limits and all."""
    lots = [gift for gift in given_ if gift.asset == purse.asset and gift.days > 0]
    rooms = [min(lot.units, lot.part) if purse.is_capped else lot.units for lot in lots]
    allowed = [limit for limit in (purse.per_payment, purse.per_day) if limit is not None]
    return min([sum(rooms), *allowed])


@given(gifts, purses, st.integers(1, 120))
def test_a_payment_is_posted_when_the_terms_leave_any_way(
    given_: list[Gift], terms: list[Purse], units: int
) -> None:
    """And refused when they do not, for what it is refused."""
    found = paid(given_, terms, units)
    left = sum(
        gift.units
        for gift in given_
        for purse in terms
        if gift.asset == purse.asset and gift.days > 0
    )
    if isinstance(found, list):
        assert units <= sum(_at_most(given_, purse) for purse in terms)
    elif found == "insufficient_balance":
        assert units > left
    else:
        assert found == "limit_exceeded"
        assert units > sum(_at_most(given_, purse) for purse in terms)


def _expected(given_: list[Gift], terms: list[Purse], units: int) -> list[tuple[int, int]]:
    """(grant, units) as a clerk would take them: from one lot after the other, by hand."""
    by_asset = {purse.asset: purse for purse in terms}
    order = sorted(
        (gift.days, by_asset[gift.asset].rank, number)
        for number, gift in enumerate(given_)
        if gift.asset in by_asset and gift.days > 0
    )
    taken: list[tuple[int, int]] = []
    for _, _, number in order:
        gift = given_[number]
        purse = by_asset[gift.asset]
        of_program = sum(n for other, n in taken if given_[other].asset == gift.asset)
        rooms = [gift.units, units - sum(n for _, n in taken)]
        rooms += [gift.part] if purse.is_capped else []
        rooms += [
            limit - of_program for limit in (purse.per_payment, purse.per_day) if limit is not None
        ]
        if min(rooms) > 0:
            taken.append((number, min(rooms)))
    return taken


@given(gifts, purses, st.integers(1, 60))
def test_a_payment_takes_its_amount_from_lots_in_their_order(
    given_: list[Gift], terms: list[Purse], units: int
) -> None:
    """What ends first, then the most restricted, then the oldest; each as far as it goes."""
    found = paid(given_, terms, units)
    if isinstance(found, str):
        return
    assert sum(transfer.units for transfer in found) == units
    taken = [(transfer.lot.int - 1000, transfer.units) for transfer in found]
    assert taken == _expected(given_, terms, units)


@settings(max_examples=300)
@given(st.permutations(range(9)), st.integers(2, 90))
def test_of_nine_lots_each_is_spent_in_its_turn(order: list[int], units: int) -> None:
    """Three programs, three ends, granted in any order, nothing but the order to decide."""
    given_ = [Gift(ASSETS[number % 3], 10, 10, number // 3 + 1) for number in order]
    terms = [Purse(asset=asset, rank=2 - rank) for rank, asset in enumerate(ASSETS)]
    found = paid(given_, terms, units)
    assert not isinstance(found, str)
    taken = [(transfer.lot.int - 1000, transfer.units) for transfer in found]
    assert taken == _expected(given_, terms, units)
