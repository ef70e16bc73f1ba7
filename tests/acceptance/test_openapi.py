"""The OpenAPI document: valid, complete, and true to the router and to the types."""

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import msgspec
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from starlette.routing import Route

from ichimai.web.api import openapi, problems
from ichimai.web.api.till_operations import OPERATIONS
from tests.acceptance.routes import api_routes, methods_and_paths
from tools import reference

Json = dict[str, Any]


@pytest.fixture(scope="module")
def document() -> Json:
    """The document as a server writes it."""
    found: Json = json.loads(msgspec.json.encode(openapi.document(api_routes(), "/api/v1")))
    return found


def operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    """Each method, path and operation."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def test_it_is_valid(document: Json) -> None:
    errors = list(OpenAPIV31SpecValidator(document).iter_errors())
    assert errors == []
    assert document["openapi"] == "3.1.0"


def test_it_has_every_route_of_the_router(document: Json) -> None:
    described = [(method, path.removeprefix("/api/v1")) for method, path, _ in operations(document)]
    assert sorted(described) == sorted(methods_and_paths())


def test_the_server_gives_it(http: httpx.Client, document: Json) -> None:
    answer = http.get("/openapi.json")
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == document


def test_a_route_without_an_operation_keeps_the_server_from_starting() -> None:
    """So none can be forgotten."""
    forgotten = Route("/forgotten", lambda _: None, methods=["POST"])
    with pytest.raises(KeyError):
        openapi.document([*api_routes(), forgotten], "/api/v1")


def test_every_operation_has_a_name_of_its_own_and_says_what_it_does(document: Json) -> None:
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(names) == len(set(names))
    for method, path, operation in operations(document):
        assert operation["summary"], f"{method} {path}"
        assert operation["tags"], f"{method} {path}"


def test_who_may_is_said(document: Json) -> None:
    """By a security scheme, and for staff by role."""
    for method, path, operation in operations(document):
        if operation["security"] == [{"staff": []}]:
            roles = r"For (officer|approver|treasurer|auditor|clerk)"
            assert re.search(roles, operation["description"])
            assert "403" in operation["responses"], f"{method} {path}"
        if operation["security"]:
            assert "401" in operation["responses"], f"{method} {path}"


def test_every_problem_code_it_names_is_one_of_ours(document: Json) -> None:
    """And has the status under which it is named."""
    known = {error.code: error for error in reference.expected_failures()}
    named = 0
    for _, _, operation in operations(document):
        for status, response in operation["responses"].items():
            codes = re.findall(r"^`(\w+)`: ", response["description"], re.MULTILINE)
            named += len(codes)
            for code in codes:
                error = known[code]
                assert str(problems.status_of(error.__new__(error))) == status, code
    assert named > 100


def test_the_codes_of_the_issue_are_named_for_payments(document: Json) -> None:
    text = json.dumps(document["paths"]["/api/v1/payments"]["post"]["responses"])
    for code in (
        "invalid_amount",
        "unknown_credential",
        "credential_stopped",
        "not_accepted_here",
        "insufficient_balance",
        "limit_exceeded",
        "repeat_suspected",
        "exists_with_different_amount",
        "exists_with_different_credential",
        "exists_with_different_terminal",
    ):
        assert f"`{code}`" in text


def test_every_body_has_an_example_that_its_type_takes(document: Json) -> None:
    for method, path, operation in operations(document):
        content = operation.get("requestBody", {}).get("content", {})
        if "application/json" in content:
            assert content["application/json"]["examples"], f"{method} {path}"
    for route in api_routes():
        told = openapi.operation_of(route)
        if told.body is not None:
            raw = msgspec.json.encode(told.example)
            assert msgspec.json.decode(raw, type=told.body) == told.example


def test_no_body_takes_unknown_fields(document: Json) -> None:
    """Mass assignment is refused by the schema too (faults.md G94)."""
    bodies = [
        operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
        for _, _, operation in operations(document)
        if "application/json" in operation.get("requestBody", {}).get("content", {})
    ]
    assert len(bodies) > 8
    for reference_ in bodies:
        schema = document["components"]["schemas"][reference_.rpartition("/")[2]]
        assert schema["additionalProperties"] is False


def test_an_operations_own_errors_are_told_with_their_fields(document: Json) -> None:
    schema = document["components"]["schemas"]["PayeesRefusedProblem"]
    assert schema["properties"]["code"] == {"type": "string", "const": "payees_refused"}
    assert schema["properties"]["payees"]["items"] == {"$ref": "#/components/schemas/PayeeProblem"}
    fault = document["components"]["schemas"]["PayeeProblem"]
    assert fault["type"] == "object"


def test_the_table_of_till_operations_has_no_row_too_many() -> None:
    assert set(OPERATIONS) <= set(methods_and_paths())
