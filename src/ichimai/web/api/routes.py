"""All addresses of the API."""

from collections.abc import Sequence
from typing import Final

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Mount, Route
from starlette.types import Receive, Scope, Send

import ichimai
from ichimai.web.api import (
    bank_results,
    bills,
    closings,
    credentials,
    debts,
    disclosures,
    disputes,
    grant_lists,
    links,
    netting_results,
    nettings,
    openapi,
    payments,
    payouts,
    predicates,
    reports,
    sales,
    sessions,
    shops,
    taps,
)
from ichimai.web.api.endpoint import JSON
from ichimai.web.api.problems import MethodNotAllowed, NoSuchPage, problem
from ichimai.web.api.types import Health
from ichimai.web.services import Services

PREFIX: Final = "/api/v1"


def routes(services: Services) -> list[BaseRoute]:
    """All routes of the API."""

    async def health(_: Request) -> Response:
        """Whether requests can be served now."""
        is_ready = await run_in_threadpool(services.database.is_ready)
        body = Health("ok" if is_ready else "unavailable", services.sector, ichimai.__version__)
        return Response(
            msgspec.json.encode(body), status_code=200 if is_ready else 503, media_type=JSON
        )

    async def document(_: Request) -> Response:
        """What the API takes and gives, as OpenAPI 3.1."""
        return Response(written, media_type=JSON)

    own: list[Route] = [
        *payments.routes(services),
        *sales.routes(services),
        *sessions.endpoints(services),
        *grant_lists.endpoints(services),
        *closings.endpoints(services),
        *debts.endpoints(services),
        *disputes.endpoints(services),
        *payouts.endpoints(services),
        *bank_results.endpoints(services),
        *bills.endpoints(services),
        *nettings.endpoints(services),
        *netting_results.endpoints(services),
        *shops.endpoints(services),
        *reports.endpoints(services),
        *taps.endpoints(services),
        *links.endpoints(services),
        *credentials.endpoints(services),
        *predicates.endpoints(services),
        *disclosures.endpoints(services),
        Route("/health", health),
        Route("/openapi.json", document),
    ]
    written = msgspec.json.encode(openapi.document(own, PREFIX))
    return [Mount(PREFIX, routes=[*own, Route("/{rest:path}", _NothingHere(own))])]


class _NothingHere:
    """Answers what no other route does: 405 with the methods that there are, else 404."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        methods = {
            method
            for route in self._routes
            if route.matches(scope)[0] is Match.PARTIAL
            for method in route.methods or ()
        }
        response = problem(MethodNotAllowed() if methods else NoSuchPage())
        if methods:
            response.headers["Allow"] = ", ".join(sorted(methods))
        await response(scope, receive, send)
