"""A month of shopping: when, where and for how much, and what goes wrong at tills."""

import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache

import pytest
from msgspec.structs import replace

from ichimai import simulation, towns
from ichimai.kernel import ids
from ichimai.kernel.clock import TOKYO, day_in_tokyo, end_of_day, start_of_day
from ichimai.merchants import ShopSize
from ichimai.programs.terms import Program, Use
from ichimai.simulation import EventKind, Recipient, ShoppingEvent, Storefront
from ichimai.simulation.habits import basket, time_at
from ichimai.towns import Town

FIRST = date(2026, 10, 1)


@cache
def _town() -> Town:
    return towns.load("toshima")


def _program() -> Program:
    return _town().programs[0]


@cache
def _shops() -> tuple[Storefront, ...]:
    return simulation.storefronts(_town(), seed=1, at=datetime(2026, 9, 1, tzinfo=UTC))


@cache
def _recipients() -> tuple[Recipient, ...]:
    residents = simulation.population(
        _town(), _program(), seed=1, count=3_000, on=FIRST, gift_share=0.25
    )
    return simulation.gift_lists.recipients(residents, _program())


@cache
def _events(seed: int = 1, days: int = 30) -> tuple[ShoppingEvent, ...]:
    events = simulation.shopping(
        _recipients(), _shops(), _program(), seed=seed, first_day=FIRST, days=days
    )
    return tuple(events)


def _of(kind: EventKind, days: int = 30) -> list[ShoppingEvent]:
    return [event for event in _events(days=days) if event.kind is kind]


def _payments() -> Mapping[object, ShoppingEvent]:
    return {event.id: event for event in _of(EventKind.PAYMENT)}


def _shop(event: ShoppingEvent) -> Storefront:
    assert event.shop is not None
    return _shops()[event.shop]


def _local(event: ShoppingEvent) -> datetime:
    return event.at.astimezone(TOKYO)


def test_events_come_in_order_of_time_and_within_the_days() -> None:
    times = [event.at for event in _events()]
    assert times == sorted(times)
    assert times[0] >= start_of_day(FIRST)
    assert times[-1] < end_of_day(FIRST + timedelta(days=29))
    assert all(at.tzinfo is UTC for at in times)


def test_ids_are_made_at_the_time_and_once() -> None:
    """But for a resend, which has the id of its payment."""
    fresh = [event for event in _events() if event.kind is not EventKind.RESEND]
    assert len({event.id for event in fresh}) == len(fresh)
    for event in fresh:
        made_at = ids.made_at(event.id)
        assert made_at
        assert abs(made_at - event.at) <= timedelta(milliseconds=1)


def test_no_shop_sells_on_its_closed_day_or_at_night() -> None:
    for event in _events():
        if event.shop is None:
            continue
        shop, local = _shop(event), _local(event)
        assert shop.is_open_on(local.date())
        assert shop.opens <= local.time()
        # Who came in before the doors closed is still served.
        assert (local - timedelta(minutes=2)).time() < shop.closes


def test_the_gift_is_spent_only_where_it_is_accepted() -> None:
    terms = _program().acceptance
    for event in _events():
        if event.shop is not None:
            assert _shop(event).takes(terms) == (event.kind is not EventKind.WRONG_SHOP)


def test_the_elderly_shop_before_noon_and_from_three_to_five() -> None:
    hours = Counter(
        _local(event).hour
        for event in _of(EventKind.PAYMENT)
        if _shop(event).shop.category in {"supermarket", "greengrocer", "tofu", "confectioner"}
    )
    assert min(hours[10], hours[11], hours[15], hours[16]) > 1.3 * max(hours[13], hours[17])


def test_restaurants_are_full_at_lunch() -> None:
    hours = Counter(
        _local(event).hour
        for event in _of(EventKind.PAYMENT)
        if _shop(event).shop.category == "restaurant"
    )
    assert hours[11] + hours[12] > 0.5 * hours.total()


def test_sugamo_is_busy_on_its_fairs() -> None:
    """On the 4th, 14th and 24th (4の日) a market day has several times the sales of another."""
    days = Counter(
        _local(event).day for event in _of(EventKind.PAYMENT) if _shop(event).shop.association == 8
    )
    fairs = sum(days[day] for day in (4, 14, 24)) / 3
    others = (days.total() - 3 * fairs) / 27
    assert fairs > 3 * others


def test_people_shop_where_they_live() -> None:
    at_home = [
        _shop(event).street.district == _recipients()[event.recipient].resident.district
        for event in _of(EventKind.PAYMENT)
        if _local(event).day not in {4, 14, 24}
    ]
    assert 0.6 < sum(at_home) / len(at_home) < 0.9


def test_baskets_are_small_and_some_are_a_few_yen() -> None:
    units = sorted(event.units for event in _of(EventKind.PAYMENT))
    assert units[0] <= 5
    assert 800 < units[len(units) // 2] < 1_300
    assert units[len(units) // 10] > 250
    assert units[len(units) * 9 // 10] < 3_500
    assert any(yen % 10 for yen in units)


def test_supermarkets_get_far_more_than_their_number() -> None:
    """72 large shops of 4,359 take more than a fifth, though half of a gift is kept from them."""
    by_size: Counter[ShopSize] = Counter()
    for event in _of(EventKind.PAYMENT):
        by_size[_shop(event).shop.size] += event.units
    assert 0.2 < by_size[ShopSize.LARGE] / by_size.total() < 0.5


def test_nobody_pays_more_than_the_program_allows() -> None:
    """Counted apart from the simulation: the remainder, a payment, a day, large shops."""
    program = _program()
    assert program.use.per_payment_limit
    assert program.use.per_day_limit
    left = {place: recipient.units for place, recipient in enumerate(_recipients())}
    large: Counter[int] = Counter()
    daily: Counter[tuple[int, date]] = Counter()
    for event in _events():
        if event.kind is EventKind.REFUND:
            left[event.recipient] += event.units
        elif event.kind is EventKind.PAYMENT:
            left[event.recipient] -= event.units
            daily[event.recipient, day_in_tokyo(event.at)] += event.units
            if _shop(event).shop.size is ShopSize.LARGE:
                large[event.recipient] += event.units
            assert 1 <= event.units <= program.use.per_payment_limit
            assert left[event.recipient] >= 0
            assert large[event.recipient] <= 5_000
        elif event.kind is EventKind.OVERSPEND:
            assert left[event.recipient] < event.units <= program.use.per_payment_limit
    assert max(daily.values()) <= program.use.per_day_limit


def test_a_refund_gives_back_part_or_all_of_a_payment_once() -> None:
    """At the same shop, minutes to days later."""
    refunds = _of(EventKind.REFUND)
    assert len({event.refers_to for event in refunds}) == len(refunds) > 15
    after = []
    for refund in refunds:
        payment = _payments()[refund.refers_to]
        assert (refund.recipient, refund.shop) == (payment.recipient, payment.shop)
        assert 1 <= refund.units <= payment.units
        after.append(refund.at - payment.at)
    assert timedelta(minutes=2) <= min(after) < timedelta(minutes=30)
    assert timedelta(days=1) < max(after) < timedelta(days=7)
    assert any(event.units < _payments()[event.refers_to].units for event in refunds)


def test_a_lost_answer_is_asked_for_again_by_the_same_id() -> None:
    resends = _of(EventKind.RESEND)
    assert len(resends) > 15
    for resend in resends:
        payment = _payments()[resend.id]
        assert resend.refers_to == payment.id
        assert (resend.recipient, resend.shop, resend.units) == (
            payment.recipient,
            payment.shop,
            payment.units,
        )
        assert timedelta() < resend.at - payment.at <= timedelta(seconds=40)


def test_an_impatient_cashier_is_within_90_seconds() -> None:
    """A new id for the same card, till and amount: to be suspected as a repeat."""
    repeats = _of(EventKind.REPEAT)
    assert len(repeats) > 5
    for repeat in repeats:
        payment = _payments()[repeat.refers_to]
        assert repeat.id != payment.id
        assert (repeat.recipient, repeat.shop, repeat.units) == (
            payment.recipient,
            payment.shop,
            payment.units,
        )
        assert timedelta() < repeat.at - payment.at < timedelta(seconds=90)
        assert repeat.refused_as == "repeat_suspected"


def test_an_honest_payment_never_looks_like_a_repeat() -> None:
    """The same card at the same shop for the same amount is at least 90 seconds apart."""
    last: dict[tuple[int, int | None, int], datetime] = {}
    for event in _of(EventKind.PAYMENT):
        key = event.recipient, event.shop, event.units
        assert key not in last or event.at - last[key] > timedelta(seconds=90)
        last[key] = event.at


def test_nothing_is_paid_after_a_card_was_stopped() -> None:
    """A tried card is refused; refunds wait for the new card."""
    stopped: set[int] = set()
    for event in _events(days=180):
        if event.recipient in stopped:
            assert event.kind in {EventKind.STOPPED_CARD, EventKind.RESEND, EventKind.REPEAT}
        if event.kind is EventKind.STOP:
            assert (event.shop, event.units) == (None, 0)
            stopped.add(event.recipient)
    assert len(stopped) > 2
    assert {event.recipient for event in _of(EventKind.STOPPED_CARD, days=180)} <= stopped
    assert _of(EventKind.STOPPED_CARD, days=180)


def test_no_refund_goes_to_a_stopped_card(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where every tenth card is lost each day, and every second basket comes back."""
    monkeypatch.setattr("ichimai.simulation.errands._LOST_CARDS_A_DAY", 0.1)
    monkeypatch.setattr("ichimai.simulation.errands._REFUND_SHARE", 0.5)
    stopped: set[int] = set()
    for event in _week(1, _recipients()[:300]):
        assert event.kind is not EventKind.REFUND or event.recipient not in stopped
        if event.kind is EventKind.STOP:
            stopped.add(event.recipient)
    assert len(stopped) > 50


def test_a_program_may_have_no_limits() -> None:
    """Then a basket may take all that is left, at a large shop too."""
    program = replace(
        _program(),
        use=Use(),
        acceptance=replace(_program().acceptance, large_store_cap_percent=None),
    )
    events = list(
        simulation.shopping(
            _recipients()[:300], _shops(), program, seed=1, first_day=FIRST, days=40
        )
    )
    large: Counter[int] = Counter()
    for event in events:
        if event.kind is EventKind.PAYMENT and _shop(event).shop.size is ShopSize.LARGE:
            large[event.recipient] += event.units
    assert max(large.values()) > 5_000


def test_a_town_without_accepting_shops_near_is_shopped_elsewhere() -> None:
    """Residents of a district without a shop that takes the gift go to another."""
    far = [front for front in _shops() if front.street.district != "長崎"]
    people = [r for r in _recipients() if r.resident.district == "長崎"]
    events = list(simulation.shopping(people, far, _program(), seed=1, first_day=FIRST, days=7))
    assert events


def test_most_people_begin_in_the_first_weeks_and_some_never_come() -> None:
    first_visit: dict[int, int] = {}
    for event in _events(days=180):
        if event.kind is EventKind.PAYMENT:
            first_visit.setdefault(event.recipient, (day_in_tokyo(event.at) - FIRST).days)
    began = sum(day < 21 for day in first_visit.values()) / len(_recipients())
    assert 0.7 < began < 0.95
    assert 0.02 < 1 - len(first_visit) / len(_recipients()) < 0.06


def test_about_95_percent_is_spent_in_the_end() -> None:
    """回収率 95%程度, within the six months that the gift lasts."""
    spent = sum(e.units for e in _of(EventKind.PAYMENT, days=180))
    refunded = sum(e.units for e in _of(EventKind.REFUND, days=180))
    given = sum(recipient.units for recipient in _recipients())
    assert 0.93 < (spent - refunded) / given < 0.97


@pytest.mark.parametrize(
    "kind,code",
    [
        (EventKind.PAYMENT, None),
        (EventKind.REFUND, None),
        (EventKind.RESEND, None),
        (EventKind.STOP, None),
        (EventKind.REPEAT, "repeat_suspected"),
        (EventKind.OVERSPEND, "insufficient_balance"),
        (EventKind.WRONG_SHOP, "not_accepted_here"),
        (EventKind.STOPPED_CARD, "credential_stopped"),
    ],
)
def test_each_kind_of_event_happens_and_says_what_to_expect(
    kind: EventKind, code: str | None
) -> None:
    events = _of(kind, days=180)
    assert events
    assert {event.refused_as for event in events} == {code}


def test_every_shop_has_customers_at_some_hour() -> None:
    """Whatever its trade and size: its hours and the town's habits meet."""
    rng = random.Random(1)
    for shop in _shops():
        local = time_at(rng, shop, FIRST).astimezone(TOKYO)
        assert local.date() == FIRST
        assert shop.opens <= local.time() < shop.closes
        assert basket(rng, shop) >= 1


def _week(seed: int, recipients: Sequence[Recipient]) -> list[ShoppingEvent]:
    return list(
        simulation.shopping(recipients, _shops(), _program(), seed=seed, first_day=FIRST, days=7)
    )


def test_the_same_seed_makes_the_same_days_and_another_others() -> None:
    some = _recipients()[:100]
    assert _week(1, some) == _week(1, some)
    assert _week(1, some) != _week(2, some)


PROGRAM = """
from datetime import UTC, date, datetime
from hashlib import sha256
from ichimai import simulation, towns
town = towns.load("toshima")
program, first = town.programs[0], date(2026, 10, 1)
shops = simulation.storefronts(town, seed=1, at=datetime(2026, 9, 1, tzinfo=UTC))
people = simulation.population(town, program, seed=1, count=300, on=first, gift_share=0.08)
gifts = simulation.gift_lists.recipients(people, program)
month = simulation.shopping(gifts, shops, program, seed=1, first_day=first, days=10)
print(sha256(repr((shops, people, list(month))).encode()).hexdigest())
"""


def test_the_town_does_not_depend_on_the_process() -> None:
    """Sets and hashes differ from process to process; the town must not."""
    digests = {
        subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env=os.environ | {"PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for hash_seed in ("1", "2")
    }
    assert len(digests) == 1
