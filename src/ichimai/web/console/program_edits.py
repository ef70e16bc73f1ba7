"""Changing a program: typed in, checked, tried, proposed by one officer, approved by another."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

import msgspec
from starlette.responses import Response
from starlette.routing import Route

from ichimai import people
from ichimai.kernel import Asset
from ichimai.kernel.check_digits import MyNumberRefused
from ichimai.kernel.clock import day_in_tokyo
from ichimai.kernel.errors import DomainError
from ichimai.ledger.errors import BoundExceeded
from ichimai.people.errors import (
    AskedByYourself,
    RequestDecided,
    RequestExpired,
    UnknownTwoPersonRequest,
)
from ichimai.people.model import RequestId, StaffId
from ichimai.programs import lists
from ichimai.programs.terms import Earning, Program, ProgramKind, Trigger
from ichimai.reporting import months
from ichimai.towns import program_changes
from ichimai.towns.program_changes import ChangeRefused
from ichimai.web.console import program_form
from ichimai.web.console.door import APPROVERS, DOOR, EVERYBODY, OFFICERS, AtConsole, for_staff
from ichimai.web.console.program_parts import WEEKDAYS
from ichimai.web.console.program_trial import Review, reviewed
from ichimai.web.console.rule_words import meaning_of
from ichimai.web.layout import Pages, text_of

_PROGRAMS: Final = "/console/programs"
FORM_BYTES: Final = 512 * 1024
"""A version of a program in Japanese, as browsers send it: nine bytes for a character."""

_LONGEST_REASON: Final = 200


def routes(pages: Pages) -> list[Route]:
    """The pages that change programs."""
    one, new = f"{_PROGRAMS}/changes/{{id:uuid}}", f"{_PROGRAMS}/new"
    change = f"{_PROGRAMS}/{{key}}/change"
    check = for_staff(OFFICERS, _check)
    return [
        pages.page(new, DOOR, for_staff(OFFICERS, _new)),
        pages.action(new, DOOR, check, limit=FORM_BYTES),
        pages.page(one, DOOR, for_staff(EVERYBODY, _show)),
        pages.action(f"{one}/approve", DOOR, for_staff(APPROVERS, _approve)),
        pages.action(f"{one}/decline", DOOR, for_staff(APPROVERS, _decline)),
        pages.page(change, DOOR, for_staff(OFFICERS, _change)),
        pages.action(change, DOOR, check, limit=FORM_BYTES),
    ]


def _change(here: AtConsole) -> Response:
    """Where the next version of a program is typed in."""
    with here.read() as tx:
        last = lists.program(tx, Asset(here.visit.request.path_params["key"]))
        program = program_changes.next_version(tx, here.visit.services.clock, last)
    return _edit_page(here, beginning(here, program))


def _new(here: AtConsole) -> Response:
    """Where a new program is typed in, from an example or like another one."""
    like = here.visit.request.query_params.get("like", "")
    with here.read() as tx:
        programs = lists.all_programs(tx)
    found = next((each for each in programs if each.key == like), None)
    if found is None:
        program = _example()
    else:
        program = msgspec.structs.replace(
            found, key=Asset(f"{found.key}-2"[:60]), version=1, starts_on=None
        )
    return _edit_page(here, beginning(here, program), programs=programs, like=like)


def _check(here: AtConsole) -> Response:
    """Check what was typed and show what it changes and would have cost; or propose it."""
    match here.visit.form.text("do"):
        case "fields":
            return _check_fields(here)
        case "propose":
            return _propose(here)
        case _:
            return _preview(here, _text(here))


def _check_fields(here: AtConsole) -> Response:
    with here.read() as tx:
        last = lists.program(tx, Asset(here.visit.request.path_params.get("key", "")))
        program = program_changes.next_version(tx, here.visit.services.clock, last)
    program, wrong = program_form.changed(program, here.visit.form.every)
    if wrong:
        return _edit_page(here, program, wrong=wrong)
    return _preview(here, program_changes.written(program))


def _propose(here: AtConsole) -> Response:
    clock, text = here.visit.services.clock, _text(here)
    reason = here.visit.form.text("reason")[:_LONGEST_REASON] or "-"
    try:
        with here.write() as tx:
            made = program_changes.propose(tx, clock, text, reason=reason, by=here.staff)
    except (ChangeRefused, MyNumberRefused) as error:
        return _preview(here, text, error=error)
    return here.visit.go(f"{_PROGRAMS}/changes/{made.id}")


def _show(here: AtConsole) -> Response:
    """What was proposed: what changes, what it would have cost, and who decides."""
    return _change_page(here)


def _approve(here: AtConsole) -> Response:
    """Approve a version, as another person than who proposed it."""
    try:
        with here.write() as tx:
            program = program_changes.approve(
                tx, here.visit.services.clock, _id(here), by=here.staff
            )
    except (
        AskedByYourself,
        BoundExceeded,
        ChangeRefused,
        RequestDecided,
        RequestExpired,
    ) as error:
        return _change_page(here, error=error)
    return here.visit.go(f"{_PROGRAMS}/{program.key}")


def _decline(here: AtConsole) -> Response:
    """Decline it, likewise."""
    try:
        with here.write() as tx:
            found = people.two_person.decline(
                tx, here.visit.services.clock, _id(here), by=here.staff
            )
    except (AskedByYourself, RequestDecided, RequestExpired) as error:
        return _change_page(here, error=error)
    return here.visit.go(f"{_PROGRAMS}/changes/{found.id}")


def _edit_page(
    here: AtConsole,
    program: Program,
    *,
    wrong: Mapping[str, str] | None = None,
    programs: list[Program] | None = None,
    like: str = "",
) -> Response:
    return here.render(
        "console/program_edit.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK,
        program=program,
        action=here.visit.request.url.path,
        groups=program_form.groups(program) if programs is None else [],
        may_propose=True,
        text=program_changes.written(program),
        wrong=wrong or {},
        typed=here.visit.form.every if wrong else None,
        programs=programs,
        like=like,
        weekdays=WEEKDAYS,
        say=here.visit.say,
    )


def _preview(here: AtConsole, text: str, *, error: DomainError | None = None) -> Response:
    with here.snapshot() as tx:
        review = reviewed(here, tx, text)
    is_wrong = review.draft is None or error is not None
    return here.render(
        "console/program_preview.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if is_wrong else HTTPStatus.OK,
        text=text,
        action=here.visit.request.url.path,
        may_propose=True,
        meaning_of=meaning_of,
        error=text_of(error.code) if error and review.draft else "",
        say=here.visit.say,
        **review.context,
    )


def _change_page(here: AtConsole, *, error: DomainError | None = None) -> Response:
    now = here.visit.services.clock.now()
    with here.snapshot() as tx:
        request = people.two_person.request(tx, _id(here))
        if request is None or request.deed not in program_changes.DEEDS:
            raise UnknownTwoPersonRequest
        change = program_changes.change_of(request)
        ids = [each for each in (request.asked_by, request.decided_by) if each]
        names = people.staff.members(tx, [StaffId(each) for each in ids])
        is_open = request.decided_at is None and now < request.expires_at
        review = reviewed(here, tx, change.text) if is_open else Review(None)
    return here.render(
        "console/program_change.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK,
        change=change,
        program=change.program,
        request=request,
        names=names,
        is_open=is_open,
        is_own=request.asked_by == here.staff.id,
        meaning_of=meaning_of,
        error=text_of(error.code) if error else "",
        say=here.visit.say,
        **review.context,
    )


def beginning(here: AtConsole, program: Program) -> Program:
    """The version with the first day of next month, until another day is chosen."""
    if program.starts_on is not None:
        return program
    today = day_in_tokyo(here.visit.services.clock.now())
    return msgspec.structs.replace(program, starts_on=months.following(today))


def _example() -> Program:
    """Points of 1 for 100 yen, to be made into something else."""
    return Program(
        key=Asset("new-points"),
        kind=ProgramKind.POINTS,
        name_ja="新しいポイント",
        name_en="New points",
        unit_ja="ポイント",
        unit_en="points",
        about_ja="どのような制度かを書きます。",
        about_en="What it is.",
        deciding_law="どの法律によるかを書きます。",
        earnings=(Earning(key="sale", name_ja="お買物", name_en="Shopping", trigger=Trigger.SALE),),
    )


def _text(here: AtConsole) -> str:
    """What was typed, with line ends as files have them."""
    return here.visit.form.raw("text").replace("\r\n", "\n")


def _id(here: AtConsole) -> RequestId:
    return RequestId(here.visit.request.path_params["id"])
