"""Events, stamps, exchanges, things and money in and out, on a real PostgreSQL."""

from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from ichimai import audit
from ichimai.kernel import Asset, ids
from ichimai.kernel.errors import DomainError
from ichimai.ledger import Posted
from ichimai.ledger.errors import NotAcceptedHere
from ichimai.people.records import claims
from ichimai.people.records.claims import ClaimKind, NewClaim, Source
from ichimai.programs import stock
from ichimai.programs.errors import UnknownProgram
from ichimai.programs.model import (
    CashOutRequest,
    EarningRequest,
    ExchangeRequest,
    LookRequest,
    RedemptionRequest,
    StampRequest,
    TopUpRequest,
)
from tests.integration.programs.fair import Fair, moved
from tests.town import Town


@pytest.fixture
def fair(town: Town) -> Fair:
    return Fair(town).open()


def event(fair: Fair, who: str, name: str, *, other: str = "") -> Posted | DomainError:
    town = fair.town
    (answer,) = fair.ask(
        EarningRequest(
            id=town.operation(),
            token=town.token("pharmacy"),
            credential=town.cards[who],
            event=name,
            other=town.cards[other] if other else "",
        )
    )
    return answer


def exchange(fair: Fair, program: str, key: str, *, times: int = 1) -> Posted | DomainError:
    town = fair.town
    (answer,) = fair.ask(
        ExchangeRequest(
            id=town.operation(),
            token=town.token("greengrocer"),
            credential=town.cards["taro"],
            program=Asset(program),
            exchange=key,
            times=times,
        )
    )
    return answer


def stamp(fair: Fair, shop: str) -> Posted | DomainError:
    town = fair.town
    (answer,) = fair.ask(
        StampRequest(
            id=town.operation(),
            token=town.token(shop),
            credential=town.cards["taro"],
            program=Asset("rally"),
        )
    )
    return answer


def test_a_class_gives_points_once_a_day_and_to_who_brought_a_friend(fair: Fair) -> None:
    answer = event(fair, "taro", "health-class", other="kazu")
    assert moved(answer) == [("earn", "full-card", 500), ("earn", "full-card", 100)]
    assert (fair.left("taro", "full-card"), fair.left("kazu", "full-card")) == (500, 100)
    assert moved(event(fair, "taro", "health-class")) == [("limit_reached", "", 0)]
    assert moved(event(fair, "taro", "no-such-event")) == [("nothing_earned_here", "", 0)]
    fair.town.clock.advance(timedelta(days=1))
    assert moved(event(fair, "taro", "health-class")) == [("earn", "full-card", 500)]
    fair.verify()


def test_the_same_event_by_the_same_id_is_the_same_answer(fair: Fair) -> None:
    town = fair.town
    asked = EarningRequest(
        id=town.operation(),
        token=town.token("pharmacy"),
        credential=town.cards["taro"],
        event="health-class",
    )
    first, again = fair.ask(asked, asked)
    assert isinstance(first, Posted)
    assert isinstance(again, Posted)
    assert (first.is_replay, again.is_replay) == (False, True)
    assert fair.left("taro", "full-card") == 500


def test_a_full_card_pays_in_whole_cards_only(fair: Fair) -> None:
    """500 points are one card of 400; a sale below 400 yen takes none."""
    event(fair, "taro", "health-class")
    below = fair.buy("taro", "supermarket", 399, pay_with=["full-card"])
    assert ("payment", "full-card", 400) not in moved(below)
    answer = fair.buy("taro", "supermarket", 1_000, pay_with=["full-card"])
    assert moved(answer) == [("payment", "full-card", 400)]
    assert fair.left("taro", "full-card") == 100
    fair.verify()


def test_an_exchange_needs_its_minimum_and_keeps_its_limit(fair: Fair) -> None:
    assert moved(exchange(fair, "full-card", "to-points")) == [("minimum_not_reached", "", 0)]
    event(fair, "taro", "health-class")
    answer = exchange(fair, "full-card", "to-points", times=4)
    assert moved(answer) == [("exchange", "full-card", 400), ("earn", "street-points", 320)]
    assert moved(exchange(fair, "full-card", "to-points")) == [("limit_reached", "", 0)]
    assert moved(exchange(fair, "full-card", "no-such")) == [("no_such_choice", "", 0)]
    fair.verify()


def test_a_rally_stamps_once_a_shop_and_three_are_a_towel(fair: Fair) -> None:
    for shop in ("greengrocer", "teahouse", "pharmacy"):
        assert moved(stamp(fair, shop)) == [("earn", "rally", 1)]
        assert moved(stamp(fair, shop)) == [("limit_reached", "", 0)]
    assert moved(exchange(fair, "rally", "prize")) == [("exchange", "rally", 3)]
    assert moved(exchange(fair, "rally", "prize")) == [("insufficient_balance", "", 0)]
    fair.verify()


def test_a_sapling_is_handed_over_while_there_are_any(fair: Fair) -> None:
    town = fair.town
    place = town.shops["greengrocer"].id
    with town.database.write(town.operator) as tx:
        stock.deliver(
            tx,
            town.clock,
            town.operation(),
            program=Asset("saplings"),
            thing="plum",
            place=place,
            pieces=1,
            by=ids.NIL,
        )
    answers = []
    for who in ("taro", "kazu"):
        event(fair, who, "greening")
        (answer,) = fair.ask(
            RedemptionRequest(
                id=town.operation(),
                token=town.token("greengrocer"),
                credential=town.cards[who],
                program=Asset("saplings"),
                thing="plum",
            )
        )
        answers.append(moved(answer))
    assert answers[0] == [("payment", "saplings", 1), ("handover", "saplings.plum", 1)]
    assert answers[1] == [("out_of_stock", "", 0)]
    with town.database.read(town.operator) as tx:
        assert stock.left(tx, Asset("saplings"), "plum") == {}
    fair.verify()


def money(fair: Fair, units: int, *, is_out: bool = False) -> list[tuple[str, str, int]]:
    town = fair.town
    kind = CashOutRequest if is_out else TopUpRequest
    (answer,) = fair.ask(
        kind(
            id=town.operation(),
            token=town.token("pharmacy"),
            credential=town.cards["taro"],
            program=Asset("sports"),
            units=units,
        )
    )
    return moved(answer)


def test_money_comes_in_with_its_premium_and_goes_out(fair: Fair) -> None:
    assert money(fair, 1_200) == [("top_up_not_allowed", "", 0)]
    assert money(fair, 2_000) == [
        ("top_up", "sports", 2_000),
        ("top_up", "sports-deposit", 3_000),
        ("earn", "sports-premium", 200),
    ]
    assert money(fair, 1_000) == [("top_up", "sports", 1_000), ("earn", "sports-premium", 50)]
    assert money(fair, 17_500) == [("limit_reached", "", 0)]
    assert money(fair, 3_001, is_out=True) == [("insufficient_balance", "", 0)]
    assert money(fair, 3_000, is_out=True) == [("cash_out", "sports", 3_000)]
    fair.verify()


def test_only_one_sapling_is_handed_over_a_day(fair: Fair) -> None:
    """Rights keep the limits of their use, as money does."""
    town = fair.town
    with town.database.write(town.operator) as tx:
        stock.deliver(
            tx,
            town.clock,
            town.operation(),
            program=Asset("saplings"),
            thing="plum",
            place=town.shops["greengrocer"].id,
            pieces=9,
            by=ids.NIL,
        )
    event(fair, "taro", "greening")
    event(fair, "taro", "greening")
    assert fair.left("taro", "saplings") == 2
    asked = RedemptionRequest(
        id=town.operation(),
        token=town.token("greengrocer"),
        credential=town.cards["taro"],
        program=Asset("saplings"),
        thing="plum",
    )
    (first,) = fair.ask(asked)
    assert isinstance(first, Posted)
    again = replace(asked, id=town.operation())
    assert [moved(answer) for answer in fair.ask(again)] == [[("limit_exceeded", "", 0)]]
    town.clock.advance(timedelta(days=1))
    (later,) = fair.ask(replace(asked, id=town.operation()))
    assert isinstance(later, Posted)


def test_somebody_elses_pass_is_looked_at_and_nothing_else_is_told(fair: Fair) -> None:
    town = fair.town

    def look(shop: str, program: str = "bus-pass") -> bool:
        asked = LookRequest(
            id=town.operation(), token=town.token(shop), credential=town.cards["taro"]
        )
        return town.desk.is_entitled(asked, Asset(program))

    assert look("pharmacy") is False
    claim = NewClaim(ClaimKind.BIRTH_DATE, "1950-03-03", Source.LIST, "list", date(2026, 9, 1))
    with town.database.write(town.operator) as tx:
        claims.add(
            tx,
            town.personal_key,
            town.clock,
            audit.Look(staff=town.staff["officer"].id, role="officer", purpose=audit.Purpose.LIST),
            town.subjects["taro"],
            claim=claim,
        )
    assert look("pharmacy") is True
    with pytest.raises(NotAcceptedHere):
        look("teahouse")
    with pytest.raises(UnknownProgram):
        look("pharmacy", "sports")
