"""The addresses of these pages."""

from starlette.routing import Route

from ichimai.web.layout import Pages
from ichimai.web.shop import (
    account,
    disputes,
    enrolment,
    kept,
    mistakes,
    payments,
    purchases,
    statements,
    tasks,
    till,
)


def routes(pages: Pages) -> list[Route]:
    """The pages under ``/shop``."""
    parts = (
        enrolment,
        till,
        purchases,
        tasks,
        kept,
        payments,
        mistakes,
        statements,
        disputes,
        account,
    )
    return [route for part in parts for route in part.routes(pages)]
