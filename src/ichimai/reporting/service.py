"""Unused balances, what expired, and what is outstanding: at a place in the order."""

from datetime import date, timedelta
from typing import Final, NamedTuple

from ichimai.kernel import Asset, Clock
from ichimai.kernel.clock import day_in_tokyo, end_of_day, start_of_day
from ichimai.ledger.model import NEVER, Role
from ichimai.programs import lists
from ichimai.programs.errors import UnknownProgram
from ichimai.programs.terms import Program
from ichimai.reporting import rules, store
from ichimai.reporting.errors import DayOutOfReach, PeriodBackwards, ReportDiffers
from ichimai.reporting.model import (
    Cut,
    ExpiredReport,
    ExpiredRow,
    LiabilityReport,
    LiabilityRow,
    OpenUnits,
    UnusedReport,
)
from ichimai.reporting.rules import Standing, Terms
from ichimai.storage import ReadTx

FIRST_DAY: Final = date(2000, 1, 1)
"""No ledger is older."""


class Period(NamedTuple):
    """The transfers of whole days in Tokyo: those after ``after`` up to the end of ``last``."""

    from_on: date
    after: int
    last: Cut


def cut(tx: ReadTx, clock: Clock, day: date) -> Cut:
    """The place in the order at which ``day`` ended, or where it is now. Raises DayOutOfReach."""
    now = clock.now()
    today = day_in_tokyo(now)
    if not FIRST_DAY <= day <= today:
        raise DayOutOfReach(FIRST_DAY, today)
    is_over = day < today
    at = end_of_day(day)
    until = at if is_over else now + timedelta(microseconds=1)
    return Cut(day, until, store.number_before(tx, at), is_over)


def period(tx: ReadTx, clock: Clock, from_on: date, to_on: date) -> Period:
    """The transfers recorded on some days, the last included.

    Raises PeriodBackwards, DayOutOfReach.
    """
    if to_on < from_on:
        raise PeriodBackwards
    last = cut(tx, clock, to_on)
    if from_on < FIRST_DAY:
        raise DayOutOfReach(FIRST_DAY, day_in_tokyo(clock.now()))
    return Period(from_on, store.number_before(tx, start_of_day(from_on)), last)


def terms(tx: ReadTx) -> Terms:
    """All programs with all their versions, and which owners are shops."""
    return Terms(lists.versions(tx), store.shop_numbers(tx))


def check_known(versions: Terms, program: Asset | None) -> None:
    """Whether ``program`` is one; None is all of them. Raises UnknownProgram."""
    if program is not None and program not in versions.latest:
        raise UnknownProgram


def unused(
    tx: ReadTx, clock: Clock, *, on: date | None = None, program: Asset | None = None
) -> UnusedReport:
    """The unused balance of each program at the end of a day, by default the last base day.

    ``program`` leaves rows out, and nothing of the issuers' sums. Raises DayOutOfReach,
    UnknownProgram, ReportDiffers.
    """
    store.prepare(tx)
    day = on or rules.last_base_day(day_in_tokyo(clock.now()))
    found, versions = cut(tx, clock, day), terms(tx)
    check_known(versions, program)
    sums: dict[tuple[Asset, int], Standing] = {}
    for each in _open(tx, found, versions):
        terms_of = versions.program(each.asset, each.epoch)
        key = (each.asset, terms_of.version)
        before = sums.get(key, Standing(terms_of, 0, 0))
        sums[key] = Standing(
            terms_of, before.units + each.units, before.long_units + each.long_units
        )
    # A program of which nothing is unused is reported too, with its reason.
    for each_program in versions.begun(found.at):
        key = (each_program.key, each_program.version)
        sums.setdefault(key, Standing(each_program, 0, 0))
    rows = [rules.unused_row(sums[key]) for key in sorted(sums)]
    shown = tuple(row for row in rows if program in {None, row.program.key})
    return UnusedReport(
        day_on=day,
        number=found.number,
        is_over=found.is_over,
        is_base_day=rules.is_base_day(day),
        due_on=rules.due_on(day),
        threshold_yen=rules.THRESHOLD_YEN,
        rows=shown,
        issuers=rules.issuers(rows),
        yen=sum(row.yen for row in shown),
    )


def liability(
    tx: ReadTx, clock: Clock, *, on: date | None = None, program: Asset | None = None
) -> LiabilityReport:
    """What is outstanding at the end of a day, by default today: how old, until when, whose.

    Raises DayOutOfReach, UnknownProgram, ReportDiffers.
    """
    store.prepare(tx)
    day = on or day_in_tokyo(clock.now())
    found, versions = cut(tx, clock, day), terms(tx)
    check_known(versions, program)
    sums: dict[tuple[Asset, str, int, int, int], tuple[Program, int]] = {}
    for each in _open(tx, found, versions):
        if program in {None, each.asset}:
            terms_of = versions.program(each.asset, each.epoch)
            party = versions.party(each.funder, each.epoch)
            key = (each.asset, party, terms_of.version, each.age, each.end)
            sums[key] = (terms_of, sums.get(key, (terms_of, 0))[1] + each.units)
    rows = tuple(
        LiabilityRow(
            program=rules.name_of(terms_of),
            party=party,
            money=rules.money_of(terms_of, party),
            age=rules.AGES[age],
            end=rules.ENDS[end],
            units=units,
            yen=units * terms_of.unit_yen,
        )
        for (_, party, _, age, end), (terms_of, units) in sorted(
            sums.items(), key=lambda pair: pair[0]
        )
    )
    return LiabilityReport(
        day_on=day,
        number=found.number,
        is_over=found.is_over,
        rows=rows,
        by_money=rules.summed(rows, lambda row: row.money, lambda row: row.yen),
        by_age=rules.summed(rows, lambda row: row.age, lambda row: row.yen),
        by_end=rules.summed(rows, lambda row: row.end, lambda row: row.yen),
        yen=sum(row.yen for row in rows),
    )


def expired(
    tx: ReadTx, clock: Clock, *, from_on: date, to_on: date, program: Asset | None = None
) -> ExpiredReport:
    """What ended in a period, of which program, and from whose money.

    Raises PeriodBackwards, DayOutOfReach, UnknownProgram.
    """
    store.prepare(tx)
    found, versions = period(tx, clock, from_on, to_on), terms(tx)
    check_known(versions, program)
    sums: dict[tuple[Asset, str, int], tuple[Program, int, int]] = {}
    for each in store.expired_units(
        tx,
        after=found.after,
        number=found.last.number,
        from_at=start_of_day(from_on),
        starts=versions.starts or [NEVER],
    ):
        if program in {None, each.asset}:
            terms_of = versions.program(each.asset, each.epoch)
            key = (each.asset, versions.party(each.funder, each.epoch), terms_of.version)
            _, units, early = sums.get(key, (terms_of, 0, 0))
            sums[key] = (terms_of, units + each.units, early + each.early_units)
    rows = tuple(
        ExpiredRow(
            program=rules.name_of(terms_of),
            party=party,
            money=rules.money_of(terms_of, party),
            units=units,
            yen=units * terms_of.unit_yen,
            early_yen=early * terms_of.unit_yen,
        )
        for (_, party, _), (terms_of, units, early) in sorted(
            sums.items(), key=lambda pair: pair[0]
        )
    )
    return ExpiredReport(
        from_on=from_on,
        to_on=to_on,
        is_over=found.last.is_over,
        rows=rows,
        by_money=rules.summed(rows, lambda row: row.money, lambda row: row.yen),
        yen=sum(row.yen for row in rows),
    )


def _open(tx: ReadTx, found: Cut, versions: Terms) -> list[OpenUnits]:
    """What is outstanding by lots, which must come to what accounts say. Raises ReportDiffers."""
    open_units = store.open_units(
        tx,
        found.number,
        starts=versions.starts or [NEVER],
        ages=rules.age_bounds(found.day_on),
        ends=rules.end_bounds(found.day_on),
    )
    by_lot = rules.summed(open_units, lambda each: each.asset, lambda each: each.units)
    by_account: dict[Asset, int] = {}
    for (asset, role), units in store.balances(tx, found.number).items():
        if role in {Role.WALLET, Role.CLEARING}:
            by_account[asset] = by_account.get(asset, 0) + units
    for asset, units in by_account.items():
        if by_lot.get(asset, 0) != units:
            raise ReportDiffers(asset, units, by_lot.get(asset, 0))
    return open_units
