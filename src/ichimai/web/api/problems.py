"""Errors of the domain as problem details (RFC 9457). Only public fields leave the house."""

from dataclasses import dataclass
from typing import Final

import msgspec
from starlette.responses import Response

from ichimai import programs
from ichimai.kernel import errors

STATUS: Final[dict[type[errors.DomainError], int]] = {
    errors.Invalid: 422,
    errors.NotFound: 404,
    errors.Forbidden: 403,
    errors.Conflict: 409,
    errors.Unavailable: 503,
}


@dataclass(eq=False)
class MalformedBody(errors.Invalid):
    """The body is not JSON."""

    code = "malformed_body"


@dataclass(eq=False)
class InvalidBody(errors.Invalid):
    """The body has a field that is unknown, missing or of a wrong form."""

    code = "invalid_body"
    public = ("detail",)

    detail: str


@dataclass(eq=False)
class BodyTooLarge(errors.Invalid):
    """The body is larger than this endpoint takes."""

    code = "body_too_large"


@dataclass(eq=False)
class NoSuchPage(errors.NotFound):
    """There is nothing at this address."""

    code = "no_such_page"


@dataclass(eq=False)
class MethodNotAllowed(errors.Invalid):
    """This address does not take this method."""

    code = "method_not_allowed"


@dataclass(eq=False)
class InternalError(errors.Unavailable):
    """Something failed here; it was logged. Ask again with the same id."""

    code = "internal_error"


_OWN_STATUS: Final[dict[type[errors.DomainError], int]] = {
    MalformedBody: 400,
    InvalidBody: 400,
    BodyTooLarge: 413,
    MethodNotAllowed: 405,
    InternalError: 500,
    programs.errors.TillNotSignedIn: 401,
}


def status_of(error: errors.DomainError) -> int:
    """The HTTP status of an error: its own, or that of its kind."""
    own = _OWN_STATUS.get(type(error))
    if own is not None:
        return own
    return next(status for kind, status in STATUS.items() if isinstance(error, kind))


def problem(error: errors.DomainError) -> Response:
    """The answer that tells a program what went wrong."""
    status = status_of(error)
    body = {
        "type": f"/docs/errors#{error.code}",
        "title": (type(error).__doc__ or "").strip(),
        "status": status,
        "code": error.code,
        **{field: getattr(error, field) for field in error.public},
    }
    headers = {"Cache-Control": "no-store"}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if status == 503:
        headers["Retry-After"] = "1"
    return Response(
        msgspec.json.encode(body),
        status_code=status,
        media_type="application/problem+json",
        headers=headers,
    )
