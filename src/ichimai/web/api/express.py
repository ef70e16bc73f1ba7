"""The short way for payments: the one address that a whole town asks at once.

It is the same handler that the router has; what is saved is the way through routes and
middleware, which costs as much as deciding the payment.
"""

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Receive, Scope, Send

from ichimai.web.api.endpoint import AsyncHandler
from ichimai.web.api.problems import InternalError, problem
from ichimai.web.layout import security

_log = structlog.get_logger("ichimai.web.api")
PATH = "/api/v1/payments"


class Express:
    """Answers ``POST /api/v1/payments`` itself and hands everything else to ``app``."""

    def __init__(self, app: ASGIApp, pay: AsyncHandler) -> None:
        self.app = app
        self._pay = pay

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["path"] != PATH or scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        try:
            response = await self._pay(Request(scope, receive))
        except ClientDisconnect:
            return  # nobody is there to be answered, and nothing of ours went wrong
        except Exception:  # noqa: BLE001 - this is the edge: a bug is logged and answered
            _log.exception("request_failed", path=PATH)
            response = problem(InternalError())
        response.raw_headers += security.ALWAYS_RAW
        await response(scope, receive, send)
