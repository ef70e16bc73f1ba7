"""Who stands behind a budget: of a premium, who funds the program that it is in."""

from ichimai.kernel import Asset
from ichimai.programs import funding
from ichimai.programs.terms import Program, ProgramKind, TopUp


def test_a_premium_with_a_budget_is_owed_by_who_funds_the_premium() -> None:
    """Not by the street that sells the voucher: the town adds to it."""
    voucher = Program(
        key=Asset("voucher"),
        kind=ProgramKind.PREPAID,
        name_ja="商品券",
        name_en="Voucher",
        funder="association:15",
        top_up=TopUp(premium=Asset("extra"), premium_percent=20, premium_budget_units=100),
    )
    extra = Program(key=Asset("extra"), name_ja="上乗せ", name_en="Extra", funder="operator")
    owner = funding.budget_id(voucher.key, "premium")
    for order in ([voucher, extra], [extra, voucher]):
        assert funding.parties(order)[owner] == "operator"
