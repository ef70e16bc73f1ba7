"""A town's relying party with the shipped provider, and the wire between them."""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from ichimai.kernel import errors as kinds
from ichimai.kernel.clock import ManualClock
from ichimai.oidc import ClientKey, Provider, RelyingParty, Reply
from ichimai.oidc.test_provider import Client, ProviderForTests
from ichimai.people.model import Audience
from ichimai.storage import Database, Schema

ISSUER = "https://auth.example/api/realms/main"
HOME = "https://card.toshima.example/me/digital-id/answer"
KEY = b"k" * 32
BROWSER, OTHER_BROWSER = b"b" * 32, b"o" * 32
CLIENT_KEY = ClientKey.new()


@dataclass
class World:
    """A town's relying party, its provider, and the wire between them."""

    database: Database
    operator: Schema
    clock: ManualClock
    fetched: list[str] = field(default_factory=list)
    sent: list[dict[str, str]] = field(default_factory=list)
    listed: bytes | None = None
    bend: Callable[[dict[str, Any]], object] = lambda claims: claims
    """What a lying provider does to the claims of a token; text: it is the token."""

    def __post_init__(self) -> None:
        client = Client(HOME, CLIENT_KEY.public)
        self.provider = ProviderForTests(ISSUER, self.clock, {"ichimai": client})
        self.us = self.party()

    def party(self, **changes: Any) -> RelyingParty:  # noqa: ANN401 - a provider's fields
        """We, as another process; ``changes``: configured otherwise."""
        known = Provider.at(ISSUER, client_id="ichimai", redirect_uri=HOME)
        return RelyingParty(replace(known, **changes), CLIENT_KEY, self, KEY, self.clock)

    def get(self, address: str) -> Reply:
        """The wire: fetch."""
        self.fetched.append(address)
        return Reply(200, self.listed) if self.listed is not None else self.provider.certs()

    def post(self, address: str, fields: Mapping[str, str]) -> Reply:
        """The wire: the token endpoint, whose token is bent on the way."""
        assert address == self.provider.token_address
        self.sent.append(dict(fields))
        reply = self.provider.token(fields)
        if reply.status != 200:
            return reply
        body = json.loads(reply.body)
        claims = json.loads(decoded(body["id_token"].split(".")[1]))
        bent = self.bend(claims)
        body["id_token"] = bent if isinstance(bent, str) else self.provider.signed(claims)
        return Reply(200, json.dumps(body).encode())

    def begin(self, subject: UUID | None = None) -> dict[str, str]:
        """What the browser is sent to the provider with."""
        with self.database.write(self.operator) as tx:
            address = self.us.begin(tx, browser=BROWSER, subject=subject)
        return {name: value for name, (value,) in parse_qs(urlsplit(address).query).items()}

    def hold_card(self, asked: Mapping[str, str], person: str = "豊島 花子") -> dict[str, str]:
        """What the browser brings back."""
        address = self.provider.let_in(asked, person)
        assert address.startswith(f"{HOME}?")
        return {name: value for name, (value,) in parse_qs(urlsplit(address).query).items()}

    def come_back(self, answer: Mapping[str, str], browser: bytes = BROWSER) -> UUID | None:
        """Whose session begins; None when an identity was bound."""
        with self.database.write(self.operator) as tx:
            question = self.us.take(tx, answer, browser=browser)
        identity = self.us.identity(question, answer)
        with self.database.write(self.operator) as tx:
            if question.subject:
                self.us.bind(tx, question, identity)
                return None
            new = self.us.let_in(tx, identity)
        assert new.session.audience is Audience.RESIDENT
        return new.session.owner

    def bind(self, subject: UUID, person: str = "豊島 花子") -> None:
        """After a card sign-in, bind a person's identity."""
        self.come_back(self.hold_card(self.begin(subject), person))

    def refusal(self, answer: Mapping[str, str], browser: bytes = BROWSER) -> str:
        """The code of the refusal; empty when somebody came in."""
        try:
            self.come_back(answer, browser)
        except kinds.DomainError as refused:
            return refused.code
        return ""


def coded(part: object) -> str:
    """A part of a token."""
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def decoded(part: str) -> bytes:
    """And back."""
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
