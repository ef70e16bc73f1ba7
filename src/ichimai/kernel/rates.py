"""So much for each so many yen: the arithmetic of points, exact, in one place."""

from dataclasses import dataclass
from enum import StrEnum


class Rounding(StrEnum):
    """What becomes of a part that is no whole unit (端数)."""

    DOWN = "down"
    """切り捨て, as nearly all point cards do."""
    NEAREST = "nearest"
    """四捨五入: a half goes up."""
    UP = "up"
    """切り上げ."""


@dataclass(frozen=True, slots=True)
class Rate:
    """``units`` for each ``yen``: 100円で1ポイント is ``Rate(yen=100, units=1)``.

    ``is_of_rest``: only what was not paid with programs counts. ``minimum_yen``: a sale below it
    gives nothing. ``extra_times``: how often the units are given: 4 is what 5倍 adds to 1倍.
    ``is_flat``: ``units`` for the sale, however large it is.
    """

    yen: int = 100
    units: int = 1
    rounding: Rounding = Rounding.DOWN
    is_of_rest: bool = True
    minimum_yen: int = 0
    extra_times: int = 1
    is_flat: bool = False

    def units_of(self, *, total_yen: int, paid_yen: int) -> int:
        """The units for a sale of ``total_yen``, of which programs paid ``paid_yen``.

        A multiplier multiplies whole units, as 2倍 on a till does: 199 yen are 2 points at 2倍.
        """
        counted = total_yen - paid_yen if self.is_of_rest else total_yen
        if total_yen < self.minimum_yen or counted <= 0:
            return 0
        if self.is_flat:
            return self.units * self.extra_times
        return rounded(counted * self.units, self.yen, self.rounding) * self.extra_times


def rounded(numerator: int, denominator: int, rounding: Rounding) -> int:
    """``numerator / denominator`` as a whole number; both are at least 0 and 1."""
    match rounding:
        case Rounding.DOWN:
            return numerator // denominator
        case Rounding.NEAREST:
            return (2 * numerator + denominator) // (2 * denominator)
        case Rounding.UP:
            return -(-numerator // denominator)


def shares(whole: int, weights: list[int]) -> list[int]:
    """``whole`` split by ``weights`` to the last unit: the largest remainder gets the next one.

    Equal remainders: the earlier gets it. ``weights`` are at least 0, and not all 0 unless
    ``whole`` is 0.
    """
    total = sum(weights)
    if not total:
        if whole:
            raise ValueError("nothing to split by")
        return [0] * len(weights)
    parts = [whole * weight // total for weight in weights]
    order = sorted(
        range(len(weights)), key=lambda place: (-(whole * weights[place] % total), place)
    )
    for place in order[: whole - sum(parts)]:
        parts[place] += 1
    return parts
