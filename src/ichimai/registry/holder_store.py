"""The tables of holders: who is one person with whom, and their subjects."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from ichimai.registry.model import ChangeId, HolderId, Merge, SubjectId
from ichimai.storage import ReadTx, WriteTx
from ichimai.storage.arrays import Uuids


def add_holders(tx: WriteTx, holders: Iterable[HolderId], at: datetime) -> None:
    """Write new holders."""
    tx.copy_rows(
        "COPY holder (id, created_at) FROM STDIN",
        ((holder, at) for holder in holders),
    )


def has_holder(tx: ReadTx, holder: HolderId) -> bool:
    """Whether ``holder`` exists."""
    return tx.row("SELECT 1 FROM holder WHERE id = %s", [holder]) is not None


def lock(tx: WriteTx, holder: HolderId) -> int | None:
    """Keep others from changing ``holder``: the number of its newest change; None: unknown."""
    row = tx.row("SELECT changes FROM holder WHERE id = %s FOR UPDATE", [holder])
    return None if row is None else row[0]


def groups(tx: ReadTx, holders: Iterable[HolderId]) -> dict[HolderId, tuple[HolderId, ...]]:
    """The people of those ``holders`` who are more than one, as ``rules.groups`` has them."""
    found = tx.rows(
        """
        SELECT asked.holder, newest.members
        FROM unnest(%s::uuid[]) AS asked (holder)
        CROSS JOIN LATERAL (
            SELECT members FROM holder_group WHERE holder = asked.holder
            ORDER BY number DESC LIMIT 1
        ) AS newest
        """,
        [Uuids(holders)],
    )
    return {holder: tuple(members) for holder, members in found}


def add_change(
    tx: WriteTx,
    kind: Literal["merge", "split"],
    change: Merge,
    groups: Mapping[HolderId, Sequence[HolderId]],
    *,
    by: UUID,
    at: datetime,
) -> None:
    """Write a change into the journal, and what it makes of each holder of ``groups``."""
    tx.execute(
        """
        INSERT INTO holder_change (id, kind, number, kept, merged, made_by, made_at)
        VALUES (%s, %s, %s, %s, %s, %s, %s)
        """,
        [change.id, kind, change.number, change.kept, change.merged, by, at],
    )
    tx.execute_many(
        "INSERT INTO holder_group (holder, number, change, members) VALUES (%s, %s, %s, %s)",
        [[holder, change.number, change.id, Uuids(groups[holder])] for holder in groups],
    )
    tx.execute_many(
        "UPDATE holder SET changes = %s WHERE id = %s",
        [[change.number, holder] for holder in groups],
    )


def merge_of(tx: ReadTx, id_: ChangeId) -> Merge | None:
    """A merge, whether or not it was taken back."""
    row = tx.row(
        "SELECT id, number, kept, merged FROM holder_change WHERE id = %s AND kind = 'merge'",
        [id_],
    )
    return None if row is None else Merge(*row)


def is_split(tx: ReadTx, id_: ChangeId) -> bool:
    """Whether a merge was taken back."""
    found = tx.row("SELECT 1 FROM holder_change WHERE id = %s AND kind = 'split'", [id_])
    return found is not None


def merges_after(tx: ReadTx, id_: UUID) -> list[ChangeId]:
    """The merges with later ids that were not taken back, in the order of their ids."""
    rows = tx.rows(
        """
        SELECT id FROM holder_change AS merge WHERE id > %s AND kind = 'merge' AND NOT EXISTS (
            SELECT FROM holder_change AS split WHERE split.id = merge.id AND kind = 'split'
        ) ORDER BY id
        """,
        [id_],
    )
    return [ChangeId(change) for (change,) in rows]


def splits_of(tx: ReadTx, ids: Iterable[ChangeId]) -> set[ChangeId]:
    """Those of some merges that were taken back."""
    rows = tx.rows(
        "SELECT id FROM holder_change WHERE id = ANY(%s::uuid[]) AND kind = 'split'", [Uuids(ids)]
    )
    return {ChangeId(change) for (change,) in rows}


def live_merges(tx: ReadTx, holders: Iterable[HolderId]) -> list[Merge]:
    """By which merges ``holders``, who are whole people, are so: those that were not taken back.

    They went through more than those: of others who were one person with them for a time.
    """
    people = Uuids(holders)
    gone_through = tx.rows(
        "SELECT DISTINCT change FROM holder_group WHERE holder = ANY(%s::uuid[])", [people]
    )
    found = tx.rows(
        """
        SELECT id, number, kept, merged FROM holder_change AS merge
        WHERE id = ANY(%s::uuid[]) AND kind = 'merge' AND kept = ANY(%s::uuid[]) AND NOT EXISTS (
            SELECT 1 FROM holder_change AS split WHERE split.id = merge.id AND kind = 'split'
        )
        """,
        [Uuids(change for (change,) in gone_through), people],
    )
    return [Merge(*row) for row in found]


def subjects_in(tx: ReadTx, sector: str, holders: Iterable[HolderId]) -> dict[HolderId, SubjectId]:
    """The subjects that ``holders`` were given in ``sector`` so far."""
    found = tx.rows(
        "SELECT holder, subject FROM subject WHERE sector = %s AND holder = ANY(%s::uuid[])",
        [sector, Uuids(holders)],
    )
    return dict(found)


def subjects_of(tx: ReadTx, holders: Iterable[HolderId]) -> dict[HolderId, dict[str, SubjectId]]:
    """The subjects that ``holders`` were given anywhere, by sector."""
    found: dict[HolderId, dict[str, SubjectId]] = {}
    for holder, sector, subject in tx.rows(
        "SELECT holder, sector, subject FROM subject WHERE holder = ANY(%s::uuid[])",
        [Uuids(holders)],
    ):
        found.setdefault(holder, {})[sector] = subject
    return found


def add_subjects(
    tx: WriteTx,
    sector: str,
    pairs: Sequence[tuple[HolderId, SubjectId]],
    at: datetime,
) -> None:
    """Write subjects for (holder, subject) ``pairs``; a holder that has one keeps it.

    The pairs are sorted by holder, so that two writers of the same holders wait for each other
    in one order and do not deadlock.
    """
    holders, new = zip(*pairs, strict=True)
    tx.execute(
        """
        WITH added AS (
            INSERT INTO subject (holder, sector, subject, created_at)
            SELECT holder, %s, subject, %s
            FROM unnest(%s::uuid[], %s::uuid[]) AS new (holder, subject)
            ON CONFLICT (holder, sector) DO NOTHING
            RETURNING subject, sector, holder
        )
        INSERT INTO holder_of_subject (subject, sector, holder)
        SELECT subject, sector, holder FROM added
        """,
        [sector, at, Uuids(holders), Uuids(new)],
    )


def holders_of(tx: ReadTx, sector: str, subjects: Iterable[SubjectId]) -> dict[SubjectId, HolderId]:
    """The holders to whom those of ``subjects`` that are ``sector``'s were given."""
    found = tx.rows(
        "SELECT subject, holder FROM holder_of_subject"
        " WHERE subject = ANY(%s::uuid[]) AND sector = %s",
        [Uuids(subjects), sector],
    )
    return dict(found)
