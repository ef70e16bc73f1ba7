"""What is asked of a provider, and when its answer is believed. Pure.

Sources: OpenID Connect Core 1.0 §3.1, RFC 7636 (PKCE), RFC 9207 (iss), RFC 9700 (best practice).
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from ichimai.oidc.errors import DigitalIdCancelled, DigitalIdRefused
from ichimai.oidc.model import Provider

LASTS: Final = timedelta(minutes=10)
"""How long a person may take at the provider: the app, the card, a PIN."""

SKEW: Final = timedelta(seconds=60)
OLDEST: Final = timedelta(minutes=10)
_MOST: Final = 2_048
"""Characters of a parameter that a provider may send back."""


def nonce_of(key: bytes, state: str) -> str:
    """The nonce that goes with a state: nothing of it is kept anywhere."""
    return _derived(key, b"oidc nonce", state)


def verifier_of(key: bytes, state: str) -> str:
    """The PKCE code verifier that goes with a state (43 characters, RFC 7636 §4.1)."""
    return _derived(key, b"oidc verifier", state)


def challenge_of(verifier: str) -> str:
    """Its S256 challenge (RFC 7636 §4.2)."""
    return _base64url(hashlib.sha256(verifier.encode()).digest())


def state_hash(state: str) -> bytes:
    """What is kept of a state."""
    return hashlib.sha256(state.encode()).digest()


def identity_of(key: bytes, issuer: str, subject: str) -> bytes:
    """What is kept of a provider's pairwise id (sub): a keyed hash, of no use without the key."""
    parts = b"".join(len(p.encode()).to_bytes(4) + p.encode() for p in (issuer, subject))
    return hmac.digest(key, b"oidc identity" + parts, "sha256")


def address_of(provider: Provider, key: bytes, state: str) -> str:
    """Where the browser is sent (OIDC Core §3.1.2.1)."""
    asked = {
        "response_type": "code",
        "scope": "openid",
        "client_id": provider.client_id,
        "redirect_uri": provider.redirect_uri,
        "state": state,
        "nonce": nonce_of(key, state),
        "code_challenge": challenge_of(verifier_of(key, state)),
        "code_challenge_method": "S256",
    }
    return f"{provider.authorization}?{urlencode(asked)}"


def code_in(provider: Provider, answer: Mapping[str, str]) -> str:
    """The code that the browser brought back; ``answer`` is of a state that was ours.

    Raises DigitalIdCancelled and DigitalIdRefused.
    """
    if answer.get("iss", provider.issuer) != provider.issuer:
        # Another provider's answer to our question (mix-up, RFC 9207 §2.4).
        raise DigitalIdRefused
    if answer.get("error") == "access_denied":
        raise DigitalIdCancelled
    code = answer.get("code", "")
    if "error" in answer or not 1 <= len(code) <= _MOST:
        raise DigitalIdRefused
    return code


def assertion_claims(provider: Provider, now: datetime, jti: UUID) -> dict[str, Any]:
    """What we sign to show that we are the client (RFC 7523 §3)."""
    return {
        "iss": provider.client_id,
        "sub": provider.client_id,
        "aud": provider.token,
        "jti": str(jti),
        "iat": int(now.timestamp()),
        "exp": int((now + SKEW).timestamp()),
    }


def subject_in(claims: Mapping[str, Any], provider: Provider, *, nonce: str, now: datetime) -> str:
    """The pairwise id in an ID token whose signature is right (OIDC Core §3.1.3.7).

    Raises DigitalIdRefused.
    """
    is_right = (
        claims.get("iss") == provider.issuer
        and claims.get("aud") in (provider.client_id, [provider.client_id])
        and claims.get("azp", provider.client_id) == provider.client_id
        and _is_now(claims.get("iat"), claims.get("exp"), claims.get("nbf", 0), now)
        and isinstance(claims.get("nonce"), str)
        and hmac.compare_digest(str(claims["nonce"]).encode(), nonce.encode())
    )
    subject = claims.get("sub")
    if not is_right or not isinstance(subject, str) or not 1 <= len(subject) <= 255:
        raise DigitalIdRefused
    return subject


def _is_now(issued: object, expires: object, begins: object, now: datetime) -> bool:
    instants = (issued, expires, begins)
    if not all(isinstance(at, int | float) and not isinstance(at, bool) for at in instants):
        return False
    second = now.timestamp()
    issued_at, expires_at, begins_at = (float(str(at)) for at in instants)
    skew, oldest = SKEW.total_seconds(), OLDEST.total_seconds()
    is_fresh = second - oldest <= issued_at <= second + skew
    return is_fresh and second < expires_at + skew and begins_at <= second + skew


def _derived(key: bytes, purpose: bytes, state: str) -> str:
    return _base64url(hmac.digest(key, purpose + state.encode(), "sha256"))


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
