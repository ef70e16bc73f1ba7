"""Lists of facts on a real PostgreSQL: batches, a death in the middle, and who may ask then."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

import pytest

from ichimai import audit, registry
from ichimai.kernel import Clock, ids
from ichimai.kernel.clock import day_in_tokyo
from ichimai.people.records import claims, personal, predicates
from ichimai.people.records.claims import ClaimKind, NewClaim, Source
from ichimai.programs import Desk, claim_lists, lists
from ichimai.programs.claim_lists import BATCH_PEOPLE, Checked, Taken
from ichimai.programs.lists import ListRefused
from ichimai.registry import SubjectId
from ichimai.storage import REGISTRY
from tests.town import Town

LIST = "住民記録 10月"
HEADER = "宛名番号,内容,値,いつから,いつまで"


@dataclass
class Office:
    """The officer who brings lists, and what comes of them."""

    town: Town
    look: audit.Look = field(init=False)

    def __post_init__(self) -> None:
        self.look = claim_lists.look_of(self.town.staff["officer"], LIST)

    def link(self, **numbers: SubjectId) -> None:
        """People of the register: p7 is the number 7."""
        with self.town.database.write(self.town.operator) as tx:
            lists.link(tx, [(name.removeprefix("p"), who) for name, who in numbers.items()])

    def check(self, *rows: str, skips_unknown: bool = False) -> Checked:
        data = "\r\n".join([HEADER, *rows]).encode()
        return claim_lists.check(self.town.desk, self.look, data, skips_unknown=skips_unknown)

    def take(self, *rows: str, desk: Desk | None = None) -> Iterator[Taken]:
        """As the command does it."""
        return claim_lists.take(desk or self.town.desk, self.look, self.check(*rows))

    def refused(self, *rows: str) -> list[str]:
        """Why a list is refused; nothing of it was written."""
        before = self.written()
        with pytest.raises(ListRefused) as raised:
            list(self.take(*rows))
        assert self.written() == before
        return [f"{error.row} {error.column} {error.code}" for error in raised.value.errors]

    def seen(self, who: SubjectId, kind: ClaimKind, value: str, *, from_on: date) -> None:
        """A clerk sees something on a document."""
        town = self.town
        said = NewClaim(kind, value, Source.DOCUMENT, "運転免許証", from_on)
        with town.database.write(town.operator) as tx:
            claims.add(tx, town.personal_key, town.clock, self.look, who, claim=said)

    def asked(self, who: SubjectId, *asks: str) -> object:
        town = self.town
        with town.database.write(town.operator) as tx:
            return predicates.ask(tx, town.personal_key, town.clock, who, asks, service="pool")

    def written(self) -> list[int]:
        """How many claims and ends there are."""
        with self.town.database.read(self.town.operator) as tx:
            return [
                tx.rows("SELECT count(*) FROM claim")[0][0],
                tx.rows("SELECT count(*) FROM claim_end")[0][0],
            ]

    def log(self, who: SubjectId) -> list[tuple[str, str, str, bool]]:
        """What a person reads of who looked: purpose, reason, what, and whether it was changed."""
        with self.town.database.read(self.town.operator) as tx:
            found = audit.of_subject(tx, audit.Myself(who))
        return [(one.purpose, one.note, one.what, one.is_change) for one in found]

    def noticed(self) -> list[object]:
        """What the daily watch says of today."""
        with self.town.database.read(self.town.operator) as tx:
            assert audit.verify(tx, self.town.clock) == []
            return [*audit.watch.browsing(tx, day_in_tokyo(self.town.clock.now()))]


@pytest.fixture
def desk_of_facts(town: Town) -> Office:
    """The officer of the town."""
    return Office(town)


class Dies(BaseException):
    """The process ends here."""


@dataclass
class DyingClock:
    """Tells the time so many times."""

    clock: Clock
    left: int

    def now(self) -> datetime:
        """The time; the last one is never told."""
        self.left -= 1
        if not self.left:
            raise Dies
        return self.clock.now()


def test_a_list_is_written_in_batches_and_after_a_death_to_its_end(desk_of_facts: Office) -> None:
    """Killed within the second batch: the first is whole, of the second there is nothing."""
    office = desk_of_facts
    people = {f"p{number}": SubjectId(ids.uuid7(office.town.clock)) for number in range(250)}
    office.link(**people)
    rows = [
        f"{number},{fact}"
        for number in range(250)
        for fact in ("住民となった日,令和2年4月1日,,", "生年月日,S25.3.5,,")
    ]
    dying = replace(office.town.desk, clock=DyingClock(office.town.clock, 1_000_000))
    going = office.take(*rows, desk=dying)
    assert next(going) == (BATCH_PEOPLE, 250)
    dying.clock.left = 300  # type: ignore[attr-defined]  # it is the clock above
    with pytest.raises(Dies):
        next(going)
    assert office.written() == [2 * BATCH_PEOPLE, 0]
    assert list(office.take(*rows)) == [(100, 150), (150, 150)]
    assert office.written() == [500, 0]
    office.town.clock.advance(timedelta(days=1))
    assert list(office.take(*rows)) == []
    assert office.written() == [500, 0]
    assert {tuple(office.log(who)) for who in people.values()} == {
        (("list", LIST, "claims", True),)
    }
    office.town.clock.advance(timedelta(days=-1))
    assert office.noticed() == []


def test_what_a_list_brought_is_asked_for(desk_of_facts: Office) -> None:
    """And moving out ends that somebody is a resident, on the day after the last."""
    office, taro = desk_of_facts, desk_of_facts.town.subjects["taro"]
    office.link(p7=taro)
    today = day_in_tokyo(office.town.clock.now())
    list(office.take("7,生年月日,昭和25年3月5日,,", "7,住民となった日,R2.4.1,,", "7,在勤,はい,,"))
    asks = ("age>=65", "resident", "works_in_town", "disability")
    assert office.asked(taro, *asks) == dict(zip(asks, (True, True, True, False), strict=True))
    last_on = today + timedelta(days=3)
    list(office.take(f"7,住民となった日,,,{last_on}", "7,在勤,,,"))
    assert office.asked(taro, "resident", "works_in_town") == {
        "resident": True,
        "works_in_town": False,
    }
    office.town.clock.advance(timedelta(days=4))
    assert office.asked(taro, "resident") == {"resident": False}
    assert office.written() == [3, 2]


def test_what_is_to_end_may_still_be_ended_sooner(desk_of_facts: Office) -> None:
    """A clerk corrects what a list said; the earliest end counts, and a void one never did."""
    office, taro = desk_of_facts, desk_of_facts.town.subjects["taro"]
    office.link(p7=taro)
    town, today = office.town, day_in_tokyo(desk_of_facts.town.clock.now())
    list(office.take("7,住民となった日,R2.4.1,,"))
    list(office.take(f"7,住民となった日,,,{today + timedelta(days=9)}"))
    with town.database.write(town.operator) as tx:
        (known,) = claims.read(tx, town.personal_key, town.clock, office.look, taro)
        claims.end(
            tx, town.personal_key, town.clock, office.look, taro, claim=known.id, is_void=True
        )
        (known,) = claims.read(tx, town.personal_key, town.clock, office.look, taro)
    assert (known.ended_on, known.is_void) == (today, True)
    assert office.asked(taro, "resident") == {"resident": False}


def test_one_wrong_row_and_nothing_is_written(desk_of_facts: Office) -> None:
    """Who is told of a difference has looked at that person, and at nobody else."""
    office, subjects = desk_of_facts, desk_of_facts.town.subjects
    office.link(p7=subjects["taro"], p8=subjects["hanako"])
    today = day_in_tokyo(office.town.clock.now())
    office.seen(subjects["taro"], ClaimKind.DISTRICT, "巣鴨", from_on=today)
    before = {name: office.log(subjects[name]) for name in ("taro", "hanako")}
    assert office.refused("7,地区,駒込,,", "8,地区,駒込,,", "9,地区,駒込,,") == [
        "2 value seen_otherwise",
        "4 recipient_number unknown_recipient",
    ]
    assert office.log(subjects["taro"]) == [("list", LIST, "claims", False), *before["taro"]]
    assert office.log(subjects["hanako"]) == before["hanako"]
    left_out = office.check("8,地区,駒込,,", "9,地区,駒込,,", skips_unknown=True)
    assert (left_out.rows, left_out.left_out, len(left_out.changed)) == (2, 1, 1)


def test_what_a_clerk_enters_meanwhile_is_not_written_over(desk_of_facts: Office) -> None:
    office, taro = desk_of_facts, desk_of_facts.town.subjects["taro"]
    office.link(p7=taro)
    today = day_in_tokyo(office.town.clock.now())
    checked = office.check("7,地区,駒込,,")
    office.seen(taro, ClaimKind.DISTRICT, "巣鴨", from_on=today)
    with pytest.raises(ListRefused) as raised:
        list(claim_lists.take(office.town.desk, office.look, checked))
    assert [error.code for error in raised.value.errors] == ["seen_otherwise"]
    assert office.written() == [1, 0]


def test_one_list_by_two_officers_is_written_and_logged_once(desk_of_facts: Office) -> None:
    office, taro = desk_of_facts, desk_of_facts.town.subjects["taro"]
    office.link(p7=taro)
    both = [office.check("7,地区,駒込,,") for _ in range(2)]
    for checked in both:
        assert list(claim_lists.take(office.town.desk, office.look, checked)) == [(1, 1)]
    assert office.written() == [1, 0]
    assert len(office.log(taro)) == 1


def test_a_merged_persons_two_numbers_are_one_person(desk_of_facts: Office) -> None:
    """The list's facts are of who the card shows now; said twice, it is refused."""
    office, town = desk_of_facts, desk_of_facts.town
    with town.database.write(REGISTRY) as tx:
        kept, merged = registry.holders.new(tx, town.clock, 2)
        one, other = registry.holders.subjects(tx, town.clock, town.desk.sector, [kept, merged])
        registry.holders.merge(tx, town.clock, kept, merged, town.staff["officer"].id)
    office.link(p7=one, p8=other)
    assert office.refused("7,地区,巣鴨,,", "8,地区,巣鴨,,") == ["3 recipient_number duplicate_fact"]
    list(office.take("8,住民となった日,R2.4.1,,"))
    assert office.asked(one, "resident") == {"resident": True}


def test_no_list_begins_an_erased_record_again(desk_of_facts: Office) -> None:
    office, taro = desk_of_facts, desk_of_facts.town.subjects["taro"]
    office.link(p7=taro)
    list(office.take("7,地区,巣鴨,,"))
    with office.town.database.write(office.town.operator) as tx:
        personal.erase(tx, office.town.clock, audit.Myself(taro), taro)
    assert office.refused("7,地区,巣鴨,,") == ["2 recipient_number unknown_recipient"]
