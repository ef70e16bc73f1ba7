"""What is derived from the operator's identity key: how numbers and lists of stops are kept.

``key`` is 32 secret bytes of one operator, derived from the registry's key and never stored.
From it each service gets two keys of its own, so that what one service's key opens or compares
means nothing at another (faults.md F84).
"""

import hmac
import os
from typing import Final

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

_NONCE_BYTES: Final = 12
_POINT_BYTES: Final = 65
_BOX: Final = b"ichimai box\0"
_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of P-256 (FIPS 186-4 D.1.2.3)."""


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


def box_key(key: bytes) -> bytes:
    """The 65 bytes (P-256, uncompressed) with which a browser closes what only we open."""
    return _box_key(key).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def out_of_box(key: bytes, mark: bytes, box: bytes) -> str | None:
    """What a browser put into a box for ``mark``; None when it did not, or not for this key.

    A key of the box's own, 65 bytes as above, and under what the two keys have in common (ECDH,
    HKDF with SHA-256) AES-256-GCM. ``static/sealed-box.js`` closes it.
    """
    theirs, body = box[:_POINT_BYTES], box[_POINT_BYTES:]
    try:
        other = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs)
        common = _box_key(key).exchange(ec.ECDH(), other)
        cipher = AESGCM(HKDF(SHA256(), 32, salt=None, info=_BOX + theirs).derive(common))
        # The key is used once.
        return cipher.decrypt(bytes(_NONCE_BYTES), body, mark).decode()
    except (InvalidTag, ValueError):
        return None


def _box_key(key: bytes) -> ec.EllipticCurvePrivateKey:
    scalar = int.from_bytes(_derived(key, b"open boxes", b"")) % (_ORDER - 1) + 1
    return ec.derive_private_key(scalar, ec.SECP256R1())


def _signing_key(key: bytes) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(_derived(key, b"sign for devices", b""))


def _cipher(key: bytes, service: str) -> AESGCM:
    return AESGCM(_derived(key, b"seal numbers", service.encode()))


def _derived(key: bytes, purpose: bytes, part: bytes) -> bytes:
    return hmac.digest(key, purpose + b"\0" + part, "sha256")
