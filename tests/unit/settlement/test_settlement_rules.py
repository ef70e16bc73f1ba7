"""Which week closes, what is held back, who may be paid."""

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from ichimai.kernel import Asset
from ichimai.merchants import BankAccount, Shop, ShopId, ShopSize
from ichimai.settlement import rules
from ichimai.settlement.errors import NotABankDay
from ichimai.settlement.model import ClosingId, HeldFor, HeldPayee, OpenLine, Payable

A, B = ShopId(UUID(int=1)), ShopId(UUID(int=2))
FIRST, SECOND = ClosingId(UUID(int=11)), ClosingId(UUID(int=12))
SHOP = Shop(
    id=A,
    number="08-017",
    association=8,
    name="丸屋",
    kana="マルヤ",
    size=ShopSize.SMALL,
    category="food",
    account=BankAccount("0001", "ﾐｽﾞﾎ", "007", "ｽｶﾞﾓ", 1, "1234567", "ﾏﾙﾔ ﾕ)"),
)


@pytest.mark.parametrize(
    "now, sunday",
    [
        (datetime(2026, 10, 4, 14, 59, 59, tzinfo=UTC), date(2026, 9, 27)),
        (datetime(2026, 10, 4, 15, 0, 0, tzinfo=UTC), date(2026, 10, 4)),
        (datetime(2026, 10, 7, 3, tzinfo=UTC), date(2026, 10, 4)),
        (datetime(2026, 10, 11, 14, 59, tzinfo=UTC), date(2026, 10, 4)),
        (datetime(2028, 3, 1, 3, tzinfo=UTC), date(2028, 2, 27)),
        (datetime(2027, 1, 1, 3, tzinfo=UTC), date(2026, 12, 27)),
    ],
    ids=str,
)
def test_the_week_ends_when_sunday_ends_in_tokyo(now: datetime, sunday: date) -> None:
    assert rules.week_to_close(now) == sunday


def test_pay_days_leave_the_bank_three_bank_days() -> None:
    assert rules.pay_day(datetime(2026, 10, 7, 3, tzinfo=UTC)) == date(2026, 10, 13)


def test_a_pay_day_is_at_most_thirty_days_off() -> None:
    now = datetime(2026, 10, 4, 18, tzinfo=UTC)
    rules.check_pay_day(date(2026, 11, 4), now)
    with pytest.raises(NotABankDay):
        rules.check_pay_day(date(2026, 11, 5), now)


def line(
    closing: ClosingId,
    shop: ShopId,
    yen: int,
    size: ShopSize = ShopSize.SMALL,
    closes_on: date = date(2026, 10, 4),
    *,
    is_disputed: bool = False,
) -> OpenLine:
    """A line of a program whose unit is a yen; below 0 the shop owes it."""
    payable = Payable(closing, shop, units=max(yen, 0), due=max(-yen, 0), yen=yen)
    return OpenLine(payable, Asset("a"), closes_on, 1, size, 8, 0, is_disputed)


@pytest.mark.parametrize(
    "units, usual, is_held",
    [
        (30_000, 1, False),
        (30_001, 1, True),
        (30_001, None, False),
        (30_001, 10_000, True),
        (30_000, 10_000, False),
        (60_000, 20_000, False),
        (60_001, 20_000, True),
    ],
)
def test_more_than_three_times_the_usual_is_held(
    units: int, usual: int | None, *, is_held: bool
) -> None:
    known = {} if usual is None else {A: usual}
    found = rules.proposal([line(FIRST, A, units)], known, hold=set(), release=set())
    assert [payee.reason for payee in found.held] == [HeldFor.ABOVE_USUAL] * is_held
    released = rules.proposal([line(FIRST, A, units)], known, hold=set(), release={A})
    assert released.held == ()


def test_all_that_a_shop_is_owed_counts_together_and_is_held_together() -> None:
    owed = [line(FIRST, A, 20_000), line(FIRST, B, 5), line(SECOND, A, 20_000)]
    found = rules.proposal(owed, {A: 10_000}, hold=set(), release=set())
    assert found.lines == (owed[1],)
    assert [(payee.shop, payee.units) for payee in found.held] == [(A, 40_000)]
    assert rules.proposal(owed, {}, hold={B}, release={B}).yen_by_shop == {A: 40_000}


def test_a_shop_that_owes_more_than_it_is_owed_is_not_paid_and_not_held() -> None:
    owed = [line(FIRST, A, 300), line(SECOND, A, -301), line(FIRST, B, 300), line(SECOND, B, -299)]
    found = rules.proposal(owed, {}, hold=set(), release=set())
    assert (found.yen_by_shop, found.held) == ({B: 1}, ())
    assert rules.to_pay(owed) == 1


def test_a_disputed_line_is_held_and_the_others_are_paid() -> None:
    owed = [line(FIRST, A, 300, is_disputed=True), line(SECOND, A, 40), line(FIRST, B, 9)]
    found = rules.proposal(owed, {}, hold=set(), release={A})
    assert found.yen_by_shop == {A: 40, B: 9}
    assert found.held == (HeldPayee(A, 300, HeldFor.DISPUTED),)


@pytest.mark.parametrize(
    "size, today, is_due",
    [
        (ShopSize.SMALL, date(2026, 10, 1), True),
        (ShopSize.MEDIUM, date(2026, 10, 4), False),
        (ShopSize.MEDIUM, date(2026, 10, 5), True),
        (ShopSize.LARGE, date(2026, 10, 31), False),
        (ShopSize.LARGE, date(2026, 11, 1), True),
        (ShopSize.LARGE, date(2027, 1, 1), True),
    ],
)
def test_small_shops_are_paid_first(size: ShopSize, today: date, *, is_due: bool) -> None:
    """All were closed on Thursday 1 October."""
    owed = line(FIRST, A, 5, size, date(2026, 10, 1))
    assert rules.is_due(owed, today) is is_due


def test_a_batch_for_small_shops_alone_pays_on_the_next_bank_day() -> None:
    friday = datetime(2026, 10, 9, 3, tzinfo=UTC)
    assert rules.pay_day(friday, {ShopSize.SMALL}) == date(2026, 10, 13)
    assert rules.pay_day(friday, {ShopSize.SMALL, ShopSize.MEDIUM}) == date(2026, 10, 15)


def test_a_payment_too_large_for_the_file_is_a_problem_of_the_payee() -> None:
    assert list(rules.payee_problems(SHOP, rules.MAX_TRANSFER_YEN)) == []
    (problem,) = rules.payee_problems(SHOP, rules.MAX_TRANSFER_YEN + 1)
    assert (problem.field, problem.value) == ("amount", "10000000000")


def test_a_bank_name_is_a_problem_of_the_payee_too() -> None:
    shop = replace(SHOP, account=replace(SHOP.account, bank_name="ゆうちょ", branch_name="ｽｶﾞﾓー"))
    bank, branch = rules.payee_problems(shop, 1)
    assert (bank.field, bank.suggestion) == ("bank_name", "")
    assert (branch.field, branch.suggestion) == ("branch_name", "ｽｶﾞﾓ-")
