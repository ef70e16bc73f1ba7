"""The town's shopping-street associations, their member shops and the shops' tills."""

from ichimai.merchants import directory, errors, tills
from ichimai.merchants.model import (
    Association,
    BankAccount,
    EnrolledTerminal,
    Shop,
    ShopId,
    ShopSize,
    Terminal,
    TerminalAtShop,
    TerminalId,
)

__all__ = [
    "Association",
    "BankAccount",
    "EnrolledTerminal",
    "Shop",
    "ShopId",
    "ShopSize",
    "Terminal",
    "TerminalAtShop",
    "TerminalId",
    "directory",
    "errors",
    "tills",
]
