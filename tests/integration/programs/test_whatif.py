"""What other rules would give over recorded sales: the same as the ledger gave by those rules."""

import tomllib
from collections.abc import Callable, Sequence
from datetime import date, timedelta

import msgspec
import pytest

from ichimai.kernel import Asset
from ichimai.kernel.clock import day_in_tokyo
from ichimai.kernel.errors import DomainError
from ichimai.ledger import Kind, Posted
from ichimai.programs import lists, wallets, whatif
from ichimai.programs.model import EarningRequest, ExchangeRequest, Request, StampRequest
from ichimai.programs.terms import Program, Who
from ichimai.programs.whatif import Outcome, PastSale
from tests.integration.programs.fair import PROGRAMS, Fair, programs
from tests.town import GIFTS, START, Town

POINTS = Asset("street-points")
FULL_CARD = Asset("full-card")
SHOPS = ("greengrocer", "teahouse", "pharmacy", "supermarket", "tavern")


@pytest.fixture
def fair(town: Town) -> Fair:
    return Fair(town).open()


def street_points() -> Program:
    """The points of the street, as the fair has them."""
    tables = tomllib.loads(PROGRAMS)["program"]
    return msgspec.convert(tables[0], Program, strict=False)


def some_days(fair: Fair, pays_with: Sequence[list[str] | None] = (None, [])) -> None:
    """Three people shop on five days, a fair day among them: caps and the budget are reached."""
    people = [who for who in GIFTS if who != "jiro"]
    begins = fair.town.clock.now()
    for day in range(5):
        fair.town.clock.advance(begins + timedelta(days=day) - fair.town.clock.now())
        for number, shop in enumerate(SHOPS):
            for place, who in enumerate(people):
                fair.town.clock.advance(timedelta(minutes=1))
                yen = 90 + 1_370 * ((day + number + place) % 4)
                pay_with = pays_with[(day + place) % len(pays_with)]
                assert isinstance(fair.buy(who, shop, yen, pay_with=pay_with), Posted)


def outcome(fair: Fair, *changed: Program, key: Asset = POINTS) -> Outcome:
    """What the rules, or changed ones, give over everything that was sold."""
    today = day_in_tokyo(fair.town.clock.now())
    with fair.town.database.snapshot(fair.town.operator) as tx:
        versions = lists.versions(tx)
        for program in changed:
            versions = whatif.alone(versions, program)
        first = today - timedelta(days=30)
        return whatif.run(versions, key, whatif.history(tx, from_on=first, to_on=today))


def given(fair: Fair, key: Asset = POINTS) -> dict[int, int]:
    """What the ledger gave each person of a program and did not take back, by wallet's number."""
    with fair.town.database.read(fair.town.operator) as tx:
        rows = tx.rows(
            "SELECT owner, sum(CASE kind WHEN %s THEN units ELSE -units END)::bigint"
            " FROM transfer JOIN account"
            " ON account.id = CASE kind WHEN %s THEN credit ELSE debit END"
            " WHERE transfer.asset = %s AND kind = ANY(%s) GROUP BY owner",
            (Kind.EARN, Kind.EARN, key, [Kind.EARN, Kind.TAKE_BACK]),
        )
    return {wallet.int: units for wallet, units in rows if units}


def test_the_rules_now_give_what_the_ledger_gave(fair: Fair) -> None:
    """Person by person, over caps of a day, fair days and an association's budget."""
    some_days(fair)
    found = outcome(fair)
    assert found.people == given(fair)
    assert found.units == sum(given(fair).values()) > 150
    assert found.cut_units > 0
    assert found.by_association == {8: found.units}
    assert found.liability_yen == found.cost_yen == found.units


def test_other_rules_give_what_the_desk_gives_under_them(fair: Fair) -> None:
    """Tried on October's sales; then the version begins, and November's sales are the same."""
    assert fair.town.clock.now().day == 1
    some_days(fair, [[]])
    before = outcome(fair)
    tried = outcome(fair, _more(street_points(), budget_units=160))
    fair.town.clock.advance(timedelta(days=10))
    with fair.town.database.write(fair.town.operator) as tx:
        # The budget of a bonus is one over all versions; October has used its 100 up.
        lists.open_program(tx, fair.town.clock, _more(street_points(), budget_units=260))
    fair.town.clock.advance(START + timedelta(days=31) - fair.town.clock.now())
    some_days(fair, [[]])
    assert tried.units == sum(given(fair).values()) - before.units
    assert tried.units > before.units
    assert tried.people == {
        wallet: units - before.people[wallet] for wallet, units in given(fair).items()
    }


def _more(program: Program, *, budget_units: int) -> Program:
    """Two points instead of one, ten times on fair days, and another limit of a day."""
    (earning,), (bonus,) = program.earnings, program.bonuses
    limits = msgspec.structs.replace(earning.limits, units_per_day=70)
    return msgspec.structs.replace(
        program,
        version=2,
        earnings=(msgspec.structs.replace(earning, units=2, limits=limits),),
        bonuses=(msgspec.structs.replace(bonus, times=10, budget_units=budget_units),),
    )


def asked(
    fair: Fair, who: str, request: Callable[..., Request], **more: object
) -> Posted | DomainError:
    """Something without a sale, at the greengrocer, a second after what was before."""
    town = fair.town
    town.clock.advance(timedelta(seconds=1))
    of = {"id": town.operation(), "token": town.token("greengrocer")}
    (answer,) = fair.ask(request(**of, credential=town.cards[who], **more))
    return answer


def a_busy_week(fair: Fair) -> None:
    """Classes (one a day counts, and who brought somebody gets a part), stamps, exchanges."""
    for day in range(4):
        for who in ("taro", "kazu"):
            other = fair.town.cards["hanako"] if who == "kazu" and day < 2 else ""
            asked(fair, who, EarningRequest, event="health-class", other=other)
            asked(fair, who, EarningRequest, event="health-class")
            asked(fair, who, StampRequest, program=Asset("rally"))
        fair.town.clock.advance(timedelta(days=1))
    for who, times in (("taro", 1), ("taro", 2), ("taro", 2), ("kazu", 1), ("hanako", 1)):
        asked(fair, who, ExchangeRequest, program=FULL_CARD, exchange="to-points", times=times)


def test_events_and_stamps_give_what_the_ledger_gave(fair: Fair) -> None:
    """Person by person: a class a day, and a stamp a shop; what was refused is not tried."""
    a_busy_week(fair)
    classes = outcome(fair, key=FULL_CARD)
    assert classes.people == given(fair, FULL_CARD)
    # Two people on four days; who brought kazu has a hundred on two of them.
    assert (classes.units, classes.occasions) == (4 * 2 * 500 + 2 * 100, 8)
    assert classes.by_association == {8: classes.units}
    stamps = outcome(fair, key=Asset("rally"))
    assert stamps.people == given(fair, Asset("rally"))
    assert stamps.units == 2


def test_exchanges_cost_what_the_ledger_gave_for_them(fair: Fair) -> None:
    """Four times 100 units for 80; two times more were refused, beyond 400 a year."""
    a_busy_week(fair)
    found = outcome(fair, key=FULL_CARD)
    assert (found.exchanges, found.given_up, found.exchange_yen) == (4, 400, 320)
    assert sum(given(fair).values()) == 320
    # Those that take units of a program are not its own: its earnings are by its own rules.
    assert outcome(fair).units == 0


def test_other_terms_of_exchanges_and_events(fair: Fair) -> None:
    """Half as many units a class, 50 for 80, and a limit of two exchanges a person."""
    a_busy_week(fair)
    program = next(each for each in programs() if each.key == FULL_CARD)
    (earning,), (exchange,) = program.earnings, program.exchanges
    changed = msgspec.structs.replace(
        program,
        earnings=(msgspec.structs.replace(earning, units=250, other_units=None),),
        exchanges=(
            msgspec.structs.replace(
                exchange, give=50, limits=msgspec.structs.replace(exchange.limits, times_ever=2)
            ),
        ),
    )
    found = outcome(fair, changed, key=FULL_CARD)
    assert found.units == 8 * 250
    # Taro's first counts, and two more at once are one too many; kazu's one is not.
    assert (found.exchanges, found.exchange_yen) == (2, 100)
    seniors = msgspec.structs.replace(earning, who=Who(predicates=("age>=65",)))
    for_them = msgspec.structs.replace(program, earnings=(seniors,))
    # Nobody belongs, and who brings somebody gets nothing before that one does.
    assert outcome(fair, for_them, key=FULL_CARD).units == 0


def test_an_exchange_on_a_persons_own_page_counts(fair: Fair) -> None:
    asked(fair, "taro", EarningRequest, event="health-class")
    subject = fair.town.subjects["taro"]
    (answer,) = fair.ask(
        ExchangeRequest(
            id=fair.town.operation(),
            till=wallets.OWN_PAGE,
            payer=(subject, subject),
            program=FULL_CARD,
            exchange="to-points",
        )
    )
    assert isinstance(answer, Posted)
    assert outcome(fair, key=FULL_CARD).exchange_yen == 80


def test_the_same_request_again_is_kept_once(fair: Fair) -> None:
    town = fair.town
    request = StampRequest(
        id=town.operation(),
        token=town.token("greengrocer"),
        credential=town.cards["taro"],
        program=Asset("rally"),
    )
    for answers in (fair.ask(request, request), fair.ask(request)):
        assert all(isinstance(answer, Posted) for answer in answers)
    assert outcome(fair, key=Asset("rally")).occasions == 1


def test_what_came_back_counts_as_never_sold(fair: Fair) -> None:
    sale = fair.buy("taro", "greengrocer", 1_280, pay_with=[])
    whole = fair.buy("kazu", "teahouse", 1_000, pay_with=[])
    assert isinstance(sale, Posted)
    assert isinstance(whole, Posted)
    fair.bring_back(sale, "greengrocer", 300)
    fair.bring_back(whole, "teahouse", 1_000)
    found = outcome(fair)
    assert (found.sales, found.sales_yen, found.units) == (1, 980, 9)
    assert found.people == given(fair)


def test_what_paid_with_programs_earns_as_it_did(fair: Fair) -> None:
    """100 of 1,280 yen came from a gift: 11 points, not 12."""
    fair.buy("kazu", "greengrocer", 1_280)
    assert outcome(fair).units == 11


def test_a_program_without_a_budget_gives_without_a_bound(fair: Fair) -> None:
    """Funded by its own funder, which has no budget: nothing is cut."""
    program = street_points()
    (earning,) = program.earnings
    free = msgspec.structs.replace(
        program,
        earnings=(msgspec.structs.replace(earning, funder="association:8"),),
        bonuses=(),
    )
    fair.buy("taro", "greengrocer", 3_000, pay_with=[])
    assert outcome(fair, free).units == 30
    bound = msgspec.structs.replace(free, budget_units=12)
    assert (outcome(fair, bound).units, outcome(fair, bound).cut_units) == (12, 18)


def test_days_are_read_alone_and_in_order(fair: Fair) -> None:
    """A day's sales are those of Tokyo's day; of too many, the last whole days are taken."""
    for _ in range(3):
        fair.buy("taro", "greengrocer", 500, pay_with=[])
        fair.town.clock.advance(timedelta(minutes=1))
        fair.buy("kazu", "tavern", 700, pay_with=[])
        fair.town.clock.advance(timedelta(days=1))
    today = day_in_tokyo(fair.town.clock.now())
    first = today - timedelta(days=3)
    with fair.town.database.snapshot(fair.town.operator) as tx:
        second = first + timedelta(days=1)
        day = list(whatif.history(tx, from_on=second, to_on=second))
        assert {day_in_tokyo(sale.at) for sale in day} == {second}
        assert [sale.total_yen for sale in day if isinstance(sale, PastSale)] == [500, 700]
        every = whatif.history(tx, from_on=first, to_on=today)
        ats = [sale.at for sale in every]
        assert ats == sorted(ats)
        assert len(ats) == 6
        for most, expected in ((6, first), (5, second), (2, today - timedelta(days=1)), (1, today)):
            assert whatif.first_day(tx, from_on=first, to_on=today, most=most) == expected


def test_sales_moved_by_weeks_keep_their_weekday() -> None:
    for begins_on in (date(2026, 12, 1), date(2026, 12, 6), date(2027, 1, 1)):
        by = whatif.weeks_until(date(2026, 10, 1), begins_on)
        moved = date(2026, 10, 1) + by
        assert begins_on <= moved < begins_on + timedelta(days=7)
        assert moved.weekday() == date(2026, 10, 1).weekday()
    assert whatif.weeks_until(date(2026, 10, 1), date(2026, 9, 1)) == timedelta(0)
