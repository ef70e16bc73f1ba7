"""Browsing is told from work (faults.md I27): one clerk and many people, many clerks and one."""

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from ichimai.audit import rules
from ichimai.audit.model import Entry, Sign, Suspicion, What
from ichimai.kernel.ids import NIL

TODAY = date(2026, 10, 8)
MORNING = datetime(2026, 10, 8, 0, tzinfo=UTC)
CLERKS = [UUID(int=1_000 + number) for number in range(12)]
NEIGHBOUR = UUID(int=5)
DAYS = 4
TOWNS = 120


def entry(
    staff: UUID, subject: UUID, at: datetime, *, is_change: bool = False, tap: UUID = NIL
) -> Entry:
    """One line of the log; the chain does not matter here."""
    what = "personal"
    return Entry(TODAY, 1, at, staff, "officer", "card", "", subject, what, is_change, NIL, tap)


class Office:
    """A town's counters for a few days."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.entries: list[Entry] = []

    def person(self) -> UUID:
        return UUID(int=10_000 + self.dice.randrange(30_000))

    def work(self) -> "Office":
        """Clerks serve people at the counter, change records, and answer the telephone."""
        for before in range(DAYS):
            for clerk in CLERKS:
                self.entries += self._day(clerk, MORNING - timedelta(days=before))
        return self

    def _day(self, clerk: UUID, morning: datetime) -> Iterator[Entry]:
        for _ in range(self.dice.randint(20, 40)):
            person, at = self.person(), morning + timedelta(minutes=self.dice.randrange(480))
            way = self.dice.random()
            tap = UUID(int=self.dice.getrandbits(64)) if way < 0.55 else NIL
            yield entry(clerk, person, at, tap=tap)
            if 0.55 <= way < 0.85:
                done_at = at + timedelta(minutes=self.dice.randint(1, 20))
                yield entry(clerk, person, done_at, is_change=True)

    def browse(self, clerk: UUID, count: int) -> None:
        """One clerk opens record after record and does nothing."""
        for number in range(count):
            self.entries.append(entry(clerk, self.person(), MORNING + timedelta(minutes=number)))

    def found(self) -> list[Suspicion]:
        return rules.browsing(sorted(self.entries, key=lambda one: one.at), TODAY)


def test_nearly_every_planted_browser_is_found_and_hardly_anybody_else() -> None:
    """One member of staff, 20 to 60 people, nothing done for them: found in 99 of 100 towns."""
    found, false_alarms = 0, 0
    for seed in range(TOWNS):
        office = Office(seed).work()
        browser = office.dice.choice(CLERKS)
        office.browse(browser, office.dice.randint(20, 60))
        signs = [one for one in office.found() if one.sign is Sign.MANY_PEOPLE]
        found += any(one.staff == browser for one in signs)
        false_alarms += sum(one.staff != browser for one in signs)
    assert found >= TOWNS * 0.99
    assert false_alarms <= TOWNS * len(CLERKS) * 0.005


def test_a_person_whom_seven_look_up_is_noticed() -> None:
    """横手市 2021: each of seven looked once, amid a day's work."""
    for seed in range(20):
        office = Office(seed).work()
        victim = office.person()
        for days, clerk in enumerate(office.dice.sample(CLERKS, 7)):
            at = MORNING - timedelta(days=days % DAYS, minutes=-days)
            office.entries.append(entry(clerk, victim, at))
        expected = Suspicion(Sign.MANY_STAFF, NIL, victim, 7)
        signs = [one for one in office.found() if one.sign is Sign.MANY_STAFF]
        assert [one for one in signs if one.subject == victim] == [expected]
        assert len(signs) == 1


def test_one_who_comes_back_to_a_person_day_after_day_is_noticed() -> None:
    office = Office(1).work()
    for days in (0, 2, 3):
        office.entries.append(entry(CLERKS[0], NEIGHBOUR, MORNING - timedelta(days=days)))
    again = [one for one in office.found() if one.sign is Sign.AGAIN_AND_AGAIN]
    assert again == [Suspicion(Sign.AGAIN_AND_AGAIN, CLERKS[0], NEIGHBOUR, 3)]


@pytest.mark.parametrize("minutes, is_idle", [(30, False), (-30, False), (31, True), (-31, True)])
def test_what_is_done_within_half_an_hour_explains_a_look(minutes: int, *, is_idle: bool) -> None:
    entries = []
    for number in range(20):
        at, person = MORNING + timedelta(minutes=number), UUID(int=50 + number)
        done_at = at + timedelta(minutes=minutes)
        entries.append(entry(CLERKS[0], person, at))
        entries.append(entry(CLERKS[0], person, done_at, is_change=True))
    assert bool(rules.browsing(entries, TODAY)) is is_idle


def test_what_another_clerk_does_explains_nothing() -> None:
    entries = []
    for number in range(20):
        at, person = MORNING + timedelta(minutes=number), UUID(int=50 + number)
        entries.append(entry(CLERKS[0], person, at))
        entries.append(entry(CLERKS[1], person, at, is_change=True))
    assert rules.browsing(entries, TODAY) == [Suspicion(Sign.MANY_PEOPLE, CLERKS[0], NIL, 20)]


def test_what_is_handed_over_as_agreed_is_no_browsing_and_excuses_none() -> None:
    """A list for an office is of many people; who then opens their records still browses."""
    people = [UUID(int=50 + number) for number in range(40)]
    handed = [
        entry(CLERKS[0], each, MORNING)._replace(what=What.DISCLOSURE.value) for each in people
    ]
    assert rules.browsing(handed, TODAY) == []
    looks = [entry(CLERKS[0], each, MORNING + timedelta(minutes=1)) for each in people]
    assert rules.browsing([*handed, *looks], TODAY) == [
        Suspicion(Sign.MANY_PEOPLE, CLERKS[0], NIL, 40)
    ]


def test_a_person_at_the_counter_is_not_browsed() -> None:
    looks = [
        entry(CLERKS[0], UUID(int=50 + number), MORNING, tap=UUID(int=1)) for number in range(40)
    ]
    assert rules.browsing(looks, TODAY) == []
