"""What a till can do for a customer besides selling: stamps, things, money in and out. Pure."""

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from ichimai.merchants import TerminalAtShop
from ichimai.programs.catalogue import Catalogue, Offer
from ichimai.programs.conditions import is_here, is_now
from ichimai.programs.terms import Program, ProgramKind, Refunding, Trigger


class TaskKind(StrEnum):
    """What is done."""

    STAMP = "stamp"
    EVENT = "event"
    """Something took place that earns: a class, a returned tray."""
    THING = "thing"
    GIFT = "gift"
    """What a full card is given up for."""
    EXCHANGE = "exchange"
    """Units of another program for a full card: a voucher, yen, a right to a prize."""
    TOP_UP = "top-up"
    CASH_OUT = "cash-out"
    CHECK = "check"
    """Somebody else's entitlement is looked at: nothing is written."""


class Task(NamedTuple):
    """One thing that a till can do: of a program, by the key of its part (``-``: the program).

    ``has_other``: it gives something for whoever brought the person along, too.
    """

    kind: TaskKind
    program: Program
    item: str
    name_ja: str
    name_en: str
    has_other: bool = False


def tasks_at(catalogue: Catalogue, till: TerminalAtShop, now: datetime) -> list[Task]:
    """What ``till`` can do now, by kind."""
    offer = catalogue.offer(till, now)
    found = [*_earned(offer, now)]
    for program in offer.programs.values():
        found += _of_program(program, offer, till, now)
    places = {kind: place for place, kind in enumerate(TaskKind)}
    return sorted(found, key=lambda task: places[task.kind])


def _earned(offer: Offer, now: datetime) -> Iterator[Task]:
    stamped = set()
    for way in offer.ways:
        program, earning = way.program, way.earning
        if not is_now(earning.when, now):
            continue
        if earning.trigger == Trigger.STAMP and program.key not in stamped:
            stamped.add(program.key)
            yield Task(TaskKind.STAMP, program, "-", program.name_ja, program.name_en)
        elif earning.trigger == Trigger.EVENT and earning.event:
            has_other = earning.other_units is not None
            names = earning.name_ja, earning.name_en
            yield Task(TaskKind.EVENT, program, earning.event, *names, has_other)


def _of_program(
    program: Program, offer: Offer, till: TerminalAtShop, now: datetime
) -> Iterator[Task]:
    if program.kind == ProgramKind.IN_KIND and is_here(program.acceptance, till):
        for thing in program.things:
            yield Task(TaskKind.THING, program, thing.key, thing.name_ja, thing.name_en)
    if program.kind == ProgramKind.CHECK and is_here(program.acceptance, till):
        yield Task(TaskKind.CHECK, program, "-", program.name_ja, program.name_en)
    # A card is given up where it is filled.
    if any(way.program.key == program.key for way in offer.ways):
        yield from _given_up(program, offer, now)
    if program.top_up is not None and is_here(program.top_up.where, till):
        yield Task(TaskKind.TOP_UP, program, "-", program.name_ja, program.name_en)
        if program.refunding != Refunding.NEVER:
            yield Task(TaskKind.CASH_OUT, program, "-", program.name_ja, program.name_en)


def _given_up(program: Program, offer: Offer, now: datetime) -> Iterator[Task]:
    """What is handed over for units; and, where only full cards count, what is put on the card."""
    for each in program.exchanges:
        if not is_now(each.when, now):
            continue
        if each.to is None:
            name_ja = each.gift_ja or each.name_ja
            name_en = each.gift_en or each.name_en
            yield Task(TaskKind.GIFT, program, each.key, name_ja, name_en)
        elif program.card_units and each.to in offer.programs:
            target = offer.programs[each.to]
            yield Task(TaskKind.EXCHANGE, program, each.key, target.name_ja, target.name_en)
