"""The addresses of these pages."""

from starlette.routing import Route

from ichimai.web.console import (
    cards,
    closings,
    home,
    lists,
    payouts,
    proof,
    redemption,
    shops,
    sign_in,
)
from ichimai.web.layout import Pages


def routes(pages: Pages) -> list[Route]:
    """The pages under ``/console``."""
    parts = (sign_in, home, lists, cards, shops, redemption, closings, payouts, proof)
    return [route for part in parts for route in part.routes(pages)]
