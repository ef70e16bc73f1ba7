"""Who pays: what a till was shown, as the ledger is to take it.

A printed card's code, a phone's code or the token of a tap. What only shows who somebody is never
pays, and a new phone little. ``identity.rules`` has the order of the refusals; those of a
delegation follow, in the order of ``people.records.delegate_rules.check_use``, and then those of
the ledger.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple
from uuid import UUID

from ichimai import identity, ledger, registry
from ichimai.cards import Kind, phone_codes
from ichimai.identity.model import Step
from ichimai.identity.spending import PhoneUse, Spender, StepUse, TapUse
from ichimai.kernel import Clock, errors
from ichimai.kernel.ids import NIL
from ichimai.merchants import TerminalAtShop
from ichimai.people.records import errands
from ichimai.people.records.delegates import Scope
from ichimai.people.records.errands import Errand, Remembered, Wanted
from ichimai.people.records.errors import OF_DELEGATES
from ichimai.people.records.personal import PersonalKey
from ichimai.programs import wallets
from ichimai.programs.model import (
    CardRequest,
    PaymentRequest,
    PurchaseRequest,
    RedemptionRequest,
)
from ichimai.programs.new_phone_rules import Wish, allowed, most_of
from ichimai.registry import RegistryKey, Resolved
from ichimai.storage import ReadTx, WriteTx


class Payer(NamedTuple):
    """Whose wallet pays, with which card, and why it is not taken; None: it is.

    ``errand``: when it is somebody else's card that pays for the wallet's owner. ``may_pay``: the
    card can do more than show who somebody is. ``pay_at_most``: so many yen of a purchase, where
    the phone is new; None: it is not.
    """

    wallet: UUID
    actor: UUID
    refused: errors.DomainError | None
    errand: tuple[Wanted, Errand] | None = None
    may_pay: bool = True
    pay_at_most: int | None = None


class Shown(NamedTuple):
    """What a till was shown, and what the registry says of it."""

    request: CardRequest
    card: Resolved | None
    code: phone_codes.PhoneCode | None = None


def look_up(
    tx: ReadTx, key: RegistryKey, clock: Clock, sector: str, requests: Sequence[CardRequest]
) -> list[Shown]:
    """What each of ``requests`` brings: one query for printed cards, one more for phones."""
    texts = [request.credential for request in requests]
    cards = registry.resolve(tx, key, sector, texts)
    found = [Shown(request, card) for request, card in zip(requests, cards, strict=True)]
    # Nothing shorter is a phone's code, and nearly all are shorter.
    phones = {
        place: code
        for place, text in enumerate(texts)
        if len(text) >= phone_codes.LENGTH and (code := phone_codes.parse(text))
    }
    if phones:
        shown = [code.shown for code in phones.values()]
        of_phones = registry.resolve_shown(tx, key, clock, sector, shown)
        for (place, code), card in zip(phones.items(), of_phones, strict=True):
            found[place] = Shown(requests[place], card, code)
    return found


def payers(
    tx: WriteTx,
    clock: Clock,
    shown: Sequence[Shown],
    tills: Sequence[TerminalAtShop | None],
    cost_yen: Callable[[CardRequest], int],
) -> list[Payer]:
    """Who pays each, at which till; without a till nothing is used up.

    Codes of phones and taps are taken here, in the payment's own transaction. ``cost_yen``: what a
    request counts under the limit of a new phone.
    """
    found = [_signed_in(each.request) or _by_card(each) for each in shown]
    steps, taps, phones = {}, {}, {}
    for place, (each, till) in enumerate(zip(shown, tills, strict=True)):
        if till is None or each.request.payer is not None:
            continue
        if each.code is not None and each.card is not None:
            found[place] = _by_phone(each.card, each.code, clock)
            if found[place].refused is None:
                steps[place] = StepUse(each.card.reference, Step(each.code.step, each.request.id))
                payer = found[place]
                phones[place] = PhoneUse(payer.actor, payer.wallet, each.card.issued_at)
        elif identity.spending.is_tap_token(each.request.credential):
            taps[place] = TapUse(till.terminal, each.request.credential, each.request.id)
    _take_steps(tx, clock, steps, found)
    phones |= _take_taps(tx, clock, taps, found, [each.request for each in shown])
    if phones:
        new = identity.spending.spenders(tx, clock, list(phones.values()))
        if new:
            asked = [(each.request, cost_yen(each.request)) for each in shown]
            _limit_new_phones(tx, clock, new, asked, found)
    return found


def for_others(
    tx: WriteTx,
    key: PersonalKey,
    clock: Clock,
    found: Sequence[Payer],
    asked: Sequence[tuple[CardRequest, TerminalAtShop | None, int]],
) -> list[Payer]:
    """``found``, where a delegation's own card brings the wallet of whom it was given for.

    ``asked``: each request, its till, and the yen that it counts against the delegation's limits.

    Such a card never pays from its bearer's own wallet, also when the delegation has ended.
    """
    answered = errands.refused_before(tx, [request.id for request, _, _ in asked])
    changed, places, wanted = list(found), [], []
    before = answered()
    for place, (payer, (request, till, yen)) in enumerate(zip(found, asked, strict=True)):
        if till is None:
            continue
        want = Wanted(
            payer.actor,
            request.id,
            yen,
            till.terminal,
            is_hold=isinstance(request, PaymentRequest) and request.hold_until is not None,
            scope=_scope(request, yen),
        )
        if request.id in before:
            refused = _refused_again(want, before[request.id])
            changed[place] = payer._replace(refused=refused)
        elif payer.refused is None:
            places.append(place)
            wanted.append(want)
    begun = errands.begin(tx, key, clock, wanted, partial(wallets.came_back, tx)) if wanted else []
    for place, each, errand in zip(places, wanted, begun, strict=True):
        if errand is not None:
            changed[place] = found[place]._replace(
                wallet=errand.principal, refused=errand.refused, errand=(each, errand)
            )
    return changed


def _scope(request: CardRequest, yen: int) -> Scope:
    """A thing that costs nothing is collected; everything else is paying."""
    return Scope.COLLECT if isinstance(request, RedemptionRequest) and not yen else Scope.PAY


def _refused_again(wanted: Wanted, before: Remembered) -> errors.DomainError:
    """The first answer, or in what the operation differs: as the ledger does with its own."""
    if wanted.is_hold != before.is_hold:
        return ledger.errors.DifferentKind()
    if wanted.yen != before.yen:
        return ledger.errors.DifferentAmount()
    if wanted.credential != before.credential:
        return ledger.errors.DifferentCredential()
    if wanted.terminal != before.terminal:
        return ledger.errors.DifferentTerminal()
    return OF_DELEGATES[before.code]()


def write_errands(
    tx: WriteTx, found: Sequence[Payer], answers: Sequence[ledger.Posted | errors.DomainError]
) -> None:
    """Write what delegates paid, and what was refused them for ever.

    What the ledger refused or had paid before adds nothing.
    """
    done, refused = [], []
    for payer, answer in zip(found, answers, strict=True):
        if payer.errand is None:
            continue
        if isinstance(answer, ledger.Posted):
            wanted, errand = payer.errand
            done += [] if answer.is_replay else [(_cost(wanted, answer), errand)]
        elif answer is payer.refused:
            refused.append(payer.errand)
    errands.write(tx, done, refused)


def _cost(wanted: Wanted, answer: ledger.Posted) -> Wanted:
    """Of a sale, what programs paid of it."""
    return wanted if answer.sale is None else wanted._replace(yen=answer.sale.paid_units)


def nobody() -> Payer:
    """Who pays with a card that nobody here issued."""
    return Payer(NIL, NIL, registry.errors.UnknownCredential())


def _signed_in(request: CardRequest) -> Payer | None:
    """Who has signed in themselves; only our own pages say so."""
    return None if request.payer is None else Payer(*request.payer, None)


def _by_card(shown: Shown) -> Payer:
    """A printed card; what is none is told by its form alone, so that nobody learns what exists."""
    card = shown.card
    if card is None:
        if identity.spending.only_shows(shown.request.credential):
            return Payer(NIL, NIL, identity.errors.CardCannotPay())
        return nobody()
    return _of(card, ledger.errors.CredentialStopped() if card.is_stopped else None)


def _by_phone(card: Resolved, code: phone_codes.PhoneCode, clock: Clock) -> Payer:
    if not phone_codes.verify(code, card.public_key):
        return nobody()
    if card.is_stopped:
        return _of(card, ledger.errors.CredentialStopped())
    is_fresh = phone_codes.is_fresh(code, clock.now())
    return _of(card, None if is_fresh else identity.errors.PhoneCodeExpired())


def _of(card: Resolved, refused: errors.DomainError | None) -> Payer:
    return Payer(card.subject or card.reference, card.reference, refused)


def _take_steps(tx: WriteTx, clock: Clock, uses: dict[int, StepUse], found: list[Payer]) -> None:
    taken = identity.spending.take_steps(tx, clock, list(uses.values()))
    for place, is_taken in zip(uses, taken, strict=True):
        if not is_taken:
            found[place] = found[place]._replace(refused=identity.errors.PhoneCodeUsed())


def _take_taps(
    tx: WriteTx,
    clock: Clock,
    uses: dict[int, TapUse],
    found: list[Payer],
    asked: Sequence[CardRequest],
) -> dict[int, PhoneUse]:
    """The phones among those that tapped."""
    phones = {}
    taken = identity.spending.take_taps(tx, clock, list(uses.values()))
    for (place, use), payment in zip(uses.items(), taken, strict=True):
        if payment is None:
            found[place] = Payer(NIL, NIL, identity.errors.TapOver())
            continue
        refused = identity.spending.refusal_to_pay(payment.kind, payment.assurance)
        may_pay = refused is None
        if not may_pay and _does_without(asked[place]):
            refused = None
        if may_pay and payment.operation != use.operation:
            refused = identity.errors.TapOver()
        wallet = payment.subject or payment.reference
        found[place] = Payer(wallet, payment.reference, refused, may_pay=may_pay)
        if payment.kind is Kind.PHONE and refused is None:
            phones[place] = PhoneUse(payment.reference, wallet, None)
    return phones


def _does_without(request: CardRequest) -> bool:
    """Whether it goes on when the card can only show who somebody is: to earn, that is enough."""
    is_open = isinstance(request, PurchaseRequest) and request.pay_with is None
    return request.only_gives or is_open


def _limit_new_phones(
    tx: ReadTx,
    clock: Clock,
    new: Mapping[UUID, Spender],
    asked: Sequence[tuple[CardRequest, int]],
    found: list[Payer],
) -> None:
    """Say what a person's new phones may pay at most of a purchase, and refuse what is above it.

    An operation that was made before is not judged again: the ledger has its answer.
    """
    left, done = {}, set()
    for wallet, spender in new.items():
        paid = wallets.taken(tx, wallet, since=spender.since)
        counted = [each for each in paid if spender.counts(each.actor, each.recorded_at)]
        left[wallet] = spender.limit_yen - sum(each.yen for each in counted)
        done |= {each.operation for each in paid}
    wishes = {}
    for place, (payer, (request, yen)) in enumerate(zip(found, asked, strict=True)):
        owner = new.get(payer.wallet)
        if payer.refused is not None or owner is None or request.id in done:
            continue
        if owner.is_limited(payer.actor):
            in_part = isinstance(request, PurchaseRequest)
            wishes[place] = Wish(request.id, payer.wallet, yen, in_part)
    _say_what_is_there(tx, clock, asked, wishes)
    for (place, wish), most in zip(wishes.items(), allowed(wishes.values(), left), strict=True):
        if most is None:
            found[place] = found[place]._replace(refused=ledger.errors.LimitExceeded())
        elif wish.may_be_in_part:
            found[place] = found[place]._replace(pay_at_most=most)


def _say_what_is_there(
    tx: ReadTx,
    clock: Clock,
    asked: Sequence[tuple[CardRequest, int]],
    wishes: dict[int, Wish],
) -> None:
    """Where a person has more than one wish in a batch: let a sale wish for what there is.

    So what is paid in cash takes nothing of the limit from what comes after it. What comes to the
    wallet just then is not used by such a sale: it takes no more than it wished for.
    """
    times = Counter(wish.wallet for wish in wishes.values())
    there = {
        wallet: wallets.wallet(tx, clock, wallet).payable
        for wallet, count in times.items()
        if count > 1
    }
    for place, wish in wishes.items():
        request, _ = asked[place]
        if wish.wallet in there and isinstance(request, PurchaseRequest):
            wishes[place] = wish._replace(yen=most_of(request, there[wish.wallet]))
