"""Names and contacts: sealed at rest, found, handed over, exported, erased."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier
from typing import LiteralString

import psycopg
import pytest

from ichimai.audit import Myself, Purpose
from ichimai.audit.errors import NotYourRecord
from ichimai.audit.model import Look
from ichimai.kernel.ids import NIL
from ichimai.people.records import claims, consents, errors, memberships, personal, predicates
from ichimai.people.records.claims import ClaimKind
from ichimai.people.records.consents import DataCategory, How
from ichimai.people.records.memberships import MembershipKind, Term
from ichimai.people.records.personal import Details, PersonalKey
from ichimai.registry import SubjectId
from tests.integration.people.records.office import (
    BORN_ON,
    DETAILS,
    HANAKO,
    LOOK,
    MIKA,
    TARO,
    TERMS,
    Office,
)


def read(office: Office, who: SubjectId = HANAKO) -> personal.Personal:
    with office.write() as tx:
        return personal.read(tx, office.key, office.clock, LOOK, who)


def find(office: Office, kana: str, born_on: date) -> list[SubjectId]:
    with office.write() as tx:
        return personal.find(tx, office.key, office.clock, LOOK, kana=kana, born_on=born_on)


def test_the_latest_details_count(office: Office) -> None:
    office.enrol()
    moved = Details("佐藤 花子", "サトウ ハナコ", "0300005678")
    with office.write() as tx:
        personal.write(tx, office.key, office.clock, LOOK, HANAKO, details=moved)
    assert read(office) == personal.Personal(moved, BORN_ON)
    with pytest.raises(errors.NothingKnown):
        read(office, TARO)


def test_a_refused_look_shows_nothing_and_a_look_is_written_with_what_it_shows(
    office: Office,
) -> None:
    office.enrol()
    before = len(office.looks(HANAKO))
    read(office)
    assert office.looks(HANAKO)[: len(office.looks(HANAKO)) - before] == ["personal"]
    with office.write() as tx:
        mine = personal.read(tx, office.key, office.clock, Myself(HANAKO), HANAKO)
    assert mine.details == DETAILS
    assert len(office.looks(HANAKO)) == before + 1
    with pytest.raises(NotYourRecord), office.write() as tx:
        personal.read(tx, office.key, office.clock, Myself(TARO), HANAKO)


def test_a_read_that_cannot_be_logged_does_not_happen(office: Office) -> None:
    """The look and what it shows are one transaction; for reading only, there is no way."""
    office.enrol()
    with (
        pytest.raises(psycopg.errors.ReadOnlySqlTransaction),
        office.database.read(office.operator) as tx,
    ):
        personal.read(tx, office.key, office.clock, LOOK, HANAKO)  # type: ignore[arg-type]  # the point


def test_a_lost_card_is_found_by_kana_and_birth_date_exactly(office: Office) -> None:
    """Twins of one name are two; half a name or another day finds nobody."""
    office.enrol()
    office.enrol(TARO, Details("山田 華子", "ﾔﾏﾀﾞﾊﾅｺ"))
    office.enrol(MIKA, Details("山田 美香", "ヤマダ ミカ"))
    assert find(office, "やまだ はなこ", BORN_ON) == [HANAKO, TARO]
    assert find(office, "ヤマダ", BORN_ON) == []
    assert find(office, "ヤマダ ハナコ", BORN_ON + timedelta(days=1)) == []
    assert office.looks(TARO)[0] == "search"


def test_who_changes_the_name_is_found_by_the_new_one_only(office: Office) -> None:
    office.enrol()
    with office.write() as tx:
        changed = Details("佐藤 花子", "サトウ ハナコ")
        personal.write(tx, office.key, office.clock, LOOK, HANAKO, details=changed)
    assert find(office, "ヤマダ ハナコ", BORN_ON) == []
    assert find(office, "サトウ ハナコ", BORN_ON) == [HANAKO]


def test_data_go_only_where_and_while_one_consents(office: Office) -> None:
    office.enrol()
    with pytest.raises(errors.ConsentMissing):
        office.hand_over(DataCategory.NAME)
    given = office.consent()
    assert office.hand_over(DataCategory.NAME, DataCategory.MAIL) == {
        "mail": DETAILS.mail,
        "name": DETAILS.name,
    }
    with pytest.raises(errors.ConsentMissing):
        office.hand_over(DataCategory.NAME, DataCategory.BIRTH_DATE)
    with pytest.raises(errors.UnknownConsent), office.write() as tx:
        consents.withdraw(tx, office.clock, Myself(TARO), TARO, consent=given, how=How.MY_PAGE)
    for _ in range(2):
        with office.write() as tx:
            consents.withdraw(
                tx, office.clock, Myself(HANAKO), HANAKO, consent=given, how=How.MY_PAGE
            )
    with pytest.raises(errors.ConsentMissing):
        office.hand_over(DataCategory.NAME)


def test_a_consent_is_read_by_the_person_and_by_staff(office: Office) -> None:
    office.consent()
    with office.write() as tx:
        (mine,) = consents.read(tx, office.clock, Myself(HANAKO), HANAKO)
        assert consents.read(tx, office.clock, LOOK, HANAKO) == [mine]
    assert mine.categories == TERMS.categories
    assert consents.as_record(mine, HANAKO)["record_id"] == str(mine.id)


def test_a_consent_to_nothing_known_hands_nothing_over(office: Office) -> None:
    office.consent()
    with pytest.raises(errors.NothingKnown):
        office.hand_over(DataCategory.NAME)


def exported(office: Office, by: Look | Myself = LOOK) -> str:
    with office.write() as tx:
        return json.dumps(personal.export(tx, office.key, office.clock, by, HANAKO))


def test_the_export_has_everything(office: Office) -> None:
    office.full_record()
    everything = json.loads(exported(office, Myself(HANAKO)))
    assert everything["personal"]["name"] == DETAILS.name
    assert {claim["value"] for claim in everything["claims"]} == {"1938-03-05", "1990-04-01"}
    assert everything["memberships"][0]["number"] == "S-0042-CANARY"
    assert everything["asked_by_services"][0]["asks"] == ["age>=65"]
    assert len(everything["handed_over"]) == 1
    assert len(everything["consents"]) == 1
    looks = everything["looked_at_by_staff"]
    assert {look["purpose"] for look in looks} == {Purpose.APPLICATION}
    assert len(looks) == len(office.looks(HANAKO))
    with pytest.raises(NotYourRecord):
        exported(office, Myself(TARO))


def test_the_erased_are_unreadable_and_journals_stay(office: Office) -> None:
    office.full_record()
    with office.database.read(office.operator) as tx:
        before = [tx.rows(sql) for sql in COUNTED]
    office.erase()
    office.erase()
    with office.database.read(office.operator) as tx:
        assert [tx.rows(sql) for sql in COUNTED] == before
        assert tx.rows("SELECT subject, staff FROM erasure") == [(HANAKO, NIL)]
        assert tx.rows("SELECT withdrawn_how FROM consent_withdrawal") == [("erasure",)]
    with pytest.raises(errors.NothingKnown):
        read(office)
    assert find(office, "ヤマダ ハナコ", BORN_ON) == []
    for canary in (DETAILS.name, "1938-03-05", "CANARY", DETAILS.mail):
        assert canary not in json.dumps(json.loads(exported(office)), ensure_ascii=False)
    with office.write() as tx:
        told = predicates.ask(
            tx, office.key, office.clock, HANAKO, ["age>=65", "membership:sports"], service="pool"
        )
        assert told == {"age>=65": False, "membership:sports": False}
        assert not memberships.check(tx, office.clock, HANAKO, "sports").is_valid
        assert not memberships.check_number(
            tx, office.key, office.clock, "S-0042-CANARY", service="sports"
        ).is_valid


COUNTED: tuple[LiteralString, ...] = (
    "SELECT count(*) FROM personal",
    "SELECT count(*) FROM claim",
    "SELECT count(*) FROM membership",
    "SELECT count(*) FROM consent",
    "SELECT count(*) FROM disclosure",
    "SELECT count(*) FROM predicate_ask",
)


def test_who_comes_back_after_erasure_begins_anew(office: Office) -> None:
    office.full_record()
    office.erase()
    office.enrol(born_on=date(1938, 3, 6))
    assert read(office).born_on == date(1938, 3, 6)
    with office.write() as tx:
        assert len(claims.read(tx, office.key, office.clock, LOOK, HANAKO)) == 1
        assert memberships.read(tx, office.key, office.clock, LOOK, HANAKO) == []


def test_erasing_and_adding_at_once_leaves_no_readable_rest(office: Office) -> None:
    """What was added before the erasure is gone with it; what came after is a new beginning."""
    barrier = Barrier(2)

    def add() -> None:
        barrier.wait()
        office.claim(ClaimKind.DISABILITY_GRADE, "2")

    def remove() -> None:
        barrier.wait()
        office.erase()

    for _ in range(10):
        office.enrol()
        with ThreadPoolExecutor(2) as pool:
            for done in (pool.submit(add), pool.submit(remove)):
                done.result()
        with office.write() as tx:
            left = claims.read(tx, office.key, office.clock, LOOK, HANAKO)
        assert [claim.said.kind for claim in left] in ([], [ClaimKind.DISABILITY_GRADE])
        with pytest.raises(errors.NothingKnown):
            read(office)
        office.erase()


def test_two_tabs_at_once_keep_both_versions(office: Office) -> None:
    """Written by the person, whom no lock of the access log holds back."""
    office.enrol()
    barrier = Barrier(8)

    def write(number: int) -> None:
        barrier.wait()
        details = Details(f"山田 {number}", "ヤマダ")
        with office.write() as tx:
            by = Myself(HANAKO)
            personal.write(tx, office.key, office.clock, by, HANAKO, details=details)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))
    with office.database.read(office.operator) as tx:
        assert tx.rows("SELECT count(*), max(version) FROM personal") == [(9, 9)]


def test_the_operators_key_can_be_changed_person_by_person(office: Office) -> None:
    """The new key opens what the old one wrapped, and after the last one needs it no more."""
    office.full_record()
    for who in (TARO, MIKA):
        office.enrol(who)
    old = office.key

    def all_is_there() -> bool:
        with office.write() as tx:
            by_number = memberships.check_number(
                tx, office.key, office.clock, "S-0042-CANARY", service="sports"
            )
        people = [HANAKO, TARO, MIKA]
        is_found = find(office, "ヤマダ ハナコ", BORN_ON) == people
        return is_found and by_number.is_valid and all(read(office, who).details for who in people)

    office.key = PersonalKey(b"n" * 32, "131164", former=old.secret)
    counts: list[int] = []
    while not counts or counts[-1]:
        assert all_is_there()
        with office.write() as tx:
            counts.append(personal.rewrap(tx, office.key, office.clock, 2))
    assert counts == [2, 1, 0]
    office.key = PersonalKey(b"n" * 32, "131164")
    assert all_is_there()
    office.key = old
    with pytest.raises(errors.WrongPersonalKey):
        read(office)


def test_a_number_given_under_the_former_key_is_not_given_again(office: Office) -> None:
    office.full_record()
    office.key = PersonalKey(b"n" * 32, "131164", former=office.key.secret)
    with pytest.raises(errors.NumberTaken), office.write() as tx:
        memberships.add(
            tx,
            office.key,
            office.clock,
            LOOK,
            TARO,
            service="sports",
            kind=MembershipKind.MEMBER,
            number="S-0042-CANARY",
            term=Term(office.today, office.today),
        )
