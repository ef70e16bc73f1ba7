"""Passwords lead to a second factor; codes are counted, and used once."""

import contextlib
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest

from ichimai.kernel.clock import ManualClock
from ichimai.people import errors, second_factor, sign_in, staff
from ichimai.people.model import Audience, Session
from ichimai.storage import Database, Schema
from tests.integration.people.desk import KEY, PASSWORD, Entrance, password_hash


@pytest.fixture
def entrance(database: Database, operator: Schema, clock: ManualClock) -> Entrance:
    return Entrance(database, operator, clock)


def test_the_first_sign_in_opens_nothing_but_the_setting_up(entrance: Entrance) -> None:
    entrance.hire()
    half = entrance.give_password("佐藤")
    assert half.session.audience is Audience.SET_UP
    assert not entrance.is_in(half.token)
    app = entrance.begin_app(half.session)
    new, codes = entrance.confirm_app(half.session, app)
    assert entrance.is_in(new.token)
    assert len(codes) == 8
    assert not entrance.is_in(half.token, Audience.SET_UP), "the half session has ended"


def test_after_setting_up_the_password_alone_opens_nothing(entrance: Entrance) -> None:
    entrance.hire()
    app, _, _ = entrance.set_up("佐藤")
    half = entrance.give_password("佐藤")
    assert half.session.audience is Audience.SECOND_STEP
    assert not entrance.is_in(half.token)
    new = entrance.give_code(half.session, entrance.code(app))
    assert entrance.is_in(new.token)
    assert new.token != half.token
    assert new.session.id != half.session.id


def test_where_it_is_optional_who_has_set_it_up_still_needs_it(entrance: Entrance) -> None:
    entrance.hire("佐藤")
    entrance.hire("鈴木")
    entrance.set_up("佐藤")
    entrance.needs_second_factor = False
    assert entrance.give_password("鈴木").session.audience is Audience.STAFF
    assert entrance.give_password("佐藤").session.audience is Audience.SECOND_STEP


def test_a_code_lets_in_once_even_at_the_same_instant(entrance: Entrance) -> None:
    """Replay (RFC 6238 §5.2): of 16 who saw the code on the screen, one comes in."""
    entrance.hire()
    app, _, _ = entrance.set_up("佐藤")
    halves = [entrance.give_password("佐藤").session for _ in range(4)]
    code, barrier = entrance.code(app), Barrier(4)

    def come_in(half: Session) -> bool:
        barrier.wait()
        try:
            entrance.give_code(half, code)
        except (errors.SignInRefused, errors.TooManyAttempts):
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(come_in, halves)) == 1


def test_the_code_that_confirmed_the_app_lets_nobody_in(entrance: Entrance) -> None:
    entrance.hire()
    half = entrance.give_password("佐藤")
    app = entrance.begin_app(half.session)
    entrance.confirm_app(half.session, app)
    later = entrance.give_password("佐藤").session
    with pytest.raises(errors.SignInRefused):
        entrance.give_code(later, entrance.code(app))


def test_an_older_code_than_the_last_is_refused(entrance: Entrance) -> None:
    entrance.hire()
    app, _, _ = entrance.set_up("佐藤")
    older = entrance.code(app)
    entrance.clock.advance(timedelta(seconds=30))
    entrance.give_code(entrance.give_password("佐藤").session, entrance.code(app))
    with pytest.raises(errors.SignInRefused):
        entrance.give_code(entrance.give_password("佐藤").session, older)


def test_a_hundred_parallel_wrong_codes_count_as_a_hundred(entrance: Entrance) -> None:
    """Five are heard, the rest are told to wait, the right one too (faults.md E69)."""
    entrance.hire()
    app, _, _ = entrance.set_up("佐藤")
    half = entrance.give_password("佐藤").session
    right, barrier = entrance.code(app), Barrier(16)
    wrong = [f"{n:06}" for n in range(500_000, 500_200) if app.verify(f"{n:06}") is False][:100]

    def guess(number: int) -> str:
        if number < 16:
            barrier.wait()
        try:
            entrance.give_code(half, wrong[number], network=f"192.0.2.{number}")
        except (errors.SignInRefused, errors.TooManyAttempts) as refused:
            return refused.code
        return "in"

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(guess, range(100)))
    assert answers.count("sign_in_refused") == 5
    assert answers.count("too_many_attempts") == 95
    with pytest.raises(errors.TooManyAttempts):
        entrance.give_code(half, right)


def test_codes_are_counted_over_all_sign_ins_of_a_member(entrance: Entrance) -> None:
    """A right password does not give five more guesses each time."""
    entrance.hire()
    entrance.set_up("佐藤")
    heard = 0
    for number in range(20):
        half = entrance.give_password("佐藤").session
        with contextlib.suppress(errors.TooManyAttempts):
            with contextlib.suppress(errors.SignInRefused):
                entrance.give_code(half, f"{600_000 + number}")
            heard += 1
    assert heard == 5


def test_half_a_sign_in_is_forgotten_after_five_minutes(entrance: Entrance) -> None:
    entrance.hire()
    entrance.set_up("佐藤")
    half = entrance.give_password("佐藤")
    entrance.clock.advance(timedelta(minutes=5))
    assert not entrance.is_in(half.token, Audience.SECOND_STEP)


def test_a_recovery_code_stands_in_once(entrance: Entrance) -> None:
    entrance.hire()
    _, _, codes = entrance.set_up("佐藤")
    entrance.give_code(entrance.give_password("佐藤").session, codes[0].lower())
    with pytest.raises(errors.SignInRefused):
        entrance.give_code(entrance.give_password("佐藤").session, codes[0])
    with entrance.database.read(entrance.operator) as tx:
        left = second_factor.of(tx, entrance.give_password("佐藤").session.owner)
    assert left.recovery_codes_left == 7


def test_a_recovery_code_is_its_owners_only(entrance: Entrance) -> None:
    entrance.hire("佐藤")
    entrance.hire("鈴木")
    _, _, codes = entrance.set_up("佐藤")
    entrance.set_up("鈴木")
    with pytest.raises(errors.SignInRefused):
        entrance.give_code(entrance.give_password("鈴木").session, codes[0])


def test_new_recovery_codes_void_the_old(entrance: Entrance) -> None:
    entrance.hire()
    _, new, codes = entrance.set_up("佐藤")
    with entrance.database.write(entrance.operator) as tx:
        fresh = second_factor.renew_recovery_codes(tx, entrance.clock, KEY, new.session)
    assert not set(fresh) & set(codes)
    with pytest.raises(errors.SignInRefused):
        entrance.give_code(entrance.give_password("佐藤").session, codes[1])
    entrance.give_code(entrance.give_password("佐藤").session, fresh[1])


def test_of_two_who_set_up_at_once_one_gets_through(entrance: Entrance) -> None:
    """Who stole the first password cannot add an app beside its owner's."""
    entrance.hire()
    owner, thief = entrance.give_password("佐藤"), entrance.give_password("佐藤")
    app = entrance.begin_app(owner.session)
    entrance.confirm_app(owner.session, app)
    with entrance.database.write(entrance.operator) as tx:
        second_factor.begin_totp(tx, KEY, thief.session.owner)
        secret = second_factor.pending_totp(tx, KEY, thief.session.owner)
    assert not entrance.is_in(thief.token, Audience.SET_UP)
    with pytest.raises(errors.SignInRefused):
        entrance.confirm_app(thief.session, type(app)(secret))
    entrance.clock.advance(timedelta(seconds=30))
    half = entrance.give_password("佐藤").session
    # The owner's app is the one that counts.
    assert entrance.is_in(entrance.give_code(half, entrance.code(app)).token)


def test_the_last_second_factor_stays(entrance: Entrance) -> None:
    entrance.hire()
    _, new, _ = entrance.set_up("佐藤")
    with (
        pytest.raises(errors.LastSecondFactor),
        entrance.database.write(entrance.operator) as tx,
    ):
        second_factor.remove_totp(tx, entrance.clock, new.session)


def test_a_page_left_open_changes_no_way_in(entrance: Entrance) -> None:
    entrance.hire()
    _, new, _ = entrance.set_up("佐藤")
    entrance.clock.advance(timedelta(minutes=10))
    assert entrance.is_in(new.token)
    for change in (
        lambda tx: second_factor.renew_recovery_codes(tx, entrance.clock, KEY, new.session),
        lambda tx: second_factor.remove_totp(tx, entrance.clock, new.session),
    ):
        with (
            pytest.raises(errors.SignInTooOld),
            entrance.database.write(entrance.operator) as tx,
        ):
            change(tx)


def test_who_lost_everything_sets_up_anew(entrance: Entrance) -> None:
    member = entrance.hire()
    app, new, codes = entrance.set_up("佐藤")
    with entrance.database.write(entrance.operator) as tx:
        second_factor.forget_all(tx, member.id)
    assert not entrance.is_in(new.token)
    half = entrance.give_password("佐藤")
    assert half.session.audience is Audience.SET_UP
    for code in (entrance.code(app), codes[0]):
        with pytest.raises(errors.SignInRefused):
            entrance.give_code(half.session, code)


def test_the_tables_give_no_secret_away(entrance: Entrance) -> None:
    entrance.hire()
    app, new, codes = entrance.set_up("佐藤")
    with entrance.database.write(entrance.operator) as tx:
        told = repr(
            [
                tx.rows("SELECT * FROM staff_totp"),
                tx.rows("SELECT * FROM staff_recovery_code"),
                tx.rows("SELECT * FROM session"),
            ]
        )
    for secret in (app.secret, new.token, *codes, codes[0].replace("-", "")):
        assert secret not in told


def test_a_secret_of_one_member_is_of_no_use_in_anothers_row(entrance: Entrance) -> None:
    """Who can write the table but has no key cannot give somebody their own app."""
    first, second = entrance.hire("佐藤"), entrance.hire("鈴木")
    app, _, _ = entrance.set_up("佐藤")
    entrance.set_up("鈴木")
    with entrance.database.write(entrance.operator) as tx:
        tx.execute(
            "UPDATE staff_totp SET secret = (SELECT secret FROM staff_totp WHERE staff = %s)"
            " WHERE staff = %s",
            (first.id, second.id),
        )
    with pytest.raises(errors.SignInRefused):
        entrance.give_code(entrance.give_password("鈴木").session, entrance.code(app))


def test_after_a_change_of_password_the_old_one_is_dead_at_once(entrance: Entrance) -> None:
    """Also for a sign-in that compared it a moment before (faults.md E76)."""
    entrance.needs_second_factor = False
    entrance.hire()
    mine, other = entrance.give_password("佐藤"), entrance.give_password("佐藤")
    with entrance.database.write(entrance.operator) as tx:
        early, change = (
            sign_in.begin_staff(
                tx, entrance.clock, KEY, name="佐藤", password=PASSWORD, network="192.0.2.9"
            )
            for _ in range(2)
        )
    assert sign_in.is_right(early)
    with entrance.database.write(entrance.operator) as tx:
        new = sign_in.change_password(
            tx, entrance.clock, mine.session, change, password_hash("another long password")
        )
    assert entrance.is_in(new.token)
    assert not entrance.is_in(mine.token)
    assert not entrance.is_in(other.token)
    with (
        pytest.raises(errors.SignInRefused),
        entrance.database.write(entrance.operator) as tx,
    ):
        sign_in.finish_staff(tx, entrance.clock, early, needs_second_factor=False)
    with pytest.raises(errors.SignInRefused):
        entrance.give_password("佐藤")
    entrance.give_password("佐藤", "another long password")


def test_sign_ins_race_a_change_of_password_and_none_survives(entrance: Entrance) -> None:
    """RACE: on eight connections at once, as eight workers would (faults.md E76)."""
    entrance.needs_second_factor = False
    entrance.hire()
    mine = entrance.give_password("佐藤")
    with entrance.database.write(entrance.operator) as tx:
        attempts = [
            sign_in.begin_staff(
                tx, entrance.clock, KEY, name="佐藤", password=PASSWORD, network="192.0.2.9"
            )
            for _ in range(4)
        ]
    barrier, chosen = Barrier(8), password_hash("another long password")

    def come_in(number: int) -> str:
        barrier.wait()
        with (
            contextlib.suppress(errors.SignInRefused),
            entrance.database.write(entrance.operator) as tx,
        ):
            if number == 0:
                sign_in.change_password(tx, entrance.clock, mine.session, attempts[0], chosen)
            else:
                return sign_in.finish_staff(
                    tx, entrance.clock, attempts[number % 4], needs_second_factor=False
                ).token
        return ""

    with ThreadPoolExecutor(8) as pool:
        tokens = list(pool.map(come_in, range(8)))
    assert not any(entrance.is_in(token) for token in tokens if token)


def test_who_left_is_out_also_half_way(entrance: Entrance) -> None:
    member = entrance.hire()
    app, _, _ = entrance.set_up("佐藤")
    half = entrance.give_password("佐藤")
    with entrance.database.write(entrance.operator) as tx:
        staff.leave(tx, entrance.clock, member.id)
    assert not entrance.is_in(half.token, Audience.SECOND_STEP)
    with pytest.raises(errors.SignInRefused):
        entrance.give_code(half.session, entrance.code(app))
