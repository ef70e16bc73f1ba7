"""Grants by list: submitted by one officer, decided by another, posted once each."""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

from ichimai import ledger, registry
from ichimai.kernel import Asset, Clock, ids
from ichimai.kernel.clock import start_of_day
from ichimai.ledger import OperationId
from ichimai.ledger.issuing import Gift
from ichimai.programs import changes, claim_lists, funding, rules, store
from ichimai.programs.calendar import Season, seasons
from ichimai.programs.catalogue import Catalogue
from ichimai.programs.desk import Desk
from ichimai.programs.errors import (
    DifferentGrantList,
    GrantListNotApproved,
    UnknownGrantList,
    UnknownProgram,
)
from ichimai.programs.funding import funder_id
from ichimai.programs.grant_list import read
from ichimai.programs.grant_list_model import (
    CheckedList,
    CheckedRow,
    Column,
    ListCode,
    ListRefused,
    ListTerms,
    ReasonTerms,
    RowError,
)
from ichimai.programs.list_rows import MAX_LISTED
from ichimai.programs.model import (
    GrantList,
    GrantListId,
    GrantRow,
    ListState,
    ListSummary,
    OperatorProfile,
    Progress,
)
from ichimai.programs.terms import Program, ProgramKind, Version
from ichimai.storage import REGISTRY, ReadTx, WriteTx

__all__ = [
    "BATCH_ROWS",
    "CheckedList",
    "Column",
    "ListCode",
    "ListRefused",
    "RowError",
    "Season",
    "all_programs",
    "catalogue",
    "check",
    "claim_lists",
    "decide",
    "grant_list",
    "grant_lists",
    "in_force",
    "is_known",
    "link",
    "number_of",
    "open_program",
    "post_list",
    "profile",
    "program",
    "recipient",
    "seasons",
    "set_profile",
    "submit",
    "versions",
    "waiting",
]

BATCH_ROWS = 5_000


def program(tx: ReadTx, key: Asset) -> Program:
    """The last version of one program. Raises UnknownProgram."""
    for found in store.programs(tx):
        if found.key == key:
            return found
    raise UnknownProgram


def in_force(tx: ReadTx, key: Asset, at: datetime) -> Program:
    """The version of a program that is in force at an instant. Raises UnknownProgram."""
    found = catalogue(tx).at(at).get(key)
    if found is None:
        raise UnknownProgram
    return found


def all_programs(tx: ReadTx) -> list[Program]:
    """The last version of each program: gifts, points and stamps first; of a kind, by key."""
    kinds = list(ProgramKind)
    return sorted(store.programs(tx), key=lambda program: kinds.index(program.kind))


def versions(tx: ReadTx) -> list[Version]:
    """All versions of all programs, by key and start."""
    return store.versions(tx)


def set_profile(tx: WriteTx, profile: OperatorProfile) -> None:
    """Note what the operator is called."""
    store.save_profile(tx, profile)


def profile(tx: ReadTx) -> OperatorProfile | None:
    """What the operator is called; None before a town was loaded."""
    return store.profile(tx)


def open_program(tx: WriteTx, clock: Clock, new: Program) -> None:
    """Write a version of a program, and bind those who fund it to its budgets.

    A version begins on its day in Tokyo; the first, when it names none, now.
    """
    now = clock.now()
    starts_at = now if new.starts_on is None else start_of_day(new.starts_on)
    store.save_program(tx, new, starts_at=starts_at, at=now)
    bound = None if new.budget_units is None else -new.budget_units
    issued = ledger.model.Role.ISSUED
    ledger.issuing.set_bound(tx, clock, funder_id(new), issued, new.key, minimum=bound)
    for budget in funding.budgets(new):
        ledger.issuing.set_bound(
            tx, clock, budget.owner, issued, budget.asset, minimum=-budget.units
        )


def load_programs(tx: WriteTx, clock: Clock, wanted: Sequence[Program]) -> list[Program]:
    """Write those of ``wanted`` that are new or changed, all or none, and say which they are.

    What is in use and not among ``wanted`` stays. Raises VersionBegun, VersionTooEarly.
    """
    changed = changes.changes(store.versions(tx), wanted, clock.now())
    for program in changed:
        open_program(tx, clock, program)
    return changed


def catalogue(tx: ReadTx) -> Catalogue:
    """All programs with all their versions."""
    return Catalogue(store.versions(tx))


def link(tx: WriteTx, pairs: list[tuple[str, UUID]]) -> None:
    """Note which subject a number of the resident register stands for; known ones stay."""
    store.add_recipients(tx, pairs)


def recipient(tx: ReadTx, number: str) -> UUID | None:
    """Whom a number of the resident register stands for; None: nobody yet."""
    return store.subjects(tx, [number]).get(number)


def number_of(tx: ReadTx, subject: UUID) -> str | None:
    """The number of the resident register that stands for a person, if one does."""
    return store.number_of(tx, subject)


def check(tx: ReadTx, key: Asset, data: bytes) -> CheckedList:
    """What a list for a program holds, if nothing is wrong with it. Writes nothing.

    Raises ListRefused with every error, also for who was granted before; UnknownProgram.
    """
    terms = program(tx, key)
    reasons = tuple(
        ReasonTerms(key=reason.name, name=reason.name, rule=reason.rule, units=reason.units)
        for reason in terms.reasons
    )
    checked = read(data, ListTerms(reasons=reasons))
    keys = {_once_key(row): row for row in checked.rows}
    again = [keys[once_key] for once_key in store.entitled(tx, key, list(keys))]
    if again:
        found = tuple(
            RowError(code=ListCode.GRANTED_BEFORE, row=row.row, column=Column.RECIPIENT_NUMBER)
            for row in sorted(again, key=lambda row: row.row)
        )
        raise ListRefused(found[:MAX_LISTED], len(found))
    return checked


def submit(
    tx: WriteTx,
    clock: Clock,
    key: Asset,
    data: bytes,
    *,
    by: UUID,
    id_: GrantListId | None = None,
) -> GrantList:
    """Check a list and put it before a second officer. Nothing is granted yet.

    The same file under the same ``id_`` again gives the same list. Raises what ``check``
    raises, and DifferentGrantList.
    """
    id_ = id_ or GrantListId(ids.uuid7(clock))
    sha256 = hashlib.sha256(data).digest()
    earlier = _same_list(tx, id_, key, sha256, by)
    if earlier is not None:
        return earlier
    checked = check(tx, key, data)
    rows = [
        GrantRow(
            row.row,
            row.recipient_number,
            row.reason,
            _once_key(row),
            row.units,
            OperationId(ids.uuid7(clock)),
        )
        for row in checked.rows
    ]
    new = GrantList(
        id=id_,
        program=key,
        sha256=checked.sha256,
        summary=_summary(checked),
        row_count=len(rows),
        units=checked.total_units,
        state=ListState.SUBMITTED,
        uploaded_by=by,
        uploaded_at=clock.now(),
        decided_by=None,
        decided_at=None,
        posted_rows=0,
    )
    if not store.add_list(tx, new, rows):
        # The same upload, sent twice at once: the other was quicker.
        return _same_list(tx, id_, key, sha256, by) or new
    return new


def _same_list(
    tx: ReadTx, id_: GrantListId, key: Asset, sha256: bytes, by: UUID
) -> GrantList | None:
    """The list that was submitted under this id, if it is the one submitted now."""
    found = store.grant_list(tx, id_)
    if found and (found.program, found.sha256, found.uploaded_by) != (key, sha256, by):
        raise DifferentGrantList
    return found


def _once_key(row: CheckedRow) -> str:
    """Whom the row gives something, and why: a couple is one whom."""
    whom = row.recipient_number if row.couple is None else f"couple {row.couple}"
    return f"{row.reason} {whom}"


def _summary(checked: CheckedList) -> ListSummary:
    return ListSummary(
        encoding=checked.encoding.value,
        rows_by_reason=dict(checked.rows_by_reason),
        units_by_reason=dict(checked.units_by_reason),
        windows={key: (window.first, window.last) for key, window in checked.windows.items()},
    )


def grant_lists(tx: ReadTx, *, limit: int = 100) -> list[GrantList]:
    """The lists uploaded last, the newest first."""
    return store.grant_lists(tx, limit=limit)


def grant_list(tx: ReadTx, id_: GrantListId) -> GrantList:
    """One list. Raises UnknownGrantList."""
    found = store.grant_list(tx, id_)
    if found is None:
        raise UnknownGrantList
    return found


def is_known(tx: ReadTx, id_: GrantListId) -> bool:
    """Whether there is a list with this id."""
    return store.grant_list(tx, id_) is not None


def decide(
    tx: WriteTx, clock: Clock, id_: GrantListId, *, by: UUID, is_approved: bool
) -> GrantList:
    """Approve or decline a list, as another person than the one who uploaded it.

    Raises UnknownGrantList, SecondPersonNeeded, GrantListDecided.
    """
    found = store.lock_list(tx, id_)
    if found is None:
        raise UnknownGrantList
    rules.check_decision(found, by)
    state = ListState.APPROVED if is_approved else ListState.DECLINED
    store.decide_list(tx, id_, state, by=by, at=clock.now())
    return grant_list(tx, id_)


def post_list(desk: Desk, id_: GrantListId) -> Iterator[Progress]:
    """Post an approved list in batches, telling the progress after each.

    May be stopped anywhere and started again, by several processes at once: a batch and its
    progress are one transaction. Raises UnknownGrantList, GrantListNotApproved, and what the
    ledger refuses (such as BoundExceeded when the program's budget is spent).
    """
    _ensure_recipients(desk, id_)
    skipped = 0
    is_done = False
    while not is_done:
        with desk.database.write(desk.operator) as tx:
            found = store.lock_list(tx, id_)
            if found is None:
                raise UnknownGrantList
            if found.state not in {ListState.APPROVED, ListState.POSTED}:
                raise GrantListNotApproved
            batch = store.list_rows(tx, id_, after=found.posted_rows, limit=BATCH_ROWS)
            skipped += len(batch) - _post_rows(tx, desk, found, batch)
            done = found.posted_rows + len(batch)
            is_done = done == found.row_count
            state = ListState.POSTED if is_done else ListState.APPROVED
            store.note_progress(tx, id_, done, state)
        yield Progress(done, found.row_count, skipped)


def _ensure_recipients(desk: Desk, id_: GrantListId) -> None:
    """Give every number on the list a subject; a crash in between leaves a holder nobody uses."""
    while True:
        with desk.database.read(desk.operator) as tx:
            missing = store.unknown_recipients(tx, id_, BATCH_ROWS)
        if not missing:
            return
        with desk.database.write(REGISTRY) as tx:
            holders = registry.holders.new(tx, desk.clock, len(missing))
            subjects = registry.holders.subjects(tx, desk.clock, desk.sector, holders)
        with desk.database.write(desk.operator) as tx:
            link(tx, list(zip(missing, subjects, strict=True)))


def _post_rows(tx: WriteTx, desk: Desk, found: GrantList, rows: list[tuple[GrantRow, UUID]]) -> int:
    """Grant those rows whose reason was not granted before; how many that were."""
    if not rows:
        return 0
    terms = in_force(tx, found.program, desk.clock.now())
    claimed = store.claim_entitlements(tx, found.program, [row for row, _ in rows])
    gifts = [
        Gift(row.operation, subject, row.units, _capped(terms, row.units))
        for row, subject in rows
        if row.once_key in claimed
    ]
    ledger.issuing.grant_all(
        tx,
        desk.clock,
        gifts,
        funder=funder_id(terms),
        asset=terms.key,
        expires_at=rules.expires_at(terms, desk.clock.now()),
        actor=found.decided_by or found.uploaded_by,
    )
    return len(gifts)


def _capped(terms: Program, units: int) -> int:
    capped = rules.capped_units(terms, units)
    return units if capped is None else capped


def waiting(tx: ReadTx) -> list[GrantListId]:
    """The approved lists that are not posted yet, the oldest first."""
    return store.lists_in(tx, ListState.APPROVED)
