"""Programs (制度): where value is accepted, how it is granted, and what tills ask of it."""

from ichimai.programs import cards, errors, lists, model, rules, upkeep, wallets
from ichimai.programs.desk import Desk, shown_to_till
from ichimai.programs.model import PaymentRequest, Program, RefundRequest, ReleaseRequest

__all__ = [
    "Desk",
    "PaymentRequest",
    "Program",
    "RefundRequest",
    "ReleaseRequest",
    "cards",
    "errors",
    "lists",
    "model",
    "rules",
    "shown_to_till",
    "upkeep",
    "wallets",
]
