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
    "outdated": _("The system does not answer just now. Please try again in a minute."),
    "overloaded": _(
        "Very many people are using the system just now. Please try again in a minute."
    ),
    "clock_behind": _("The system does not answer just now. Please try again in a minute."),
    "invalid_amount": _("Enter the amount as whole yen in plain digits, from 1."),
    "mistyped_code": _(
        "There is a typing mistake in the card number. Please compare it with the card."
    ),
    "unknown_credential": _("No such card was issued here."),
    "unknown_link": _("This page does not exist, or it is not for you."),
    "unknown_consent": _("This page does not exist, or it is not for you."),
    "unknown_delegation": _("This page does not exist, or it is not for you."),
    "mistyped_enrolment_code": _(
        "There is a typing mistake in the code. Please compare it with the paper."
    ),
    "enrolment_refused": _(
        "This code is not known, was used already, or is older than 24 hours."
        " Ask the town for a new one."
    ),
    "sign_in_refused": _("These do not go together. Please check both and try again."),
    "too_many_attempts": _("Too many tries. Please wait a few minutes and try again."),
    "my_number_refused": _(
        "This may be a My Number, which must not be entered anywhere here. It was not kept."
    ),
    "second_step_needed": _("Please enter the code of your authenticator app."),
    "second_factor_not_set_up": _("Please set up a passkey or an authenticator app first."),
    "wrong_code": _(
        "This code is not right, or it was used already. Please wait for the next one and enter it."
    ),
    "nothing_to_confirm": _("The setting up was not begun, or is over. Please begin again."),
    "last_second_factor": _("This is your only second factor. Set up another one first."),
    "sign_in_too_old": _(
        "You signed in some time ago. For your safety, sign out, sign in again and do this first."
    ),
    "passkey_refused": _(
        "This passkey is not known here, or it took too long. Please try again, or come in"
        " another way."
    ),
    "too_many_passkeys": _("You have ten passkeys. Remove one that you no longer use."),
    "weak_password": _("A password has at least 12 characters."),
    "unknown_organisation": _("You have no role there."),
    "unknown_member": _("There is nobody of this name."),
    "already_one_person": _("These two are known to be one person already."),
    "split_before": _("This was taken back before."),
    "later_merge_first": _(
        "One of these people was made one with somebody later. Take that back first."
    ),
    "unknown_holder": _("No such person is known here."),
    "asked_by_yourself": _("Another person than the one who asked must approve."),
    "about_yourself": _("Another person must approve what you are to be allowed."),
    "request_decided": _("Somebody else has decided on this meanwhile. Please look again."),
    "request_expired": _("This was not approved in time. Please ask again."),
    "may_not_ask_or_approve": _("Your role may not do this."),
    "program_change_refused": _("The program cannot be used as it is written."),
    "unknown_program": _("There is no such program."),
    "unknown_two_person_request": _("This page does not exist, or it is not for you."),
    "digital_id_refused": _(
        "The digital identity app's answer could not be believed. Nothing was changed. Please try"
        " again from the start."
    ),
    "digital_id_cancelled": _("You stopped in the digital identity app. Nothing was changed."),
    "digital_id_not_bound": _(
        "This My Number Card is not connected to a card here. Sign in with your card and PIN once,"
        " and connect it under “Ways to sign in”."
    ),
    "digital_id_taken": _("This My Number Card is connected to somebody else's card here."),
    "card_sign_in_needed": _(
        "To add a way to sign in, sign in with your card and PIN first, and do it then."
    ),
    "provider_unavailable": _(
        "The digital identity service does not answer just now. Please try again in a minute, or"
        " come in with your card and PIN."
    ),
    "weak_pin": _("Choose six digits that nobody would guess: not 123456, not 111111."),
    "pin_already_chosen": _("A PIN was already chosen for this card. Please sign in with it."),
    "unknown_operation": _("There is no such payment at this shop."),
    "refund_exceeds_payment": _("You can give back at most what was paid and not yet given back."),
    "unknown_end_letter": _("There is no such list of letters."),
    "nobody_to_write_to": _("Nobody waits for a letter just now."),
    "unknown_grant_list": _("There is no such list."),
    "grant_list_decided": _("This list was approved or declined before."),
    "second_person_needed": _("Another person than the one who made it must decide."),
    "same_person": _("Another person than the one who made it must decide."),
    "insufficient_balance": _("There is not enough of it in your wallet."),
    "limit_exceeded": _("This is more than may be used at once or in a day."),
    "limit_reached": _("You cannot get more of this at present."),
    "minimum_not_reached": _("What has to be collected first is not all there yet."),
    "out_of_stock": _("There are none left there."),
    "exists_with_different_programs": _("Something was mixed up. Please start again."),
    "exists_with_different_amount": _("Something was mixed up. Please start again."),
    "exists_with_different_kind": _("Something was mixed up. Please start again."),
    "nothing_to_move": _("There is nothing to pass on."),
    "nothing_earned_here": _("This is not on offer just now, or not for you."),
    "no_such_choice": _("This is no longer on offer."),
    "not_handed_over_here": _("This is not handed over at that place, or is not counted."),
    "top_up_not_allowed": _("This sum cannot be paid in here."),
    "refunding_not_allowed": _("This sum cannot be paid back here."),
    "sharing_not_allowed": _("This cannot be passed on to this person."),
    "id_from_the_future": _("The page was open too long. Please start again."),
    "bound_exceeded": _("The program's budget does not allow this."),
    "unknown_closing": _("There is no such closing."),
    "already_closed": _("This week, or a later one, has been closed already."),
    "nothing_to_close": _("No program settles in that way."),
    "closing_broke_off": _(
        "The closing broke off several times and was given up. Call the information division."
    ),
    "day_not_over": _("Only a day that is over can be closed."),
    "unknown_batch": _("There is no such payout."),
    "payees_refused": _(
        "Some shops cannot be paid as their accounts stand. Correct the accounts, or leave these"
        " shops out this time."
    ),
    "no_payer": _("The account from which shops are paid has not been entered."),
    "not_a_bank_day": _("Banks are closed on that day, or it is not within the next 30 days."),
    "pay_day_over": _(
        "The day on which banks were to pay has come, so that they would not take this file."
        " Give this up or take it back, and make it again."
    ),
    "nothing_to_pay": _("There is nothing to pay out that is not in a payout already or held."),
    "payables_taken": _("Another payout has just taken some of these. Please look again."),
    "wrong_state": _("Somebody else has decided on this meanwhile. Please look again."),
    "payout_file_differs": _(
        "The file is not what the ledger says it must be. Do not send it, and call the information"
        " division."
    ),
    "statement_differs": _("The journal is not what was closed. Call the information division."),
    "font_missing": _("This server has no Japanese font for PDF. Call the information division."),
    "day_out_of_reach": _("A report is of days that have begun. Please choose another day."),
    "period_backwards": _("The last day must not be before the first."),
    "not_whole_months": _("Choose whole months that are over, at most 60 of them."),
    "report_differs": _(
        "The lots of a program do not come to its accounts. Call the information division."
    ),
    "no_terms": _(
        "There are units of a program that is not set up. Call the information division."
    ),
    "unmappable_text": _(
        "Some characters cannot be written in this encoding (CP932). Please choose UTF-8."
    ),
    "account_change_open": _(
        "Another change of this account is under way. It must be decided or stopped first."
    ),
    "same_account": _("The shop has this account already."),
    "account_refused": _("This account cannot be used as it is written."),
    "account_change_decided": _("Somebody else has decided on this meanwhile. Please look again."),
    "second_person_for_account": _(
        "Another person than the one who asked for or checked it must approve."
    ),
    "no_contact": _("The shop has no contact that could be told. Enter one first."),
    "invalid_contact": _("Enter one mail address, or one postal address."),
    "mistyped_cancel_code": _(
        "There is a typing mistake in the code. Please compare it with the notice."
    ),
    "cancel_refused": _(
        "This code is not known, or the change is over already. Call the town at once."
    ),
    "claim_refused": _("Please say how much, from 1, and why, in at most 200 characters."),
    "dispute_too_late": _("The days in which this could be said are over. Please call the town."),
    "already_disputed": _("This was said already. The town has to answer first."),
    "dispute_not_in_state": _("Somebody else has decided on this meanwhile. Please look again."),
    "nothing_to_correct": _("Nothing is paid for this program, so nothing can be put right."),
    "unknown_dispute": _("This page does not exist, or it is not for you."),
    "unknown_line": _("This page does not exist, or it is not for you."),
    "lines_disputed": _(
        "Something in it was disputed after it was made. Give it up, and make another."
    ),
    "bill_settled": _("This bill is paid already, or it is in a netting."),
    "bill_payment_refused": _(
        "A payment is at most what is open of the bill, and it came in by today."
    ),
    "unknown_bill": _("This page does not exist, or it is not for you."),
    "unknown_netting": _("This page does not exist, or it is not for you."),
    "nothing_to_net": _("There is nothing to net at present."),
    "obligations_taken": _("Another netting has just taken some of these. Please look again."),
    "no_transfer_file": _("There is no file for this bank: pay by hand."),
    "unknown_account_change": _("There is no such change."),
    "unknown_notice": _("This letter was posted already."),
    "unknown_terminal": _("There is no such till."),
    "unknown_shop": _("There is no such shop."),
    "already_member": _(
        "There is a membership of this service already. Renew that one, or end it first."
    ),
    "membership_number_taken": _("This number was given before. Compare it with the card."),
    "unknown_membership": _("There is no such membership, or it has ended already."),
    "terms_out_of_order": _("Valid from: a renewal begins later than the term before it did."),
}

_OTHERWISE: Final = _("This cannot be done as things stand now.")


def text_of(code: str) -> str:
    """The sentence, in English, for the code of an expected failure."""
    return _TEXTS.get(code, _OTHERWISE)
