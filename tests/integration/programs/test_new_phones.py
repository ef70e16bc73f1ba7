"""A phone that was just added pays little for a day (faults.md I11)."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import msgspec
import pytest

from ichimai import identity, registry
from ichimai.cards import Assurance
from ichimai.identity.errors import PhoneCodeUsed
from ichimai.identity.model import IdentityTerms
from ichimai.kernel.errors import DomainError
from ichimai.ledger import Posted
from ichimai.ledger.errors import (
    CredentialStopped,
    InsufficientBalance,
    LimitExceeded,
    NotAcceptedHere,
)
from ichimai.programs.model import RedemptionRequest
from ichimai.storage import REGISTRY
from tests.at_once import at_once
from tests.integration.programs.office import Office
from tests.integration.programs.test_delegates_refunded import RIDES, grant
from tests.integration.programs.test_payers import Phone, pays, told
from tests.town import SECTOR, Town

DAY = timedelta(hours=24)
STEP = timedelta(seconds=30)
LITTLE = timedelta(seconds=2)


def reference(town: Town, phone: Phone) -> UUID:
    """What stands for the phone in the town."""
    with town.database.read(REGISTRY) as tx:
        (card,) = registry.resolve_shown(tx, town.key, town.clock, SECTOR, [phone.shown])
    assert card is not None
    return card.reference


def pay(town: Town, phone: Phone, units: int, at: str = "greengrocer") -> object:
    """A payment with the phone's next code."""
    town.clock.advance(STEP)
    (answer,) = told(town.desk.serve([pays(town, phone.code(), units, at)]))
    return answer


def tap(town: Town, phone: Phone, units: int) -> object:
    """A payment with a tap of the phone at the till."""
    place = identity.Place(town.tills["greengrocer"].terminal, is_counter=False)
    with town.database.read(REGISTRY) as tx:
        (card,) = registry.resolve_shown(tx, town.key, town.clock, SECTOR, [phone.shown])
    assert card is not None
    with town.database.write(town.operator) as tx:
        token = identity.taps.tap(tx, town.clock, place, card, Assurance.TAP).token
    (answer,) = told(town.desk.serve([pays(town, token, units)]))
    return answer


def test_a_new_phone_pays_no_more_than_the_towns_limit(office: Office) -> None:
    """3,000 yen when the town says nothing else; the card is as it was, and nobody else's phone."""
    town = office.town
    phone = Phone(town, "hanako")
    assert pay(town, phone, 3_001) is LimitExceeded
    assert pay(town, phone, 2_000) == "paid"
    assert pay(town, phone, 1_001) is LimitExceeded
    assert pay(town, phone, 1_000) == "paid"
    assert pay(town, phone, 1) is LimitExceeded
    assert told(town.desk.serve([pays(town, town.cards["hanako"], 4_000)])) == ["paid"]
    assert pay(town, Phone(town, "taro"), 3_000) == "paid"
    assert town.balance("hanako") == 3_000
    office.verify()


@pytest.mark.parametrize(
    "after, outcome",
    [
        (DAY - LITTLE, LimitExceeded),
        (DAY - timedelta(milliseconds=1), LimitExceeded),
        (DAY, "paid"),
        (DAY + LITTLE, "paid"),
    ],
)
def test_it_is_new_for_24_hours_to_the_second(
    office: Office, after: timedelta, outcome: object
) -> None:
    """With its code and with a tap, whether or not it paid before."""
    town = office.town
    phone, other = Phone(town, "hanako"), Phone(town, "taro")
    town.clock.advance(after)
    assert told(town.desk.serve([pays(town, phone.code(), 3_001)])) == [outcome]
    assert tap(town, other, 3_001) is outcome


@pytest.mark.parametrize("early, outcome", [(LITTLE, LimitExceeded), (-LITTLE, "paid")])
def test_all_new_phones_of_a_person_share_one_limit(
    office: Office, early: timedelta, outcome: object
) -> None:
    """However many are added, one after the other; what was paid counts for 24 h."""
    town = office.town
    first = Phone(town, "hanako")
    town.clock.advance(timedelta(hours=20))
    assert pay(town, first, 2_500) == "paid"
    paid_at, second = town.clock.now(), Phone(town, "hanako")
    assert pay(town, second, 501) is LimitExceeded
    assert pay(town, second, 500) == "paid"
    town.clock.advance(timedelta(hours=5))
    assert pay(town, first, 3_001) == "paid", "the first is no longer new"
    assert pay(town, second, 1) is LimitExceeded
    third = Phone(town, "hanako")
    town.clock.advance(paid_at + DAY - early - town.clock.now())
    assert told(town.desk.serve([pays(town, third.code(), 2_000)])) == [outcome]


def test_one_added_at_the_counter_pays_as_any_card(office: Office) -> None:
    """Also when it had been added at home before."""
    town = office.town
    phone = Phone(town, "hanako")
    assert pay(town, phone, 3_001) is LimitExceeded
    with town.database.write(town.operator) as tx:
        identity.spending.trust(
            tx, town.clock, phone=reference(town, phone), wallet=town.subjects["hanako"]
        )
    assert pay(town, phone, 3_001) == "paid"
    assert tap(town, phone, 3_001) == "paid"
    assert pay(town, Phone(town, "hanako"), 3_000) == "paid"


def test_a_tap_of_a_new_phone_is_no_way_around(office: Office) -> None:
    town = office.town
    phone = Phone(town, "hanako")
    assert tap(town, phone, 3_001) is LimitExceeded
    assert tap(town, phone, 2_000) == "paid"
    assert pay(town, phone, 1_001) is LimitExceeded
    assert tap(town, phone, 1_001) is LimitExceeded
    assert pay(town, phone, 1_000) == "paid"


def test_the_town_decides_how_much(office: Office) -> None:
    """Nothing, if it likes."""
    town = office.town
    phone = Phone(town, "hanako")
    for limit, outcomes in ((5_000, ["paid", LimitExceeded]), (0, [LimitExceeded] * 2)):
        with town.database.write(town.operator) as tx:
            terms = IdentityTerms(new_phone_limit_yen=limit)
            identity.terms.set_terms(tx, town.clock, terms)
        assert [pay(town, phone, 4_000), pay(town, phone, 1_001)] == outcomes


def test_refusals_come_in_their_order(office: Office) -> None:
    """Stopped and used before the limit; the limit before the shop's and the wallet's."""
    town, phone = office.town, Phone(office.town, "hanako")
    for _ in range(2):
        town.pay("hanako", "greengrocer", 4_500)
    town.clock.advance(STEP)
    code = phone.code()
    assert told(town.desk.serve([pays(town, code, 500)])) == ["paid"]
    assert told(town.desk.serve([pays(town, code, 9_999)])) == [PhoneCodeUsed]
    assert pay(town, phone, 2_501, at="tavern") is LimitExceeded
    assert pay(town, phone, 2_500, at="tavern") is NotAcceptedHere
    assert pay(town, phone, 2_500) is InsufficientBalance
    with town.database.write(REGISTRY) as tx:
        registry.credentials.stop_shown(tx, town.key, town.clock, phone.shown)
    assert pay(town, phone, 9_999) is CredentialStopped


def test_the_shop_learns_what_any_limit_tells(office: Office) -> None:
    """The answer has no field, and is the same whether or not there is so much on the card."""
    town = office.town
    seen = []
    for who in ("hanako", "taro"):
        town.clock.advance(STEP)
        (answer,) = town.desk.serve([pays(town, Phone(town, who).code(), 15_000)])
        assert isinstance(answer, DomainError)
        seen.append((answer.code, answer.public, vars(answer)))
    assert seen[0] == seen[1] == ("limit_exceeded", (), {})


def test_an_operation_is_answered_as_it_was_for_ever(office: Office) -> None:
    """What was paid is not counted again; what was refused stays refused when the day is over."""
    town = office.town
    phone = Phone(town, "hanako")
    first = pays(town, phone.code(), 3_000)
    assert told(town.desk.serve([first, first])) == ["paid", "paid"]
    town.clock.advance(STEP)
    refused = pays(town, phone.code(), 1)
    assert told(town.desk.serve([refused, first])) == [LimitExceeded, "paid"]
    town.clock.advance(2 * DAY)
    (again, still) = town.desk.serve([first, refused])
    assert told([again, still]) == ["paid", LimitExceeded]
    assert isinstance(again, Posted)
    assert again.is_replay
    assert town.balance("hanako") == 7_000


def test_the_limit_counts_within_one_batch(office: Office) -> None:
    """Each operation once, however often it is sent."""
    town = office.town
    phones = [Phone(town, "hanako") for _ in range(4)]
    asked = [
        pays(town, phone.code(), units)
        for phone, units in zip(phones, (1_500, 1_501, 1_500, 1), strict=True)
    ]
    outcomes = ["paid", "paid", LimitExceeded, "paid", LimitExceeded]
    assert told(town.desk.serve([asked[0], *asked])) == outcomes


def test_a_hold_counts_too(office: Office) -> None:
    town = office.town
    phone = Phone(town, "hanako")
    held = msgspec.structs.replace(
        pays(town, phone.code(), 2_900), hold_until=town.clock.now() + timedelta(minutes=5)
    )
    assert told(town.desk.serve([held])) == ["paid"]
    assert pay(town, phone, 101) is LimitExceeded


def test_a_thing_counts_what_it_is_worth(office: Office) -> None:
    """Six rides of 450 yen, and not the seventh; what they were counts beside payments."""
    town = office.town
    office.open(RIDES)
    grant(town, RIDES.key, 9)
    phone = Phone(town, "hanako")

    def ride() -> object:
        town.clock.advance(STEP)
        asked = RedemptionRequest(
            id=town.operation(),
            token=town.token("greengrocer"),
            credential=phone.code(),
            program=RIDES.key,
            thing="ride",
        )
        (answer,) = told(town.desk.serve([asked]))
        return answer

    assert [ride() for _ in range(7)] == ["paid"] * 6 + [LimitExceeded]
    assert pay(town, phone, 301) is LimitExceeded
    assert pay(town, phone, 300) == "paid"
    office.verify()


def test_a_race_of_a_persons_new_phones_stays_within_the_limit(office: Office) -> None:
    """Twelve phones that never paid before, each at a till of its own: six times 500 yen."""
    town = office.town
    town.database._max_connections = 20
    desk, phones = town.desk, [Phone(town, "hanako") for _ in range(12)]
    shops = ("greengrocer", "teahouse", "pharmacy")
    requests = [
        pays(town, phone.code(), 500, shops[number % 3]) for number, phone in enumerate(phones)
    ]
    answers = at_once(*(lambda request=r: desk.serve([request]) for r in requests))
    flat = [each for answer in answers if isinstance(answer, Sequence) for each in told([*answer])]
    assert (flat.count("paid"), flat.count(LimitExceeded)) == (6, 6)
    assert town.balance("hanako") == 7_000
    office.verify()
