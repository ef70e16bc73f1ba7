"""Setting up a second factor: at the first sign-in, or later from one's own account."""

from dataclasses import replace
from http import HTTPStatus

import segno
from starlette.responses import Response
from starlette.routing import Route

from ichimai import people
from ichimai.people.errors import (
    NothingToConfirm,
    PasskeyRefused,
    SignInRefused,
    TooManyPasskeys,
)
from ichimai.people.model import Audience, Session, StaffId
from ichimai.web.console.door import DOOR
from ichimai.web.console.sign_in import half_session
from ichimai.web.layout import Pages, Visit, passkeys, text_of

_BOTH = (Audience.STAFF, Audience.SET_UP)
_ACCOUNT = "/console/account"


def routes(pages: Pages) -> list[Route]:
    """The pages about second factors."""
    return [
        pages.page("/console/set-up", DOOR, _show_set_up),
        pages.action("/console/factors/app/begin", DOOR, _begin_app),
        pages.page("/console/factors/app", DOOR, _show_app),
        pages.action("/console/factors/app", DOOR, _confirm_app),
        pages.action("/console/factors/app/remove", DOOR, _remove_app),
        pages.page("/console/factors/codes", DOOR, _no_codes),
        pages.action("/console/factors/codes", DOOR, _new_codes),
        pages.action("/console/factors/passkey/question", DOOR, _ask_passkey),
        pages.action("/console/factors/passkey", DOOR, _add_passkey),
        pages.action("/console/factors/passkey/remove", DOOR, _remove_passkey),
    ]


def _show_set_up(visit: Visit) -> Response:
    """Where the first sign-in leads: a passkey, or an authenticator app."""
    half_session(visit, Audience.SET_UP)
    return _set_up_page(visit)


def _begin_app(visit: Visit) -> Response:
    """Make the secret of an authenticator app."""
    session, services = _who_may_change(visit), visit.services
    with services.database.write(services.operator) as tx:
        people.second_factor.begin_totp(tx, services.people_key, session.owner)
    return visit.go("/console/factors/app")


def _show_app(visit: Visit) -> Response:
    """The secret to put into the app, as a QR code and as letters."""
    return _app_page(visit, half_session(visit, *_BOTH))


def _confirm_app(visit: Visit) -> Response:
    """Take the app whose first code is right; show the recovery codes, this once."""
    session, services = half_session(visit, *_BOTH), visit.services
    try:
        with services.database.write(services.operator) as tx:
            new, codes = people.second_factor.confirm_totp(
                tx, services.clock, services.people_key, session, visit.form.text("code")
            )
    except SignInRefused:
        return _app_page(visit, session, "wrong_code")
    except NothingToConfirm:
        return visit.go(_ACCOUNT)
    signed_in = replace(visit, token=new.token)
    response = _codes_page(signed_in, codes)
    visit.pages.jar.set_session(response, DOOR, new.token)
    return response


def _remove_app(visit: Visit) -> Response:
    """Forget the authenticator app, if there is a passkey."""
    session, services = half_session(visit, Audience.STAFF), visit.services
    with services.database.write(services.operator) as tx:
        people.second_factor.remove_totp(tx, services.clock, session)
    return visit.go(_ACCOUNT)


def _new_codes(visit: Visit) -> Response:
    """Make new recovery codes; the old ones are void."""
    session, services = half_session(visit, Audience.STAFF), visit.services
    with services.database.write(services.operator) as tx:
        codes = people.second_factor.renew_recovery_codes(
            tx, services.clock, services.people_key, session
        )
    return _codes_page(visit, codes)


def _no_codes(visit: Visit) -> Response:
    """Back to the account: codes are shown once."""
    half_session(visit, Audience.STAFF)
    return visit.go(_ACCOUNT)


def _ask_passkey(visit: Visit) -> Response:
    """What the browser makes a passkey for, as JSON."""
    session, services = _who_may_change(visit), visit.services
    member = StaffId(session.owner)
    with services.database.read(services.operator) as tx:
        name = people.staff.members(tx, [member])[member].name
    return passkeys.question_to_add(visit, Audience.STAFF, session, name)


def _add_passkey(visit: Visit) -> Response:
    """Keep the passkey that the browser made."""
    session, services = _who_may_change(visit), visit.services
    try:
        passkeys.added(visit, session)
    except (PasskeyRefused, TooManyPasskeys) as error:
        if session.audience is Audience.SET_UP:
            return _set_up_page(visit, error.code)
        raise
    if session.audience is Audience.STAFF:
        return visit.go(_ACCOUNT)
    with services.database.write(services.operator) as tx:
        new = people.second_factor.finish_set_up(tx, services.clock, session)
    return visit.go_signed_in(new.token, DOOR.home)


def _remove_passkey(visit: Visit) -> Response:
    """Forget a passkey, unless it is the only second factor."""
    session, services = half_session(visit, Audience.STAFF), visit.services
    with services.database.write(services.operator) as tx:
        people.passkeys.remove(tx, services.clock, session, passkeys.id_in(visit))
    return visit.go(_ACCOUNT)


def _who_may_change(visit: Visit) -> Session:
    """Raises SignInNeeded, and SignInTooOld: a page left open must not add a way in."""
    session = half_session(visit, *_BOTH)
    people.sessions.check_fresh(visit.services.clock, session)
    return session


def _set_up_page(visit: Visit, error: str = "") -> Response:
    return visit.render(
        "console/set_up.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK,
        error=text_of(error) if error else "",
        party=passkeys.party_of(visit).id,
    )


def _app_page(visit: Visit, session: Session, error: str = "") -> Response:
    services, member = visit.services, StaffId(session.owner)
    try:
        with services.database.read(services.operator) as tx:
            secret = people.second_factor.pending_totp(tx, services.people_key, member)
            name = people.staff.members(tx, [member])[member].name
    except NothingToConfirm:
        is_new = session.audience is Audience.SET_UP
        return visit.go("/console/set-up" if is_new else _ACCOUNT)
    address = people.second_factor.app_address(secret, name=name, issuer=services.town.name_ja)
    picture = segno.make_qr(address, error="m")
    return visit.render(
        "console/app.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK,
        picture=picture.svg_inline(omitsize=True, light="#fff", svgclass="card-code"),
        secret=" ".join(secret[start : start + 4] for start in range(0, len(secret), 4)),
        error=text_of(error) if error else "",
    )


def _codes_page(visit: Visit, codes: list[str]) -> Response:
    return visit.render("console/recovery.html", codes=codes)
