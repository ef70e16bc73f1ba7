"""At a door: whether a membership's number is valid today. A question, of which nothing is kept.

Whatever is no valid number of the service, ended, not begun, never given, gets the same answer.
"""

from starlette.responses import Response
from starlette.routing import Route

from ichimai import identity
from ichimai.people.records import memberships
from ichimai.people.records.memberships import Standing
from ichimai.web.counter.door import DOOR, AtCounter, for_counter
from ichimai.web.layout import Pages

_PATH = "/counter/check"


def routes(pages: Pages) -> list[Route]:
    """The pages at a door."""
    return [
        pages.page(_PATH, DOOR, for_counter(_show)),
        pages.action(_PATH, DOOR, for_counter(_check)),
    ]


def _show(here: AtCounter) -> Response:
    """Where a membership's number is scanned or typed; nobody's card is needed."""
    return _page(here)


def _check(here: AtCounter) -> Response:
    """Whether it is valid today, until when and of which grade; and the next one."""
    form = here.visit.form
    with here.read() as tx:
        standing = memberships.check_number(
            tx,
            here.services.personal_key,
            here.clock,
            form.text("number"),
            service=form.text("service"),
        )
    return _page(here, standing)


def _page(here: AtCounter, standing: Standing | None = None) -> Response:
    with here.read() as tx:
        services = {str(each.code): each for each in identity.links.services(tx)}
    chosen = here.visit.form.text("service")
    return here.render(
        "counter/check.html",
        services=services.values(),
        chosen=services.get(chosen),
        standing=standing,
    )
