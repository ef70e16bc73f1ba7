"""Buy, return, buy again: what a person keeps is never above a cap, whatever the history."""

from datetime import timedelta
from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st

from ichimai.kernel import Asset
from ichimai.kernel.rates import Rate
from ichimai.ledger import Kind, Posted
from ichimai.programs.terms import Limits
from tests.journals.journal import NOON, start_of_day_one
from tests.journals.words import Offer, Terms, command, moment
from tests.unit.ledger.paper_book import PaperBook

POINTS: Final = Asset("points")
UNITS_A_DAY: Final = 50
TIMES_A_DAY: Final = 3
BONUS_A_DAY: Final = 40

ONE: Final = Offer(rate=Rate(), limits=Limits(units_per_day=UNITS_A_DAY))
TIMES: Final = Offer(rate=Rate(), limits=Limits(times_per_day=TIMES_A_DAY))
BONUS: Final = Offer("bonus", rate=Rate(extra_times=4), limits=Limits(units_per_day=BONUS_A_DAY))

steps = st.lists(
    st.tuples(
        st.sampled_from(["buy", "buy", "spend", "return", "return"]),
        st.integers(1, 9_000),
        st.integers(0, 30),
    ),
    max_size=25,
)


def follow(history: list[tuple[str, int, int]], *offers: Offer) -> dict[str, int]:
    """Live through a day's history of one person; the points kept of each sale."""
    book, now = PaperBook(), moment(NOON, start_of_day_one())
    programs = (Terms(POINTS, offers=offers, is_automatic=False),)
    sales: list[tuple[str, int]] = []
    kept: dict[str, int] = {}
    for number, (verb, yen, place) in enumerate(history):
        now += timedelta(minutes=2)
        name = f"n{number}"
        if verb == "return":
            if not sales:
                continue
            of, total = sales[place % len(sales)]
            # Often what is left of it, sometimes less.
            said = f"return {name} {min(yen, total)} of {of}"
        else:
            of = name
            said = f"buy {name} {yen} with {'points' if verb == 'spend' else 'nothing'}"
        answer = book.post(command(said, programs, now), now)
        if not isinstance(answer, Posted):
            continue
        if verb != "return":
            sales.append((name, yen))
        for leg in answer.transfers:
            sign = {Kind.EARN: 1, Kind.TAKE_BACK: -1}.get(leg.kind, 0)
            kept[of] = kept.get(of, 0) + sign * leg.units
    return kept


@settings(max_examples=300, deadline=None)
@given(steps)
def test_what_is_kept_is_never_above_a_cap_of_units(history: list[tuple[str, int, int]]) -> None:
    """And the room that came back can be earned again, to the last unit."""
    history = [*history, ("buy", 9_000, 0), ("buy", 9_001, 0)]
    assert sum(follow(history, ONE).values()) == UNITS_A_DAY


@settings(max_examples=200, deadline=None)
@given(steps)
def test_no_more_sales_keep_something_than_a_cap_of_times(
    history: list[tuple[str, int, int]],
) -> None:
    kept = follow(history, TIMES)
    assert sum(units > 0 for units in kept.values()) <= TIMES_A_DAY


@settings(max_examples=200, deadline=None)
@given(steps)
def test_a_sale_and_its_bonus_keep_no_more_than_both_caps(
    history: list[tuple[str, int, int]],
) -> None:
    assert sum(follow(history, ONE, BONUS).values()) <= UNITS_A_DAY + BONUS_A_DAY


def test_a_history_has_a_wallet() -> None:
    """So that none of the above holds because nothing was earned."""
    assert follow([("buy", 1_000, 0)], ONE) == {"n0": 10}
    assert follow([("buy", 1_000, 0), ("return", 500, 0)], ONE) == {"n0": 5}
