"""The tables of delegations, their ends, uses, returns, refusals and totals."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final, LiteralString, NamedTuple
from uuid import UUID

from ichimai.people.records import delegate_rules
from ichimai.people.records.delegate_model import (
    Back,
    DelegateKind,
    Delegation,
    DelegationId,
    NewDelegation,
    Remembered,
    Scope,
    Spent,
    Use,
)
from ichimai.people.records.sealing import SubjectKey
from ichimai.registry import SubjectId
from ichimai.storage import ReadTx, WriteTx
from ichimai.storage.arrays import Texts, Uuids

HAS_ANY: Final[LiteralString] = "EXISTS (SELECT FROM delegation)"
"""Whether anybody ever let somebody act for them: a column for other queries."""

_COLUMNS: Final = (
    "delegation.id, delegate, credential, kind, scopes, per_day_yen, in_all_yen, sealed,"
    " delegation.staff, recorded_at, ended_at"
)
_WITH_ENDS: Final = (
    " FROM delegation LEFT JOIN delegation_end ON delegation_end.delegation = delegation.id"
)

_OF_CARD: Final = (
    "delegation.id, principal, seen_number, total.in_all_yen, day_on, day_yen"
    " FROM delegation JOIN delegation_total AS total ON total.delegation = delegation.id"
)


class OfCard(NamedTuple):
    """The delegation that a card is for, and what was spent under it, as far as was seen."""

    delegation: DelegationId
    principal: SubjectId
    spent: Spent
    seen_number: int


class Sealed(NamedTuple):
    """A delegation as it is kept, and its principal's key (subject, id, wrapped)."""

    principal_key: tuple[UUID, UUID, bytes]
    row: tuple[Any, ...]


def insert(tx: WriteTx, own: SubjectKey, made: Delegation) -> bool:
    """Write a delegation under its principal's key; False when the card has one already."""
    new = made.given
    is_new = tx.execute(
        "INSERT INTO delegation (id, principal, delegate, credential, kind, scopes, per_day_yen,"
        " in_all_yen, key, sealed, staff, recorded_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
        " ON CONFLICT (credential) DO NOTHING",
        (
            made.id,
            new.principal,
            new.delegate,
            new.credential,
            new.kind.value,
            Texts(sorted(new.scopes)),
            new.per_day_yen,
            new.in_all_yen,
            own.id,
            own.seal(made.id, delegate_rules.to_text(new)),
            made.staff,
            made.recorded_at,
        ),
    )
    if is_new:
        tx.execute(
            "INSERT INTO delegation_total (delegation, in_all_yen, day_on, day_yen,"
            " seen_number) VALUES (%s, 0, %s, 0, 0)",
            (made.id, new.from_on),
        )
    return bool(is_new)


def insert_ends(
    tx: WriteTx, delegations: Sequence[DelegationId], staff: UUID, at: datetime
) -> None:
    """End delegations; of those ended before, the first end stays."""
    tx.execute_many(
        "INSERT INTO delegation_end (delegation, staff, ended_at) VALUES (%s, %s, %s)"
        " ON CONFLICT (delegation) DO NOTHING",
        [(delegation, staff, at) for delegation in delegations],
    )


def end_all_of(tx: WriteTx, person: UUID, staff: UUID, at: datetime) -> None:
    """End every delegation that a person has given or holds."""
    tx.execute(
        "INSERT INTO delegation_end (delegation, staff, ended_at)"
        " SELECT id, %s, %s FROM delegation WHERE principal = %s OR delegate = %s"
        " ON CONFLICT (delegation) DO NOTHING",
        (staff, at, person, person),
    )


def of_principal(tx: ReadTx, own: SubjectKey) -> list[Delegation]:
    """What a person has let others do, ended ones too, oldest first."""
    rows = tx.rows(
        f"SELECT {_COLUMNS}{_WITH_ENDS} WHERE principal = %s AND key = %s ORDER BY delegation.id",
        (own.subject, own.id),
    )
    return [delegation(own, row) for row in rows]


def principal_of(tx: ReadTx, credential: UUID) -> tuple[DelegationId, SubjectId] | None:
    """The delegation that a card is for, and whose it is."""
    row = tx.row("SELECT id, principal FROM delegation WHERE credential = %s", [credential])
    return (DelegationId(row[0]), SubjectId(row[1])) if row else None


def principals_of(tx: ReadTx, delegate: UUID) -> list[tuple[DelegationId, SubjectId]]:
    """The delegations that were ever given to a person, oldest first."""
    rows = tx.rows(
        "SELECT id, principal FROM delegation WHERE delegate = %s ORDER BY id", [delegate]
    )
    return [(DelegationId(id_), SubjectId(principal)) for id_, principal in rows]


def locked_of_cards(tx: WriteTx, credentials: Sequence[UUID]) -> dict[UUID, OfCard]:
    """The delegations that some cards are for, their totals held until this is committed."""
    # In one order, whoever asks: two batches wait for each other, and not in a circle.
    rows = tx.rows(
        f"SELECT credential, {_OF_CARD} WHERE credential = ANY(%s::uuid[])"
        " ORDER BY delegation.id FOR UPDATE OF total",
        [Uuids(set(credentials))],
    )
    return {credential: _of_card(*row) for credential, *row in rows}


def locked_of_principal(tx: WriteTx, principal: UUID) -> list[OfCard]:
    """The delegations that a person has given, their totals held until this is committed."""
    rows = tx.rows(
        f"SELECT {_OF_CARD} WHERE principal = %s ORDER BY delegation.id FOR UPDATE OF total",
        [principal],
    )
    return [_of_card(*row) for row in rows]


def _of_card(id_: UUID, principal: UUID, seen_number: int, *spent: Any) -> OfCard:  # noqa: ANN401 - a row's columns
    return OfCard(DelegationId(id_), SubjectId(principal), Spent(*spent), seen_number)


def sealed(
    tx: ReadTx, delegations: Sequence[DelegationId]
) -> Callable[[], dict[DelegationId, Sealed]]:
    """Delegations with their ends, waited for when they are called for; none of the erased."""
    rows = tx.asked(
        f"SELECT subject_key.subject, subject_key.id, wrapped, {_COLUMNS}{_WITH_ENDS}"
        " JOIN subject_key ON subject_key.subject = principal AND subject_key.id = key"
        " WHERE delegation.id = ANY(%s::uuid[])",
        [Uuids(delegations)],
    )
    return lambda: {
        DelegationId(row[0]): Sealed((subject, key, bytes(wrapped)), tuple(row))
        for subject, key, wrapped, *row in rows()
    }


def operations_of(
    tx: ReadTx, delegations: Sequence[DelegationId], operations: Sequence[UUID]
) -> Callable[[], set[tuple[DelegationId, UUID]]]:
    """Which of ``operations`` were written before, under which delegation."""
    rows = tx.asked(
        "SELECT delegation, operation FROM delegation_use"
        " WHERE delegation = ANY(%s::uuid[]) AND operation = ANY(%s::uuid[])",
        (Uuids(delegations), Uuids(operations)),
    )
    return lambda: {(DelegationId(delegation), operation) for delegation, operation in rows()}


def locked_total(tx: WriteTx, delegation: DelegationId) -> Spent:
    """What was spent under a delegation, held until this is committed."""
    row = tx.rows(
        "SELECT in_all_yen, day_on, day_yen FROM delegation_total WHERE delegation = %s FOR UPDATE",
        [delegation],
    )[0]
    return Spent(*row)


def use_of(tx: ReadTx, delegation: DelegationId, operation: UUID) -> Use | None:
    """What was written for an operation."""
    row = tx.row(
        "SELECT delegation, operation, scope, yen, terminal, used_at FROM delegation_use"
        " WHERE delegation = %s AND operation = %s",
        (delegation, operation),
    )
    return _use(row) if row else None


def insert_use(tx: WriteTx, use: Use, used_on: date, spent: Spent) -> None:
    """Write what a delegate did, and what was spent thereafter, which is held."""
    insert_uses(tx, [(use, used_on)])
    update_totals(tx, {use.delegation: spent})


def insert_uses(tx: WriteTx, uses: Sequence[tuple[Use, date]]) -> None:
    """Write what delegates did, each with its day."""
    tx.execute_many(
        "INSERT INTO delegation_use"
        " (delegation, operation, scope, yen, terminal, used_at, used_on)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s)",
        [(*use, used_on) for use, used_on in uses],
    )


def update_totals(tx: WriteTx, totals: Mapping[DelegationId, Spent]) -> None:
    """Write what was spent under delegations whose totals are held."""
    tx.execute_many(
        "UPDATE delegation_total SET in_all_yen = %s, day_on = %s, day_yen = %s"
        " WHERE delegation = %s",
        [(*spent, delegation) for delegation, spent in totals.items()],
    )


def days_of_uses(
    tx: ReadTx, delegation: DelegationId, operations: Sequence[UUID]
) -> dict[UUID, date]:
    """On which day each of ``operations`` was used under a delegation, of those that were."""
    rows = tx.rows(
        "SELECT operation, used_on FROM delegation_use"
        " WHERE delegation = %s AND operation = ANY(%s::uuid[])",
        (delegation, Uuids(operations)),
    )
    return dict(rows)


def insert_returns(tx: WriteTx, delegation: DelegationId, back: Sequence[Back]) -> None:
    """Write what came back under a delegation whose total is held."""
    tx.execute_many(
        "INSERT INTO delegation_return (delegation, refund, operation, yen, returned_at)"
        " VALUES (%s, %s, %s, %s, %s)",
        [(delegation, *each) for each in back],
    )


def update_seen(tx: WriteTx, delegation: DelegationId, spent: Spent, number: int) -> None:
    """Write a total that is held, with what came back up to a number of the ledger."""
    tx.execute(
        "UPDATE delegation_total SET in_all_yen = %s, day_on = %s, day_yen = %s, seen_number = %s"
        " WHERE delegation = %s",
        (*spent, number, delegation),
    )


def refusals_of(tx: ReadTx, operations: Sequence[UUID]) -> Callable[[], dict[UUID, Remembered]]:
    """Which of ``operations`` were refused for ever, waited for when they are called for."""
    rows = tx.asked(
        "SELECT operation, delegation, credential, code, is_hold, yen, terminal"
        " FROM delegation_refusal WHERE operation = ANY(%s::uuid[])",
        [Uuids(operations)],
    )
    return lambda: {operation: Remembered(*row) for operation, *row in rows()}


def insert_refusals(tx: WriteTx, refused: Mapping[UUID, Remembered], at: datetime) -> None:
    """Remember refusals; of an operation that was refused before, the first one stays."""
    tx.execute_many(
        "INSERT INTO delegation_refusal (operation, delegation, credential, code, is_hold, yen,"
        " terminal, refused_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)"
        " ON CONFLICT (operation) DO NOTHING",
        [(operation, *each, at) for operation, each in sorted(refused.items())],
    )


def uses_of(tx: ReadTx, delegations: Sequence[DelegationId]) -> list[Use]:
    """Everything done under ``delegations`` and what came back of it, oldest first."""
    rows = tx.rows(
        "SELECT delegation, operation, scope, yen, terminal, used_at FROM delegation_use"
        " WHERE delegation = ANY(%(wanted)s::uuid[])"
        " UNION ALL SELECT delegation, refund, use.scope, -back.yen, use.terminal, returned_at"
        " FROM delegation_return AS back JOIN delegation_use AS use"
        " USING (delegation, operation) WHERE delegation = ANY(%(wanted)s::uuid[])"
        " ORDER BY used_at, operation",
        {"wanted": list(delegations)},
    )
    return [_use(row) for row in rows]


def _use(row: tuple[Any, ...]) -> Use:
    delegation, operation, scope, yen, terminal, used_at = row
    return Use(DelegationId(delegation), operation, Scope(scope), yen, terminal, used_at)


def delegation(own: SubjectKey, row: tuple[Any, ...]) -> Delegation:
    """A delegation as it was written, with its principal's key. Raises WrongPersonalKey."""
    id_, delegate, credential, kind, scopes, per_day, in_all, sealed, staff, at, ended_at = row
    first, last = delegate_rules.days_of_text(own.open(id_, bytes(sealed)))
    given = NewDelegation(
        principal=SubjectId(own.subject),
        delegate=SubjectId(delegate),
        credential=credential,
        kind=DelegateKind(kind),
        scopes=frozenset(Scope(scope) for scope in scopes),
        per_day_yen=per_day,
        in_all_yen=in_all,
        from_on=first,
        until_on=last,
    )
    return Delegation(DelegationId(id_), given, staff, at, ended_at)
