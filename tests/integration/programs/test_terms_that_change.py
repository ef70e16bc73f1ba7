"""Terms that change while tills ask, and budgets of every sort, on a real PostgreSQL."""

from datetime import date, datetime, timedelta
from typing import Any, Final

import psycopg
import pytest
from msgspec.structs import replace

from ichimai import audit
from ichimai.kernel import Asset
from ichimai.kernel.errors import DomainError
from ichimai.ledger import Posted
from ichimai.ledger.model import Role
from ichimai.people.records import claims
from ichimai.people.records.claims import ClaimKind, NewClaim, Source
from ichimai.programs import funding, lists, upkeep
from ichimai.programs.model import (
    EarningRequest,
    ExchangeRequest,
    PurchaseRequest,
    StampRequest,
    TopUpRequest,
)
from ichimai.programs.terms import Acceptance, Earning, Limits, Program, Trigger, When, Who
from tests.integration.programs.fair import Fair, moved, programs
from tests.town import Town

NEW_TERMS: Final = datetime.fromisoformat("2026-11-01T00:00:00+09:00")


@pytest.fixture
def fair(town: Town) -> Fair:
    return Fair(town).open()


def known(key: str) -> Program:
    (found,) = [program for program in programs() if program.key == key]
    return found


def change(fair: Fair, key: str, **terms: Any) -> None:  # noqa: ANN401 - fields of terms
    """Begin another version of a program, or a new one, in November."""
    new = replace(known(key), version=2, starts_on=date(2026, 11, 1), **terms)
    with fair.town.database.write(fair.town.operator) as tx:
        lists.open_program(tx, fair.town.clock, new)


def ask(fair: Fair, kind: Any, who: str = "taro", shop: str = "greengrocer", **more: Any) -> Any:  # noqa: ANN401 - any request and its fields
    town = fair.town
    request = kind(
        **{
            "id": town.operation(),
            "token": town.token(shop),
            "credential": town.cards[who],
            **more,
        }
    )
    (answer,) = fair.ask(request)
    return answer


def exchange(fair: Fair, program: str, key: str, **more: Any) -> Posted | DomainError:  # noqa: ANN401 - fields of the request
    answer: Posted | DomainError = ask(
        fair, ExchangeRequest, program=Asset(program), exchange=key, **more
    )
    return answer


def test_a_sale_has_the_terms_of_its_instant(fair: Fair) -> None:
    """Displayed, charged and in the ledger: two seconds before and after, and told late."""
    sales = replace(known("street-points").earnings[0], yen=50)
    change(fair, "street-points", earnings=(sales,), bonuses=())
    clock, found = fair.town.clock, []
    for by in (-2, -0.001, 0, 0.001, 2):
        clock.at = NEW_TERMS + timedelta(seconds=by)
        answer = fair.buy("taro", "greengrocer", 200, pay_with=[])
        found.append([units for _, _, units in moved(answer)])
    assert found == [[2], [2], [4], [4], [4]]
    late = ask(
        fair,
        PurchaseRequest,
        total_yen=200,
        pay_with=(),
        occurred_at=NEW_TERMS - timedelta(milliseconds=1),
        is_repeat_confirmed=True,
    )
    assert moved(late) == [("earn", "street-points", 2)]
    fair.verify()


def test_old_lots_are_accepted_where_their_own_terms_accept_them(fair: Fair) -> None:
    change(fair, "street-points", acceptance=Acceptance(associations=(27,)))
    fair.buy("taro", "greengrocer", 2_000, pay_with=[])
    fair.town.clock.at = NEW_TERMS
    fair.buy("taro", "greengrocer", 3_000, pay_with=[])
    at_old = fair.buy("taro", "greengrocer", 90, pay_with=["street-points"])
    assert moved(at_old) == [("payment", "street-points", 20)]
    at_new = fair.buy("taro", "supermarket", 90, pay_with=["street-points"])
    assert moved(at_new) == [("payment", "street-points", 30)]
    fair.verify()


@pytest.mark.parametrize("is_gone", [False, True])
def test_an_exchange_asked_again_after_its_terms_changed_has_its_first_answer(
    fair: Fair, *, is_gone: bool
) -> None:
    """Another number of times is another exchange all the same; also of one that is no more."""
    ask(fair, EarningRequest, event="health-class")
    id_, town = fair.town.operation(), fair.town
    first = exchange(fair, "full-card", "to-points", times=3, id=id_)
    assert isinstance(first, Posted)
    refused_id = town.operation()
    assert moved(exchange(fair, "full-card", "to-points", times=3, id=refused_id)) == [
        ("limit_reached", "", 0)
    ]
    dearer = replace(known("full-card").exchanges[0], take=120)
    change(fair, "full-card", exchanges=() if is_gone else (dearer,))
    town.clock.at = NEW_TERMS
    again = exchange(fair, "full-card", "to-points", times=3, id=id_)
    assert isinstance(again, Posted)
    assert (again.is_replay, again.transfers) == (True, first.transfers)
    other = exchange(fair, "full-card", "to-points", times=4, id=id_)
    assert moved(other) == [("exists_with_different_amount", "", 0)]
    refused = exchange(fair, "full-card", "to-points", times=3, id=refused_id)
    assert moved(refused) == [("limit_reached", "", 0)]
    fair.verify()


@pytest.mark.parametrize("begins", ["before", "later"])
def test_a_budget_of_the_whole_program_binds_its_earnings(fair: Fair, begins: str) -> None:
    """Also one that is written and has not begun; nobody else in the batch is hurt by it."""
    class_ = known("full-card").earnings[0]
    many = replace(class_, limits=replace(class_.limits, times_per_day=None), other_units=None)
    bound = replace(known("full-card"), budget_units=1_300, earnings=(many,))
    if begins == "later":
        bound = replace(bound, version=2, starts_on=date(2026, 11, 1))
    with fair.town.database.write(fair.town.operator) as tx:
        lists.open_program(tx, fair.town.clock, bound)
    town, answers = fair.town, []
    for who in ("taro", "hanako", "kazu"):
        request = EarningRequest(
            id=town.operation(),
            token=town.token("pharmacy"),
            credential=town.cards[who],
            event="health-class",
        )
        sale = PurchaseRequest(
            id=town.operation(),
            token=town.token("greengrocer"),
            credential=town.cards[who],
            total_yen=300,
            pay_with=(),
        )
        answers += fair.ask(request, sale)
    given = [moved(answer)[0][2] for answer in answers]
    assert given == [500, 3, 500, 3, 300, 3]
    assert moved(ask(fair, EarningRequest, event="health-class", shop="pharmacy")) == [
        ("limit_reached", "", 0)
    ]
    issuer = funding.funder_id(bound)
    assert fair.balance(issuer, Role.ISSUED, "full-card") == -1_300
    fair.verify()


def test_a_premium_is_rounded_down_and_bound_by_its_programs_own_budget(fair: Fair) -> None:
    sports = known("sports")
    assert sports.top_up is not None
    top_up = replace(sports.top_up, step=1, least=1, premium_percent=7, premium_budget_units=None)
    with fair.town.database.write(fair.town.operator) as tx:
        for terms in (
            replace(sports, top_up=top_up),
            replace(known("sports-premium"), budget_units=100),
        ):
            lists.open_program(tx, fair.town.clock, terms)
    given = []
    for units in (1_014, 13, 499, 15):
        answer = ask(fair, TopUpRequest, program=Asset("sports"), units=units)
        given.append([part for _, _, part in moved(answer)])
    assert given == [[1_014, 3_000, 70], [13], [499, 30], [15]]  # the deposit comes with the first
    fair.verify()


def test_nobody_brings_themselves_along(fair: Fair) -> None:
    """However often one may come, and also with another card of one's own wallet."""
    often = replace(known("full-card").earnings[0], limits=Limits())
    with fair.town.database.write(fair.town.operator) as tx:
        lists.open_program(tx, fair.town.clock, replace(known("full-card"), earnings=(often,)))
    cards = fair.town.cards
    event = {"event": "health-class", "shop": "pharmacy"}
    own = ask(fair, EarningRequest, other=cards["taro"], **event)
    assert moved(own) == [("earn", "full-card", 500)]
    friend = ask(fair, EarningRequest, other=cards["kazu"], **event)
    assert moved(friend) == [("earn", "full-card", 500), ("earn", "full-card", 100)]
    stopped = ask(fair, EarningRequest, other=cards["jiro"], **event)
    assert moved(stopped) == [("earn", "full-card", 500)]
    assert fair.left("taro", "full-card") == 1_500
    fair.verify()


def test_a_budget_of_prizes_that_are_handed_over_is_kept(fair: Fair) -> None:
    """Three towels for everybody together, and each of several at once counts."""
    prize = replace(known("rally").exchanges[0], take=1, budget_units=3)
    stamps = replace(known("rally").earnings[0], limits=Limits())
    with fair.town.database.write(fair.town.operator) as tx:
        terms = replace(known("rally"), exchanges=(prize,), earnings=(stamps,))
        lists.open_program(tx, fair.town.clock, terms)
    for who in ("taro", "taro", "taro", "taro", "hanako"):
        ask(fair, StampRequest, who, program=Asset("rally"))
    assert moved(exchange(fair, "rally", "prize", times=4)) == [("limit_reached", "", 0)]
    assert moved(exchange(fair, "rally", "prize", times=2)) == [("exchange", "rally", 2)]
    hers = exchange(fair, "rally", "prize", credential=fair.town.cards["hanako"])
    assert moved(hers) == [("exchange", "rally", 1)]
    assert moved(exchange(fair, "rally", "prize")) == [("limit_reached", "", 0)]
    fair.verify()


def some_only(fair: Fair, **terms: Any) -> None:  # noqa: ANN401 - fields of an earning
    """A stamp for some people only, instead of one for all."""
    stamp = Earning(
        key="seniors", name_ja="シニア", name_en="Seniors", trigger=Trigger.STAMP, **terms
    )
    with fair.town.database.write(fair.town.operator) as tx:
        lists.open_program(tx, fair.town.clock, replace(known("rally"), earnings=(stamp,)))


def born(fair: Fair, day: str) -> None:
    """When taro was born becomes known."""
    town = fair.town
    look = audit.Look(staff=town.staff["officer"].id, role="officer", purpose=audit.Purpose.LIST)
    claim = NewClaim(ClaimKind.BIRTH_DATE, day, Source.LIST, "list", date(2026, 9, 1))
    with town.database.write(town.operator) as tx:
        claims.add(tx, town.personal_key, town.clock, look, town.subjects["taro"], claim=claim)


def test_a_late_stamp_of_a_campaign_for_some_asks_what_its_day_asked(fair: Fair) -> None:
    """Of whom it is not known belongs to no group, and is told so, not that a limit is reached."""
    last = fair.town.clock.now()
    seniors = Who(predicates=("age>=65",))
    some_only(fair, who=seniors, when=When(until_on=date(2026, 10, 1)))
    nothing = [("nothing_earned_here", "", 0)]
    assert moved(ask(fair, StampRequest, program=Asset("rally"))) == nothing
    fair.town.clock.advance(timedelta(days=1))
    late: dict[str, Any] = {"program": Asset("rally"), "occurred_at": last}
    assert moved(ask(fair, StampRequest, **late)) == nothing
    born(fair, "1950-03-03")
    assert moved(ask(fair, StampRequest, program=Asset("rally"))) == nothing
    assert moved(ask(fair, StampRequest, **late)) == [("earn", "rally", 1)]


@pytest.mark.parametrize(
    "who, day, on_its_day, a_day_later",
    [
        (Who(is_birthday_month=True), "1990-10-31", "earned", "nothing"),
        (Who(is_birthday_month=True), "1990-11-01", "nothing", "earned"),
        (Who(predicates=("age>=65",)), "1961-11-01", "nothing", "earned"),
        (Who(predicates=("age<65",)), "1961-11-01", "earned", "nothing"),
    ],
)
def test_who_somebody_was_is_asked_of_the_day_on_which_it_was(
    fair: Fair, who: Who, day: str, on_its_day: str, a_day_later: str
) -> None:
    """31 October's stamp that is told on 1 November, and one of 1 November itself."""
    some_only(fair, who=who)
    born(fair, day)
    at = datetime.fromisoformat("2026-10-31T20:00:00+09:00")
    fair.town.clock.at = at + timedelta(days=1)
    answers = {"earned": [("earn", "rally", 1)], "nothing": [("nothing_earned_here", "", 0)]}
    late = ask(fair, StampRequest, program=Asset("rally"), occurred_at=at)
    assert moved(late) == answers[on_its_day]
    now = ask(fair, StampRequest, program=Asset("rally"))
    assert moved(now) == answers[a_day_later]


def test_points_of_the_last_second_of_a_fiscal_year_end_with_it(fair: Fair) -> None:
    """Given at 23:59:59.999 of 31 March they may be spent for a millisecond; then they expire."""
    clock = fair.town.clock
    end = datetime.fromisoformat("2027-04-01T00:00:00+09:00")
    clock.at = end - timedelta(milliseconds=1)
    fair.buy("taro", "greengrocer", 1_000, pay_with=[])
    spent = fair.buy("taro", "greengrocer", 4, pay_with=["street-points"])
    assert moved(spent) == [("payment", "street-points", 4)]
    clock.at = end
    fair.buy("taro", "greengrocer", 700, pay_with=[])
    of_new = fair.buy("taro", "greengrocer", 5, pay_with=["street-points"])
    assert moved(of_new) == [("payment", "street-points", 5)]
    upkeep.expire(fair.town.desk)
    assert fair.left("taro", "street-points") == 2
    clock.at = datetime.fromisoformat("2028-03-31T23:59:59.999+09:00")
    upkeep.expire(fair.town.desk)
    assert fair.left("taro", "street-points") == 2
    clock.advance(timedelta(milliseconds=1))
    upkeep.expire(fair.town.desk)
    assert fair.left("taro", "street-points") == 0
    fair.verify()


def test_a_shop_that_sells_tobacco_from_now_on_is_asked_as_one_at_once(fair: Fair) -> None:
    """One desk, one day, one till: its shop's category is another one."""
    town = fair.town
    desk = town.desk

    def sale() -> list[tuple[str, str, int]]:
        request = PurchaseRequest(
            id=town.operation(),
            token=town.token("greengrocer"),
            credential=town.cards["hanako"],
            total_yen=99,
            is_repeat_confirmed=True,
        )
        (answer,) = desk.serve([request])
        return moved(answer)

    assert sale() == [("payment", "longevity-gift", 99)]
    with psycopg.connect(town.database.url) as connection:
        connection.execute(f"SET search_path TO {town.operator}".encode())
        changed = connection.execute(
            "UPDATE shop SET category = 'tobacco' WHERE id = %s", [town.tills["greengrocer"].shop]
        )
        assert changed.rowcount == 1
    assert sale() == [("sale", "", 0)]
    fair.verify()
