"""Who stands behind units: parties, and the budgets that they bind."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from ichimai.kernel import Asset
from ichimai.ledger.model import derived_id
from ichimai.programs.terms import Bonus, Earning, Exchange, Program

SHOP = "shop"
"""The party that is whichever shop gives the units."""


class Budget(NamedTuple):
    """An issuer with a bound of its own: never more than ``units`` of ``asset`` in all."""

    owner: UUID
    asset: Asset
    units: int


@lru_cache(maxsize=4_096)
def party_id(party: str) -> UUID:
    """The owner of the accounts of a party that is not a shop."""
    return derived_id(f"funder/{party}")


def funder_id(program: Program) -> UUID:
    """The owner of the account from which a program's grants come."""
    return party_id(program.funder)


@lru_cache(maxsize=4_096)
def budget_id(asset: Asset, part: str) -> UUID:
    """The owner of the account of an earning, bonus, exchange or premium that has a budget."""
    return derived_id(f"budget/{asset}/{part}")


def may_be_bound(program: Program, party: str) -> bool:
    """Whether what ``party`` gives of a program may count against a budget of the program itself.

    Which may be that of a version that has not begun: budgets bind from when they are written.
    """
    return party == program.funder != SHOP


def budgets(program: Program) -> Iterator[Budget]:
    """The bounds that a program's terms set."""
    parts: tuple[Earning | Bonus, ...] = (*program.earnings, *program.bonuses)
    for part in parts:
        if part.budget_units is not None:
            yield Budget(budget_id(program.key, part.key), program.key, part.budget_units)
    for exchange in program.exchanges:
        if exchange.budget_units is not None and exchange.to is not None:
            yield Budget(budget_id(program.key, exchange.key), exchange.to, exchange.budget_units)
    if program.top_up and program.top_up.premium and program.top_up.premium_budget_units:
        owner = budget_id(program.key, "premium")
        yield Budget(owner, program.top_up.premium, program.top_up.premium_budget_units)


def parties(programs: Iterable[Program]) -> dict[UUID, str]:
    """The party behind each owner of an issuing account that is not a shop.

    A budget is of one party in all versions of its program; a part without one has no account of
    its own. A premium is owed by who funds the program that it is in.
    """
    found: dict[UUID, str] = {}
    every = list(programs)
    funders = {program.key: program.funder for program in every}
    for program in every:
        found[party_id(program.funder)] = program.funder
        if program.settlement.pool is not None:
            found[party_id(program.settlement.pool)] = program.settlement.pool
        parts: tuple[Earning | Bonus | Exchange, ...] = (
            *program.earnings,
            *program.bonuses,
            *program.exchanges,
        )
        for part in parts:
            party = part.funder or program.funder
            found[party_id(party)] = party
            if part.budget_units is not None:
                found[budget_id(program.key, part.key)] = party
        if program.top_up and program.top_up.premium and program.top_up.premium_budget_units:
            owner = budget_id(program.key, "premium")
            found[owner] = funders.get(program.top_up.premium, program.funder)
    found.pop(party_id(SHOP), None)
    return found
