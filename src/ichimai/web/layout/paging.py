"""Marks in an address that say where the next page of a list begins."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")


def number_in(text: str | None) -> int | None:
    """A number that one of our own links carries; None when it is absent or was tampered with."""
    if not text or not (text.isascii() and text.isdigit()) or len(text) > 18:
        return None
    return int(text)


@dataclass(frozen=True, slots=True)
class Part(Generic[Item]):
    """The items of one page; ``next_mark`` is None on the last."""

    items: Sequence[Item]
    next_mark: int | None
    is_first: bool
    total: int


def part_of(items: Sequence[Item], after: str | None, size: int) -> Part[Item]:
    """The ``size`` items past the first ``after`` of a list that is held whole."""
    skip = number_in(after) or 0
    end = skip + size
    next_mark = end if end < len(items) else None
    return Part(items[skip:end], next_mark, skip == 0, len(items))
