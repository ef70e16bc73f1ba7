"""UUIDs of version 7 (RFC 9562 §5.7), made by whoever asks for something, before asking."""

import os
from datetime import UTC, datetime
from uuid import UUID, SafeUUID

from ichimai.kernel.clock import Clock

NIL = UUID(int=0)
"""The nil UUID (RFC 9562 §5.9): "none", where a column holds no other."""

# A UUID refuses to be assigned to; these are its slots' own setters.
_new_object = object.__new__
_set_int = vars(UUID)["int"].__set__
_set_is_safe = vars(UUID)["is_safe"].__set__
_IS_SAFE = SafeUUID.unknown


def uuid7(clock: Clock) -> UUID:
    """A new id that sorts by the millisecond at which it was made; 74 random bits."""
    return uuid7_at(clock.now(), os.urandom(10))


def uuid7_at(at: datetime, entropy: bytes) -> UUID:
    """The id of the instant ``at`` with 10 bytes of ``entropy``."""
    milliseconds = int(at.timestamp() * 1000)
    value = milliseconds << 80 | int.from_bytes(entropy)
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return UUID(int=value)


def made_at(id_: UUID) -> datetime | None:
    """The instant written in a UUIDv7, in UTC; None when ``id_`` is of another kind."""
    if id_.int >> 76 & 0xF != 0x7 or id_.int >> 62 & 0x3 != 0x2:
        return None
    return datetime.fromtimestamp((id_.int >> 80) / 1000, UTC)


def uuid_of(value: int) -> UUID:
    """``UUID(int=value)`` for a value that is known to have 128 bits, in a fifth of the time.

    ``UUID`` looks each time at all the ways in which it may be called; accounts, lots and tallies
    have derived ids, a dozen a purchase.
    """
    made = _new_object(UUID)
    _set_int(made, value)
    _set_is_safe(made, _IS_SAFE)
    return made
