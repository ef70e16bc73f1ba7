"""Making a device a till, with the code that the town gave the shop."""

from http import HTTPStatus

from starlette.responses import Response
from starlette.routing import Route

from ichimai import merchants, people
from ichimai.merchants.errors import EnrolmentRefused, MistypedEnrolmentCode
from ichimai.people.errors import TooManyAttempts
from ichimai.web.layout import Pages, Visit, text_of
from ichimai.web.shop.door import DOOR, at_till


def routes(pages: Pages) -> list[Route]:
    """The pages before the till, and the one that ends it."""
    return [
        pages.page("/shop/enrol", DOOR, _show),
        pages.action("/shop/enrol", DOOR, _enrol),
        pages.page("/shop/end", DOOR, _show_end),
        pages.action("/shop/end", DOOR, _end),
    ]


def _show(visit: Visit) -> Response:
    """Where a device becomes a till, with the code from the town."""
    return visit.render("shop/enrol.html", code="", error="")


def _enrol(visit: Visit) -> Response:
    """Make the device a till."""
    code, desk = visit.form.text("code"), visit.services.desk
    try:
        with desk.database.write(desk.operator) as tx:
            counted = people.sign_in.begin_code(
                tx, desk.clock, visit.services.people_key, network=visit.network
            )
        with desk.database.write(desk.operator) as tx:
            enrolled = merchants.tills.enrol(
                tx, desk.clock, visit.services.people_key, code, secret=_secret(visit)
            )
            people.sign_in.code_was_right(tx, desk.clock, counted)
    except (MistypedEnrolmentCode, EnrolmentRefused, TooManyAttempts) as error:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return visit.render("shop/enrol.html", status=status, code=code, error=text_of(error.code))
    return visit.go_signed_in(enrolled.token, DOOR.home)


def _secret(visit: Visit) -> str:
    """What this browser alone has, also when the page is opened anew and the code typed again."""
    return visit.pages.jar.visitor(visit.request) or visit.token or ""


def _show_end(visit: Visit) -> Response:
    """Asks before a device stops being a till."""
    return at_till(visit).render("shop/end.html")


def _end(visit: Visit) -> Response:
    """End the till that this device is."""
    here, desk = at_till(visit), visit.services.desk
    with desk.database.write(desk.operator) as tx:
        merchants.tills.revoke(tx, desk.clock, here.till.terminal)
    return visit.go_signed_out()
