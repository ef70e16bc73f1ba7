"""The page for a mistake of ours."""

import asyncio
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ichimai.kernel.clock import SystemClock
from ichimai.registry import RegistryKey
from ichimai.web.layout import Pages, SecurityHeaders
from ichimai.web.services import Services, Town


def pages() -> Pages:
    nothing: Any = None
    return Pages(
        Services(
            database=nothing,
            operator=nothing,
            sector="131164",
            registry_key=RegistryKey(b"k" * 32),
            clock=SystemClock(),
            personal_key=nothing,
            submit=nothing,
            town=Town("豊島区", "Toshima City", "", ""),
            is_https=False,
        )
    )


async def broken(_: Request) -> Response:
    raise RuntimeError("the resident's balance is 7,531")


def test_a_mistake_of_ours_shows_nothing_of_itself_and_keeps_its_headers() -> None:
    app = Starlette(
        routes=[Route("/broken", broken)],
        middleware=[Middleware(SecurityHeaders)],
        exception_handlers={500: pages().server_error},
    )

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.get("/broken")

    answer = asyncio.run(ask())
    assert answer.status_code == 500
    assert "7,531" not in answer.text
    assert "こちらの不具合" in answer.text
    assert answer.headers["cache-control"] == "no-store, private"
    assert "nonce-" in answer.headers["content-security-policy"]
