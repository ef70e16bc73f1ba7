"""How a device becomes a till by a code: once, and again where the answer was lost."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from secrets import token_urlsafe
from uuid import uuid4

import pytest

from ichimai import merchants
from ichimai.kernel.clock import ManualClock
from ichimai.merchants import Shop, ShopId
from ichimai.storage import Database, Schema
from tests.integration.merchants.test_merchants import terminals

KEY, SECRET = b"the operator's key", token_urlsafe(32)


def new_code(database: Database, operator: Schema, clock: ManualClock, shop: Shop) -> str:
    with database.write(operator) as tx:
        return merchants.tills.new_enrolment(tx, clock, shop.id)


def enrol(
    database: Database, operator: Schema, clock: ManualClock, code: str, secret: str | None = None
) -> merchants.EnrolledTerminal:
    """What a device gets for a code; ``secret`` None: no device that was there before."""
    mine = token_urlsafe(32) if secret is None else secret
    with database.write(operator) as tx:
        return merchants.tills.enrol(tx, clock, KEY, code, secret=mine)


def test_a_code_makes_a_device_a_till(
    database: Database, operator: Schema, clock: ManualClock, town: list[Shop]
) -> None:
    """A code, typed as people type, gives a token that works at that shop."""
    code = new_code(database, operator, clock, town[2])
    till = enrol(database, operator, clock, code.lower().replace("-", ""))
    assert till.shop == town[2].id
    (found,) = terminals(database, operator, [till.token])
    assert found is not None
    assert (found.terminal, found.shop) == (till.terminal, town[2].id)


def test_a_code_is_not_made_for_nobody(
    database: Database, operator: Schema, clock: ManualClock
) -> None:
    """An unknown shop gets no code."""
    with pytest.raises(merchants.errors.UnknownShop), database.write(operator) as tx:
        merchants.tills.new_enrolment(tx, clock, ShopId(uuid4()))


def test_a_code_works_once(
    database: Database, operator: Schema, clock: ManualClock, town: list[Shop]
) -> None:
    """A used code is refused, and its till goes on working."""
    code = new_code(database, operator, clock, town[0])
    till = enrol(database, operator, clock, code)
    with pytest.raises(merchants.errors.EnrolmentRefused):
        enrol(database, operator, clock, code)
    assert terminals(database, operator, [till.token]) != [None]


def test_a_device_whose_answer_was_lost_gets_its_till_again(
    database: Database, operator: Schema, clock: ManualClock, town: list[Shop]
) -> None:
    """As long as the code is good; whoever lacks its secret, or has only another code, does not."""
    code = new_code(database, operator, clock, town[0])
    till = enrol(database, operator, clock, code, SECRET)
    for _ in range(2):
        clock.advance(timedelta(hours=12) - timedelta(milliseconds=1))
        assert enrol(database, operator, clock, code.lower(), SECRET) == till
        with pytest.raises(merchants.errors.EnrolmentRefused):
            enrol(database, operator, clock, code, SECRET[:-1])
    other = enrol(database, operator, clock, new_code(database, operator, clock, town[0]), SECRET)
    assert (other.terminal, other.token) != (till.terminal, till.token)
    clock.advance(timedelta(milliseconds=2))
    with pytest.raises(merchants.errors.EnrolmentRefused):
        enrol(database, operator, clock, code, SECRET)
    with database.read(operator) as tx:
        assert len(merchants.tills.terminals_of(tx, town[0].id)) == 2


def test_a_code_does_not_bring_a_till_back_that_was_ended(
    database: Database, operator: Schema, clock: ManualClock, town: list[Shop]
) -> None:
    code = new_code(database, operator, clock, town[0])
    till = enrol(database, operator, clock, code, SECRET)
    with database.write(operator) as tx:
        merchants.tills.revoke(tx, clock, till.terminal)
    with pytest.raises(merchants.errors.EnrolmentRefused):
        enrol(database, operator, clock, code, SECRET)


def test_nobody_works_a_token_out_of_the_code_and_the_secret(
    database: Database, operator: Schema, clock: ManualClock, town: list[Shop]
) -> None:
    """Another operator's key gives another one."""
    code = new_code(database, operator, clock, town[0])
    till = enrol(database, operator, clock, code, SECRET)
    with pytest.raises(merchants.errors.EnrolmentRefused), database.write(operator) as tx:
        merchants.tills.enrol(tx, clock, b"another key", code, secret=SECRET)
    assert terminals(database, operator, [till.token]) != [None]


@pytest.mark.parametrize(
    "age, is_accepted",
    [
        (timedelta(hours=24) - timedelta(milliseconds=1), True),
        (timedelta(hours=24), False),
        (timedelta(days=30), False),
    ],
)
def test_a_code_works_for_24_hours(
    database: Database,
    operator: Schema,
    clock: ManualClock,
    town: list[Shop],
    age: timedelta,
    *,
    is_accepted: bool,
) -> None:
    """A paper found later makes nobody a shop."""
    code = new_code(database, operator, clock, town[0])
    clock.advance(age)
    if is_accepted:
        enrol(database, operator, clock, code)
    else:
        with pytest.raises(merchants.errors.EnrolmentRefused):
            enrol(database, operator, clock, code)


@pytest.mark.usefixtures("town")
def test_an_unknown_code_is_refused_like_a_used_one(
    database: Database, operator: Schema, clock: ManualClock
) -> None:
    """Who guesses learns nothing of which codes exist."""
    with pytest.raises(merchants.errors.EnrolmentRefused):
        enrol(database, operator, clock, "00000-00000-0")


def test_of_racing_tills_one_gets_the_code(
    database: Database, operator: Schema, clock: ManualClock, town: list[Shop]
) -> None:
    """Eight devices bring one code at once: one becomes a till, and only one."""
    code = new_code(database, operator, clock, town[0])
    barrier = threading.Barrier(8)

    def bring(_: int) -> bool:
        barrier.wait()
        try:
            enrol(database, operator, clock, code)
        except merchants.errors.EnrolmentRefused:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(bring, range(8))) == 1
    with database.read(operator) as tx:
        assert len(merchants.tills.terminals_of(tx, town[0].id)) == 1


def test_of_two_devices_that_both_ask_again_and_again_one_gets_the_till(
    database: Database, operator: Schema, clock: ManualClock, town: list[Shop]
) -> None:
    """All at once, each four times: one has its till four times, and the other never."""
    code = new_code(database, operator, clock, town[0])
    barrier = threading.Barrier(8)

    def bring(number: int) -> tuple[str, merchants.EnrolledTerminal | None]:
        device = SECRET if number % 2 else SECRET[::-1]
        barrier.wait()
        try:
            return device, enrol(database, operator, clock, code, device)
        except merchants.errors.EnrolmentRefused:
            return device, None

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(bring, range(8)))
    winner = next(device for device, till in answers if till)
    tills = [till for device, till in answers if device == winner]
    assert len(tills) == 4
    assert len({(till and till.terminal, till and till.token) for till in tills}) == 1
    assert not any(till for device, till in answers if device != winner)
    with database.read(operator) as tx:
        assert len(merchants.tills.terminals_of(tx, town[0].id)) == 1


def test_no_token_and_no_code_is_at_rest(
    database: Database, operator: Schema, clock: ManualClock, town: list[Shop]
) -> None:
    """Whoever copies the tables can neither pay nor enrol."""
    code = new_code(database, operator, clock, town[0])
    till = enrol(database, operator, clock, new_code(database, operator, clock, town[0]))
    with database.read(operator) as tx:
        rows = tx.rows(
            "SELECT t::text FROM terminal AS t UNION ALL SELECT e::text FROM enrolment AS e"
        )
    text = "\n".join(row for (row,) in rows).upper()
    for secret in (code, code.replace("-", ""), till.token):
        assert secret.upper() not in text
        assert secret.encode().hex().upper() not in text
