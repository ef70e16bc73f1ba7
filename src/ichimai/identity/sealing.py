"""What is derived from the operator's identity key: how numbers and lists of stops are kept.

``key`` is 32 secret bytes of one operator, derived from the registry's key and never stored.
From it each service gets two keys of its own, so that what one service's key opens or compares
means nothing at another (faults.md F84).
"""

import hmac
import os
from typing import Final

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

_NONCE_BYTES: Final = 12


def operator_key(secret: bytes, sector: str) -> bytes:
    """The identity key of the operator that is ``sector``; ``secret`` is the registry's."""
    return _derived(secret, b"identity", sector.encode())


def number_hash(key: bytes, service: str, number: str) -> bytes:
    """By what two links of one service are known to have the same number."""
    compared = _derived(key, b"compare numbers", service.encode())
    return hmac.digest(compared, number.encode(), "sha256")


def sealed(key: bytes, service: str, mark: bytes, number: str) -> bytes:
    """A number under AES-256-GCM; ``mark`` is what it belongs to and opens with alone."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + _cipher(key, service).encrypt(nonce, number.encode(), mark)


def opened(key: bytes, service: str, mark: bytes, text: bytes) -> str | None:
    """What was sealed; None when it was with another key, for another mark, or is damaged."""
    nonce, body = text[:_NONCE_BYTES], text[_NONCE_BYTES:]
    try:
        return _cipher(key, service).decrypt(nonce, body, mark).decode()
    except (InvalidTag, ValueError):
        return None


def signature(key: bytes, message: bytes) -> bytes:
    """Ed25519 (RFC 8032) of ``message`` by the operator."""
    return _signing_key(key).sign(message)


def is_signature(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the owner of ``public_key`` signed ``message``."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def public_key(key: bytes) -> bytes:
    """The 32 bytes with which devices check what the operator signed."""
    return _signing_key(key).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def _signing_key(key: bytes) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(_derived(key, b"sign for devices", b""))


def _cipher(key: bytes, service: str) -> AESGCM:
    return AESGCM(_derived(key, b"seal numbers", service.encode()))


def _derived(key: bytes, purpose: bytes, part: bytes) -> bytes:
    return hmac.digest(key, purpose + b"\0" + part, "sha256")
