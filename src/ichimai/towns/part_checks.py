"""Whether the parts of a program fit each other and their town. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from ichimai.kernel import Asset
from ichimai.kernel.ages import InvalidRule
from ichimai.kernel.rates import Rounding
from ichimai.programs.terms import (
    Bonus,
    Earning,
    Exchange,
    Program,
    ProgramKind,
    Reason,
    Refunding,
    TopUp,
    Trigger,
)
from ichimai.towns import scope_checks
from ichimai.towns.rule_names import Rule
from ichimai.towns.surroundings import Fault, Surroundings

_SHOP: Final = "shop"
_YEN: Final = 100
"""What ``Earning.yen`` is when nothing is said."""

_FEWEST_DAYS_OF_MONTH: Final = 28
_GIVEN: Final = frozenset({ProgramKind.VOUCHER, ProgramKind.POINTS})
_NEVER_EXCHANGED_FOR: Final = frozenset({ProgramKind.PREPAID, ProgramKind.CHECK})


def of_parts(
    program: Program, path: str, known: Surroundings, programs: Mapping[Asset, Program]
) -> Iterator[Fault]:
    """What is wrong with earnings, bonuses, exchanges, things, topping up and reasons."""
    yield from _keys(program, path)
    for index, earning in enumerate(program.earnings):
        yield from _earning(program, earning, f"{path}.earning[{index}]", known)
    for index, bonus in enumerate(program.bonuses):
        yield from _bonus(program, bonus, f"{path}.bonus[{index}]", known)
    for index, exchange in enumerate(program.exchanges):
        yield from _exchange(program, exchange, f"{path}.exchange[{index}]", known, programs)
    if program.top_up is not None:
        yield from _top_up(program, program.top_up, f"{path}.top_up", known, programs)
    yield from _reasons(program.reasons, path)


def _keys(program: Program, path: str) -> Iterator[Fault]:
    """Budgets and what people had of a part are counted by its key, whichever part it is."""
    taken: set[str] = set()
    if program.top_up is not None and program.top_up.premium is not None:
        taken.add("premium")
    parts = [("earning", [each.key for each in program.earnings])]
    parts += [("bonus", [each.key for each in program.bonuses])]
    parts += [("exchange", [each.key for each in program.exchanges])]
    for name, keys in parts:
        for index, key in enumerate(keys):
            if key in taken:
                yield Fault(f"{path}.{name}[{index}].key", Rule.KEYS_DIFFER)
            taken.add(key)
    things = [each.key for each in program.things]
    for index, key in enumerate(things):
        if key in things[:index]:
            yield Fault(f"{path}.thing[{index}].key", Rule.KEYS_DIFFER)


def _earning(program: Program, earning: Earning, path: str, known: Surroundings) -> Iterator[Fault]:
    is_whole = earning.is_whole and earning.trigger != Trigger.SALE
    yield from _scopes(earning, path, known, units=earning.units if is_whole else None)
    yield from _budget(earning, path, units=earning.units if is_whole else 1)
    is_of_event = earning.trigger == Trigger.EVENT
    if is_of_event and earning.event is None:
        yield Fault(f"{path}.event", Rule.EVENT_IS_NAMED)
    if not is_of_event and earning.event is not None:
        yield Fault(f"{path}.event", Rule.EVENT_OF_EVENTS)
    if not is_of_event and earning.other_units is not None:
        yield Fault(f"{path}.other_units", Rule.OTHER_OF_EVENTS)
    if is_of_event and (earning.funder or program.funder) == _SHOP:
        yield Fault(f"{path}.funder", Rule.SHOP_FUNDS_SALES)
    yield from _rate(earning, path)
    expiry = program.expiry
    if (
        expiry.after_months is not None
        and earning.usable_after_days >= expiry.after_months * _FEWEST_DAYS_OF_MONTH
    ):
        yield Fault(f"{path}.usable_after_days", Rule.USABLE_BEFORE_END)
    if expiry.on and earning.when.from_on and earning.when.from_on > expiry.on:
        yield Fault(f"{path}.when.from_on", Rule.USABLE_BEFORE_END)


def _rate(earning: Earning, path: str) -> Iterator[Fault]:
    """A rate that only a sale has, said of something else."""
    if earning.trigger != Trigger.SALE:
        for field, is_said in (
            ("yen", earning.yen != _YEN),
            ("rounding", earning.rounding != Rounding.DOWN),
            ("is_of_rest", not earning.is_of_rest),
        ):
            if is_said:
                yield Fault(f"{path}.{field}", Rule.RATE_OF_SALES)
    if earning.trigger in {Trigger.EVENT, Trigger.STAMP} and earning.minimum_yen:
        yield Fault(f"{path}.minimum_yen", Rule.RATE_OF_SALES)


def _bonus(program: Program, bonus: Bonus, path: str, known: Surroundings) -> Iterator[Fault]:
    yield from _scopes(bonus, path, known, units=None)
    yield from _budget(bonus, path, units=1)
    of = next((each for each in program.earnings if each.key == bonus.earning), None)
    if of is None:
        yield Fault(f"{path}.earning", Rule.BONUS_OF_EARNING)
    elif of.trigger == Trigger.EVENT and (bonus.funder or program.funder) == _SHOP:
        yield Fault(f"{path}.funder", Rule.SHOP_FUNDS_SALES)


def _scopes(
    part: Earning | Bonus, path: str, known: Surroundings, *, units: int | None
) -> Iterator[Fault]:
    yield from scope_checks.of_where(part.where, f"{path}.where", known)
    yield from scope_checks.of_when(part.when, f"{path}.when")
    yield from scope_checks.of_who(part.who, f"{path}.who", known)
    yield from scope_checks.of_limits(part.limits, f"{path}.limits", units=units)
    yield from scope_checks.of_party(part.funder, f"{path}.funder", known)


def _budget(part: Earning | Bonus | Exchange, path: str, *, units: int) -> Iterator[Fault]:
    if part.budget_units is None:
        return
    if part.funder is None:
        yield Fault(f"{path}.funder", Rule.BUDGET_HAS_FUNDER)
    if part.funder == _SHOP:
        yield Fault(f"{path}.budget_units", Rule.BUDGET_IS_NO_SHOPS)
    if part.budget_units < units:
        yield Fault(f"{path}.budget_units", Rule.BUDGET_IS_ENOUGH)


def _exchange(
    program: Program,
    exchange: Exchange,
    path: str,
    known: Surroundings,
    programs: Mapping[Asset, Program],
) -> Iterator[Fault]:
    yield from scope_checks.of_when(exchange.when, f"{path}.when")
    yield from scope_checks.of_who(exchange.who, f"{path}.who", known)
    yield from scope_checks.of_limits(exchange.limits, f"{path}.limits", units=exchange.take)
    yield from scope_checks.of_party(exchange.funder, f"{path}.funder", known)
    if exchange.to is None:
        yield from _gift(exchange, path)
    else:
        yield from _budget(exchange, path, units=exchange.give)
        yield from _target(program, exchange, path, programs)
        if (exchange.funder or program.funder) == _SHOP:
            yield Fault(f"{path}.funder", Rule.SHOP_FUNDS_SALES)
    if program.card_units is not None and exchange.take > program.card_units:
        yield Fault(f"{path}.take", Rule.CARD_IS_ENOUGH)
    groups = {earning.group for earning in program.earnings}
    for index, minimum in enumerate(exchange.minimums):
        if minimum.group not in groups:
            yield Fault(f"{path}.minimums[{index}].group", Rule.GROUP_IS_EARNED)


def _gift(exchange: Exchange, path: str) -> Iterator[Fault]:
    if exchange.gift_ja is None and exchange.gift_en is None:
        yield Fault(f"{path}.to", Rule.GIVES_SOMETHING)
    elif exchange.gift_ja is None or exchange.gift_en is None:
        missing = "gift_ja" if exchange.gift_ja is None else "gift_en"
        yield Fault(f"{path}.{missing}", Rule.GIFT_IN_BOTH)
    if exchange.give != 1:
        yield Fault(f"{path}.give", Rule.GIVES_ONE_THING)
    if exchange.budget_units is not None:
        yield Fault(f"{path}.budget_units", Rule.BUDGET_OF_UNITS)


def _target(
    program: Program, exchange: Exchange, path: str, programs: Mapping[Asset, Program]
) -> Iterator[Fault]:
    for field in ("gift_ja", "gift_en"):
        if getattr(exchange, field) is not None:
            yield Fault(f"{path}.{field}", Rule.GIVES_ONE_THING)
    target = None if exchange.to is None else programs.get(exchange.to)
    if target is None:
        yield Fault(f"{path}.to", Rule.KNOWN_PROGRAM)
    elif target.key == program.key:
        yield Fault(f"{path}.to", Rule.NOT_TO_ITSELF)
    elif target.kind in _NEVER_EXCHANGED_FOR:
        yield Fault(f"{path}.to", Rule.NOT_TO_MONEY)


def _top_up(
    program: Program,
    top_up: TopUp,
    path: str,
    known: Surroundings,
    programs: Mapping[Asset, Program],
) -> Iterator[Fault]:
    yield from scope_checks.of_where(top_up.where, f"{path}.where", known)
    if top_up.least % top_up.step:
        yield Fault(f"{path}.least", Rule.STEPS_FIT)
    if top_up.most is not None and top_up.most < top_up.least:
        yield Fault(f"{path}.most", Rule.STEPS_FIT)
    yield from _premium(top_up, path, programs)
    if top_up.premium is not None and program.refunding != Refunding.NEVER:
        yield Fault(f"{path}.premium", Rule.PREMIUM_IS_EARNED)
    yield from _deposit(program, top_up, path, programs)


def _premium(top_up: TopUp, path: str, programs: Mapping[Asset, Program]) -> Iterator[Fault]:
    yield from scope_checks.of_limits(top_up.premium_limits, f"{path}.premium_limits")
    if top_up.premium is None:
        for field, is_said in (
            ("premium_percent", top_up.premium_percent is not None),
            ("premium_budget_units", top_up.premium_budget_units is not None),
            ("premium_limits", top_up.premium_limits != TopUp().premium_limits),
        ):
            if is_said:
                yield Fault(f"{path}.{field}", Rule.PREMIUM_HAS_PROGRAM)
        return
    if top_up.premium_percent is None:
        yield Fault(f"{path}.premium_percent", Rule.PREMIUM_HAS_RATE)
    target = programs.get(top_up.premium)
    if target is None:
        yield Fault(f"{path}.premium", Rule.KNOWN_PROGRAM)
    elif target.kind not in _GIVEN:
        yield Fault(f"{path}.premium", Rule.PREMIUM_IS_GIVEN)
    elif target.funder == _SHOP and top_up.premium_budget_units is not None:
        yield Fault(f"{path}.premium_budget_units", Rule.BUDGET_IS_NO_SHOPS)


def _deposit(
    program: Program, top_up: TopUp, path: str, programs: Mapping[Asset, Program]
) -> Iterator[Fault]:
    if (top_up.deposit is None) != (top_up.deposit_units is None):
        missing = "deposit" if top_up.deposit is None else "deposit_units"
        yield Fault(f"{path}.{missing}", Rule.DEPOSIT_HAS_SUM)
    if top_up.deposit is None:
        return
    kept = programs.get(top_up.deposit)
    if kept is None:
        yield Fault(f"{path}.deposit", Rule.KNOWN_PROGRAM)
    elif (
        kept.key == program.key
        or kept.kind != ProgramKind.PREPAID
        or not kept.use.is_by_exchange_only
        or kept.refunding != Refunding.ON_LEAVING
    ):
        yield Fault(f"{path}.deposit", Rule.DEPOSIT_COMES_BACK)


def _reasons(reasons: Iterable[Reason], path: str) -> Iterator[Fault]:
    keys: set[str] = set()
    names: set[str] = set()
    for index, reason in enumerate(reasons):
        at = f"{path}.reason[{index}]"
        if reason.key in keys:
            yield Fault(f"{at}.key", Rule.KEYS_DIFFER)
        if reason.name in names:
            yield Fault(f"{at}.name", Rule.REASON_NAMES_DIFFER)
        keys.add(reason.key)
        names.add(reason.name)
        if reason.since == "birth" and reason.counting is None:
            # 満年齢 or 数え年 is the town's decision and has a year's difference.
            yield Fault(f"{at}.counting", Rule.AGE_IS_COUNTED)
        if reason.since == "marriage" and reason.counting is not None:
            yield Fault(f"{at}.counting", Rule.WEDDING_IS_NOT_AGED)
        try:
            _ = reason.rule
        except InvalidRule:
            yield Fault(f"{at}.years", Rule.YEARS_CAN_BE)
