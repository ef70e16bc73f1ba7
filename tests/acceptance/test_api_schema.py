"""The API against its own document: requests made from the schema, answers judged by it.

Well-formed requests of every operation, half of them about things that exist; then requests that
break the schema. No answer is an error of ours, each is one that the document names, and nothing
that the document forbids is taken.
"""

from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import (
    content_type_conformance,
    negative_data_rejection,
    not_a_server_error,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from ichimai.ledger import Posted
from ichimai.web.api import openapi
from tests.acceptance.callers import check_answer
from tests.acceptance.routes import api_routes, methods_and_paths
from tests.integration.programs.fair import Fair, programs
from tests.town import GIFT, Town

Request = schemathesis.Case[Any]


def _without_security(document: dict[str, Any]) -> dict[str, Any]:
    """The document for callers who always send their token: what is wrong is something else."""
    for methods in document["paths"].values():
        for operation in methods.values():
            del operation["security"]
    return document


SCHEMA: Any = schemathesis.openapi.from_dict(
    _without_security(openapi.document(api_routes(), "/api/v1"))
)
OPERATIONS = [f"{method} {path}" for method, path in methods_and_paths()]
ROUNDS = [12, pytest.param(250, marks=pytest.mark.long)]
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
_REJECTION = negative_data_rejection
"""It does not know that 413 refuses as well."""

CALLERS = {
    "payments": "greengrocer",
    "holds": "greengrocer",
    "purchases": "greengrocer",
    "earnings": "greengrocer",
    "stamps": "greengrocer",
    "exchanges": "greengrocer",
    "redemptions": "greengrocer",
    "top-ups": "greengrocer",
    "cash-outs": "greengrocer",
    "entitlements": "greengrocer",
    "verification": "auditor",
    "closings": "treasurer",
    "payouts": "treasurer",
    "bills": "treasurer",
    "nettings": "treasurer",
    "approve": "approver",
    "decline": "approver",
    "reject": "approver",
}
"""By a word of the path; the last that fits wins. Everything else an officer does."""


def _operation(name: str) -> Any:  # noqa: ANN401 - schemathesis's own
    method, path = name.split()
    return SCHEMA[f"/api/v1{path}"][method]


def _takes_something(name: str) -> bool:
    """Whether there is anything in a request that could be wrong."""
    found = _operation(name).definition.raw
    has_json = "application/json" in found.get("requestBody", {}).get("content", {})
    return has_json or bool(found["parameters"])


@pytest.fixture(scope="module")
def things(town: Town, address: str) -> dict[str, list[str]]:
    """Names of things that exist, by the field or part of a path that names one."""
    payment = town.pay("hanako", "greengrocer", 500)
    sale = Fair(town).open().buy("hanako", "greengrocer", 3_000)
    assert isinstance(sale, Posted)
    town.week()
    bearer = {"Authorization": f"Bearer {town.token('treasurer')}"}
    with httpx.Client(base_url=f"{address}/api/v1", headers=bearer) as http:
        closing = http.post("/closings", json=_keyed(town)).json()["id"]
        batch = http.post("/payouts", json=_keyed(town)).json()["id"]
    return {
        "credential": list(town.cards.values()),
        "program": [GIFT.key, *[program.key for program in programs()]],
        "event": ["health-class", "greening"],
        "exchange": ["to-points", "prize"],
        "thing": ["plum"],
        "shop": [str(shop.id) for shop in town.shops.values()],
        "payments": [str(payment)],
        "purchases": [str(sale.operation)],
        "holds": [str(payment)],
        "closings": [closing],
        "payouts": [batch],
        "shops": [str(shop.id) for shop in town.shops.values()],
    }


def _keyed(town: Town) -> dict[str, str]:
    return {"id": str(town.operation()), "program": GIFT.key}


@pytest.mark.parametrize("rounds", ROUNDS)
@pytest.mark.parametrize("name", OPERATIONS)
def test_well_formed_requests_get_answers_that_the_document_names(
    name: str, rounds: int, town: Town, address: str, things: dict[str, list[str]]
) -> None:
    operation = _operation(name)

    @_settings(rounds)
    @given(case=operation.as_strategy(), data=st.data())
    def judge(case: Request, data: st.DataObject) -> None:
        if data.draw(st.booleans(), label="about what exists"):
            _name_things(case, things, data)
        _judge(case, town, name, address, CHECKS)

    judge()


@pytest.mark.parametrize("rounds", ROUNDS)
@pytest.mark.parametrize("name", [name for name in OPERATIONS if _takes_something(name)])
def test_requests_that_break_the_schema_are_refused(
    name: str, rounds: int, town: Town, address: str
) -> None:
    """And nothing is written."""
    operation = _operation(name)
    before = town.head()

    @_settings(rounds)
    @given(case=operation.as_strategy(generation_mode=GenerationMode.NEGATIVE))
    def judge(case: Request) -> None:
        # A parameter without a value is not sent, so that nothing is wrong any more.
        assume(not any(value in ([], {}) for value in (case.query or {}).values()))
        _judge(case, town, name, address, [*CHECKS, _REJECTION])

    judge()
    assert town.head() == before


def _settings(rounds: int) -> settings:
    is_short = rounds == ROUNDS[0]
    return settings(
        max_examples=rounds,
        derandomize=is_short,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


def _name_things(case: Request, things: dict[str, list[str]], data: st.DataObject) -> None:
    """Put names of what exists into a request, where it has a place for one."""
    collection = case.path.split("/")[3]
    if "id" in case.path_parameters and collection in things:
        case.path_parameters["id"] = data.draw(st.sampled_from(things[collection]))
    parts: list[Any] = [case.path_parameters, case.query, case.body]
    for part in parts:
        for field in things.keys() & part.keys() if isinstance(part, dict) else ():
            part[field] = data.draw(st.sampled_from(things[field]))


def _judge(
    case: Request, town: Town, name: str, address: str, checks: list[schemathesis.CheckFunction]
) -> None:
    who = _caller_of(name)
    if "sessions" in name:
        town.sign_in(who)
    headers = {"Authorization": f"Bearer {town.token(who)}"}
    answer = case.call(base_url=address, headers=headers)
    is_refused_unread = answer.status_code == 413
    judges = [check for check in checks if not (is_refused_unread and check is _REJECTION)]
    case.validate_response(answer, checks=judges)
    check_answer(httpx.Response(answer.status_code, headers=_flat(answer), content=answer.content))


def _flat(answer: schemathesis.Response) -> dict[str, str]:
    return {name: values[0] for name, values in answer.headers.items()}


def _caller_of(name: str) -> str:
    words = name.replace("/", " ").split()
    return next((who for word, who in reversed(CALLERS.items()) if word in words), "officer")
