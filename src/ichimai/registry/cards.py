"""Printed cards: their codes, their pictures, issuing and stopping them."""

from collections.abc import Sequence

from ichimai.kernel import Clock, ids
from ichimai.registry import rules, service, store
from ichimai.registry.card_code import new_code, parse_code
from ichimai.registry.errors import UnknownCredential, UnknownHolder
from ichimai.registry.key import RegistryKey
from ichimai.registry.model import (
    CredentialId,
    HolderId,
    IssuedCard,
    StoppedCredential,
    SubjectId,
)
from ichimai.registry.picture import card_svg
from ichimai.storage import ReadTx, WriteTx

__all__ = [
    "card_svg",
    "holders_without_card",
    "issue_card",
    "issue_cards",
    "new_cards",
    "parse_code",
    "stop_cards_of",
    "stop_credential",
]


def new_cards(tx: WriteTx, key: RegistryKey, clock: Clock, count: int) -> list[IssuedCard]:
    """Issue ``count`` printed cards, each to a new holder. Raises WrongRegistryKey."""
    return issue_cards(tx, key, clock, service.new_holders(tx, clock, count))


def issue_card(tx: WriteTx, key: RegistryKey, clock: Clock, holder: HolderId) -> IssuedCard:
    """Issue one more printed card to ``holder``; those issued before stay as they are.

    Raises UnknownHolder, WrongRegistryKey.
    """
    if not store.has_holder(tx, holder):
        raise UnknownHolder(holder)
    return issue_cards(tx, key, clock, [holder])[0]


def issue_cards(
    tx: WriteTx, key: RegistryKey, clock: Clock, holders: Sequence[HolderId]
) -> list[IssuedCard]:
    """Issue one printed card to each of ``holders``, who exist. Raises WrongRegistryKey."""
    service.confirm_key(tx, key)
    cards = [IssuedCard(holder, CredentialId(ids.uuid7(clock)), new_code()) for holder in holders]
    hashes = rules.number_hashes(key, (card.code for card in cards))
    numbered = zip(hashes, cards, strict=True)
    store.add_cards(
        tx, ((hash_, card.credential, card.holder) for hash_, card in numbered), clock.now()
    )
    return cards


def holders_without_card(
    tx: ReadTx, sector: str, subjects: Sequence[SubjectId]
) -> dict[SubjectId, HolderId]:
    """The holders behind those of a sector's ``subjects`` who have no card that works."""
    return store.holders_without_card(tx, sector, subjects)


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
