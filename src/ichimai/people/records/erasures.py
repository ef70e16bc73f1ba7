"""Who was erased, kept where a backup of the database does not reach, and done again after it.

A backup that is older than an erasure holds the key that was thrown away. Beside the database it
is kept who was erased since, as a hash of an id that means nothing elsewhere.
"""

from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple
from uuid import UUID

from ichimai import audit
from ichimai.kernel import Clock
from ichimai.kernel.ids import NIL
from ichimai.people.records import key_store, personal
from ichimai.people.records.key_store import Erasure
from ichimai.registry import SubjectId
from ichimai.storage import ReadTx, WriteTx

__all__ = ["Erased", "again", "since"]


class Erased(NamedTuple):
    """An erasure as it is kept beside the database: ``subject`` is the id's SHA-256."""

    key: UUID
    subject: bytes
    erased_at: datetime


def since(tx: ReadTx, at: datetime) -> list[Erased]:
    """Who was erased from ``at`` on, in order."""
    return [
        Erased(each.key, sha256(each.subject.bytes).digest(), each.erased_at)
        for each in key_store.erasures_since(tx, at)
    ]


def again(tx: WriteTx, clock: Clock, kept: Iterable[Erased]) -> int:
    """Erase whom this database remembers though they were erased; how many people.

    ``kept``: every erasure that is kept beside it. Again changes nothing.
    """
    by_key = {each.key: each for each in kept}
    lost = by_key.keys() - key_store.known_erasures(tx, list(by_key))
    if not lost:
        return 0
    people = key_store.subjects_of_hashes(tx, [by_key[key].subject for key in lost])
    for person in people:
        subject = SubjectId(person)
        personal.erase(tx, clock, audit.Myself(subject), subject)
        digest = sha256(person.bytes).digest()
        # Each by its own id: who comes back afterwards is not erased by the next restore.
        theirs = [by_key[key] for key in lost if by_key[key].subject == digest]
        rows = [Erasure(each.key, person, each.erased_at) for each in theirs]
        key_store.insert_erasures(tx, rows, NIL)
    return len(people)
