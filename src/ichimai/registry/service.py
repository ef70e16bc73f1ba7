"""What the registry does: issue cards, tell sectors whom they have before them, stop cards."""

import os
from collections.abc import Sequence
from uuid import UUID

from ichimai.kernel import Clock, ids
from ichimai.registry import rules, store
from ichimai.registry.card_code import new_code
from ichimai.registry.errors import UnknownCredential, UnknownHolder, WrongRegistryKey
from ichimai.registry.key import RegistryKey
from ichimai.registry.model import (
    CredentialId,
    HolderId,
    IssuedCard,
    Resolved,
    StoppedCredential,
    SubjectId,
)
from ichimai.storage import ReadTx, WriteTx


def confirm_key(tx: WriteTx, key: RegistryKey) -> None:
    """Make sure that ``key`` is the one that this registry was first written with.

    For start-up: with another key, every card would be unknown. Raises WrongRegistryKey.
    """
    digest = rules.key_check(key)
    store.keep_key_digest(tx, digest)
    if store.key_digest(tx) != digest:
        raise WrongRegistryKey


def new_cards(tx: WriteTx, key: RegistryKey, clock: Clock, count: int) -> list[IssuedCard]:
    """Issue ``count`` printed cards, each to a new holder. Raises WrongRegistryKey."""
    return issue_cards(tx, key, clock, new_holders(tx, clock, count))


def new_holders(tx: WriteTx, clock: Clock, count: int) -> list[HolderId]:
    """``count`` new holders, without cards."""
    holders = [HolderId(ids.uuid7(clock)) for _ in range(count)]
    store.add_holders(tx, holders, clock.now())
    return holders


def holders_without_card(
    tx: ReadTx, sector: str, subjects: Sequence[SubjectId]
) -> dict[SubjectId, HolderId]:
    """The holders behind those of a sector's ``subjects`` who have no card that works."""
    return store.holders_without_card(tx, sector, subjects)


def issue_card(tx: WriteTx, key: RegistryKey, clock: Clock, holder: HolderId) -> IssuedCard:
    """Issue one more printed card to ``holder``; those issued before stay as they are.

    Raises UnknownHolder, WrongRegistryKey.
    """
    if not store.has_holder(tx, holder):
        raise UnknownHolder(holder)
    return issue_cards(tx, key, clock, [holder])[0]


def subjects(
    tx: WriteTx, clock: Clock, sector: str, holders: Sequence[HolderId]
) -> list[SubjectId]:
    """By what ``sector`` knows each of ``holders``, in their order; made at the first use."""
    known = store.subjects(tx, sector, holders)
    missing = sorted(set(holders) - known.keys())
    if missing:
        pairs = [(holder, _new_subject()) for holder in missing]
        store.add_subjects(tx, sector, pairs, clock.now())
        known |= store.subjects(tx, sector, missing)
    return [known[holder] for holder in holders]


def resolve(
    tx: ReadTx, key: RegistryKey, sector: str, codes: Sequence[str]
) -> list[Resolved | None]:
    """Whom and what each of ``codes`` means to ``sector``; None: no card of ours.

    One query for all. A code that is unknown, malformed or another system's takes the same
    way as a good one.
    """
    hashes = rules.number_hashes(key, codes)
    known = store.known_as(tx, sector, hashes)
    rows = [known.get(hash_) for hash_ in hashes]
    references = rules.references(key, sector, [row[1] if row else ids.NIL for row in rows])
    return [
        Resolved(row[3], reference, row[2]) if row else None
        for row, reference in zip(rows, references, strict=True)
    ]


def stop_credential(tx: WriteTx, key: RegistryKey, clock: Clock, code: str) -> StoppedCredential:
    """Stop the card with ``code``; the same again changes nothing. Raises UnknownCredential.

    The caller then tells every sector named in the answer.
    """
    stopped = _stop(tx, key, clock, rules.number_hashes(key, [code]))
    if not stopped:
        raise UnknownCredential
    return stopped[0]


def stop_cards_of(
    tx: WriteTx, key: RegistryKey, clock: Clock, sector: str, subject: SubjectId
) -> list[StoppedCredential]:
    """Stop every card of the person whom ``sector`` knows as ``subject``: the card is lost.

    The caller then tells every sector named in the answers. Raises UnknownHolder.
    """
    holder = store.holder_of(tx, sector, subject)
    if holder is None:
        raise UnknownHolder(subject)
    return _stop(tx, key, clock, store.hashes_of(tx, holder))


def issue_cards(
    tx: WriteTx, key: RegistryKey, clock: Clock, holders: Sequence[HolderId]
) -> list[IssuedCard]:
    """Issue one printed card to each of ``holders``, who exist. Raises WrongRegistryKey."""
    confirm_key(tx, key)
    cards = [IssuedCard(holder, CredentialId(ids.uuid7(clock)), new_code()) for holder in holders]
    hashes = rules.number_hashes(key, (card.code for card in cards))
    numbered = zip(hashes, cards, strict=True)
    store.add_cards(
        tx, ((hash_, card.credential, card.holder) for hash_, card in numbered), clock.now()
    )
    return cards


def _stop(
    tx: WriteTx, key: RegistryKey, clock: Clock, hashes: list[bytes]
) -> list[StoppedCredential]:
    return [
        StoppedCredential(
            credential=credential,
            holder=holder,
            stopped_at=stopped_at,
            references={
                sector: rules.references(key, sector, [credential])[0]
                for sector in store.sectors_of(tx, holder)
            },
        )
        for credential, holder, stopped_at in store.stop(tx, hashes, clock.now())
    ]


def _new_subject() -> SubjectId:
    """A UUIDv4: a time in it would let two sectors guess that they mean the same person."""
    return SubjectId(UUID(bytes=os.urandom(16), version=4))
