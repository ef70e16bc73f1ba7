"""The addresses of these pages."""

from starlette.routing import Route

from ichimai.web.counter import (
    adding,
    cards,
    checking,
    claims,
    delegates,
    details,
    enrol,
    found,
    links,
    memberships,
    person,
    phone,
    printing,
    slip,
    start,
)
from ichimai.web.layout import Pages


def routes(pages: Pages) -> list[Route]:
    """The pages under ``/counter``."""
    arriving = (start, checking, enrol, found, person)
    work = (details, links, claims, memberships, delegates, cards, printing, adding, phone, slip)
    return [route for part in (*arriving, *work) for route in part.routes(pages)]
