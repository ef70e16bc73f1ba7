"""What a resident sees of the wallet, and a till of its own sales."""

from datetime import timedelta

import msgspec
import pytest

from ichimai import ledger, merchants, programs
from ichimai.kernel import Amount, Asset
from ichimai.ledger import Kind, OperationId, Posted
from ichimai.ledger.errors import UnknownOperation
from ichimai.programs import upkeep
from ichimai.programs.errors import TillNotSignedIn
from ichimai.programs.model import PaymentRequest, RefundRequest, ReleaseRequest, Request
from ichimai.programs.wallets import Entry, Wallet
from tests.integration.programs.office import Office, kiju, moved
from tests.town import GIFT, Town


def wallet_of(town: Town, who: str) -> Wallet:
    with town.database.read(town.operator) as tx:
        return programs.wallets.wallet(tx, town.clock, town.subjects[who])


def history_of(town: Town, who: str, *, before: int | None = None, limit: int = 50) -> list[Entry]:
    with town.database.read(town.operator) as tx:
        return programs.wallets.history(tx, town.subjects[who], before=before, limit=limit)


def ask(town: Town, request: Request) -> Posted:
    (answer,) = town.desk.serve([request])
    assert isinstance(answer, Posted), answer
    return answer


def test_what_is_left_is_told_by_lot_and_by_program(town: Town) -> None:
    town.pay("taro", "greengrocer", 3_000)
    wallet = wallet_of(town, "taro")
    assert [(lot.left, lot.granted) for lot in wallet.lots] == [
        (Amount(7_000, GIFT.key), Amount(10_000, GIFT.key)),
        (Amount(10_000, GIFT.key), Amount(10_000, GIFT.key)),
    ]
    assert wallet.left == {GIFT.key: 17_000}
    assert wallet.total_units == 17_000
    assert [lot.program for lot in wallet.lots] == [GIFT, GIFT]


def test_two_programs_are_told_apart(office: Office) -> None:
    town, other = office.town, msgspec.structs.replace(GIFT, key=Asset("other"))
    office.open(other)
    with town.database.write(town.operator) as tx:
        programs.lists.link(tx, [("1", town.subjects["kazu"])])
    office.granted(kiju("1"), key=other.key)
    assert wallet_of(town, "kazu").left == {GIFT.key: 100, other.key: 10_000}
    assert wallet_of(town, "kazu").total_units == 10_100


def test_a_spent_lot_and_one_that_is_over_are_not_shown(town: Town) -> None:
    """Also before the job has moved what was left in it."""
    town.pay("hanako", "greengrocer", 8_000)
    town.pay("hanako", "teahouse", 2_000)
    assert wallet_of(town, "hanako").lots == ()
    first, second = wallet_of(town, "taro").lots
    town.clock.at = first.expires_at - timedelta(microseconds=1)
    assert wallet_of(town, "taro").lots == (first, second)
    town.clock.at = first.expires_at
    assert wallet_of(town, "taro").lots == (second,)
    town.clock.at = second.expires_at
    assert wallet_of(town, "taro").total_units == 0


def test_who_was_never_given_anything_has_an_empty_wallet(town: Town) -> None:
    with town.database.read(town.operator) as tx:
        nobody = town.operation()
        assert programs.wallets.wallet(tx, town.clock, nobody) == Wallet(())
        assert programs.wallets.history(tx, nobody) == []


def test_history_has_the_newest_first_with_signs_and_shops(town: Town) -> None:
    paid = town.pay("hanako", "greengrocer", 3_000)
    refund = RefundRequest(
        id=town.operation(), token=town.token("greengrocer"), payment=paid, units=500
    )
    ask(town, refund)
    hold = PaymentRequest(
        id=town.operation(),
        token=town.token("teahouse"),
        credential=town.cards["hanako"],
        units=2_000,
        hold_until=town.clock.now() + timedelta(hours=1),
    )
    ask(town, hold)
    release = ReleaseRequest(
        id=town.operation(), token=town.token("teahouse"), hold=hold.id, units=1_200
    )
    ask(town, release)
    town.clock.advance(timedelta(days=180))
    upkeep.expire(town.desk)
    told = [(entry.kind, entry.units, entry.shop) for entry in history_of(town, "hanako")]
    assert told == [
        (Kind.EXPIRY, -6_300, None),
        (Kind.VOID, 800, "茶舗みどり"),
        (Kind.HOLD, -2_000, "茶舗みどり"),
        (Kind.REFUND, 500, "丸福青果"),
        (Kind.PAYMENT, -3_000, "丸福青果"),
        (Kind.GRANT, 10_000, None),
    ]
    assert sum(units for _, units, _ in told) == 0


def test_history_is_read_page_by_page(town: Town) -> None:
    for units in range(1, 8):
        town.pay("hanako", "greengrocer", units)
    whole = history_of(town, "hanako")
    assert len(whole) == 8
    found: list[Entry] = []
    while page := history_of(town, "hanako", before=found[-1].number if found else None, limit=3):
        found += page
    assert found == whole


def test_a_payment_from_two_gifts_is_two_lines_of_one_operation(town: Town) -> None:
    town.pay("taro", "greengrocer", 6_000)
    paid = town.pay("taro", "greengrocer", 8_000)
    lines = [entry for entry in history_of(town, "taro") if entry.operation == paid]
    assert [entry.units for entry in lines] == [-4_000, -4_000]


def test_nobody_sees_the_history_of_another(town: Town) -> None:
    paid = town.pay("hanako", "greengrocer", 1)
    assert paid not in {entry.operation for entry in history_of(town, "taro")}


def shown(town: Town, till: str, operation: OperationId) -> Posted:
    with town.database.read(town.operator) as tx:
        return programs.wallets.shown_to_till(tx, town.token(till), operation)


def test_a_till_sees_what_its_shop_sold(town: Town) -> None:
    paid = town.pay("hanako", "greengrocer", 1_000)
    found = shown(town, "greengrocer", paid)
    assert (found.operation, moved(found), found.is_replay) == (paid, 1_000, True)


def test_all_tills_of_a_shop_see_its_sales(town: Town) -> None:
    """One was broken and another stands in its place."""
    paid = town.pay("hanako", "greengrocer", 1_000)
    with town.database.write(town.operator) as tx:
        (till,) = merchants.tills.enrol_directly(tx, town.clock, [town.shops["greengrocer"].id])
        found = programs.wallets.shown_to_till(tx, till.token, paid)
    assert moved(found) == 1_000


def test_another_shops_sale_is_as_one_that_never_was(town: Town) -> None:
    paid = town.pay("hanako", "greengrocer", 1_000)
    with pytest.raises(UnknownOperation) as others:
        shown(town, "teahouse", paid)
    with pytest.raises(UnknownOperation) as none:
        shown(town, "teahouse", town.operation())
    assert vars(others.value) == vars(none.value)


def test_a_grant_is_no_sale_of_any_shop(town: Town) -> None:
    grant = history_of(town, "hanako")[-1]
    assert grant.kind == Kind.GRANT
    with pytest.raises(UnknownOperation):
        shown(town, "greengrocer", grant.operation)


def test_a_revoked_till_sees_nothing(town: Town) -> None:
    paid = town.pay("hanako", "greengrocer", 1_000)
    with pytest.raises(TillNotSignedIn):
        shown(town, "revoked", paid)
    with town.database.read(town.operator) as tx, pytest.raises(TillNotSignedIn):
        programs.wallets.shown_to_till(tx, "no token", paid)


def test_what_is_shown_to_a_till_proves_itself(town: Town) -> None:
    """The answer of later carries the same block as the answer at the time."""
    paid = town.pay("hanako", "greengrocer", 1_000)
    with town.database.read(town.operator) as tx:
        posted = ledger.reports.posted(tx, paid)
    assert posted is not None
    assert shown(town, "greengrocer", paid).block == posted.block
