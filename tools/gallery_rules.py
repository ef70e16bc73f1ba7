"""Writes the tables of rules in docs/tutorial/gallery from the town's programs.

Run by ``make docs``. Each page has its table between two marks; tests/docs fails when a table is
not what this would write.
"""

import re
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from ichimai import towns
from ichimai.programs.scopes import Acceptance, Limits, When, Where, Who
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
    Use,
)

ROOT: Final = Path(__file__).resolve().parents[1]
FOLDER: Final = ROOT / "docs" / "tutorial" / "gallery"
BEGIN: Final = "<!-- rules: written by tools/gallery_rules.py from programs.toml -->\n"
END: Final = "<!-- end of rules -->\n"
SPAN: Final = re.compile(re.escape(BEGIN) + ".*?" + re.escape(END), re.DOTALL)

_WEEKDAYS: Final = {
    "mon": ("月", "Mondays"),
    "tue": ("火", "Tuesdays"),
    "wed": ("水", "Wednesdays"),
    "thu": ("木", "Thursdays"),
    "fri": ("金", "Fridays"),
    "sat": ("土", "Saturdays"),
    "sun": ("日", "Sundays"),
}
_PREDICATES: Final = {
    "resident": ("区民", "residents"),
    "works_in_town": ("在勤", "who work in the town"),
    "studies_in_town": ("在学", "who study in the town"),
    "disability": ("障害者手帳をお持ちの方", "with a disability grade"),
}
_CHARGING: Final = {
    Charging.AT_ISSUE: ("付与したとき", "when units are given"),
    Charging.AT_USE: ("使われたとき", "when units are used"),
    Charging.NEVER: ("発生しない", "never: nobody is owed anything"),
}
_CYCLES: Final = {
    "daily": ("毎日締め", "closed daily"),
    "weekly": ("毎週締め", "closed weekly"),
    "monthly": ("毎月締め", "closed monthly"),
}
_SHARING: Final = {
    Sharing.DELEGATES: ("代理人に渡せる", "with delegates"),
    Sharing.HOUSEHOLD: ("世帯の中で渡せる", "inside the household"),
}
_REFUNDING: Final = {
    Refunding.ON_LEAVING: ("やめるとき全額返す", "all of it when the person leaves"),
    Refunding.SMALL: (
        "少額を返せる",
        "small sums (up to 1,000 yen, or 20 % of what was paid in during the half-year)",
    ),
}
_LIMITS: Final = {
    "units_per_day": ("1日{}まで", "{} a day"),
    "units_per_week": ("週{}まで", "{} a week"),
    "units_per_month": ("月{}まで", "{} a month"),
    "units_per_fiscal_year": ("年度{}まで", "{} a fiscal year"),
    "units_ever": ("通算{}まで", "{} in all"),
    "times_per_day": ("1日{}回まで", "{} a day"),
    "times_per_fiscal_year": ("年度{}回まで", "{} a fiscal year"),
    "times_ever": ("{}回限り", "{} ever"),
    "times_per_shop": ("1店{}回まで", "{} at each shop"),
    "times_per_shop_day": ("1店1日{}回まで", "{} at each shop a day"),
}


class Said(NamedTuple):
    """The same in Japanese and in English."""

    ja: str
    en: str


class Row(NamedTuple):
    """One line of a table: what it is about, and what it says."""

    about: Said
    says: Said


@cache
def town() -> towns.Town:
    """The town whose programs the gallery shows."""
    return towns.load("toshima")


@cache
def _names() -> dict[str, Said]:
    """What associations, places, classes of shops, sponsors and programs are called."""
    here = town()
    found = {
        f"association:{one.association.number}": Said(one.association.name, one.association.name)
        for one in here.streets
    }
    found |= {place.number: Said(place.name, place.name_en) for place in here.places}
    found |= {one.key: Said(one.name_ja, one.name_en.lower()) for one in here.categories}
    found |= {one.key: Said(one.name_ja, one.name_en) for one in here.sponsors}
    found |= {one.key: Said(one.name_ja, one.name_en) for one in here.programs}
    return found | {
        "operator": Said(here.operator.name_ja, here.operator.name_en),
        "shop": Said("その店", "the shop"),
        "association:0": Said("区の施設", "the town's own places"),
    }


def _joined(parts: Sequence[Said], ja: str = "、", en: str = ", ") -> Said:
    told = [part for part in parts if part.en]
    return Said(ja.join(part.ja for part in told), en.join(part.en for part in told))


def _named(keys: Sequence[str]) -> Said:
    return _joined([_names()[key] for key in keys])


def _where(where: Where) -> Said:
    parts = [_named([f"association:{number}" for number in where.associations])]
    if where.requires_gift_voucher_association:
        parts.append(
            Said("商品券を扱う商店会の店", "shops of associations that take gift vouchers")
        )
    parts += [_named(where.shops), _named(where.categories)]
    found = _joined(parts, " / ", "; ")
    if not found.en:
        found = Said("すべての店", "all shops")
    if where.excluded_categories:
        left_out = _named(where.excluded_categories)
        found = Said(f"{found.ja}（{left_out.ja}を除く）", f"{found.en} (without: {left_out.en})")
    if isinstance(where, Acceptance) and where.large_store_cap_percent is not None:
        share = where.large_store_cap_percent
        cap = Said(f"大型店では{share}％まで", f"at most {share} % of each gift in large shops")
        found = _joined([found, cap], "。", "; ")
    return found


def _when(when: When) -> Said:
    parts = []
    if when.from_on or when.until_on:
        days = f"{when.from_on or ''}–{when.until_on or ''}"
        parts.append(Said(days, days))
    if when.days_of_month:
        days = "・".join(map(str, when.days_of_month))
        told = ", ".join(map(str, when.days_of_month))
        parts.append(Said(f"毎月{days}日", f"on day {told} of each month"))
    if when.weekdays:
        names = [_WEEKDAYS[day] for day in when.weekdays]
        parts.append(Said("・".join(n[0] for n in names) + "曜", ", ".join(n[1] for n in names)))
    if when.from_time or when.until_time:
        hours = f"{when.from_time or '':%H:%M}–{when.until_time or '':%H:%M}"
        parts.append(Said(hours, hours))
    return _joined(parts)


def _predicate(text: str) -> Said:
    if text in _PREDICATES:
        return Said(*_PREDICATES[text])
    if text.startswith("membership:"):
        key = text.removeprefix("membership:")
        return Said(f"会員（{key}）", f"members (`{key}`)")
    age = re.fullmatch(r"age(>=|<)(\d+)", text)
    if age is None:
        raise SystemExit(f"The gallery has no words for the predicate {text}")
    is_least = age[1] == ">="
    return Said(
        f"{age[2]}歳{'以上' if is_least else '未満'}",
        f"{age[2]} and older" if is_least else f"under {age[2]}",
    )


def _who(who: Who) -> Said:
    parts = [_predicate(text) for text in who.predicates]
    parts.append(_joined([_predicate(text) for text in who.any_of], "・", " or "))
    if who.is_birthday_month:
        parts.append(Said("誕生月", "in the month of the birthday"))
    return _joined(parts)


def _limits(limits: Limits) -> Said:
    parts = []
    for name, (ja, en) in _LIMITS.items():
        most = getattr(limits, name)
        if most is not None:
            told = f"{most:,}" if name.startswith("units") else _times(most)
            parts.append(Said(ja.format(f"{most:,}"), "at most " + en.format(told)))
    return _joined(parts)


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def _units(program: Program, units: int) -> Said:
    unit = program.unit_en.removesuffix("s") if units == 1 else program.unit_en
    return Said(f"{units:,}{program.unit_ja}", f"{units:,} {unit}")


def _given(program: Program, earning: Earning) -> Said:
    gives = _units(program, earning.units)
    if earning.trigger == Trigger.SALE:
        rest = Said("（ポイント等で払った分を除く）", ", without what programs paid")
        tail = rest if earning.is_of_rest else Said("", "")
        return Said(
            f"{earning.yen:,}円につき{gives.ja}{tail.ja}",
            f"{gives.en} for each {earning.yen:,} yen{tail.en}",
        )
    if earning.trigger == Trigger.VISIT:
        least = f"{earning.minimum_yen:,}"
        return Said(
            f"{least}円以上のお買物で{gives.ja}", f"{gives.en} for a sale of {least} yen or more"
        )
    if earning.trigger == Trigger.STAMP:
        return Said(f"押印1回で{gives.ja}", f"{gives.en} each time the card is stamped")
    both = Said("", "")
    if earning.other_units:
        other = _units(program, earning.other_units)
        both = Said(f"（紹介した方に{other.ja}）", f" ({other.en} for who brought them)")
    return Said(
        f"`{earning.event}` で{gives.ja}{both.ja}", f"{gives.en} for `{earning.event}`{both.en}"
    )


def _budget(program: Program, units: int | None) -> Said:
    if units is None:
        return Said("", "")
    most = _units(program, units)
    return Said(f"予算{most.ja}", f"budget {most.en}")


def _paid_by(party: str | None) -> Said:
    if party is None:
        return Said("", "")
    name = _names()[party]
    return Said(f"負担: {name.ja}", f"paid by {name.en}")


def _extra_paid_by(party: str | None) -> Said:
    if party is None:
        return Said("", "")
    name = _names()[party]
    return Said(f"上乗せ分の負担: {name.ja}", f"what it adds is paid by {name.en}")


def _earning(program: Program, earning: Earning) -> Row:
    wait = earning.usable_after_days
    parts = [
        _given(program, earning),
        _where(earning.where),
        _when(earning.when),
        _who(earning.who),
        _limits(earning.limits),
        _budget(program, earning.budget_units),
        Said(f"{wait}日後から使える", f"usable after {wait} days") if wait else Said("", ""),
        _paid_by(earning.funder),
    ]
    return Row(
        Said(f"ためる: {earning.name_ja}", f"earn: {earning.name_en}"), _joined(parts, "。", "; ")
    )


def _bonus(program: Program, bonus: Bonus) -> Row:
    parts = [
        Said(f"{bonus.times}倍", f"{bonus.times} times as many"),
        _where(bonus.where) if bonus.where != Where() else Said("", ""),
        _when(bonus.when),
        _who(bonus.who),
        _limits(bonus.limits),
        _budget(program, bonus.budget_units),
        _extra_paid_by(bonus.funder),
    ]
    return Row(
        Said(f"倍率: {bonus.name_ja}", f"bonus: {bonus.name_en}"), _joined(parts, "。", "; ")
    )


def _exchange(program: Program, exchange: Exchange) -> Row:
    taken = _units(program, exchange.take)
    if exchange.to is None:
        given = Said(exchange.gift_ja or "", exchange.gift_en or "")
    else:
        target = next(one for one in town().programs if one.key == exchange.to)
        units = _units(target, exchange.give)
        given = Said(f"{target.name_ja}{units.ja}", f"{units.en} of {target.name_en}")
    parts = [
        Said(f"{taken.ja} → {given.ja}", f"{taken.en} → {given.en}"),
        _when(exchange.when),
        _who(exchange.who),
        _limits(exchange.limits),
        *(
            Said(f"`{one.group}` が{one.units}以上", f"at least {one.units} of `{one.group}`")
            for one in exchange.minimums
        ),
        Said(
            f"全体で{exchange.budget_units:,}まで",
            f"{exchange.budget_units:,} in all, for everybody",
        )
        if exchange.budget_units
        else Said("", ""),
        _paid_by(exchange.funder),
    ]
    return Row(
        Said(f"交換: {exchange.name_ja}", f"exchange: {exchange.name_en}"),
        _joined(parts, "。", "; "),
    )


def _use(program: Program, use: Use) -> Said:
    if program.kind == ProgramKind.STAMPS:
        card = _units(program, program.card_units or 0)
        return Said(
            f"{card.ja}で満点。店では払えない",
            f"a full card is {card.en}; it does not pay in shops",
        )
    if use.is_by_exchange_only:
        return Said("店では払えない", "does not pay in shops")
    if program.kind == ProgramKind.IN_KIND:
        things = _joined([Said(one.name_ja, one.name_en.lower()) for one in program.things])
        parts = [Said(f"受け取る: {things.ja}", f"handed over: {things.en}")]
        if any(one.has_stock for one in program.things):
            parts.append(Said("在庫がある間", "while stocks last"))
    else:
        worth = program.unit_yen
        one = Said(
            f"1{program.unit_ja}={worth}円", f"1 {program.unit_en.removesuffix('s')} = {worth} yen"
        )
        parts = [Said("", "") if program.unit_ja == "円" else one]
        least = _units(program, use.multiple)
        parts.append(Said(f"{least.ja}単位", f"in steps of {least.en}"))
        automatic = (
            program.kind == ProgramKind.VOUCHER if use.is_automatic is None else use.is_automatic
        )
        parts.append(
            Said("言わなくても使われる", "pays by itself")
            if automatic
            else Said("店で申し出て使う", "pays when the person asks for it")
        )
    for limit, ja, en in (
        (use.per_payment_limit, "一度", "at once"),
        (use.per_day_limit, "1日", "a day"),
    ):
        if limit is not None:
            most = _units(program, limit)
            parts.append(Said(f"{ja}に{most.ja}まで", f"at most {most.en} {en}"))
    return _joined(parts, "。", "; ")


def _top_up(top_up: TopUp) -> Said:
    parts = [
        Said(
            f"{top_up.least:,}円から{top_up.step:,}円単位",
            f"from {top_up.least:,} yen, in steps of {top_up.step:,} yen",
        ),
        Said(f"残高{top_up.most:,}円まで", f"at most {top_up.most:,} yen on the card")
        if top_up.most
        else Said("", ""),
        _where(top_up.where),
    ]
    if top_up.premium:
        name = _names()[top_up.premium]
        percent = f"{top_up.premium_percent} %"
        parts += [
            Said(f"{name.ja} {percent}付き", f"{percent} more in {name.en}"),
            _limits(top_up.premium_limits),
        ]
        if top_up.premium_budget_units:
            most = f"{top_up.premium_budget_units:,}"
            parts.append(Said(f"上乗せの予算{most}円", f"{most} yen of premium in all"))
    if top_up.deposit:
        name = _names()[top_up.deposit]
        parts.append(
            Said(
                f"{name.ja} {top_up.deposit_units:,}円", f"{name.en}: {top_up.deposit_units:,} yen"
            )
        )
    return _joined(parts, "。", "; ")


def _expiry(expiry: Expiry) -> Said:
    if expiry.never:
        return Said("なし", "none")
    if expiry.on:
        return Said(f"{expiry.on}まで", f"with {expiry.on}")
    if expiry.end_of_fiscal_year:
        later = expiry.years_later
        return (
            Said("翌年度の3月31日まで", "with 31 March of the next fiscal year")
            if later
            else Said("年度末（3月31日）まで", "with the fiscal year, on 31 March")
        )
    return Said(f"{expiry.after_months}か月", f"{expiry.after_months} months after it is given")


def _settlement(program: Program) -> Said:
    terms = program.settlement
    party = _names()[program.funder]
    parts = [party, Said(*_CHARGING[terms.charging])]
    if terms.pool:
        pool = _names()[terms.pool]
        parts.append(Said(f"受け皿: {pool.ja}", f"into the pool of {pool.en}"))
    if terms.charging != Charging.NEVER:
        parts.append(Said(*_CYCLES[terms.cycle]))
    return _joined(parts, "。", "; ")


def rows(program: Program) -> Iterator[Row]:
    """All rules of a program, in the order in which its owner meets them."""
    if program.reasons:
        given = _joined(
            [
                Said(f"{one.name} {one.units:,}円", f"{one.units:,} yen, {one.name_en.lower()}")
                for one in program.reasons
            ],
            en="; ",
        )
        yield Row(Said("もらう: 名簿", "given by list"), given)
    if program.kind == ProgramKind.CHECK:
        yield Row(Said("対象", "says yes for"), _who(program.entitled))
        yield Row(Said("確かめる場所", "checked at"), _where(program.acceptance))
    for earning in program.earnings:
        yield _earning(program, earning)
    for bonus in program.bonuses:
        yield _bonus(program, bonus)
    if program.top_up is not None:
        yield Row(Said("入金", "paying in"), _top_up(program.top_up))
    if program.kind != ProgramKind.CHECK:
        yield Row(Said("使う", "use"), _use(program, program.use))
    for exchange in program.exchanges:
        yield _exchange(program, exchange)
    is_taken = program.kind not in {ProgramKind.STAMPS, ProgramKind.CHECK}
    if is_taken and not program.use.is_by_exchange_only:
        yield Row(Said("使える場所", "taken at"), _where(program.acceptance))
    if program.budget_units is not None:
        yield Row(Said("予算", "budget"), _units(program, program.budget_units))
    if program.sharing in _SHARING:
        yield Row(Said("渡す", "sharing"), Said(*_SHARING[program.sharing]))
    if program.refunding in _REFUNDING:
        yield Row(Said("払戻し", "paid back"), Said(*_REFUNDING[program.refunding]))
    yield Row(Said("期限", "ends"), _expiry(program.expiry))
    yield Row(Said("誰が、いつ負担するか", "who pays, when"), _settlement(program))
    yield Row(Said("資金決済法", "in law"), Said(program.deciding_law, f"`{program.instrument}`"))


def table(program: Program) -> str:
    """The table of a program's rules, with its marks."""
    lines = ["| | 日本語 | English |", "|---|---|---|"]
    lines += [
        f"| {row.about.ja}<br>*{row.about.en}* | {row.says.ja} | {row.says.en} |"
        for row in rows(program)
    ]
    return BEGIN + "\n" + "\n".join(lines) + "\n\n" + END


def page(program: Program) -> Path:
    """Where the page of a program is."""
    return FOLDER / f"{program.key}.md"


def with_table(text: str, program: Program) -> str:
    """A page with the table that is true now. Raises SystemExit where it has no place for it."""
    if len(SPAN.findall(text)) != 1:
        raise SystemExit(f"{program.key}.md must have the marks of the table once")
    return SPAN.sub(lambda _: table(program), text)


def main() -> int:
    """Write the tables; print the pages that changed."""
    for program in town().programs:
        path = page(program)
        old = path.read_text(encoding="utf-8")
        new = with_table(old, program)
        if new != old:
            path.write_text(new, encoding="utf-8")
            print(path.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
