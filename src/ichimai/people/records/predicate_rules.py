"""The closed language of predicates, and how many ages one may ask for. Pure.

``age>=N``  ``age<N``  ``resident``  ``disability``  ``works_in_town``  ``studies_in_town``
``membership:SERVICE``
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, NamedTuple

from ichimai.kernel.ages import OLDEST_YEARS, Counting, age_on
from ichimai.people.records import claim_rules
from ichimai.people.records.claim_model import ClaimKind
from ichimai.people.records.errors import (
    ThresholdNotAllowed,
    TooManyPredicates,
    TooManyThresholds,
    UnknownPredicate,
)

MOST_AT_ONCE: Final = 8


@dataclass(frozen=True, slots=True)
class Policy:
    """Which ages may be asked for, and how many different ones of one person by one service.

    Every further age halves what is not yet known of a birth date; a service that needs more
    than a few has other questions than its own.
    """

    thresholds: frozenset[int] = frozenset(
        {6, 12, 15, 16, 18, 20, 25, 40, 60, 65, 70, 75, 77, 80, 88, 90, 99, 100}
    )
    most_thresholds: int = 3
    within: timedelta = timedelta(days=365)


class Ask(NamedTuple):
    """One predicate, understood: an ``age``, or a ``kind`` of claim, or a ``service``."""

    text: str
    age: int | None = None
    is_older: bool = False
    kind: ClaimKind | None = None
    service: str | None = None


_AGE = re.compile(r"age(>=|<)([1-9][0-9]{0,2})")
_SERVICE = r"[a-z0-9]+(?:-[a-z0-9]+)*"
_MEMBERSHIP = re.compile(rf"membership:({_SERVICE})")
_KINDS = {
    "resident": ClaimKind.RESIDENT_SINCE,
    "disability": ClaimKind.DISABILITY_GRADE,
    "works_in_town": ClaimKind.WORKS_IN_TOWN,
    "studies_in_town": ClaimKind.STUDIES_IN_TOWN,
}


def is_service(text: str) -> bool:
    """Whether ``text`` has the form of a service's key, such as ``seal-registration``."""
    return len(text) <= 40 and re.fullmatch(_SERVICE, text) is not None


def parse(asks: Sequence[str]) -> list[Ask]:
    """The predicates, each understood. Raises TooManyPredicates, UnknownPredicate."""
    if not 1 <= len(asks) <= MOST_AT_ONCE:
        raise TooManyPredicates
    return [_parsed(text) for text in asks]


def _parsed(text: str) -> Ask:
    if text in _KINDS:
        return Ask(text, kind=_KINDS[text])
    if (found := _AGE.fullmatch(text)) and int(found[2]) <= OLDEST_YEARS:
        return Ask(text, age=int(found[2]), is_older=found[1] == ">=")
    if (found := _MEMBERSHIP.fullmatch(text)) and is_service(found[1]):
        return Ask(text, service=found[1])
    # Not the whole: what is no predicate may be anything, and the answer shows it.
    raise UnknownPredicate(text[:20] if text.isascii() and text.isprintable() else "")


def ages_of(asks: Sequence[Ask]) -> list[int]:
    """The different ages asked for."""
    return sorted({ask.age for ask in asks if ask.age is not None})


def refusal(
    policy: Policy, ages: Sequence[int], asked_before: Collection[int]
) -> ThresholdNotAllowed | TooManyThresholds | None:
    """Why these ages may not be asked for; None when they may.

    ``asked_before``: those that the same service was told of the same person, of late.
    """
    for age in ages:
        if age not in policy.thresholds:
            return ThresholdNotAllowed(age)
    if ages and len({*ages, *asked_before}) > policy.most_thresholds:
        return TooManyThresholds()
    return None


def answer(
    ask: Ask, known: Mapping[ClaimKind, str], memberships: Collection[str], day: date
) -> bool:
    """Whether the predicate is shown to be true on ``day``; what is not known is not true.

    One is a year older from the first moment of the birthday on.
    """
    if ask.service is not None:
        return ask.service in memberships
    if ask.kind is not None:
        return ask.kind in known
    born_on = claim_rules.birth_date(dict(known))
    if born_on is None or ask.age is None:
        return False
    return (age_on(day, born_on, Counting.BIRTHDAY) >= ask.age) is ask.is_older
