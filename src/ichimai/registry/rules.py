"""How numbers and ids are hidden, which is all keyed hashes, and who is one person with whom.

Each hashed message starts with its purpose and a NUL, so that no two purposes share a hash.
"""

import hmac
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from ichimai.cards import Kind, Shown, felica, phone_codes
from ichimai.kernel import typed_codes
from ichimai.kernel.ids import uuid_of
from ichimai.registry.key_file import RegistryKey
from ichimai.registry.model import (
    CredentialStatus,
    HolderId,
    KeyState,
    Merge,
    SubjectId,
    TwoSubjects,
)

SPENDING: Final = frozenset(
    {Kind.MY_NUMBER_CARD, Kind.PHONE_CERTIFICATE, Kind.PRINTED_QR, Kind.PHONE}
)
"""What can pay by itself: an IDm or an old number alone never does (faults.md E72)."""

ONE_LIVE: Final = frozenset({Kind.MY_NUMBER_CARD, Kind.PHONE_CERTIFICATE})
"""A person has one certificate of each at a time: a new one revokes the old (公的個人認証法)."""

# An enumeration looks its members up much slower.
_STATUSES: Final = {status.value: status for status in CredentialStatus}

_VERSION_8 = 0x8 << 76 | 0x2 << 62
_OTHER_BITS = ~(0xF << 76 | 0x3 << 62)

Hashes = tuple[list[bytes], list[bytes]]
"""By which each of some numbers may be known: by the newest key, and by the one before it.

The two are the same where no key was ever added.
"""

Subjects = Mapping[HolderId, Mapping[str, SubjectId]]
"""By sector, the subject that each holder was given there."""


def is_fit(shown: Shown, public_key: bytes | None) -> bool:
    """Whether what was shown can stand for somebody from now on.

    An IDm that a phone chooses anew is anybody's tomorrow; a phone is known by its own key.
    """
    if shown.kind is Kind.FELICA:
        return not felica.Idm(shown.number).is_volatile
    if shown.kind is Kind.PHONE:
        is_key = public_key is not None and phone_codes.is_public_key(public_key)
        return is_key and phone_codes.is_device(shown.number)
    return True


def number_hashes(key: RegistryKey, shown: Iterable[Shown]) -> Hashes:
    """By what the registry knows each number."""
    return _hashes(key, map(_message, shown))


def code_hashes(key: RegistryKey, codes: Iterable[str]) -> Hashes:
    """By what the registry knows each printed code; for text that is no code as well.

    A malformed code costs what a good one costs and is found nowhere (faults.md E73).
    """
    return _hashes(key, map(_message, map(printed, codes)))


def printed(code: str) -> Shown:
    """What a printed card with ``code`` shows, however it is typed."""
    return Shown(Kind.PRINTED_QR, typed_codes.normalised(code).encode("utf-8", "replace"))


def rehashed(key: RegistryKey, hashes: Iterable[bytes], generation: int) -> list[bytes]:
    """What hashes of the generation before become in ``generation``, counted from 1."""
    secret, digest = key.added[generation - 1], hmac.digest
    return [digest(secret, hash_, "sha256") for hash_ in hashes]


def of_generation(key: RegistryKey, hashes: Hashes, generation: int) -> list[bytes]:
    """Those of ``hashes`` that are of ``generation``: the key's last or the one before."""
    return hashes[key.generation - generation]


def references(key: RegistryKey, sector: str, credentials: Iterable[UUID]) -> list[UUID]:
    """By what ``sector`` knows each credential: UUIDv8s that no other sector can derive."""
    secret, digest, prefix = key.secret, hmac.digest, b"reference\0" + sector.encode() + b"\0"
    return [
        _uuid8(digest(secret, prefix + credential.bytes, "sha256")) for credential in credentials
    ]


def key_check(key: RegistryKey) -> bytes:
    """What the registry keeps to notice another key; it tells nothing about the key."""
    return hmac.digest(key.secret, b"key check\0", "sha256")


def numbers_check(key: RegistryKey, generation: int) -> bytes:
    """The same for the keys that were added up to ``generation``."""
    check = key_check(key)
    for added in key.added[:generation]:
        check = hmac.digest(added, b"numbers check\0" + check, "sha256")
    return check


def is_right(key: RegistryKey, state: KeyState) -> bool:
    """Whether a registry in ``state`` was written with ``key``, or with all of it but the last.

    The last may be there before its use, but not before that of the one before it.
    """
    generation = state.generation
    is_next = generation + 1 == key.generation and state.rewritten_to is None
    return (
        (is_next or generation == key.generation)
        and hmac.compare_digest(state.digest, key_check(key))
        and hmac.compare_digest(state.numbers_digest, numbers_check(key, generation))
    )


def is_of_this_time(key: RegistryKey, generation: int | None) -> bool:
    """Whether ``key`` finds all numbers of a registry of ``generation``; None: it has none."""
    return generation is None or generation in {key.generation, key.generation - 1}


def status(kept: str, valid_until: datetime | None, at: datetime | None = None) -> CredentialStatus:
    """The status at ``at`` of a credential that is ``kept`` as active, stopped or replaced."""
    if kept == CredentialStatus.ACTIVE and valid_until is not None and at is not None:
        return CredentialStatus.EXPIRED if valid_until <= at else CredentialStatus.ACTIVE
    return _STATUSES[kept]


def groups(
    holders: Iterable[HolderId], merges: Iterable[Merge]
) -> dict[HolderId, tuple[HolderId, ...]]:
    """Who is one person with each of ``holders``, in the order in which their subjects count.

    A merge puts the people of the one it keeps first. One that was taken back is left out, and
    the others mean what they said: these two holders are one person.
    """
    found: dict[HolderId, tuple[HolderId, ...]] = {holder: (holder,) for holder in holders}
    for merge in sorted(merges, key=lambda merge: merge.number):
        joined = found[merge.kept] + found[merge.merged]
        for holder in joined:
            found[holder] = joined
    return found


def told(
    kept: Sequence[HolderId], merged: Sequence[HolderId], subjects: Subjects
) -> tuple[TwoSubjects, ...]:
    """The sectors that know both of two people, and as whom."""
    one, other = _who(kept, subjects), _who(merged, subjects)
    both = sorted(one.keys() & other.keys())
    return tuple(TwoSubjects(sector, one[sector], other[sector]) for sector in both)


def _who(members: Sequence[HolderId], subjects: Subjects) -> dict[str, SubjectId]:
    """By sector, who a person of several holders is: the first of them that has a subject."""
    found: dict[str, SubjectId] = {}
    for holder in members:
        found = {**subjects.get(holder, {}), **found}
    return found


def _message(shown: Shown) -> bytes:
    """What is hashed of a number. The scheme's length keeps it apart from the number."""
    scheme = shown.scheme.encode()
    head = b"number\0" + shown.kind.encode() + b"\0" + len(scheme).to_bytes(2)
    return head + scheme + shown.number


def _hashes(key: RegistryKey, messages: Iterable[bytes]) -> Hashes:
    secret, digest = key.secret, hmac.digest
    older = newest = [digest(secret, message, "sha256") for message in messages]
    for generation in range(1, key.generation + 1):
        older, newest = newest, rehashed(key, newest, generation)
    return newest, older


def _uuid8(digest: bytes) -> UUID:
    return uuid_of(int.from_bytes(digest[:16]) & _OTHER_BITS | _VERSION_8)
