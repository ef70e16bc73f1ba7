"""The HTTP API under ``/api/v1``: for tills, integrators and the town's own programs."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route

import ichimai
from ichimai.web.api import payments
from ichimai.web.api.problems import NoSuchPage, problem
from ichimai.web.api.types import Health
from ichimai.web.services import Services

__all__ = ["routes"]


def routes(services: Services) -> list[BaseRoute]:
    """All routes of the API."""

    async def health(_: Request) -> Response:
        is_ready = services.database.is_ready()
        body = Health("ok" if is_ready else "unavailable", services.sector, ichimai.__version__)
        return Response(
            msgspec.json.encode(body),
            status_code=200 if is_ready else 503,
            media_type="application/json",
            headers={"Cache-Control": "no-store"},
        )

    async def missing(_: Request) -> Response:
        return problem(NoSuchPage())

    return [
        Mount(
            "/api/v1",
            routes=[
                *payments.routes(services),
                Route("/health", health),
                Route("/{rest:path}", missing),
            ],
        )
    ]
