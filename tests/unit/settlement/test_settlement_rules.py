"""Which week closes, what is held back, who may be paid."""

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from ichimai.merchants import BankAccount, Shop, ShopId, ShopSize
from ichimai.settlement import rules
from ichimai.settlement.errors import NotABankDay
from ichimai.settlement.model import ClosingId, HeldFor, Payable

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
    found = rules.proposal([Payable(FIRST, A, units)], known, hold=set(), release=set())
    assert [payee.reason for payee in found.held] == [HeldFor.ABOVE_USUAL] * is_held
    released = rules.proposal([Payable(FIRST, A, units)], known, hold=set(), release={A})
    assert released.held == ()


def test_all_that_a_shop_is_owed_counts_together_and_is_held_together() -> None:
    owed = [Payable(FIRST, A, 20_000), Payable(FIRST, B, 5), Payable(SECOND, A, 20_000)]
    found = rules.proposal(owed, {A: 10_000}, hold=set(), release=set())
    assert found.payables == (owed[1],)
    assert [(payee.shop, payee.units) for payee in found.held] == [(A, 40_000)]
    assert rules.proposal(owed, {}, hold={B}, release={B}).units_by_shop == {A: 40_000}


def test_a_payment_too_large_for_the_file_is_a_problem_of_the_payee() -> None:
    assert list(rules.payee_problems(SHOP, rules.MAX_TRANSFER_YEN)) == []
    (problem,) = rules.payee_problems(SHOP, rules.MAX_TRANSFER_YEN + 1)
    assert (problem.field, problem.value) == ("amount", "10000000000")


def test_a_bank_name_is_a_problem_of_the_payee_too() -> None:
    shop = replace(SHOP, account=replace(SHOP.account, bank_name="ゆうちょ", branch_name="ｽｶﾞﾓー"))
    bank, branch = rules.payee_problems(shop, 1)
    assert (bank.field, bank.suggestion) == ("bank_name", "")
    assert (branch.field, branch.suggestion) == ("branch_name", "ｽｶﾞﾓ-")
