"""What a page is told when something is refused: RFC 9457, and only what may leave the reader."""

import json
from typing import Final

from starlette.responses import Response

from ichimai.kernel import errors

_STATUS: Final[dict[type[errors.DomainError], int]] = {
    errors.Invalid: 400,
    errors.NotFound: 404,
    errors.Forbidden: 403,
    errors.Conflict: 409,
    errors.Unavailable: 503,
}


def problem(error: errors.DomainError) -> Response:
    """The answer that says what was refused."""
    status = next(code for kind, code in _STATUS.items() if isinstance(error, kind))
    body = {
        "type": f"/docs/errors#{error.code}",
        "title": (type(error).__doc__ or "").split("\n")[0],
        "status": status,
        "code": error.code,
    }
    body |= {name: getattr(error, name) for name in error.public}
    return Response(
        json.dumps(body, ensure_ascii=False), status, media_type="application/problem+json"
    )
