"""Processes released by one barrier, against two server processes that share one ledger."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from ichimai import ledger, programs, settlement
from ichimai.kernel import Asset, ids
from ichimai.kernel.clock import SystemClock
from ichimai.ledger import Kind
from ichimai.ledger.model import Role
from ichimai.programs.model import GrantListId, ListState
from tests.acceptance.faults.audit import units_made
from tests.acceptance.faults.gift_list import gift_list
from tests.acceptance.faults.racers import Got, OfficialRacer, TillRacer, race
from tests.acceptance.faults.servers import wait_until
from tests.acceptance.faults.tills import Till, new_id, payment
from tests.acceptance.faults.town import GIFT, GIFT_UNITS, Town, rounds

Sale = tuple[str, dict[str, Any]]


def sale(card: str, units: int, id_: UUID | None = None) -> Sale:
    return "/payments", payment(id_ or new_id(), card, units)


def outcomes(found: list[Got]) -> dict[str, int]:
    """How many answers were of each kind: the status of successes, the code of refusals."""
    counts: dict[str, int] = {}
    for got in found:
        for status, body in got:
            key = str(body.get("code", status))
            counts[key] = counts.get(key, 0) + 1
    return counts


def till(town: Town, number: int, *sales: Sale) -> TillRacer:
    return TillRacer(town.port, town.tokens[number], sales)


def official(town: Town, deed: str, **arguments: object) -> OfficialRacer:
    return OfficialRacer(str(town.folder), town.url, deed, arguments)


@pytest.fixture
def town(served: Town) -> Town:
    """The town that the tests of this file share."""
    return served


def test_two_shops_and_a_balance_for_one(town: Town) -> None:
    """Each asks for all that is on the card: one is paid, the other refused."""
    for card in town.cards(rounds(10)):
        found = race([till(town, shop, sale(card, GIFT_UNITS)) for shop in range(2)])
        assert outcomes(found) == {"201": 1, "insufficient_balance": 1}


def test_a_hundred_payments_of_one_yen_from_fifty(town: Town) -> None:
    """Exactly fifty are paid, to the last yen, and fifty refused."""
    for card in town.cards(rounds(1), units=50):
        found = race([till(town, number, sale(card, 1)) for number in range(100)])
        assert outcomes(found) == {"201": 50, "insufficient_balance": 50}


def test_one_id_sent_by_fifty_is_one_payment(town: Town) -> None:
    """One answer is 201, the others 200, and all have the same receipt."""
    for card in town.cards(rounds(2)):
        asked = sale(card, 7)
        found = race([till(town, 0, asked) for _ in range(50)])
        assert outcomes(found) == {"201": 1, "200": 49}
        assert len({str(body) for ((_, body),) in found}) == 1


def test_one_refund_of_sixty_four(town: Town) -> None:
    """Sixty-four refunds of the whole payment, each with its own id: one is made."""
    for card in town.cards(rounds(1)):
        paid = new_id()
        (((status, _),),) = race([till(town, 0, sale(card, 500, paid))])
        assert status == 201
        path = f"/payments/{paid}/refunds"
        refunds = [(path, {"id": str(new_id()), "amount": 500}) for _ in range(64)]
        found = race([till(town, 0, refund) for refund in refunds])
        assert outcomes(found) == {"201": 1, "refund_exceeds_payment": 63}


def test_a_hold_is_posted_or_voided_but_not_both(town: Town) -> None:
    """Sixteen post it and sixteen void it at once: the first in the order is the only one."""
    for card in town.cards(rounds(3)):
        held = new_id()
        body = payment(held, card, 100)
        (((status, _),),) = race([till(town, 0, ("/holds", body))])
        assert status == 201
        deeds = ["post", "void"] * 16
        asked = [(f"/holds/{held}/{deed}", {"id": str(new_id())}) for deed in deeds]
        found = race([till(town, 0, each) for each in asked])
        assert outcomes(found) == {"201": 1, "hold_closed": 31}


def test_a_lot_ends_while_it_is_being_spent(town: Town) -> None:
    """Until its end what is paid is paid, then the rest expires: together it is the gift."""
    answers: dict[str, int] = {}
    for lead_seconds in (4, 8, 16, 32):  # on a busy machine the racers come late to the end
        answers = spend_around_the_end(town, SystemClock().now() + timedelta(seconds=lead_seconds))
        if len(answers) == 2:
            break
    assert answers.keys() == {"201", "insufficient_balance"}


def spend_around_the_end(town: Town, ends_at: datetime) -> dict[str, int]:
    """Spend from gifts that end, while three processes look for what has ended."""
    cards, end = town.cards(6, ends_at=ends_at), ends_at.timestamp()
    spenders = [
        TillRacer(
            town.port,
            town.tokens[number],
            [sale(card, 7) for _ in range(500)],
            since_at=end - 0.7,
            until_at=end + 0.7,
        )
        for number, card in enumerate(cards)
    ]
    expirers = [official(town, "expire_until", at=end + 1) for _ in range(3)]
    found = race([*spenders, *expirers])[: len(cards)]
    paid = [body for got in found for status, body in got if status == 201]
    assert all(datetime.fromisoformat(body["recorded_at"]) < ends_at for body in paid)
    parts = town.installation
    with parts.database.snapshot(parts.operator) as tx:
        ledger.verification.verify(tx)
        rows = tx.rows(
            "SELECT kind, sum(units)::bigint, min(recorded_at) FROM transfer WHERE lot IN"
            " (SELECT id FROM lot WHERE expires_at = %s) GROUP BY kind",
            (ends_at,),
        )
    made = {Kind(kind): (units, first) for kind, units, first in rows}
    assert made[Kind.GRANT][0] == len(cards) * GIFT_UNITS
    assert made[Kind.EXPIRY][0] == len(cards) * GIFT_UNITS - 7 * len(paid)
    assert made[Kind.EXPIRY][1] >= ends_at
    return outcomes(found)


def test_a_late_sale_is_in_this_closing_or_in_the_next(town: Town) -> None:
    """Two officers close one week while twenty tills sell: it is closed once, no yen is missing."""
    for number in range(rounds(2)):
        asset = Asset(f"closing-{number}")
        town.second_program(asset)
        cards = town.cards(20, asset=asset)
        early = race([till(town, 0, *[sale(card, 10) for card in cards])])
        assert outcomes(early) == {"201": 20}
        by = str(ids.uuid7(SystemClock()))
        closers = [
            official(town, "close_week", closing=str(new_id()), asset=asset, by=by)
            for _ in range(2)
        ]
        tills = [
            till(town, shop, *[sale(card, units) for units in range(20, 30)])
            for shop, card in enumerate(cards)
        ]
        found = race([*tills[:10], *closers, *tills[10:]])
        assert sorted(code for (code,) in found[10:12]) == ["", "already_closed"]
        assert outcomes(found[:10] + found[12:]) == {"201": 200}
        sold = 20 * 10 + 20 * sum(range(20, 30))
        parts = town.installation
        with parts.database.snapshot(parts.operator) as tx:
            (closed,) = settlement.reports.closings(tx, asset)
            owed = ledger.reports.total(tx, Role.PAYABLE, asset)
            open_ = ledger.reports.total(tx, Role.RECEIVABLE, asset)
        assert closed.units == owed >= 20 * 10
        assert owed + open_ == sold


@pytest.mark.parametrize("decisions", [[True] * 8, [True, False] * 4])
def test_a_list_decided_by_eight_at_once_is_decided_once(town: Town, decisions: list[bool]) -> None:
    """One decision stands; approved, the server grants each row once, declined none."""
    parts, officer = town.installation, new_id()
    with parts.database.write(parts.operator) as tx:
        asked = programs.lists.submit(tx, parts.clock, GIFT, gift_list(40), by=officer)
    found = race(
        [
            official(
                town, "decide_list", list_=str(asked.id), by=str(new_id()), is_approved=decision
            )
            for decision in decisions
        ]
    )
    codes = [code for (code,) in found]
    assert sorted(codes) == ["", *["grant_list_decided"] * 7]
    if decisions[codes.index("")]:
        wait_until(lambda: state_of(town, asked.id) is ListState.POSTED, within_seconds=30)
    else:
        assert state_of(town, asked.id) is ListState.DECLINED
    with parts.database.snapshot(parts.operator) as tx:
        rows = tx.rows("SELECT operation FROM grant_list_row WHERE list = %s", (asked.id,))
        made = units_made(tx, [operation for (operation,) in rows])
    is_posted = state_of(town, asked.id) is ListState.POSTED
    assert made == ({operation: GIFT_UNITS for (operation,) in rows} if is_posted else {})


def state_of(town: Town, id_: GrantListId) -> ListState:
    parts = town.installation
    with parts.database.read(parts.operator) as tx:
        return programs.lists.grant_list(tx, id_).state


def test_a_till_that_asks_one_server_process_is_known_to_the_other(town: Town) -> None:
    """The same id again over many lines, whichever process takes them, is one payment."""
    (card,) = town.cards(1)
    id_ = new_id()
    for number in range(20):
        line = Till(town.port, town.tokens[0])
        assert line.pay(card, 5, id_).status == (200 if number else 201)
        line.close()
