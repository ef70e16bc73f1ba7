"""The OpenAPI 3.1 document, made of the router and of the types that validate.

Every route must have an operation: one without ends the start of the server (KeyError).
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Struct
from starlette.routing import Route

import ichimai
from ichimai import ledger, storage
from ichimai.kernel import errors
from ichimai.kernel.check_digits import MyNumberRefused
from ichimai.people.model import StaffRole
from ichimai.web.api import problems
from ichimai.web.api.endpoint import JSON, Caller, Endpoint, Operation, Reply, example_of
from ichimai.web.api.till_operations import OPERATIONS, TILL_ERRORS
from ichimai.web.api.types import Problem

_REF: Final = "#/components/schemas/{name}"
_BODY_ERRORS: Final = (problems.MalformedBody, problems.InvalidBody, problems.BodyTooLarge)
_STAFF_ERRORS: Final = (problems.StaffSignInNeeded, problems.RoleMayNot)
_ALWAYS: Final = (problems.InternalError, storage.errors.DatabaseUnavailable)
_WRITES: Final = (ledger.errors.ClockBehind, ledger.errors.Overloaded)
_SCHEMES: Final = {
    "till": {
        "type": "http",
        "scheme": "bearer",
        "description": "A till's token, from POST /api/v1/enrolments.",
    },
    "staff": {
        "type": "http",
        "scheme": "bearer",
        "description": "A session's token, from POST /api/v1/sessions.",
    },
}
_ABOUT: Final = (
    "Payments of tills, and the work of a town's staff: lists of grants, closings, payouts, shops. "
    "Make an operation's id before sending it and keep it: the same id with the same body gives "
    "the first answer again, for ever. Errors are problem details (RFC 9457); act on `code`."
)

Json = dict[str, Any]


def document(routes: Sequence[Route], prefix: str) -> Json:
    """The document of ``routes``, which are served under ``prefix``."""
    described = [_described(route) for route in routes]
    schemas = _Schemas(each.operation for each in described)
    paths: dict[str, Json] = {}
    for each in described:
        paths.setdefault(prefix + each.path, {})[each.method.lower()] = _operation(each, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Ichimai",
            "version": ichimai.__version__,
            "description": _ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {"schemas": schemas.components, "securitySchemes": _SCHEMES},
    }


@dataclass(frozen=True, slots=True)
class _Described:
    """A route and its operation."""

    method: str
    path: str
    parts: tuple[str, ...]
    operation: Operation
    about: str


def _described(route: Route) -> _Described:
    parts = tuple(re.findall(r"{(\w+):uuid}", route.path))
    path = re.sub(r"{(\w+):\w+}", r"{\1}", route.path)
    (method,) = (route.methods or set()) - {"HEAD"}
    about = (route.endpoint.__doc__ or "").strip()
    return _Described(method, path, parts, operation_of(route), about)


def operation_of(route: Route) -> Operation:
    """What a route takes and gives."""
    if isinstance(route, Endpoint):
        return route.operation
    (method,) = (route.methods or set()) - {"HEAD"}
    return OPERATIONS[method, re.sub(r"{(\w+):\w+}", r"{\1}", route.path)]


class _Schemas:
    """The schemas of all types that operations take and give, and of errors' own fields."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        found = list(operations)
        types = {type_ for each in found for type_ in _types_of(each)}
        failures = {error for each in found for error in _errors_of(each) if error.public}
        self._problems = {error: _problem_type(error) for error in failures}
        ordered = sorted([*types, *self._problems.values()], key=lambda type_: type_.__name__)
        schemas, components = msgspec.json.schema_components([Problem, *ordered], ref_template=_REF)
        self.components: Json = dict(sorted(components.items()))
        self._schemas = dict(zip([Problem, *ordered], schemas, strict=True))

    def of(self, type_: type[Struct]) -> Json:
        """A reference to the schema of a type."""
        return self._schemas[type_]

    @staticmethod
    def parameters(type_: type[Struct]) -> list[Json]:
        """The fields of a query as parameters."""
        _, components = msgspec.json.schema_components([type_], ref_template=_REF)
        schema = components[type_.__name__]
        return [
            {
                "name": name,
                "in": "query",
                "required": name in schema["required"],
                "description": field.get("description", ""),
                "schema": field,
            }
            for name, field in schema["properties"].items()
        ]

    def problems(self, failures: Sequence[type[errors.DomainError]]) -> Json:
        """The schema of the answer that is one of some errors."""
        plain = [error.code for error in failures if error not in self._problems]
        found = [self.of(self._problems[error]) for error in failures if error in self._problems]
        if plain:
            codes = {"properties": {"code": {"enum": sorted(plain)}}}
            found.insert(0, {**self.of(Problem), **codes})
        return found[0] if len(found) == 1 else {"anyOf": found}


def _types_of(operation: Operation) -> Iterator[type[Struct]]:
    if operation.body is not None:
        yield operation.body
    for reply in operation.replies.values():
        if reply.body is not None:
            yield reply.body


def _problem_type(error: type[errors.DomainError]) -> type[Struct]:
    """The problem details of an error with its public fields, as a type."""
    hints = get_type_hints(error)
    code = msgspec.Meta(extra_json_schema={"const": error.code})
    fields: list[tuple[str, Any]] = [
        ("type", str),
        ("title", str),
        ("status", int),
        ("code", Annotated[str, code]),
    ]
    fields += [(name, _told(hints[name])) for name in error.public]
    name = "".join(part.capitalize() for part in error.code.split("_"))
    doc = {"__doc__": problems.title_of(error)}
    return msgspec.defstruct(f"{name}Problem", fields, namespace=doc)


def _told(type_: Any) -> Any:  # noqa: ANN401 - types are values here
    """A type as ``problem`` tells it: what has named parts is an object."""
    if get_origin(type_) is tuple:
        return list[_told(get_args(type_)[0])]  # type: ignore[misc]  # made at run time
    if isinstance(type_, type) and issubclass(type_, tuple) and hasattr(type_, "_fields"):
        hints = get_type_hints(type_)
        return msgspec.defstruct(type_.__name__, [(name, _told(hints[name])) for name in hints])
    return type_


def _errors_of(operation: Operation) -> list[type[errors.DomainError]]:
    """Every error that an operation may answer with: its own, and those of its kind."""
    found: list[type[errors.DomainError]] = [*operation.errors]
    if operation.body is not None or operation.query is not None:
        found.append(MyNumberRefused)
    if operation.body is not None:
        found += _BODY_ERRORS
    elif operation.takes_key:
        found.append(problems.InvalidBody)
    if operation.query is not None:
        found.append(problems.InvalidQuery)
    if operation.callers is Caller.TILL:
        found += TILL_ERRORS + _WRITES
    elif operation.callers is not Caller.ANYBODY:
        found += _STAFF_ERRORS
    if operation.tag != "service":
        found += _ALWAYS
    return sorted(set(found), key=lambda error: error.code)


def _operation(described: _Described, schemas: _Schemas) -> Json:
    operation = described.operation
    summary, _, more = described.about.partition("\n\n")
    found: Json = {
        "operationId": operation.name,
        "tags": [operation.tag],
        "summary": " ".join(summary.split()).rstrip("."),
        "description": _description(operation, more),
        "security": _security(operation),
        "parameters": _parameters(described, schemas),
        "responses": _responses(described, schemas),
    }
    body = _body(operation, schemas)
    if body:
        found["requestBody"] = body
    return found


def _description(operation: Operation, more: str) -> str:
    told = [" ".join(more.split())] if more else []
    if not isinstance(operation.callers, Caller):
        told.append("For " + _listed(operation.callers) + ".")
    return "\n\n".join(told)


def _listed(roles: frozenset[StaffRole]) -> str:
    return ", ".join(sorted(roles))


def _security(operation: Operation) -> list[Json]:
    if operation.callers is Caller.ANYBODY:
        return []
    if operation.callers is Caller.PLACE:
        return [{"till": []}, {"staff": []}]
    return [{"till": []} if operation.callers is Caller.TILL else {"staff": []}]


def _parameters(described: _Described, schemas: _Schemas) -> list[Json]:
    operation = described.operation
    found = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string", "format": "uuid"},
        }
        for name in described.parts
    ]
    if operation.query is not None:
        found += schemas.parameters(operation.query)
    if operation.takes_key:
        found.append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": False,
                "description": "The operation's id, where the body has none; or the same.",
                "schema": {"type": "string", "format": "uuid"},
            }
        )
    return found


def _body(operation: Operation, schemas: _Schemas) -> Json | None:
    if operation.body is None:
        if not operation.media:
            return None
        limit = f"A file of up to {operation.max_bytes:,} bytes."
        return {"required": True, "description": limit, "content": {operation.media: {}}}
    content: Json = {"schema": schemas.of(operation.body)}
    if operation.example is not None:
        content["examples"] = {"example": {"value": example_of(operation)}}
    return {"required": True, "content": {JSON: content}}


def _responses(described: _Described, schemas: _Schemas) -> Json:
    operation = described.operation
    found = {str(status): _reply(reply, schemas) for status, reply in operation.replies.items()}
    by_status: dict[int, list[type[errors.DomainError]]] = {}
    for error in _errors_of(operation):
        # Built without its fields: only its class decides the status.
        by_status.setdefault(problems.status_of(error.__new__(error)), []).append(error)
    if described.parts:
        by_status.setdefault(404, []).append(problems.NoSuchPage)
    for status, failures in by_status.items():
        told = [f"`{error.code}`: {problems.title_of(error)}" for error in failures]
        found[str(status)] = {
            "description": "\n\n".join(told),
            "content": {problems.PROBLEM: {"schema": schemas.problems(failures)}},
        }
    return dict(sorted(found.items()))


def _reply(reply: Reply, schemas: _Schemas) -> Json:
    found: Json = {"description": reply.what}
    if reply.body is not None:
        found["content"] = {JSON: {"schema": schemas.of(reply.body)}}
    elif reply.media:
        found["content"] = {media: {} for media in reply.media}
    if reply.headers:
        found["headers"] = {
            name: {"description": what, "schema": {"type": "string"}}
            for name, what in reply.headers.items()
        }
    return found
