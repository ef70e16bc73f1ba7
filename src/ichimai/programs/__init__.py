"""Programs (制度): where value is accepted, how it is granted, and what tills ask of it."""

from ichimai.programs import (
    cards,
    errors,
    grant_list_model,
    lists,
    model,
    one_person,
    upkeep,
    wallets,
)
from ichimai.programs.desk import Desk
from ichimai.programs.model import PaymentRequest, Program, RefundRequest

__all__ = [
    "Desk",
    "PaymentRequest",
    "Program",
    "RefundRequest",
    "cards",
    "errors",
    "grant_list_model",
    "lists",
    "model",
    "one_person",
    "upkeep",
    "wallets",
]
