"""The closed language of predicates: what it takes, what it answers, and what cannot be told."""

import re
from contextlib import suppress
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ichimai.people.records import errors, predicate_rules
from ichimai.people.records.claim_model import ClaimKind
from ichimai.people.records.predicate_rules import Policy

TODAY = date(2026, 10, 8)
DAYS = st.dates(date(1900, 1, 1), TODAY)
POLICY = Policy()
WORDS = ["resident", "disability", "works_in_town", "studies_in_town"]
RIGHT = st.one_of(
    st.sampled_from(WORDS),
    st.builds("age{}{}".format, st.sampled_from([">=", "<"]), st.integers(1, 150)),
    st.from_regex(r"membership:[a-z0-9]{1,10}(-[a-z0-9]{1,10})?", fullmatch=True),
)


@given(st.lists(RIGHT, min_size=1, max_size=8))
def test_what_may_be_asked_is_understood_as_written(asks: list[str]) -> None:
    assert [ask.text for ask in predicate_rules.parse(asks)] == asks


@given(st.text(max_size=40))
def test_anything_else_is_refused_with_a_type(text: str) -> None:
    with suppress(errors.UnknownPredicate):
        (ask,) = predicate_rules.parse([text])
        assert re.fullmatch(r"age(>=|<)\d+|[a-z_]+|membership:[a-z0-9-]+", ask.text, re.ASCII)
        return
    with pytest.raises(errors.UnknownPredicate, check=_shows_little):
        predicate_rules.parse([text])


def _shows_little(error: errors.UnknownPredicate) -> bool:
    return len(error.ask) <= 20 and error.ask.isascii()


@pytest.mark.parametrize(
    "text",
    [
        "age>65", "age<=65", "age==65", "age>=065", "age>=0", "age>=151", "age>=６５", "age >= 65",
        "age>=65 ", "age>=65\n", "Age>=65", "age>=-1", "age>=6.5", "birth_date", "birth_date<1960",
        "resident_since<2020", "disability<=2", "membership:", "membership:A", "membership:a_b",
        "membership:-a", "name", "", "age>=65 or resident", "not resident", "resident\0",
        "membership:" + "a" * 41,
    ],
)  # fmt: skip
def test_what_would_tell_more_is_no_predicate(text: str) -> None:
    with pytest.raises(errors.UnknownPredicate):
        predicate_rules.parse([text])


@pytest.mark.parametrize("count", [0, 9, 1_000])
def test_one_asks_one_to_eight_things(count: int) -> None:
    with pytest.raises(errors.TooManyPredicates):
        predicate_rules.parse(["resident"] * count)


def _age_by_hand(born_on: date, day: date) -> int:
    """The age as one counts it on the birthday; another way than the kernel's."""
    had_it = (day.month, day.day) >= (born_on.month, born_on.day)
    return day.year - born_on.year - (not had_it)


@given(DAYS, st.integers(1, 120), DAYS)
def test_an_age_is_reached_on_the_birthday(born_on: date, age: int, day: date) -> None:
    known = {ClaimKind.BIRTH_DATE: born_on.isoformat()}
    older, younger = predicate_rules.parse([f"age>={age}", f"age<{age}"])
    is_older = predicate_rules.answer(older, known, (), day)
    assert is_older is (_age_by_hand(born_on, day) >= age)
    assert predicate_rules.answer(younger, known, (), day) is not is_older


@given(st.lists(RIGHT, min_size=1, max_size=8))
def test_what_is_not_known_is_not_true(asks: list[str]) -> None:
    parsed = predicate_rules.parse(asks)
    assert not any(predicate_rules.answer(ask, {}, (), TODAY) for ask in parsed)


@given(DAYS, st.lists(st.integers(1, 120), min_size=1, max_size=40))
def test_a_birth_date_cannot_be_found_by_halving(born_on: date, guesses: list[int]) -> None:
    """Whatever a service asks, in whatever order: at most three ages of the list are answered."""
    told: set[int] = set()
    for age in guesses:
        if predicate_rules.refusal(POLICY, [age], told) is None:
            told.add(age)
    assert told <= POLICY.thresholds
    assert len(told) <= POLICY.most_thresholds


def test_a_determined_service_learns_no_birth_date() -> None:
    """Bisecting as well as it can, a service is left with years of days, not one."""
    born_on = date(1950, 6, 15)
    low, high, told = date(1900, 1, 1), TODAY, set[int]()
    for age in sorted(range(1, 121), key=lambda age: abs(age - 76)):
        if predicate_rules.refusal(POLICY, [age], told) is not None:
            continue
        told.add(age)
        edge = date(TODAY.year - age, TODAY.month, TODAY.day)
        low, high = (low, min(high, edge)) if born_on <= edge else (max(low, edge), high)
    assert high - low >= timedelta(days=365)
    without_limit = Policy(frozenset(range(1, 151)), most_thresholds=150)
    assert all(
        predicate_rules.refusal(without_limit, [age], range(1, age)) is None
        for age in range(1, 151)
    )


def test_the_same_age_again_is_no_further_age() -> None:
    assert predicate_rules.refusal(POLICY, [65], {20, 60, 65}) is None
    assert isinstance(predicate_rules.refusal(POLICY, [70], {20, 60, 65}), errors.TooManyThresholds)
    assert isinstance(predicate_rules.refusal(POLICY, [64], ()), errors.ThresholdNotAllowed)
    assert predicate_rules.refusal(POLICY, [], range(100)) is None
