"""One application of the pages and the API, each with its own way to say what went wrong."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response

from ichimai.web import api, console, resident, shop
from ichimai.web.api.problems import InternalError, problem
from ichimai.web.layout import Pages, SecurityHeaders, Visit
from ichimai.web.services import Services

Lifespan = Callable[[Starlette], AbstractAsyncContextManager[None]]


def application(services: Services, lifespan: Lifespan | None = None) -> Starlette:
    """Everything that one server process answers."""
    pages = Pages(services)

    async def server_error(request: Request, error: Exception) -> Response:
        if request.url.path.startswith("/api/"):
            return problem(InternalError())
        return await pages.server_error(request, error)

    return Starlette(
        routes=[
            *api.routes(services),
            pages.page("/", None, _first_page),
            *resident.routes(pages),
            *shop.routes(pages),
            *console.routes(pages),
            pages.static.route(),
        ],
        middleware=[Middleware(SecurityHeaders)],
        exception_handlers={404: pages.not_found, 405: pages.not_found, 500: server_error},
        lifespan=lifespan,
    )


def _first_page(visit: Visit) -> Response:
    return visit.render("first.html")
