"""A resident's wallet: what is left, until when, what happened, and the code to show."""

from starlette.routing import Route

from ichimai.web.layout import Pages
from ichimai.web.resident import sign_in, wallet


def routes(pages: Pages) -> list[Route]:
    """The pages under ``/me``."""
    return [*sign_in.routes(pages), *wallet.routes(pages)]


__all__ = ["routes"]
