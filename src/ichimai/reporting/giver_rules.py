"""Who gave what is left of a lot that several gave, or ended of it: exact to the last unit. Pure.

A month's points of a program that charges when units are given are one lot of a wallet, whoever
gave them (decision 28). What is left of it is each giver's by what it gave to that very lot, less
what was taken back. Units that went from one wallet to another are shared by what was given to all
of the wallets between which that lot ever went: nobody can tell one unit from another.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple
from uuid import UUID

from ichimai.kernel.rates import shares


class Part(NamedTuple):
    """A lot of one account; the account has but one asset."""

    account: UUID
    lot: UUID


def joined(moves: Iterable[tuple[Part, Part]]) -> dict[Part, Part]:
    """For each part that something went from or to, one that stands for all of its group."""
    heads: dict[Part, Part] = {}

    def head(part: Part) -> Part:
        while heads.setdefault(part, part) != part:
            part = heads[part]
        return part

    for from_, to in moves:
        first, second = sorted((head(from_), head(to)))
        heads[second] = first
    return {part: head(part) for part in heads}


def together(
    given: Iterable[tuple[Part, UUID, int]], groups: Mapping[Part, Part]
) -> dict[Part, dict[UUID, int]]:
    """What each gave to a group, by the part that stands for it; a part alone is its own."""
    found: dict[Part, dict[UUID, int]] = {}
    for part, giver, units in given:
        by_giver = found.setdefault(groups.get(part, part), {})
        by_giver[giver] = by_giver.get(giver, 0) + units
    return found


def split(units: int, given: Mapping[UUID, int]) -> dict[UUID, int]:
    """``units`` that are left, by what each of their givers ``given`` to them; together ``units``.

    The largest remainder gets the next unit, of equal ones the lower id. At least one gave some.
    Below 0 are those given back after their end: each has less by what it had more.
    """
    if units < 0:
        return {giver: -part for giver, part in split(-units, given).items()}
    givers = sorted(given)
    parts = shares(units, [given[giver] for giver in givers])
    return {giver: part for giver, part in zip(givers, parts, strict=True) if part}
