"""What a person does with a wallet on their own pages: the order of paying, exchanges, sharing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple
from uuid import UUID

from ichimai import audit, people
from ichimai.kernel import Asset, Clock
from ichimai.kernel.clock import day_in_tokyo
from ichimai.kernel.ids import NIL
from ichimai.ledger import OperationId
from ichimai.merchants import ShopId, ShopSize, TerminalAtShop, TerminalId
from ichimai.people.records.delegates import DelegateKind, DelegationId
from ichimai.people.records.personal import PersonalKey
from ichimai.programs import catalogue as catalogues
from ichimai.programs import own_store, rules, store
from ichimai.programs.catalogue import Catalogue
from ichimai.programs.conditions import Known, is_now
from ichimai.programs.model import ExchangeRequest
from ichimai.programs.periods import LimitKeys
from ichimai.programs.terms import Exchange, Program, Sharing
from ichimai.registry import SubjectId
from ichimai.storage import ReadTx, WriteTx

OWN_PAGE: Final = TerminalAtShop(
    TerminalId(NIL),
    ShopId(NIL),
    association=0,
    accepts_gift_vouchers=False,
    size=ShopSize.SMALL,
    category="",
    number="",
)
"""Where a person is who is at no till."""

_MOST_TIMES: Final = 1_000


class Step(StrEnum):
    """How a program moves in the order of paying."""

    UP = "up"
    DOWN = "down"
    IN = "in"
    OUT = "out"


@dataclass(frozen=True, slots=True)
class SpendingOrder:
    """What pays by itself, the first first; and what only pays when it is asked for.

    ``is_own``: the person has said so. ``fixed``: what always pays by itself, wherever it stands.
    """

    first: tuple[Program, ...]
    others: tuple[Program, ...]
    fixed: frozenset[Asset]
    is_own: bool

    @property
    def keys(self) -> tuple[Asset, ...]:
        """What pays by itself, by key."""
        return tuple(program.key for program in self.first)


def spending_order(tx: ReadTx, clock: Clock, subject: UUID, has: Sequence[Asset]) -> SpendingOrder:
    """How a person pays in shops; ``has``: what there is something of, what ends first, first."""
    in_force = Catalogue(store.versions(tx)).at(clock.now())
    paying = {key: program for key, program in in_force.items() if rules.may_pay(program)}
    fixed = frozenset(key for key, program in paying.items() if rules.is_automatic(program))
    said = [Asset(key) for key in store.spending_orders(tx, [subject]).get(subject, [])]
    first = [key for key in said if key in paying]
    first += [key for key in has if key in fixed and key not in first]
    return SpendingOrder(
        first=tuple(paying[key] for key in first),
        others=tuple(paying[key] for key in has if key in paying and key not in first),
        fixed=fixed,
        is_own=bool(said),
    )


def reordered(order: SpendingOrder, program: Asset, step: Step) -> list[Asset]:
    """The order after one step; a step that leads nowhere changes nothing."""
    keys = list(order.keys)
    if step == Step.IN:
        return [*keys, program] if program in {each.key for each in order.others} else keys
    if program not in keys:
        return keys
    place = keys.index(program)
    if step == Step.OUT:
        return keys if program in order.fixed else [key for key in keys if key != program]
    other = place - 1 if step == Step.UP else place + 1
    if 0 <= other < len(keys):
        keys[place], keys[other] = keys[other], keys[place]
    return keys


def save_spending_order(tx: WriteTx, subject: UUID, programs: Sequence[Asset]) -> None:
    """Write how a person wants to pay; none: as programs have it."""
    store.save_spending_order(tx, subject, programs)


@dataclass(frozen=True, slots=True)
class Collected:
    """How far somebody is with what an exchange asks for beforehand, of some ``earnings``."""

    earnings: tuple[tuple[str, str], ...]
    units: int
    needed: int

    @property
    def is_reached(self) -> bool:
        """Whether it is enough."""
        return self.units >= self.needed


@dataclass(frozen=True, slots=True)
class ExchangeOffer:
    """An exchange as it stands for one person.

    ``target``: the program whose units it gives; None: a thing that is handed over at a till.
    ``most_times``: how many times over it can be done now, for any reason.
    """

    program: Program
    exchange: Exchange
    target: Program | None
    has: int
    minimums: tuple[Collected, ...]
    is_open: bool
    is_for_me: bool
    most_times: int


def exchange_offers(
    tx: ReadTx, key: PersonalKey, clock: Clock, subject: UUID, *, program: Asset, has: int
) -> list[ExchangeOffer]:
    """What a person could exchange units of a program for; ``has``: those that can be used."""
    now = clock.now()
    catalogue = Catalogue(store.versions(tx))
    in_force = catalogue.at(now)
    if program not in in_force:
        return []
    known = _known(tx, key, catalogue, (subject, program), now)
    return [
        _offer(tx, known, (in_force[program], each), now, has=has, in_force=in_force)
        for each in in_force[program].exchanges
    ]


def _known(
    tx: ReadTx,
    key: PersonalKey,
    catalogue: Catalogue,
    of: tuple[UUID, Asset],
    now: datetime,
) -> Known:
    subject, program = of
    asked = ExchangeRequest(id=OperationId(NIL), program=program, exchange="")
    asks = catalogue.asks(asked, OWN_PAGE, now)
    if asks is None:
        return Known(subject)
    day = day_in_tokyo(now)
    standing = people.records.standings.standings(tx, key, [subject], asks, day)[subject]
    return Known(
        subject,
        standing.holds,
        district=standing.district,
        is_birthday_month=standing.is_birthday_month,
    )


def _offer(
    tx: ReadTx,
    known: Known,
    of: tuple[Program, Exchange],
    now: datetime,
    *,
    has: int,
    in_force: dict[Asset, Program],
) -> ExchangeOffer:
    program, exchange = of
    minimums = _collected(tx, known.subject, program, exchange, now)
    is_open, is_for_me = is_now(exchange.when, now), known.is_one_of(exchange.who)
    times = min(has // exchange.take, _MOST_TIMES, _room(tx, known.subject, of, now))
    may = is_open and is_for_me and all(each.is_reached for each in minimums)
    return ExchangeOffer(
        program=program,
        exchange=exchange,
        target=None if exchange.to is None else in_force.get(exchange.to),
        has=has,
        minimums=minimums,
        is_open=is_open,
        is_for_me=is_for_me,
        most_times=times if may else 0,
    )


def _collected(
    tx: ReadTx, subject: UUID, program: Program, exchange: Exchange, now: datetime
) -> tuple[Collected, ...]:
    day = day_in_tokyo(now)
    tallies = {
        each.group: catalogues.group_tally(subject, program.key, each.group, day)
        for each in exchange.minimums
    }
    counts = own_store.tallies(tx, list(tallies.values()))
    return tuple(
        Collected(
            tuple(
                (earning.name_ja, earning.name_en)
                for earning in program.earnings
                if earning.group == each.group
            ),
            counts.get(tallies[each.group], 0),
            each.units,
        )
        for each in exchange.minimums
    )


def _room(tx: ReadTx, subject: UUID, of: tuple[Program, Exchange], now: datetime) -> int:
    """How many times over the exchange's limits leave; one at a time where they count times."""
    program, exchange = of
    keys = LimitKeys(program.key, exchange.key, exchange.limits, day_in_tokyo(now))
    caps = keys.of(subject, OWN_PAGE.shop)
    counts = own_store.tallies(tx, [cap.tally for cap in caps])
    room = _MOST_TIMES
    for cap in caps:
        if cap.limit is None:
            continue
        left = max(cap.limit - counts.get(cap.tally, 0), 0)
        room = min(room, min(left, 1) if cap.is_of_times else left // exchange.take)
    return room


class Relative(NamedTuple):
    """Somebody to whom a person may pass units on: a delegate, or who is helped by the person."""

    delegation: DelegationId
    subject: SubjectId
    kind: DelegateKind
    is_principal: bool
    since: datetime


def relatives(
    tx: WriteTx,
    key: PersonalKey,
    clock: Clock,
    me: audit.Myself,
    *,
    subject: SubjectId,
    program: Program,
) -> list[Relative]:
    """To whom units of ``program`` may be passed on now: never to strangers.

    A household is family and children; carers are not of it.
    """
    if program.sharing == Sharing.NOBODY:
        return []
    today = day_in_tokyo(clock.now())
    given = people.records.delegates.read(tx, key, clock, me, subject)
    held = people.records.delegates.held(tx, key, clock, me, subject)
    found = [
        Relative(
            one.id,
            one.given.principal if one.given.delegate == subject else one.given.delegate,
            one.given.kind,
            one.given.delegate == subject,
            one.recorded_at,
        )
        for one in (*given, *held)
        if one.is_live_on(today)
    ]
    if program.sharing == Sharing.HOUSEHOLD:
        found = [one for one in found if one.kind != DelegateKind.CARER]
    return list({one.subject: one for one in reversed(found)}.values())[::-1]
