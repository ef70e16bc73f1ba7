"""The town's shopping-street associations, their member shops and the shops' tills."""

from ichimai.merchants import errors
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
from ichimai.merchants.service import (
    add_associations,
    add_shops,
    associations,
    enrol,
    enrol_directly,
    new_enrolment,
    revoke,
    shop,
    shop_names,
    shops,
    terminals,
    terminals_of,
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
    "add_associations",
    "add_shops",
    "associations",
    "enrol",
    "enrol_directly",
    "errors",
    "new_enrolment",
    "revoke",
    "shop",
    "shop_names",
    "shops",
    "terminals",
    "terminals_of",
]
