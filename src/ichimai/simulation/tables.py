"""What made-up towns are made of, from the files in ``data/``; and draws by weight."""

import csv
import random
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from importlib import resources
from itertools import accumulate
from typing import Generic, TypeVar

import msgspec

ItemT = TypeVar("ItemT")
RowT = TypeVar("RowT", bound=msgspec.Struct)


class Surname(msgspec.Struct, frozen=True):
    """A family name; ``variants`` are other characters for it, separated by spaces."""

    kanji: str
    kana: str
    weight: int
    variants: str


class GivenName(msgspec.Struct, frozen=True):
    """A name given to those of ``sex`` born in these years."""

    kanji: str
    kana: str
    sex: str
    born_from: int
    born_to: int


class AgeGroup(msgspec.Struct, frozen=True):
    """How many of 10,000 residents are of these ages."""

    age_from: int
    age_to: int
    male: int
    female: int


class Trade(msgspec.Struct, frozen=True):
    """A class of shops: how common, when open, and what is bought there."""

    category: str
    small_neighbourhood: float
    small_centre: float
    medium: float
    large: float
    opens: str
    closes: str
    rests_on: str
    basket_yen: int
    basket_spread: float
    rounded_to: int
    visits: float
    hours: str


class ShopName(msgspec.Struct, frozen=True):
    """A pattern of a shop's name, with words in braces."""

    category: str
    name: str
    kana: str


class Word(msgspec.Struct, frozen=True):
    """A word for a shop's name."""

    kind: str
    text: str
    kana: str


class BankBranch(msgspec.Struct, frozen=True):
    """A branch of an invented bank; names in half-width kana."""

    bank_code: str
    bank_name: str
    branch_code: str
    branch_name: str
    weight: int


class HalfHour(msgspec.Struct, frozen=True, rename={"begins": "from"}):
    """How many come in the half hour that begins at ``begins`` (``HH:MM``)."""

    hours: str
    begins: str
    weight: float


def table(file: str, shape: type[RowT]) -> tuple[RowT, ...]:
    """The rows of a file of ``data/``, in which only text columns have empty cells."""
    return tuple(msgspec.convert(row, shape, strict=False) for row in _cells(file))


@cache
def _cells(file: str) -> tuple[dict[str, str], ...]:
    text = resources.files("ichimai.simulation").joinpath("data", file).read_text("utf-8")
    return tuple(csv.DictReader(text.splitlines()))


class Urn(Generic[ItemT]):
    """Items to be drawn, each as often as its weight says; those without weight never."""

    def __init__(self, items: Iterable[ItemT], weight: Callable[[ItemT], float]) -> None:
        self.items: Sequence[ItemT] = tuple(item for item in items if weight(item) > 0)
        self._sums = list(accumulate(weight(item) for item in self.items))

    def draw(self, rng: random.Random) -> ItemT:
        """One of the items. Raises IndexError when there is none."""
        return rng.choices(self.items, cum_weights=self._sums)[0]
