"""Memberships of persons and groups on a real PostgreSQL, and the check at the door."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest

from ichimai.audit import Myself
from ichimai.kernel.errors import DomainError
from ichimai.people.records import errors, memberships
from ichimai.people.records.memberships import (
    Group,
    GroupId,
    MembershipId,
    MembershipKind,
    Standing,
    Term,
)
from ichimai.registry import SubjectId
from tests.integration.people.records.office import HANAKO, LOOK, TARO, Office

NO = Standing(is_valid=False, grade="")


def join(
    office: Office,
    number: str = "S-0042",
    *,
    who: SubjectId | GroupId = HANAKO,
    service: str = "sports",
    days: int = 365,
) -> MembershipId:
    with office.write() as tx:
        return memberships.add(
            tx,
            office.key,
            office.clock,
            LOOK,
            who,
            service=service,
            kind=MembershipKind.MEMBER,
            number=number,
            term=Term(office.today, office.today + timedelta(days=days), "一般"),
        )


def check(office: Office, who: SubjectId | GroupId = HANAKO, service: str = "sports") -> Standing:
    with office.database.read(office.operator) as tx:
        return memberships.check(tx, office.clock, who, service)


def check_number(office: Office, number: str, service: str = "sports") -> Standing:
    with office.database.read(office.operator) as tx:
        return memberships.check_number(tx, office.key, office.clock, number, service=service)


def test_a_door_learns_valid_and_grade(office: Office) -> None:
    join(office)
    until_on = office.today + timedelta(days=365)
    assert check(office) == check_number(office, "ｓ-００４２") == Standing(True, "一般", until_on)
    assert check(office, TARO) == check(office, HANAKO, "library") == NO


@pytest.mark.parametrize(
    "number", ["S-0043", "", "x" * 100, "123456789018", "' OR 1=1", "\0", "S-0042\n1"]
)
def test_a_number_that_is_none_gets_the_same_no(office: Office, number: str) -> None:
    join(office)
    assert check_number(office, number) == NO


def test_a_number_of_another_service_is_none(office: Office) -> None:
    join(office)
    assert check_number(office, "S-0042", "library") == NO


def test_a_membership_is_renewed_and_ended(office: Office) -> None:
    made = join(office, days=30)
    with office.write() as tx:
        again = Term(office.today + timedelta(days=31), office.today + timedelta(days=60), "高齢者")
        memberships.renew(tx, office.key, office.clock, LOOK, HANAKO, membership=made, term=again)
    office.clock.advance(timedelta(days=30))
    assert check(office).grade == "一般"
    office.clock.advance(timedelta(days=1))
    assert check(office).grade == "高齢者"
    with pytest.raises(errors.UnknownMembership), office.write() as tx:
        memberships.end(tx, office.key, office.clock, LOOK, TARO, membership=made)
    with office.write() as tx:
        memberships.end(tx, office.key, office.clock, LOOK, HANAKO, membership=made)
    assert check(office) == NO
    with pytest.raises(errors.UnknownMembership), office.write() as tx:
        memberships.end(tx, office.key, office.clock, LOOK, HANAKO, membership=made)
    with office.write() as tx:
        (mine,) = memberships.read(tx, office.key, office.clock, Myself(HANAKO), HANAKO)
    assert (mine.number, len(mine.terms), mine.ended_on) == ("S-0042", 2, office.today)


def test_one_person_has_one_membership_of_a_service(office: Office) -> None:
    made = join(office)
    with pytest.raises(errors.AlreadyMember):
        join(office, "S-0043")
    join(office, "S-0042", service="library")
    with office.write() as tx:
        memberships.end(tx, office.key, office.clock, LOOK, HANAKO, membership=made)
    with pytest.raises(errors.NumberTaken):
        join(office, "s 0042".replace(" ", "-"))
    join(office, "S-0043")


def test_two_clerks_cannot_give_one_number_twice(office: Office) -> None:
    barrier = Barrier(2)

    def give(who: SubjectId) -> str:
        barrier.wait()
        try:
            join(office, who=who)
        except DomainError as error:
            return error.code
        return "given"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(give, (HANAKO, TARO))) == ["given", "membership_number_taken"]


def test_a_group_is_a_member_as_a_person_is(office: Office) -> None:
    with office.write() as tx:
        group = memberships.add_group(tx, office.key, office.clock, LOOK, "巣鴨卓球クラブ")
    join(office, "G-1", who=group)
    assert check(office, group).is_valid
    assert check_number(office, "g-1").grade == "一般"
    with office.write() as tx:
        named = memberships.group_name(tx, office.key, office.clock, LOOK, group)
        rows = tx.rows("SELECT member, is_group FROM membership")
        listed = memberships.groups(tx, office.key, office.clock, LOOK)
    assert named == "巣鴨卓球クラブ"
    assert listed == [Group(group, "巣鴨卓球クラブ")]
    assert rows == [(group, True)]
