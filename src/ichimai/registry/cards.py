"""Printed cards: their codes, their pictures, issuing and stopping them."""

from collections.abc import Sequence

from ichimai.cards import Kind
from ichimai.kernel import Clock, ids
from ichimai.registry import credentials, holder_store, holders, keys, rules, store
from ichimai.registry.card_code import new_code, parse_code
from ichimai.registry.credentials import stop_all_of as stop_cards_of
from ichimai.registry.errors import UnknownHolder
from ichimai.registry.key_file import RegistryKey
from ichimai.registry.model import (
    CredentialId,
    HolderId,
    IssuedCard,
    StoppedCredential,
    SubjectId,
)
from ichimai.registry.picture import card_svg
from ichimai.registry.store import NewCredential
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
    return issue_cards(tx, key, clock, holders.new(tx, clock, count))


def issue_card(tx: WriteTx, key: RegistryKey, clock: Clock, holder: HolderId) -> IssuedCard:
    """Issue one more printed card to ``holder``; those issued before stay as they are.

    Raises UnknownHolder, WrongRegistryKey.
    """
    if not holder_store.has_holder(tx, holder):
        raise UnknownHolder(holder)
    return issue_cards(tx, key, clock, [holder])[0]


def issue_cards(
    tx: WriteTx, key: RegistryKey, clock: Clock, holders: Sequence[HolderId]
) -> list[IssuedCard]:
    """Issue one printed card to each of ``holders``, who exist. Raises WrongRegistryKey."""
    generation = keys.confirm(tx, key)
    cards = [IssuedCard(holder, CredentialId(ids.uuid7(clock)), new_code()) for holder in holders]
    hashes = rules.of_generation(
        key, rules.code_hashes(key, (card.code for card in cards)), generation
    )
    new = (
        NewCredential(hash_, card.credential, card.holder, Kind.PRINTED_QR)
        for hash_, card in zip(hashes, cards, strict=True)
    )
    store.add(tx, new, generation=generation, at=clock.now())
    return cards


def holders_without_card(
    tx: ReadTx, clock: Clock, sector: str, subjects: Sequence[SubjectId]
) -> dict[SubjectId, HolderId]:
    """The holders behind those of a sector's ``subjects`` who have no card that can pay."""
    found = holder_store.holders_of(tx, sector, subjects)
    people = holders.people(tx, found.values())
    members = {member for person in people.values() for member in person}
    able = store.holders_with(tx, members, rules.SPENDING, clock.now())
    return {subject: holder for subject, holder in found.items() if not able & {*people[holder]}}


def stop_credential(tx: WriteTx, key: RegistryKey, clock: Clock, code: str) -> StoppedCredential:
    """Stop the card with ``code``; the same again changes nothing. Raises UnknownCredential.

    The caller then tells every sector named in the answer.
    """
    return credentials.stop_shown(tx, key, clock, rules.printed(code))
