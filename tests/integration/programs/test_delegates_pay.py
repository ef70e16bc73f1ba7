"""Somebody's card that was given them to shop for somebody else: whose wallet, and how much."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from unittest import mock
from uuid import UUID

import msgspec
import psycopg
import pytest

from ichimai import audit, programs, registry
from ichimai.kernel.clock import day_in_tokyo
from ichimai.ledger import OperationId, Posted
from ichimai.ledger.errors import (
    CredentialStopped,
    DifferentAmount,
    InsufficientBalance,
    NotAcceptedHere,
    RepeatSuspected,
)
from ichimai.people.records import delegates, personal
from ichimai.people.records.delegates import DelegateKind, DelegationId, NewDelegation, Scope, Use
from ichimai.people.records.errors import (
    DayLimitExceeded,
    DelegationEnded,
    DelegationNotBegun,
    OutOfScope,
    TotalLimitExceeded,
    WrongPersonalKey,
)
from ichimai.people.records.personal import PersonalKey
from ichimai.programs.errors import TillNotSignedIn
from ichimai.programs.model import PaymentRequest, RefundRequest, ReleaseRequest
from ichimai.storage import REGISTRY
from tests.at_once import at_once
from tests.integration.programs.office import Office
from tests.integration.programs.test_payers import pays, told
from tests.town import SECTOR, Town

LOOK = audit.Look(UUID(int=0x57AFF), "clerk", audit.Purpose.APPLICATION)


class Bearer:
    """Taro, with a card of its own to shop for Hanako: 3,000 yen a day, 5,000 in all."""

    def __init__(
        self,
        town: Town,
        *,
        scopes: frozenset[Scope] = frozenset({Scope.PAY}),
        begins_in: int = 0,
        in_all: int = 5_000,
    ) -> None:
        self.town = town
        delegate = town.subjects["taro"]
        with town.database.write(REGISTRY) as tx:
            holder = registry.holders.of_subject(tx, SECTOR, delegate)
            self.code = registry.cards.issue_card(tx, town.key, town.clock, holder).code
            (card,) = registry.resolve(tx, town.key, SECTOR, [self.code])
        assert card is not None
        self.reference = card.reference
        first = day_in_tokyo(town.clock.now()) + timedelta(days=begins_in)
        may_pay = Scope.PAY in scopes
        new = NewDelegation(
            principal=town.subjects["hanako"],
            delegate=delegate,
            credential=self.reference,
            kind=DelegateKind.FAMILY,
            scopes=scopes,
            per_day_yen=3_000 if may_pay else 0,
            in_all_yen=in_all if may_pay else 0,
            from_on=first,
            until_on=date(2026, 12, 31),
        )
        with town.database.write(town.operator) as tx:
            self.delegation = delegates.add(tx, town.personal_key, town.clock, LOOK, new)

    def asks(self, units: int, at: str = "greengrocer") -> PaymentRequest:
        """A payment with the card."""
        return pays(self.town, self.code, units, at)

    def said(self) -> dict[str, Any]:
        """What every request with the card has."""
        token = self.town.token("greengrocer")
        return {"id": self.town.operation(), "token": token, "credential": self.code}

    def pay(self, *units: int) -> list[object]:
        """Payments in one batch."""
        return told(self.town.desk.serve([self.asks(each) for each in units]))

    def lines(self) -> list[Use]:
        """What the principal reads of it."""
        town, me = self.town, self.town.subjects["hanako"]
        with town.database.write(town.operator) as tx:
            return delegates.uses(tx, town.personal_key, town.clock, audit.Myself(me), me)

    def spent(self) -> int:
        """The total, the same by projection and by lines."""
        with self.town.database.read(self.town.operator) as tx:
            (total,) = tx.rows(
                "SELECT in_all_yen FROM delegation_total WHERE delegation = %s", [self.delegation]
            )
        lines = sum(use.yen for use in self.lines() if use.delegation == self.delegation)
        assert total[0] == lines
        return lines

    def refund(self, payment: OperationId, units: int, at: str = "greengrocer") -> object:
        """The shop gives back."""
        request = RefundRequest(
            id=self.town.operation(), token=self.town.token(at), payment=payment, units=units
        )
        return told(self.town.desk.serve([request]))[0]

    def release(self, hold: OperationId, units: int) -> OperationId:
        """The shop takes ``units`` of what it held."""
        id_ = self.town.operation()
        request = ReleaseRequest(
            id=id_, token=self.town.token("greengrocer"), hold=hold, units=units
        )
        assert told(self.town.desk.serve([request])) == ["paid"]
        return id_

    def end(self) -> None:
        """Hanako ends it."""
        me = self.town.subjects["hanako"]
        with self.town.database.write(self.town.operator) as tx:
            delegates.end(
                tx,
                self.town.personal_key,
                self.town.clock,
                audit.Myself(me),
                me,
                delegation=DelegationId(self.delegation),
            )


def test_the_principals_wallet_pays_and_the_delegates_card_is_in_the_journal(
    office: Office,
) -> None:
    """And the delegate's own wallet and card are as they were."""
    town = office.town
    bearer = Bearer(town)
    request = bearer.asks(1_200)
    (answer,) = town.desk.serve([request])
    assert isinstance(answer, Posted)
    assert {transfer.actor for transfer in answer.transfers} == {bearer.reference}
    assert (town.balance("hanako"), town.balance("taro")) == (8_800, 20_000)
    (line,) = bearer.lines()
    assert (line.operation, line.yen, line.scope) == (request.id, 1_200, Scope.PAY)
    assert line.terminal == town.tills["greengrocer"].terminal
    assert told(town.desk.serve([pays(town, town.cards["taro"])])) == ["paid"]
    assert (town.balance("hanako"), town.balance("taro")) == (8_800, 19_900)
    assert bearer.spent() == 1_200
    office.verify()


def test_a_card_that_was_given_for_others_never_pays_for_its_bearer(office: Office) -> None:
    """Also when the delegation is over, and when the principal was erased."""
    town = office.town
    bearer, other = Bearer(town), None
    bearer.end()
    assert bearer.pay(100) == [DelegationEnded]
    other = Bearer(town)
    with town.database.write(town.operator) as tx:
        me = town.subjects["hanako"]
        personal.erase(tx, town.clock, audit.Myself(me), me)
    assert other.pay(100) == [DelegationEnded]
    assert (town.balance("hanako"), town.balance("taro")) == (10_000, 20_000)


def test_refusals_come_in_their_order(town: Town) -> None:
    """Till, card, end, beginning, scope, day, total; then the shop's and the wallet's."""
    head = town.head()
    late = Bearer(town, begins_in=1)
    assert late.pay(9_999) == [DelegationNotBegun]
    late.end()
    assert late.pay(9_999) == [DelegationEnded]
    programs.cards.stop_card(town.desk, late.code)
    head = town.head()
    assert late.pay(9_999) == [CredentialStopped]
    fetches = Bearer(town, scopes=frozenset({Scope.COLLECT}))
    assert fetches.pay(9_999) == [OutOfScope]
    shops = Bearer(town)
    stranger = msgspec.structs.replace(shops.asks(1), token="nobody's")
    assert told(town.desk.serve([stranger])) == [TillNotSignedIn]
    assert shops.pay(9_999) == [DayLimitExceeded]
    assert town.head() == head
    assert shops.pay(3_000) == ["paid"]
    town.clock.advance(timedelta(days=1))
    assert shops.pay(3_001) == [DayLimitExceeded]
    assert shops.pay(2_001) == [TotalLimitExceeded]
    assert told(town.desk.serve([shops.asks(2_001, "tavern")])) == [TotalLimitExceeded]
    assert told(town.desk.serve([shops.asks(1_000, "tavern")])) == [NotAcceptedHere]
    assert shops.spent() == 3_000


def test_what_the_ledger_refuses_is_not_used(office: Office) -> None:
    town = office.town
    town.pay("hanako", "greengrocer", 7_900)
    bearer = Bearer(town)
    assert bearer.pay(2_500) == [InsufficientBalance]
    assert bearer.spent() == 0
    assert bearer.pay(2_100) == ["paid"]
    again = msgspec.structs.replace(bearer.asks(2_100), is_repeat_confirmed=False)
    assert told(town.desk.serve([again])) == [DayLimitExceeded]
    assert bearer.spent() == 2_100
    office.verify()


def test_the_limit_counts_within_one_batch(office: Office) -> None:
    bearer = Bearer(office.town)
    assert bearer.pay(1_000, 1_001, 1_000, 999) == ["paid", "paid", DayLimitExceeded, "paid"]
    assert bearer.spent() == 3_000
    office.verify()


def test_the_same_operation_is_answered_as_it_was_and_counts_once(office: Office) -> None:
    """In one batch, later, after the limit was reached and after the end."""
    town = office.town
    bearer = Bearer(town)
    first = bearer.asks(2_000)
    assert told(town.desk.serve([first, first, first])) == ["paid"] * 3
    assert bearer.spent() == 2_000
    assert bearer.pay(1_000) == ["paid"]
    other = msgspec.structs.replace(first, units=2_001)
    for _ in range(2):
        again = town.desk.serve([first, other])
        assert told(again) == ["paid", DifferentAmount]
        assert isinstance(again[0], Posted)
        assert again[0].is_replay
        bearer.end()
    assert bearer.spent() == 3_000
    assert town.balance("hanako") == 7_000
    office.verify()


def test_a_suspected_repetition_is_not_used_until_it_is_confirmed(office: Office) -> None:
    town = office.town
    bearer = Bearer(town)
    bearer.pay(500)
    asked = msgspec.structs.replace(bearer.asks(500), is_repeat_confirmed=False)
    assert told(town.desk.serve([asked])) == [RepeatSuspected]
    assert bearer.spent() == 500
    sure = msgspec.structs.replace(asked, is_repeat_confirmed=True)
    assert told(town.desk.serve([sure])) == ["paid"]
    assert bearer.spent() == 1_000


@pytest.mark.parametrize("lanes", [24])
def test_a_race_over_the_days_limit_stays_within_it(office: Office, lanes: int) -> None:
    """24 tills at once, each a batch of its own: six times 500 yen fit into 3,000."""
    town = office.town
    bearer, desk = Bearer(town), town.desk
    town.database._max_connections = lanes + 4
    shops = ("greengrocer", "teahouse", "pharmacy")
    requests = [bearer.asks(500, shops[number % 3]) for number in range(lanes)]
    served = at_once(*(lambda request=r: desk.serve([request]) for r in requests))
    answers = [each for answer in served if isinstance(answer, list) for each in told(answer)]
    assert len(answers) == lanes
    assert answers.count("paid") == 6
    assert answers.count(DayLimitExceeded) == lanes - 6
    assert bearer.spent() == 3_000
    assert town.balance("hanako") == 7_000
    office.verify()


def test_lanes_with_several_delegates_do_not_wait_for_each_other_in_a_ring(
    office: Office,
) -> None:
    town = office.town
    bearers, desk = [Bearer(town, in_all=4_000)], town.desk
    bearers[0].end()
    bearers += [_for(town, who) for who in ("kazu", "jiro")]
    for _ in range(6):
        batches = [
            [bearer.asks(10, at) for bearer in ordered]
            for at, ordered in (("greengrocer", bearers), ("teahouse", bearers[::-1]))
        ]
        at_once(*(lambda batch=b: desk.serve(batch) for b in batches))
    office.verify()


def _for(town: Town, who: str) -> Bearer:
    """Taro shops for somebody else, too."""
    names = {"hanako": town.subjects[who]}
    other = Bearer.__new__(Bearer)
    with mock.patch.dict(town.subjects, names):
        other.__init__(town)  # type: ignore[misc]  # made while the names are others
    return other


def test_a_delegation_that_cannot_be_opened_stops_nobody_else(office: Office) -> None:
    """Its own payment is told to ask again; the rest of the batch is served."""
    town = office.town
    bearer = Bearer(town)
    town.personal_key = PersonalKey(b"x" * 32, SECTOR)
    requests = [bearer.asks(100), pays(town, town.cards["taro"])]
    assert told(town.desk.serve(requests)) == [WrongPersonalKey, "paid"]
    assert town.balance("hanako") == 10_000


def test_ordinary_cards_cost_no_statement_more(town: Town) -> None:
    """While there are no delegates; with some, two for a batch that has none of theirs."""
    assert [query for query in _asked(town) if "delegation_" in query] == []
    before = len(_asked(town))
    Bearer(town)
    queries = _asked(town)
    assert len([query for query in queries if "delegation_" in query]) == 2
    assert len(queries) == before + 2


def _asked(town: Town) -> list[str]:
    seen: list[str] = []
    execute: Callable[..., Any] = psycopg.Cursor.execute

    def watched(self: object, query: object, *rest: object, **options: object) -> object:
        seen.append(str(query))
        return execute(self, query, *rest, **options)

    with mock.patch.object(psycopg.Cursor, "execute", watched):
        answers = town.desk.serve([pays(town, town.cards[who]) for who in ("hanako", "taro")])
    assert told(answers) == ["paid", "paid"]
    # A connection asks once what PostgreSQL calls a type.
    return [query for query in seen if "regtype" not in query]
