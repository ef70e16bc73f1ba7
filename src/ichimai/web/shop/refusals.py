"""What a shop should do when a payment was refused: the next step, and nothing about the resident.

"Too little left" and "above the limit" are one sentence, so that a shop cannot learn from the
words how much is on a card.
"""

from collections.abc import Mapping
from typing import Final

from ichimai.web.layout import mark, text_of

NOT_SIGNED_IN: Final = "unauthorised"
IS_ABOUT_NUMBER: Final = frozenset({"unknown_credential", "mistyped_code"})
"""Refusals after which the card's number is asked for again, on the same page."""

_AMOUNT: Final = mark(
    "This card cannot pay this amount. Take a smaller amount with the card and the rest in"
    " another way, or the whole in another way."
)
_ID_REUSED: Final = mark("Something was mixed up. Start again with the amount.")

_ADVICE: Final[Mapping[str, str]] = {
    "unknown_credential": mark(
        "No such card was issued here. Please compare the number with the card and enter it again."
    ),
    "credential_stopped": mark(
        "This card can no longer be used. Take the payment in another way, and tell the customer"
        " to call the town."
    ),
    "not_accepted_here": mark(
        "What is on this card cannot be used at this shop. Take the payment in another way."
    ),
    "insufficient_balance": _AMOUNT,
    "limit_exceeded": _AMOUNT,
    "id_from_the_future": mark("The page was open too long. Start again with the amount."),
    "exists_with_different_amount": _ID_REUSED,
    "exists_with_different_credential": _ID_REUSED,
    "exists_with_different_terminal": _ID_REUSED,
    "exists_with_different_kind": _ID_REUSED,
}


def advice_on(code: str) -> str:
    """What the shop should do next, in English, after the refusal ``code``."""
    return _ADVICE.get(code) or text_of(code)
