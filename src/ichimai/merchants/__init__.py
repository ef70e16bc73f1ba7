"""The town's shopping-street associations, their member shops and the shops' tills."""

from ichimai.merchants import directory, errors, tills
from ichimai.merchants.directory import add_associations as add_associations
from ichimai.merchants.directory import add_shops as add_shops
from ichimai.merchants.directory import associations as associations
from ichimai.merchants.directory import shop as shop
from ichimai.merchants.directory import shop_names as shop_names
from ichimai.merchants.directory import shops as shops
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
from ichimai.merchants.tills import enrol as enrol
from ichimai.merchants.tills import enrol_directly as enrol_directly
from ichimai.merchants.tills import new_enrolment as new_enrolment
from ichimai.merchants.tills import revoke as revoke
from ichimai.merchants.tills import terminals as terminals
from ichimai.merchants.tills import terminals_of as terminals_of

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
