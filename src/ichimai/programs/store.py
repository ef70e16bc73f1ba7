"""The programs' SQL."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from ichimai.kernel import Asset
from ichimai.people.records import errands
from ichimai.programs.model import (
    GrantList,
    GrantListId,
    GrantRow,
    ListState,
    ListSummary,
    OperatorProfile,
)
from ichimai.programs.terms import Program, Version
from ichimai.storage import ReadTx, WriteTx
from ichimai.storage.arrays import Texts, Uuids

_LIST = (
    "id, program, sha256, summary::text, row_count, units, state, uploaded_by, uploaded_at,"
    " decided_by, decided_at, posted_rows"
)


def save_program(tx: WriteTx, program: Program, *, starts_at: datetime, at: datetime) -> None:
    """Write a version of a program's terms, over what that version said before."""
    tx.execute(
        "INSERT INTO program SELECT %s, %s, %s, %s::jsonb, %s, coalesce(max(revision), 0) + 1"
        " FROM program ON CONFLICT (key, version) DO UPDATE SET starts_at = excluded.starts_at,"
        " terms = excluded.terms, changed_at = excluded.changed_at, revision = excluded.revision",
        (program.key, program.version, starts_at, msgspec.json.encode(program).decode(), at),
    )


def versions(tx: ReadTx) -> list[Version]:
    """All versions of all programs, by key and start."""
    rows = tx.rows("SELECT terms::text, starts_at FROM program ORDER BY key, starts_at, version")
    return [Version(_program(terms), starts_at) for terms, starts_at in rows]


def programs(tx: ReadTx) -> list[Program]:
    """The last version of each program, by key."""
    return list({each.program.key: each.program for each in versions(tx)}.values())


class Open(NamedTuple):
    """What a desk must know before it opens: the programs' revision, and if there are delegates."""

    revision: int
    has_orders: bool
    has_delegates: bool


def asked_open(tx: ReadTx) -> Callable[[], Open]:
    """What a desk must know, in one statement, waited for when it is called for."""
    rows = tx.asked(
        "SELECT coalesce(max(revision), 0), EXISTS (SELECT FROM spending_order),"
        f" {errands.HAS_ANY} FROM program"
    )
    return lambda: Open(*rows()[0])


def spending_orders(tx: ReadTx, subjects: Collection[UUID]) -> dict[UUID, list[str]]:
    """In which order some people want to pay with programs; who said nothing is not there."""
    rows = tx.rows(
        "SELECT subject, programs FROM spending_order WHERE subject = ANY(%s::uuid[])",
        (Uuids(subjects),),
    )
    return dict(rows)


def save_spending_order(tx: WriteTx, subject: UUID, programs: Sequence[str]) -> None:
    """Write in which order a person wants to pay; none: as programs have it."""
    if not programs:
        tx.execute("DELETE FROM spending_order WHERE subject = %s", (subject,))
        return
    tx.execute(
        "INSERT INTO spending_order VALUES (%s, %s) ON CONFLICT (subject)"
        " DO UPDATE SET programs = excluded.programs",
        (subject, list(programs)),
    )


@lru_cache(maxsize=1_024)
def _program(terms: str) -> Program:
    return msgspec.json.decode(terms, type=Program)


def save_profile(tx: WriteTx, profile: OperatorProfile) -> None:
    """Write what the operator is called."""
    tx.execute(
        "INSERT INTO operator_profile VALUES (true, %s::jsonb)"
        " ON CONFLICT (is_profile) DO UPDATE SET profile = excluded.profile",
        (msgspec.json.encode(profile).decode(),),
    )


def profile(tx: ReadTx) -> OperatorProfile | None:
    """What the operator is called; None before a town was loaded."""
    row = tx.row("SELECT profile::text FROM operator_profile")
    return None if row is None else msgspec.json.decode(row[0], type=OperatorProfile)


def subjects(tx: ReadTx, numbers: Sequence[str]) -> dict[str, UUID]:
    """The subjects of those ``numbers`` of the resident register that have one."""
    found = tx.rows(
        "SELECT number, subject FROM recipient WHERE number = ANY(%s::text[])", [list(numbers)]
    )
    return dict(found)


def number_of(tx: ReadTx, subject: UUID) -> str | None:
    """The number that stands for a subject."""
    row = tx.row("SELECT number FROM recipient WHERE subject = %s", (subject,))
    return None if row is None else str(row[0])


def add_recipients(tx: WriteTx, pairs: Sequence[tuple[str, UUID]]) -> None:
    """Write which subject a number stands for; one that is known stays what it is."""
    tx.execute(
        "INSERT INTO recipient SELECT * FROM unnest(%s::text[], %s::uuid[])"
        " ON CONFLICT (number) DO NOTHING",
        ([number for number, _ in pairs], [subject for _, subject in pairs]),
    )


def add_list(tx: WriteTx, new: GrantList, rows: Sequence[GrantRow]) -> bool:
    """Write a checked list and its rows; False when its id is taken."""
    written = tx.execute(
        "INSERT INTO grant_list (id, program, sha256, summary, row_count, units, state,"
        " uploaded_by, uploaded_at, posted_rows)"
        " VALUES (%s, %s, %s, %s::jsonb, %s, %s, %s, %s, %s, 0) ON CONFLICT (id) DO NOTHING",
        (
            new.id,
            new.program,
            new.sha256,
            msgspec.json.encode(new.summary).decode(),
            new.row_count,
            new.units,
            new.state.value,
            new.uploaded_by,
            new.uploaded_at,
        ),
    )
    if written == 0:
        return False
    tx.copy_rows(
        "COPY grant_list_row (list, position, row, recipient, reason, once_key, units, operation)"
        " FROM STDIN",
        (
            (
                new.id,
                position,
                row.row,
                row.recipient,
                row.reason,
                row.once_key,
                row.units,
                row.operation,
            )
            for position, row in enumerate(rows, start=1)
        ),
    )
    return True


def grant_lists(tx: ReadTx, *, limit: int = 100) -> list[GrantList]:
    """The lists uploaded last, the newest first."""
    rows = tx.rows(f"SELECT {_LIST} FROM grant_list ORDER BY uploaded_at DESC LIMIT %s", (limit,))
    return [_grant_list(row) for row in rows]


def grant_list(tx: ReadTx, id_: GrantListId) -> GrantList | None:
    """One list."""
    row = tx.row(f"SELECT {_LIST} FROM grant_list WHERE id = %s", (id_,))
    return None if row is None else _grant_list(row)


def lock_list(tx: WriteTx, id_: GrantListId) -> GrantList | None:
    """One list, held against everybody else who would decide on it or post it."""
    row = tx.row(f"SELECT {_LIST} FROM grant_list WHERE id = %s FOR UPDATE", (id_,))
    return None if row is None else _grant_list(row)


def lists_in(tx: ReadTx, state: ListState) -> list[GrantListId]:
    """The lists in a state, the oldest first."""
    rows = tx.rows(
        "SELECT id FROM grant_list WHERE state = %s ORDER BY uploaded_at", (state.value,)
    )
    return [GrantListId(id_) for (id_,) in rows]


def decide_list(tx: WriteTx, id_: GrantListId, state: ListState, *, by: UUID, at: datetime) -> None:
    """Note who approved or declined a list."""
    tx.execute(
        "UPDATE grant_list SET state = %s, decided_by = %s, decided_at = %s WHERE id = %s",
        (state.value, by, at, id_),
    )


def note_progress(tx: WriteTx, id_: GrantListId, posted_rows: int, state: ListState) -> None:
    """Note how far posting a list has come."""
    tx.execute(
        "UPDATE grant_list SET posted_rows = %s, state = %s WHERE id = %s",
        (posted_rows, state.value, id_),
    )


def list_rows(
    tx: ReadTx, id_: GrantListId, *, after: int, limit: int
) -> list[tuple[GrantRow, UUID]]:
    """Rows of a list in their order, past the first ``after``, each with its subject."""
    rows = tx.rows(
        "SELECT row, recipient, reason, once_key, units, operation, subject FROM grant_list_row"
        " JOIN recipient ON recipient.number = recipient"
        " WHERE list = %s AND position > %s ORDER BY position LIMIT %s",
        (id_, after, limit),
    )
    return [(GrantRow(*row[:-1]), row[-1]) for row in rows]


def unknown_recipients(tx: ReadTx, id_: GrantListId, limit: int) -> list[str]:
    """Numbers on a list that stand for no subject yet."""
    rows = tx.rows(
        "SELECT DISTINCT recipient FROM grant_list_row WHERE list = %s AND NOT EXISTS"
        " (SELECT 1 FROM recipient AS known WHERE known.number = recipient)"
        " ORDER BY recipient LIMIT %s",
        (id_, limit),
    )
    return [number for (number,) in rows]


def recipients_of(tx: ReadTx, id_: GrantListId) -> list[tuple[str, UUID]]:
    """The numbers on a list and their subjects, each once, by row."""
    rows = tx.rows(
        "SELECT recipient, subject, min(row) FROM grant_list_row"
        " JOIN recipient ON recipient.number = grant_list_row.recipient"
        " WHERE list = %s GROUP BY recipient, subject ORDER BY min(row)",
        (id_,),
    )
    return [(number, subject) for number, subject, _ in rows]


def claim_entitlements(tx: WriteTx, program: Asset, rows: Sequence[GrantRow]) -> set[str]:
    """Claim what nobody has claimed yet; the once-keys that are now claimed by these rows."""
    # In one order, whatever the list's: two posters wait for each other, and not in a circle.
    claimed = tx.rows(
        "INSERT INTO entitlement SELECT %s, once_key, operation"
        " FROM unnest(%s::text[], %s::uuid[]) AS claim (once_key, operation) ORDER BY once_key"
        " ON CONFLICT (program, once_key) DO NOTHING RETURNING once_key",
        (
            program,
            Texts(row.once_key for row in rows),
            Uuids(row.operation for row in rows),
        ),
    )
    return {once_key for (once_key,) in claimed}


def entitled(tx: ReadTx, program: Asset, once_keys: Sequence[str]) -> set[str]:
    """Those of ``once_keys`` that were granted before."""
    rows = tx.rows(
        "SELECT once_key FROM entitlement WHERE program = %s AND once_key = ANY(%s::text[])",
        (program, list(once_keys)),
    )
    return {once_key for (once_key,) in rows}


def _grant_list(row: tuple[Any, ...]) -> GrantList:
    return GrantList(
        GrantListId(row[0]),
        Asset(row[1]),
        bytes(row[2]),
        msgspec.json.decode(row[3], type=ListSummary),
        row[4],
        row[5],
        ListState(row[6]),
        *row[7:],
    )
