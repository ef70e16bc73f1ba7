"""A shop's till: an amount, a card, the result; today's payments and refunds."""

from starlette.routing import Route

from ichimai.web.layout import Pages
from ichimai.web.shop import enrolment, payments, till


def routes(pages: Pages) -> list[Route]:
    """The pages under ``/shop``."""
    return [*enrolment.routes(pages), *till.routes(pages), *payments.routes(pages)]


__all__ = ["routes"]
