"""Requests that lead nowhere, never end, or are no HTTP at all, and what becomes of them.

faults.md G100-G102. Nothing is written, and memory stays flat.
"""

import asyncio
import json
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from ichimai.web.api.bodies import MAX_BODY_BYTES
from ichimai.web.api.grant_lists import MAX_BYTES
from tests.acceptance.callers import Caller, refused
from tests.town import Town, application

TEN_MB = 10 * 1024 * 1024


@pytest.fixture
def till(address: str, town: Town) -> Iterator[Caller]:
    """The greengrocer's till; whatever it sends, nothing is written."""
    before = town.head()
    with httpx.Client(base_url=f"{address}/api/v1", timeout=30) as client:
        yield Caller(client, town, "greengrocer")
    assert town.head() == before


@pytest.mark.parametrize(
    "method,path,allow",
    [
        ("GET", "/payments", "POST"),
        ("PUT", "/payments", "POST"),
        ("DELETE", "/payments", "POST"),
        ("PATCH", "/payments/019a0c1e-7c00-7000-8000-000000000001", "GET, HEAD"),
        ("GET", "/holds/019a0c1e-7c00-7000-8000-000000000001/void", "POST"),
        ("POST", "/health", "GET, HEAD"),
        ("OPTIONS", "/payments", "POST"),
    ],
)
def test_a_wrong_method_is_told_the_right_ones(
    till: Caller, method: str, path: str, allow: str
) -> None:
    answer = till.send(method, path)
    refused(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == allow


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/payment",
        "/payments/",
        "/Payments",
        "/payments/1",
        "/payments/019a0c1e-7c00-7000-8000-00000000000g",
        "/payments/019a0c1e-7c00-7000-8000-000000000001/refund",
        "/payments/%0a",
        "/payments/%00",
        "/payments/%2e%2e/health",
        "/holds/019a0c1e-7c00-7000-8000-000000000001",
        "/" + "x" * 5_000,
        "/\u4e00\u679a",
    ],
)
def test_at_a_wrong_address_there_is_nothing(till: Caller, path: str) -> None:
    for method in ("GET", "POST"):
        refused(till.send(method, path), 404, "no_such_page")


# Bodies that are too large.


def test_a_body_that_says_it_is_too_large_is_not_read(address: str, town: Town) -> None:
    """The answer comes before the body."""
    before = town.head()
    for path, size in (("/payments", TEN_MB), ("/holds", MAX_BODY_BYTES + 1)):
        head = _head(town, path, f"Content-Length: {size}")
        status, body = _spoken(address, head + b'{"amount": ')
        assert (status, json.loads(body)["code"]) == (413, "body_too_large")
    assert town.head() == before


def test_a_body_that_does_not_end_is_left_where_it_is(town: Town) -> None:
    """However it comes, no more is read than is needed to know: memory stays flat."""
    for path, who, limit in (
        ("/payments", "greengrocer", MAX_BODY_BYTES),
        ("/payouts", "treasurer", 64 * 1024),
        ("/grant-lists", "officer", MAX_BYTES),
    ):
        status, read = asyncio.run(_drip(town, path, who))
        assert status == 413
        assert limit < read <= limit + 65_536


async def _drip(town: Town, path: str, who: str) -> tuple[int, int]:
    """Send an endless body in pieces of 64 KB; the status, and how much of it was read."""
    scope = {
        "type": "http",
        "method": "POST",
        "path": f"/api/v1{path}",
        "query_string": b"program=longevity-gift",
        "headers": [(b"authorization", f"Bearer {town.token(who)}".encode())],
        "client": ("127.0.0.1", 1),
    }
    read, statuses = 0, []

    async def receive() -> dict[str, Any]:
        nonlocal read
        read += 65_536
        return {"type": "http.request", "body": b" " * 65_536, "more_body": True}

    async def send(message: Any) -> None:  # noqa: ANN401 - ASGI's own
        statuses.extend([message["status"]] if "status" in message else [])

    with application(town) as app:
        await app(scope, receive, send)
    return statuses[0], read


# What no client library sends.


def _head(town: Town, path: str, *lines: str) -> bytes:
    head = [
        f"POST /api/v1{path} HTTP/1.1",
        "Host: localhost",
        f"Authorization: Bearer {town.token('greengrocer')}",
        *lines,
    ]
    return "\r\n".join([*head, "", ""]).encode("latin-1")


def _spoken(address: str, sent: bytes) -> tuple[int, bytes]:
    """Say something to the server; the status and the body of its answer."""
    to = urlsplit(address)
    with socket.create_connection((to.hostname, to.port), timeout=10) as connection:
        connection.sendall(sent)
        with connection.makefile("rb") as answer:
            status = int(answer.readline().split()[1])
            length = 0
            while (line := answer.readline().strip()) != b"":
                name, _, value = line.partition(b":")
                length = int(value) if name.lower() == b"content-length" else length
            return status, answer.read(length)


BROKEN_HEADS = {
    "a line break in a value": "X-Odd: a\rb",
    "a line feed in a value": "X-Odd: a\nPOST /api/v1/payments HTTP/1.1",
    "NUL in a value": "X-Odd: a\0b",
    "a header without a name": ": a",
    "a header without a colon": "odd",
    "a space before the colon": "Content-Length : 2",
    "two lengths": "Content-Length: 2\r\nContent-Length: 3",
    "a length that is none": "Content-Length: two",
    "a length below zero": "Content-Length: -1",
    "a length in other digits": "Content-Length: \xb2",
    "length and chunks": "Content-Length: 2\r\nTransfer-Encoding: chunked",
    "chunks that are none": "Transfer-Encoding: chunked\r\n\r\nzz",
}


@pytest.mark.parametrize("what", BROKEN_HEADS)
def test_a_request_that_is_no_http_is_refused_whole(address: str, town: Town, what: str) -> None:
    """Nothing that is smuggled in behind it is taken for a request of its own."""
    before = town.head()
    payment = {
        "id": str(town.operation()),
        "credential": town.cards["hanako"],
        "amount": 100,
    }
    body = json.dumps(payment).encode()
    status, said = _spoken(address, _head(town, "/payments", BROKEN_HEADS[what]) + body)
    assert 400 <= status < 500
    assert b"10000" not in said
    assert town.head() == before


def test_a_line_break_in_a_value_goes_into_no_header(till: Caller, town: Town) -> None:
    """Not into ours either, when we send something back (faults.md G100)."""
    odd = "%0d%0aSet-Cookie:%20x=1"
    answer = Caller(till.http, town, "auditor").get(f"/shops?query={odd}")
    assert "set-cookie" not in answer.headers
    for path in (f"/{odd}", f"/payments/{odd}"):
        answer = till.get(path)
        refused(answer, 404, "no_such_page")
        assert "set-cookie" not in answer.headers
