"""The addresses of these pages."""

from starlette.routing import Route

from ichimai.web.layout import Pages
from ichimai.web.resident import (
    cards,
    consents,
    delegates,
    digital_id,
    exchanges,
    keys,
    links,
    looks,
    my_data,
    order,
    passing_on,
    phone,
    programs,
    sessions,
    sign_in,
    wallet,
)


def routes(pages: Pages) -> list[Route]:
    """The pages under ``/me``."""
    spending = (wallet, order, programs, exchanges, passing_on)
    mine = (cards, phone, looks, links, consents, delegates, my_data)
    parts = (sign_in, *spending, *mine, keys, digital_id, sessions)
    return [route for part in parts for route in part.routes(pages)]
