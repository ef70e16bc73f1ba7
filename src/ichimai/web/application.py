"""One application of the pages and the API, each with its own way to say what went wrong."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from ichimai.web import api, console, counter, metrics, resident, shop
from ichimai.web.api.problems import InternalError, NoSuchPage, problem
from ichimai.web.layout import Pages, SecurityHeaders, Visit
from ichimai.web.layout.security import add_headers
from ichimai.web.services import Services

Lifespan = Callable[[Starlette], AbstractAsyncContextManager[None]]


def application(services: Services, lifespan: Lifespan | None = None) -> Starlette:
    """Everything that one server process answers."""
    pages = Pages(services)

    async def not_found(request: Request, error: Exception) -> Response:
        if _is_api(request):
            return problem(NoSuchPage())
        return await pages.not_found(request, error)

    async def server_error(request: Request, error: Exception) -> Response:
        if _is_api(request):
            # This answer is made outside of the middleware.
            response = problem(InternalError())
            add_headers(response.headers)
            return response
        return await pages.server_error(request, error)

    made = Starlette(
        routes=[
            *api.routes(services),
            pages.page("/", None, _first_page),
            *resident.routes(pages),
            *shop.routes(pages),
            *console.routes(pages),
            *counter.routes(pages),
            pages.static.route(),
            metrics.route(services),
        ],
        middleware=[Middleware(SecurityHeaders)],
        exception_handlers={
            404: not_found,
            405: not_found,
            500: server_error,
            ClientDisconnect: _hung_up,
        },
        lifespan=lifespan,
    )
    # A redirect to "the same with a slash" would name the host that the request claims.
    made.router.redirect_slashes = False
    return made


def _is_api(request: Request) -> bool:
    path: str = request.scope["path"]
    return path.startswith("/api/")


def _hung_up(_: Request, __: Exception) -> Response:
    """For nobody: a client that goes away in the middle is not a failure to be logged."""
    return Response(status_code=400)


def _first_page(visit: Visit) -> Response:
    """Where residents, shops and the town part ways."""
    return visit.render("first.html")
