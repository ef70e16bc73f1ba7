"""Coming in with a card's number and its PIN, which the first use chooses, or by passkey."""

from http import HTTPStatus

from starlette.responses import Response
from starlette.routing import Route

from ichimai import people, registry
from ichimai.people.errors import (
    PasskeyRefused,
    PinAlreadyChosen,
    SignInRefused,
    TooManyAttempts,
    WeakPin,
)
from ichimai.people.model import Audience
from ichimai.registry import SubjectId
from ichimai.registry.errors import MistypedCode
from ichimai.storage import REGISTRY, WriteTx
from ichimai.web.layout import Pages, Visit, mark, passkeys, text_of
from ichimai.web.resident import digital_id
from ichimai.web.resident.door import DOOR, signed_in

_ENTER_PIN = mark(
    "Enter your PIN. If you never chose one for this card, compare the card number with the card."
)
_NOT_THE_SAME = mark("The two PINs are not the same. Please enter both again.")


def routes(pages: Pages) -> list[Route]:
    """The pages before the wallet."""
    return [
        pages.page("/me/sign-in", DOOR, _show_sign_in),
        pages.action("/me/sign-in", DOOR, _sign_in),
        pages.action("/me/passkey", DOOR, _sign_in_by_passkey),
        pages.page("/me/pin", DOOR, _show_choose_pin),
        pages.action("/me/pin", DOOR, _choose_pin),
        pages.action("/me/sign-out", DOOR, _sign_out),
    ]


def _show_sign_in(visit: Visit) -> Response:
    """Where a resident comes in with a card and a PIN."""
    return _page(visit)


def _sign_in(visit: Visit) -> Response:
    """Let a resident in, or ask again."""
    typed, pin = visit.form.text("card"), visit.form.text("pin")
    try:
        code = registry.cards.parse_code(typed)
    except MistypedCode as error:
        return _again(visit, typed, card_error=text_of(error.code))
    try:
        return _let_in(visit, code, _subject_of(visit, code), pin)
    except SignInRefused as error:
        return _again(visit, typed, pin_error=text_of(error.code) if pin else _ENTER_PIN)
    except TooManyAttempts as error:
        status = HTTPStatus.TOO_MANY_REQUESTS
        return _again(visit, typed, pin_error=text_of(error.code), status=status)


def _sign_in_by_passkey(visit: Visit) -> Response:
    """Let in whose passkey answered."""
    try:
        new = passkeys.let_in(visit)
    except PasskeyRefused as error:
        return _again(visit, "", passkey_error=text_of(error.code))
    return visit.go_signed_in(new.token, DOOR.home)


def _let_in(visit: Visit, code: str, subject: SubjectId | None, pin: str) -> Response:
    """Raises SignInRefused and TooManyAttempts, the same for a card that does not exist."""
    desk, key = visit.services.desk, visit.services.people_key
    with desk.database.write(desk.operator) as tx:
        attempt = people.sign_in.begin_resident(
            tx, desk.clock, key, card=code, subject=subject, pin=pin, network=visit.network
        )
    if subject and attempt.is_first_use:
        with desk.database.write(desk.operator) as tx:
            new = people.sign_in.finish_first_use(
                tx, desk.clock, attempt, subject, sealed_text=code
            )
        return visit.go_signed_in(new.token, "/me/pin")
    if not people.sign_in.is_right(attempt) or subject is None:
        raise SignInRefused
    with desk.database.write(desk.operator) as tx:
        _end_former(visit, tx)
        new = people.sign_in.finish(tx, desk.clock, attempt, subject, sealed_text=code)
    return visit.go_signed_in(new.token, DOOR.home)


def _subject_of(visit: Visit, code: str) -> SubjectId | None:
    """Whose card it is; None when there is no such card here or it was stopped."""
    desk = visit.services.desk
    with desk.database.read(REGISTRY) as tx:
        (card,) = registry.resolve(tx, desk.key, desk.sector, [code])
    return None if card is None or card.is_stopped else card.subject


def _again(
    visit: Visit,
    card: str,
    *,
    card_error: str = "",
    pin_error: str = "",
    passkey_error: str = "",
    status: HTTPStatus = HTTPStatus.UNPROCESSABLE_ENTITY,
) -> Response:
    return _page(
        visit,
        card=card,
        card_error=card_error,
        pin_error=pin_error,
        passkey_error=passkey_error,
        status=status,
    )


def _page(
    visit: Visit,
    *,
    card: str = "",
    card_error: str = "",
    pin_error: str = "",
    passkey_error: str = "",
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:
    return visit.render(
        "resident/sign_in.html",
        status=status,
        card=card,
        card_error=card_error,
        pin_error=pin_error,
        passkey_error=passkey_error,
        party=passkeys.party_of(visit).id,
        has_digital_id=visit.services.digital_id is not None,
        leads_to=digital_id.origin_of(visit),
    )


def _show_choose_pin(visit: Visit) -> Response:
    """Where the first use of a card chooses its PIN."""
    signed_in(visit, Audience.FIRST_USE)
    return visit.render("resident/choose_pin.html", error="")


def _choose_pin(visit: Visit) -> Response:
    """Keep the chosen PIN and go on to the wallet."""
    session, token = signed_in(visit, Audience.FIRST_USE)
    desk, key = visit.services.desk, visit.services.people_key
    pin = visit.form.text("pin")
    if pin != visit.form.text("pin_again"):
        return _choose_again(visit, _NOT_THE_SAME)
    try:
        chosen = people.sign_in.pin_hash(key, SubjectId(session.owner), pin)
    except WeakPin as error:
        return _choose_again(visit, text_of(error.code))
    try:
        with desk.database.write(desk.operator) as tx:
            new = people.sign_in.choose_pin(tx, desk.clock, session, token, chosen)
    except PinAlreadyChosen as error:
        return _again(visit, "", pin_error=text_of(error.code))
    return visit.go_signed_in(new.token, DOOR.home)


def _choose_again(visit: Visit, error: str) -> Response:
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    return visit.render("resident/choose_pin.html", status=status, error=error)


def _sign_out(visit: Visit) -> Response:
    """Leave the wallet."""
    desk = visit.services.desk
    with desk.database.write(desk.operator) as tx:
        _end_former(visit, tx)
    return visit.go_signed_out()


def _end_former(visit: Visit, tx: WriteTx) -> None:
    """End the session that this browser still has: a browser is in one wallet at a time."""
    if visit.token:
        people.sessions.end(tx, visit.token)
