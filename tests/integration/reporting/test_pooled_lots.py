"""A month's points of one person, whoever gave them: whose money what is left of them is."""

from datetime import date, timedelta
from uuid import UUID

import pytest

from ichimai import ledger, reporting
from ichimai.kernel.clock import day_in_tokyo, start_of_day
from ichimai.kernel.rates import Rate
from ichimai.ledger.model import (
    Award,
    Earn,
    Expire,
    Give,
    MergeWallets,
    Pay,
    Purchase,
    Purse,
    Restore,
    Return,
)
from ichimai.programs import funding
from ichimai.programs.terms import Money

from .terms import POINTS
from .world import World

TOWN, STREET = funding.budget_id(POINTS, "class"), funding.party_id("association:8")
A, B, C = range(3)


def earn(world: World, funder: UUID, units: int, rate: Rate | None = None) -> Earn:
    ends = start_of_day((world.clock.now() + timedelta(days=90)).date().replace(day=1))
    return Earn(
        asset=POINTS, funder=funder, units=units, rate=rate, expires_at=ends, is_pooled=True
    )


def give(world: World, person: int, *given: tuple[UUID, int]) -> None:
    """Points of the same month to one person."""
    assert world.post(
        Award(
            operation=world.operation(),
            wallet=world.residents[person],
            earns=tuple(earn(world, *each) for each in given),
            place=world.shops[0].id,
            terminal=UUID(int=7),
            actor=world.residents[person],
        )
    )


def outstanding(world: World) -> dict[str, int]:
    """By party, of all of it; the report itself holds it against the accounts."""
    with world.database.snapshot(world.operator) as tx:
        found = reporting.liability(tx, world.clock)
        assert reporting.unused(tx, world.clock).yen >= 0
        on_accounts = sum(
            ledger.reports.total(tx, role, POINTS)
            for role in (ledger.model.Role.WALLET, ledger.model.Role.CLEARING)
        )
    assert found.yen == on_accounts == sum(found.by_money.values())
    sums: dict[str, int] = {}
    for row in found.rows:
        sums[row.party] = sums.get(row.party, 0) + row.yen
    return sums


def test_each_giver_has_its_share_of_what_is_left_of_a_persons_lot(world: World) -> None:
    """Shops and town by what they gave to that very person, not to others in the same month."""
    one, other = world.shops[0].id, world.shops[1].id
    give(world, A, (one, 60), (TOWN, 30), (other, 10))
    assert outstanding(world) == {"shop": 70, "operator": 30}
    world.pay(world.residents[A], world.shops[0], 46, POINTS)
    assert outstanding(world) == {"shop": 38, "operator": 16}
    give(world, B, (TOWN, 20))
    give(world, C, (STREET, 9))
    world.pay(world.residents[C], world.shops[0], 8, POINTS)
    assert outstanding(world) == {"shop": 38, "operator": 36, "association:8": 1}
    with world.database.snapshot(world.operator) as tx:
        by_money = reporting.liability(tx, world.clock).by_money
    assert by_money == {Money.ASSOCIATION: 39, Money.PUBLIC: 36}


@pytest.mark.parametrize("units, left", [(10, 0), (4, 6)])
def test_what_is_given_on_or_set_aside_is_still_its_givers(
    world: World, units: int, left: int
) -> None:
    """Of two wallets between which it went together; a hold is of the wallet it is of."""
    a, b = world.residents[A], world.residents[B]
    give(world, A, (TOWN, 10))
    give(world, C, (world.shops[0].id, 30), (TOWN, 10))
    assert world.post(
        Give(operation=world.operation(), wallet=a, to=b, asset=POINTS, units=units, actor=a)
    )
    assert outstanding(world) == {"shop": 30, "operator": 20}
    held = Pay(
        operation=world.operation(),
        wallet=b,
        payee=world.shops[0].id,
        units=units,
        purses=(Purse(asset=POINTS),),
        terminal=UUID(int=7),
        actor=b,
        hold_until=world.clock.now() + timedelta(days=1),
    )
    assert world.post(held)
    assert outstanding(world) == {"shop": 30, "operator": 20}
    give(world, B, (world.shops[0].id, 10))
    assert outstanding(world) == {"shop": 40, "operator": 20}
    world.pay(b, world.shops[0], 10, POINTS)
    assert sum(outstanding(world).values()) == 40 + units + left


@pytest.mark.parametrize("is_merged", [False, True])
def test_what_a_shop_took_back_it_did_not_give(world: World, *, is_merged: bool) -> None:
    """Goods for 1,000 yen come back: of the lot only the town's 10 are left.

    Also where all of it went on to somebody who turned out to be the same person.
    """
    shop, person = world.shops[0].id, world.residents[A]
    give(world, A, (TOWN, 10))
    give(world, B, (STREET, 9))
    rate = Rate(yen=100, units=1)
    bought = Purchase(
        operation=world.operation(),
        wallet=person,
        payee=shop,
        total_yen=1_000,
        purses=(),
        earns=(earn(world, shop, 0, rate),),
        terminal=UUID(int=7),
        actor=person,
    )
    assert world.post(bought)
    if is_merged:
        other = world.residents[B]
        merge = MergeWallets(
            operation=world.operation(), wallet=person, to=other, assets=(POINTS,), actor=person
        )
        assert world.post(merge)
    assert outstanding(world) == {"shop": 10, "operator": 10, "association:8": 9}
    assert world.post(
        Return(
            operation=world.operation(),
            purchase=bought.operation,
            total_yen=1_000,
            payee=shop,
            terminal=UUID(int=7),
        )
    )
    assert outstanding(world) == {"operator": 10, "association:8": 9}


def ended(world: World, first: date, last: date) -> dict[str, int]:
    """What expired in a period, by party; the program's account says how much it is in all."""
    with world.database.snapshot(world.operator) as tx:
        found = reporting.expired(tx, world.clock, from_on=first, to_on=last, program=POINTS)
    assert sum(row.units for row in found.rows) == found.yen == sum(found.by_money.values())
    return {row.party: row.units for row in found.rows if row.units}


def test_what_ends_of_a_shared_lot_is_each_givers(world: World) -> None:
    """As what was left was, to the unit; what is given back after its end is theirs again."""
    a, b = world.residents[A], world.residents[B]
    give(world, A, (world.shops[0].id, 60), (TOWN, 30), (STREET, 10))
    give(world, B, (TOWN, 5))
    give(world, C, (TOWN, 3), (STREET, 4))
    world.pay(a, world.shops[0], 47, POINTS)
    on = Give(
        operation=world.operation(), wallet=b, to=world.residents[C], asset=POINTS, units=2, actor=b
    )
    assert world.post(on)
    left = outstanding(world)
    assert left == {"shop": 32, "operator": 16 + 8, "association:8": 5 + 4}
    world.clock.advance(timedelta(days=120))
    first = day_in_tokyo(world.clock.now())
    expiry = Expire(operation=world.operation())
    assert world.post(expiry)
    assert ended(world, first, first) == left
    world.clock.advance(timedelta(days=1))
    back = Restore(
        operation=world.operation(),
        expiry=expiry.operation,
        until=world.clock.now() + timedelta(days=9),
        assets=frozenset({POINTS}),
    )
    assert world.post(back)
    assert ended(world, first, first + timedelta(days=1)) == {}
    assert ended(world, first + timedelta(days=1), first + timedelta(days=1)) == {
        party: -units for party, units in left.items()
    }
    assert outstanding(world) == left
