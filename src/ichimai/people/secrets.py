"""Tokens, argon2, and what is derived from the operator's secret key. No I/O."""

import hashlib
import hmac
import secrets
from threading import BoundedSemaphore
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ichimai.people.model import SecretHash

# The least that OWASP's password storage cheat sheet takes (19 MiB, two passes): a PIN's
# real guard is the key that is not in the database and the counters.
_ARGON2: Final = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
# A crowd at the sign-in page must not take the memory that payments need.
_ARGON2_AT_ONCE = BoundedSemaphore(4)
_NOBODYS_HASH: Final = SecretHash(_ARGON2.hash("nobody"))
_NONCE_BYTES: Final = 12


def secret_hash(secret: str) -> SecretHash:
    """argon2id of a secret: tens of milliseconds, so never inside a transaction."""
    with _ARGON2_AT_ONCE:
        return SecretHash(_ARGON2.hash(secret))


def is_secret(expected: SecretHash | None, secret: str) -> bool:
    """Whether ``secret`` is the expected one; takes as long when nothing is expected."""
    with _ARGON2_AT_ONCE:
        try:
            _ARGON2.verify(expected or _NOBODYS_HASH, secret)
        except (VerifyMismatchError, InvalidHashError):
            return False
    return expected is not None


def keyed(key: bytes, *parts: str) -> bytes:
    """HMAC-SHA-256 of ``parts``, told apart by their lengths."""
    body = b"".join(len(part.encode()).to_bytes(4) + part.encode() for part in parts)
    return hmac.digest(key, body, "sha256")


def new_token() -> str:
    """256 random bits, as text for a cookie."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> bytes:
    """What the database keeps of a token."""
    return hashlib.sha256(token.encode()).digest()


def seal(token: str, text: str) -> bytes:
    """``text`` under AES-256-GCM with a key that only the bearer of ``token`` can make."""
    return _sealed(_sealing_key(token), text)


def opened(token: str, sealed: bytes) -> str | None:
    """What was sealed with ``token``; None when it was another token or the seal is broken."""
    return _opened(_sealing_key(token), sealed)


def lock_away(key: bytes, purpose: str, text: str) -> bytes:
    """``text`` under AES-256-GCM with a key of its own for ``purpose``, made of the operator's."""
    return _sealed(keyed(key, "sealed for", purpose), text)


def unlocked(key: bytes, purpose: str, sealed: bytes) -> str | None:
    """What was locked away for ``purpose``; None when the key is another."""
    return _opened(keyed(key, "sealed for", purpose), sealed)


def _sealed(key: bytes, text: str) -> bytes:
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, text.encode(), None)


def _opened(key: bytes, sealed: bytes) -> str | None:
    nonce, body = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    try:
        return AESGCM(key).decrypt(nonce, body, None).decode()
    except (InvalidTag, ValueError):
        return None


def _sealing_key(token: str) -> bytes:
    # Another use of the token than token_hash, which the database knows.
    return hmac.digest(token.encode(), b"ichimai session seal", "sha256")
