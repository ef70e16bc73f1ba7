"""The addresses of these pages."""

from starlette.routing import Route

from ichimai.web.layout import Pages
from ichimai.web.shop import enrolment, payments, till


def routes(pages: Pages) -> list[Route]:
    """The pages under ``/shop``."""
    return [*enrolment.routes(pages), *till.routes(pages), *payments.routes(pages)]
