"""Headers on every response, and the token that every form carries."""

import hmac
import secrets
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CAMERA_ALLOWED: Final = "camera=(self), geolocation=(), microphone=(), payment=(), usb=()"
"""The Permissions-Policy of a page that scans cards."""

_ALWAYS: Final = {
    "Cache-Control": "no-store, private",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "no-referrer",
    "Vary": "Cookie",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

_OF_DATA: Final = ("Cache-Control", "Content-Security-Policy", "X-Content-Type-Options")

DATA_RAW: Final = [(name.lower().encode(), _ALWAYS[name].encode()) for name in _OF_DATA]
"""As ASGI has them, those that say something of data that a program asked for with its token.

The others are for what a browser shows; a server checks every header of every answer anew.
"""


class SecurityHeaders:
    """Puts the headers on every response that does not set its own (faults.md G109, I8)."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                add_headers(MutableHeaders(scope=message))
            await send(message)

        await self.app(scope, receive, send_with_headers)


def add_headers(headers: MutableHeaders) -> None:
    """Put the headers on a response, but for those that it has set itself."""
    for name, value in _ALWAYS.items():
        headers.setdefault(name, value)


def new_nonce() -> str:
    """128 random bits for one page's scripts, or for a visitor's cookie."""
    return secrets.token_urlsafe(16)


def page_policy(
    nonce: str, *, may_scan: bool, leads_to: str = "", reads_cards: bool = False
) -> str:
    """The Content-Security-Policy of a page; only a page that scans may compile WebAssembly.

    ``leads_to``: the one other origin to which a form's answer may send the browser on.
    ``reads_cards``: it may speak to the card reader of the machine that it is shown on.
    """
    reader = " connect-src 'self' http://127.0.0.1:*;" if reads_cards else ""
    scripts = f"'self' 'nonce-{nonce}'" + (" 'wasm-unsafe-eval'" if may_scan else "")
    return (
        f"default-src 'self'; script-src {scripts}; style-src 'self' 'nonce-{nonce}';"
        f"{reader} img-src 'self' data:; object-src 'none'; base-uri 'none';"
        f" form-action 'self'{f' {leads_to}' if leads_to else ''};"
        " frame-ancestors 'none'"
    )


def form_token(key: bytes, door: str, cookie: str) -> str:
    """What a form must carry to be believed to come from our page in this very browser."""
    return hmac.new(key, f"form {door} {cookie}".encode(), "sha256").hexdigest()


def is_form_token(key: bytes, door: str, cookie: str, offered: str) -> bool:
    """Whether ``offered`` is the token of this browser, compared in constant time."""
    return hmac.compare_digest(form_token(key, door, cookie).encode(), offered.encode())
