"""Cards that other systems issued: what their numbers look like, taking them over, retiring them.

An imported card works beside every other card of its holder until its scheme is retired.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from ichimai.cards.barcodes import CardScheme
from ichimai.kernel import Clock, ids
from ichimai.kernel.clock import end_of_day
from ichimai.registry import card_list, holders, keys, rules, scheme_store, store
from ichimai.registry.card_list import CardListCode, CardListRefused, CardRow, CardRowError, Column
from ichimai.registry.errors import SchemeTaken, UnknownScheme
from ichimai.registry.key_file import RegistryKey
from ichimai.registry.model import Credential, CredentialId, HolderId, SubjectId
from ichimai.registry.store import NewCredential
from ichimai.storage import ReadTx, WriteTx

__all__ = [
    "CardListRefused",
    "CardRow",
    "Imported",
    "add_scheme",
    "import_list",
    "read",
    "retire",
    "scheme",
    "schemes",
]

read = card_list.read


class Imported(NamedTuple):
    """What an import did. ``subjects``: by row, who its holder is to the sector.

    ``known_cards`` were in the registry before, and stay as they were.
    """

    new_cards: int
    known_cards: int
    new_holders: int
    subjects: dict[int, SubjectId]


def add_scheme(tx: WriteTx, sector: str, scheme: CardScheme) -> None:
    """Note what the numbers of a sector's old cards look like; the same again changes nothing.

    Raises SchemeTaken when the name is in use, here or by any other sector.
    """
    scheme_store.add(tx, sector, scheme)
    if not any(found == scheme for found, _ in scheme_store.of_sector(tx, sector)):
        raise SchemeTaken


def schemes(tx: ReadTx, sector: str) -> dict[CardScheme, datetime | None]:
    """A sector's schemes by name, and the instant from which each is retired."""
    return dict(scheme_store.of_sector(tx, sector))


def scheme(tx: ReadTx, sector: str, name: str) -> CardScheme:
    """One of a sector's schemes. Raises UnknownScheme."""
    for found, _ in scheme_store.of_sector(tx, sector):
        if found.name == name:
            return found
    raise UnknownScheme


def retire(tx: WriteTx, sector: str, name: str, last_on: date | None) -> None:
    """Let all cards of a scheme work through the day ``last_on``; None: without end.

    Raises UnknownScheme.
    """
    at = None if last_on is None else end_of_day(last_on)
    if not scheme_store.retire(tx, sector, name, at):
        raise UnknownScheme


def import_list(
    tx: WriteTx, key: RegistryKey, clock: Clock, sector: str, rows: Sequence[CardRow]
) -> Imported:
    """Take over an issuer's cards: each person on the list becomes a holder with these cards.

    The same list again changes nothing, and a longer one adds what is new: a further card of a
    person goes to whom that person's known cards belong to. Where those belong to different
    holders, all such rows are refused and nothing is taken: an officer looks into it, and may
    merge the two. Raises CardListRefused; NumberTaken when a card was bound elsewhere meanwhile;
    HolderChanging, WrongRegistryKey.
    """
    generation = keys.confirm(tx, key)
    hashes = rules.number_hashes(key, [row.shown for row in rows])
    known = store.of_numbers(tx, hashes, clock.now())
    persons = _persons(rows)
    owners = _owners(tx, persons, known, rows)
    new_people = [person for person, owner in owners.items() if owner is None]
    new_holders = holders.new(tx, clock, len(new_people))
    made = dict(zip(new_people, new_holders, strict=True))
    whose = {
        place: owner or made[person]
        for person, owner in owners.items()
        for place in persons[person]
    }
    in_use = rules.of_generation(key, hashes, generation)
    new = [
        _credential(row, in_use[place], whose[place], clock)
        for place, row in enumerate(rows)
        if known[place] is None
    ]
    store.add_unless_taken(tx, new, generation=generation, at=clock.now())
    subjects = holders.subjects(tx, clock, sector, [whose[place] for place in range(len(rows))])
    by_row = {row.row: subject for row, subject in zip(rows, subjects, strict=True)}
    return Imported(len(new), len(rows) - len(new), len(new_holders), by_row)


def _persons(rows: Sequence[CardRow]) -> dict[str, list[int]]:
    """By person, the places of their rows."""
    found: dict[str, list[int]] = defaultdict(list)
    for place, row in enumerate(rows):
        found[f"row {place}" if row.person is None else f"person {row.person}"].append(place)
    return found


def _owners(
    tx: ReadTx,
    persons: Mapping[str, Sequence[int]],
    known: Sequence[Credential | None],
    rows: Sequence[CardRow],
) -> dict[str, HolderId | None]:
    """By person, the one holder to whom their known cards belong. Raises CardListRefused."""
    holders_known = {credential.holder for credential in known if credential}
    people = holders.people(tx, holders_known)
    owners: dict[str, HolderId | None] = {}
    errors = []
    for person, places in persons.items():
        owned = [(place, people[found.holder][0]) for place in places if (found := known[place])]
        owners[person] = owned[0][1] if owned else None
        errors += [
            CardRowError(
                CardListCode.KNOWN_TO_ANOTHER, rows[place].row, Column.NUMBER, rows[owned[0][0]].row
            )
            for place, owner in owned
            if owner != owners[person]
        ]
    if errors:
        raise card_list.refused(errors)
    return owners


def _credential(row: CardRow, number_hash: bytes, holder: HolderId, clock: Clock) -> NewCredential:
    return NewCredential(
        number_hash=number_hash,
        id=CredentialId(ids.uuid7(clock)),
        holder=holder,
        kind=row.shown.kind,
        scheme=row.shown.scheme,
        valid_until=row.valid_until,
    )
