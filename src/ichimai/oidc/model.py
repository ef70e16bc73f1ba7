"""The provider as it is configured, what was asked of it, and the wire to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider and what it knows us by.

    ``issuer`` is compared character by character; ``redirect_uri`` is the one that was registered
    and no other. The endpoints are configured, never taken from an answer.
    """

    issuer: str
    authorization: str
    token: str
    certs: str
    client_id: str
    redirect_uri: str

    @classmethod
    def at(cls, issuer: str, *, client_id: str, redirect_uri: str, base: str = "") -> "Provider":
        """A provider whose endpoints lie where デジタル認証アプリ has them, below ``base``."""
        below = base or f"{issuer.rstrip('/')}/protocol/openid-connect"
        return cls(
            issuer, f"{below}/auth", f"{below}/token", f"{below}/certs", client_id, redirect_uri
        )


@dataclass(frozen=True, slots=True)
class Question:
    """A browser that was sent to the provider; ``subject``: who binds; None: a sign-in."""

    state: str
    subject: UUID | None
    asked_at: datetime


class Reply(NamedTuple):
    """What a provider's endpoint answered."""

    status: int
    body: bytes


class Wire(Protocol):
    """How the provider is reached. Both raise ProviderUnavailable."""

    def get(self, address: str) -> Reply:
        """Fetch a document."""
        ...

    def post(self, address: str, fields: Mapping[str, str]) -> Reply:
        """Send a form."""
        ...
