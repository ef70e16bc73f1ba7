"""Money and points: whole units of one asset."""

from dataclasses import dataclass
from typing import NewType

from ichimai.kernel.errors import Invalid

Asset = NewType("Asset", str)
"""The code of a unit of value: ``JPY``, or a program's key such as ``longevity-gift``."""

JPY = Asset("JPY")

MAX_UNITS = 10**12
"""No single amount may be larger (faults.md J120: far below 2^53 and 2^63)."""


@dataclass(frozen=True, slots=True)
class Amount:
    """``units`` (0 to MAX_UNITS) of ``asset``; amounts of two assets never add.

    Raises TypeError when two assets meet: that is a bug, not a person's mistake.
    """

    units: int
    asset: Asset

    def __add__(self, other: "Amount") -> "Amount":
        return Amount(self.units + self._same_asset(other), self.asset)

    def __sub__(self, other: "Amount") -> "Amount":
        return Amount(self.units - self._same_asset(other), self.asset)

    def __str__(self) -> str:
        return f"{self.units} {self.asset}"

    def _same_asset(self, other: "Amount") -> int:
        if self.asset != other.asset:
            raise TypeError(f"{self.asset} and {other.asset} do not add")
        return other.units


@dataclass(eq=False)
class InvalidAmount(Invalid):
    """An amount is a whole number of units from 1 to 1,000,000,000,000."""

    code = "invalid_amount"


def checked_units(value: object) -> int:
    """The units of an amount as received: an int (not a bool) from 1 to MAX_UNITS.

    Raises InvalidAmount. Text is never an amount in JSON; see ``parsed_units`` for forms.
    """
    if type(value) is not int or not 1 <= value <= MAX_UNITS:
        raise InvalidAmount
    return value


def parsed_units(text: str) -> int:
    """The units typed into a form: ASCII digits only, optionally grouped with commas.

    ``int()`` would accept ``１２３``, ``٣`` and ``1_000``; a till must not (faults.md J121).
    Raises InvalidAmount.
    """
    digits = text.strip().replace(",", "")
    if not (digits.isascii() and digits.isdigit()):
        raise InvalidAmount
    return checked_units(int(digits[:20]))
