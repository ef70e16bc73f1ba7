"""My phone as a card: adding this one, and the page with its code, which needs no network."""

import base64
import binascii
import hmac
import json
from http import HTTPStatus
from typing import Final
from uuid import UUID

from starlette.responses import Response
from starlette.routing import Route

from ichimai import identity, people, registry
from ichimai.cards import Kind, phone_codes
from ichimai.cards.phone_codes import PhoneCode
from ichimai.people.errors import SignInTooOld
from ichimai.programs import wallets
from ichimai.registry.errors import NumberTaken, StoppedBefore, UnfitCredential
from ichimai.registry.model import Credential, CredentialStatus
from ichimai.storage import REGISTRY
from ichimai.web.layout import Pages, Visit, mark, text_of
from ichimai.web.layout.kept_pages import KeptPage
from ichimai.web.resident.cards import own_credentials
from ichimai.web.resident.door import DOOR, AtHome, for_residents

MOST_PHONES: Final = 5
"""How many phones of one person work at a time."""

_NOT_READ: Final = mark("The phone's answer could not be read. Please try again.")
_CLOCK: Final = mark(
    "This phone's clock is wrong, so that shops could not read its code. Set the time of the phone"
    " to automatic, and try again."
)
_TAKEN: Final = mark("This phone's code belongs to somebody else. Nothing was changed.")
_STOPPED: Final = mark("The code of this phone was stopped. You can make a new one.")
_TOO_MANY: Final = mark("Five phones are added already. Stop one that you no longer use first.")

_SHELL: Final = "/phone"
_WORKER: Final = "/phone/worker.js"
_KEPT: Final = KeptPage(
    name="phone",
    shell=_SHELL,
    scope=_SHELL,
    files=("browser-store.js", "phone.js", "phone-code.js", "vendor/lean-qr/index.js"),
)
"""The page with the code is kept by the browser, with nothing of anybody."""


def routes(pages: Pages) -> list[Route]:
    """The pages about phones. Those below ``/phone`` are the same for everybody."""
    return [
        pages.page("/me/phone", DOOR, for_residents(_show)),
        pages.action("/me/phone", DOOR, for_residents(_add)),
        pages.page("/me/left", DOOR, for_residents(_left)),
        pages.page(_SHELL, None, _shell),
        pages.page(_WORKER, None, _worker),
    ]


def _show(home: AtHome) -> Response:
    """Adding this phone, and the phones that were added."""
    return _page(home)


def _add(home: AtHome) -> Response:
    """Add this phone; the same again changes nothing."""
    if not _may_add(home):
        return _page(home, text_of(SignInTooOld.code))
    code = phone_codes.parse(home.visit.form.text("card"))
    public_key = _bytes_in(home.visit.form.text("public_key"))
    # Signed just now: it holds the key, and its clock is right enough to pay with it.
    if code is None or not phone_codes.verify(code, public_key):
        return _page(home, _NOT_READ)
    if not phone_codes.is_fresh(code, home.visit.services.clock.now()):
        return _page(home, _CLOCK)
    return _added(home, code, public_key)


def _added(home: AtHome, code: PhoneCode, public_key: bytes) -> Response:
    services = home.visit.services
    with services.database.read(REGISTRY) as tx:
        (known,) = registry.resolve_shown(
            tx, services.registry_key, services.clock, services.sector, [code.shown]
        )
    if known is not None:
        if (known.subject, known.public_key) != (home.subject, public_key):
            return _page(home, _TAKEN)
        if known.is_stopped:
            return _page(home, _STOPPED, may_renew=True)
        return _done(home, known.reference)
    if len(_phones(home)) >= MOST_PHONES:
        return _page(home, _TOO_MANY)
    try:
        with services.database.write(REGISTRY) as tx:
            holder = registry.holders.of_subject(tx, services.sector, home.subject)
            added = registry.credentials.add(
                tx,
                services.registry_key,
                services.clock,
                holder,
                code.shown,
                public_key=public_key,
            )
    except (NumberTaken, StoppedBefore, UnfitCredential):
        return _page(home, _TAKEN)
    key, sector = services.registry_key, services.sector
    return _done(home, registry.credentials.reference(key, sector, added.credential))


def _done(home: AtHome, phone: UUID) -> Response:
    """Until this is written the phone pays little, wherever it was added."""
    if home.session.is_from_counter:
        with home.write() as tx:
            clock, wallet = home.visit.services.clock, home.subject
            identity.spending.trust(tx, clock, phone=phone, wallet=wallet)
    return home.visit.go("/me/phone?added=yes")


def _page(home: AtHome, error: str = "", *, may_renew: bool = False) -> Response:
    return home.render(
        "resident/phone.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK,
        phones=_phones(home),
        name=_name(home),
        may_add=_may_add(home),
        may_renew=may_renew,
        limit=_limit(home),
        is_added=home.visit.request.query_params.get("added") == "yes" and not error,
        error=error,
    )


def _may_add(home: AtHome) -> bool:
    """Whether I came in just now, in any of the ways: who only finds a page open adds no phone."""
    try:
        people.sessions.check_fresh(home.visit.services.clock, home.session)
    except SignInTooOld:
        return False
    return True


def _phones(home: AtHome) -> dict[UUID, Credential]:
    """My phones that work, by their references."""
    return {
        reference: each
        for reference, each in own_credentials(home).items()
        if each.kind is Kind.PHONE and each.status is CredentialStatus.ACTIVE
    }


def _limit(home: AtHome) -> str:
    """What a phone that is added here pays in its first 24 h; empty: as much as any card."""
    if home.session.is_from_counter:
        return ""
    with home.read() as tx:
        return home.visit.yen(identity.terms.of_operator(tx).new_phone_limit_yen)


def _name(home: AtHome) -> str:
    """By what a phone tells apart the people who share it; it says nothing about who they are."""
    message = b"name on a phone\0" + home.subject.bytes
    return hmac.digest(home.visit.services.people_key, message, "sha256").hex()[:16]


def _left(home: AtHome) -> Response:
    """What is left, as JSON, for the page with the code; ``name`` says of whom it is."""
    with home.read() as tx:
        left = wallets.wallet(tx, home.visit.services.clock, home.subject).total_units
    told = {"name": _name(home), "left": home.visit.yen(left)}
    return Response(json.dumps(told), media_type="application/json")


def _shell(visit: Visit) -> Response:
    """Where a phone shows its code: the same for everybody, filled in by the phone itself."""
    return visit.render("resident/phone_code.html", worker=_WORKER)


def _worker(visit: Visit) -> Response:
    """The script by which a browser keeps that page, to open it without a network."""
    return _KEPT.worker(visit)


def _bytes_in(text: str) -> bytes:
    """The bytes of base64url without padding; none where it is none."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""
