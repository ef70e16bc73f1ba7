"""Changing a program while the town runs: one officer proposes a version, another approves it.

``read`` says what is wrong with a version as it is written; ``propose`` keeps it, word for word;
``approve``, by another person, checks it once more and writes it. It begins on its day.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from ichimai import people
from ichimai.kernel import Asset, Clock
from ichimai.kernel.clock import day_in_tokyo
from ichimai.kernel.errors import Invalid
from ichimai.people.model import Deed, RequestId, Staff, TwoPersonRequest
from ichimai.programs import lists
from ichimai.programs.errors import UnknownProgram
from ichimai.programs.terms import Program, Version
from ichimai.storage import ReadTx, WriteTx
from ichimai.towns import program_files
from ichimai.towns.errors import Problem, Rule, TownInvalid
from ichimai.towns.files import Places, decoded
from ichimai.towns.program_checks import faults
from ichimai.towns.shapes import ProgramsFile
from ichimai.towns.surroundings import Fault
from ichimai.towns.toml_text import written

__all__ = [
    "DEEDS",
    "MOST_CHARACTERS",
    "Change",
    "ChangeRefused",
    "Draft",
    "approve",
    "change_of",
    "done",
    "next_text",
    "next_version",
    "propose",
    "read",
    "tried",
    "waiting",
    "written",
]

DEEDS: Final = (Deed.PROGRAM_CHANGE,)
MOST_CHARACTERS: Final = 18_000
"""As text; as JSON in the record of what two people did it is at most twice as long."""

_FILE: Final = "program.toml"
_OF_VERSIONS: Final = frozenset({Rule.VERSIONS_IN_ORDER, Rule.VERSION_HAS_START})


@dataclass(eq=False)
class ChangeRefused(Invalid):
    """A version of a program cannot be used as it is written."""

    wrong: tuple[TownInvalid, ...]
    code = "program_change_refused"

    def __str__(self) -> str:
        return "; ".join(str(each) for each in self.wrong)


@dataclass(frozen=True, slots=True)
class Draft:
    """A version that could be proposed. ``before``: the version that it follows; None: no other.

    ``replaced``: what was written of this very version, which has not begun.
    """

    program: Program
    text: str
    before: Program | None
    replaced: Program | None


@dataclass(frozen=True, slots=True)
class Change:
    """What somebody proposed, and the version that it would write."""

    request: TwoPersonRequest
    key: Asset
    version: int
    text: str

    @property
    def program(self) -> Program:
        """The version that it would write."""
        return decoded(_FILE, self.text, ProgramsFile)[0].programs[0]


def next_text(tx: ReadTx, clock: Clock, program: Program) -> str:
    """The text from which a change begins: the version that is to come, or one more."""
    return written(next_version(tx, clock, program))


def next_version(tx: ReadTx, clock: Clock, program: Program) -> Program:
    """The version that a change of ``program`` (its last) would write, before it is changed."""
    last = next(each for each in reversed(lists.versions(tx)) if each.program.key == program.key)
    if last.starts_at > clock.now():
        return program
    return msgspec.structs.replace(program, version=program.version + 1, starts_on=None)


def read(tx: ReadTx, clock: Clock, text: str) -> Draft:
    """The one version that ``text`` says, held against all others. Writes nothing.

    Raises ChangeRefused with all that is wrong, by line.
    """
    if len(text) > MOST_CHARACTERS:
        raise ChangeRefused((TownInvalid(_FILE, 0, "", Problem.WRONG_VALUE),))
    try:
        file, places = decoded(_FILE, text, ProgramsFile)
    except TownInvalid as error:
        raise ChangeRefused((error,)) from None
    if len(file.programs) != 1:
        raise ChangeRefused((_wrong(places, Fault("", Rule.ONE_VERSION)),))
    (program,) = file.programs
    now = clock.now()
    stored = lists.versions(tx)
    is_same = [_is_version(each, program) and each.starts_at > now for each in stored]
    kept = [each for each, is_out in zip(stored, is_same, strict=True) if not is_out]
    wrong = list(_faults(tx, kept, program))
    if program.starts_on is None or program.starts_on <= day_in_tokyo(now):
        wrong = [each for each in wrong if each.rule is not Rule.VERSION_HAS_START]
        wrong.append(Fault("program[0].starts_on", Rule.BEGINS_LATER))
    if wrong:
        found = [_wrong(places, each) for each in wrong]
        raise ChangeRefused(tuple(sorted(found, key=lambda each: each.line)))
    mine = [each.program for each in kept if each.program.key == program.key]
    replaced = [each.program for each, is_out in zip(stored, is_same, strict=True) if is_out]
    return Draft(program, text, mine[-1] if mine else None, replaced[0] if replaced else None)


def tried(tx: ReadTx, key: Asset, text: str) -> Program:
    """The last version of a program that ``text`` says, to be tried: when it begins is open.

    Raises ChangeRefused, UnknownProgram.
    """
    try:
        file, places = decoded(_FILE, text, ProgramsFile)
    except TownInvalid as error:
        raise ChangeRefused((error,)) from None
    found = [place for place, each in enumerate(file.programs) if each.key == key]
    if not found:
        raise UnknownProgram
    program, mine = file.programs[found[-1]], f"program[{found[-1]}]"
    others = [each for each in lists.versions(tx) if each.program.key != key]
    wrong = [
        _wrong(places, Fault(each.path.replace("program[0]", mine, 1), each.rule))
        for each in _faults(tx, others, program)
        if each.rule not in _OF_VERSIONS
    ]
    if wrong:
        raise ChangeRefused(tuple(sorted(wrong, key=lambda each: each.line)))
    return program


def propose(tx: WriteTx, clock: Clock, text: str, *, reason: str, by: Staff) -> TwoPersonRequest:
    """Put a version before another person. Nothing changes yet.

    Raises ChangeRefused, MayNotAskOrApprove, MyNumberRefused.
    """
    program = read(tx, clock, text).program
    details = json.dumps(
        {"key": program.key, "version": program.version, "text": text}, ensure_ascii=False
    )
    return people.two_person.ask(
        tx, clock, Deed.PROGRAM_CHANGE, details=details, reason=reason, by=by
    )


def approve(tx: WriteTx, clock: Clock, id_: RequestId, *, by: Staff) -> Program:
    """Approve, as another person than who proposed it: the version is written as it was said.

    Raises what ``people.two_person.approve`` raises, and ChangeRefused when the version no
    longer fits what is there now, or its day has come: then nothing is written or decided.
    """
    request = people.two_person.approve(tx, clock, id_, by=by)
    program = read(tx, clock, change_of(request).text).program
    lists.open_program(tx, clock, program)
    people.two_person.done(tx, clock, id_)
    return program


def waiting(tx: ReadTx, clock: Clock) -> list[Change]:
    """What waits for another person, the oldest first."""
    return [change_of(each) for each in people.two_person.undone(tx, clock, DEEDS)]


def done(tx: ReadTx, limit: int = 50) -> list[Change]:
    """What was approved and written, the latest first."""
    return [change_of(each) for each in people.two_person.latest_done(tx, DEEDS, limit=limit)]


def change_of(request: TwoPersonRequest) -> Change:
    """What a request would write."""
    said = json.loads(request.details)
    return Change(request, Asset(said["key"]), said["version"], said["text"])


def _is_version(version: Version, program: Program) -> bool:
    return (version.program.key, version.program.version) == (program.key, program.version)


def _faults(tx: ReadTx, kept: Sequence[Version], program: Program) -> list[Fault]:
    """What is wrong with ``program`` and, because of it, with others."""
    known = program_files.in_use(tx)
    in_order = sorted(kept, key=lambda each: (each.starts_at, each.program.version))
    every = [each.program for each in in_order]
    before = set(faults(every, known))
    found = [each for each in faults([*every, program], known) if each not in before]
    mine = f"program[{len(every)}]"
    return [
        Fault(each.path.replace(mine, "program[0]", 1), each.rule)
        if each.path.startswith(mine)
        else Fault(_other(every, each.path), each.rule)
        for each in found
    ]


def _other(every: Sequence[Program], path: str) -> str:
    """The path of a field of another program, under that one's key."""
    place, _, field = path.removeprefix("program[").partition("]")
    return f"{every[int(place)].key}{field}"


def _wrong(places: Places, fault: Fault) -> TownInvalid:
    path, rule = fault
    return TownInvalid(_FILE, places.line_of(path), path, rule.problem, rule)
