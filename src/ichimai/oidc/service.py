"""A resident comes in with a digital identity that was bound to them after a card sign-in.

1. ``begin`` (a write transaction) notes which browser asks, and says where to send it.
2. ``take`` (a write transaction, to be committed) uses the state up that came back.
3. ``identity`` (no transaction) exchanges the code and believes the ID token, or not.
4. ``let_in`` or ``bind`` (a write transaction). No name, address or birth date is ever asked
   for, and none makes a link.
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from ichimai import people
from ichimai.kernel import Clock
from ichimai.oidc import rules, store
from ichimai.oidc.client_key import ClientKey
from ichimai.oidc.errors import (
    DigitalIdNotBound,
    DigitalIdRefused,
    DigitalIdTaken,
    ProviderUnavailable,
)
from ichimai.oidc.model import Provider, Question, Reply, Wire
from ichimai.oidc.provider_keys import ProviderKeys
from ichimai.people.model import Audience, NewSession
from ichimai.storage import ReadTx, WriteTx

_ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass
class RelyingParty:
    """We, as one provider knows us. ``key`` is the operator's key for people."""

    provider: Provider
    client_key: ClientKey
    wire: Wire
    key: bytes = field(repr=False)
    clock: Clock

    def __post_init__(self) -> None:
        self._keys = ProviderKeys(self.provider.certs, self.wire, self.clock)

    def begin(self, tx: WriteTx, *, browser: bytes, subject: UUID | None = None) -> str:
        """Where to send a browser; ``browser``: a hash of what it alone holds.

        ``subject``: the resident who binds an identity; None: a sign-in.
        """
        state = secrets.token_urlsafe(32)
        store.insert_question(tx, rules.state_hash(state), browser, subject, self.clock.now())
        return rules.address_of(self.provider, self.key, state)

    def take(self, tx: WriteTx, answer: Mapping[str, str], *, browser: bytes) -> Question:
        """What this browser had asked, once. Raises DigitalIdRefused."""
        state = answer.get("state", "")
        found = store.take_question(tx, rules.state_hash(state), browser)
        if found is None or self.clock.now() - found[1] >= rules.LASTS:
            raise DigitalIdRefused
        return Question(state, *found)

    def identity(self, question: Question, answer: Mapping[str, str]) -> bytes:
        """Whose word the provider gives, as the keyed hash that is kept.

        Raises DigitalIdCancelled, DigitalIdRefused, ProviderUnavailable.
        """
        code = rules.code_in(self.provider, answer)
        token = self._id_token(code, rules.verifier_of(self.key, question.state))
        subject = rules.subject_in(
            self._keys.claims(token),
            self.provider,
            nonce=rules.nonce_of(self.key, question.state),
            now=self.clock.now(),
        )
        return rules.identity_of(self.key, self.provider.issuer, subject)

    def let_in(self, tx: WriteTx, identity: bytes) -> NewSession:
        """A new session for whose identity it is. Raises DigitalIdNotBound."""
        subject = store.subject_of(tx, identity)
        if subject is None:
            raise DigitalIdNotBound
        return people.sessions.start(tx, self.clock, Audience.RESIDENT, subject)

    def bind(self, tx: WriteTx, question: Question, identity: bytes) -> None:
        """Bind the identity to who asked. Raises DigitalIdTaken."""
        subject = question.subject
        if subject is None:
            raise DigitalIdRefused
        is_new = store.insert_identity(tx, identity, subject, self.clock.now())
        if not is_new and store.subject_of(tx, identity) != subject:
            raise DigitalIdTaken

    def _id_token(self, code: str, verifier: str) -> str:
        """What the token endpoint gives for a code; the access token is thrown away."""
        reply = self.wire.post(
            self.provider.token,
            {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": self.provider.redirect_uri,
                "code_verifier": verifier,
                "client_id": self.provider.client_id,
                "client_assertion_type": _ASSERTION_TYPE,
                "client_assertion": self.client_key.assertion(self.provider, self.clock),
            },
        )
        token = _body_of(reply).get("id_token")
        if not isinstance(token, str):
            raise DigitalIdRefused
        return token


def bound_at(tx: ReadTx, subject: UUID) -> datetime | None:
    """Since when a resident has an identity bound; None: not at all."""
    return store.bound_at(tx, subject)


def unbind(tx: WriteTx, subject: UUID) -> None:
    """Forget a resident's digital identity."""
    store.delete_identity(tx, subject)


def tidy_up(tx: WriteTx, clock: Clock) -> int:
    """Remove questions that nobody will answer; how many there were."""
    return store.delete_questions_before(tx, clock.now() - rules.LASTS)


def _body_of(reply: Reply) -> dict[str, Any]:
    """Raises DigitalIdRefused when the provider refused, ProviderUnavailable when it failed."""
    if 400 <= reply.status < 500:
        raise DigitalIdRefused
    try:
        body = json.loads(reply.body)
    except (ValueError, RecursionError) as error:
        raise ProviderUnavailable from error
    if reply.status != 200 or not isinstance(body, dict):
        raise ProviderUnavailable
    return body
