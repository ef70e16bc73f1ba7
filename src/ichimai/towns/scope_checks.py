"""Whether a program's where, when, who and how much can be so in its town. Pure."""

from collections.abc import Iterator, Sequence
from typing import Final

from ichimai.people import records
from ichimai.programs.terms import Limits, When, Where, Who
from ichimai.towns.rule_names import Rule
from ichimai.towns.surroundings import Fault, Surroundings

_GROWING: Final = (
    ("units_per_day", "units_per_week", "units_per_month", "units_per_fiscal_year", "units_ever"),
    ("times_per_day", "times_per_fiscal_year", "times_ever"),
    ("times_per_shop_day", "times_per_shop"),
)
_OF_UNITS: Final = _GROWING[0]


def of_where(where: Where, path: str, known: Surroundings) -> Iterator[Fault]:
    """What is wrong with a where."""
    for place, number in enumerate(where.associations):
        if not known.has_association(number):
            yield Fault(f"{path}.associations[{place}]", Rule.KNOWN_ASSOCIATION)
    for field, categories in (
        ("categories", where.categories),
        ("excluded_categories", where.excluded_categories),
    ):
        for place, category in enumerate(categories):
            if category not in known.categories:
                yield Fault(f"{path}.{field}[{place}]", Rule.KNOWN_CATEGORY)
    for place, category in enumerate(where.excluded_categories):
        if category in where.categories:
            yield Fault(f"{path}.excluded_categories[{place}]", Rule.IN_OR_OUT)
    for place, shop in enumerate(where.shops):
        if not known.has_shop(shop):
            yield Fault(f"{path}.shops[{place}]", Rule.KNOWN_SHOP)
        elif where.associations and int(shop[:2]) not in where.associations:
            yield Fault(f"{path}.shops[{place}]", Rule.SHOP_OF_ASSOCIATION)


def of_when(when: When, path: str) -> Iterator[Fault]:
    """What is wrong with a when."""
    if when.from_on is not None and when.until_on is not None and when.until_on < when.from_on:
        yield Fault(f"{path}.until_on", Rule.DAYS_IN_ORDER)
    begins, ends = when.from_time, when.until_time
    if begins is not None and ends == begins:
        yield Fault(f"{path}.until_time", Rule.HOURS_IN_ORDER)


def of_who(who: Who, path: str, known: Surroundings) -> Iterator[Fault]:
    """What is wrong with a who."""
    for field, texts in (("predicates", who.predicates), ("any_of", who.any_of)):
        for place, text in enumerate(texts):
            asked = records.predicates.understood(text)
            if asked is None:
                yield Fault(f"{path}.{field}[{place}]", Rule.PREDICATE_IS_KNOWN)
            elif asked.service is not None and asked.service not in known.services:
                yield Fault(f"{path}.{field}[{place}]", Rule.KNOWN_SERVICE)
    if not _is_some_age(who.predicates):
        yield Fault(f"{path}.predicates", Rule.SOMEBODY_BELONGS)
    for place, district in enumerate(who.districts):
        if district not in known.districts:
            yield Fault(f"{path}.districts[{place}]", Rule.KNOWN_DISTRICT)


def _is_some_age(predicates: Sequence[str]) -> bool:
    asks = [asked for text in predicates if (asked := records.predicates.understood(text))]
    least = [asked.age for asked in asks if asked.age is not None and asked.is_older]
    below = [asked.age for asked in asks if asked.age is not None and not asked.is_older]
    return not least or not below or max(least) < min(below)


def of_limits(limits: Limits, path: str, *, units: int | None = None) -> Iterator[Fault]:
    """What is wrong with limits; ``units``: as many are given or taken at once, or none."""
    for fields in _GROWING:
        before: int | None = None
        for field in fields:
            limit: int | None = getattr(limits, field)
            if limit is None:
                continue
            if before is not None and limit < before:
                yield Fault(f"{path}.{field}", Rule.LIMITS_GROW)
            elif units is not None and field in _OF_UNITS and limit < units:
                yield Fault(f"{path}.{field}", Rule.LIMIT_IS_ENOUGH)
            before = limit


def of_party(party: str | None, path: str, known: Surroundings) -> Iterator[Fault]:
    """Whether who pays is there to pay."""
    if party is not None and not known.has_party(party):
        yield Fault(path, Rule.KNOWN_PARTY)
