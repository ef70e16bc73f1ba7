"""What somebody has, sees and may do on their own pages, when programs change under them."""

from datetime import date, timedelta

import msgspec
import pytest

from ichimai.kernel import Asset
from ichimai.kernel.clock import day_in_tokyo
from ichimai.kernel.ids import NIL
from ichimai.ledger import Kind, OperationId, Posted
from ichimai.programs import lists, wallets
from ichimai.programs.model import EarningRequest, ExchangeRequest, GiveRequest, TopUpRequest
from ichimai.programs.terms import Expiry, Limits, Program, Use
from ichimai.programs.wallets import ExchangeOffer, Step, Wallet
from tests.integration.programs import fair
from tests.integration.programs.fair import Fair
from tests.town import Town


@pytest.fixture
def at_fair(town: Town) -> Fair:
    """The town with programs of every kind."""
    return Fair(town).open()


def wallet_of(town: Town, who: str) -> Wallet:
    with town.database.read(town.operator) as tx:
        return wallets.wallet(tx, town.clock, town.subjects[who])


def earn(at_fair: Fair, who: str, event: str) -> None:
    town = at_fair.town
    request = EarningRequest(
        id=town.operation(),
        token=town.token("greengrocer"),
        credential=town.cards[who],
        event=event,
    )
    (answer,) = at_fair.ask(request)
    assert isinstance(answer, Posted), answer


def changed(key: str, **changes: object) -> Program:
    """The next version of one of the fair's programs."""
    found = next(program for program in fair.programs() if program.key == key)
    return msgspec.structs.replace(found, version=2, **changes)


def test_only_full_cards_of_what_pays_in_full_cards_can_be_spent(at_fair: Fair) -> None:
    town = at_fair.town
    assert wallet_of(town, "kazu").total_units == 100
    earn(at_fair, "kazu", "health-class")
    assert wallet_of(town, "kazu").usable == {Asset("longevity-gift"): 100, Asset("full-card"): 500}
    assert wallet_of(town, "kazu").total_units == 500
    earn(at_fair, "kazu", "greening")
    assert wallet_of(town, "kazu").total_units == 500


def test_what_was_given_earlier_keeps_its_terms_and_what_comes_later_has_the_new_ones(
    at_fair: Fair,
) -> None:
    town = at_fair.town
    earn(at_fair, "kazu", "health-class")
    tomorrow = day_in_tokyo(town.clock.now()) + timedelta(days=1)
    new = changed("full-card", starts_on=tomorrow, use=Use(multiple=1), name_ja="新しいカード")
    with town.database.write(town.operator) as tx:
        lists.open_program(tx, town.clock, new)
    town.clock.advance(timedelta(days=1))
    earn(at_fair, "kazu", "health-class")
    lots = wallet_of(town, "kazu").of(Asset("full-card"))
    assert {(lot.program.version, lot.left.units) for lot in lots} == {(1, 500), (2, 500)}


def test_what_is_pending_is_there_and_cannot_be_spent(at_fair: Fair) -> None:
    town = at_fair.town
    way = fair.programs()[1].earnings[0]
    late = msgspec.structs.replace(way, usable_after_days=7, other_units=None)
    with town.database.write(town.operator) as tx:
        lists.open_program(tx, town.clock, changed("full-card", earnings=(late,)))
    earn(at_fair, "kazu", "health-class")
    (lot,) = wallet_of(town, "kazu").of(Asset("full-card"))
    assert lot.usable_at is not None
    assert day_in_tokyo(lot.usable_at) == date(2026, 10, 8)
    assert lot.is_for_ever
    assert wallet_of(town, "kazu").total_units == 100
    town.clock.at = lot.usable_at - timedelta(microseconds=1)
    assert wallet_of(town, "kazu").total_units == 100
    town.clock.at = lot.usable_at
    assert wallet_of(town, "kazu").total_units == 500


def offer_of(at_fair: Fair, who: str) -> ExchangeOffer:
    town = at_fair.town
    with town.database.read(town.operator) as tx:
        (offer,) = wallets.exchange_offers(
            tx,
            town.personal_key,
            town.clock,
            town.subjects[who],
            program=Asset("full-card"),
            has=wallet_of(town, who).usable.get(Asset("full-card"), 0),
        )
    return offer


def exchange(at_fair: Fair, who: str, times: int) -> Posted | None:
    town = at_fair.town
    request = ExchangeRequest(
        id=town.operation(),
        till=wallets.OWN_PAGE,
        payer=(town.subjects[who], town.subjects[who]),
        program=Asset("full-card"),
        exchange="to-points",
        times=times,
    )
    (answer,) = at_fair.ask(request)
    return answer if isinstance(answer, Posted) else None


def test_an_offer_says_how_often_it_can_be_had_and_the_ledger_agrees(at_fair: Fair) -> None:
    assert (offer_of(at_fair, "kazu").most_times, offer_of(at_fair, "kazu").has) == (0, 0)
    assert not offer_of(at_fair, "kazu").minimums[0].is_reached
    for _ in range(2):
        earn(at_fair, "kazu", "health-class")
        at_fair.town.clock.advance(timedelta(days=1))
    assert offer_of(at_fair, "kazu").minimums[0].is_reached
    # 1,000 units are there, and 400 a year may be exchanged.
    assert offer_of(at_fair, "kazu").most_times == 4
    assert exchange(at_fair, "kazu", 5) is None
    assert exchange(at_fair, "kazu", 3) is not None
    assert offer_of(at_fair, "kazu").most_times == 1
    assert exchange(at_fair, "kazu", 2) is None
    assert exchange(at_fair, "kazu", 1) is not None
    assert offer_of(at_fair, "kazu").most_times == 0


def test_where_times_are_counted_an_exchange_is_one_at_a_time(at_fair: Fair) -> None:
    town = at_fair.town
    (given,) = fair.programs()[1].exchanges
    twice = msgspec.structs.replace(given, limits=Limits(times_per_fiscal_year=2), minimums=())
    with town.database.write(town.operator) as tx:
        lists.open_program(tx, town.clock, changed("full-card", exchanges=(twice,)))
    earn(at_fair, "kazu", "health-class")
    for left in (1, 1, 0):
        assert offer_of(at_fair, "kazu").most_times == left
        exchange(at_fair, "kazu", 1)


def test_the_order_names_what_ends_first_until_somebody_has_another(at_fair: Fair) -> None:
    town, who = at_fair.town, at_fair.town.subjects["kazu"]
    has = [Asset("full-card"), Asset("longevity-gift"), Asset("rally"), Asset("saplings")]
    with town.database.write(town.operator) as tx:
        order = wallets.spending_order(tx, town.clock, who, has)
        assert (order.keys, order.is_own) == (("longevity-gift",), False)
        # Stamps and things never pay.
        assert [program.key for program in order.others] == ["full-card"]
        wallets.save_spending_order(tx, who, wallets.reordered(order, has[0], Step.IN))
        order = wallets.spending_order(tx, town.clock, who, has)
        assert (order.keys, order.is_own) == (("longevity-gift", "full-card"), True)
        wallets.save_spending_order(tx, who, [Asset("full-card"), Asset("gone")])
        order = wallets.spending_order(tx, town.clock, who, has)
        assert order.keys == ("full-card", "longevity-gift")


@pytest.mark.parametrize("rank, first", [(-1, "sports-premium"), (1, "sports")])
def test_of_what_ends_together_the_lower_rank_is_told_and_spent_first(
    at_fair: Fair, rank: int, first: str
) -> None:
    town, of = at_fair.town, Use(is_automatic=True)
    endless = Expiry(never=True)
    with town.database.write(town.operator) as tx:
        lists.open_program(tx, town.clock, changed("sports", use=of))
        premium = changed("sports-premium", use=of, expiry=endless, rank=rank)
        lists.open_program(tx, town.clock, premium)
    request = TopUpRequest(
        id=town.operation(),
        token=town.token("greengrocer"),
        credential=town.cards["kazu"],
        program=Asset("sports"),
        units=2_000,
    )
    (answer,) = at_fair.ask(request)
    assert isinstance(answer, Posted), answer
    assert [lot.left.asset for lot in wallet_of(town, "kazu").lots][1] == first
    sale = at_fair.buy("kazu", "greengrocer", 101)  # 100 of the gift, which ends before
    assert isinstance(sale, Posted), sale
    assert {leg.asset for leg in sale.transfers if leg.kind == Kind.PAYMENT} == {
        "longevity-gift",
        first,
    }


def test_a_gift_between_wallets_has_one_side_in_each_history(at_fair: Fair) -> None:
    town = at_fair.town
    with town.database.write(town.operator) as tx:
        lists.open_program(tx, town.clock, changed("full-card", sharing="household"))
    earn(at_fair, "kazu", "health-class")
    giver, getter = town.subjects["kazu"], town.subjects["hanako"]
    request = GiveRequest(
        id=town.operation(),
        till=wallets.OWN_PAGE,
        payer=(giver, giver),
        program=Asset("full-card"),
        to=getter,
        units=200,
    )
    (answer,) = at_fair.ask(request)
    assert isinstance(answer, Posted)
    with town.database.read(town.operator) as tx:
        for who, units in ((giver, [-200]), (getter, [200]), (town.subjects["taro"], [])):
            entries = wallets.entries_of(tx, who, request.id)
            assert [entry.units for entry in entries] == units
            assert all(entry.shop is None for entry in entries)
        assert wallets.entries_of(tx, giver, OperationId(NIL)) == []
