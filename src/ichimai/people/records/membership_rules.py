"""When a membership is valid. Pure."""

import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Final

from ichimai.kernel import check_digits, text
from ichimai.people.records.errors import InvalidMembership, TermsOutOfOrder
from ichimai.people.records.membership_model import NO_STANDING, Membership, Standing, Term
from ichimai.people.records.predicate_rules import is_service

_ONE_DAY: Final = timedelta(days=1)


def check_service(service: str) -> None:
    """Make sure that it is a service's key. Raises InvalidMembership."""
    if not is_service(service):
        raise InvalidMembership("service")


def normalised_number(number: str) -> str:
    """A number as it is compared: ASCII, capital, without blanks.

    Raises InvalidMembership, MyNumberRefused.
    """
    plain = "".join(unicodedata.normalize("NFKC", number).split()).upper()
    check_digits.without_my_number(plain)
    if not 1 <= len(plain) <= 40 or text.has_control(plain):
        raise InvalidMembership("number")
    return plain


def checked_name(name: str) -> str:
    """A group's name. Raises InvalidMembership, MyNumberRefused."""
    plain = check_digits.without_my_number(name.strip())
    if not 1 <= len(plain) <= 100 or text.has_control(plain):
        raise InvalidMembership("name")
    return plain


def check_term(new: Term, terms: Sequence[Term]) -> None:
    """Make sure that a term may follow ``terms``. Raises InvalidMembership, TermsOutOfOrder."""
    check_digits.without_my_number(new.grade)
    if len(new.grade) > 40 or text.has_control(new.grade):
        raise InvalidMembership("grade")
    if new.until_on < new.from_on:
        raise InvalidMembership("until_on")
    if terms and new.from_on <= terms[-1].from_on:
        raise TermsOutOfOrder


def standing(membership: Membership, day: date) -> Standing:
    """How a membership stands on ``day``: by the last term that has begun."""
    begun = [term for term in membership.terms if term.from_on <= day]
    is_over = membership.ended_on is not None and day >= membership.ended_on
    if is_over or not begun or day > begun[-1].until_on:
        return NO_STANDING
    until_on = begun[-1].until_on
    for following in membership.terms[len(begun) :]:
        if following.from_on > until_on + _ONE_DAY:
            break
        until_on = following.until_on
    return Standing(is_valid=True, grade=begun[-1].grade, until_on=until_on)


def renewed_from(terms: Sequence[Term], today: date) -> date:
    """The first day of a renewal: the day after the last term, or today when that is past."""
    return max(today, terms[-1].until_on + _ONE_DAY)


def best(memberships: Iterable[Membership], day: date) -> Standing:
    """How a person stands with a service: by the one membership of it that is valid."""
    for membership in memberships:
        found = standing(membership, day)
        if found.is_valid:
            return found
    return NO_STANDING
