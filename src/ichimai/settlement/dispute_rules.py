"""What may be claimed of a closed line, and what a decision gives of it. Pure."""

from typing import Literal

from ichimai.kernel.amount import MAX_UNITS
from ichimai.settlement.errors import ClaimRefused
from ichimai.settlement.model import MOST_WORDS

Award = Literal["whole", "part", "none"]
"""Of what a shop claims."""


def check_claim(units: int) -> None:
    """Refuse what nobody can lack. Raises ClaimRefused."""
    if not 1 <= units <= MAX_UNITS:
        raise ClaimRefused("claimed")


def words(text: str, field: str) -> str:
    """Why, in one line of 1 to 200 characters. Raises ClaimRefused."""
    found = " ".join(text.split())
    if not 1 <= len(found) <= MOST_WORDS:
        raise ClaimRefused(field)
    return found


def awarded(claimed: int, award: Award, part: int | None) -> int:
    """The units that a decision gives of what is claimed: all, ``part`` of it, or 0.

    Raises ClaimRefused: a part is from 1, and less than the whole; else it is none.
    """
    if (award == "part") != (part is not None):
        raise ClaimRefused("units")
    if part is None:
        return claimed if award == "whole" else 0
    if not 1 <= part < claimed:
        raise ClaimRefused("units")
    return part
