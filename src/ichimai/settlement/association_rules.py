"""Whose are units that many gave together: shares of a pool, exact to the last unit. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from ichimai.kernel.rates import shares

Giver = int | None
"""An association; None: nobody's shops, such as the operator's budget."""


def weights(given: Iterable[tuple[Giver, int]]) -> dict[Giver, int]:
    """What each ever gave, less what was taken back; nobody is below 0."""
    found: dict[Giver, int] = defaultdict(int)
    for giver, units in given:
        found[giver] += units
    return {giver: max(0, units) for giver, units in found.items()}


def shared(units: int, weights: Mapping[Giver, int]) -> dict[Giver, int]:
    """``units`` of a pool (below 0: more came back than was used) by what each gave to it.

    Together they are ``units``: the largest remainder gets the next one, of equal ones the lower
    number. Where nobody gave anything they are nobody's.
    """
    order = sorted(weights, key=lambda giver: (giver is None, giver or 0))
    if not sum(weights.values()):
        return {None: units} if units else {}
    parts = shares(abs(units), [weights[giver] for giver in order])
    return {
        giver: part if units > 0 else -part
        for giver, part in zip(order, parts, strict=True)
        if part
    }
