"""The short way for payments and purchases: the addresses that a whole town asks at once.

It is the same handler that the router has; what is saved is the way through routes and
middleware, which costs as much as deciding the payment.
"""

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Receive, Scope, Send

from ichimai.web.api.payments import pay_handler
from ichimai.web.api.problems import InternalError, problem
from ichimai.web.api.sales import buy_handler
from ichimai.web.layout import security
from ichimai.web.services import Services

_log = structlog.get_logger("ichimai.web.api")
PAYMENTS = "/api/v1/payments"
PURCHASES = "/api/v1/purchases"


class Express:
    """Answers and hands everything else to ``app``."""

    def __init__(self, app: ASGIApp, services: Services) -> None:
        self.app = app
        self._ways = {PAYMENTS: pay_handler(services), PURCHASES: buy_handler(services)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        is_post = scope["type"] == "http" and scope["method"] == "POST"
        handler = self._ways.get(scope["path"]) if is_post else None
        if handler is None:
            await self.app(scope, receive, send)
            return
        try:
            response = await handler(Request(scope, receive))
        except ClientDisconnect:
            return  # nobody is there to be answered, and nothing of ours went wrong
        except Exception:  # noqa: BLE001 - this is the edge: a bug is logged and answered
            _log.exception("request_failed", path=scope["path"])
            response = problem(InternalError())
        response.raw_headers += security.DATA_RAW
        await response(scope, receive, send)
