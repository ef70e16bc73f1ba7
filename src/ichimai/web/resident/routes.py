"""The addresses of these pages."""

from starlette.routing import Route

from ichimai.web.layout import Pages
from ichimai.web.resident import sign_in, wallet


def routes(pages: Pages) -> list[Route]:
    """The pages under ``/me``."""
    return [*sign_in.routes(pages), *wallet.routes(pages)]
