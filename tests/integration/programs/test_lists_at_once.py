"""Several officers and posters at once, and a crash at any commit: each gift is made once."""

from dataclasses import replace
from functools import partial

from ichimai.kernel import ids
from ichimai.kernel.errors import DomainError
from ichimai.programs import lists
from ichimai.programs.errors import GrantListDecided
from ichimai.programs.model import (
    GrantList,
    GrantListId,
    ListState,
    Progress,
)
from tests.at_once import at_once
from tests.integration.programs.office import (
    Crash,
    DyingDatabase,
    Office,
    kiju,
    many,
)
from tests.town import GIFTS

BEFORE = sum(sum(gifts) for gifts in GIFTS.values())
"""What the town had granted before any list."""


def test_a_list_approved_twice_at_once_is_approved_once(office: Office) -> None:
    submitted = office.submit(kiju("1"))

    by = ["approver", "treasurer", "second treasurer", "auditor"] * 2
    decide = partial(office.decide, submitted.id, is_approved=True)
    results = at_once(*[partial(decide, by=who) for who in by])
    refused = [result for result in results if isinstance(result, DomainError)]
    (approved,) = [result for result in results if isinstance(result, GrantList)]
    assert [type(error) for error in refused] == [GrantListDecided] * 7
    assert office.found(submitted.id) == approved
    office.post(submitted.id)
    assert office.granted_units() == BEFORE + 10_000


def test_approval_against_refusal_has_one_winner(office: Office) -> None:
    submitted = office.submit(kiju("1"))
    results = at_once(
        *[lambda: office.decide(submitted.id, is_approved=True)] * 3,
        *[lambda: office.decide(submitted.id, is_approved=False)] * 3,
    )
    (decided,) = [result for result in results if isinstance(result, GrantList)]
    assert office.found(submitted.id) == decided


def test_one_upload_sent_at_once_is_one_list(office: Office) -> None:
    id_ = GrantListId(ids.uuid7(office.town.clock))
    results = at_once(*[lambda: office.submit(kiju("1"), kiju("2"), id_=id_)] * 6)
    assert results == [office.found(id_)] * 6


def test_three_posters_of_one_list_grant_each_row_once(office: Office) -> None:
    """The list is longer than two batches, so that the posters meet within it."""
    count = 2 * lists.BATCH_ROWS + 3
    id_ = office.approved(*many(count))
    results = at_once(*[lambda: office.post(id_)] * 3)
    assert [progress.posted_rows for progress in of_progress(results)] == [count] * 3
    assert_each_once(office, count)
    assert office.found(id_).state == ListState.POSTED


def test_posters_of_overlapping_lists_grant_each_person_once(office: Office) -> None:
    """One list has the same people in the opposite order: posters do not lock each other out."""
    rows = many(lists.BATCH_ROWS)
    waiting = [office.approved(*part) for part in (rows, rows[::-1], rows[1_000:2_000])]
    # Known people need no subject first: all posters begin with their claims.
    with office.town.database.write(office.town.operator) as tx:
        lists.link(tx, [(row.split(",")[0], ids.uuid7(office.town.clock)) for row in rows])
    results = at_once(*[partial(office.post, id_) for id_ in waiting])
    assert sum(progress.skipped for progress in of_progress(results)) == lists.BATCH_ROWS + 1_000
    assert_each_once(office, lists.BATCH_ROWS)


def test_a_poster_that_stops_between_batches_is_followed_by_another(office: Office) -> None:
    count = lists.BATCH_ROWS + 1
    id_ = office.approved(*many(count))
    poster = lists.post_list(office.desk, id_)
    assert next(poster) == Progress(lists.BATCH_ROWS, count, 0)
    del poster
    assert office.found(id_).state == ListState.APPROVED
    assert list(lists.post_list(office.desk, id_)) == [Progress(count, count, 0)]
    assert_each_once(office, count)


def test_a_crash_at_any_commit_leaves_nothing_half_done(office: Office) -> None:
    """Recipients and batches are two commits each, in the registry and here; then it goes on."""
    count = lists.BATCH_ROWS + 1
    id_ = office.approved(*many(count))
    crashes = 0
    while True:
        dying = DyingDatabase(office.town.database.url, crashes)
        before = office.granted_units()
        try:
            office.post(id_, replace(office.desk, database=dying))
        except Crash:
            crashes += 1
            posted = office.found(id_).posted_rows
            assert office.granted_units() == BEFORE + 10_000 * posted >= before
        else:
            break
        finally:
            dying.close()
    assert crashes >= 2
    assert_each_once(office, count)


def of_progress(results: list[Progress | DomainError]) -> list[Progress]:
    refused = [result for result in results if isinstance(result, DomainError)]
    assert not refused, refused
    return [result for result in results if isinstance(result, Progress)]


def assert_each_once(office: Office, count: int) -> None:
    """Everybody of ``count`` people has one gift of 10,000 yen, and the books are right."""
    with office.town.database.read(office.town.operator) as tx:
        found = tx.row(
            "SELECT count(*), count(DISTINCT subject), min(lot.remaining), max(lot.remaining)"
            " FROM recipient JOIN account ON owner = subject JOIN lot ON lot.account = account.id"
        )
        claimed = tx.row("SELECT count(*) FROM entitlement")
    assert found == (count, count, 10_000, 10_000)
    assert claimed == (count,)
    assert office.granted_units() == BEFORE + 10_000 * count
    office.verify()
