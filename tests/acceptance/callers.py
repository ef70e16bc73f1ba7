"""Programs that call the API with somebody's token, and judge the form of every answer."""

from dataclasses import dataclass
from typing import Any

import httpx

from tests.town import Town

NOBODY = "nobody"
SAID = {"type", "title", "status", "code", "detail", "earlier"}
"""All that a till is ever told of a refusal."""


@dataclass(frozen=True)
class Caller:
    """A till (named by its shop), a member of staff, or nobody."""

    http: httpx.Client
    town: Town
    who: str

    def get(self, path: str, **options: Any) -> httpx.Response:  # noqa: ANN401 - httpx's own
        """Ask for something."""
        return self.send("GET", path, **options)

    def post(self, path: str, **options: Any) -> httpx.Response:  # noqa: ANN401 - httpx's own
        """Have something done."""
        return self.send("POST", path, **options)

    def send(
        self,
        method: str,
        path: str,
        *,
        headers: dict[str, str] | None = None,
        **options: Any,  # noqa: ANN401 - httpx's own
    ) -> httpx.Response:
        """Send a request; its answer has been judged."""
        sent: dict[str, Any] = dict(headers or {})
        if self.who != NOBODY:
            sent.setdefault("Authorization", f"Bearer {self.town.token(self.who)}")
        answer = self.http.request(method, path, headers=sent, **options)
        check_answer(answer)
        return answer


def check_answer(answer: httpx.Response) -> None:
    """What every answer of the API has: no cache keeps it, and a problem says what it is."""
    assert answer.headers["cache-control"] == "no-store, private"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "server" not in answer.headers or answer.headers["server"] == "uvicorn"
    if answer.status_code >= 400 and answer.content:
        problem = answer.json()
        assert answer.headers["content-type"] == "application/problem+json"
        assert problem["status"] == answer.status_code
        assert problem["type"] == f"/docs/errors#{problem['code']}"
        assert problem["title"]
    if answer.status_code == 401:
        assert answer.headers["www-authenticate"] == "Bearer"


def code_of(answer: httpx.Response) -> str:
    """The problem's code; empty for a success."""
    return "" if answer.status_code < 400 else str(answer.json()["code"])


def refused(answer: httpx.Response, status: int, code: str) -> None:
    """A till is told so, and nothing about the resident (who has 10,000 yen)."""
    assert (answer.status_code, code_of(answer)) == (status, code), answer.text
    assert set(answer.json()) <= SAID
    assert "10000" not in answer.text, "a balance"
