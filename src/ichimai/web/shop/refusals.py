"""What a shop should do when a payment was refused: the next step, and nothing about the resident.

"Too little left" and "above the limit" are one sentence, so that a shop cannot learn from the
words how much is on a card.
"""

from collections.abc import Mapping
from typing import Final

from ichimai.programs.wallets import TaskKind
from ichimai.web.layout import mark, text_of

NOT_SIGNED_IN: Final = "unauthorised"
IS_ABOUT_NUMBER: Final = frozenset({"unknown_credential", "mistyped_code"})
"""Refusals after which the card's number is asked for again, on the same page."""

IS_ABOUT_CODE: Final = frozenset({"phone_code_expired", "phone_code_used", "tap_over"})
"""Refusals after which the card is read again, on the same page."""

ABOUT_OTHER: Final = mark(
    "This card cannot be taken for who brought the customer. Compare the number with the printed"
    " card and enter it again, or go on without it."
)
"""Of the second card, whatever it is that it is not."""

_AMOUNT: Final = mark(
    "This card cannot pay this amount. Take a smaller amount with the card and the rest in"
    " another way, or the whole in another way."
)
_ID_REUSED: Final = mark("Something was mixed up. Start again with the amount.")

_ELSEHOW: Final = mark(
    "What is on this card cannot be used at this shop. Take the payment in another way."
)
_OVER: Final = mark(
    "This card can no longer be used. Take the payment in another way, and tell the customer"
    " to call the town."
)
_NO_MORE: Final = mark(
    "This cannot be given for this card now. The customer can look up why on their own page, or"
    " ask the town."
)
_ADVICE: Final[Mapping[str, str]] = {
    "unknown_credential": mark(
        "No such card was issued here. Please compare the number with the card and enter it again."
    ),
    "phone_code_expired": mark(
        "This code is too old, or the phone's clock is wrong. Read the code that the phone shows"
        " now."
    ),
    "phone_code_used": mark(
        "This code was used already. Wait until the phone shows the next one, at most 30 seconds,"
        " and read that."
    ),
    "tap_over": mark("The card was away too long. Please read it again."),
    "card_cannot_pay": mark(
        "This card only shows who somebody is and cannot pay. Ask for the card with the QR code or"
        " for the code on the phone."
    ),
    "credential_stopped": _OVER,
    "delegation_ended": _OVER,
    "delegation_not_begun": _ELSEHOW,
    "delegation_out_of_scope": _ELSEHOW,
    "delegation_day_limit_exceeded": _AMOUNT,
    "delegation_total_limit_exceeded": _AMOUNT,
    "not_accepted_here": _ELSEHOW,
    "insufficient_balance": _AMOUNT,
    "limit_exceeded": _AMOUNT,
    "id_from_the_future": mark("The page was open too long. Start again with the amount."),
    "exists_with_different_amount": _ID_REUSED,
    "exists_with_different_credential": _ID_REUSED,
    "exists_with_different_terminal": _ID_REUSED,
    "exists_with_different_kind": _ID_REUSED,
    "exists_with_different_programs": _ID_REUSED,
    "limit_reached": _NO_MORE,
    "minimum_not_reached": _NO_MORE,
    "nothing_earned_here": _NO_MORE,
    "out_of_stock": mark("There are none left here. Ask the town for more."),
    "no_such_choice": mark("This is no longer on offer. Start again with the first page."),
    "top_up_not_allowed": mark(
        "This sum cannot be paid in here. Look at the smallest sum and the steps, or ask the town."
    ),
    "refunding_not_allowed": mark(
        "This sum cannot be paid back here. Tell the customer to ask the town."
    ),
    "sharing_not_allowed": mark(
        "This cannot be done at a till. Tell the customer to ask the town."
    ),
}


_OF_TASKS: Final[Mapping[str, str]] = {
    "insufficient_balance": _NO_MORE,
    "limit_exceeded": _NO_MORE,
    "not_accepted_here": mark(
        "This cannot be done at this shop. Tell the customer to ask the town."
    ),
}
"""Where nothing is paid, what else to say."""

_OF_CARDS: Final[Mapping[str, str]] = {
    "insufficient_balance": mark(
        "This card is not full yet. Go on collecting on it: how much is missing, the customer sees"
        " on their own page."
    ),
}
"""Where a full card is given up, what to say before that."""


_AGAIN_LATER: Final = mark(
    "This device's clock is wrong, or it was more than 72 hours ago. Set the clock to automatic,"
    " and do it again when the customer comes."
)
_UNKNOWN_LATER: Final = mark(
    "No such card was issued here. Read the card again when the customer comes."
)
_STOPPED_LATER: Final = mark(
    "This card can no longer be used. When the customer comes, tell them to call the town."
)
_OF_KEPT: Final[Mapping[str, str]] = {
    "told_too_late": _AGAIN_LATER,
    "told_from_the_future": _AGAIN_LATER,
    "id_from_the_future": _AGAIN_LATER,
    "box_not_opened": mark(
        "This can no longer be read, because it was recorded for another till. Do it again when the"
        " customer comes."
    ),
    "unknown_credential": _UNKNOWN_LATER,
    "mistyped_code": _UNKNOWN_LATER,
    "credential_stopped": _STOPPED_LATER,
    "delegation_ended": _STOPPED_LATER,
}
"""Where it was recorded without a network: the customer has gone."""


_OF_UNDOING: Final[Mapping[str, str]] = {
    "refund_exceeds_payment": mark("This is more than what is left of it to take back."),
    "not_all_there": mark(
        "This sum cannot be taken back here, because it is not all where it was paid in: some was"
        " used or passed on, or the town has made two records of the customer one. Give no cash"
        " back for it. Write down the time and the sum, and ask the town."
    ),
    "unknown_operation": mark(
        "This can be taken back on the same day only. Give no cash back for it. Write down the day,"
        " the time and the sum, and ask the town."
    ),
}
"""Where something that was done here is undone."""


def advice_on_undoing(code: str) -> str | None:
    """What the shop should do next where it undoes something; None: that is another page's."""
    return _OF_UNDOING.get(code)


def advice_on_kept(code: str, task: TaskKind) -> str:
    """The same of what was recorded without a network and refused afterwards."""
    return _OF_KEPT.get(code) or advice_on(code, task)


def advice_on(code: str, task: TaskKind | None = None) -> str:
    """What the shop should do next, in English, after the refusal ``code``; None: to a sale."""
    found = None
    if task in {TaskKind.GIFT, TaskKind.EXCHANGE}:
        found = _OF_CARDS.get(code)
    if task is not None:
        found = found or _OF_TASKS.get(code)
    return found or _ADVICE.get(code) or text_of(code)
