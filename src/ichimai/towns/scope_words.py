"""Where, when, for whom and how much, as people say it; Japanese or English. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Literal

from ichimai.people import records
from ichimai.programs.terms import Acceptance, Limits, When, Where, Who, is_over_midnight

Language = Literal["ja", "en"]
Pair = tuple[str, str]

_WEEKDAYS: Final = {
    "mon": ("月曜", "Mondays"),
    "tue": ("火曜", "Tuesdays"),
    "wed": ("水曜", "Wednesdays"),
    "thu": ("木曜", "Thursdays"),
    "fri": ("金曜", "Fridays"),
    "sat": ("土曜", "Saturdays"),
    "sun": ("日曜", "Sundays"),
}
_SIZES: Final = {
    "small": ("小規模", "small"),
    "medium": ("中規模", "medium"),
    "large": ("大規模", "large"),
}
_PREDICATES: Final = {
    "resident": ("区民", "residents"),
    "disability": ("障害者手帳をお持ちの方", "people with a disability certificate"),
    "works_in_town": ("在勤の方", "people who work in the town"),
    "studies_in_town": ("在学の方", "people who study in the town"),
}
_PERIODS: Final = (
    ("units_per_day", "1日{}まで", "up to {} a day"),
    ("units_per_week", "1週{}まで", "up to {} a week"),
    ("units_per_month", "1月{}まで", "up to {} a month"),
    ("units_per_fiscal_year", "1年度{}まで", "up to {} a fiscal year"),
    ("units_ever", "通算{}まで", "up to {} in all"),
    ("times_per_day", "1日{}回まで", "{} times a day"),
    ("times_per_fiscal_year", "1年度{}回まで", "{} times a fiscal year"),
    ("times_ever", "通算{}回まで", "{} times in all"),
    ("times_per_shop", "1店{}回まで", "{} times at each shop"),
    ("times_per_shop_day", "1店1日{}回まで", "{} times a day at each shop"),
)


@dataclass(frozen=True, slots=True)
class Names:
    """What things are called; what has no name here is called by its key."""

    associations: Mapping[int, str] = field(default_factory=dict)
    shops: Mapping[str, str] = field(default_factory=dict)
    categories: Mapping[str, Pair] = field(default_factory=dict)
    sponsors: Mapping[str, Pair] = field(default_factory=dict)
    programs: Mapping[str, Pair] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Says:
    """Speaks one of two languages."""

    language: Language
    names: Names

    def say(self, ja: str, en: str) -> str:
        """The one of both that is meant."""
        return ja if self.language == "ja" else en

    def pair(self, pair: Pair) -> str:
        """The one of both that is meant."""
        return self.say(*pair)

    def listed(self, parts: Sequence[str]) -> str:
        """Parts of a sentence, one after the other."""
        return self.say("、", ", ").join(parts)

    def day(self, day: date) -> str:
        """A day."""
        return self.say(f"{day.year}年{day.month}月{day.day}日", day.isoformat())

    def party(self, party: str) -> str:
        """Who pays."""
        if party == "operator":
            return self.say("区（運営者）", "the operator")
        if party == "shop":
            return self.say("そのお店", "the shop")
        kind, _, number = party.partition(":")
        if kind == "association" and number:
            return self.names.associations.get(int(number), party)
        return self.pair(self.names.sponsors.get(party, (party, party)))

    def program(self, key: str) -> str:
        """A program."""
        return self.pair(self.names.programs.get(key, (key, key)))

    def where(self, where: Where) -> list[str]:
        """Where, in parts; none: everywhere."""
        return list(self._where(where))

    def _where(self, where: Where) -> Iterator[str]:
        if where.associations:
            yield self.listed([self._association(number) for number in where.associations])
        if where.requires_gift_voucher_association:
            yield self.say("商品券取扱商店街", "associations that take gift vouchers")
        if where.shops:
            yield self.listed([self.names.shops.get(number, number) for number in where.shops])
        if where.categories:
            yield self._categories(where.categories)
        if where.sizes:
            sizes = self.listed([self.pair(_SIZES[size.value]) for size in where.sizes])
            yield self.say(f"{sizes}店", f"{sizes} shops")
        if where.excluded_categories:
            excluded = self._categories(where.excluded_categories)
            yield self.say(f"{excluded}を除く", f"not {excluded}")
        if isinstance(where, Acceptance) and where.large_store_cap_percent is not None:
            share = where.large_store_cap_percent
            yield self.say(f"大規模店は{share}%まで", f"{share} % of it in large shops")

    def _association(self, number: int) -> str:
        if number == 0:
            return self.say("区の施設", "the town's own places")
        return self.names.associations.get(number, f"{self.say('商店会', 'association')} {number}")

    def _categories(self, keys: Sequence[str]) -> str:
        return self.listed([self.pair(self.names.categories.get(key, (key, key))) for key in keys])

    def when(self, when: When) -> list[str]:
        """When, in parts; none: always."""
        return list(self._when(when))

    def _when(self, when: When) -> Iterator[str]:
        if when.from_on or when.until_on:
            begins = self.day(when.from_on) if when.from_on else ""
            ends = self.day(when.until_on) if when.until_on else ""
            yield self.say(f"{begins}〜{ends}", f"{begins} to {ends}".strip())
        if when.weekdays:
            yield self.listed([self.pair(_WEEKDAYS[day]) for day in when.weekdays])
        if when.days_of_month:
            days = [self.say(f"{day}日", str(day)) for day in when.days_of_month]
            yield self.say("毎月", "on these days of the month: ") + self.listed(days)
        if when.from_time or when.until_time:
            begins = f"{when.from_time:%H:%M}" if when.from_time else ""
            ends = f"{when.until_time:%H:%M}" if when.until_time else ""
            next_ja, next_en = ("翌", " the next day") if is_over_midnight(when) else ("", "")
            yield self.say(f"{begins}〜{next_ja}{ends}", f"{begins} to {ends}{next_en}".strip())

    def who(self, who: Who) -> list[str]:
        """For whom, in parts; none: everybody."""
        parts = [self.predicate(text) for text in who.predicates]
        if who.any_of:
            either = self.say("または", " or ").join(self.predicate(text) for text in who.any_of)
            parts.append(either)
        if who.districts:
            districts = self.listed(who.districts)
            parts.append(self.say(f"{districts}にお住まいの方", f"people who live in {districts}"))
        if who.is_birthday_month:
            parts.append(self.say("お誕生月の方", "in the month of the birthday"))
        return parts

    def predicate(self, text: str) -> str:
        """A predicate."""
        asked = records.predicates.understood(text)
        if asked is not None and asked.age is not None:
            years = asked.age
            older = (f"{years}歳以上", f"{years} years and older")
            return self.pair(older if asked.is_older else (f"{years}歳未満", f"under {years}"))
        if asked is not None and asked.service is not None:
            return self.say(f"会員（{asked.service}）", f"members ({asked.service})")
        return self.pair(_PREDICATES.get(text, (text, text)))

    def limits(self, limits: Limits) -> list[str]:
        """How much at most, in parts; none: no limit."""
        found = []
        for name, ja, en in _PERIODS:
            limit: int | None = getattr(limits, name)
            if limit is not None:
                text = self.say(ja, en).format(f"{limit:,}")
                found.append(
                    "once" + text.removeprefix("1 times") if text[:7] == "1 times" else text
                )
        return found
