"""Who may ask at all: our own name, one origin, and no failure that tells what it saw."""

from collections.abc import Callable
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ichimai.kernel.errors import DomainError
from ichimai.reader import errors
from ichimai.reader.problems import problem

PAGES: Final = "/v1/"
"""What lies below is for the town's page; the rest is for whoever sits at this machine."""

_ALWAYS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self';"
        " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_PREFLIGHT: Final = {
    "Access-Control-Allow-Headers": "authorization, content-type",
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Max-Age": "600",
}


class Guard:
    """Around the application.

    ``origin``: the one whose pages may ask. ``port``: ours; a name that an attacker makes
    point to this machine is not ``127.0.0.1:port`` (DNS rebinding). ``fail`` is told the
    class of what was not expected, never what it says: that may be a card's.
    """

    def __init__(
        self, app: ASGIApp, *, origin: str, port: int, fail: Callable[[str], None]
    ) -> None:
        self._app = app
        self._origin = origin
        self._hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}
        self._fail = fail

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        is_for_pages = scope["path"].startswith(PAGES)
        refusal = self._refusal(Headers(scope=scope), is_for_pages=is_for_pages)
        has_begun = False

        async def send_with_headers(message: Message) -> None:
            nonlocal has_begun
            if message["type"] == "http.response.start":
                has_begun = True
                self._add_headers(message, is_for_pages=is_for_pages and refusal is None)
            await send(message)

        if refusal is not None:
            await problem(refusal)(scope, receive, send_with_headers)
        elif is_for_pages and scope["method"] == "OPTIONS":
            await self._preflight(scope)(scope, receive, send_with_headers)
        else:
            try:
                await self._app(scope, receive, send_with_headers)
            except ClientDisconnect:
                return
            except Exception as error:  # noqa: BLE001  an edge: the next request is served
                self._fail(type(error).__name__)
                if not has_begun:
                    await problem(errors.ReaderFailed())(scope, receive, send_with_headers)

    def _refusal(self, headers: Headers, *, is_for_pages: bool) -> DomainError | None:
        if headers.get("host") not in self._hosts:
            return errors.WrongHost()
        if is_for_pages and headers.getlist("origin") != [self._origin]:
            return errors.WrongOrigin()
        return None

    def _preflight(self, scope: Scope) -> Response:
        headers = dict(_PREFLIGHT)
        if "access-control-request-private-network" in Headers(scope=scope):
            # Asked by browsers of before Chromium 142, which then asks the person instead.
            headers["Access-Control-Allow-Private-Network"] = "true"
        return Response(status_code=204, headers=headers)

    def _add_headers(self, message: Message, *, is_for_pages: bool) -> None:
        headers = MutableHeaders(scope=message)
        headers.update(_ALWAYS)
        headers["Vary"] = "Origin"
        if is_for_pages:
            headers["Access-Control-Allow-Origin"] = self._origin
