"""Programs of every sort in the law, one of them in two versions."""

from datetime import date
from typing import Final

from ichimai.kernel import Asset
from ichimai.programs.terms import (
    Acceptance,
    Bonus,
    Earning,
    Expiry,
    Instrument,
    Money,
    Program,
    ProgramKind,
    Settlement,
    Trigger,
)

GIFT, POINTS, PREPAID = Asset("gift"), Asset("street-points"), Asset("sports_prepaid")
PREMIUM, STAMPS = Asset("premium"), Asset("stamps")
VALUE: Final = (GIFT, POINTS, PREPAID, PREMIUM)
PROGRAMS: Final = (
    Program(key=GIFT, name_ja="長寿祝い", name_en="Gift", expiry=Expiry(after_months=6)),
    Program(
        key=POINTS,
        kind=ProgramKind.POINTS,
        name_ja="商店街ポイント",
        name_en="Street points",
        funder="shop",
        money=Money.ASSOCIATION,
        instrument=Instrument.NOT_PAID_FOR,
        earnings=(
            Earning(key="sale", name_ja="買物", name_en="Sale", trigger=Trigger.SALE),
            Earning(
                key="class",
                name_ja="教室",
                name_en="Class",
                trigger=Trigger.EVENT,
                event="class",
                funder="operator",
                budget_units=100_000,
            ),
        ),
        bonuses=(
            Bonus(
                key="cinema",
                name_ja="映画の日",
                name_en="Cinema day",
                earning="sale",
                times=2,
                funder="cinema",
            ),
        ),
    ),
    Program(
        key=PREPAID,
        kind=ProgramKind.PREPAID,
        name_ja="スポーツ券",
        name_en="Sports card",
        money=Money.OWN,
        instrument=Instrument.OWN_USE,
        deciding_law="区の施設だけで使えます。",
        expiry=Expiry(never=True),
        acceptance=Acceptance(associations=(8,)),
    ),
    Program(
        key=PREMIUM,
        name_ja="プレミアム商品券",
        name_en="Premium voucher",
        funder="association:8",
        money=Money.OWN,
        instrument=Instrument.SIX_MONTHS,
        settlement=Settlement(pool="association:8"),
    ),
    Program(
        key=STAMPS,
        kind=ProgramKind.STAMPS,
        name_ja="スタンプ",
        name_en="Stamps",
        unit_ja="個",
        unit_en="stamps",
        unit_yen=10,
        funder="association:27",
        money=Money.ASSOCIATION,
        instrument=Instrument.NOT_PAID_FOR,
    ),
    Program(
        key=PREMIUM,
        name_ja="プレミアム商品券",
        name_en="Premium voucher",
        version=2,
        starts_on=date(2026, 4, 1),
        funder="association:8",
        money=Money.OWN,
        instrument=Instrument.THIRD_PARTY,
        settlement=Settlement(pool="association:8"),
    ),
)
