"""What a till or a person asks, as the ledger is to do it. Pure.

What is wrong with a request whatever is on the card is its ``refused``: the ledger gives it as
the answer unless the operation has one.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from ichimai import ledger
from ichimai.kernel import Asset, errors
from ichimai.ledger.model import (
    Award,
    Command,
    Pay,
    Purchase,
    Purse,
    Refund,
    Release,
    Return,
)
from ichimai.merchants import TerminalAtShop
from ichimai.programs import catalogue, counter_commands, rules
from ichimai.programs.bearer import Bearer
from ichimai.programs.catalogue import Catalogue, Offer
from ichimai.programs.errors import (
    NoSuchChoice,
    NothingEarnedHere,
    ToldFromTheFuture,
    ToldTooLate,
)
from ichimai.programs.model import (
    FUTURE_TOLERANCE,
    AwardRequest,
    CardRequest,
    CashOutRequest,
    EarningRequest,
    ExchangeRequest,
    GiveRequest,
    PaymentRequest,
    PurchaseRequest,
    RedemptionRequest,
    RefundRequest,
    ReleaseRequest,
    Request,
    ReturnRequest,
    StampRequest,
    TopUpRequest,
)
from ichimai.programs.terms import Trigger

LATEST: Final = timedelta(hours=72)
"""A sale or stamp that is told so late still counts for the day on which it was."""


def command_of(
    request: Request,
    till: TerminalAtShop,
    bearer: Bearer | None,
    programs: Catalogue,
    now: datetime,
) -> Command:
    """The command for ``request``; ``bearer`` is there for what a card asks."""
    match request:
        case RefundRequest():
            return Refund(
                operation=request.id,
                payment=request.payment,
                units=request.units,
                payee=till.shop,
                terminal=till.terminal,
                grace_days=programs.graces,
            )
        case ReleaseRequest():
            return Release(
                operation=request.id,
                hold=request.hold,
                units=request.units,
                payee=till.shop,
                terminal=till.terminal,
                grace_days=programs.graces,
            )
        case ReturnRequest():
            return Return(
                operation=request.id,
                purchase=request.purchase,
                total_yen=request.total_yen,
                payee=till.shop,
                terminal=till.terminal,
                grace_days=programs.graces,
            )
        case _:
            if bearer is None:
                raise TypeError(request)
            return _of_card(request, till, bearer, programs, now)


def _of_card(
    request: CardRequest, till: TerminalAtShop, bearer: Bearer, programs: Catalogue, now: datetime
) -> Command:
    offer = programs.offer(till, counted_at(request, now))
    match request:
        case PaymentRequest():
            return _pay(request, till, bearer, offer)
        case PurchaseRequest():
            return _purchase(request, till, bearer, offer, now)
        case EarningRequest() | StampRequest():
            return _award(request, till, bearer, offer, now)
        case ExchangeRequest():
            known = programs.versions_of(request.program)
            return counter_commands.exchange(request, till, bearer, offer, versions=known, now=now)
        case RedemptionRequest():
            known = programs.versions_of(request.program)
            return counter_commands.redeem(request, till, bearer, offer, versions=known)
        case TopUpRequest():
            return counter_commands.top_up(request, till, bearer, offer, now)
        case CashOutRequest():
            return counter_commands.cash_out(request, till, bearer, offer, now)
        case GiveRequest():
            return counter_commands.give(request, bearer, offer)
        case _:
            raise TypeError(request)


def counted_at(request: CardRequest, now: datetime) -> datetime:
    """The instant whose rules count: when it happened, unless that was told too late."""
    told = request.occurred_at
    return told if told is not None and now - LATEST <= told <= now else now


def untimely(request: AwardRequest, now: datetime) -> errors.DomainError | None:
    """Why it cannot be counted for when it took place; None: it can, or need not be."""
    told = request.occurred_at
    if told is None or not request.must_be_timely:
        return None
    if told > now + FUTURE_TOLERANCE:
        return ToldFromTheFuture()
    return ToldTooLate() if told < now - LATEST else None


def purses_of(
    offer: Offer, chosen: Sequence[Asset] | None, order: Sequence[str] | None
) -> tuple[Purse, ...]:
    """What pays, in its order: what was chosen; or what pays by itself, as the person wants it."""
    if chosen is not None:
        places = {asset: place for place, asset in enumerate(chosen)}
        return tuple(
            _at(purse, places[purse.asset]) for purse in offer.purses if purse.asset in places
        )
    if not order:
        return tuple(purse for purse in offer.purses if purse.asset in offer.automatic)
    places = {Asset(asset): place for place, asset in enumerate(order)}
    return tuple(
        _at(purse, places.get(purse.asset, len(places)))
        for purse in offer.purses
        if purse.asset in places or purse.asset in offer.automatic
    )


def _at(purse: Purse, place: int) -> Purse:
    return rules.replaced(purse, order=place)


def _pay(request: PaymentRequest, till: TerminalAtShop, bearer: Bearer, offer: Offer) -> Pay:
    payer, refused = bearer.payer, bearer.payer.refused
    purses = purses_of(offer, None, bearer.order)
    if refused is None and not purses:
        refused = ledger.errors.NotAcceptedHere()
    return Pay(
        operation=request.id,
        wallet=payer.wallet,
        payee=till.shop,
        units=request.units,
        purses=purses,
        terminal=till.terminal,
        actor=payer.actor,
        occurred_at=request.occurred_at,
        is_repeat_confirmed=request.is_repeat_confirmed,
        hold_until=request.hold_until,
        refused=refused,
    )


def _purchase(
    request: PurchaseRequest, till: TerminalAtShop, bearer: Bearer, offer: Offer, now: datetime
) -> Purchase:
    payer, refused = bearer.payer, bearer.payer.refused
    chosen = request.pay_with
    limits = {choice.program: choice.units for choice in chosen or ()}
    if chosen is not None:
        if refused is None and not limits.keys() <= {purse.asset for purse in offer.purses}:
            refused = ledger.errors.NotAcceptedHere()
        if len(limits) < len(chosen):
            refused = refused or NoSuchChoice()
    purses: tuple[Purse, ...] = ()
    if payer.may_pay:
        assets = None if chosen is None else [choice.program for choice in chosen]
        purses = purses_of(offer, assets, bearer.order)
        if chosen is not None:
            purses = tuple(_at_most(purse, limits[purse.asset]) for purse in purses)
    earns = catalogue.earns_of_sale(offer, till, bearer.known, counted_at(request, now))
    return Purchase(
        operation=request.id,
        wallet=payer.wallet,
        payee=till.shop,
        total_yen=request.total_yen,
        purses=purses,
        earns=earns,
        terminal=till.terminal,
        actor=payer.actor,
        asked=_asked(request),
        pay_at_most=payer.pay_at_most,
        occurred_at=request.occurred_at,
        is_repeat_confirmed=request.is_repeat_confirmed,
        refused=refused,
    )


def _at_most(purse: Purse, units: int | None) -> Purse:
    if units is None:
        return purse
    least = units if purse.per_payment is None else min(units, purse.per_payment)
    return rules.replaced(purse, per_payment=least)


def _asked(request: PurchaseRequest) -> str:
    """What was said of how to pay, so that the same id with another choice is told apart."""
    if request.pay_with is None:
        return ""
    parts = [
        choice.program if choice.units is None else f"{choice.program} {choice.units}"
        for choice in request.pay_with
    ]
    return "with " + ", ".join(parts)


def _award(
    request: EarningRequest | StampRequest,
    till: TerminalAtShop,
    bearer: Bearer,
    offer: Offer,
    now: datetime,
) -> Award:
    at = counted_at(request, now)
    if isinstance(request, EarningRequest):
        asked = " of ".join(filter(None, [f"event {request.event}", request.program]))
        ways = [
            way
            for way in offer.ways
            if way.earning.trigger == Trigger.EVENT
            and way.earning.event == request.event
            and request.program in {None, way.program.key}
        ]
    else:
        asked = f"stamp {request.program}"
        ways = [
            way
            for way in offer.ways
            if way.earning.trigger == Trigger.STAMP and way.program.key == request.program
        ]
    earns = catalogue.earns_of_event(ways, till, bearer.known, at)
    if bearer.other not in {None, bearer.payer.wallet}:
        earns += catalogue.earns_of_other(ways, till, bearer.other)
    refused = bearer.payer.refused or untimely(request, now)
    if refused is None and not earns:
        refused = NothingEarnedHere()
    return Award(
        operation=request.id,
        wallet=bearer.payer.wallet,
        earns=earns,
        place=till.shop,
        terminal=till.terminal,
        actor=bearer.payer.actor,
        asked=asked,
        occurred_at=request.occurred_at,
        refused=refused,
    )
