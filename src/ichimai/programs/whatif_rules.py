"""What would other rules have cost? A program's versions run over what took place. Pure.

The rules are those that tills ask (``catalogue``, ``commands``); caps and budgets are kept as the
ledger keeps them, in memory. What is not known is not asked: rules for groups of people count
only for those of whom ``known`` says so, and an exchange is taken to be made as often as it was,
whether or not as much would have been earned for it.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple, TypeVar
from uuid import UUID

from ichimai.kernel import Asset
from ichimai.kernel.clock import day_in_tokyo
from ichimai.kernel.ids import NIL
from ichimai.ledger import OperationId
from ichimai.ledger.model import ALWAYS, Award, Cap, Earn, Exchange
from ichimai.merchants import TerminalAtShop
from ichimai.programs import commands, funding
from ichimai.programs.bearer import Bearer
from ichimai.programs.catalogue import Catalogue, earns_of_sale
from ichimai.programs.conditions import Known
from ichimai.programs.model import EarningRequest, ExchangeRequest, StampRequest
from ichimai.programs.occasions import OccasionKind
from ichimai.programs.payers import Payer
from ichimai.programs.terms import Program, Version, Who

KeyT = TypeVar("KeyT")


class PastSale(NamedTuple):
    """A sale as it was: whose, where, when, and how much of it programs paid."""

    wallet: UUID
    till: TerminalAtShop
    total_yen: int
    paid_yen: int
    at: datetime


class PastOccasion(NamedTuple):
    """An event, a stamp or an exchange as it was asked for; see ``occasions.Occasion``."""

    kind: OccasionKind
    wallet: UUID
    other: UUID
    till: TerminalAtShop
    program: str
    item: str
    times: int
    at: datetime


Past = PastSale | PastOccasion


@dataclass(slots=True)
class Cell:
    """Units that were given in one association in one month, and to which wallets."""

    units: int = 0
    who: set[int] = field(default_factory=set)


@dataclass(slots=True)
class Outcome:
    """What the rules of one program gave over a history; units, and yen of sales.

    ``occasions``: the events and stamps among it. ``exchanges``: how often units were given up,
    ``given_up`` how many, and ``exchange_yen`` what the units of other programs are worth that
    were given for them; ``exchangers``: who did.

    ``by_end``: units by when they end. ``people``: units by wallet; ``cells``: units, and who got
    any, by association and month. A wallet is the number of its id, which is quicker to look up;
    they are for counting alone, and shown to nobody. ``cut_units``: what caps and budgets kept
    back.
    """

    program: Program
    sales: int = 0
    sales_yen: int = 0
    units: int = 0
    cut_units: int = 0
    occasions: int = 0
    exchanges: int = 0
    given_up: int = 0
    exchange_yen: int = 0
    exchangers: set[int] = field(default_factory=set)
    people: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    by_end: dict[datetime, int] = field(default_factory=lambda: defaultdict(int))
    cells: dict[tuple[int, date], Cell] = field(default_factory=lambda: defaultdict(Cell))
    last_at: datetime | None = None

    @property
    def by_association(self) -> dict[int, int]:
        """Units given in the shops of each association."""
        return _summed((association, cell.units) for (association, _), cell in self.cells.items())

    @property
    def by_month(self) -> dict[date, int]:
        """Units given in each month, by its first day."""
        return _summed((month, cell.units) for (_, month), cell in self.cells.items())

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


class Trying:
    """The rules of the program ``key`` among all ``versions``, tried on one thing after the other.

    ``known``: what is known of a person.
    """

    def __init__(
        self,
        versions: Sequence[Version],
        key: Asset,
        *,
        known: Callable[[UUID], Known] = Known,
    ) -> None:
        # Of sales, no rule of a program looks at another one; exchanges do.
        self._catalogue = Catalogue([each for each in versions if each.program.key == key])
        self._every = Catalogue(versions)
        self._known = known
        program = self._catalogue.latest[key]
        self.outcome = Outcome(program)
        self._tallies: dict[int, int] = {}
        self._budgets = {each.owner: each.units for each in funding.budgets(program)}
        if program.budget_units is not None:
            self._budgets[funding.funder_id(program)] = program.budget_units

    def add(self, sale: PastSale) -> None:
        """What one more sale gives; sales come in their order."""
        outcome = self.outcome
        outcome.sales += 1
        outcome.sales_yen += sale.total_yen
        outcome.last_at = sale.at
        offer = self._catalogue.offer(sale.till, sale.at)
        if not offer.ways:
            return
        got = last = 0
        for earn in earns_of_sale(offer, sale.till, self._known(sale.wallet), sale.at):
            if earn.rate is None:
                continue
            wanted = earn.rate.units_of(total_yen=sale.total_yen, paid_yen=sale.paid_yen)
            last = self._give(earn, wanted, last)
            got += last
        if got:
            self._note(sale.wallet, sale.till, offer.day, got)

    def add_occasion(self, past: PastOccasion) -> None:
        """What an event or a stamp gives, or an exchange costs."""
        self.outcome.last_at = past.at
        program = Asset(past.program) if past.program else None
        if program not in {None, self.outcome.program.key}:
            return
        payer = Payer(past.wallet, NIL, None)
        other = past.other if past.other != NIL else None
        bearer = Bearer(payer, self._known(past.wallet), other=other)
        request = _request(past, program)
        command = commands.command_of(request, past.till, bearer, self._every, past.at)
        if isinstance(command, Exchange):
            self._exchange(command)
        elif isinstance(command, Award) and command.refused is None:
            self._award(command, past)

    def _award(self, command: Award, past: PastOccasion) -> None:
        earns = [each for each in command.earns if each.asset == self.outcome.program.key]
        self.outcome.occasions += bool(earns)
        given = last = 0
        for earn in earns:
            owner = earn.wallet or command.wallet
            if owner != command.wallet and not given:
                # As in the ledger: whoever brought somebody along gets nothing before that one.
                continue
            last = units = self._give(earn, earn.units, last)
            given += units
            if units:
                self._note(owner, past.till, day_in_tokyo(past.at), units)

    def _exchange(self, command: Exchange) -> None:
        outcome, times = self.outcome, command.times
        wanted, tallies = command.units, self._tallies
        if command.refused is not None or _room(command.caps, wanted, tallies, times) < wanted:
            return
        if command.to is not None:
            to = self._every.latest[command.to.asset]
            if _given(command.to, command.to.units, tallies, self._budgets) < command.to.units:
                return
            outcome.exchange_yen += command.to.units * to.unit_yen
        _count(command.caps, wanted, tallies, times)
        outcome.exchanges += times
        outcome.given_up += wanted
        outcome.exchangers.add(command.wallet.int)

    def _give(self, earn: Earn, wanted: int, last: int) -> int:
        outcome = self.outcome
        units = _given(earn, earn.with_last(wanted, last), self._tallies, self._budgets)
        outcome.cut_units += wanted - units
        if units:
            outcome.by_end[earn.expires_at] += units
        return units

    def _note(self, wallet: UUID, till: TerminalAtShop, day: date, units: int) -> None:
        self.outcome.units += units
        self.outcome.people[wallet.int] += units
        cell = self.outcome.cells[till.association, _month_of(day)]
        cell.units += units
        cell.who.add(wallet.int)


@lru_cache(maxsize=64)
def _month_of(day: date) -> date:
    return day.replace(day=1)


def _request(
    past: PastOccasion, program: Asset | None
) -> EarningRequest | StampRequest | ExchangeRequest:
    """What the till was asked."""
    id_ = OperationId(NIL)
    match past.kind:
        case OccasionKind.EVENT:
            return EarningRequest(id=id_, event=past.item, program=program)
        case OccasionKind.STAMP:
            return StampRequest(id=id_, program=Asset(past.program))
        case OccasionKind.EXCHANGE:
            return ExchangeRequest(
                id=id_, program=Asset(past.program), exchange=past.item, times=past.times
            )


def _summed(parts: Iterable[tuple[KeyT, int]]) -> dict[KeyT, int]:
    sums: dict[KeyT, int] = defaultdict(int)
    for key, units in parts:
        sums[key] += units
    return dict(sums)


def run(
    versions: Sequence[Version],
    key: Asset,
    history: Iterable[Past],
    *,
    known: Callable[[UUID], Known] = Known,
) -> Outcome:
    """The outcome of the program ``key`` among all ``versions``, one thing after the other."""
    trying = Trying(versions, key, known=known)
    tried([trying], history)
    return trying.outcome


def asked(versions: Sequence[Version]) -> Callable[[PastSale], tuple[Earn, ...]]:
    """What tills ask of all programs for each sale: what it earns, before any cap or budget."""
    catalogue = Catalogue(versions)

    def of_sale(sale: PastSale) -> tuple[Earn, ...]:
        offer = catalogue.offer(sale.till, sale.at)
        return earns_of_sale(offer, sale.till, Known(sale.wallet), sale.at)

    return of_sale


def tried(sides: Sequence[Trying], history: Iterable[Past]) -> None:
    """Try the rules of each side on the same history, which is read once."""
    for past in history:
        for side in sides:
            if isinstance(past, PastSale):
                side.add(past)
            else:
                side.add_occasion(past)


def assumed(percent: int) -> Callable[[UUID], Known]:
    """People of whom so many of 100 belong to every group that rules name, always the same ones.

    Who really does is nobody's business here: thresholds of age, tried one after the other, would
    tell people's ages.
    """
    return lambda wallet: (_Belonging if wallet.int % 100 < percent else Known)(wallet)


class _Belonging(Known):
    """Somebody who belongs to every group."""

    __slots__ = ()

    def is_one_of(self, who: Who) -> bool:
        """Always."""
        del who
        return True


def _given(earn: Earn, wanted: int, tallies: dict[int, int], budgets: dict[UUID, int]) -> int:
    """How much caps and budget leave, as ``ledger.earning_rules.earned`` decides it."""
    units = _room(earn.caps, wanted, tallies) if earn.caps else wanted
    # Whoever gives without a budget of their own gives without a bound.
    if earn.is_bounded:
        units = min(units, budgets.get(earn.funder, units))
    if units <= 0 or (earn.is_whole and units < wanted):
        return 0
    if earn.is_bounded and earn.funder in budgets:
        budgets[earn.funder] -= units
    _count(earn.caps, units, tallies)
    return units


def _room(caps: Iterable[Cap], units: int, tallies: dict[int, int], times: int = 1) -> int:
    for cap in caps:
        if cap.limit is None:
            continue
        left = cap.limit - tallies.get(cap.tally.int, 0)
        if not cap.is_of_times:
            units = min(units, max(left, 0))
        elif left < times:
            units = 0
    return units


def _count(caps: Iterable[Cap], units: int, tallies: dict[int, int], times: int = 1) -> None:
    for cap in caps:
        tallies[cap.tally.int] = tallies.get(cap.tally.int, 0) + (
            times if cap.is_of_times else units
        )


@dataclass(frozen=True, slots=True)
class Comparison:
    """The rules as they are beside those that are thought of, over the same sales.

    ``gained`` and ``lost``: how many people would have got more, and how many less.
    """

    now: Outcome | None
    then: Outcome
    gained: int
    lost: int


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


def moved(history: Iterable[Past], by: timedelta) -> Iterable[Past]:
    """The same, all so much later: rules that begin some day are tried on what was."""
    return (past._replace(at=past.at + by) for past in history) if by else history


def weeks_until(first_on: date, begins_on: date) -> timedelta:
    """By how many whole weeks sales from ``first_on`` are moved to begin on ``begins_on`` or later.

    Whole weeks: a Saturday stays one. Nothing for what begins earlier.
    """
    return timedelta(weeks=max(-((first_on - begins_on).days // 7), 0))
