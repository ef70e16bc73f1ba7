"""How long one waits after failed sign-ins, which PINs are too easy, how long a session lives."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from ichimai.kernel.ids import NIL
from ichimai.people import errors, rules
from ichimai.people.model import Audience, Counter, Session, SessionId

NOON = datetime(2026, 10, 1, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    "pin",
    [
        "123456", "654321", "012345", "890123", "111111", "121212", "123123", "112233",
        "000001", "147258", "852741", "159357", "12345", "1234567", "12345a", "", "٣٣٤٤١٩",
    ],
)  # fmt: skip
def test_pins_that_anybody_would_try_first_are_refused(pin: str) -> None:
    with pytest.raises(errors.WeakPin):
        rules.checked_pin(pin)


@pytest.mark.parametrize("pin", ["280519", "４０７１９２", "40 71 92"])
def test_other_pins_are_taken_as_a_japanese_keyboard_types_them(pin: str) -> None:
    assert rules.checked_pin(pin).isascii()
    assert len(rules.checked_pin(pin)) == 6


@pytest.mark.parametrize(
    "failures, minutes",
    [(0, 0), (4, 0), (5, 1), (6, 2), (7, 4), (10, 32), (11, 60), (500, 60)],
)
def test_each_failure_after_the_fifth_doubles_the_wait_up_to_an_hour(
    failures: int, minutes: int
) -> None:
    counter = Counter(failures, NOON)
    assert rules.free_at(rules.ACCOUNT, counter, NOON) == NOON + timedelta(minutes=minutes)


def test_a_day_without_failures_forgets_them() -> None:
    counter = Counter(500, NOON)
    later = NOON + timedelta(days=1)
    assert rules.free_at(rules.ACCOUNT, counter, later) == later
    assert rules.one_more(rules.ACCOUNT, counter, later) == Counter(1, later)


@pytest.mark.parametrize(
    "audience, idle_minutes, age_hours, is_live",
    [
        (Audience.RESIDENT, 14, 1, True),
        (Audience.RESIDENT, 15, 1, False),
        (Audience.FIRST_USE, 15, 1, False),
        (Audience.STAFF, 29, 11, True),
        (Audience.STAFF, 30, 11, False),
        (Audience.STAFF, 1, 12, False),
    ],
)
def test_a_session_dies_of_idleness_or_of_age(
    audience: Audience,
    idle_minutes: int,
    age_hours: int,
    is_live: bool,  # noqa: FBT001  a column of the table
) -> None:
    session = Session(
        id=SessionId(NIL),
        audience=audience,
        owner=UUID(int=1),
        organisation=None,
        sealed=b"",
        started_at=NOON - timedelta(hours=age_hours),
        seen_at=NOON - timedelta(minutes=idle_minutes),
    )
    assert rules.is_live(session, NOON) is is_live


@pytest.mark.parametrize("password", ["short", "x" * 11, "x" * 201])
def test_passwords_outside_12_to_200_characters_are_refused(password: str) -> None:
    with pytest.raises(errors.WeakPassword):
        rules.checked_password(password)
