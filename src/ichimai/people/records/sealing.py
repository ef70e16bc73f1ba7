"""A key for each person, wrapped with the operator's: without it, sealed text is noise."""

import hmac
import os
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ichimai.people.records import key_file
from ichimai.people.records.errors import WrongPersonalKey

_BYTES: Final = 32
_NONCE: Final = 12


@dataclass(frozen=True, slots=True)
class PersonalKey:
    """At least 32 secret bytes outside the database, and those used before, while they rotate.

    ``sector``: whose records; two operators with one secret still share no hash of one name.
    """

    secret: bytes = field(repr=False)
    sector: str
    former: bytes | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if any(len(secret) < _BYTES for secret in (self.secret, self.former) if secret is not None):
            raise ValueError("a personal key has at least 32 bytes")

    @classmethod
    def load(cls, path: Path, sector: str) -> "PersonalKey":
        """The key in the file ``path``, which is made, readable by its owner only, if absent.

        A line of hexadecimal digits; while the key is changed, the former one in a second line.
        Raises ValueError when the file is not whole.
        """
        text = key_file.kept(path, lambda: f"{os.urandom(_BYTES).hex()}\n")
        lines = text.splitlines(keepends=True)
        if not 1 <= len(lines) <= 2 or not text.endswith("\n"):
            raise ValueError("a personal key's file has one or two whole lines")
        secret, *former = (bytes.fromhex(line) for line in lines)
        return cls(secret, sector, former[0] if former else None)

    @property
    def fingerprint(self) -> bytes:
        """What is kept beside a wrapped key; it tells nothing about the key."""
        return _fingerprint(self.secret)

    @property
    def fingerprints(self) -> frozenset[bytes]:
        """Those of the key and of the former one."""
        return frozenset(_fingerprint(each) for each in (self.secret, self.former) if each)


@dataclass(frozen=True, slots=True)
class SubjectKey:
    """One person's key."""

    subject: UUID
    id: UUID
    secret: bytes = field(repr=False)

    @classmethod
    def new(cls, subject: UUID, id_: UUID) -> "SubjectKey":
        """A new random key."""
        return cls(subject, id_, os.urandom(_BYTES))

    def seal(self, row: UUID, text: str) -> bytes:
        """``text`` under this key, good for this one row only."""
        return _sealed(self.secret, text.encode(), self.subject.bytes + row.bytes)

    def open(self, row: UUID, sealed: bytes) -> str:
        """What was sealed for that row. Raises WrongPersonalKey when it was moved or changed."""
        opened = _opened(self.secret, sealed, self.subject.bytes + row.bytes)
        if opened is None:
            raise WrongPersonalKey
        return opened.decode()


def wrapped(key: PersonalKey, own: SubjectKey) -> bytes:
    """A person's key as the database keeps it."""
    return _sealed(_wrapping(key.secret), own.secret, own.subject.bytes + own.id.bytes)


def unwrapped(key: PersonalKey, *, subject: UUID, id_: UUID, kept: bytes) -> SubjectKey:
    """A person's key again. Raises WrongPersonalKey."""
    for secret in (key.secret, key.former):
        if secret is not None:
            own = _opened(_wrapping(secret), kept, subject.bytes + id_.bytes)
            if own is not None:
                return SubjectKey(subject, id_, own)
    raise WrongPersonalKey


def blinds(key: PersonalKey, purpose: str, *parts: str) -> list[bytes]:
    """Hashes by which equal ``parts`` are found again, by nobody without the key.

    First by the present key, then by the former one, while keys rotate.
    """
    secrets = [secret for secret in (key.secret, key.former) if secret is not None]
    return [_blind(secret, key.sector, purpose, *parts) for secret in secrets]


def _blind(secret: bytes, *words: str) -> bytes:
    body = b"".join(len(word.encode()).to_bytes(4) + word.encode() for word in words)
    return hmac.digest(_derived(secret, b"blind"), body, "sha256")


def text_sha256(text: str) -> bytes:
    """The hash of a text that was shown, to know it again."""
    return sha256(text.encode()).digest()


def _fingerprint(secret: bytes) -> bytes:
    return _derived(secret, b"fingerprint")[:8]


def _wrapping(secret: bytes) -> bytes:
    return _derived(secret, b"wrapping")


def _derived(secret: bytes, purpose: bytes) -> bytes:
    return hmac.digest(secret, b"ichimai people " + purpose, "sha256")


def _sealed(secret: bytes, text: bytes, place: bytes) -> bytes:
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(secret).encrypt(nonce, text, place)


def _opened(secret: bytes, sealed: bytes, place: bytes) -> bytes | None:
    try:
        return AESGCM(secret).decrypt(sealed[:_NONCE], sealed[_NONCE:], place)
    except (InvalidTag, ValueError):
        return None
