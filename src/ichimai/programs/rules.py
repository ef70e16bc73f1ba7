"""Where a program is accepted, when a grant ends, who may approve. Pure."""

import calendar
from datetime import date, datetime
from uuid import UUID

from ichimai.kernel.clock import day_in_tokyo, end_of_day
from ichimai.ledger.model import Purse
from ichimai.merchants import ShopSize, TerminalAtShop
from ichimai.programs.errors import GrantListDecided, SecondPersonNeeded
from ichimai.programs.model import GrantList, ListState, Program


def purse(program: Program, till: TerminalAtShop) -> Purse | None:
    """What a payment at this till may draw on of ``program``; None: not accepted here."""
    acceptance = program.acceptance
    if acceptance.requires_gift_voucher_association and not till.accepts_gift_vouchers:
        return None
    if till.category in acceptance.excluded_categories:
        return None
    has_cap = acceptance.large_store_cap_percent is not None
    return Purse(
        asset=program.key,
        rank=program.rank,
        per_payment=program.per_payment_limit,
        per_day=program.per_day_limit,
        is_capped=has_cap and till.size == ShopSize.LARGE,
    )


def capped_units(program: Program, units: int) -> int | None:
    """How much of a grant large shops may take: the share, rounded down; None: all."""
    percent = program.acceptance.large_store_cap_percent
    return None if percent is None else units * percent // 100


def expires_at(program: Program, granted_at: datetime) -> datetime:
    """When a grant made at ``granted_at`` ends: the first instant at which it is over."""
    if program.expires_on is not None:
        return end_of_day(program.expires_on)
    months = program.expires_after_months or 0
    return end_of_day(_months_later(day_in_tokyo(granted_at), months))


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
