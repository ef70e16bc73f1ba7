"""What is asked at a counter or on a person's own page: exchanges, things, money in and out."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final, NamedTuple
from uuid import UUID

from ichimai import ledger
from ichimai.kernel import Asset
from ichimai.kernel.clock import day_in_tokyo
from ichimai.kernel.ids import NIL
from ichimai.ledger.model import (
    Award,
    Cap,
    CashOut,
    Earn,
    Exchange,
    Give,
    Kind,
    Minimum,
    Purse,
    Redeem,
)
from ichimai.merchants import TerminalAtShop
from ichimai.programs import catalogue, funding, rules, terms
from ichimai.programs.bearer import Bearer
from ichimai.programs.catalogue import Offer
from ichimai.programs.conditions import is_here, is_now
from ichimai.programs.errors import (
    NoSuchChoice,
    NothingEarnedHere,
    RefundingNotAllowed,
    SharingNotAllowed,
    TopUpNotAllowed,
)
from ichimai.programs.model import (
    CashOutRequest,
    ExchangeRequest,
    GiveRequest,
    RedemptionRequest,
    TopUpRequest,
)
from ichimai.programs.periods import EVER, LimitKeys, half_year_of, tally_id
from ichimai.programs.terms import Charging, Program, Refunding, Sharing

SMALL_UNITS: Final = 1_000
"""Small (資金決済法20条5項): no more than this on the card, nor paid back in a half-year."""

CASH_OUT: Final = "#cash-out"
"""Under what it is counted: no part of a program can have this key."""


class _Here(NamedTuple):
    """Where, by whom and when something is asked."""

    till: TerminalAtShop
    bearer: Bearer
    offer: Offer
    now: datetime


def exchange(
    request: ExchangeRequest,
    till: TerminalAtShop,
    bearer: Bearer,
    offer: Offer,
    *,
    versions: Sequence[Program],
    now: datetime,
) -> Exchange:
    """Units for those of another program, or for something that is handed over.

    ``versions``: of the program; an answer that was given under another one stays the answer.
    """
    meant = frozenset(
        each.take * request.times
        for version in versions
        for each in version.exchanges
        if each.key == request.exchange
    )
    program = offer.programs.get(request.program)
    found = None
    if program is not None:
        found = next((each for each in program.exchanges if each.key == request.exchange), None)
    if program is None or found is None:
        return _no_exchange(request, till, bearer, meant)
    refused = bearer.payer.refused
    if not is_now(found.when, now) or not bearer.known.is_one_of(found.who):
        refused = refused or NothingEarnedHere()
    day = day_in_tokyo(now)
    target = None if found.to is None else offer.programs.get(found.to)
    if found.to is not None and target is None:
        refused = refused or NoSuchChoice()
    return Exchange(
        operation=request.id,
        wallet=bearer.payer.wallet,
        purse=Purse(asset=program.key),
        units=found.take * request.times,
        to=None if target is None else _given(program, found, target, request.times, now),
        place=till.shop,
        terminal=till.terminal,
        actor=bearer.payer.actor,
        asked=_asked(request),
        times=request.times,
        other_units=meant,
        caps=_caps(program, found, bearer, till, day),
        minimums=tuple(
            Minimum(
                catalogue.group_tally(bearer.payer.wallet, program.key, each.group, day),
                each.units,
            )
            for each in found.minimums
        ),
        occurred_at=request.occurred_at,
        refused=refused,
    )


def _asked(request: ExchangeRequest | RedemptionRequest | TopUpRequest) -> str:
    """What was asked, in words, so that the same id for something else is told apart."""
    match request:
        case ExchangeRequest():
            return f"exchange {request.exchange} of {request.program}"
        case RedemptionRequest():
            return f"thing {request.thing} of {request.program}"
        case TopUpRequest():
            return f"top-up of {request.program}"


def _caps(
    program: Program, exchange: terms.Exchange, bearer: Bearer, till: TerminalAtShop, day: date
) -> tuple[Cap, ...]:
    """The person's limits; and everybody's together, of what is handed over on a budget."""
    caps = LimitKeys(program.key, exchange.key, exchange.limits, day).of(
        bearer.payer.wallet, till.shop
    )
    if exchange.to is not None or exchange.budget_units is None:
        return caps
    all_ = tally_id(NIL, program.key, exchange.key, EVER, "times")
    return (*caps, Cap(all_, exchange.budget_units // exchange.give, is_of_times=True))


def _no_exchange(
    request: ExchangeRequest, till: TerminalAtShop, bearer: Bearer, meant: frozenset[int]
) -> Exchange:
    return Exchange(
        operation=request.id,
        wallet=bearer.payer.wallet,
        purse=Purse(asset=request.program),
        units=request.times,
        to=None,
        place=till.shop,
        terminal=till.terminal,
        actor=bearer.payer.actor,
        asked=_asked(request),
        other_units=meant,
        refused=bearer.payer.refused or NoSuchChoice(),
    )


def _given(
    program: Program, exchange: terms.Exchange, target: Program, times: int, now: datetime
) -> Earn:
    """What an exchange gives: all of it or nothing, and who owes it."""
    party, has_budget = exchange.funder or program.funder, exchange.budget_units is not None
    funder = funding.budget_id(program.key, exchange.key) if has_budget else funding.party_id(party)
    return Earn(
        asset=target.key,
        funder=funder,
        expires_at=rules.expires_at(target, now),
        units=exchange.give * times,
        is_bounded=has_budget or funding.may_be_bound(target, party),
        is_whole=True,
    )


def redeem(
    request: RedemptionRequest,
    till: TerminalAtShop,
    bearer: Bearer,
    offer: Offer,
    *,
    versions: Sequence[Program],
) -> Redeem:
    """A thing for the units that give a right to it; ``versions``: as of ``exchange``."""
    program = offer.programs.get(request.program)
    things = program.things if program is not None else ()
    thing = next((each for each in things if each.key == request.thing), None)
    refused = bearer.payer.refused
    if program is None or thing is None:
        refused = refused or NoSuchChoice()
    elif not is_here(program.acceptance, till):
        refused = refused or ledger.errors.NotAcceptedHere()
    has_stock = thing is not None and thing.has_stock
    return Redeem(
        operation=request.id,
        wallet=bearer.payer.wallet,
        purse=_rights(program, request.program, till),
        units=thing.units if thing is not None else 1,
        stock=stock_of(request.program, request.thing) if has_stock else None,
        payee=till.shop,
        terminal=till.terminal,
        actor=bearer.payer.actor,
        asked=_asked(request),
        other_units=frozenset(
            each.units
            for version in versions
            for each in version.things
            if each.key == request.thing
        ),
        refused=refused,
    )


def _rights(program: Program | None, key: Asset, till: TerminalAtShop) -> Purse:
    """What gives a right to a thing, with the limits of a payment and a day that its use has."""
    return Purse(asset=key) if program is None else rules.purse_with(program, till, None)


def stock_of(program: Asset, thing: str) -> Asset:
    """The unit in which pieces of a thing are counted."""
    return Asset(f"{program}.{thing}")


def top_up(
    request: TopUpRequest, till: TerminalAtShop, bearer: Bearer, offer: Offer, now: datetime
) -> Award:
    """Money that the person pays in, and the premium on it."""
    program = offer.programs.get(request.program)
    refused = bearer.payer.refused
    earns: tuple[Earn, ...] = ()
    top_up = program.top_up if program is not None else None
    if program is not None and top_up is not None and _may_be_paid_in(top_up, request.units, till):
        earns = _paid_in(program, top_up, request.units, _Here(till, bearer, offer, now))
    else:
        refused = refused or TopUpNotAllowed()
    nothing = Earn(asset=request.program, funder=NIL, expires_at=now, units=request.units)
    return Award(
        operation=request.id,
        wallet=bearer.payer.wallet,
        earns=earns or (rules.replaced(nothing, kind=Kind.TOP_UP),),
        place=till.shop,
        terminal=till.terminal,
        actor=bearer.payer.actor,
        asked=_asked(request),
        occurred_at=request.occurred_at,
        refused=refused,
    )


def _may_be_paid_in(top_up: terms.TopUp, units: int, till: TerminalAtShop) -> bool:
    is_a_step = units >= top_up.least and units % top_up.step == 0
    return is_a_step and is_here(top_up.where, till)


def _paid_in(program: Program, top_up: terms.TopUp, units: int, here: _Here) -> tuple[Earn, ...]:
    """The money itself, which the till owes; and the premium on it."""
    own = Earn(
        asset=program.key,
        funder=here.till.shop,
        expires_at=rules.expires_at(program, here.now),
        units=units,
        is_pooled=program.settlement.charging != Charging.AT_USE,
        most=top_up.most,
        kind=Kind.TOP_UP,
    )
    own_money = (own, *_deposit(top_up, here))
    premium = None if top_up.premium is None else here.offer.programs.get(top_up.premium)
    extra = units * (top_up.premium_percent or 0) // 100
    if premium is None or not extra:
        return own_money
    has_budget = top_up.premium_budget_units is not None
    party = funding.party_id(premium.funder)
    day = day_in_tokyo(here.now)
    caps = LimitKeys(program.key, "premium", top_up.premium_limits, day)
    return (
        *own_money,
        Earn(
            asset=premium.key,
            funder=funding.budget_id(program.key, "premium") if has_budget else party,
            expires_at=rules.expires_at(premium, here.now),
            units=extra,
            caps=caps.of(here.bearer.payer.wallet, here.till.shop),
            is_bounded=has_budget or funding.may_be_bound(premium, premium.funder),
        ),
    )


def _deposit(top_up: terms.TopUp, here: _Here) -> tuple[Earn, ...]:
    """What the card itself costs, with the first money that is paid in; there already: nothing."""
    program = None if top_up.deposit is None else here.offer.programs.get(top_up.deposit)
    if program is None or not top_up.deposit_units:
        return ()
    deposit = Earn(
        asset=program.key,
        funder=here.till.shop,
        expires_at=rules.expires_at(program, here.now),
        units=top_up.deposit_units,
        is_pooled=program.settlement.charging != Charging.AT_USE,
        most=top_up.deposit_units,
        kind=Kind.TOP_UP,
    )
    return (deposit,)


def cash_out(
    request: CashOutRequest, till: TerminalAtShop, bearer: Bearer, offer: Offer, now: datetime
) -> CashOut:
    """Money that the person is paid back."""
    program = offer.programs.get(request.program)
    refused = bearer.payer.refused
    if program is None or not _may_be_paid_back(program, request.units, till):
        refused = refused or RefundingNotAllowed()
    is_small = program is not None and program.refunding == Refunding.SMALL
    paid_back = paid_back_tally(bearer.payer.wallet, request.program, day_in_tokyo(now))
    return CashOut(
        operation=request.id,
        wallet=bearer.payer.wallet,
        asset=request.program,
        units=request.units,
        payee=till.shop,
        terminal=till.terminal,
        actor=bearer.payer.actor,
        most_left=SMALL_UNITS if is_small else None,
        caps=(Cap(paid_back, SMALL_UNITS),) if is_small else (),
        refused=refused,
    )


def paid_back_tally(subject: UUID, program: Asset, day: date) -> UUID:
    """Under what is counted how much somebody was paid back of a program in a half-year."""
    return tally_id(subject, program, CASH_OUT, half_year_of(day), "units")


def _may_be_paid_back(program: Program, units: int, till: TerminalAtShop) -> bool:
    if program.top_up is None or not is_here(program.top_up.where, till):
        return False
    match program.refunding:
        case Refunding.NEVER:
            return False
        case Refunding.SMALL:
            return units <= SMALL_UNITS
        case Refunding.ON_LEAVING:
            return True


def give(request: GiveRequest, bearer: Bearer, offer: Offer) -> Give:
    """Units for somebody else."""
    program = offer.programs.get(request.program)
    refused = bearer.payer.refused
    if program is None or program.sharing == Sharing.NOBODY:
        refused = refused or SharingNotAllowed()
    return Give(
        operation=request.id,
        wallet=bearer.payer.wallet,
        to=request.to,
        asset=request.program,
        units=request.units,
        actor=bearer.payer.actor,
        refused=refused,
    )
