"""A program's terms as sentences, in Japanese or English. Pure."""

from collections.abc import Iterator
from typing import Final

from ichimai.programs.terms import (
    Bonus,
    Charging,
    Earning,
    Exchange,
    Expiry,
    Program,
    ProgramKind,
    Refunding,
    Sharing,
    TopUp,
    Trigger,
)
from ichimai.programs.upkeep import ending_rules
from ichimai.towns.scope_words import Language, Names, Pair, Says

__all__ = ["KINDS", "Language", "Names", "sentences"]

KINDS: Final = {
    ProgramKind.VOUCHER: ("商品券", "voucher"),
    ProgramKind.POINTS: ("ポイント", "points"),
    ProgramKind.STAMPS: ("スタンプ", "stamps"),
    ProgramKind.PREPAID: ("前払い", "prepaid"),
    ProgramKind.IN_KIND: ("現物・サービス", "in kind"),
    ProgramKind.CHECK: ("資格の確認", "check of an entitlement"),
}
_CHARGING: Final[dict[Charging, Pair]] = {
    Charging.AT_ISSUE: ("付与したときに負担", "owed when units are given"),
    Charging.AT_USE: ("使われたときに負担", "owed when units are used"),
    Charging.NEVER: ("精算なし", "nothing is owed"),
}
_CYCLES: Final = {
    "daily": ("毎日精算", "settled daily"),
    "weekly": ("毎週精算", "settled weekly"),
    "monthly": ("毎月精算", "settled monthly"),
}
_REFUNDING: Final[dict[Refunding, Pair]] = {
    Refunding.NEVER: ("払戻しはしません", "It is not paid back"),
    Refunding.ON_LEAVING: (
        "やめるときに残額を払い戻します",
        "What is left is paid back on leaving",
    ),
    Refunding.SMALL: ("少額に限り払い戻します", "Only small sums are paid back"),
}
_SHARING: Final[dict[Sharing, Pair]] = {
    Sharing.NOBODY: ("譲渡はできません", "It cannot be passed on"),
    Sharing.DELEGATES: ("代理人に渡せます", "It can be passed on to a delegate"),
    Sharing.HOUSEHOLD: ("家族に渡せます", "It can be passed on within the household"),
}


def sentences(program: Program, language: Language, names: Names) -> list[str]:
    """What a program is, how one gets it, what it is good for, when it ends and who owes."""
    says = Says(language, names)
    return [
        says.say(f"{program.name_ja}（{KINDS[program.kind][0]}）", _title_en(program)),
        says.say(program.about_ja, program.about_en),
        *_got(program, says),
        *_used(program, says),
        *_ended(program, says),
        *_owed(program, says),
    ]


def _title_en(program: Program) -> str:
    return f"{program.name_en} ({KINDS[program.kind][1]})"


def _got(program: Program, says: Says) -> Iterator[str]:
    for reason in program.reasons:
        name = says.say(reason.name, reason.name_en)
        window = reason.window()
        days = f"{says.day(window.first)}〜{says.day(window.last)}"
        yield f"{name}{says.say('：', ': ')}{_units(program, reason.units, says)} ({days})"
    for earning in program.earnings:
        yield _earning(program, earning, says)
    for bonus in program.bonuses:
        yield _bonus(bonus, says)
    if program.top_up is not None:
        yield from _top_up(program, program.top_up, says)


def _units(program: Program, units: int, says: Says) -> str:
    unit_en = program.unit_en.removesuffix("s") if units == 1 else program.unit_en
    return says.say(f"{units:,}{program.unit_ja}", f"{units:,} {unit_en}")


def _earning(program: Program, earning: Earning, says: Says) -> str:
    units = _units(program, earning.units, says)
    match earning.trigger:
        case Trigger.SALE:
            rate = says.say(
                f"{earning.yen:,}円につき{units}", f"{units} for each {earning.yen:,} yen"
            )
            if earning.minimum_yen:
                least = earning.minimum_yen
                rate += says.say(f"（{least:,}円以上）", f" (from {least:,} yen on)")
        case Trigger.VISIT:
            least = earning.minimum_yen
            rate = says.say(
                f"{least:,}円以上のお買物で{units}", f"{units} for {least:,} yen or more"
            )
        case _:
            rate = says.say(f"1回{units}", f"{units} each time")
    parts = [rate]
    if earning.other_units is not None:
        other = _units(program, earning.other_units, says)
        parts.append(says.say(f"紹介した方にも{other}", f"{other} for whoever brought them"))
    parts += _circumstances(earning, says)
    if earning.usable_after_days:
        days = earning.usable_after_days
        parts.append(says.say(f"{days}日後から使えます", f"usable {days} days later"))
    return _line(says, earning.name_ja, earning.name_en, parts)


def _bonus(bonus: Bonus, says: Says) -> str:
    times = says.say(f"{bonus.times}倍", f"{bonus.times} times as many")
    return _line(says, bonus.name_ja, bonus.name_en, [times, *_circumstances(bonus, says)])


def _circumstances(part: Earning | Bonus, says: Says) -> Iterator[str]:
    yield from says.where(part.where)
    yield from says.when(part.when)
    yield from says.who(part.who)
    yield from says.limits(part.limits)
    yield from _money(part, says)


def _money(part: Earning | Bonus | Exchange, says: Says) -> Iterator[str]:
    if part.funder is not None:
        party = says.party(part.funder)
        yield says.say(f"負担：{party}", f"paid for by {party}")
    if part.budget_units is not None:
        budget = f"{part.budget_units:,}"
        yield says.say(f"総量{budget}まで", f"{budget} in all, for everybody")


def _line(says: Says, ja: str, en: str, parts: list[str]) -> str:
    return (
        says.say("・", "- ")
        + says.say(ja, en)
        + says.say("：", ": ")
        + says.say("；", "; ").join(parts)
    )


def _top_up(program: Program, top_up: TopUp, says: Says) -> Iterator[str]:
    least, step = _units(program, top_up.least, says), _units(program, top_up.step, says)
    parts = [says.say(f"{least}から{step}単位", f"from {least} on, by {step}")]
    if top_up.most is not None:
        most = _units(program, top_up.most, says)
        parts.append(says.say(f"残高{most}まで", f"up to {most} on the card"))
    if top_up.premium is not None and top_up.premium_percent is not None:
        extra, name = top_up.premium_percent, says.program(top_up.premium)
        parts.append(says.say(f"{extra}%を{name}で上乗せ", f"{extra} % more in {name}"))
        parts += says.limits(top_up.premium_limits)
    if top_up.deposit is not None:
        name, units = says.program(top_up.deposit), f"{top_up.deposit_units or 0:,}"
        parts.append(f"{name} {units}")
    parts += says.where(top_up.where)
    yield _line(says, "入金", "Paying in", parts)


def _used(program: Program, says: Says) -> Iterator[str]:
    use = program.use
    if program.kind == ProgramKind.CHECK:
        yield _line(says, "対象", "For", says.who(program.entitled))
        return
    parts = says.where(program.acceptance) or [says.say("すべての加盟店", "all shops")]
    if program.kind == ProgramKind.STAMPS or use.is_by_exchange_only:
        parts = [says.say("お店での支払には使えません", "it does not pay in shops")]
    if use.multiple > 1:
        multiple = _units(program, use.multiple, says)
        parts.append(says.say(f"{multiple}単位", f"{multiple} at once"))
    for limit, ja, en in (
        (use.per_payment_limit, "1回{}まで", "up to {} at once"),
        (use.per_day_limit, "1日{}まで", "up to {} a day"),
    ):
        if limit is not None:
            parts.append(says.say(ja, en).format(_units(program, limit, says)))
    yield _line(says, "使えるところ", "Where it is used", parts)
    if program.things:
        things = [says.say(thing.name_ja, thing.name_en) for thing in program.things]
        yield _line(says, "お渡しするもの", "What is handed over", things)
    if program.card_units is not None:
        yield _line(says, "満点", "A full card", [_units(program, program.card_units, says)])
    for exchange in program.exchanges:
        yield _exchange(program, exchange, says)


def _exchange(program: Program, exchange: Exchange, says: Says) -> str:
    take = _units(program, exchange.take, says)
    if exchange.to is None:
        gift = says.say(exchange.gift_ja or "", exchange.gift_en or "")
    else:
        gift = f"{says.program(exchange.to)} {exchange.give:,}"
    parts = [f"{take} → {gift}", *says.when(exchange.when), *says.who(exchange.who)]
    for minimum in exchange.minimums:
        least = _units(program, minimum.units, says)
        parts.append(
            says.say(f"{minimum.group}で{least}以上", f"{least} or more of {minimum.group}")
        )
    parts += [*says.limits(exchange.limits), *_money(exchange, says)]
    return _line(says, exchange.name_ja, exchange.name_en, parts)


def _ended(program: Program, says: Says) -> Iterator[str]:
    parts = [_expiry(program.expiry, says), *_notices(program, says)]
    if program.kind == ProgramKind.PREPAID:
        parts.append(says.pair(_REFUNDING[program.refunding]))
    if program.kind != ProgramKind.CHECK:
        parts.append(says.pair(_SHARING[program.sharing]))
    yield _line(says, "有効期限", "Until when", parts)


def _expiry(expiry: Expiry, says: Says) -> str:
    if expiry.on is not None:
        day = says.day(expiry.on)
        return says.say(f"{day}まで", f"until {day}")
    if expiry.after_months is not None:
        months = expiry.after_months
        return says.say(f"受け取った日から{months}か月", f"{months} months after it was given")
    if expiry.never:
        return says.say("期限なし", "without end")
    if expiry.years_later:
        years = expiry.years_later
        return says.say(f"{years}年後の年度末まで", f"the end of the fiscal year {years} later")
    return says.say("年度末まで", "the end of the fiscal year")


def _notices(program: Program, says: Says) -> Iterator[str]:
    if program.expiry.never or program.kind == ProgramKind.CHECK:
        return
    found = [str(each) for each in ending_rules.notices(program)]
    ja = "と".join(f"{each}日前" for each in found)
    en = f"{', '.join(found[:-1])} and {found[-1]}"
    yield says.say(f"{ja}にお知らせ", f"told {en} days before")


def _owed(program: Program, says: Says) -> Iterator[str]:
    settlement = program.settlement
    parts = [says.party(program.funder), says.pair(_CHARGING[settlement.charging])]
    if settlement.pool is not None:
        pool = says.party(settlement.pool)
        parts.append(says.say(f"原資の管理：{pool}", f"kept by {pool}"))
    if settlement.charging != Charging.NEVER:
        parts.append(says.pair(_CYCLES[settlement.cycle]))
    if settlement.fee_basis_points:
        fee = f"{settlement.fee_basis_points / 100:g}"
        parts.append(says.say(f"手数料{fee}%", f"a fee of {fee} %"))
    if program.budget_units is not None:
        budget = _units(program, program.budget_units, says)
        parts.append(says.say(f"予算{budget}", f"a budget of {budget}"))
    yield _line(says, "負担と精算", "Who pays", parts)
    if program.deciding_law:
        yield _line(says, "根拠", "The law", [program.deciding_law])
