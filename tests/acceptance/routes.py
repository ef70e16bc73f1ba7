"""The routes of the API, from the router."""

import dataclasses
from typing import Any

from starlette.routing import Mount, Route

from ichimai import web
from ichimai.web.api import routes


def api_routes() -> list[Route]:
    """Those that do something; not the last one, which answers that there is nothing."""
    unset: Any = object()
    services = web.Services(**{field.name: unset for field in dataclasses.fields(web.Services)})
    (mount,) = [route for route in routes(services) if isinstance(route, Mount)]
    return [route for route in mount.routes if isinstance(route, Route) and route.methods]


def methods_and_paths() -> list[tuple[str, str]]:
    """The method of each, and its path without the types of its parts."""
    return [
        (method, route.path.replace(":uuid", "").replace(":int", ""))
        for route in api_routes()
        for method in (route.methods or set()) - {"HEAD"}
    ]
