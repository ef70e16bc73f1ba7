"""Errors of the domain as problem details (RFC 9457). Only public fields leave the house."""

from dataclasses import dataclass
from typing import Any, Final

import msgspec
from starlette.responses import Response

from ichimai import people, programs
from ichimai.kernel import errors

PROBLEM: Final = "application/problem+json"
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
class InvalidQuery(errors.Invalid):
    """The address has a parameter that is unknown, missing, twice or of a wrong form."""

    code = "invalid_query"
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
class NotAcceptable(errors.Invalid):
    """There is nothing here in a format that the Accept header takes."""

    code = "not_acceptable"
    public = ("available",)

    available: tuple[str, ...]


@dataclass(eq=False)
class StaffSignInNeeded(errors.Forbidden):
    """This is for staff: sign in at /api/v1/sessions and send the token."""

    code = "staff_sign_in_needed"


@dataclass(eq=False)
class RoleMayNot(errors.Forbidden):
    """Somebody of another role must do this."""

    code = "role_may_not"
    public = ("roles",)

    roles: tuple[str, ...]


@dataclass(eq=False)
class InternalError(errors.Unavailable):
    """Something failed here; it was logged. Ask again with the same id."""

    code = "internal_error"


_OWN_STATUS: Final[dict[type[errors.DomainError], int]] = {
    MalformedBody: 400,
    InvalidBody: 400,
    InvalidQuery: 400,
    NotAcceptable: 406,
    BodyTooLarge: 413,
    MethodNotAllowed: 405,
    InternalError: 500,
    programs.errors.TillNotSignedIn: 401,
    StaffSignInNeeded: 401,
    people.errors.TooManyAttempts: 429,
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
        "title": title_of(type(error)),
        "status": status,
        "code": error.code,
        **{field: _shown(getattr(error, field)) for field in error.public},
    }
    headers = {}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if status == 503:
        headers["Retry-After"] = "1"
    if isinstance(error, people.errors.TooManyAttempts):
        headers["Retry-After"] = str(error.retry_after_seconds)
    return Response(
        msgspec.json.encode(body),
        status_code=status,
        media_type=PROBLEM,
        headers=headers,
    )


def title_of(error: type[errors.DomainError]) -> str:
    """What a person is told of an error."""
    return (error.__doc__ or "").strip().partition("\n")[0]


def _shown(value: object) -> Any:  # noqa: ANN401 - whatever JSON can say
    """A public field as JSON: what has named parts is an object, also where it is a tuple."""
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {name: _shown(part) for name, part in value._asdict().items()}
    if isinstance(value, tuple | list):
        return [_shown(part) for part in value]
    return value
