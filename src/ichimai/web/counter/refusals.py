"""What a refusal says to a clerk: what it means here, and what to do next."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from starlette.responses import Response

from ichimai import cards
from ichimai.identity.errors import TapOver
from ichimai.kernel import errors
from ichimai.kernel.errors import DomainError
from ichimai.web.layout import mark as _
from ichimai.web.layout import membership_kinds

if TYPE_CHECKING:
    from ichimai.web.counter.door import AtCounter

_CERTIFICATE: Final = _(
    "This card's certificate cannot be accepted. Ask whether the card was renewed or is another"
    " town's test card; otherwise use another card or go on with documents."
)
_TEXTS: Final[Mapping[str, str]] = {
    TapOver.code: _("The card is no longer there. Nothing was changed. Begin again."),
    "not_for_this_purpose": _(
        "This is not done for the purpose that you chose. End, and choose the purpose again."
    ),
    "stronger_card_needed": _(
        "This card only shows who somebody is, and its number can be copied. Use a My Number Card"
        " with its PIN, or issue a printed card with a document and go on with that."
    ),
    "nothing_shown": _("Lay a card on the reader, or scan or type the code of a card."),
    "other_card": _(
        "This is another card than the one with which this was begun. Nothing was changed. Begin"
        " again with the person who is here now."
    ),
    "draft_over": _(
        "What was begun is over, because it took too long or because another card was shown in"
        " between. Nothing was changed. Begin again."
    ),
    "register_number_taken": _(
        "This number stands for somebody who is known here already. Compare it with the paper. If"
        " it is right, this is one person with two entries: ask the registrar to join them."
    ),
    "has_register_number": _(
        "This person has another number of the resident register. Compare both papers and ask the"
        " registrar; nothing was changed."
    ),
    "invalid_register_number": _(
        "This is no number of the resident register. Copy it from the notice: up to 20 letters and"
        " digits. Never enter a My Number."
    ),
    "document_not_seen": _("Say which document you saw."),
    "invalid_day": _("This is no day. Write it as on the document: 昭和20年4月1日 or 1945-04-01."),
    "nobody_found": _(
        "Nobody, or more than one person, has this kana and birth date here. Compare them with the"
        " document. If several people have them, ask the registrar: nobody is guessed."
    ),
    "card_not_replaceable": _(
        "This card cannot take the place of another one here. Use “Add another card” instead."
    ),
    "mistyped_code": _("There is a typing mistake in the code. Compare it with the card."),
    "card_not_taken": _(
        "This card is not known here, or is no longer accepted. Compare the number, try another"
        " card of the same person, or go on with documents."
    ),
    "pin_needed": _("This needs the card's PIN. Ask the person to enter it themselves."),
    "certificates_not_read": _(
        "This town has not set up My Number Cards yet. Use another card, or a printed one."
    ),
    "challenge_over": _("That took too long. Lay the card on the reader again."),
    "phone_code_expired": _("This code is too old. Ask the person to show the code of now."),
    "phone_code_used": _("This code was used before. Wait for the phone's next code."),
    "number_taken": _(
        "This is registered already, as somebody else's. Nothing was changed. If the person says it"
        " is theirs, ask the registrar."
    ),
    "unfit_credential": _(
        "This card or phone shows a number that changes. Nothing was changed. Use another card, or"
        " a printed one."
    ),
    "stopped_before": _("This card was stopped or replaced before. Use another one."),
    "not_the_same_person": _("The old card is not this person's. Nothing was changed."),
    "unknown_service": _("Choose a service of the list."),
    "invalid_service_number": _(
        "This is no number of that service. Compare it digit by digit with the card."
    ),
    "already_linked": _(
        "This person has a number of this service already. End that one first, if it is wrong."
    ),
    "unknown_link": _("This number was asked for another person. Nothing was changed."),
    "link_over": _(
        "What was begun is over, because it took too long or because another card was shown in"
        " between. Nothing was changed. Begin again."
    ),
    "second_tap_needed": _("Lift the card and lay the same card on the reader again."),
    "unknown_purpose": _("Choose a purpose first."),
    "invalid_note": _("Say in 5 to 200 characters why you look. The person can read it."),
    "invalid_personal": _(
        "Check the name, the kana (katakana or hiragana), the telephone number (10 or 11 digits)"
        " and the mail address."
    ),
    "invalid_claim": _("Check the value and the dates."),
    "claim_conflicts": _(
        "Something else is entered here for the same days, such as another birth date. If that is"
        " wrong, begin again with the purpose “Correct a record”."
    ),
    "nothing_known": _("Nothing is entered of this person yet. Enter name and birth date first."),
    "invalid_delegation": _("Check what may be done, the amounts and the days."),
    "birth_date_unknown": _("Enter the child's birth date first, under “Name and contact”."),
    "no_longer_a_child": _("A guardian acts until the day before the child's 18th birthday."),
    "delegation_overlaps": _("These two have such a delegation already. End that one first."),
    "credential_in_use": _("This card belongs to another delegation. Use a new card."),
    "holder_changing": _("Somebody else is changing this person's entries. Try again."),
}
_OF_CERTIFICATES: Final = frozenset(
    {
        cards.errors.MalformedCertificate.code,
        cards.errors.UnknownAuthority.code,
        cards.errors.ForgedCertificate.code,
        cards.errors.UnsuitableCertificate.code,
        cards.errors.CertificateNotYetValid.code,
        cards.errors.WrongCardSignature.code,
    }
)
_OF_ENDED: Final = {
    cards.errors.CertificateExpired.code: _(
        "This card's certificate has ended. It is renewed at the My Number counter; until then use"
        " another card."
    ),
    cards.errors.CertificateRevoked.code: _(
        "This card's certificate is revoked: the card was lost, renewed, or an address was changed."
        " Use the new card, and “Replace a renewed card”."
    ),
    cards.errors.RevocationUnknown.code: _(
        "Nobody can say just now whether this card is revoked. Use another card, or try again."
    ),
}


def text(error: DomainError) -> str:
    """What a clerk is told, in English, for the catalogue."""
    if error.code in _OF_CERTIFICATES:
        return _CERTIFICATE
    return _OF_ENDED.get(error.code) or _TEXTS.get(error.code) or membership_kinds.refused(error)


def status(error: DomainError) -> HTTPStatus:
    """The status of a page that says so."""
    kinds = (
        (errors.Invalid, HTTPStatus.UNPROCESSABLE_ENTITY),
        (errors.NotFound, HTTPStatus.NOT_FOUND),
        (errors.Forbidden, HTTPStatus.FORBIDDEN),
        (errors.Conflict, HTTPStatus.CONFLICT),
    )
    return next(
        (status for kind, status in kinds if isinstance(error, kind)),
        HTTPStatus.SERVICE_UNAVAILABLE,
    )


def page(here: "AtCounter", error: DomainError) -> Response:
    """The refusal as a page. Nothing of a person is on it."""
    return here.render(
        "counter/refused.html",
        status=status(error),
        message=text(error),
        is_gone=error.code == TapOver.code,
    )
