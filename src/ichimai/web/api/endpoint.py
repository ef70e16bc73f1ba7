"""An address of the API with what it takes and gives: what runs is what the document describes."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import wraps
from typing import Any, Final

import msgspec
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ichimai.kernel.errors import DomainError
from ichimai.people.model import StaffRole
from ichimai.web.api.problems import problem

JSON: Final = "application/json"
AsyncHandler = Callable[[Request], Awaitable[Response]]


class Caller(StrEnum):
    """Who calls, where it is no member of staff."""

    ANYBODY = "anybody"
    TILL = "till"
    PLACE = "place"
    """A till, or staff at a counter: wherever a card is shown."""


Callers = Caller | frozenset[StaffRole]


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer that is a success: JSON, or a file of one of ``media``, or without a body."""

    what: str
    body: type[Struct] | None = None
    media: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What an endpoint takes and gives.

    ``errors`` are those of its own; those that its kind of caller can always meet are added by
    the document. ``media``: the body is a file. ``max_bytes``: of the body; 0: as usual.
    ``takes_key``: an Idempotency-Key header may bring the operation's id.
    """

    name: str
    tag: str
    callers: Callers
    replies: Mapping[int, Reply]
    errors: tuple[type[DomainError], ...] = ()
    body: type[Struct] | None = None
    media: str = ""
    max_bytes: int = 0
    query: type[Struct] | None = None
    takes_key: bool = False
    example: Struct | None = None


class Endpoint(Route):
    """A route that knows its operation."""

    def __init__(self, method: str, path: str, handler: AsyncHandler, operation: Operation) -> None:
        super().__init__(path, rendered(handler), methods=[method])
        # No HEAD beside a GET: taking a payout's file counts a copy.
        self.methods = {method}
        self.method = method
        self.operation = operation


def rendered(handler: AsyncHandler) -> AsyncHandler:
    """``handler``, with expected failures told as problem details."""

    @wraps(handler)
    async def render(request: Request) -> Response:
        try:
            return await handler(request)
        except DomainError as error:
            return problem(error)

    return render


def answer(body: Struct, status: int = 200) -> Response:
    """``body`` as JSON."""
    return Response(msgspec.json.encode(body), status_code=status, media_type=JSON)


def made(body: Struct, *, is_new: bool) -> Response:
    """``body`` with 201 the first time, and 200 when the same was asked again."""
    return answer(body, 201 if is_new else 200)


def example_of(operation: Operation) -> Any:  # noqa: ANN401 - whatever JSON can say
    """The example of an operation's body as plain data."""
    return None if operation.example is None else msgspec.to_builtins(operation.example)
