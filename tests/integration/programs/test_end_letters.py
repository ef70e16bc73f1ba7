"""Letters about ends: who waits, lists that take each notice once, and what leaves the house."""

from datetime import date, timedelta
from uuid import UUID

import pytest

from ichimai import audit
from ichimai.kernel import text
from ichimai.kernel.clock import start_of_day
from ichimai.programs import end_letters, lists, upkeep
from ichimai.programs.errors import NobodyToWriteTo, UnknownEndLetter
from ichimai.reporting.end_letters import as_csv
from tests.at_once import at_once
from tests.integration.programs.office import Office
from tests.town import GIFT, Town

NOON = date(2027, 3, 29)
"""The last whole day of what hanako, taro (half of it), kazu and jiro have."""

FIRST, SECOND = NOON - timedelta(days=60), NOON - timedelta(days=14)
HEADER = "宛名番号,制度,制度名,単位数,金額（円）,使える最後の日,お知らせ,お知らせした日"


@pytest.fixture
def town(town: Town) -> Town:
    """The town, in which all but kazu got a gift by list."""
    numbers = [(f"00{place}", town.subjects[who]) for place, who in enumerate(("taro", "hanako"))]
    with town.database.write(town.operator) as tx:
        lists.link(tx, [*numbers, ("=1+1", town.subjects["jiro"])])
    return town


def told(town: Town, day: date) -> None:
    town.clock.at = start_of_day(day) + timedelta(hours=9)
    upkeep.tell(town.desk)


def waiting(town: Town) -> list[tuple[date, int, int]]:
    with town.database.read(town.operator) as tx:
        return [each[1:] for each in end_letters.waiting(tx, town.clock)]


def made(town: Town) -> UUID:
    with town.database.write(town.operator) as tx:
        return end_letters.make(tx, town.clock, by=town.staff["officer"].id)


def table(town: Town, letter: UUID) -> list[str]:
    look = audit.Look(town.staff["officer"].id, "officer", audit.Purpose.LIST)
    with town.database.write(town.operator) as tx:
        found = as_csv(*end_letters.read(tx, town.clock, look, letter))
    return text.decode(found).text.splitlines()


def test_a_list_has_numbers_and_sums_and_no_formula(town: Town) -> None:
    told(town, FIRST)
    assert waiting(town) == [(NOON, 3, 1)]
    letter = made(town)
    assert table(town, letter) == [
        HEADER,
        "000,longevity-gift,長寿祝い,10000,10000,2027-03-29,60日前,2027-01-28",
        "001,longevity-gift,長寿祝い,10000,10000,2027-03-29,60日前,2027-01-28",
        "'=1+1,longevity-gift,長寿祝い,10000,10000,2027-03-29,60日前,2027-01-28",
    ]
    assert waiting(town) == [(NOON, 0, 1)]
    assert table(town, letter) == table(town, letter)


def test_each_notice_is_on_one_list(town: Town) -> None:
    told(town, FIRST)
    results = at_once(*[lambda: made(town)] * 4)
    (letter,) = [each for each in results if isinstance(each, UUID)]
    assert [type(each) for each in results].count(NobodyToWriteTo) == 3
    with town.database.read(town.operator) as tx:
        assert [each.id for each in end_letters.letters(tx)] == [letter]
    told(town, SECOND)
    second = made(town)
    assert [line.split(",")[6] for line in table(town, second)[1:]] == ["14日前"] * 3
    assert [line.split(",")[6] for line in table(town, letter)[1:]] == ["60日前"] * 3


def test_two_notices_that_waited_are_one_letter(town: Town) -> None:
    """Nobody wrote after the first notice: the letter is about the second."""
    told(town, FIRST)
    told(town, SECOND)
    assert waiting(town) == [(NOON, 3, 1)]
    letter = made(town)
    assert [line.split(",")[6] for line in table(town, letter)[1:]] == ["14日前"] * 3
    with pytest.raises(NobodyToWriteTo):
        made(town)


def test_who_has_spent_it_and_what_is_over_gets_no_letter(town: Town) -> None:
    told(town, FIRST)
    town.pay("hanako", "greengrocer", 8_000)
    town.pay("hanako", "greengrocer", 2_000)
    assert waiting(town) == [(NOON, 2, 1)]
    town.clock.at = start_of_day(NOON + timedelta(days=2))
    assert waiting(town) == []
    with pytest.raises(NobodyToWriteTo):
        made(town)


def test_a_moved_end_is_written_about(office: Office, town: Town) -> None:
    ended, until = NOON + timedelta(days=1), NOON + timedelta(days=30)
    told(town, SECOND)
    town.clock.at = start_of_day(ended + timedelta(days=1))
    upkeep.restore_after_outage(town.desk, ended, until)
    moved = "longevity-gift,長寿祝い,10000,10000,2027-04-28,期限の延長,2027-03-31"
    assert [line.partition(",")[2] for line in table(town, made(town))[1:]] == [moved] * 3


def test_who_posted_a_list_is_written_once(town: Town) -> None:
    told(town, FIRST)
    letter = made(town)
    officer, other = town.staff["officer"].id, town.staff["approver"].id
    for by in (officer, other):
        with town.database.write(town.operator) as tx:
            found = end_letters.sent(tx, town.clock, letter, by=by)
        assert (found.people, found.sent_by, found.sent_at) == (3, officer, town.clock.now())
    with pytest.raises(UnknownEndLetter), town.database.write(town.operator) as tx:
        end_letters.sent(tx, town.clock, UUID(int=7), by=officer)


def test_that_a_list_was_read_is_in_the_access_log(town: Town) -> None:
    told(town, FIRST)
    table(town, made(town))
    with town.database.read(town.operator) as tx:
        rows = tx.rows("SELECT staff, purpose, what FROM access_entry")
    assert rows == [(town.staff["officer"].id, "list", "export")]


def test_names_are_not_on_it(town: Town) -> None:
    """Of a program whose name changed, the last; of a person, the number alone (decision 8)."""
    told(town, FIRST)
    (_, *lines) = table(town, made(town))
    assert all(line.split(",")[2] == GIFT.name_ja for line in lines)
    assert not [who for who, subject in town.subjects.items() if str(subject) in "".join(lines)]
