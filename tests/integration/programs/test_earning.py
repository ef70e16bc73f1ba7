"""Events, stamps, exchanges, things and money in and out, on a real PostgreSQL."""

from datetime import date, timedelta
from typing import Any

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
    Request,
    StampRequest,
    TopUpRequest,
)
from ichimai.programs.terms import Program, Refunding, TopUp
from tests.integration.programs.fair import Fair, moved, programs
from tests.town import START, Town

SPORTS = Asset("sports")


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


def test_the_same_id_is_not_another_event_stamp_exchange_or_thing(fair: Fair) -> None:
    """What differs is told in the order of docs/reference/api.md; another desk tells the same."""
    town = fair.town
    said: dict[str, Any] = {
        "id": town.operation(),
        "token": town.token("pharmacy"),
        "credential": town.cards["taro"],
    }
    asked = EarningRequest(**said, event="health-class")
    assert moved(fair.ask(asked)[0]) == [("earn", "full-card", 500)]
    card, rally = Asset("full-card"), Asset("rally")
    kazu = {"credential": town.cards["kazu"]}
    other: list[tuple[Request, str]] = [
        (replace(asked, event="greening"), "exists_with_different_programs"),
        (replace(asked, program=card), "exists_with_different_programs"),
        (replace(asked, event="greening", **kazu), "exists_with_different_credential"),
        (replace(asked, token=town.token("teahouse")), "exists_with_different_terminal"),
        (StampRequest(**said, program=rally), "exists_with_different_kind"),
        (StampRequest(**(said | kazu), program=rally), "exists_with_different_kind"),
        (TopUpRequest(**said, program=SPORTS, units=500), "exists_with_different_kind"),
        (ExchangeRequest(**said, program=card, exchange="to-points"), "exists_with_different_kind"),
    ]
    for request, code in other:
        assert moved(fair.ask(request)[0]) == [(code, "", 0)], request
    assert moved(fair.ask(asked)[0]) == [("earn", "full-card", 500)]
    assert fair.left("taro", "full-card") == 500
    fair.verify()


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


def money(
    fair: Fair, units: int, program: Asset = SPORTS, *, is_out: bool = False
) -> list[tuple[str, str, int]]:
    town = fair.town
    kind = CashOutRequest if is_out else TopUpRequest
    (answer,) = fair.ask(
        kind(
            id=town.operation(),
            token=town.token("pharmacy"),
            credential=town.cards["taro"],
            program=program,
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


def coffee() -> Program:
    """Prepaid money of which a small rest is paid back."""
    top_up = TopUp(step=500, least=1_000)
    sports = next(each for each in programs() if each.key == "sports")
    return replace(sports, key=Asset("coffee"), refunding=Refunding.SMALL, top_up=top_up)


def test_of_a_small_rest_no_more_is_paid_back_than_the_half_year_allows(town: Town) -> None:
    """5,000 yen do not become cash in parts of 1,000: what is on the card counts, and what was."""
    key = Asset("coffee")
    fair = Fair(town).open(coffee())
    assert money(fair, 2_000, key) == [("top_up", "coffee", 2_000)]
    assert money(fair, 1_000, key, is_out=True) == [("limit_reached", "", 0)]
    assert isinstance(fair.buy("taro", "pharmacy", 1_100, pay_with=[key]), Posted)
    assert money(fair, 600, key, is_out=True) == [("cash_out", "coffee", 600)]
    assert money(fair, 1_000, key) == [("top_up", "coffee", 1_000)]
    assert isinstance(fair.buy("taro", "pharmacy", 300, pay_with=[key]), Posted)
    assert money(fair, 401, key, is_out=True) == [("limit_reached", "", 0)]
    assert money(fair, 400, key, is_out=True) == [("cash_out", "coffee", 400)]
    assert money(fair, 1, key, is_out=True) == [("limit_reached", "", 0)]
    fair.verify()
    town.clock.advance(START + timedelta(days=183) - town.clock.now())
    assert money(fair, 600, key, is_out=True) == [("cash_out", "coffee", 600)]


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
