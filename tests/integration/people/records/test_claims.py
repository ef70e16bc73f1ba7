"""Claims and predicates on a real PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier

import pytest

from ichimai.audit import Myself
from ichimai.audit.errors import NotYourRecord
from ichimai.kernel.errors import DomainError
from ichimai.people.records import claims, errors, predicates
from ichimai.people.records.claims import Claim, ClaimKind
from ichimai.registry import SubjectId
from tests.integration.people.records.office import HANAKO, LOOK, TARO, Office


def ask(
    office: Office, *asks: str, of: SubjectId = HANAKO, service: str | None = "pool"
) -> dict[str, bool] | predicates.Refused:
    """What a service learns."""
    with office.write() as tx:
        return predicates.ask(tx, office.key, office.clock, of, asks, service=service)


def read(office: Office, who: SubjectId = HANAKO) -> list[Claim]:
    with office.write() as tx:
        return claims.read(tx, office.key, office.clock, LOOK, who)


def test_others_learn_yes_or_no_and_nothing_else(office: Office) -> None:
    office.claim(ClaimKind.BIRTH_DATE, "1938-03-05")
    office.claim(ClaimKind.RESIDENT_SINCE, "1990-04-01")
    answer = ask(office, "age>=65", "age<18", "resident", "disability", "membership:library")
    assert answer == {
        "age>=65": True,
        "age<18": False,
        "resident": True,
        "disability": False,
        "membership:library": False,
    }
    assert isinstance(answer, dict)
    assert {type(value) for value in answer.values()} == {bool}


def test_of_a_stranger_nothing_is_true(office: Office) -> None:
    """The same answer, whether a person is unknown or says nothing."""
    office.claim(ClaimKind.RESIDENT_SINCE, "1990-04-01")
    nobody = ask(office, "age>=65", "age<65", "disability", of=TARO)
    assert nobody == ask(office, "age>=65", "age<65", "disability")
    assert nobody == {"age>=65": False, "age<65": False, "disability": False}


def test_the_age_is_reached_on_the_birthday_in_tokyo(office: Office) -> None:
    """The clock stands at noon of 1 October; 65 is reached at the midnight that ends it."""
    office.claim(ClaimKind.BIRTH_DATE, "1961-10-02")
    assert ask(office, "age>=65") == {"age>=65": False}
    office.clock.advance(timedelta(hours=11, minutes=59, seconds=59))
    assert ask(office, "age>=65") == {"age>=65": False}
    office.clock.advance(timedelta(seconds=1))
    assert ask(office, "age>=65") == {"age>=65": True}


def test_a_claim_that_ends_no_longer_counts(office: Office) -> None:
    works = office.claim(ClaimKind.WORKS_IN_TOWN)
    assert ask(office, "works_in_town") == {"works_in_town": True}
    with office.write() as tx:
        claims.end(tx, office.key, office.clock, LOOK, HANAKO, claim=works)
    assert ask(office, "works_in_town") == {"works_in_town": False}
    (known,) = read(office)
    assert known.ended_on == office.today
    assert known.staff == LOOK.staff


def test_a_wrong_birth_date_is_ended_and_said_anew(office: Office) -> None:
    wrong = office.claim(ClaimKind.BIRTH_DATE, "1938-03-05")
    office.clock.advance(timedelta(minutes=1))
    with pytest.raises(errors.ClaimConflicts):
        office.claim(ClaimKind.BIRTH_DATE, "1983-03-05")
    with office.write() as tx:
        claims.end(tx, office.key, office.clock, LOOK, HANAKO, claim=wrong, is_void=True)
    office.claim(ClaimKind.BIRTH_DATE, "1983-03-05")
    assert ask(office, "age>=65") == {"age>=65": False}
    assert [claim.is_void for claim in read(office)] == [True, False]


def test_nobody_ends_another_persons_claim(office: Office) -> None:
    works = office.claim(ClaimKind.WORKS_IN_TOWN)
    with pytest.raises(errors.UnknownClaim), office.write() as tx:
        claims.end(tx, office.key, office.clock, LOOK, TARO, claim=works)
    with office.write() as tx:
        claims.end(tx, office.key, office.clock, LOOK, HANAKO, claim=works)
    with pytest.raises(errors.UnknownClaim), office.write() as tx:
        claims.end(tx, office.key, office.clock, LOOK, HANAKO, claim=works)


def test_of_two_clerks_at_once_one_says_the_birth_date(office: Office) -> None:
    """Two birth dates that count would let whoever asks choose one."""
    barrier = Barrier(8)

    def say(number: int) -> str:
        barrier.wait()
        try:
            office.claim(ClaimKind.BIRTH_DATE, f"1938-03-{number + 1:02}")
        except DomainError as error:
            return error.code
        return "added"

    with ThreadPoolExecutor(8) as pool:
        outcomes = sorted(pool.map(say, range(8)))
    assert outcomes == ["added"] + ["claim_conflicts"] * 7
    assert len(read(office)) == 1


def test_one_reads_ones_own_claims_and_nobody_elses(office: Office) -> None:
    office.claim(ClaimKind.WORKS_IN_TOWN)
    with office.write() as tx:
        assert claims.read(tx, office.key, office.clock, Myself(HANAKO), HANAKO)
    with pytest.raises(NotYourRecord), office.write() as tx:
        claims.read(tx, office.key, office.clock, Myself(TARO), HANAKO)


def test_every_fourth_age_is_refused_and_noticed(office: Office) -> None:
    office.claim(ClaimKind.BIRTH_DATE, "1938-03-05")
    for age in (65, 70, 75):
        assert isinstance(ask(office, f"age>={age}"), dict)
    assert isinstance(ask(office, "age<80"), errors.TooManyThresholds)
    assert isinstance(ask(office, "age>=65", "age<75"), dict)
    assert isinstance(ask(office, "age>=80", service="library"), dict)
    assert isinstance(ask(office, "age>=80", of=TARO), dict)
    assert isinstance(ask(office, "age>=64"), errors.ThresholdNotAllowed)
    with office.database.read(office.operator) as tx:
        seen = predicates.curious(tx, office.clock.now() - timedelta(days=1))
    assert [(one.service, one.refusals, one.people) for one in seen] == [("pool", 2, 1)]


def test_a_refused_question_tells_nothing_of_its_other_parts(office: Office) -> None:
    office.claim(ClaimKind.RESIDENT_SINCE, "1990-04-01")
    assert isinstance(ask(office, "resident", "age>=64"), errors.ThresholdNotAllowed)


def test_parallel_questions_do_not_pass_the_limit(office: Office) -> None:
    office.claim(ClaimKind.BIRTH_DATE, "1938-03-05")
    ages = (6, 15, 18, 20, 60, 65, 70, 75)
    barrier = Barrier(len(ages))

    def asked(age: int) -> bool:
        barrier.wait()
        return isinstance(ask(office, f"age>={age}"), dict)

    with ThreadPoolExecutor(len(ages)) as pool:
        assert sum(pool.map(asked, ages)) == 3


def test_a_year_later_three_ages_may_be_asked_again(office: Office) -> None:
    for age in (65, 70, 75):
        assert isinstance(ask(office, f"age>={age}"), dict)
    office.clock.advance(timedelta(days=366))
    assert isinstance(ask(office, "age>=80"), dict)


def test_a_claim_of_the_future_counts_from_its_day(office: Office) -> None:
    begins = office.today + timedelta(days=7)
    office.claim(ClaimKind.STUDIES_IN_TOWN, from_on=begins, until_on=date(2027, 3, 31))
    assert ask(office, "studies_in_town") == {"studies_in_town": False}
    office.clock.advance(timedelta(days=7))
    assert ask(office, "studies_in_town") == {"studies_in_town": True}
    office.clock.advance(timedelta(days=365))
    assert ask(office, "studies_in_town") == {"studies_in_town": False}
