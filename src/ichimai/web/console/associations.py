"""The associations: members, what was issued and accepted, who owes whom, campaigns, what-if.

Staff of the operator see all of them. The treasurer of an association, whose organisation has
the association's name, sees that one: of people nothing, of other associations only what is owed
between them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from http import HTTPStatus
from typing import Final, NamedTuple

from markupsafe import Markup
from starlette.responses import Response
from starlette.routing import Route

from ichimai import merchants, settlement
from ichimai.kernel import Asset
from ichimai.kernel.clock import day_in_tokyo
from ichimai.kernel.errors import Forbidden, NotFound
from ichimai.merchants import Association
from ichimai.programs import funding, lists
from ichimai.programs.errors import UnknownProgram
from ichimai.programs.lists import Season
from ichimai.programs.terms import Bonus, Earning, Program, Trigger, Where
from ichimai.settlement.clearing import AssociationClosing, Debt
from ichimai.storage import ReadTx
from ichimai.towns import program_changes
from ichimai.web.console import program_form
from ichimai.web.console.door import DOOR, AtConsole, for_members
from ichimai.web.console.program_edits import FORM_BYTES, beginning
from ichimai.web.console.program_parts import WEEKDAYS, PartWords
from ichimai.web.console.program_trial import reviewed
from ichimai.web.console.programs import CALENDAR_DAYS
from ichimai.web.console.rule_words import meaning_of
from ichimai.web.console.shops import SIZES
from ichimai.web.layout import Pages, mark
from ichimai.web.layout.charts import Bar, bars
from ichimai.web.layout.paging import part_of

_ASSOCIATIONS: Final = "/console/associations"
_CLOSINGS: Final = 26
"""Of each program: half a year of weeks."""

_NETTINGS: Final = 26
_BILLS: Final = 100
_SHOPS_ON_A_PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class OfProgram:
    """What the last closings of a program came to for an association, in its units."""

    program: Program
    issued: int = 0
    accepted: int = 0
    elsewhere: int = 0
    from_others: int = 0
    outstanding: int = 0
    closings: int = 0

    def and_one(self, more: AssociationClosing, *, is_latest: bool) -> "OfProgram":
        """With one closing more; what is outstanding is what the program's last one says."""
        return replace(
            self,
            issued=self.issued + more.issued,
            accepted=self.accepted + more.accepted,
            elsewhere=self.elsewhere + more.elsewhere,
            from_others=self.from_others + more.from_others,
            outstanding=more.outstanding if is_latest else self.outstanding,
            closings=self.closings + 1,
        )


class Transfer(NamedTuple):
    """What an association pays (or, if not ``is_paid``, gets) to settle a netting."""

    made_on: date
    is_paid: bool
    other: str
    yen: int
    is_approved: bool


def routes(pages: Pages) -> list[Route]:
    """The pages of associations."""
    one = f"{_ASSOCIATIONS}/{{number:int}}"
    trial = f"{one}/whatif/{{key}}"
    return [
        pages.page(_ASSOCIATIONS, DOOR, for_members(_list)),
        pages.page(one, DOOR, for_members(_show)),
        pages.page(trial, DOOR, for_members(_ask_trial)),
        pages.action(trial, DOOR, for_members(_try), limit=FORM_BYTES),
    ]


def _list(here: AtConsole) -> Response:
    """The associations; whoever looks after one of them is led to it."""
    if here.may_see_association:
        with here.read() as tx:
            own = own_association(here, tx)
        if own is None:
            raise Forbidden
        return here.visit.go(f"{_ASSOCIATIONS}/{own.number}")
    if not here.may_see_money:
        raise Forbidden
    with here.read() as tx:
        found = merchants.directory.associations(tx)
        programs = lists.all_programs(tx)
        shops = merchants.directory.shops(tx, limit=None)
    members: dict[int, int] = {}
    for shop in shops:
        members[shop.association] = members.get(shop.association, 0) + 1
    return here.render(
        "console/associations.html",
        associations=found,
        members=members,
        programs_of={each.number: _programs_of(programs, each.number) for each in found},
    )


def _show(here: AtConsole) -> Response:
    """One association: its members, its units, who owes whom, its campaigns."""
    clock = here.visit.services.clock
    with here.snapshot() as tx:
        association = _association(here, tx)
        words = PartWords.of(here.visit, tx)
        programs = lists.all_programs(tx)
        sums = _sums(tx, association.number, programs)
        transfers = _transfers(tx, association.number, words)
        bills = settlement.clearing.bills(tx, None, _BILLS, association.number)
        shops = merchants.directory.shops(tx, association=association.number, limit=None)
        today = day_in_tokyo(clock.now())
        seasons = lists.seasons(lists.versions(tx), from_on=today, days=CALENDAR_DAYS)
    return here.render(
        "console/association.html",
        association=association,
        sums=sums,
        charts=[(each, _chart(here, each)) for each in sums],
        transfers=transfers,
        bills=bills,
        part=part_of(shops, here.visit.request.query_params.get("after"), _SHOPS_ON_A_PAGE),
        sizes=SIZES,
        seasons=[each for each in seasons if _concerns(each, association.number)],
        calendar_days=CALENDAR_DAYS,
        own=_programs_of(programs, association.number),
        words=words,
        say=here.visit.say,
    )


def _ask_trial(here: AtConsole) -> Response:
    """Where other rules of one of its programs are typed in, to be tried."""
    with here.read() as tx:
        _association(here, tx)
        program = _next(here, tx)
    return _trial_form(here, program)


def _next(here: AtConsole, tx: ReadTx) -> Program:
    """What would come after the version there is. Raises UnknownProgram."""
    last = _program(here, tx)
    return beginning(here, program_changes.next_version(tx, here.visit.services.clock, last))


def _try(here: AtConsole) -> Response:
    """Try other rules; nothing is written, and nothing can be proposed from here."""
    form = here.visit.form
    with here.snapshot() as tx:
        association = _association(here, tx)
        program = _next(here, tx)
        if form.text("do") == "fields":
            program, wrong = program_form.changed(program, form.every)
            if wrong:
                return _trial_form(here, program, wrong)
            text = program_changes.written(program)
        else:
            text = form.raw("text").replace("\r\n", "\n")
        only = association.number if here.may_see_association else None
        review = reviewed(here, tx, text, only=only)
        if review.draft is not None and review.draft.program.key != program.key:
            raise Forbidden
    return here.render(
        "console/program_preview.html",
        status=HTTPStatus.OK if review.draft else HTTPStatus.UNPROCESSABLE_ENTITY,
        text=text,
        action=here.visit.request.url.path,
        may_propose=False,
        meaning_of=meaning_of,
        error="",
        say=here.visit.say,
        **review.context,
    )


def _trial_form(here: AtConsole, program: Program, wrong: dict[str, str] | None = None) -> Response:
    return here.render(
        "console/program_edit.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK,
        program=program,
        # What it is called, and from when, costs nothing.
        groups=[each for each in program_form.groups(program) if each.part is not None],
        may_propose=False,
        text=program_changes.written(program),
        action=here.visit.request.url.path,
        wrong=wrong or {},
        typed=here.visit.form.every if wrong else None,
        programs=None,
        like="",
        weekdays=WEEKDAYS,
        say=here.visit.say,
    )


def _association(here: AtConsole, tx: ReadTx) -> Association:
    """The association of the address. Raises Forbidden, NotFound."""
    number = here.visit.request.path_params["number"]
    if here.may_see_association:
        # Which others there are is not said to whom they do not concern.
        own = own_association(here, tx)
        if own is None or own.number != number:
            raise Forbidden
        return own
    if not here.may_see_money:
        raise Forbidden
    for each in merchants.directory.associations(tx):
        if each.number == number:
            return each
    raise NotFound


def own_association(here: AtConsole, tx: ReadTx) -> Association | None:
    """The association that has the name of this person's organisation."""
    name = here.staff.organisation.name
    found = [each for each in merchants.directory.associations(tx) if each.name == name]
    return found[0] if len(found) == 1 else None


def _program(here: AtConsole, tx: ReadTx) -> Program:
    """The program of the address, which is one of the association's. Raises UnknownProgram."""
    number, key = (here.visit.request.path_params[name] for name in ("number", "key"))
    for each in _programs_of(lists.all_programs(tx), number):
        if each.key == Asset(key):
            return each
    raise UnknownProgram


def _programs_of(programs: Sequence[Program], number: int) -> list[Program]:
    """The programs that an association pays for, or in which its shops give units.

    In an association's own, or by name in a coalition's, or because every shop gives them. Events
    are no shop's, unless their terms name it.
    """
    party = f"association:{number}"
    return [
        each
        for each in programs
        if party in funding.parties([each]).values()
        or any(_is_given_by(earning, number) for earning in each.earnings)
    ]


def _is_given_by(earning: Earning, number: int) -> bool:
    named = _named(earning.where)
    return number in named if named else earning.trigger is not Trigger.EVENT


def _named(where: Where) -> frozenset[int]:
    """The associations that terms name, by themselves or by a shop; none: all are meant."""
    return frozenset(int(shop[:2]) for shop in where.shops) or frozenset(where.associations)


def _concerns(season: Season, number: int) -> bool:
    """Whether shops of an association take part: a bonus does where its earning does."""
    program, part = season.program, season.part
    wheres = [part.where]
    if isinstance(part, Bonus):
        wheres += [each.where for each in program.earnings if each.key == part.earning]
    wheres.append(program.acceptance)
    for where in wheres:
        if named := _named(where):
            return number in named
    return True


def _sums(tx: ReadTx, number: int, programs: Sequence[Program]) -> list[OfProgram]:
    sums = {program.key: OfProgram(program) for program in programs}
    for asset, is_last, row in settlement.reports.of_association(tx, number, _CLOSINGS):
        if asset in sums:
            sums[asset] = sums[asset].and_one(row, is_latest=is_last)
    return [each for each in sums.values() if each.closings]


def _transfers(tx: ReadTx, number: int, words: PartWords) -> list[Transfer]:
    party = f"association:{number}"
    found = []
    for netting in settlement.clearing.nettings(tx, _NETTINGS):
        if netting.state is settlement.clearing.NettingState.REJECTED:
            continue
        mine: list[Debt] = [
            each for each in netting.transfers if party in (each.debtor, each.creditor)
        ]
        for each in mine:
            is_paid = each.debtor == party
            found.append(
                Transfer(
                    made_on=day_in_tokyo(netting.made_at),
                    is_paid=is_paid,
                    other=words.party(each.creditor if is_paid else each.debtor),
                    yen=each.yen,
                    is_approved=netting.state is settlement.clearing.NettingState.APPROVED,
                )
            )
    return found


def _chart(here: AtConsole, sums: OfProgram) -> Markup:
    rows = (
        (mark("Issued"), sums.issued),
        (mark("Accepted"), sums.accepted),
        (mark("Outstanding"), sums.outstanding),
        (mark("Its units, accepted elsewhere"), sums.elsewhere),
        (mark("Units of others, accepted here"), sums.from_others),
    )
    return bars([Bar(here.visit.say(name), units, f"{units:,}") for name, units in rows])
