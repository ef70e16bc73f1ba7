"""The page that shows how the reader is, to whoever sits at this machine. No number of a card."""

from dataclasses import dataclass
from importlib.resources import files
from typing import Final

from jinja2 import Environment
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ichimai.reader.bridge import Bridge
from ichimai.reader.store import Store
from ichimai.reader.telling import KINDS

_TYPES: Final = {"css": "text/css", "js": "text/javascript"}
_HERE: Final = files("ichimai.reader")


@dataclass(frozen=True)
class StatusPage:
    """The page and what belongs to it."""

    bridge: Bridge
    store: Store
    origin: str

    def routes(self) -> list[Route]:
        """Its addresses."""
        return [
            Route("/", self._page, methods=["GET"]),
            Route("/status.{suffix}", self._part, methods=["GET"]),
        ]

    def _page(self, _: Request) -> Response:
        template = Environment(autoescape=True).from_string(_text("status.html"))
        now = self.bridge.snapshot()
        page = template.render(
            now=now,
            kind=KINDS[now.kind],
            origin=self.origin,
            pages=self.store.pages(),
            waiting=self.store.state(),
        )
        return Response(page, media_type="text/html")

    @staticmethod
    def _part(request: Request) -> Response:
        suffix = request.path_params["suffix"]
        if suffix not in _TYPES:
            return Response(status_code=404)
        return Response(_text(f"status.{suffix}"), media_type=_TYPES[suffix])


def _text(name: str) -> str:
    return _HERE.joinpath(name).read_text(encoding="utf-8")
