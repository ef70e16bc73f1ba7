"""Two people who turn out to be one: what they have moves, counts together, and goes back."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from ichimai import ledger, people, programs, registry, storage
from ichimai.kernel import Asset
from ichimai.kernel.errors import DomainError
from ichimai.ledger import Kind, Posted
from ichimai.ledger.model import Grant, Role
from ichimai.people.model import Staff, StaffRole
from ichimai.programs import Desk, funding, one_person, upkeep
from ichimai.programs.joining import Moving
from ichimai.programs.model import EarningRequest, RefundRequest, StampRequest
from ichimai.registry.errors import LaterMergeFirst, SplitBefore
from ichimai.registry.model import ChangeId
from ichimai.storage import REGISTRY, operator_schema
from tests.integration.programs.fair import Fair, moved
from tests.integration.programs.office import Crash, DyingDatabase, Office, kiju
from tests.integration.programs.test_earning import coffee, money
from tests.passwords import cheap_hash
from tests.town import GIFT, Town


@pytest.fixture
def registrars(town: Town) -> tuple[Staff, Staff]:
    with town.database.write(town.operator) as tx:
        one, other = (
            people.staff.add(
                tx,
                town.clock,
                name=name,
                role=StaffRole.REGISTRAR,
                password=cheap_hash("a-long-password"),
            )
            for name in ("森 登", "加藤 録")
        )
    return one, other


Two = tuple[Staff, Staff]


def merged(town: Town, two: Two, kept: str, given_up: str) -> ChangeId:
    """Two people are made one."""
    asked = one_person.ask_merge(
        town.desk,
        kept=town.subjects[kept],
        merged=town.subjects[given_up],
        reason="papers seen",
        by=two[0],
    )
    return one_person.approve(town.desk, asked.id, by=two[1]).id


def split(town: Town, two: Two, change: ChangeId) -> None:
    asked = one_person.ask_split(town.desk, change, reason="somebody else", by=two[0])
    one_person.approve(town.desk, asked.id, by=two[1])


def moving(town: Town, two: Two) -> Moving:
    """What the one request that waits would move."""
    with town.database.read(town.operator) as tx:
        (waiting,) = people.two_person.undone(tx, town.clock, one_person.DEEDS)
    return one_person.look_at(town.desk, waiting.id, by=two[1])


def units(sums: Sequence[tuple[programs.terms.Program, int]]) -> dict[str, int]:
    return {program.key: count for program, count in sums}


def refund(town: Town, payment: ledger.OperationId, count: int) -> None:
    request = RefundRequest(
        id=town.operation(), token=town.token("greengrocer"), payment=payment, units=count
    )
    (answer,) = town.desk.serve([request])
    assert isinstance(answer, Posted), answer


def test_what_they_have_moves_and_what_is_left_of_it_goes_back(
    town: Town, registrars: Two, office: Office
) -> None:
    """And what comes back in between to the wallet that was given up follows."""
    paid = town.pay("taro", "greengrocer", 3_000)
    asked = one_person.ask_merge(
        town.desk,
        kept=town.subjects["hanako"],
        merged=town.subjects["taro"],
        reason="papers seen",
        by=registrars[0],
    )
    assert units(moving(town, registrars).moves) == {GIFT.key: 17_000}
    change = one_person.approve(town.desk, asked.id, by=registrars[1]).id
    assert (town.balance("hanako"), town.balance("taro")) == (27_000, 0)
    for _ in range(2):
        town.pay("taro", "greengrocer", 6_000)
    refund(town, paid, 1_000)
    assert upkeep.gather(town.desk) == 1
    assert upkeep.gather(town.desk) == 0
    assert (town.balance("hanako"), town.balance("taro")) == (16_000, 0)
    one_person.ask_split(town.desk, change, reason="somebody else", by=registrars[0])
    would = moving(town, registrars)
    back, stays = units(would.moves)[GIFT.key], units(would.stays)[GIFT.key]
    assert back + stays == 18_000
    assert stays >= 2_000
    with town.database.read(town.operator) as tx:
        (waiting,) = people.two_person.undone(tx, town.clock, one_person.DEEDS)
    one_person.approve(town.desk, waiting.id, by=registrars[1])
    assert (town.balance("hanako"), town.balance("taro")) == (16_000 - back, back)
    refund(town, paid, 500)
    assert upkeep.gather(town.desk) == 0
    assert (town.balance("hanako"), town.balance("taro")) == (16_000 - back, back + 500)
    office.verify()


def earn(fair: Fair, who: str) -> Posted | DomainError:
    town = fair.town
    (answer,) = fair.ask(
        EarningRequest(
            id=town.operation(),
            token=town.token("pharmacy"),
            credential=town.cards[who],
            event="health-class",
        )
    )
    return answer


def stamp(fair: Fair, who: str) -> Posted | DomainError:
    town = fair.town
    (answer,) = fair.ask(
        StampRequest(
            id=town.operation(),
            token=town.token("greengrocer"),
            credential=town.cards[who],
            program=Asset("rally"),
        )
    )
    return answer


def test_limits_count_over_both_and_apart_again(town: Town, registrars: Two) -> None:
    """Of a day, of a shop where a stamp is given once ever, and of what is paid back in cash."""
    fair = Fair(town).open(coffee())
    key = Asset("coffee")
    money(fair, 1_000, key)
    assert money(fair, 1_000, key, is_out=True) == [("cash_out", "coffee", 1_000)]
    assert moved(earn(fair, "taro")) == [("earn", "full-card", 500)]
    assert moved(stamp(fair, "taro")) == [("earn", "rally", 1)]
    change = merged(town, registrars, "hanako", "taro")
    assert moved(earn(fair, "hanako")) == [("limit_reached", "", 0)]
    assert moved(stamp(fair, "hanako")) == [("limit_reached", "", 0)]
    money(fair, 1_000, key)
    assert money(fair, 1, key, is_out=True) == [("limit_reached", "", 0)]
    split(town, registrars, change)
    assert moved(earn(fair, "hanako")) == [("earn", "full-card", 500)]
    assert moved(stamp(fair, "hanako")) == [("earn", "rally", 1)]
    assert moved(earn(fair, "taro")) == [("limit_reached", "", 0)]
    fair.verify()


def test_goods_that_come_back_take_their_points_from_who_stays_and_not_from_both(
    town: Town, registrars: Two
) -> None:
    """And leave room for as many: 50 a day, of both together; apart, each has its own."""
    fair = Fair(town).open()
    sale, other = (fair.buy(who, "greengrocer", 3_000, pay_with=[]) for who in ("taro", "hanako"))
    assert isinstance(sale, Posted)
    assert isinstance(other, Posted)
    change = merged(town, registrars, "hanako", "taro")
    assert points(fair) == (0, 60)
    back = fair.bring_back(sale, "greengrocer", 2_000)
    assert moved(back) == [("recall", "street-points", 20), ("take_back", "street-points", 20)]
    assert points(fair) == (0, 40)
    with town.database.read(town.operator) as tx:
        (entry, *_) = programs.wallets.history(tx, town.subjects["hanako"])
    assert (entry.kind, entry.units, entry.shop) == (Kind.RECALL, -20, "丸福青果")
    assert moved(fair.buy("taro", "greengrocer", 9_000, pay_with=[])) == [
        ("earn", "street-points", 10)
    ]
    asked = one_person.ask_split(town.desk, change, reason="somebody else", by=registrars[0])
    would = moving(town, registrars)
    assert units(would.moves)["street-points"] == 10
    assert units(would.stays) == {}
    one_person.approve(town.desk, asked.id, by=registrars[1])
    assert points(fair) == (10, 40)
    fair.bring_back(sale, "greengrocer", 1_000)
    fair.bring_back(other, "greengrocer", 3_000)
    assert points(fair) == (0, 10)
    for who, room in (("taro", 50), ("hanako", 40)):
        bought = fair.buy(who, "greengrocer", 8_000, pay_with=[])
        assert moved(bought) == [("earn", "street-points", room)]
    fair.verify()


def points(fair: Fair) -> tuple[int, int]:
    """Of the street, what taro and hanako have."""
    return fair.left("taro", "street-points"), fair.left("hanako", "street-points")


def test_what_one_list_gave_both_is_said_before_it_is_approved(
    office: Office, registrars: Two
) -> None:
    town = office.town
    office.granted(kiju("1"), kiju("2"), kiju("3"))
    with town.database.read(town.operator) as tx:
        people_of = dict(tx.rows("SELECT number, subject FROM recipient"))
    one_person.ask_merge(
        town.desk, kept=people_of["1"], merged=people_of["2"], reason="twice", by=registrars[0]
    )
    (double,) = moving(town, registrars).doubles
    assert (double.program.key, double.reason) == (GIFT.key, "喜寿")
    assert (double.kept_units, double.merged_units) == (10_000, 10_000)
    with town.database.read(town.operator) as tx:
        looks = tx.rows("SELECT subject, what FROM access_entry")
    assert set(looks) == {(people_of["1"], "wallet"), (people_of["2"], "wallet")}


def test_a_list_that_names_who_was_given_up_still_reaches_them(
    office: Office, registrars: Two
) -> None:
    """The number of the resident register stays that of a record which no card leads to."""
    town = office.town
    with town.database.write(town.operator) as tx:
        programs.lists.link(tx, [("7", town.subjects["kazu"])])
    merged(town, registrars, "hanako", "kazu")
    office.granted(kiju("7"))
    assert (town.balance("hanako"), town.balance("kazu")) == (10_100, 10_000)
    assert upkeep.gather(town.desk) == 1
    assert (town.balance("hanako"), town.balance("kazu")) == (20_100, 0)


def test_the_last_of_two_merges_is_taken_back_first(
    town: Town, registrars: Two, office: Office
) -> None:
    first = merged(town, registrars, "hanako", "taro")
    last = merged(town, registrars, "kazu", "hanako")
    assert town.balance("kazu") == 30_100
    with pytest.raises(LaterMergeFirst) as refused:
        split(town, registrars, first)
    assert refused.value.change == last
    split(town, registrars, last)
    assert (town.balance("kazu"), town.balance("hanako")) == (100, 30_000)
    with pytest.raises(SplitBefore):
        split(town, registrars, last)
    split(town, registrars, first)
    assert (town.balance("hanako"), town.balance("taro")) == (10_000, 20_000)
    office.verify()


@pytest.mark.parametrize("crashes", range(3))
def test_what_a_crash_left_half_done_is_finished_once(
    town: Town, registrars: Two, crashes: int
) -> None:
    """Approved, one person, moved: died after each of these steps, and approved again."""
    one, other = registrars
    subjects = {"kept": town.subjects["hanako"], "merged": town.subjects["taro"]}
    merge = one_person.ask_merge(town.desk, **subjects, reason="papers seen", by=one)
    dying = DyingDatabase(town.database.url, crashes)
    with pytest.raises(Crash):
        one_person.approve(_at(town, dying), merge.id, by=other)
    change = one_person.approve(town.desk, merge.id, by=other).id
    assert (town.balance("hanako"), town.balance("taro")) == (30_000, 0)
    asked = one_person.ask_split(town.desk, change, reason="somebody else", by=one)
    dying.left = crashes
    with pytest.raises(Crash):
        one_person.approve(_at(town, dying), asked.id, by=other)
    one_person.approve(town.desk, asked.id, by=other)
    assert (town.balance("hanako"), town.balance("taro")) == (10_000, 20_000)
    with town.database.read(town.operator) as tx:
        for kind in (Kind.MERGE, Kind.SPLIT):
            assert ledger.reports.total_moved(tx, [kind]) == 20_000
    dying.close()


def _at(town: Town, database: DyingDatabase) -> Desk:
    return replace(town.desk, database=database)


def test_another_operator_that_knows_both_follows_in_its_next_round(
    town: Town, registrars: Two
) -> None:
    """Their cards are one person's there at once; so is what they have, and apart again."""
    neighbour = operator_schema("131041")
    storage.migrate.migrate(town.database.url, [neighbour], town.clock.now(), months_ahead=2)
    desk = replace(town.desk, operator=neighbour, sector="131041")
    with town.database.write(REGISTRY) as tx:
        names = ("hanako", "taro")
        holders = [registry.holders.of_subject(tx, "131164", town.subjects[n]) for n in names]
        hanako, taro = registry.holders.subjects(tx, town.clock, "131041", holders)
    with town.database.write(neighbour) as tx:
        programs.lists.open_program(tx, town.clock, GIFT)
        grant = Grant(
            operation=town.operation(),
            wallet=taro,
            funder=funding.funder_id(GIFT),
            asset=GIFT.key,
            units=700,
            expires_at=town.clock.now() + timedelta(days=30),
        )
        ledger.post(tx, town.clock, [grant])

    def balances() -> dict[UUID, int]:
        upkeep.gather(desk)
        with town.database.snapshot(neighbour) as tx:
            ledger.verification.verify(tx)
            return ledger.reports.balances(tx, Role.WALLET, GIFT.key)

    change = merged(town, registrars, "hanako", "taro")
    assert balances() == balances() == {hanako: 700}
    split(town, registrars, change)
    assert balances() == balances() == {taro: 700}
