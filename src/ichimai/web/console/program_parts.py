"""Where, when, for whom, how much of it, from whose money: the parts of terms in plain words."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ichimai.kernel import Asset
from ichimai.programs import lists
from ichimai.programs.terms import Limits, Program, When, Where, Who, is_over_midnight
from ichimai.reporting.labels import Language
from ichimai.storage import ReadTx
from ichimai.towns import program_files
from ichimai.web.console.shops import SIZES
from ichimai.web.layout import Visit, formats, mark

WEEKDAYS: Final[Mapping[str, str]] = {
    "mon": mark("Monday"),
    "tue": mark("Tuesday"),
    "wed": mark("Wednesday"),
    "thu": mark("Thursday"),
    "fri": mark("Friday"),
    "sat": mark("Saturday"),
    "sun": mark("Sunday"),
}
_LIMITS: Final[Mapping[str, str]] = {
    "units_per_day": mark("at most %(units)s a day"),
    "units_per_week": mark("at most %(units)s a week"),
    "units_per_month": mark("at most %(units)s a month"),
    "units_per_fiscal_year": mark("at most %(units)s a fiscal year"),
    "units_ever": mark("at most %(units)s ever"),
    "times_per_day": mark("%(times)s times a day"),
    "times_per_fiscal_year": mark("%(times)s times a fiscal year"),
    "times_ever": mark("%(times)s times ever"),
    "times_per_shop": mark("%(times)s times in each shop"),
    "times_per_shop_day": mark("%(times)s times in each shop a day"),
}
_PREDICATES: Final[Mapping[str, str]] = {
    "resident": mark("who live in the town"),
    "works_in_town": mark("who work in the town"),
    "studies_in_town": mark("who study in the town"),
    "disability": mark("with a disability certificate"),
}


@dataclass(frozen=True, slots=True)
class PartWords:
    """Says the parts of terms in the language of a page, with the names that the town has."""

    say: Callable[[str], str]
    language: Language
    streets: Mapping[int, str]
    categories: Mapping[str, tuple[str, str]]
    sponsors: Mapping[str, tuple[str, str]]
    programs: Mapping[Asset, Program]
    places: Mapping[str, str]

    @classmethod
    def of(cls, visit: Visit, tx: ReadTx) -> "PartWords":
        """With the names as they are now."""
        names = program_files.names_in_use(tx)
        return cls(
            say=visit.say,
            language=visit.paper_language,
            streets=names.associations,
            categories=names.categories,
            sponsors=names.sponsors,
            programs={each.key: each for each in lists.all_programs(tx)},
            places=names.shops,
        )

    def called(self, key: str | None) -> str:
        """A program by its key."""
        found = self.programs.get(Asset(key or ""))
        return formats.called(found, self.language) if found else key or ""

    def named(self, thing: Any) -> str:  # noqa: ANN401 - whatever has a name in both languages
        """A part by its own name."""
        return formats.called(thing, self.language)

    def units(self, count: int, program: Program) -> str:
        """An amount of a program."""
        return formats.units(count, program, self.language)

    def yen(self, yen: int) -> str:
        """An amount of money."""
        return formats.yen(yen, self.language)

    def joined(self, parts: Iterable[str]) -> str:
        """Several words in a row."""
        return self.say(mark(", ")).join(part for part in parts if part)

    def party(self, party: str) -> str:
        """Who pays."""
        kind, _, number = party.partition(":")
        if party == "association:0":
            return self.say(mark("The operator's own places"))
        if kind == "association":
            return self.streets.get(int(number), party)
        if party == "operator":
            return self.say(mark("The town itself"))
        if party == "shop":
            return self.say(mark("The shops that gave them"))
        return self._of_two(self.sponsors, party)

    def where(self, where: Where) -> str:
        """Which shops; empty: all."""
        found = []
        if where.associations:
            names = [self.streets.get(each, str(each)) for each in where.associations]
            found.append(self.say(mark("shops of %(names)s")) % {"names": self.joined(names)})
        if where.requires_gift_voucher_association:
            found.append(self.say(mark("shops of associations that take gift vouchers")))
        if where.shops:
            shops = self.joined(self.places.get(each, each) for each in where.shops)
            found.append(self.say(mark("only %(names)s")) % {"names": shops})
        if where.sizes:
            found.append(self.joined(self.say(SIZES[size]) for size in where.sizes))
        for keys, sentence in (
            (where.categories, mark("only %(names)s")),
            (where.excluded_categories, mark("not %(names)s")),
        ):
            if keys:
                names = [self._of_two(self.categories, key) for key in keys]
                found.append(self.say(sentence) % {"names": self.joined(names)})
        return self.joined(found)

    def when(self, when: When) -> str:
        """Which days and hours; empty: always."""
        found = []
        if when.from_on or when.until_on:
            first, last = (
                formats.day(each, self.language) if each else ""
                for each in (when.from_on, when.until_on)
            )
            found.append(self.say(mark("%(first)s to %(last)s")) % {"first": first, "last": last})
        if when.weekdays:
            found.append(self.joined(self.say(WEEKDAYS[day]) for day in when.weekdays))
        if when.days_of_month:
            days = self.joined(str(day) for day in when.days_of_month)
            found.append(self.say(mark("days of the month: %(days)s")) % {"days": days})
        if when.from_time or when.until_time:
            found.append(self.hours(when))
        return self.joined(found)

    def hours(self, when: When) -> str:
        """Which hours of a day; empty: all."""
        if not (when.from_time or when.until_time):
            return ""
        first, last = (
            f"{each:%H:%M}" if each else "" for each in (when.from_time, when.until_time)
        )
        said = mark("%(first)s to %(last)s")
        if is_over_midnight(when):
            said = mark("%(first)s to %(last)s the next day")
        return self.say(said) % {"first": first, "last": last}

    def who(self, who: Who) -> str:
        """Which people; empty: all."""
        found = [self._predicate(text) for text in who.predicates]
        if who.any_of:
            either = self.say(mark(" or ")).join(self._predicate(text) for text in who.any_of)
            found.append(either)
        if who.districts:
            districts = self.joined(who.districts)
            found.append(self.say(mark("who live in %(districts)s")) % {"districts": districts})
        if who.is_birthday_month:
            found.append(self.say(mark("in the month of their birthday")))
        return self.joined(found)

    def limits(self, limits: Limits, program: Program) -> str:
        """How much one person gets; empty: as much as comes."""
        found = []
        for name, sentence in _LIMITS.items():
            count = getattr(limits, name)
            if count is not None:
                amounts = {"units": self.units(count, program), "times": f"{count:,}"}
                found.append(self.say(sentence) % amounts)
        return self.joined(found)

    def _predicate(self, text: str) -> str:
        if text.startswith("age>="):
            return self.say(mark("%(years)s years old or older")) % {"years": text[5:]}
        if text.startswith("age<"):
            return self.say(mark("younger than %(years)s")) % {"years": text[4:]}
        if text.startswith("membership:"):
            service = text.partition(":")[2]
            return self.say(mark("members of %(service)s")) % {"service": self.called(service)}
        return self.say(_PREDICATES[text]) if text in _PREDICATES else text

    def _of_two(self, names: Mapping[str, tuple[str, str]], key: str) -> str:
        found = names.get(key)
        return key if found is None else found[self.language != "ja"]
