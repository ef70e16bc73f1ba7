"""The addresses of these pages."""

from starlette.routing import Route

from ichimai.web.layout import Pages
from ichimai.web.resident import (
    cards,
    consents,
    delegates,
    digital_id,
    keys,
    links,
    looks,
    my_data,
    phone,
    sessions,
    sign_in,
    wallet,
)


def routes(pages: Pages) -> list[Route]:
    """The pages under ``/me``."""
    mine = (wallet, cards, phone, looks, links, consents, delegates, my_data)
    parts = (sign_in, *mine, keys, digital_id, sessions)
    return [route for part in parts for route in part.routes(pages)]
