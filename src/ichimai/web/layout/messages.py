"""What each expected failure is called on a page, in the words of the person who reads it.

Shops have their own words for a refused payment (``shop.refusals``): what to do next, and
nothing about the resident.
"""

from collections.abc import Mapping
from typing import Final

from ichimai.web.layout.i18n import mark as _

_TEXTS: Final[Mapping[str, str]] = {
    "not_found": _("This page does not exist, or it is not for you."),
    "forbidden": _("Your role may not do this."),
    "internal_error": _(
        "Something went wrong on our side. Nothing you entered is lost or counted twice."
    ),
    "form_too_large": _("What you sent is too large."),
    "form_unreadable": _("What you sent arrived incomplete. Please try again."),
    "form_not_believed": _(
        "For your safety this form was not accepted. Go back, reload the page and try again."
        " Cookies must be allowed."
    ),
    "database_unavailable": _("The system does not answer just now. Please try again in a minute."),
    "overloaded": _(
        "Very many people are using the system just now. Please try again in a minute."
    ),
    "clock_behind": _("The system does not answer just now. Please try again in a minute."),
    "invalid_amount": _("Enter the amount as whole yen in plain digits, from 1."),
    "mistyped_code": _(
        "There is a typing mistake in the card number. Please compare it with the card."
    ),
    "unknown_credential": _("No such card was issued here."),
    "mistyped_enrolment_code": _(
        "There is a typing mistake in the code. Please compare it with the paper."
    ),
    "enrolment_refused": _(
        "This code is not known, was used already, or is older than 24 hours."
        " Ask the town for a new one."
    ),
    "sign_in_refused": _("These do not go together. Please check both and try again."),
    "too_many_attempts": _("Too many tries. Please wait a few minutes and try again."),
    "weak_pin": _("Choose six digits that nobody would guess: not 123456, not 111111."),
    "pin_already_chosen": _("A PIN was already chosen for this card. Please sign in with it."),
    "unknown_operation": _("There is no such payment at this shop."),
    "refund_exceeds_payment": _("You can give back at most what was paid and not yet given back."),
    "unknown_shop": _("There is no such shop."),
}

_OTHERWISE: Final = _("This cannot be done as things stand now.")


def text_of(code: str) -> str:
    """The sentence, in English, for the code of an expected failure."""
    return _TEXTS.get(code, _OTHERWISE)
