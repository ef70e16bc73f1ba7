"""How numbers and ids are hidden: everything here is a keyed hash, and pure.

Each message starts with its purpose and a NUL, so that no two purposes can share a hash.
"""

import hmac
from collections.abc import Iterable
from uuid import UUID

from ichimai.kernel import typed_codes
from ichimai.registry.key import RegistryKey

_VERSION_8 = 0x8 << 76 | 0x2 << 62
_OTHER_BITS = ~(0xF << 76 | 0x3 << 62)


def number_hashes(key: RegistryKey, codes: Iterable[str]) -> list[bytes]:
    """By what the registry knows each printed code; for text that is no code as well.

    A malformed code costs what a good one costs and is found nowhere (faults.md F73, G103).
    """
    secret, digest, normalised = key.secret, hmac.digest, typed_codes.normalised
    return [
        digest(secret, b"printed_qr\0" + normalised(code).encode("utf-8", "replace"), "sha256")
        for code in codes
    ]


def references(key: RegistryKey, sector: str, credentials: Iterable[UUID]) -> list[UUID]:
    """By what ``sector`` knows each credential: UUIDv8s that no other sector can derive."""
    secret, digest, prefix = key.secret, hmac.digest, b"reference\0" + sector.encode() + b"\0"
    return [
        _uuid8(digest(secret, prefix + credential.bytes, "sha256")) for credential in credentials
    ]


def key_check(key: RegistryKey) -> bytes:
    """What the registry keeps to notice another key; it tells nothing about the key."""
    return hmac.digest(key.secret, b"key check\0", "sha256")


def _uuid8(digest: bytes) -> UUID:
    return UUID(int=int.from_bytes(digest[:16]) & _OTHER_BITS | _VERSION_8)
