"""The addresses of these pages."""

from starlette.routing import Route

from ichimai.web.console import (
    account,
    accounts,
    bank_results,
    cards,
    closings,
    factors,
    home,
    lists,
    payouts,
    proof,
    redemption,
    shops,
    sign_in,
    staff,
)
from ichimai.web.layout import Pages


def routes(pages: Pages) -> list[Route]:
    """The pages under ``/console``."""
    ways_in = (sign_in, factors, account, staff)
    work = (home, lists, cards, shops, accounts, redemption, closings, bank_results, payouts, proof)
    return [route for part in (*ways_in, *work) for route in part.routes(pages)]
