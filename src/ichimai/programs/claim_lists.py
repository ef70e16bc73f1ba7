"""Facts about people by list: checked whole, then taken in batches, which may be started again."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, NamedTuple

from ichimai import audit, registry
from ichimai.people.model import Staff
from ichimai.people.records import claim_lists
from ichimai.people.records.claim_lists import Difference, Outcome, Said
from ichimai.programs import claim_list, store
from ichimai.programs.claim_list import ClaimRow
from ichimai.programs.desk import Desk
from ichimai.programs.grant_list_model import Column, ListCode, RowError
from ichimai.programs.list_rows import Report
from ichimai.registry import SubjectId
from ichimai.storage import REGISTRY

__all__ = ["BATCH_PEOPLE", "Checked", "Taken", "check", "look_of", "take"]

BATCH_PEOPLE: Final = 100
"""So many people are written in one transaction: it holds the access log's end meanwhile."""

_CODES: Final[Mapping[Difference, tuple[ListCode, Column]]] = {
    Difference.BIRTH_DATE: (ListCode.OTHER_BIRTH_DATE, Column.VALUE),
    Difference.DOCUMENT: (ListCode.SEEN_OTHERWISE, Column.VALUE),
    Difference.LATER: (ListCode.LATER_KNOWN, Column.FROM_ON),
}


@dataclass(frozen=True, slots=True)
class Checked:
    """A list without errors.

    ``left_out``: rows of numbers that nobody here has. ``changed``: for whom it changes something.
    """

    people: Mapping[SubjectId, Sequence[ClaimRow]]
    rows: int
    left_out: int
    changed: Sequence[SubjectId]


class Taken(NamedTuple):
    """How far a list has come: of ``people`` for whom it changes something, ``done``."""

    done: int
    people: int


def look_of(staff: Staff, list_name: str) -> audit.Look:
    """The look of whoever brings a list; its name is the reason that the people on it read.

    Raises InvalidClaim, MyNumberRefused.
    """
    name = claim_lists.named(list_name)
    return audit.Look(staff.id, staff.role.value, audit.Purpose.LIST, name)


def check(desk: Desk, look: audit.Look, data: bytes, *, skips_unknown: bool = False) -> Checked:
    """What a list holds, if nothing is wrong with it. Writes nothing but who looked.

    ``skips_unknown``: rows of numbers that nobody here has are left out, and are no errors. Those
    whose record was erased, and not begun anew, are nobody. Raises ListRefused with every error.
    """
    report = Report()
    with desk.database.read(desk.operator) as tx:
        profile = store.profile(tx)
    districts = profile.districts if profile else ()
    is_fact = partial(claim_lists.check, desk.clock, look.note)
    rows = claim_list.read(data, report, check=is_fact, districts=districts)
    people, unknown = _by_person(desk, rows, report)
    if not skips_unknown:
        for row in unknown:
            _add(report, row, ListCode.UNKNOWN_RECIPIENT, Column.RECIPIENT_NUMBER)
    changed = []
    for batch in _batches(list(people)):
        with desk.database.write(desk.operator) as tx:
            wanted = _said(people, batch)
            found = claim_lists.compare(tx, desk.personal_key, desk.clock, look, wanted)
        changed += [subject for subject in batch if any(found[subject])]
        _tell(report, people, found)
    if report.total:
        report.errors.sort(key=lambda error: error.row or 0)
        raise report.refusal()
    return Checked(people, len(rows), len(unknown), changed)


def take(desk: Desk, look: audit.Look, checked: Checked) -> Iterator[Taken]:
    """Write a list in batches, telling the progress after each.

    May be stopped anywhere: the same list again finds what is written, and writes the rest.
    Raises ListRefused for a batch of which somebody entered something else since ``check``; the
    batches before it stay.
    """
    total = len(checked.changed)
    done = 0
    for batch in _batches(checked.changed):
        report = Report()
        with desk.database.write(desk.operator) as tx:
            wanted = _said(checked.people, batch)
            _tell(
                report,
                checked.people,
                claim_lists.take(tx, desk.personal_key, desk.clock, look, wanted),
            )
            if report.total:
                raise report.refusal()
        done += len(batch)
        yield Taken(done, total)


def _by_person(
    desk: Desk, rows: Sequence[ClaimRow], report: Report
) -> tuple[dict[SubjectId, list[ClaimRow]], list[ClaimRow]]:
    """The rows by whom they are about, and those that are about nobody.

    Two numbers may be one person's since a merge: of one kind of fact they are there twice.
    """
    numbers = sorted({row.number for row in rows})
    with desk.database.read(desk.operator) as tx:
        given = {number: SubjectId(found) for number, found in store.subjects(tx, numbers).items()}
    with desk.database.read(REGISTRY) as tx:
        now = registry.holders.follow(tx, desk.sector, given.values())
    subjects = {number: now.get(subject, subject) for number, subject in given.items()}
    with desk.database.read(desk.operator) as tx:
        gone = claim_lists.erased(tx, list(subjects.values()))
    people: dict[SubjectId, list[ClaimRow]] = defaultdict(list)
    unknown = []
    for row in rows:
        subject = subjects.get(row.number)
        if subject is None or subject in gone:
            unknown.append(row)
            continue
        if any(row.said.kind is other.said.kind for other in people[subject]):
            _add(report, row, ListCode.DUPLICATE_FACT, Column.RECIPIENT_NUMBER)
        people[subject].append(row)
    return dict(people), unknown


def _batches(people: Sequence[SubjectId]) -> Iterator[Sequence[SubjectId]]:
    for start in range(0, len(people), BATCH_PEOPLE):
        yield people[start : start + BATCH_PEOPLE]


def _said(
    people: Mapping[SubjectId, Sequence[ClaimRow]], batch: Sequence[SubjectId]
) -> dict[SubjectId, list[Said]]:
    return {subject: [row.said for row in people[subject]] for subject in batch}


def _tell(
    report: Report,
    people: Mapping[SubjectId, Sequence[ClaimRow]],
    found: Mapping[SubjectId, Sequence[Outcome]],
) -> None:
    for subject, outcomes in found.items():
        for row, outcome in zip(people[subject], outcomes, strict=True):
            if isinstance(outcome, Difference):
                _add(report, row, *_CODES[outcome])


def _add(report: Report, row: ClaimRow, code: ListCode, column: Column) -> None:
    report.add(RowError(code=code, row=row.row, column=column))
