"""What would other rules have cost? A program's versions run over sales that took place. Pure.

The rules are those that tills ask (``catalogue``); caps and budgets are kept as the ledger keeps
them, in memory. What is not known of a sale is not asked: rules for groups of people count only
for those of whom ``known`` says so.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from ichimai.kernel import Asset
from ichimai.kernel.clock import day_in_tokyo
from ichimai.ledger.model import ALWAYS, Earn
from ichimai.merchants import TerminalAtShop
from ichimai.programs import funding
from ichimai.programs.catalogue import Catalogue, earns_of_sale
from ichimai.programs.conditions import Known
from ichimai.programs.terms import Program, Version


class PastSale(NamedTuple):
    """A sale as it was: whose, where, when, and how much of it programs paid."""

    wallet: UUID
    till: TerminalAtShop
    total_yen: int
    paid_yen: int
    at: datetime


@dataclass(slots=True)
class Outcome:
    """What the rules of one program gave over a history; units, and yen of sales.

    ``by_funder``: units by who pays for them. ``by_association``: units given in its shops.
    ``by_end``: units by when they end. ``people``: units by wallet, and ``who``: who got any, by
    association and month; for counting alone, they are shown to nobody. ``cut_units``: what caps
    and budgets kept back.
    """

    program: Program
    sales: int = 0
    sales_yen: int = 0
    units: int = 0
    cut_units: int = 0
    people: dict[UUID, int] = field(default_factory=lambda: defaultdict(int))
    by_funder: dict[UUID, int] = field(default_factory=lambda: defaultdict(int))
    by_association: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    by_month: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    by_end: dict[datetime, int] = field(default_factory=lambda: defaultdict(int))
    who: dict[tuple[int, str], set[UUID]] = field(default_factory=lambda: defaultdict(set))
    last_at: datetime | None = None

    @property
    def cost_yen(self) -> int:
        """What the units are worth when all of them are used."""
        return self.units * self.program.unit_yen

    @property
    def liability_yen(self) -> int:
        """What would still be owed after the last sale, had nobody used a unit yet."""
        if self.last_at is None:
            return 0
        open_units = sum(units for end, units in self.by_end.items() if end > self.last_at)
        return open_units * self.program.unit_yen

    @property
    def yen_for_each_unit(self) -> int | None:
        """How many yen of sales stand behind one unit; None: none was given."""
        return self.sales_yen // self.units if self.units else None


def run(
    versions: Sequence[Version],
    key: Asset,
    history: Iterable[PastSale],
    *,
    known: Callable[[UUID], Known] = Known,
) -> Outcome:
    """The outcome of the program ``key`` among all ``versions``, sale after sale."""
    catalogue = Catalogue(versions)
    program = catalogue.latest[key]
    outcome = Outcome(program)
    tallies: dict[UUID, int] = {}
    budgets = {each.owner: each.units for each in funding.budgets(program)}
    if program.budget_units is not None:
        budgets[funding.funder_id(program)] = program.budget_units
    for sale in history:
        outcome.sales += 1
        outcome.sales_yen += sale.total_yen
        outcome.last_at = sale.at
        offer = catalogue.offer(sale.till, sale.at)
        got = last = 0
        for earn in earns_of_sale(offer, sale.till, known(sale.wallet), sale.at):
            if earn.asset != key or earn.rate is None:
                continue
            wanted = earn.rate.units_of(total_yen=sale.total_yen, paid_yen=sale.paid_yen)
            units = _given(earn, earn.with_last(wanted, last), tallies, budgets)
            last = units
            outcome.cut_units += wanted - units
            if units:
                outcome.by_funder[earn.funder] += units
                outcome.by_end[earn.expires_at] += units
            got += units
        if got:
            outcome.units += got
            outcome.people[sale.wallet] += got
            outcome.by_association[sale.till.association] += got
            month = f"{day_in_tokyo(sale.at):%Y-%m}"
            outcome.by_month[month] += got
            outcome.who[sale.till.association, month].add(sale.wallet)
    return outcome


def _given(earn: Earn, wanted: int, tallies: dict[UUID, int], budgets: dict[UUID, int]) -> int:
    """How much caps and budget leave, as ``ledger.earning_rules.earned`` decides it."""
    units = wanted
    for cap in earn.caps:
        if cap.limit is None:
            continue
        left = cap.limit - tallies.get(cap.tally, 0)
        if not cap.is_of_times:
            units = min(units, max(left, 0))
        elif left <= 0:
            units = 0
    # Whoever gives without a budget of their own gives without a bound.
    if earn.is_bounded:
        units = min(units, budgets.get(earn.funder, units))
    if units <= 0 or (earn.is_whole and units < wanted):
        return 0
    if earn.is_bounded and earn.funder in budgets:
        budgets[earn.funder] -= units
    for cap in earn.caps:
        tallies[cap.tally] = tallies.get(cap.tally, 0) + (1 if cap.is_of_times else units)
    return units


@dataclass(frozen=True, slots=True)
class Comparison:
    """The rules as they are beside those that are thought of, over the same sales.

    ``gained`` and ``lost``: how many people would have got more, and how many less.
    """

    now: Outcome | None
    then: Outcome
    gained: int
    lost: int

    @property
    def difference_yen(self) -> int:
        """What it would have cost more (below 0: less)."""
        return self.then.cost_yen - (self.now.cost_yen if self.now else 0)


def compared(now: Outcome | None, then: Outcome) -> Comparison:
    """Both outcomes, and who would gain; ``now``: None for a program that is new."""
    before = now.people if now else {}
    everybody = before.keys() | then.people.keys()
    changes = [then.people.get(one, 0) - before.get(one, 0) for one in everybody]
    return Comparison(
        now, then, sum(change > 0 for change in changes), sum(change < 0 for change in changes)
    )


def alone(versions: Sequence[Version], program: Program) -> list[Version]:
    """The versions with ``program`` in place of all of its own: as if it had always been so."""
    others = [each for each in versions if each.program.key != program.key]
    return [*others, Version(program, ALWAYS)]


def moved(history: Iterable[PastSale], by: timedelta) -> Iterator[PastSale]:
    """The same sales, all so much later: rules that begin some day are tried on what was."""
    return (sale._replace(at=sale.at + by) for sale in history)


def weeks_until(first_on: date, begins_on: date) -> timedelta:
    """By how many whole weeks sales from ``first_on`` are moved to begin on ``begins_on`` or later.

    Whole weeks: a Saturday stays one. Nothing for what begins earlier.
    """
    return timedelta(weeks=max(-((first_on - begins_on).days // 7), 0))
