"""Who may do what: every route of the API, for every kind of caller (faults.md G, MATRIX).

The rows are written by hand and compared with the router: a new route without a row fails.
"""

import dataclasses
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from ichimai.kernel import ids
from tests.acceptance.callers import NOBODY, Caller
from tests.acceptance.routes import methods_and_paths
from tests.town import Town, served

ID = "019a0c1e-7c00-7000-8000-000000000001"
CALLERS = [
    NOBODY,
    "greengrocer",
    "revoked",
    "officer",
    "approver",
    "treasurer",
    "auditor",
    "intruder",
]
# The columns are the callers: nobody, till, revoked till, Officer, Approver, Treasurer, aUditor,
# and one who left. `.`: 401 sign in; `f`: 403 another role must; `+`: let in.
TABLE = """
    method  path                                  - t r O A T U x
    POST    /payments                             . + . . . . . .
    GET     /payments/{id}                        . + . . . . . .
    POST    /payments/{id}/refunds                . + . . . . . .
    POST    /holds                                . + . . . . . .
    POST    /holds/{id}/post                      . + . . . . . .
    POST    /holds/{id}/void                      . + . . . . . .
    POST    /purchases                            . + . . . . . .
    POST    /purchases/{id}/refunds               . + . . . . . .
    POST    /earnings                             . + . . . . . .
    POST    /stamps                               . + . . . . . .
    POST    /exchanges                            . + . . . . . .
    POST    /redemptions                          . + . . . . . .
    POST    /top-ups                              . + . . . . . .
    POST    /cash-outs                            . + . . . . . .
    POST    /entitlements                         . + . . . . . .
    POST    /sessions                             + + + + + + + +
    DELETE  /sessions/current                     . . . + + + + .
    POST    /enrolments                           + + + + + + + +
    POST    /grant-lists                          . . . + f f f .
    POST    /grant-lists/check                    . . . + f f f .
    GET     /grant-lists                          . . . + + + + .
    GET     /grant-lists/{id}                     . . . + + + + .
    POST    /grant-lists/{id}/approve             . . . f + f f .
    POST    /grant-lists/{id}/decline             . . . f + f f .
    POST    /closings                             . . . f f + f .
    GET     /closings                             . . . + + + + .
    GET     /closings/{id}                        . . . + + + + .
    GET     /closings/{id}/statements/{shop}      . . . + + + + .
    GET     /closings/{id}/associations           . . . + + + + .
    GET     /debts                                . . . + + + + .
    POST    /debts/{id}/dispute                   . . . f f + f .
    POST    /debts/{id}/answer                    . . . f f + f .
    POST    /debts/{id}/approve                   . . . f + + f .
    POST    /disputes                             . + . . . . . .
    GET     /disputes                             . . . + + + + .
    POST    /disputes/{id}/answer                 . . . f f + f .
    POST    /disputes/{id}/approve                . . . f + + f .
    POST    /payouts                              . . . f f + f .
    GET     /payouts                              . . . + + + + .
    GET     /payouts/{id}                         . . . + + + + .
    POST    /payouts/{id}/approve                 . . . f + + f .
    POST    /payouts/{id}/reject                  . . . f + + f .
    POST    /payouts/{id}/take-back               . . . f + + f .
    GET     /payouts/{id}/file                    . . . f f + f .
    POST    /payouts/results                      . . . f f + f .
    GET     /payouts/{id}/results                 . . . + + + + .
    GET     /bills                                . . . + + + + .
    GET     /bills/{id}                           . . . + + + + .
    POST    /bills/{id}/payments                  . . . f f + f .
    POST    /nettings                             . . . f f + f .
    GET     /nettings                             . . . + + + + .
    GET     /nettings/{id}                        . . . + + + + .
    POST    /nettings/{id}/approve                . . . f + + f .
    POST    /nettings/{id}/reject                 . . . f + + f .
    GET     /nettings/{id}/file                   . . . f f + f .
    POST    /nettings/{id}/results                . . . f f + f .
    GET     /nettings/{id}/results                . . . + + + + .
    GET     /shops                                . . . + + + + .
    POST    /shops/{id}/enrolments                . . . + f f f .
    POST    /credentials/stop                     . . . + f f f .
    GET     /verification                         . . . f f f + .
    GET     /reports/unused                       . . . f f + + .
    GET     /reports/expired                      . . . f f + + .
    GET     /reports/liability                    . . . f f + + .
    GET     /reports/share                        . . . + + + + .
    POST    /challenges                           . + . + f f f .
    POST    /taps                                 . + . + f f f .
    DELETE  /taps/current                         . + . + f f f .
    POST    /links                                . . . + f f f .
    POST    /links/{id}/confirmation              . . . + f f f .
    POST    /links/{id}/end                       . . . + f f f .
    POST    /credentials/{id}/stop                . . . + f f f .
    POST    /credentials/current/stop             . . . + f f f .
    GET     /stops                                . + . + f f f .
    POST    /predicates                           . + . + f f f .
    POST    /disclosures                          . . . + f f f .
    GET     /health                               + + + + + + + +
    GET     /openapi.json                         + + + + + + + +
"""


@dataclasses.dataclass(frozen=True)
class Row:
    """One route, and who is let in."""

    method: str
    path: str
    marks: list[str]


def rows() -> list[Row]:
    """The table's rows."""
    lines = [line.split() for line in TABLE.strip().splitlines()[1:]]
    return [Row(method, path, marks) for method, path, *marks in lines]


def test_every_route_has_a_row() -> None:
    assert [(row.method, row.path) for row in rows()] == methods_and_paths()


_PROGRAM = {"program": "longevity-gift"}
_CARD = {"id": ID, "credential": "nobody's"}
_PAYMENT = {**_CARD, "amount": 1}
REQUESTS: dict[str, dict[str, Any]] = {
    "POST /payments": {"json": _PAYMENT},
    "POST /payments/{id}/refunds": {"json": {"id": ID, "amount": 1}},
    "POST /holds": {"json": _PAYMENT},
    "POST /holds/{id}/post": {"json": {"id": ID}},
    "POST /holds/{id}/void": {"json": {"id": ID}},
    "POST /purchases": {"json": {"id": ID, "credential": "nobody's", "total_yen": 1}},
    "POST /purchases/{id}/refunds": {"json": {"id": ID, "amount": 1}},
    "POST /earnings": {"json": {**_CARD, "event": "class"}},
    "POST /stamps": {"json": {**_CARD, "program": "rally"}},
    "POST /exchanges": {"json": {**_CARD, "program": "rally", "exchange": "prize"}},
    "POST /redemptions": {"json": {**_CARD, "program": "books", "thing": "atlas"}},
    "POST /top-ups": {"json": {**_CARD, "program": "sports", "amount": 1}},
    "POST /entitlements": {"json": {"credential": "x", "program": "bus-pass"}},
    "POST /cash-outs": {"json": {**_CARD, "program": "sports", "amount": 1}},
    "POST /sessions": {"json": {"name": "nobody", "password": "wrong"}},
    "POST /enrolments": {"json": {"code": "22222-22222-2", "secret": "s" * 32}},
    "POST /grant-lists": {"params": _PROGRAM, "content": b"no list"},
    "POST /grant-lists/check": {"params": _PROGRAM, "content": b"no list"},
    "POST /closings": {"json": {"id": ID, "program": "no-such"}},
    "POST /disputes": {"json": {"id": ID, "closing": ID, "claimed": 1, "reason": "x"}},
    "POST /disputes/{id}/answer": {"json": {"award": "none", "finding": "x"}},
    "POST /payouts": {"json": {"id": ID, "program": "no-such"}},
    "POST /payouts/results": {"content": b"no result"},
    "POST /bills/{id}/payments": {"json": {"id": ID, "yen": 1}},
    "POST /debts/{id}/dispute": {"json": {"id": ID, "reason": "x"}},
    "POST /debts/{id}/answer": {"json": {"finding": "x"}},
    "POST /nettings": {"json": {"id": ID}},
    "POST /nettings/{id}/results": {"content": b"no result"},
    "POST /credentials/stop": {"json": {"credential": "nobody's"}},
    "POST /taps": {"json": {"credential": "nobody's"}},
    "POST /predicates": {"json": {"tap": "none", "ask": ["resident"]}},
    "POST /disclosures": {"json": {"tap": "none", "service": "none"}},
    "POST /links": {"json": {"tap": "none", "service": "none", "number": "1"}},
    "POST /links/{id}/confirmation": {"json": {"tap": "none"}},
    "POST /credentials/{id}/stop": {"json": {"tap": "none"}},
    "POST /credentials/current/stop": {"json": {"tap": "none"}},
}
"""What each address that needs one is sent: well formed, and about nothing that exists."""


@pytest.fixture(scope="module")
def http(town: Town) -> Iterator[httpx.Client]:
    """Connections to its server."""
    with served(town) as address, httpx.Client(base_url=f"{address}/api/v1") as client:
        yield client


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row.method} {row.path}")
def test_a_route_lets_in_whom_it_should(row: Row, http: httpx.Client, town: Town) -> None:
    """Everybody else is told 401 or 403, before anything else about the request."""
    path = row.path.replace("{id}", str(ids.uuid7(town.clock)))
    path = path.replace("{shop}", str(town.shops["teahouse"].id))
    options = REQUESTS.get(f"{row.method} {row.path}", {})
    before = town.head()
    callers = [Caller(http, town, who) for who in CALLERS]
    found = [_mark(caller.send(row.method, path, **options)) for caller in callers]
    assert found == row.marks
    assert town.head() == before
    for called in ("officer", "approver", "treasurer", "auditor"):
        town.sign_in(called)


def _mark(answer: httpx.Response) -> str:
    if answer.status_code == 401:
        return "."
    is_role = answer.status_code == 403 and answer.json()["code"] == "role_may_not"
    assert answer.status_code < 500
    return "f" if is_role else "+"


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Basic dXNlcjpwYXNz",
        "Bearer \u00e9\u00e8",
        "Bearer a b",
        "Token x",
        "x" * 6_000,
    ],
)
@pytest.mark.parametrize("path", ["/shops", f"/payments/{ID}"])
def test_an_odd_authorization_is_none(
    http: httpx.Client, town: Town, authorization: str, path: str
) -> None:
    nobody = Caller(http, town, NOBODY)
    answer = nobody.get(path, headers={"Authorization": authorization.encode("latin-1")})
    assert answer.status_code == 401


def test_a_token_works_in_any_case_of_its_scheme(http: httpx.Client, town: Town) -> None:
    """RFC 9110 §11.1."""
    token = town.token("auditor")
    for scheme in ("bearer", "BEARER"):
        answer = Caller(http, town, NOBODY).get(
            "/shops", headers={"Authorization": f"{scheme} {token}"}
        )
        assert answer.status_code == 200
