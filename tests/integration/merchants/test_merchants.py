"""Associations, shops and tills on a real PostgreSQL."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from secrets import token_urlsafe
from uuid import uuid4

import pytest

from ichimai import merchants
from ichimai.kernel import errors, ids
from ichimai.kernel.clock import ManualClock
from ichimai.merchants import Association, BankAccount, Shop, ShopId, ShopSize
from ichimai.storage import Database, Schema

STREETS = [
    Association(1, "アザレア通り商店会", 54, accepts_gift_vouchers=True),
    Association(8, "巣鴨地蔵通り商店街振興組合", 171, accepts_gift_vouchers=True),
    Association(90, "えびす通り高松商店会", 14, accepts_gift_vouchers=False),
]
KEY, SECRET = b"the operator's key", token_urlsafe(32)
ACCOUNT = BankAccount("0001", "ﾐｽﾞﾎ", "007", "ｽｶﾞﾓ", 1, "1234567", "ﾏﾙﾔ ﾕ)")


def new_shop(clock: ManualClock, number: str, name: str = "丸屋", kana: str = "マルヤ") -> Shop:
    return Shop(
        id=ShopId(ids.uuid7(clock)),
        number=number,
        association=int(number[:2]),
        name=name,
        kana=kana,
        size=ShopSize.MEDIUM,
        category="food",
        account=ACCOUNT,
    )


@pytest.fixture
def town(database: Database, operator: Schema, clock: ManualClock) -> list[Shop]:
    """Three streets and four shops."""
    shops = [
        new_shop(clock, "08-002", "ＮＥＷまるや", "ニューマルヤ"),
        new_shop(clock, "01-001", "駒込パン", "コマゴメパン"),
        new_shop(clock, "08-001", "髙﨑茶舗", "タカサキチャホ"),
        new_shop(clock, "90-014", "50% off % _ 商店", "ハンガクショウテン"),
    ]
    with database.write(operator) as tx:
        merchants.directory.add_associations(tx, STREETS)
        merchants.directory.add_shops(tx, shops)
    return shops


def find(
    database: Database, operator: Schema, query: str = "", association: int | None = None
) -> list[str]:
    with database.read(operator) as tx:
        return [shop.number for shop in merchants.directory.shops(tx, query, association)]


def terminals(
    database: Database, operator: Schema, tokens: Sequence[str]
) -> list[merchants.TerminalAtShop | None]:
    with database.read(operator) as tx:
        return merchants.tills.terminals(tx, tokens)


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


@pytest.mark.usefixtures("town")
def test_associations_come_back_by_number(database: Database, operator: Schema) -> None:
    """What was registered is what is read."""
    with database.read(operator) as tx:
        assert merchants.directory.associations(tx) == STREETS


def test_shops_come_back_whole(database: Database, operator: Schema, town: list[Shop]) -> None:
    """Every field, variant characters and bank account included, survives."""
    with database.read(operator) as tx:
        assert [merchants.directory.shop(tx, shop.id) for shop in town] == town


def test_names_of_shops(database: Database, operator: Schema, town: list[Shop]) -> None:
    """The names of many shops come at once; what is no shop has none."""
    with database.read(operator) as tx:
        names = merchants.directory.shop_names(tx, [town[0].id, town[2].id, uuid4()])
    assert names == {town[0].id: town[0].name, town[2].id: town[2].name}


@pytest.mark.usefixtures("town")
def test_a_shop_that_is_not_there(database: Database, operator: Schema) -> None:
    """An unknown id is refused as such."""
    with pytest.raises(merchants.errors.UnknownShop), database.read(operator) as tx:
        merchants.directory.shop(tx, ShopId(uuid4()))


@pytest.mark.usefixtures("town")
@pytest.mark.parametrize(
    "query, found",
    [
        ("", ["01-001", "08-001", "08-002", "90-014"]),
        ("08-", ["08-001", "08-002"]),
        ("０８-００１", ["08-001"]),
        ("茶舗", ["08-001"]),
        (" パン ", ["01-001"]),
        ("まるや", ["08-002"]),
        ("ﾀｶｻｷ", ["08-001"]),
        ("%", ["90-014"]),
        ("_", ["90-014"]),
        ("'; DROP TABLE shop; --", []),
        ("nowhere", []),
    ],
)
def test_shops_are_found_by_number_name_or_reading(
    database: Database, operator: Schema, query: str, found: list[str]
) -> None:
    """A search takes any kana and width, and no character in it is special."""
    assert find(database, operator, query) == found


@pytest.mark.usefixtures("town")
def test_shops_of_one_association(database: Database, operator: Schema) -> None:
    """A search can be kept to one street."""
    assert find(database, operator, association=8) == ["08-001", "08-002"]
    assert find(database, operator, "パン", association=8) == []


@pytest.mark.usefixtures("town")
def test_shops_come_in_pages(database: Database, operator: Schema) -> None:
    """A page starts after the last number of the one before."""
    with database.read(operator) as tx:
        first = merchants.directory.shops(tx, limit=3)
        rest = merchants.directory.shops(tx, limit=None, after=first[-1].number)
    assert [shop.number for shop in first + rest] == ["01-001", "08-001", "08-002", "90-014"]


def test_a_list_with_one_wrong_shop_registers_none(
    database: Database, operator: Schema, clock: ManualClock, town: list[Shop]
) -> None:
    """Registration is all or none."""
    good = new_shop(clock, "01-002")
    bad = [
        replace(good, id=ShopId(uuid4()), number="08-001", association=8),
        replace(good, id=ShopId(uuid4()), number="07-001", association=7),
        replace(good, id=ShopId(uuid4()), number="1-3"),
    ]
    for wrong in bad:
        with (
            pytest.raises(errors.DomainError),
            database.write(operator) as tx,
        ):
            merchants.directory.add_shops(tx, [good, wrong])
    assert len(find(database, operator)) == len(town)


def test_the_operators_places_are_counted_nowhere(
    database: Database, operator: Schema, clock: ManualClock, town: list[Shop]
) -> None:
    """They are found as what they are, and are no association and no shop of the town."""
    place = new_shop(clock, "00-001", "区役所", "クヤクショ")
    with database.write(operator) as tx:
        merchants.directory.add_places(tx, "豊島区の施設", [place])
    with database.read(operator) as tx:
        assert merchants.directory.places(tx) == [place]
        assert merchants.directory.shop(tx, place.id) == place
        assert merchants.directory.associations(tx) == STREETS
    assert find(database, operator) == ["01-001", "08-001", "08-002", "90-014"]
    assert find(database, operator, "区役所") == []
    assert find(database, operator, association=0) == ["00-001"]


def test_a_place_has_no_streets_number(
    database: Database, operator: Schema, clock: ManualClock
) -> None:
    with (
        database.write(operator) as tx,
        pytest.raises(merchants.errors.UnknownAssociation),
    ):
        merchants.directory.add_places(tx, "豊島区の施設", [new_shop(clock, "08-001")])


@pytest.mark.usefixtures("town")
def test_an_association_is_not_registered_twice(database: Database, operator: Schema) -> None:
    """Loading the same town again is refused."""
    with pytest.raises(merchants.errors.AlreadyRegistered), database.write(operator) as tx:
        merchants.directory.add_associations(tx, STREETS)


def test_a_whole_ward_is_registered_at_once(
    database: Database, operator: Schema, clock: ManualClock
) -> None:
    """90 associations and 4,359 shops with a till each, in one transaction."""
    streets = [
        Association(n, f"商店会{n}", 50, accepts_gift_vouchers=n <= 70) for n in range(1, 91)
    ]
    shops = [new_shop(clock, f"{n % 90 + 1:02}-{n // 90 + 1:03}") for n in range(4_359)]
    with database.write(operator) as tx:
        merchants.directory.add_associations(tx, streets)
        merchants.directory.add_shops(tx, shops)
        tills = merchants.tills.enrol_directly(tx, clock, [shop.id for shop in shops])
    found = terminals(database, operator, [till.token for till in tills])
    assert [till and till.terminal for till in found] == [till.terminal for till in tills]
    assert sum(till is not None and till.accepts_gift_vouchers for till in found) > 3_000


def test_a_till_is_known_with_its_shop_and_association(
    database: Database, operator: Schema, clock: ManualClock, town: list[Shop]
) -> None:
    """Answers come in the order of the tokens, with what acceptance needs; None: unknown."""
    with database.write(operator) as tx:
        first, second = merchants.tills.enrol_directly(tx, clock, [town[0].id, town[3].id])
    found = terminals(database, operator, [second.token, "", "ä\ud800", first.token, first.token])
    assert found == [
        (second.terminal, town[3].id, 90, False, ShopSize.MEDIUM, "food", town[3].number),
        None,
        None,
        (first.terminal, town[0].id, 8, True, ShopSize.MEDIUM, "food", town[0].number),
        (first.terminal, town[0].id, 8, True, ShopSize.MEDIUM, "food", town[0].number),
    ]
    assert terminals(database, operator, []) == []


def test_a_till_is_not_set_up_for_nobody(
    database: Database, operator: Schema, clock: ManualClock, town: list[Shop]
) -> None:
    """One unknown shop in a list refuses the list."""
    shops = [town[0].id, ShopId(uuid4())]
    with pytest.raises(merchants.errors.UnknownShop), database.write(operator) as tx:
        merchants.tills.enrol_directly(tx, clock, shops)


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


def test_a_revoked_till_is_unknown(
    database: Database, operator: Schema, clock: ManualClock, town: list[Shop]
) -> None:
    """A lost device is accepted no more; revoking it again changes nothing."""
    with database.write(operator) as tx:
        lost, kept = merchants.tills.enrol_directly(tx, clock, [town[0].id, town[0].id])
    clock.advance(timedelta(days=1))
    revoked_at = clock.now()
    for _ in range(2):
        with database.write(operator) as tx:
            merchants.tills.revoke(tx, clock, lost.terminal)
        clock.advance(timedelta(days=1))
    first, second = terminals(database, operator, [lost.token, kept.token])
    assert first is None
    assert second is not None
    with database.read(operator) as tx:
        tills = merchants.tills.terminals_of(tx, town[0].id)
    assert {till.id: till.revoked_at for till in tills} == {
        lost.terminal: revoked_at,
        kept.terminal: None,
    }


@pytest.mark.usefixtures("town")
def test_a_till_that_is_not_there_cannot_be_revoked(
    database: Database, operator: Schema, clock: ManualClock
) -> None:
    """An unknown till is refused as such."""
    with pytest.raises(merchants.errors.UnknownTerminal), database.write(operator) as tx:
        merchants.tills.revoke(tx, clock, merchants.TerminalId(uuid4()))


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
