"""What is asked at every tap: whom and what a sector has before it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from ichimai.cards import Kind, Shown
from ichimai.kernel import Clock, ids
from ichimai.registry import rules, store
from ichimai.registry.errors import WrongRegistryKey
from ichimai.registry.key_file import RegistryKey
from ichimai.registry.model import CredentialStatus, Resolved
from ichimai.registry.rules import Hashes
from ichimai.registry.store import KnownAs
from ichimai.storage import ReadTx

_KINDS: Final = {kind.value: kind for kind in Kind}


def resolve(
    tx: ReadTx, key: RegistryKey, sector: str, codes: Sequence[str]
) -> list[Resolved | None]:
    """Whom and what each printed card's code means to ``sector``; None: no card of ours.

    One query for all. A code that is unknown, malformed or another system's takes the same
    way as a good one. Raises WrongRegistryKey.
    """
    return _resolved(tx, key, sector, rules.code_hashes(key, codes), None)


def resolve_shown(
    tx: ReadTx, key: RegistryKey, clock: Clock, sector: str, shown: Sequence[Shown]
) -> list[Resolved | None]:
    """The same for whatever cards showed.

    What a card showed is no proof that it is the card: a FeliCa card's IDm and an old card's
    number can be copied.
    """
    return _resolved(tx, key, sector, rules.number_hashes(key, shown), clock.now())


def _resolved(
    tx: ReadTx, key: RegistryKey, sector: str, hashes: Hashes, at: datetime | None
) -> list[Resolved | None]:
    found, generation = store.known_as(tx, sector, hashes)
    if not rules.is_of_this_time(key, generation):
        raise WrongRegistryKey
    references = rules.references(key, sector, [known.id if known else ids.NIL for known in found])
    return [
        _told(known, reference, at) if known else None
        for known, reference in zip(found, references, strict=True)
    ]


def _told(known: KnownAs, reference: UUID, at: datetime | None) -> Resolved:
    status = rules.status(known.status, known.valid_until, at)
    return Resolved(
        known.subject,
        reference,
        status is not CredentialStatus.ACTIVE,
        _KINDS[known.kind],
        known.valid_until,
        known.public_key,
        known.issued_at,
    )
