"""Lists of grants: submitted by one, decided by another, posted once each."""

from datetime import date
from uuid import UUID

import msgspec
import pytest

from ichimai import ledger, programs
from ichimai.kernel import Asset, ids
from ichimai.kernel.clock import end_of_day
from ichimai.kernel.errors import DomainError
from ichimai.programs import lists
from ichimai.programs.errors import (
    DifferentGrantList,
    GrantListDecided,
    GrantListNotApproved,
    SecondPersonNeeded,
    UnknownGrantList,
    UnknownProgram,
)
from ichimai.programs.lists import Column, ListCode, ListRefused
from ichimai.programs.model import GrantListId, ListState, Progress
from ichimai.programs.terms import Acceptance
from tests.integration.programs.office import Office, csv_of, kiju, kinkon
from tests.tables import Row, each
from tests.town import GIFT


def test_a_list_goes_from_one_officer_over_another_into_wallets(office: Office) -> None:
    submitted = office.submit(kiju("1"), kiju("2"), kinkon("3", "C1"))
    assert (submitted.state, submitted.row_count, submitted.units) == ("submitted", 3, 30_000)
    assert submitted.summary.rows_by_reason == {"喜寿": 2, "金婚": 1}
    assert submitted.summary.units_by_reason == {"喜寿": 20_000, "金婚": 10_000}
    assert submitted.summary.windows["喜寿"] == (date(1948, 9, 16), date(1949, 9, 15))
    decided = office.decide(submitted.id, is_approved=True)
    assert (decided.state, decided.decided_by) == ("approved", office.town.staff["approver"].id)
    assert office.gifts() == {}
    assert list(lists.post_list(office.desk, submitted.id)) == [Progress(3, 3, 0)]
    assert office.gifts() == {"1": [10_000], "2": [10_000], "3": [10_000]}
    assert (office.found(submitted.id).state, office.found(submitted.id).posted_rows) == (
        ListState.POSTED,
        3,
    )
    office.verify()


def test_grants_name_who_approved_and_end_when_the_program_says(office: Office) -> None:
    with_cap = Acceptance(large_store_cap_percent=33)
    office.open(msgspec.structs.replace(GIFT, acceptance=with_cap))
    office.granted(kiju("1"))
    with office.town.database.read(office.town.operator) as tx:
        row = tx.row(
            "SELECT t.actor, l.expires_at, l.capped_left FROM recipient"
            " JOIN account AS a ON a.owner = subject JOIN lot AS l ON l.account = a.id"
            " JOIN transfer AS t ON t.operation = l.id"
        )
    assert row == (office.town.staff["approver"].id, end_of_day(date(2027, 9, 30)), 3_300)


def test_who_submitted_a_list_may_not_decide_on_it(office: Office) -> None:
    submitted = office.submit(kiju("1"))
    for is_approved in (True, False):
        with pytest.raises(SecondPersonNeeded):
            office.decide(submitted.id, by="officer", is_approved=is_approved)
    assert office.found(submitted.id) == submitted


@each("""
    first    second
    approve  approve
    approve  decline
    decline  approve
    decline  decline
""")
def test_a_decision_stands(office: Office, row: Row) -> None:
    submitted = office.submit(kiju("1"))
    decided = office.decide(submitted.id, is_approved=row["first"] == "approve")
    with pytest.raises(GrantListDecided):
        office.decide(submitted.id, by="treasurer", is_approved=row["second"] == "approve")
    assert office.found(submitted.id) == decided


def test_only_an_approved_list_is_posted(office: Office) -> None:
    waiting, declined = office.submit(kiju("1")), office.submit(kiju("2"))
    office.decide(declined.id, is_approved=False)
    for id_ in (waiting.id, declined.id):
        with pytest.raises(GrantListNotApproved):
            office.post(id_)
    assert not any(office.gifts().values())


def test_a_list_that_is_not_there_is_said_so(office: Office) -> None:
    nowhere = GrantListId(ids.uuid7(office.town.clock))
    for ask in (office.found, office.post):
        with pytest.raises(UnknownGrantList):
            ask(nowhere)
    with pytest.raises(UnknownGrantList):
        office.decide(nowhere, is_approved=True)
    with office.town.database.read(office.town.operator) as tx:
        assert not lists.is_known(tx, nowhere)


def test_a_program_that_is_not_there_is_said_so(office: Office) -> None:
    with pytest.raises(UnknownProgram):
        office.submit(kiju("1"), key=Asset("nothing"))


def test_the_same_upload_again_is_the_same_list(office: Office) -> None:
    """Also after it was posted, when its people would be refused in a new list."""
    id_ = GrantListId(ids.uuid7(office.town.clock))
    first = office.submit(kiju("1"), id_=id_)
    assert office.submit(kiju("1"), id_=id_) == first
    office.decide(id_, is_approved=True)
    office.post(id_)
    assert office.submit(kiju("1"), id_=id_) == office.found(id_)
    assert office.gifts() == {"1": [10_000]}


def test_an_id_is_for_one_file_of_one_officer(office: Office) -> None:
    id_ = office.submit(kiju("1")).id
    with pytest.raises(DifferentGrantList):
        office.submit(kiju("2"), id_=id_)
    with pytest.raises(DifferentGrantList):
        office.submit(kiju("1"), id_=id_, by="approver")
    other = msgspec.structs.replace(GIFT, key=Asset("other"))
    office.open(other)
    with pytest.raises(DifferentGrantList):
        office.submit(kiju("1"), id_=id_, key=other.key)
    assert office.found(id_).row_count == 1


def test_who_was_granted_before_is_named_by_row_and_nothing_is_written(office: Office) -> None:
    office.granted(kiju("1"), kiju("2"), kinkon("3", "C1"))
    before = office.dump()
    rows = [kiju("9"), kiju("2"), kinkon("4", "C1"), kiju("1")]
    for attempt in (office.check, office.submit):
        with pytest.raises(ListRefused) as raised:
            attempt(*rows)
        found = [(error.code, error.row, error.column) for error in raised.value.errors]
        assert found == [
            (ListCode.GRANTED_BEFORE, row, Column.RECIPIENT_NUMBER) for row in (3, 4, 5)
        ]
        assert raised.value.total == 3
    assert office.dump() == before


def test_who_is_on_two_lists_is_granted_by_the_one_posted_first(office: Office) -> None:
    """Both were checked when neither was posted: the entitlement decides."""
    first, second = office.approved(kiju("1"), kiju("2")), office.approved(kiju("2"), kiju("3"))
    assert office.post(first) == Progress(2, 2, 0)
    assert office.post(second) == Progress(2, 2, 1)
    assert office.gifts() == {"1": [10_000], "2": [10_000], "3": [10_000]}
    assert office.granted_units() == 3 * 10_000 + 40_100
    office.verify()


def test_a_list_of_people_who_all_have_it_makes_no_block(office: Office) -> None:
    first, second = office.approved(kiju("1")), office.approved(kiju("1"))
    office.post(first)
    head = office.town.head()
    assert office.post(second) == Progress(1, 1, 1)
    assert office.town.head() == head
    assert office.found(second).state == ListState.POSTED


def test_a_posted_list_posted_again_grants_nothing(office: Office) -> None:
    id_ = office.granted(kiju("1"))
    head = office.town.head()
    assert office.post(id_) == Progress(1, 1, 0)
    assert office.town.head() == head


def test_a_couple_gets_one_gift_whoever_of_them_is_named(office: Office) -> None:
    first, second = office.approved(kinkon("1", "C1")), office.approved(kinkon("2", "C1"))
    office.post(first)
    assert office.post(second).skipped == 1
    assert {number: gifts for number, gifts in office.gifts().items() if gifts} == {"1": [10_000]}


def test_one_person_has_a_gift_for_each_reason(office: Office) -> None:
    office.granted(kiju("1"), kinkon("1", "C1"))
    assert office.gifts() == {"1": [10_000, 10_000]}
    office.verify()


def test_the_same_reason_of_another_program_is_another_gift(office: Office) -> None:
    other = msgspec.structs.replace(GIFT, key=Asset("other"))
    office.open(other)
    office.granted(kiju("1"))
    office.granted(kiju("1"), key=other.key)
    assert office.gifts() == {"1": [10_000, 10_000]}
    assert office.granted_units(other.key) == 10_000


def test_a_spent_budget_refuses_the_batch_and_nothing_is_half_done(office: Office) -> None:
    office.open(msgspec.structs.replace(GIFT, budget_units=40_100 + 25_000))
    id_ = office.approved(kiju("1"), kiju("2"), kiju("3"))
    head = office.town.head()
    with pytest.raises(ledger.errors.BoundExceeded):
        office.post(id_)
    assert office.town.head() == head
    assert not any(office.gifts().values())
    assert office.found(id_).posted_rows == 0
    office.check(kiju("1"))  # nobody was noted as granted
    office.open(msgspec.structs.replace(GIFT, budget_units=40_100 + 30_000))
    assert office.post(id_) == Progress(3, 3, 0)
    assert office.granted_units() == 70_100
    office.verify()


def test_a_budget_below_what_was_granted_is_refused(office: Office) -> None:
    with pytest.raises(ledger.errors.BoundExceeded):
        office.open(msgspec.structs.replace(GIFT, budget_units=40_099))
    with office.town.database.read(office.town.operator) as tx:
        assert lists.program(tx, GIFT.key) == GIFT


def test_names_and_birth_dates_are_nowhere_in_the_database(office: Office) -> None:
    rows = [
        "1001,祢津 琥太郎,ネヅ コタロウ,1949-03-03,喜寿,,",
        "1002,蓮沼 鶴代,ハスヌマ ツルヨ,昭和24年7月19日,喜寿,,",
        "1003,椎名 亀吉,シイナ カメキチ,1950/1/2,金婚,昭和51年2月29日,C77",
    ]
    office.granted(*rows)
    with pytest.raises(ListRefused):
        office.submit(*rows)
    dump = office.dump()
    for secret in (
        *(
            "祢津",
            "琥太郎",
            "ネヅ",
            "コタロウ",
            "蓮沼",
            "鶴代",
            "ツルヨ",
            "椎名",
            "亀吉",
            "カメキチ",
        ),
        *("1949-03-03", "1949-07-19", "昭和24", "1950-01-02", "1950/1/2", "1976-02-29", "昭和51"),
    ):
        assert secret not in dump
        assert secret.encode().hex() not in dump
    assert "1001" in dump  # what is kept is found by this search


def test_lists_are_told_newest_first_and_those_that_wait_oldest_first(office: Office) -> None:
    made = []
    for number in "123":
        made.append(office.approved(kiju(number)))
        office.town.week()
    with office.town.database.read(office.town.operator) as tx:
        assert [found.id for found in lists.grant_lists(tx)] == made[::-1]
        assert [found.id for found in lists.grant_lists(tx, limit=1)] == made[-1:]
        assert lists.waiting(tx) == made
    office.post(made[0])
    with office.town.database.read(office.town.operator) as tx:
        assert lists.waiting(tx) == made[1:]


def test_a_check_writes_nothing_and_says_what_the_list_holds(office: Office) -> None:
    before = office.dump()
    checked = office.check(kiju("1"), kinkon("2", "C1"))
    assert (len(checked.rows), checked.total_units) == (2, 20_000)
    assert office.dump() == before


def test_a_bad_row_refuses_the_whole_list(office: Office) -> None:
    before = office.dump()
    with pytest.raises(ListRefused) as raised:
        office.submit(kiju("1"), kiju("2").replace("1949-03-03", "1999-03-03"))
    assert isinstance(raised.value, DomainError)
    assert [(e.code, e.row) for e in raised.value.errors] == [(ListCode.OUTSIDE_WINDOW, 3)]
    assert office.dump() == before


def test_a_number_that_is_known_keeps_its_subject(office: Office) -> None:
    subject, other = UUID(int=0x51), UUID(int=0x52)
    with office.town.database.write(office.town.operator) as tx:
        lists.link(tx, [("1", subject)])
        lists.link(tx, [("1", other), ("2", other)])
    office.granted(kiju("1"))
    with office.town.database.read(office.town.operator) as tx:
        wallet = programs.wallets.wallet(tx, office.town.clock, subject)
    assert wallet.total_units == 10_000


def test_nobody_is_linked_by_an_empty_list(office: Office) -> None:
    with office.town.database.write(office.town.operator) as tx:
        lists.link(tx, [])
    assert office.gifts() == {}


def test_the_operator_has_a_name_once_a_town_is_loaded(office: Office) -> None:
    profile = programs.model.OperatorProfile("131164", "豊島区", "Toshima City")
    with office.town.database.write(office.town.operator) as tx:
        assert lists.profile(tx) is None
        lists.set_profile(tx, profile)
        lists.set_profile(tx, profile)
        assert lists.profile(tx) == profile


def test_a_list_is_known_by_the_sum_of_its_bytes(office: Office) -> None:
    """A space more is another file."""
    id_ = office.submit(kiju("1")).id
    with (
        pytest.raises(DifferentGrantList),
        office.town.database.write(office.town.operator) as tx,
    ):
        lists.submit(
            tx,
            office.town.clock,
            GIFT.key,
            csv_of([kiju("1")]) + b" ",
            by=office.town.staff["officer"].id,
            id_=id_,
        )
