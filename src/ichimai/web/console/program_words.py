"""A version of a program in plain words, and in what two versions differ."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from ichimai.programs.terms import (
    Bonus,
    Charging,
    Earning,
    Exchange,
    Expiry,
    Program,
    ProgramKind,
    Reason,
    Refunding,
    Sharing,
    Trigger,
)
from ichimai.programs.upkeep import ending_rules
from ichimai.reporting import labels
from ichimai.towns import program_changes
from ichimai.web.console.program_parts import PartWords
from ichimai.web.layout import formats, mark

KINDS: Final[Mapping[ProgramKind, str]] = {
    ProgramKind.VOUCHER: mark("Voucher"),
    ProgramKind.POINTS: mark("Points"),
    ProgramKind.STAMPS: mark("Stamps"),
    ProgramKind.PREPAID: mark("Prepaid"),
    ProgramKind.IN_KIND: mark("In kind"),
    ProgramKind.CHECK: mark("Check of an entitlement"),
}
_SHARING: Final[Mapping[Sharing, str]] = {
    Sharing.NOBODY: mark("To nobody"),
    Sharing.DELEGATES: mark("To delegates"),
    Sharing.HOUSEHOLD: mark("Within the household"),
}
_REFUNDING: Final[Mapping[Refunding, str]] = {
    Refunding.NEVER: mark("Never"),
    Refunding.ON_LEAVING: mark("When the card is given back"),
    Refunding.SMALL: mark("Small balances, as the law allows"),
}
_CHARGING: Final[Mapping[Charging, str]] = {
    Charging.AT_ISSUE: mark("when units are given"),
    Charging.AT_USE: mark("when units are used"),
    Charging.NEVER: mark("never"),
}
_CYCLES: Final[Mapping[str, str]] = {
    "daily": mark("settled daily"),
    "weekly": mark("settled weekly"),
    "monthly": mark("settled monthly"),
}


class Fact(NamedTuple):
    """What a version says of one thing; ``key`` is the same in all versions."""

    key: str
    label: str
    text: str


class Difference(NamedTuple):
    """What changes of one thing; empty: it is not there."""

    label: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class ProgramWords:
    """Says programs in the language of a page."""

    parts: PartWords

    def facts(self, program: Program) -> list[Fact]:
        """What is not a list of parts: from the name to who owes whom."""
        return [Fact(key, self._say(label), text) for key, label, text in self._facts(program)]

    def earnings(self, program: Program) -> list[Fact]:
        """How units are earned."""
        return [
            Fact(f"earning.{each.key}", self.parts.named(each), self._earning(program, each))
            for each in program.earnings
        ]

    def bonuses(self, program: Program) -> list[Fact]:
        """When more is earned."""
        return [
            Fact(f"bonus.{each.key}", self.parts.named(each), self._bonus(program, each))
            for each in program.bonuses
        ]

    def exchanges(self, program: Program) -> list[Fact]:
        """What units are exchanged for, and what they are handed over for."""
        things = [
            Fact(
                f"thing.{each.key}",
                self.parts.named(each),
                self.parts.joined(
                    [
                        self.parts.units(each.units, program),
                        self._say(mark("as many as there are")) if each.has_stock else "",
                    ]
                ),
            )
            for each in program.things
        ]
        return things + [
            Fact(f"exchange.{each.key}", self.parts.named(each), self._exchange(program, each))
            for each in program.exchanges
        ]

    def reasons(self, program: Program) -> list[Fact]:
        """The occasions of gifts by list."""
        return [
            Fact(
                f"reason.{each.key}",
                each.name if self.parts.language == "ja" else each.name_en,
                self._reason(program, each),
            )
            for each in program.reasons
        ]

    def differences(self, old: Program | None, new: Program) -> list[Difference]:
        """What changes from one version to the next, old and new, all of it."""
        before = {fact.key: fact for fact in self._every(old)} if old else {}
        after = {fact.key: fact for fact in self._every(new)}
        found = []
        for key in dict.fromkeys([*after, *before]):
            was, is_ = before.get(key), after.get(key)
            if (was.text if was else "") != (is_.text if is_ else ""):
                label = is_.label if is_ else was.label if was else ""
                found.append(Difference(label, was.text if was else "", is_.text if is_ else ""))
        return found

    def lines(self, old: Program, new: Program) -> Iterator[Difference]:
        """The lines of the text that differ: also what has no words above."""
        was, is_ = (program_changes.written(each).splitlines() for each in (old, new))
        gone = [line for line in was if line not in is_]
        come = [line for line in is_ if line not in was and not line.startswith("version")]
        if gone or come:
            yield Difference(self._say(mark("Details")), "\n".join(gone), "\n".join(come))

    def _every(self, program: Program) -> list[Fact]:
        return [
            *self.facts(program),
            *self.earnings(program),
            *self.bonuses(program),
            *self.exchanges(program),
            *self.reasons(program),
        ]

    def _say(self, sentence: str, **values: str) -> str:
        said = self.parts.say(sentence)
        return said % values if values else said

    def _facts(self, program: Program) -> Iterator[tuple[str, str, str]]:
        words, language = self.parts, self.parts.language
        yield "name_ja", mark("Name in Japanese"), program.name_ja
        yield "name_en", mark("Name in English"), program.name_en
        yield "about_ja", mark("About it in Japanese"), program.about_ja
        yield "about_en", mark("About it in English"), program.about_en
        if program.starts_on is not None:
            yield "starts_on", mark("Begins"), formats.day(program.starts_on, language)
        yield "kind", mark("Kind"), self._say(KINDS[program.kind])
        yield "unit", mark("One unit"), self._unit(program)
        yield "funder", mark("Paid by"), words.party(program.funder)
        if program.budget_units is not None:
            yield "budget", mark("Budget"), words.units(program.budget_units, program)
        yield "acceptance", mark("Can be used in"), self._accepted(program)
        yield "use", mark("How it is used"), self._use(program)
        yield "expiry", mark("Can be used until"), self._expiry(program.expiry)
        if not program.expiry.never and program.kind is not ProgramKind.CHECK:
            yield "notices", mark("People are told before its end"), self._notices(program)
        if program.card_units is not None:
            yield "card", mark("A full card"), words.units(program.card_units, program)
        if program.top_up is not None:
            yield "top_up", mark("Paying in"), self._top_up(program)
            yield "refunding", mark("Paid back"), self._say(_REFUNDING[program.refunding])
        yield "sharing", mark("Can be passed on"), self._say(_SHARING[program.sharing])
        yield "settlement", mark("Who owes whom"), self._settlement(program)
        yield "entitled", mark("For whom it is"), words.who(program.entitled)
        yield "money", mark("Whose money"), labels.said(labels.MONEY[program.money], language)
        yield (
            "instrument",
            mark("In the law"),
            words.joined(
                [
                    labels.said(labels.INSTRUMENTS[program.instrument], language),
                    program.deciding_law,
                ]
            ),
        )
        yield (
            "refund_grace_days",
            mark("Refunds after its end are good for"),
            self._say(mark("%(days)s days"), days=str(program.refund_grace_days)),
        )

    def _unit(self, program: Program) -> str:
        unit = program.unit_ja if self.parts.language == "ja" else program.unit_en
        return self._say(
            mark("%(unit)s, worth %(yen)s"), unit=unit, yen=self.parts.yen(program.unit_yen)
        )

    def _accepted(self, program: Program) -> str:
        where = self.parts.where(program.acceptance) or self._say(mark("all shops"))
        cap = program.acceptance.large_store_cap_percent
        if cap is None:
            return where
        return self.parts.joined(
            [where, self._say(mark("large shops at most %(percent)s %%"), percent=str(cap))]
        )

    def _use(self, program: Program) -> str:
        use, words = program.use, self.parts
        found = []
        if use.is_by_exchange_only:
            found.append(self._say(mark("only in exchange")))
        if use.multiple > 1:
            found.append(
                self._say(mark("%(units)s at a time"), units=words.units(use.multiple, program))
            )
        if use.is_automatic is not None:
            found.append(
                self._say(mark("pays by itself"))
                if use.is_automatic
                else self._say(mark("pays when asked for"))
            )
        for limit, sentence in (
            (use.per_payment_limit, mark("at most %(units)s at once")),
            (use.per_day_limit, mark("at most %(units)s a day")),
        ):
            if limit is not None:
                found.append(self._say(sentence, units=words.units(limit, program)))
        return words.joined(found)

    def _expiry(self, expiry: Expiry) -> str:
        if expiry.on is not None:
            return formats.day(expiry.on, self.parts.language)
        if expiry.after_months is not None:
            return self._say(mark("%(months)s months later"), months=str(expiry.after_months))
        if expiry.end_of_fiscal_year and expiry.years_later:
            return self._say(
                mark("the end of the fiscal year, %(years)s years later"),
                years=str(expiry.years_later),
            )
        if expiry.end_of_fiscal_year:
            return self._say(mark("the end of the fiscal year"))
        return self._say(mark("no end"))

    def _notices(self, program: Program) -> str:
        return self.parts.joined(
            self._say(mark("%(days)s days before"), days=str(days))
            for days in ending_rules.notices(program)
        )

    def _top_up(self, program: Program) -> str:
        top_up, words = program.top_up, self.parts
        if top_up is None:
            return ""
        found = [self._say(mark("in steps of %(units)s"), units=words.units(top_up.step, program))]
        found.append(self._say(mark("from %(units)s"), units=words.units(top_up.least, program)))
        if top_up.most is not None:
            most = words.units(top_up.most, program)
            found.append(self._say(mark("up to %(units)s on the card"), units=most))
        if top_up.premium is not None:
            found.append(
                self._say(
                    mark("%(percent)s %% more in %(program)s"),
                    percent=str(top_up.premium_percent),
                    program=words.called(top_up.premium),
                )
            )
        if top_up.premium_budget_units is not None:
            found.append(self._budget(top_up.premium_budget_units, program))
        if top_up.deposit_units is not None:
            deposit = words.units(top_up.deposit_units, program)
            found.append(self._say(mark("a deposit of %(units)s"), units=deposit))
        return words.joined([*found, words.where(top_up.where)])

    def _settlement(self, program: Program) -> str:
        terms = program.settlement
        found = [self._say(_CHARGING[terms.charging]), self._say(_CYCLES[terms.cycle])]
        if terms.pool is not None:
            found.append(self._say(mark("kept by %(party)s"), party=self.parts.party(terms.pool)))
        if terms.fee_basis_points:
            fee = f"{terms.fee_basis_points / 100:.2f}"
            found.append(self._say(mark("a fee of %(percent)s %%"), percent=fee))
        return self.parts.joined(found)

    def _earning(self, program: Program, earning: Earning) -> str:
        words = self.parts
        units = words.units(earning.units, program)
        match earning.trigger:
            case Trigger.SALE:
                yen = words.yen(earning.yen)
                what = self._say(mark("%(units)s for every %(yen)s"), units=units, yen=yen)
            case Trigger.VISIT:
                what = self._say(mark("%(units)s for each purchase"), units=units)
            case Trigger.EVENT:
                what = self._say(
                    mark("%(units)s each time (%(event)s)"), units=units, event=earning.event or ""
                )
            case _:
                what = self._say(mark("%(units)s for each stamp"), units=units)
        more = [what]
        if earning.minimum_yen:
            least = words.yen(earning.minimum_yen)
            more.append(self._say(mark("from %(yen)s on"), yen=least))
        if not earning.is_of_rest:
            more.append(self._say(mark("also on what programs paid")))
        if earning.usable_after_days:
            days = str(earning.usable_after_days)
            more.append(self._say(mark("usable after %(days)s days"), days=days))
        if earning.other_units is not None:
            other = words.units(earning.other_units, program)
            more.append(self._say(mark("%(units)s for who brought them"), units=other))
        return words.joined([*more, *self._circumstances(program, earning)])

    def _bonus(self, program: Program, bonus: Bonus) -> str:
        names = {each.key: self.parts.named(each) for each in program.earnings}
        earning = names.get(bonus.earning, bonus.earning)
        times = self._say(
            mark("%(times)s times “%(earning)s”"), times=str(bonus.times), earning=earning
        )
        return self.parts.joined([times, *self._circumstances(program, bonus)])

    def _circumstances(self, program: Program, part: Earning | Bonus) -> Iterator[str]:
        words = self.parts
        yield words.where(part.where)
        yield words.when(part.when)
        yield words.who(part.who)
        yield words.limits(part.limits, program)
        if part.funder is not None:
            yield self._say(mark("paid by %(party)s"), party=words.party(part.funder))
        if part.budget_units is not None:
            yield self._budget(part.budget_units, program)

    def _exchange(self, program: Program, exchange: Exchange) -> str:
        words = self.parts
        take = words.units(exchange.take, program)
        if exchange.to is None:
            gift = exchange.gift_ja if words.language == "ja" else exchange.gift_en
            give = gift or ""
        else:
            other = words.programs.get(exchange.to)
            amount = words.units(exchange.give, other) if other else f"{exchange.give:,}"
            give = f"{amount} ({words.called(exchange.to)})"
        found = [self._say(mark("%(take)s for %(give)s"), take=take, give=give)]
        found += [words.when(exchange.when), words.who(exchange.who)]
        found.append(words.limits(exchange.limits, program))
        for minimum in exchange.minimums:
            least = words.units(minimum.units, program)
            found.append(
                self._say(mark("after %(units)s of %(group)s"), units=least, group=minimum.group)
            )
        if exchange.funder is not None:
            found.append(self._say(mark("paid by %(party)s"), party=words.party(exchange.funder)))
        if exchange.budget_units is not None:
            found.append(self._say(mark("budget %(units)s"), units=f"{exchange.budget_units:,}"))
        return words.joined(found)

    def _reason(self, program: Program, reason: Reason) -> str:
        window = reason.window()
        born = mark("married %(first)s to %(last)s")
        if reason.since == "birth":
            born = mark("born %(first)s to %(last)s")
        first, last = (
            formats.day(each, self.parts.language) for each in (window.first, window.last)
        )
        units = self.parts.units(reason.units, program)
        return self.parts.joined([units, self._say(born, first=first, last=last)])

    def _budget(self, units: int, program: Program) -> str:
        return self._say(mark("budget %(units)s"), units=self.parts.units(units, program))
