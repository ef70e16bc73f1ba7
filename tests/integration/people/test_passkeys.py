"""Passkeys on a real PostgreSQL, with an authenticator that also answers wrongly."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from threading import Barrier
from uuid import UUID, uuid4

import pytest

from ichimai.kernel.clock import ManualClock
from ichimai.people import errors, passkeys, sessions, staff
from ichimai.people.model import Audience, NewSession, Session
from ichimai.storage import Database, Schema
from tests.integration.people.desk import KEY, Entrance
from tests.soft_key import UP, SoftKey, raw, text

PARTY = passkeys.party_of("https://card.toshima.example", "豊島区")
BROWSER, OTHER_BROWSER = b"b" * 32, b"o" * 32


@dataclass
class Door:
    """Where passkeys are added and used."""

    entrance: Entrance
    audience: Audience = Audience.RESIDENT

    def question(self, browser: bytes = BROWSER) -> str:
        with self.entrance.database.write(self.entrance.operator) as tx:
            return passkeys.ask_to_sign_in(
                tx, self.entrance.clock, PARTY, audience=self.audience, browser=browser
            )

    def add(self, owner: UUID, key: SoftKey) -> None:
        entrance = self.entrance
        with entrance.database.write(entrance.operator) as tx:
            asked = passkeys.ask_to_add(
                tx,
                entrance.clock,
                PARTY,
                KEY,
                audience=self.audience,
                owner=owner,
                called="カード",
                browser=BROWSER,
            )
        answer = key.made(asked)
        with entrance.database.write(entrance.operator) as tx:
            question = passkeys.take(tx, entrance.clock, answer, browser=BROWSER)
        with entrance.database.write(entrance.operator) as tx:
            passkeys.add(tx, entrance.clock, PARTY, question, answer)

    def come_in(self, answer: str, browser: bytes = BROWSER) -> NewSession:
        """Raises PasskeyRefused, SignInRefused."""
        entrance = self.entrance
        with entrance.database.write(entrance.operator) as tx:
            question = passkeys.take(tx, entrance.clock, answer, browser=browser)
        with entrance.database.write(entrance.operator) as tx:
            return passkeys.let_in(tx, entrance.clock, PARTY, KEY, question=question, answer=answer)

    def refusal(self, answer: str) -> str:
        """The code of the refusal; empty when somebody came in."""
        try:
            self.come_in(answer)
        except errors.PasskeyRefused as refused:
            return refused.code
        return ""


@pytest.fixture
def door(database: Database, operator: Schema, clock: ManualClock) -> Door:
    return Door(Entrance(database, operator, clock))


@pytest.fixture
def key(door: Door, owner: UUID) -> SoftKey:
    """A passkey of the owner."""
    made = SoftKey(PARTY.origin, PARTY.id)
    door.add(owner, made)
    return made


@pytest.fixture
def owner() -> UUID:
    return uuid4()


@pytest.mark.parametrize(
    "base_url, id_, origin",
    [
        ("https://card.example", "card.example", "https://card.example"),
        ("https://card.example:8443/", "card.example", "https://card.example:8443"),
        ("http://127.0.0.1:8000", "localhost", "http://localhost:8000"),
        ("http://localhost:8000", "localhost", "http://localhost:8000"),
    ],
)
def test_a_passkey_is_bound_to_the_address_of_the_pages(
    base_url: str, id_: str, origin: str
) -> None:
    assert passkeys.party_of(base_url, "x")[:2] == (id_, origin)


def test_its_owner_comes_in_by_it(door: Door, key: SoftKey, owner: UUID) -> None:
    new = door.come_in(key.answered(door.question()))
    assert new.session.owner == owner
    assert new.session.audience is Audience.RESIDENT
    with door.entrance.database.read(door.entrance.operator) as tx:
        (kept,) = passkeys.of(tx, Audience.RESIDENT, owner)
        assert sessions.sealed_text(new.session, new.token) == ""
    assert kept.sign_count == 1
    assert kept.used_at == door.entrance.clock.now()


WRONG: dict[str, Callable[[SoftKey], SoftKey]] = {
    "another origin": lambda key: key.changed(origin="https://card.toshima.example.evil.example"),
    "without TLS": lambda key: key.changed(origin="http://card.toshima.example"),
    "another party": lambda key: key.changed(party="evil.example"),
    "in another's page": lambda key: key.changed(is_in_a_frame=True),
    "nobody verified": lambda key: key.changed(flags=UP),
    "nobody present": lambda key: key.changed(flags=4),
    "another key": lambda key: key.changed(key=SoftKey("", "").key),
    "an unknown passkey": lambda key: key.changed(id=b"unknown unknown unknown unknown!"),
    "another's handle": lambda key: key.changed(handle=b"h" * 32),
    "no handle": lambda key: key.changed(handle=b""),
}


def test_a_wrong_answer_is_refused(door: Door, key: SoftKey) -> None:
    """And the right one after it is not."""
    for name, wrong in WRONG.items():
        assert door.refusal(wrong(key).answered(door.question())) == "passkey_refused", name
        key.count += 1
        assert door.refusal(key.answered(door.question())) == "", name


def test_a_count_that_does_not_grow_is_a_copied_key(door: Door, key: SoftKey) -> None:
    for _ in range(3):
        door.come_in(key.answered(door.question()))
    for count in (0, 1, 2):
        with pytest.raises(errors.PasskeyRefused):
            door.come_in(key.changed(count=count).answered(door.question()))
    assert door.refusal(key.changed(count=3).answered(door.question())) == ""


def test_a_passkey_that_never_counts_is_used_again(door: Door, key: SoftKey) -> None:
    """Synced passkeys stay at 0."""
    for _ in range(3):
        assert door.refusal(key.changed(count=-1).answered(door.question())) == ""


def test_an_answer_lets_in_once(door: Door, key: SoftKey) -> None:
    answer = key.answered(door.question())
    door.come_in(answer)
    with pytest.raises(errors.PasskeyRefused):
        door.come_in(answer)


def test_of_one_answer_sent_eight_times_at_once_one_lets_in(door: Door, key: SoftKey) -> None:
    answer, barrier = key.answered(door.question()), Barrier(8)

    def come_in(_: int) -> bool:
        barrier.wait()
        try:
            door.come_in(answer)
        except errors.PasskeyRefused:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(come_in, range(8))) == 1


def test_a_wrong_answer_uses_the_question_up(door: Door, key: SoftKey) -> None:
    question = door.question()
    with pytest.raises(errors.PasskeyRefused):
        door.come_in(key.changed(flags=UP).answered(question))
    with pytest.raises(errors.PasskeyRefused):
        door.come_in(key.answered(question))


def test_an_answer_is_of_no_use_in_another_browser(door: Door, key: SoftKey) -> None:
    answer = key.answered(door.question())
    with pytest.raises(errors.PasskeyRefused):
        door.come_in(answer, OTHER_BROWSER)
    assert door.refusal(answer) == "", "and its own browser lost nothing"


def test_a_question_is_open_for_five_minutes(door: Door, key: SoftKey) -> None:
    answer = key.answered(door.question())
    door.entrance.clock.advance(timedelta(minutes=5))
    with pytest.raises(errors.PasskeyRefused):
        door.come_in(answer)


def test_an_answer_to_nobodys_question_is_refused(door: Door, key: SoftKey) -> None:
    made_up = json.dumps({"challenge": text(b"c" * 32)})
    with pytest.raises(errors.PasskeyRefused):
        door.come_in(key.answered(made_up))


MALFORMED = [
    "",
    "[]",
    "null",
    "{}",
    '{"response": 1}',
    '{"response": {"clientDataJSON": "***"}}',
    '{"response": {"clientDataJSON": "bnVsbA"}}',
    '{"response": {"clientDataJSON": "eyJjaGFsbGVuZ2UiOiAxfQ"}}',
    "[" * 15_000,
    "x" * 100_000,
    '{"response": {"clientDataJSON": "\\ud800"}}',
]


def test_a_malformed_answer_is_refused(door: Door) -> None:
    found = [door.refusal(answer) for answer in MALFORMED]
    assert found == ["passkey_refused"] * len(MALFORMED)


def test_an_answer_with_a_broken_part_is_refused(door: Door, key: SoftKey) -> None:
    for part in ("authenticatorData", "signature", "userHandle"):
        for value in (None, 1, "", "AA", "%%%", "A" * 9_000):
            told = json.loads(key.answered(door.question()))
            told["response"][part] = value
            assert door.refusal(json.dumps(told)) == "passkey_refused", (part, value)


def test_every_truncated_authenticator_datum_is_refused(door: Door, key: SoftKey) -> None:
    for length in range(0, 37, 4):
        told = json.loads(key.answered(door.question()))
        whole = raw(told["response"]["authenticatorData"])
        told["response"]["authenticatorData"] = text(whole[:length])
        with pytest.raises(errors.PasskeyRefused):
            door.come_in(json.dumps(told))


def test_an_answer_to_one_kind_of_question_is_none_to_the_other(
    door: Door, key: SoftKey, owner: UUID
) -> None:
    """What was signed to come in adds no passkey, and what was made lets nobody in."""
    entrance = door.entrance
    answer = key.answered(door.question())
    with entrance.database.write(entrance.operator) as tx:
        question = passkeys.take(tx, entrance.clock, answer, browser=BROWSER)
    with (
        pytest.raises(errors.PasskeyRefused),
        entrance.database.write(entrance.operator) as tx,
    ):
        passkeys.add(tx, entrance.clock, PARTY, question, answer)
    with entrance.database.write(entrance.operator) as tx:
        asked = passkeys.ask_to_add(
            tx,
            entrance.clock,
            PARTY,
            KEY,
            audience=Audience.RESIDENT,
            owner=owner,
            called="x",
            browser=BROWSER,
        )
    with pytest.raises(errors.PasskeyRefused):
        door.come_in(key.answered(asked))


def test_a_residents_passkey_opens_no_console(door: Door, key: SoftKey) -> None:
    console = Door(door.entrance, Audience.STAFF)
    with pytest.raises(errors.PasskeyRefused):
        console.come_in(key.answered(console.question()))


def test_a_passkey_is_added_by_its_owner_once_only(door: Door, key: SoftKey) -> None:
    """Who registers another's passkey id as theirs gets nothing."""
    with pytest.raises(errors.PasskeyRefused):
        door.add(uuid4(), key.changed())


@pytest.mark.parametrize("wrong", ["another origin", "another party", "nobody verified"])
def test_a_passkey_made_elsewhere_is_not_kept(door: Door, owner: UUID, wrong: str) -> None:
    with pytest.raises(errors.PasskeyRefused):
        door.add(owner, WRONG[wrong](SoftKey(PARTY.origin, PARTY.id)))


def test_nobody_has_more_than_ten(door: Door, owner: UUID) -> None:
    for _ in range(passkeys.MOST):
        door.add(owner, SoftKey(PARTY.origin, PARTY.id))
    with pytest.raises(errors.TooManyPasskeys):
        door.add(owner, SoftKey(PARTY.origin, PARTY.id))


def test_a_removed_passkey_is_dead_at_once(door: Door, key: SoftKey) -> None:
    new = door.come_in(key.answered(door.question()))
    answer = key.answered(door.question())
    _remove(door, new.session, key)
    with pytest.raises(errors.PasskeyRefused):
        door.come_in(answer)


def test_nobody_removes_anothers(door: Door, key: SoftKey) -> None:
    thief = SoftKey(PARTY.origin, PARTY.id)
    door.add(uuid4(), thief)
    new = door.come_in(thief.answered(door.question()))
    _remove(door, new.session, key)
    assert door.refusal(key.answered(door.question())) == ""


def test_a_members_passkey_lets_in_and_the_last_one_stays(door: Door) -> None:
    console = Door(door.entrance, Audience.STAFF)
    member, key = door.entrance.hire(), SoftKey(PARTY.origin, PARTY.id)
    console.add(member.id, key)
    new = console.come_in(key.answered(console.question()))
    assert door.entrance.is_in(new.token)
    with pytest.raises(errors.LastSecondFactor):
        _remove(console, new.session, key)
    assert door.entrance.give_password("佐藤").session.audience is Audience.SECOND_STEP


def test_who_left_does_not_come_in_by_passkey(door: Door) -> None:
    console = Door(door.entrance, Audience.STAFF)
    member, key = door.entrance.hire(), SoftKey(PARTY.origin, PARTY.id)
    console.add(member.id, key)
    answer = key.answered(console.question())
    with door.entrance.database.write(door.entrance.operator) as tx:
        staff.leave(tx, door.entrance.clock, member.id)
    with pytest.raises((errors.PasskeyRefused, errors.SignInRefused)):
        console.come_in(answer)


def test_an_authenticator_learns_nothing_of_its_owner(door: Door, key: SoftKey) -> None:
    """The handle is the same for all of an owner's passkeys, and is not the subject."""
    owner = uuid4()
    first, second = (SoftKey(PARTY.origin, PARTY.id) for _ in range(2))
    door.add(owner, first)
    door.add(owner, second)
    assert first.handle == second.handle != key.handle
    assert owner.bytes not in first.handle


def test_questions_that_nobody_answered_are_removed(door: Door) -> None:
    door.question()
    door.entrance.clock.advance(timedelta(days=1))
    with door.entrance.database.write(door.entrance.operator) as tx:
        sessions.tidy_up(tx, door.entrance.clock)
        assert tx.rows("SELECT 1 FROM passkey_question") == []


def _remove(door: Door, session: Session, key: SoftKey) -> None:
    with door.entrance.database.write(door.entrance.operator) as tx:
        passkeys.remove(tx, door.entrance.clock, session, key.id)
