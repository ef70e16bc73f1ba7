"""A till as a program: asks over HTTP, and knows when it did not get a whole answer."""

import http.client
import json
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from ichimai.kernel import ids
from ichimai.kernel.clock import SystemClock

TIMEOUT_SECONDS = 20.0


class Answer(NamedTuple):
    """A whole answer."""

    status: int
    body: dict[str, Any]

    @property
    def code(self) -> str:
        """The problem's code; empty when it was carried out."""
        return str(self.body.get("code", ""))


class Lost(Exception):
    """No whole answer came: whether the request was carried out is unknown."""


def new_id() -> UUID:
    """The id of an operation, made before it is sent."""
    return ids.uuid7(SystemClock())


def payment(id_: UUID, card: str, units: int, *, confirmed: bool = True) -> dict[str, Any]:
    """The body of a payment or, with ``seconds`` added, of a hold."""
    return {"id": str(id_), "credential": card, "amount": units, "confirm_repeat": confirmed}


@dataclass
class Till:
    """One till with one connection, which it opens again when it breaks."""

    port: int
    token: str
    timeout_seconds: float = TIMEOUT_SECONDS
    _connection: http.client.HTTPConnection | None = None

    def post(self, path: str, body: dict[str, Any]) -> Answer:
        """Ask, and wait for a whole answer. Raises Lost."""
        return self._ask("POST", path, json.dumps(body).encode())

    def get(self, path: str) -> Answer:
        """Read. Raises Lost."""
        return self._ask("GET", path, None)

    def pay(self, card: str, units: int, id_: UUID | None = None) -> Answer:
        """Take an amount from a card. Raises Lost."""
        return self.post("/payments", payment(id_ or new_id(), card, units))

    def close(self) -> None:
        """Hang up."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _ask(self, method: str, path: str, body: bytes | None) -> Answer:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        if self._connection is None:
            self._connection = http.client.HTTPConnection(
                "127.0.0.1", self.port, timeout=self.timeout_seconds
            )
        try:
            self._connection.request(method, f"/api/v1{path}", body, headers)
            response = self._connection.getresponse()
            raw = response.read()
            if response.will_close:
                self.close()
            return Answer(response.status, json.loads(raw))
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.close()
            raise Lost from error
