"""A version as it is written, reviewed: what is wrong or changes, and what it would have cost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import timedelta
from typing import Any, Final

from markupsafe import Markup

from ichimai.kernel import Asset
from ichimai.kernel.clock import day_in_tokyo
from ichimai.programs import lists, whatif
from ichimai.programs.terms import Program
from ichimai.programs.whatif import Past, PastOccasion
from ichimai.reporting import trial
from ichimai.reporting.trial import Trial
from ichimai.storage import ReadTx
from ichimai.towns import program_changes
from ichimai.towns.errors import TownInvalid
from ichimai.towns.program_changes import ChangeRefused, Draft
from ichimai.web.console.door import AtConsole
from ichimai.web.console.program_parts import PartWords
from ichimai.web.console.program_words import Difference, ProgramWords
from ichimai.web.layout import mark
from ichimai.web.layout.charts import Bar, bars

_DAYS: Final = 90
_MOST_SALES: Final = 200_000
"""So many are tried while somebody waits for a page and tills do not; the command takes all."""


@dataclass(frozen=True, slots=True)
class Review:
    """What is to be said of a version; ``draft`` None: it cannot be used, ``wrong`` says why."""

    draft: Draft | None
    wrong: Sequence[TownInvalid] = ()
    differences: Sequence[Difference] = ()
    lines: Sequence[Difference] = ()
    shown: "Shown | None" = None
    streets: Mapping[int, str] = field(default_factory=dict)

    @property
    def context(self) -> dict[str, Any]:
        """For a template."""
        return {each.name: getattr(self, each.name) for each in fields(self)}


def reviewed(here: AtConsole, tx: ReadTx, text: str, *, only: int | None = None) -> Review:
    """The version that ``text`` says, held against what is there. Writes nothing.

    ``only``: as of ``tried``.
    """
    try:
        draft = program_changes.read(tx, here.visit.services.clock, text)
    except ChangeRefused as found:
        return Review(None, found.wrong)
    words = ProgramWords(PartWords.of(here.visit, tx))
    old = draft.replaced or draft.before
    return Review(
        draft,
        differences=words.differences(old, draft.program),
        lines=list(words.lines(old, draft.program)) if old else [],
        shown=tried(here, tx, draft.program, only=only),
        streets=words.parts.streets,
    )


@dataclass(frozen=True, slots=True)
class Shown:
    """A trial with its chart."""

    trial: Trial
    chart: Markup
    is_short: bool
    """Whether fewer than so many ``days`` were taken, as they had more than ``most`` sales."""

    is_of_one: bool = False
    """Whether it is of one association's shops alone."""

    days: int = _DAYS
    most: int = _MOST_SALES


def tried(
    here: AtConsole, tx: ReadTx, program: Program, *, only: int | None = None
) -> Shown | None:
    """The version over the last days, beside what is in force; None: nobody earns anything.

    ``only``: over what took place at an association's shops. By rules of their own making, those
    who look after it could else work out what any other shop sells at any hour.
    """
    clock = here.visit.services.clock
    versions = lists.versions(tx)
    now = lists.catalogue(tx).at(clock.now()).get(program.key)
    if not any(each.earnings or each.exchanges for each in (now, program) if each is not None):
        return None
    last = day_in_tokyo(clock.now()) - timedelta(days=1)
    wanted = last - timedelta(days=_DAYS - 1)
    first = whatif.first_day(tx, from_on=wanted, to_on=last, most=_MOST_SALES)
    history = whatif.history(tx, from_on=first, to_on=last)
    if only is not None:
        history = (each for each in history if _is_of(each, only, program.key))
    found = trial.made(
        versions, now, program, history, from_on=first, to_on=last, begins_on=program.starts_on
    )
    return Shown(found, _chart(here, found), first > wanted, only is not None)


def _is_of(past: Past, association: int, program: Asset) -> bool:
    """Whether it took place at an association's shop, or is what somebody did at home."""
    if past.till.number:
        return past.till.association == association
    return isinstance(past, PastOccasion) and past.program == program


def _chart(here: AtConsole, found: Trial) -> Markup:
    say, yen = here.visit.say, here.visit.yen
    sides = ((mark("The rules now"), found.now), (mark("The new rules"), found.then))
    return bars(
        [
            Bar(say(name), side.cost_yen, yen(side.cost_yen))
            for name, side in sides
            if side is not None and side.cost_yen is not None
        ]
    )
