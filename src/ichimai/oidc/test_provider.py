"""A provider like デジタル認証アプリ for demos, integrators and tests: its paths, ES256, PPIDs.

It refuses what the real one refuses: a redirect URI that was not registered, PKCE that is
missing or plain, a client assertion that is old, for another, or used before, a code a second
time. It keeps everything in memory and lets in whoever is chosen from its list: it is for
trying only. No HTTP here; ``web.test_provider`` serves it.
"""

import hashlib
import hmac
import json
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from ichimai.kernel import Clock
from ichimai.oidc import rules
from ichimai.oidc.client_key import ALGORITHM
from ichimai.oidc.model import Reply

REALM: Final = "/api/realms/main"
PEOPLE: Final = ("豊島 花子", "巣鴨 太郎", "駒込 ツル", "目白 亀")
"""Made-up people with a made-up card each."""

_CODE_LASTS: Final = timedelta(seconds=60)
_ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ASKED: Final = {
    "response_type": "code",
    "code_challenge_method": "S256",
}


class RequestRefused(Exception):
    """The browser is not sent back: where to is not to be trusted, or it asked wrongly."""


@dataclass(frozen=True)
class Client:
    """A relying party: its one redirect URI and the public half of its key (JWK)."""

    redirect_uri: str
    public_key: Mapping[str, Any]


@dataclass(frozen=True)
class _Given:
    client_id: str
    redirect_uri: str
    challenge: str
    nonce: str
    person: str
    at: datetime


@dataclass
class ProviderForTests:
    """The provider at ``issuer``, whose endpoints lie below it as the real one's do."""

    issuer: str
    clock: Clock
    clients: dict[str, Client] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._keys = [_new_key()]
        self._codes: dict[str, _Given] = {}
        self._used: set[str] = set()
        self._changing = threading.Lock()
        self._secret = secrets.token_bytes(32)

    @property
    def token_address(self) -> str:
        """Its token endpoint: what client assertions are for."""
        return f"{self.issuer}/protocol/openid-connect/token"

    def check(self, asked: Mapping[str, str]) -> Client:
        """The client that asks with these parameters. Raises RequestRefused."""
        client = self.clients.get(asked.get("client_id", ""))
        if client is None or asked.get("redirect_uri") != client.redirect_uri:
            raise RequestRefused("client or redirect URI")
        wrong = [name for name, value in _ASKED.items() if asked.get(name) != value]
        missing = [name for name in ("state", "nonce") if not 1 <= len(asked.get(name, "")) <= 255]
        if not 43 <= len(asked.get("code_challenge", "")) <= 128:
            missing.append("code_challenge")
        if wrong or missing or "openid" not in asked.get("scope", "").split():
            raise RequestRefused(", ".join([*wrong, *missing]) or "scope")
        return client

    def let_in(self, asked: Mapping[str, str], person: str) -> str:
        """Where the browser goes when a person has held their card. Raises RequestRefused."""
        client, code = self.check(asked), secrets.token_urlsafe(32)
        with self._changing:
            self._codes[code] = _Given(
                asked["client_id"],
                client.redirect_uri,
                asked["code_challenge"],
                asked["nonce"],
                person,
                self.clock.now(),
            )
        return self._back(client, {"code": code, "state": asked["state"], "iss": self.issuer})

    def cancel(self, asked: Mapping[str, str]) -> str:
        """Where the browser goes when the person gave up. Raises RequestRefused."""
        back = {"error": "access_denied", "state": asked.get("state", ""), "iss": self.issuer}
        return self._back(self.check(asked), back)

    def token(self, form: Mapping[str, str]) -> Reply:
        """What the token endpoint answers; a code is gone with the first try."""
        with self._changing:
            given = self._codes.pop(form.get("code", ""), None)
        client_id = self._client_of(form)
        if client_id is None:
            return _error(401, "invalid_client")
        verifier = form.get("code_verifier", "")
        is_good = (
            given is not None
            and form.get("grant_type") == "authorization_code"
            and given.client_id == client_id
            and given.redirect_uri == form.get("redirect_uri")
            and self.clock.now() - given.at < _CODE_LASTS
            and hmac.compare_digest(rules.challenge_of(verifier), given.challenge)
        )
        if given is None or not is_good:
            return _error(400, "invalid_grant")
        body = {
            "access_token": secrets.token_urlsafe(32),
            "token_type": "Bearer",
            "expires_in": 60,
            "scope": "openid",
            "id_token": self.signed(self.claims(client_id, given.nonce, given.person)),
        }
        return Reply(200, json.dumps(body).encode())

    def certs(self) -> Reply:
        """The keys that its tokens are signed with, the newest first."""
        listed = [
            {**key.as_dict(private=False), "alg": ALGORITHM, "use": "sig"} for key in self._keys
        ]
        return Reply(200, json.dumps({"keys": listed}).encode())

    def claims(self, client_id: str, nonce: str, person: str) -> dict[str, Any]:
        """What an ID token says of a person, with an id that is theirs at this client only."""
        now = int(self.clock.now().timestamp())
        pairwise = hmac.digest(self._secret, f"{client_id} {person}".encode(), "sha256").hex()
        return {
            "iss": self.issuer,
            "sub": pairwise,
            "aud": client_id,
            "exp": now + 300,
            "iat": now,
            "auth_time": now,
            "nonce": nonce,
            "acr": "aal3",
        }

    def signed(self, claims: Mapping[str, Any]) -> str:
        """A token with the newest key."""
        key = self._keys[0]
        return jwt.encode({"alg": ALGORITHM, "kid": key.kid}, dict(claims), key)

    def rotate(self, *, keep: bool = True) -> None:
        """Sign with a new key from now on; ``keep``: the ones before stay listed."""
        self._keys = [_new_key(), *(self._keys if keep else [])]

    def _client_of(self, form: Mapping[str, str]) -> str | None:
        """Whose assertion is in the form (RFC 7523 §3), if it is good and new."""
        assertion = form.get("client_assertion", "")
        if form.get("client_assertion_type") != _ASSERTION_TYPE:
            return None
        try:
            told = json.loads(jws.extract_compact(assertion.encode()).payload)
            client_id = str(told["sub"])
            key = ECKey.import_key(dict(self.clients[client_id].public_key))
            claims = jwt.decode(assertion, key, algorithms=[ALGORITHM]).claims
            now = self.clock.now().timestamp()
            is_good = (
                claims["iss"] == client_id == form.get("client_id", client_id)
                and claims["aud"] == self.token_address
                and now < claims["exp"] <= now + 600
            )
            jti = hashlib.sha256(str(claims["jti"]).encode()).hexdigest()
        except (JoseError, ValueError, KeyError, TypeError):
            return None
        with self._changing:
            is_new = jti not in self._used
            self._used.add(jti)
        return client_id if is_good and is_new else None

    def _back(self, client: Client, answer: Mapping[str, str]) -> str:
        return f"{client.redirect_uri}?{urlencode(answer)}"


def _new_key() -> ECKey:
    return ECKey.generate_key("P-256", auto_kid=True)


def _error(status: int, code: str) -> Reply:
    return Reply(status, json.dumps({"error": code}).encode())
