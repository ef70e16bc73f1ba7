"""Associations, shops, their bank accounts and their tills, as data."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple, NewType
from uuid import UUID

ShopId = NewType("ShopId", UUID)
TerminalId = NewType("TerminalId", UUID)


PLACES: Final = 0
"""The number of the association that is none: the operator's own places."""


class ShopSize(StrEnum):
    """The class of a shop by which a program may cap spending and the town counts it."""

    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"


@dataclass(frozen=True, slots=True)
class Association:
    """A shopping-street association (商店会): ``number`` is 1 to 99 within the operator.

    Number 0 is none: the operator's own places, where things are earned, used and handed over.
    """

    number: int
    name: str
    members: int
    accepts_gift_vouchers: bool


@dataclass(frozen=True, slots=True)
class BankAccount:
    """Where a shop is paid.

    ``bank_code`` has 4 digits, ``branch_code`` 3 and ``number`` 7; names and ``holder_kana``
    are half-width kana as in a Zengin file, whose alphabet settlement checks; ``kind`` is
    1 普通, 2 当座 or 4 貯蓄.
    """

    bank_code: str
    bank_name: str
    branch_code: str
    branch_name: str
    kind: int
    number: str
    holder_kana: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Shop:
    """A member shop (加盟店).

    ``number`` is the one on its certificate (加盟店証): the association in two digits, a
    hyphen, the member in three, ``08-017``. ``kana`` is full-width katakana.
    """

    id: ShopId
    number: str
    association: int
    name: str
    kana: str
    size: ShopSize
    category: str
    account: BankAccount


@dataclass(frozen=True, slots=True)
class Terminal:
    """A till of a shop; a revoked one is never accepted again."""

    id: TerminalId
    shop: ShopId
    enrolled_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class EnrolledTerminal:
    """A new till with its bearer ``token``, which is shown here once and never again."""

    terminal: TerminalId
    shop: ShopId
    token: str = field(repr=False)


class TerminalAtShop(NamedTuple):
    """What a payment must know of the till it comes from, its shop and its association."""

    terminal: TerminalId
    shop: ShopId
    association: int
    accepts_gift_vouchers: bool
    size: ShopSize
    category: str
    number: str
