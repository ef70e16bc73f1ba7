"""What a qualified invoice (適格請求書) must say of a fee: 消費税法57条の4.

The fee is with tax (税込). The tax in it is worked out once for each invoice and rate, and what
is less than a yen is dropped (消費税法施行令70条の10; a fraction may be rounded once an invoice).
"""

import re
from dataclasses import dataclass
from typing import Final

from ichimai.settlement.errors import IssuerRefused

_REGISTRATION: Final = re.compile(r"T[0-9]{13}", re.ASCII)
_HIGHEST_PERCENT: Final = 50
_NINE: Final = 9


@dataclass(frozen=True, slots=True)
class InvoiceIssuer:
    """Who charges the fees: ``registration`` is T and 13 digits (登録番号)."""

    registration: str
    name: str
    rate_percent: int


@dataclass(frozen=True, slots=True)
class Invoice:
    """A fee with the tax in it; ``fee_yen`` = ``net_yen`` + ``tax_yen``."""

    number: str
    issuer: InvoiceIssuer
    fee_yen: int
    tax_yen: int

    @property
    def net_yen(self) -> int:
        """The fee without tax."""
        return self.fee_yen - self.tax_yen


def invoice(issuer: InvoiceIssuer, number: str, fee_yen: int) -> Invoice:
    """The invoice of a fee; its tax is rounded down, here and nowhere else."""
    tax_yen = fee_yen * issuer.rate_percent // (100 + issuer.rate_percent)
    return Invoice(number, issuer, fee_yen, tax_yen)


def check_issuer(issuer: InvoiceIssuer) -> None:
    """Refuse a number that nobody can have, or a rate that is none. Raises IssuerRefused."""
    if not is_registration(issuer.registration):
        raise IssuerRefused("registration")
    if not issuer.name.strip():
        raise IssuerRefused("name")
    if not 1 <= issuer.rate_percent <= _HIGHEST_PERCENT:
        raise IssuerRefused("rate_percent")


def is_registration(text: str) -> bool:
    """Whether ``text`` may be a registration number.

    That of a body is T and its corporate number, whose first digit checks the other twelve
    (法人番号の指定等に関する省令2条). A person's need not, but towns and associations are bodies.
    """
    if not _REGISTRATION.fullmatch(text):
        return False
    check, body = int(text[1]), text[2:]
    total = sum(
        int(digit) * (1 if place % 2 == 1 else 2) for place, digit in enumerate(reversed(body), 1)
    )
    return check == _NINE - total % _NINE
