"""The table of credentials, and the one question that is asked at every tap."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from ichimai.cards import Kind
from ichimai.registry import rules
from ichimai.registry.errors import NumberTaken
from ichimai.registry.model import Credential, CredentialId, HolderId, SubjectId
from ichimai.registry.rules import Hashes
from ichimai.storage import ReadTx, WriteTx
from ichimai.storage.arrays import Byteas, Texts, Uuids


class NewCredential(NamedTuple):
    """A credential to be written, with its number's hash."""

    number_hash: bytes
    id: CredentialId
    holder: HolderId
    kind: Kind
    scheme: str = ""
    valid_until: datetime | None = None
    public_key: bytes | None = None


class KnownAs(NamedTuple):
    """What a number turned out to be to a sector."""

    id: CredentialId
    kind: str
    status: str
    valid_until: datetime | None
    public_key: bytes | None
    issued_at: datetime
    subject: SubjectId | None


class Answer(NamedTuple):
    """What each of some numbers is; None: no card of ours.

    ``generation``: of the numbers in the registry, None if there were never any.
    """

    known: list[KnownAs | None]
    generation: int | None


def known_as(tx: ReadTx, sector: str, hashes: Hashes) -> Answer:
    """What each of ``hashes`` is to ``sector``, in their order.

    One query. The LIMITs keep PostgreSQL at one look-up in each index a number: for a large batch
    it would else read the tables whole. A number that is not known takes the same look-ups as one
    that is, for the holder that nobody is (faults.md E73). On Citus, where the tables have
    different keys, it becomes two queries.
    """
    newest, older = hashes
    found = tx.rows(
        """
        SELECT c.id, c.kind, c.status, least(c.valid_until, scheme.retired_at), c.public_key,
            c.issued_at, s.subject, (SELECT generation FROM key_check)
        FROM unnest(%s::bytea[], %s::bytea[]) WITH ORDINALITY AS asked (newest, older, place)
        LEFT JOIN LATERAL (
            SELECT id, holder, kind, scheme, status, issued_at, valid_until, public_key
            FROM credential WHERE number_hash = ANY (ARRAY[asked.newest, asked.older]) LIMIT 1
        ) AS c ON true
        CROSS JOIN LATERAL (
            SELECT coalesce(c.holder, '00000000-0000-0000-0000-000000000000') AS id
        ) AS holder
        LEFT JOIN LATERAL (
            SELECT members FROM holder_group WHERE holder_group.holder = holder.id
            ORDER BY number DESC LIMIT 1
        ) AS person ON true
        LEFT JOIN LATERAL (
            SELECT subject FROM subject
            WHERE subject.holder = ANY (coalesce(person.members, ARRAY[holder.id]))
              AND sector = %s
            ORDER BY array_position(person.members, subject.holder) LIMIT 1
        ) AS s ON true
        LEFT JOIN LATERAL (
            SELECT retired_at FROM scheme WHERE name = coalesce(c.scheme, '') LIMIT 1
        ) AS scheme ON true
        ORDER BY place
        """,
        [Byteas(newest), Byteas(older), sector],
    )
    known = [KnownAs(*row) if row[0] else None for *row, _ in found]
    return Answer(known, found[0][-1] if found else None)


def add(tx: WriteTx, new: Iterable[NewCredential], *, generation: int, at: datetime) -> None:
    """Write new credentials whose numbers nobody can have."""
    tx.copy_rows(
        "COPY credential (number_hash, id, holder, kind, scheme, status, generation, issued_at,"
        " valid_until, public_key) FROM STDIN",
        (
            (*c[:3], c.kind.value, c.scheme, "active", generation, at, c.valid_until, c.public_key)
            for c in new
        ),
    )


def add_unless_taken(
    tx: WriteTx, new: Sequence[NewCredential], *, generation: int, at: datetime
) -> None:
    """Write new credentials. Raises NumberTaken when a number is somebody's by now."""
    added = tx.execute(
        """
        INSERT INTO credential (number_hash, id, holder, kind, scheme, status, generation,
            issued_at, valid_until, public_key)
        SELECT number_hash, id, holder, kind, scheme, 'active', %s, %s, valid_until, public_key
        FROM unnest(%s::bytea[], %s::uuid[], %s::uuid[], %s::text[], %s::text[],
            %s::timestamptz[], %s::bytea[])
            AS new (number_hash, id, holder, kind, scheme, valid_until, public_key)
        ON CONFLICT DO NOTHING
        """,
        [
            generation,
            at,
            Byteas(c.number_hash for c in new),
            Uuids(c.id for c in new),
            Uuids(c.holder for c in new),
            Texts(c.kind for c in new),
            Texts(c.scheme for c in new),
            [c.valid_until for c in new],
            [c.public_key for c in new],
        ],
    )
    if added != len(new):
        raise NumberTaken


def of_numbers(tx: ReadTx, hashes: Hashes, at: datetime) -> list[Credential | None]:
    """Whose each number is, in the order of ``hashes``; None: nobody's."""
    newest, older = hashes
    found = tx.rows(
        f"""
        SELECT {_COLUMNS}
        FROM unnest(%s::bytea[], %s::bytea[]) WITH ORDINALITY AS asked (newest, older, place)
        LEFT JOIN LATERAL (
            SELECT * FROM credential
            WHERE number_hash = ANY (ARRAY[asked.newest, asked.older]) LIMIT 1
        ) AS c ON true
        LEFT JOIN scheme ON scheme.name = c.scheme
        ORDER BY place
        """,
        [Byteas(newest), Byteas(older)],
    )
    return [None if row[0] is None else _credential(row, at) for row in found]


def with_public_key(tx: ReadTx, public_key: bytes) -> set[CredentialId]:
    """The credentials of phones with that key, whosever they are."""
    found = tx.rows("SELECT id FROM credential WHERE public_key = %s", (public_key,))
    return {CredentialId(id_) for (id_,) in found}


def of_holders(tx: ReadTx, holders: Iterable[HolderId], at: datetime) -> list[Credential]:
    """All credentials of ``holders``, the oldest first."""
    found = tx.rows(
        f"""
        SELECT {_COLUMNS}
        FROM credential AS c LEFT JOIN scheme ON scheme.name = c.scheme
        WHERE c.holder = ANY(%s::uuid[]) ORDER BY c.issued_at, c.id
        """,
        [Uuids(holders)],
    )
    return [_credential(row, at) for row in found]


def holders_with(
    tx: ReadTx, holders: Iterable[HolderId], kinds: Collection[Kind], at: datetime
) -> set[HolderId]:
    """Those of ``holders`` who have a credential of one of ``kinds`` that is accepted."""
    found = tx.rows(
        """
        SELECT DISTINCT holder FROM credential
        WHERE holder = ANY(%s::uuid[]) AND kind = ANY(%s::text[]) AND status = 'active'
          AND (valid_until IS NULL OR valid_until > %s)
        """,
        [Uuids(holders), Texts(kinds), at],
    )
    return {holder for (holder,) in found}


_COLUMNS = """c.id, c.holder, c.kind, c.scheme, c.status, c.issued_at,
    least(c.valid_until, scheme.retired_at), c.stopped_at, c.replaced_by"""


def _credential(row: tuple[Any, ...], at: datetime) -> Credential:
    id_, holder, kind, scheme, kept, issued_at, valid_until, *ends = row
    status = rules.status(kept, valid_until, at)
    return Credential(id_, holder, Kind(kind), scheme, status, issued_at, valid_until, *ends)


def stop(tx: WriteTx, credentials: Sequence[Credential], at: datetime) -> None:
    """Stop ``credentials``; those that were stopped or replaced before stay as they are."""
    tx.execute(
        """
        UPDATE credential SET status = 'stopped', stopped_at = %s
        WHERE holder = ANY(%s::uuid[]) AND id = ANY(%s::uuid[]) AND status = 'active'
        """,
        [at, Uuids(c.holder for c in credentials), Uuids(c.id for c in credentials)],
    )


def replace(tx: WriteTx, credentials: Sequence[Credential], by: CredentialId, at: datetime) -> None:
    """Note that ``credentials`` were replaced; those that were stopped before stay stopped."""
    tx.execute(
        """
        UPDATE credential SET replaced_by = %s, stopped_at = coalesce(stopped_at, %s),
            status = CASE status WHEN 'active' THEN 'replaced' ELSE status END
        WHERE holder = ANY(%s::uuid[]) AND id = ANY(%s::uuid[]) AND replaced_by IS NULL
        """,
        [by, at, Uuids(c.holder for c in credentials), Uuids(c.id for c in credentials)],
    )
