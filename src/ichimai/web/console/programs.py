"""The programs: what is in force, what comes next, and how much of each budget is spent."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from markupsafe import Markup
from starlette.responses import Response
from starlette.routing import Route

from ichimai import ledger, people
from ichimai.kernel import Asset
from ichimai.kernel.clock import day_in_tokyo
from ichimai.ledger.model import Role
from ichimai.people.model import StaffId
from ichimai.programs import funding, lists
from ichimai.programs.errors import UnknownProgram
from ichimai.programs.terms import Bonus, Earning, Exchange, Program, Version
from ichimai.storage import ReadTx
from ichimai.towns import program_changes
from ichimai.web.console.door import DOOR, EVERYBODY, AtConsole, for_staff
from ichimai.web.console.program_parts import PartWords
from ichimai.web.console.program_words import KINDS, ProgramWords
from ichimai.web.layout import Pages, formats
from ichimai.web.layout.charts import gauge

CALENDAR_DAYS: Final = 60


@dataclass(frozen=True, slots=True)
class BudgetUse:
    """A budget and what is spent of it; ``part`` None: the program's own."""

    part: str | None
    program: Program
    units: int
    spent: int
    picture: Markup


@dataclass(frozen=True, slots=True)
class Listed:
    """A program in the list; ``coming``: the version that begins next."""

    program: Program
    is_begun: bool
    coming: Version | None
    budgets: Sequence[BudgetUse]


def routes(pages: Pages) -> list[Route]:
    """The pages that show programs."""
    return [
        pages.page("/console/programs", DOOR, for_staff(EVERYBODY, _list)),
        pages.page("/console/programs/{key}", DOOR, for_staff(EVERYBODY, _show)),
    ]


def _list(here: AtConsole) -> Response:
    """All programs: version in force, next version, budgets."""
    now = here.visit.services.clock.now()
    with here.read() as tx:
        versions = lists.versions(tx)
        waiting = program_changes.waiting(tx, here.visit.services.clock)
        spent = _spent(tx)
        in_force = lists.catalogue(tx).at(now)
        names = people.staff.members(tx, sorted({each.request.asked_by for each in waiting}))
    found = []
    for key in dict.fromkeys(each.program.key for each in versions):
        coming = _coming(versions, key, here)
        program = in_force.get(key) or versions[-1].program
        if key not in in_force and coming:
            program = coming[0].program
        found.append(
            Listed(
                program,
                key in in_force,
                coming[0] if coming else None,
                _budgets(here, program, spent, versions),
            )
        )
    called = {each.program.key: each.program for each in versions}
    return here.render(
        "console/programs.html",
        programs=found,
        kinds=KINDS,
        waiting=waiting,
        called_of=called,
        names=names,
        say=here.visit.say,
    )


def _show(here: AtConsole) -> Response:
    """One program: its terms in plain words, its budgets, its days, and who changed it."""
    clock = here.visit.services.clock
    key = Asset(here.visit.request.path_params["key"])
    with here.read() as tx:
        versions = lists.versions(tx)
        mine = [each for each in versions if each.program.key == key]
        if not mine:
            raise UnknownProgram
        words = ProgramWords(PartWords.of(here.visit, tx))
        spent = _spent(tx)
        waiting = [each for each in program_changes.waiting(tx, clock) if each.key == key]
        done = [each for each in program_changes.done(tx) if each.key == key]
        ids = {each.request.asked_by for each in (*waiting, *done)}
        ids |= {each.request.decided_by for each in done if each.request.decided_by}
        names = people.staff.members(tx, sorted(StaffId(each) for each in ids))
    coming = _coming(versions, key, here)
    begun = [each for each in mine if each not in coming]
    program = begun[-1].program if begun else mine[0].program
    return here.render(
        "console/program.html",
        program=program,
        is_begun=bool(begun),
        coming=coming,
        words=words,
        differences=[
            (each, words.differences(before.program, each.program))
            for before, each in zip([*begun[-1:], *coming], coming, strict=False)
        ]
        if begun
        else [],
        budgets=_budgets(here, program, spent, versions),
        seasons=lists.seasons(mine, from_on=day_in_tokyo(clock.now()), days=CALENDAR_DAYS),
        calendar_days=CALENDAR_DAYS,
        waiting=waiting,
        done=done,
        names=names,
    )


def _coming(versions: Sequence[Version], key: Asset, here: AtConsole) -> list[Version]:
    """The versions of a program that have not begun."""
    now = here.visit.services.clock.now()
    return [each for each in versions if each.program.key == key and each.starts_at > now]


def _spent(tx: ReadTx) -> dict[tuple[Asset, UUID], int]:
    """What was given out of each account that gives, by program."""
    return {
        (program.key, owner): -balance
        for program in lists.all_programs(tx)
        for owner, balance in ledger.reports.balances(tx, Role.ISSUED, program.key).items()
    }


def _budgets(
    here: AtConsole,
    program: Program,
    spent: dict[tuple[Asset, UUID], int],
    versions: Sequence[Version],
) -> list[BudgetUse]:
    """A program's budgets: its own, and those of its parts."""
    called = {each.program.key: each.program for each in versions}
    found: list[tuple[str | None, Program, int, UUID]] = []
    if program.budget_units is not None:
        owner = funding.funder_id(program)
        found.append((None, program, program.budget_units, owner))
    parts: list[Earning | Bonus | Exchange] = [
        *program.earnings,
        *program.bonuses,
        *program.exchanges,
    ]
    language = here.visit.language
    names = {
        funding.budget_id(program.key, each.key): formats.called(each, language) for each in parts
    }
    for budget in funding.budgets(program):
        of = called.get(budget.asset, program)
        name = names.get(budget.owner) or formats.called(of, here.visit.language)
        found.append((name, of, budget.units, budget.owner))
    return [
        BudgetUse(
            name,
            of,
            units,
            spent.get((of.key, owner), 0),
            gauge(spent.get((of.key, owner), 0), units),
        )
        for name, of, units, owner in found
    ]
