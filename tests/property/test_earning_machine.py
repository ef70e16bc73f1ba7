"""The machine of ``test_ledger_machine``, with sales, returns, exchange, gifts and merges."""

import os
from typing import Final

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule, run_state_machine_as_test

from ichimai import storage
from ichimai.kernel import Asset
from ichimai.kernel.rates import Rate, Rounding
from ichimai.programs.terms import Limits
from tests.journals.database_books import DatabaseBooks
from tests.journals.words import GIFT, Offer, Terms, named
from tests.property.joining_model import JoiningModel
from tests.property.ledger_model import Model
from tests.property.test_ledger_machine import (
    BUDGET_UNITS,
    LedgerMachine,
    Names,
    phrases,
)

EXAMPLES: Final = 1_000 if os.environ.get("ICHIMAI_TEST_LONG") else 20
STEPS: Final = 30
POINTS: Final = Asset("points")
PROGRAMS: Final = (
    Terms(GIFT, rank=0, per_payment=5_000, per_day=8_000, is_capped=True, grace_days=14),
    Terms(
        POINTS,
        rank=1,
        per_payment=3_000,
        grace_days=3,
        is_capped=True,
        is_automatic=False,
        offers=(
            Offer(rate=Rate(yen=10), limits=Limits(units_per_day=400, units_per_week=700)),
            Offer("bonus", rate=Rate(yen=10, extra_times=4, rounding=Rounding.NEAREST), times=4),
            Offer(
                "fair",
                rate=Rate(yen=3),
                funder="city",
                is_bounded=True,
                pending_days=1,
                limits=Limits(times_per_day=4),
            ),
            Offer(
                "class", units=300, until="10-03", limits=Limits(times_per_day=1, units_ever=800)
            ),
            Offer(
                "prize",
                units=2_500,
                funder="city",
                is_bounded=True,
                is_whole=True,
                limits=Limits(times_per_shop_day=2),
            ),
        ),
    ),
)

UNITS = st.one_of(st.sampled_from([1, 100, 999, 1_000, 5_000]), st.integers(1, 2_000))
CARDS = st.sampled_from(["A", "A", "A2", "B"])
TILLS = st.sampled_from(["S1", "S1", "S2", "L1"])
VERBS: Final = (
    *("old", "old", "old", "buy", "buy", "buy", "buy", "return", "return", "return"),
    *("award", "award", "topup", "exchange", "redeem", "cashout", "give", "deliver", "charge"),
    *("merge", "merge", "split"),
)


@st.composite
def more_phrases(draw: st.DrawFn, names: Names) -> str:
    """Something that somebody asks of the ledger."""
    verb = draw(st.sampled_from(VERBS))
    if verb == "old":
        said: str = draw(phrases(names))
        # Of lots that have one id in two wallets nothing says which ends first.
        return said.partition(" limit ")[0]
    name, units = names.new(verb[0]), draw(UNITS)
    card, till = draw(CARDS), draw(TILLS)
    by_at = f"by {card} at {till}"
    match verb:
        case "buy":
            ways = ["", "", "with points", "with gift:70,points", "with points:30,gift"]
            way = draw(st.sampled_from([*ways, "with nothing", "most 50", "most 0", "confirmed"]))
            return f"buy {name} {units} {by_at} {way}"
        case "return":
            sales = [said.split()[1] for said in names.said if said.startswith("buy")]
            of = draw(st.sampled_from(sales[-8:] or names.known))
            return f"return {name} {units} of {of} at {till}"
        case "award":
            offer = draw(st.sampled_from(["class", "prize", "none"]))
            other = draw(st.sampled_from(["", f"for points:40 to {draw(CARDS)} bounded"]))
            return f"award {name} of {offer} {by_at} {other}"
        case "topup":
            more = draw(st.sampled_from(["", "most 3000", "for points:10 bounded"]))
            return f"topup {name} {units} in gift {by_at} {more}"
        case "exchange":
            ways = ["", "for gift:80 bounded", "needs class:300", "per units_ever:1500"]
            way = draw(st.sampled_from([*ways, "times 2 per times_per_day:3"]))
            return f"exchange {name} {units} in points {by_at} {way}"
        case "redeem":
            thing = draw(st.sampled_from(["", "thing atlas"]))
            return f"redeem {name} {units} in points {by_at} {thing}"
        case "cashout":
            return (
                f"cashout {name} {units} in gift {by_at} {draw(st.sampled_from(['', 'most 1000']))}"
            )
        case "give":
            asset = draw(st.sampled_from(["gift", "points"]))
            amount = draw(st.sampled_from(["", str(units)]))
            return f"give {name} {amount} in {asset} by {card} to {draw(st.sampled_from('ABC'))}"
        case "merge" | "split":
            return f"{verb} {name} {draw(_of_two(names, verb))} by {card}"
        case "deliver":
            return f"deliver {name} 2 in atlas at {till}"
        case _:
            return f"charge {name} in {draw(st.sampled_from(['gift', 'points']))}"


@st.composite
def _of_two(draw: st.DrawFn, names: Names, verb: str) -> str:
    """Of which merge, if of any, and to whom."""
    merges = [f"of {said.split()[1]}" for said in names.said if said.startswith("merge")]
    of = draw(st.sampled_from(["", *merges[-4:]] if verb == "merge" else merges or ["of m1"]))
    return f"{of} to {draw(st.sampled_from('ABC'))}"


WAYS_BACK: Final = ("", "one", "two", "followed", "apart", "apart and back")


class EarningMachine(LedgerMachine):
    """Drives both; see the module."""

    programs = PROGRAMS

    def new_model(self) -> Model:
        """With more than payments."""
        budget = {named("funder", "city"): BUDGET_UNITS}
        return JoiningModel(self.clock.now(), budget=budget)

    @initialize()
    def begin_with_grants(self) -> None:
        """And with points, and things that are there."""
        self._post([f"grant {self.names.new('g')} 2500 to {card} until 10-20" for card in "AB"])
        self._post([f"buy {self.names.new('b')} 900 by {card} with nothing" for card in "AB"])

    @rule(
        yen=st.integers(100, 3_000),
        parts=st.tuples(*[st.sampled_from([0, 1, 3, 10])] * 2),
        early=st.sampled_from(["", "", "30", "300"]),
        late=st.sampled_from(["", "10 by B", "40 by B", "200 by B", "200 by C"]),
        joined=st.sampled_from(WAYS_BACK),
    )
    def goods_come_back_to_who_became_one(
        self, yen: int, parts: tuple[int, int], early: str, late: str, joined: str
    ) -> None:
        """A sale earns, its points move on, some are spent, and the goods come back in parts."""
        sale, merge = self.names.new("b"), self.names.new("m")
        first, second = (yen * part // 10 for part in parts)
        one, back = f"merge {merge} by A to B", f"split {self.names.new('w')} of {merge} by B to A"
        further, again = self.names.new("m"), self.names.new("m")
        said = [
            one if joined == "followed" else "",
            f"buy {sale} {yen} with nothing",
            f"exchange {self.names.new('x')} {early} in points by A" if early else "",
            f"return {self.names.new('r')} {first} of {sale}" if first else "",
            one if joined and joined != "followed" else "",
            f"merge {further} of {merge} by A to B" if joined == "followed" else "",
            f"merge {further} by B to C" if joined == "two" else "",
            f"exchange {self.names.new('x')} {late.replace(' ', ' in points ', 1)}" if late else "",
            f"return {self.names.new('r')} {second or 1} of {sale}",
            back if joined.startswith("apart") else "",
            f"merge {again} by A to B" if joined == "apart and back" else "",
        ]
        self._post([each for each in said if each])
        self._post([f"return {self.names.new('r')} {yen // 4 + 1} of {sale}"])

    @invariant()
    def tallies_are_those_of_the_model(self) -> None:
        """What counts for whom in any period."""
        model = self.model
        assert isinstance(model, JoiningModel)
        found = dict(self._rows("SELECT id, count FROM tally WHERE count <> 0"))
        assert found == {tally: count for tally, count in model.tallies.items() if count}

    @rule(data=st.data())
    def batch(self, data: st.DataObject) -> None:
        """Several requests at once, as group commit hands them over."""
        said = [
            data.draw(more_phrases(self.names), label="asks")
            for _ in range(data.draw(st.integers(1, 5), label="how many"))
        ]
        self._post(said)


def test_the_ledger_earns_exchanges_and_gives_as_the_model_says(
    database: storage.Database, operator: storage.Schema
) -> None:
    """Over all operations, retries and times that hypothesis thinks of."""

    class OnThisDatabase(EarningMachine):
        pass

    OnThisDatabase.database, OnThisDatabase.operator = database, operator
    DatabaseBooks(database, operator).verify()
    DatabaseBooks(database, operator).say("grant g1 1")
    # Connections are there now: hypothesis minds that a pool rolls dice for a new one.
    run_state_machine_as_test(
        OnThisDatabase,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
