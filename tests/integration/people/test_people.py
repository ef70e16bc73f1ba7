"""Staff, PINs, sign-ins and sessions on a real PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import UUID, uuid4

import pytest

from ichimai import people
from ichimai.kernel.clock import ManualClock
from ichimai.people import errors, sessions, sign_in
from ichimai.people.model import Audience, Member, Staff, StaffRole
from ichimai.registry import SubjectId
from ichimai.storage import Database, Schema

KEY = b"k" * 32
PASSWORD = "correct horse battery staple"
CARD = "ABCD-EFGH-JKMN-PQRS-T"


class Desk:
    """The sign-in desk as a test uses it."""

    def __init__(self, database: Database, operator: Schema, clock: ManualClock) -> None:
        self.database = database
        self.operator = operator
        self.clock = clock

    def hire(self, name: str = "officer-a", role: StaffRole = StaffRole.OFFICER) -> Staff:
        kept = sign_in.password_hash(PASSWORD)
        with self.database.write(self.operator) as tx:
            return people.staff.add(tx, self.clock, name=name, role=role, password=kept)

    def staff(self, name: str, password: str, network: str = "192.0.2.1") -> str | None:
        """The token of a sign-in; None when the secret was wrong."""
        with self.database.write(self.operator) as tx:
            attempt = sign_in.begin_staff(
                tx, self.clock, KEY, name=name, password=password, network=network
            )
        if not sign_in.is_right(attempt):
            return None
        with self.database.write(self.operator) as tx:
            new = sign_in.finish_staff(tx, self.clock, attempt, needs_second_factor=False)
        return new.token

    def first_use(self, subject: SubjectId, pin: str, card: str = CARD) -> str:
        with self.database.write(self.operator) as tx:
            attempt = sign_in.begin_resident(
                tx, self.clock, KEY, card=card, subject=subject, pin="", network="192.0.2.1"
            )
            assert attempt.is_first_use
            opened = sign_in.finish_first_use(tx, self.clock, attempt, subject, sealed_text=card)
        kept = sign_in.pin_hash(KEY, subject, pin)
        with self.database.write(self.operator) as tx:
            session = sessions.live(tx, self.clock, opened.token, Audience.FIRST_USE)
            assert session
            return sign_in.choose_pin(tx, self.clock, session, opened.token, kept).token

    def resident(
        self,
        subject: SubjectId | None,
        pin: str,
        card: str = CARD,
        network: str = "192.0.2.1",
    ) -> str | None:
        """The token of a sign-in; None when the secret was wrong."""
        with self.database.write(self.operator) as tx:
            attempt = sign_in.begin_resident(
                tx, self.clock, KEY, card=card, subject=subject, pin=pin, network=network
            )
        if not sign_in.is_right(attempt) or attempt.owner is None:
            return None
        with self.database.write(self.operator) as tx:
            new = sign_in.finish(tx, self.clock, attempt, attempt.owner, sealed_text=card)
            return new.token

    def is_in(self, token: str | None, audience: Audience) -> bool:
        with self.database.read(self.operator) as tx:
            return bool(token and sessions.live(tx, self.clock, token, audience))


@pytest.fixture
def desk(database: Database, operator: Schema, clock: ManualClock) -> Desk:
    return Desk(database, operator, clock)


@pytest.fixture
def subject() -> SubjectId:
    return SubjectId(uuid4())


def test_staff_sign_in_with_their_password_only(desk: Desk) -> None:
    desk.hire()
    assert desk.is_in(desk.staff("officer-a", PASSWORD), Audience.STAFF)
    assert desk.staff("officer-a", PASSWORD + "x") is None
    assert desk.staff("officer-b", PASSWORD) is None


def test_two_members_of_staff_cannot_have_one_name(desk: Desk) -> None:
    desk.hire()
    with pytest.raises(errors.NameTaken):
        desk.hire()


def test_who_leaves_is_out_at_once_and_keeps_the_name_in_journals(desk: Desk) -> None:
    member = desk.hire()
    token = desk.staff("officer-a", PASSWORD)
    with desk.database.write(desk.operator) as tx:
        people.staff.leave(tx, desk.clock, member.id)
    assert not desk.is_in(token, Audience.STAFF)
    assert desk.staff("officer-a", PASSWORD) is None
    with desk.database.read(desk.operator) as tx:
        assert people.staff.members(tx, [member.id]) == {member.id: Member(member.id, member.name)}


def test_the_first_use_of_a_card_chooses_its_pin(desk: Desk, subject: SubjectId) -> None:
    token = desk.first_use(subject, "280519")
    with desk.database.read(desk.operator) as tx:
        session = sessions.live(tx, desk.clock, token, Audience.RESIDENT)
    assert session
    assert sessions.sealed_text(session, token) == CARD
    assert desk.is_in(desk.resident(subject, "280519"), Audience.RESIDENT)
    assert desk.resident(subject, "280518") is None


def test_only_one_of_two_first_uses_sets_the_pin(desk: Desk, subject: SubjectId) -> None:
    kept = sign_in.pin_hash(KEY, subject, "280519")
    tokens = []
    for _ in range(2):
        with desk.database.write(desk.operator) as tx:
            attempt = sign_in.begin_resident(
                tx, desk.clock, KEY, card=CARD, subject=subject, pin="", network="192.0.2.1"
            )
            new = sign_in.finish_first_use(tx, desk.clock, attempt, subject, sealed_text=CARD)
            tokens.append(new)
    with desk.database.write(desk.operator) as tx:
        sign_in.choose_pin(tx, desk.clock, tokens[0].session, tokens[0].token, kept)
    with (
        pytest.raises(errors.PinAlreadyChosen),
        desk.database.write(desk.operator) as tx,
    ):
        sign_in.choose_pin(tx, desk.clock, tokens[1].session, tokens[1].token, kept)


def test_a_session_for_one_audience_opens_no_other_door(desk: Desk, subject: SubjectId) -> None:
    token = desk.first_use(subject, "280519")
    assert not desk.is_in(token, Audience.STAFF)
    assert not desk.is_in(token, Audience.FIRST_USE)


def test_a_forgotten_pin_is_chosen_anew_and_every_session_ends(
    desk: Desk, subject: SubjectId
) -> None:
    token = desk.first_use(subject, "280519")
    with desk.database.write(desk.operator) as tx:
        people.sign_in.reset_pin(tx, subject)
    assert not desk.is_in(token, Audience.RESIDENT)
    assert desk.is_in(desk.first_use(subject, "407192"), Audience.RESIDENT)


def test_signing_out_ends_the_session_for_every_worker(desk: Desk) -> None:
    desk.hire()
    token = desk.staff("officer-a", PASSWORD)
    assert token
    with desk.database.write(desk.operator) as tx:
        sessions.end(tx, token)
    other_worker = Database(desk.database.url)
    with other_worker.read(desk.operator) as tx:
        assert sessions.live(tx, desk.clock, token, Audience.STAFF) is None
    other_worker.close()


def test_each_sign_in_has_a_new_id_and_a_new_token(desk: Desk) -> None:
    desk.hire()
    assert desk.staff("officer-a", PASSWORD) != desk.staff("officer-a", PASSWORD)


def test_use_keeps_a_session_awake_until_its_twelfth_hour(desk: Desk) -> None:
    desk.hire()
    token = desk.staff("officer-a", PASSWORD)
    assert token
    for _ in range(35):
        desk.clock.advance(timedelta(minutes=20))
        with desk.database.write(desk.operator) as tx:
            session = sessions.live(tx, desk.clock, token, Audience.STAFF)
            assert session
            assert sessions.needs_touch(session, desk.clock)
            sessions.touch(tx, desk.clock, session)
    desk.clock.advance(timedelta(minutes=20))
    assert not desk.is_in(token, Audience.STAFF)


def test_a_copy_of_the_tables_opens_nothing(desk: Desk, subject: SubjectId) -> None:
    """No token, PIN, password, card code or address stands in any of the tables."""
    desk.hire()
    staff_token = desk.staff("officer-a", PASSWORD)
    token = desk.first_use(subject, "280519")
    with desk.database.write(desk.operator) as tx:
        dump = repr(
            [
                tx.rows("SELECT * FROM staff"),
                tx.rows("SELECT * FROM session"),
                tx.rows("SELECT * FROM resident_pin"),
                tx.rows("SELECT * FROM sign_in_counter"),
            ]
        )
    assert staff_token
    for secret in (PASSWORD, staff_token, token, "280519", CARD, "192.0.2.1"):
        assert secret not in dump


def test_a_hundred_parallel_tries_count_as_a_hundred(desk: Desk, subject: SubjectId) -> None:
    """Five are heard; all the others are told to wait (faults.md E69)."""
    desk.first_use(subject, "280519")
    barrier = Barrier(16)

    def guess(number: int) -> bool:
        if number < 16:
            barrier.wait()
        try:
            desk.resident(subject, f"{400_000 + number}", network=f"192.0.2.{number}")
        except errors.TooManyAttempts:
            return False
        return True

    with ThreadPoolExecutor(16) as pool:
        heard = sum(pool.map(guess, range(100)))
    assert heard == 5


def test_the_right_pin_waits_too_while_the_card_is_locked(desk: Desk, subject: SubjectId) -> None:
    desk.first_use(subject, "280519")
    for guess in range(5):
        assert desk.resident(subject, f"40719{guess}") is None
    with pytest.raises(errors.TooManyAttempts) as caught:
        desk.resident(subject, "280519")
    assert caught.value.retry_after_seconds == 60
    desk.clock.advance(timedelta(minutes=1))
    assert desk.resident(subject, "280519")
    assert desk.resident(subject, "407195") is None, "a right PIN starts the count again"


def test_a_card_that_does_not_exist_is_answered_like_one_that_does(
    desk: Desk, subject: SubjectId
) -> None:
    desk.first_use(subject, "280519")
    answers: list[list[str]] = []
    for owner, card in ((subject, CARD), (None, "0000-0000-0000-0000-0")):
        told = []
        for guess in range(8):
            try:
                told.append(str(desk.resident(owner, f"40719{guess}", card=card)))
            except errors.TooManyAttempts as refused:
                told.append(f"wait {refused.retry_after_seconds}")
        answers.append(told)
    assert answers[0] == answers[1]


def test_one_pin_over_many_cards_from_many_networks_is_stopped(desk: Desk) -> None:
    """The PIN itself is counted (faults.md I12, E70)."""
    heard = 0
    for number in range(200):
        try:
            desk.resident(
                SubjectId(UUID(int=number + 1)),
                "280519",
                card=f"card-{number}",
                network=f"2001:db8:{number}::",
            )
            heard += 1
        except errors.TooManyAttempts:
            continue
    assert heard == 20


def test_many_cards_from_one_network_are_stopped_and_others_are_not(
    desk: Desk, subject: SubjectId
) -> None:
    desk.first_use(subject, "280519")
    heard = 0
    for number in range(100):
        try:
            desk.resident(None, f"{407_000 + number}", card=f"card-{number}", network="192.0.2.66")
            heard += 1
        except errors.TooManyAttempts:
            continue
    assert heard == 30
    assert desk.resident(subject, "280519", network="192.0.2.1")


def test_right_sign_ins_do_not_use_up_a_networks_allowance(desk: Desk, subject: SubjectId) -> None:
    """A hall full of people behind one address gets in."""
    desk.first_use(subject, "280519")
    for _ in range(40):
        assert desk.resident(subject, "280519")


def test_many_first_uses_at_once_do_not_hinder_each_other(desk: Desk) -> None:
    """An empty PIN is not counted as one PIN over many cards."""
    for number in range(25):
        for card in (None, SubjectId(UUID(int=number + 1))):
            network = f"2001:db8:{number}::"
            assert desk.resident(card, "", card=f"card-{number}", network=network) is None


def test_what_no_longer_says_anything_is_removed(desk: Desk, subject: SubjectId) -> None:
    desk.first_use(subject, "280519")
    desk.clock.advance(timedelta(days=3))
    with desk.database.write(desk.operator) as tx:
        assert sessions.tidy_up(tx, desk.clock) > 0
        assert tx.rows("SELECT 1 FROM session UNION ALL SELECT 1 FROM sign_in_counter") == []
