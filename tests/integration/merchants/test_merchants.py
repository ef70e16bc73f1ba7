"""Associations, shops and tills on a real PostgreSQL."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from ichimai import merchants
from ichimai.kernel import errors
from ichimai.kernel.clock import ManualClock
from ichimai.merchants import Association, Shop, ShopId, ShopSize
from ichimai.storage import Database, Schema
from tests.integration.merchants.conftest import STREETS, new_shop


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
