"""Where a program is accepted, when a grant ends, who may approve. Pure."""

import calendar
from collections.abc import Mapping
from datetime import date, datetime
from typing import Final, TypeVar
from uuid import UUID

import msgspec

from ichimai.kernel import Asset
from ichimai.kernel.clock import day_in_tokyo, end_of_day
from ichimai.ledger.model import NEVER, Purse
from ichimai.merchants import ShopSize, TerminalAtShop
from ichimai.programs.conditions import is_here
from ichimai.programs.errors import GrantListDecided, SecondPersonNeeded
from ichimai.programs.model import (
    CardRequest,
    ExchangeRequest,
    GrantList,
    ListState,
    RedemptionRequest,
)
from ichimai.programs.terms import Exchange, Program, ProgramKind

StructT = TypeVar("StructT", bound=msgspec.Struct)
MISSING_PERCENT: Final = 1
"""A day of which more was missing counts as one of an outage."""

_PAYING: Final = frozenset({ProgramKind.VOUCHER, ProgramKind.POINTS, ProgramKind.PREPAID})


def purse(program: Program, till: TerminalAtShop) -> Purse | None:
    """What a payment at this till may draw on of ``program``; None: not accepted here."""
    if not may_pay(program) or not is_here(program.acceptance, till):
        return None
    return purse_with(program, till, None)


def purse_with(
    program: Program, till: TerminalAtShop, spans: tuple[tuple[datetime, datetime], ...] | None
) -> Purse:
    """The purse of ``program`` with the limits of its terms; ``spans``: as of ``Purse``."""
    has_cap = program.acceptance.large_store_cap_percent is not None
    return Purse(
        asset=program.key,
        rank=program.rank,
        per_payment=program.use.per_payment_limit,
        per_day=program.use.per_day_limit,
        is_capped=has_cap and till.size == ShopSize.LARGE,
        multiple=program.use.multiple,
        spans=spans,
    )


def replaced(struct: StructT, **changes: object) -> StructT:
    """The same with some fields changed; quick, for what is frozen."""
    return msgspec.structs.replace(struct, **changes)


def is_automatic(program: Program) -> bool:
    """Whether it pays when nobody says with what."""
    said = program.use.is_automatic
    return program.kind == ProgramKind.VOUCHER if said is None else said


def may_pay(program: Program) -> bool:
    """Whether units of ``program`` ever pay for a sale: only what is worth one yen does.

    A unit that is worth anything else is exchanged for one that is (350 points for 500 yen), so
    that a shop is never paid a yen for it: a town's file that says otherwise is refused too.
    """
    is_a_yen = program.unit_yen == 1
    return is_a_yen and program.kind in _PAYING and not program.use.is_by_exchange_only


def cost_yen(request: CardRequest, programs: Mapping[Asset, Program]) -> int:
    """What a request may cost whose card it is, in yen, for a delegate's limits.

    Of an exchange what is given up or what is got for it, whichever is worth more; what has no
    worth in yen (a stamp for a towel) costs nothing.
    """
    if not isinstance(request, ExchangeRequest | RedemptionRequest):
        return request.yen
    program = programs.get(request.program)
    if program is None:
        return 0
    if isinstance(request, RedemptionRequest):
        units = [each.units for each in program.things if each.key == request.thing]
        return sum(units) * program.unit_yen
    exchanges = [each for each in program.exchanges if each.key == request.exchange]
    return sum([_worth(each, program, programs) for each in exchanges]) * request.times


def _worth(exchange: Exchange, program: Program, programs: Mapping[Asset, Program]) -> int:
    target = None if exchange.to is None else programs.get(exchange.to)
    got = 0 if target is None else exchange.give * target.unit_yen
    return max(exchange.take * program.unit_yen, got)


def capped_units(program: Program, units: int) -> int | None:
    """How much of a grant large shops may take: the share, rounded down; None: all."""
    percent = program.acceptance.large_store_cap_percent
    return None if percent is None else units * percent // 100


def expires_at(program: Program, granted_at: datetime) -> datetime:
    """When a grant made at ``granted_at`` ends: the first instant at which it is over."""
    expiry, day = program.expiry, day_in_tokyo(granted_at)
    if expiry.never:
        return NEVER
    if expiry.on is not None:
        return end_of_day(expiry.on)
    if expiry.end_of_fiscal_year:
        return end_of_day(date(fiscal_year(day) + 1 + expiry.years_later, 3, 31))
    return end_of_day(_months_later(day, expiry.after_months or 0))


def is_outage(missing: int, whole: int) -> bool:
    """Whether so much of a day was missing that what ended with it is good for another one.

    More than MISSING_PERCENT; exactly so much is not.
    """
    return missing * 100 > whole * MISSING_PERCENT


def fiscal_year(day: date) -> int:
    """The fiscal year (年度) of a day: it begins on 1 April."""
    return day.year if day.month >= 4 else day.year - 1


def _months_later(day: date, months: int) -> date:
    """The same day of a later month, or that month's last (民法143条2項)."""
    month = day.year * 12 + day.month - 1 + months
    year, month = divmod(month, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def check_decision(grant_list: GrantList, by: UUID) -> None:
    """Whether ``by`` may now approve or decline the list.

    Raises SecondPersonNeeded, GrantListDecided.
    """
    if grant_list.uploaded_by == by:
        raise SecondPersonNeeded
    if grant_list.state != ListState.SUBMITTED:
        raise GrantListDecided
