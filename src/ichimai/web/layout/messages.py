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
    "unknown_grant_list": _("There is no such list."),
    "grant_list_decided": _("This list was approved or declined before."),
    "second_person_needed": _("Another person than the one who made it must decide."),
    "same_person": _("Another person than the one who made it must decide."),
    "bound_exceeded": _("The program's budget does not allow this."),
    "unknown_closing": _("There is no such closing."),
    "already_closed": _("This week, or a later one, has been closed already."),
    "day_not_over": _("Only a day that is over can be closed."),
    "unknown_batch": _("There is no such payout."),
    "payees_refused": _(
        "Some shops cannot be paid as their accounts stand. Correct the accounts, or leave these"
        " shops out this time."
    ),
    "no_payer": _("The account from which shops are paid has not been entered."),
    "not_a_bank_day": _("Banks are closed on that day, or it is not within the next 30 days."),
    "nothing_to_pay": _("There is nothing to pay out that is not in a payout already or held."),
    "payables_taken": _("Another payout has just taken some of these. Please look again."),
    "wrong_state": _("Somebody else has decided on this meanwhile. Please look again."),
    "payout_file_differs": _(
        "The file is not what the ledger says it must be. Do not send it, and call the information"
        " division."
    ),
    "statement_differs": _("The journal is not what was closed. Call the information division."),
    "font_missing": _("This server has no Japanese font for PDF. Call the information division."),
    "unknown_terminal": _("There is no such till."),
    "unknown_shop": _("There is no such shop."),
}

_OTHERWISE: Final = _("This cannot be done as things stand now.")


def text_of(code: str) -> str:
    """The sentence, in English, for the code of an expected failure."""
    return _TEXTS.get(code, _OTHERWISE)
