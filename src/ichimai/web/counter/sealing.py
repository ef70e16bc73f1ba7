"""What the browser of a counter keeps for us, and cannot read or change.

The sitting lies in a cookie, drafts in forms. Both are good for one session of one member of staff
only. Written in the letters a to p, in which no number can be read.
"""

import hmac
import os
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ichimai.web.layout.letters import bytes_of, letters

_NONCE_BYTES: Final = 12

DRAFT_LIFE: Final = timedelta(minutes=5)
"""How long what was begun waits for the second tap: as long as a link does."""

Kept = TypeVar("Kept", bound=msgspec.Struct)


class Deed(msgspec.Struct, frozen=True):
    """Something that was done for the person: for the page, and for the slip."""

    code: str
    at: datetime
    about: str = ""


class Sitting(msgspec.Struct, frozen=True):
    """What a clerk is about: a purpose, and the person who is there, once somebody is.

    ``id`` is another one for each choice of a purpose; ``visit`` is the tap's. ``used``:
    forms that did their work, and do not do it again when a page is loaded anew.
    """

    id: str
    purpose: str
    note: str = ""
    token: str = ""
    visit: str = ""
    deeds: tuple[Deed, ...] = ()
    used: tuple[str, ...] = ()


class Draft(msgspec.Struct, frozen=True):
    """What is to be done as soon as the same card is shown again.

    ``visit``, ``tap``, ``reference`` and ``subject`` are those of the tap with which it was begun.
    ``lines`` (label and value) and ``warning`` are what is read out before.
    """

    sitting: str
    made_at: datetime
    action: str
    visit: UUID
    tap: UUID
    reference: UUID
    subject: UUID
    fields: Mapping[str, Any]
    lines: tuple[tuple[str, str], ...] = ()
    warning: str = ""


class Newcomer(msgspec.Struct, frozen=True):
    """A card that nobody here knows, as it was proved to be there."""

    sitting: str
    made_at: datetime
    kind: str
    number: bytes
    scheme: str
    assurance: str
    valid_until: datetime | None = None


def new_id() -> str:
    """128 random bits."""
    return letters(os.urandom(16))


def mark_of(token: str) -> str:
    """By what a form names the tap that its page was about. It does not tell the token."""
    return letters(hmac.digest(token.encode(), b"counter mark", "sha256")[:16])


def seal(secret: bytes, session: UUID, kept: msgspec.Struct) -> str:
    """What only this session's pages bring back, unchanged."""
    nonce = os.urandom(_NONCE_BYTES)
    body = msgspec.json.encode(kept)
    return letters(nonce + _cipher(secret).encrypt(nonce, body, _mark(session, type(kept))))


def unseal(secret: bytes, session: UUID, text: str, kind: type[Kept]) -> Kept | None:
    """What was sealed as a ``kind``; None when it was not, or not for this session."""
    try:
        data = bytes_of(text)
        nonce, body = data[:_NONCE_BYTES], data[_NONCE_BYTES:]
        opened = _cipher(secret).decrypt(nonce, body, _mark(session, kind))
    except (InvalidTag, ValueError):
        return None
    return msgspec.json.decode(opened, type=kind)


def _cipher(secret: bytes) -> AESGCM:
    return AESGCM(hmac.digest(secret, b"counter", "sha256"))


def _mark(session: UUID, kind: type[msgspec.Struct]) -> bytes:
    return session.bytes + kind.__name__.encode()
