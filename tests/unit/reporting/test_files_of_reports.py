"""Reports and entries as text: tables for a spreadsheet, strings of beancount."""

import csv
import io
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from ichimai.kernel import Asset, text
from ichimai.ledger import Kind, OperationId
from ichimai.ledger.model import Role
from ichimai.programs import funding
from ichimai.programs.terms import Instrument, Money, Program, Version
from ichimai.reporting import beancount, labels, tables
from ichimai.reporting.account_names import ROLES, Names, commodity
from ichimai.reporting.journal_model import Moved, Side
from ichimai.reporting.model import (
    Age,
    End,
    ExpiredReport,
    ExpiredRow,
    LiabilityReport,
    LiabilityRow,
    ProgramName,
    ShareCell,
    ShareMonth,
    ShareReport,
)
from ichimai.reporting.rules import Terms

NAME = ProgramName(Asset("x"), "=制度", "Program")
SHOP, STRANGER = UUID(int=1), UUID(int=2)
PROGRAM = Program(key=Asset("x"), name_ja='"祝い"\n\\', name_en="Gift", unit_yen=5)


def read(content: bytes) -> list[dict[str, str]]:
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def liability(yen: int = 50) -> LiabilityReport:
    row = LiabilityRow(
        NAME, "association:8", Money.ASSOCIATION, Age.UP_TO_30, End.NEVER, yen // 5, yen
    )
    return LiabilityReport(
        day_on=date(2026, 9, 30),
        number=7,
        is_over=True,
        rows=(row,),
        by_money={Money.ASSOCIATION: yen},
        by_age={Age.UP_TO_30: yen},
        by_end={End.NEVER: yen},
        yen=yen,
    )


def test_a_table_is_japanese_or_english_and_never_a_formula() -> None:
    (row,) = read(tables.as_csv(liability()))
    assert (row["制度名"], row["財源"], row["金額（円）"]) == ("'=制度", "商店会・店舗", "50")
    assert (row["使えるようになってからの日数"], row["期限までの日数"]) == ("0〜30日", "期限なし")
    (row,) = read(tables.as_csv(liability(), "en"))
    assert (row["Name"], row["Money"], row["Yen"]) == ("Program", "associations and shops", "50")


def test_a_sum_below_zero_stays_a_number() -> None:
    row = ExpiredRow(NAME, "shop", Money.ASSOCIATION, -1, -5, 0)
    report = ExpiredReport(date(2026, 4, 1), date(2026, 4, 2), True, (row,), {}, -5)
    assert read(tables.as_csv(report))[0]["金額（円）"] == "-5"


def test_a_character_that_cp932_lacks_is_refused() -> None:
    strange = ProgramName(Asset("x"), "𠮷", "x")
    row = ExpiredRow(strange, "shop", Money.PUBLIC, 1, 1, 0)
    report = ExpiredReport(date(2026, 4, 1), date(2026, 4, 2), True, (row,), {}, 1)
    with pytest.raises(text.UnmappableText):
        tables.as_csv(report, encoding=text.Encoding.CP932)
    assert "失効" not in tables.as_csv(liability(), encoding=text.Encoding.CP932).decode("cp932")


def test_what_is_not_shown_is_said_to_be() -> None:
    cells = (ShareCell("8", "商店会", 60, 6, 600), ShareCell("9", "別", None, None, None))
    sizes = (ShareCell("small", "small", None, None, None),)
    shown = ShareMonth(date(2026, 9, 1), 100, 10, cells, sizes)
    nothing = ShareMonth(date(2026, 10, 1), None, None, (), ())
    first, last = date(2026, 9, 1), date(2026, 10, 31)
    report = ShareReport(NAME, first, last, 10, 100, (shown, nothing), (), ())
    rows = read(tables.as_csv(report))
    assert [row["単位数"] for row in rows] == ["100", "60", "非表示", "非表示", "非表示"]
    assert [row["金額（円）"] for row in rows] == ["1000", "600", "非表示", "非表示", "非表示"]
    assert [row["割合（％）"] for row in rows[:2]] == ["100.0", "60.0"]
    assert rows[3]["名称"] == "小型店"


def test_everything_has_a_word_in_both_languages() -> None:
    assert set(labels.INSTRUMENTS) == set(Instrument)
    assert set(labels.MONEY) == set(Money)
    assert set(labels.AGES) == set(Age)
    assert set(labels.ENDS) == set(End)
    assert set(ROLES) == set(Role)


def test_every_role_has_an_account_of_its_own() -> None:
    assert len({name for name, _ in ROLES.values()}) == len(ROLES)


@pytest.mark.parametrize(
    "asset, unit",
    [
        ("longevity-gift", "LONGEVITY-GIFT"),
        ("sports_prepaid", "SPORTS_PREPAID"),
        ("a", "U-CA978112CA1BBDCAFAC2"),
        ("ends-", "U-26ECEBB73DB55EED93C9"),
    ],
)
def test_a_unit_is_written_as_its_key_where_beancount_can(asset: str, unit: str) -> None:
    found = commodity(Asset(asset))
    assert len(found) <= 24
    if unit.startswith("U-"):
        assert found.startswith("U-")
    else:
        assert found == unit


def test_two_units_never_share_a_name() -> None:
    keys = ["x" * 30, "x" * 31, "a", "A", "b-", "b_", "in-kind/book", "in-kind"]
    assert len({commodity(Asset(key)) for key in keys}) == len(keys)


def names() -> Names:
    terms = Terms([Version(PROGRAM, datetime(2026, 1, 1, tzinfo=UTC))], [SHOP])
    return Names(terms, {SHOP: ("08-001", "青果")}, {8: "巣鴨"})


@pytest.mark.parametrize(
    "role, owner, name, name_ja",
    [
        (Role.WALLET, UUID(int=0), "Liabilities:Wallets", "利用者の残高"),
        (Role.PAYABLE, SHOP, "Liabilities:Payable:Shop-08-001", "未払金 青果"),
        (Role.ISSUED, SHOP, "Assets:Issued:Shop-08-001", "発行 青果"),
        (
            *(Role.ISSUED, funding.party_id("operator")),
            *("Assets:Issued:Operator", "発行 発行者（自治体）"),
        ),
        (Role.SETTLED, STRANGER, f"Assets:Settled:Other-{STRANGER.hex}", "支払済み その他"),
        (Role.EXPIRED, STRANGER, "Income:Expired", "失効"),
    ],
)
def test_accounts_are_named_by_role_and_party(
    role: Role, owner: UUID, name: str, name_ja: str
) -> None:
    assert names().account(Side(role, owner)) == (name, name_ja)


def test_an_operation_is_one_entry_with_all_its_legs() -> None:
    operation = OperationId(UUID(int=9))
    wallet, shop = Side(Role.WALLET, UUID(int=0)), Side(Role.RECEIVABLE, SHOP)
    day = date(2026, 9, 30)
    legs = [
        Moved(
            number=number,
            day_on=day,
            recorded_at=None,
            operation=operation,
            reverses=UUID(int=0),
            kind=Kind.PAYMENT,
            asset=Asset("x"),
            units=3,
            transfers=1,
            debit=wallet,
            credit=shop,
        )
        for number in (4, 5)
    ]
    closing = {(wallet, Asset("x")): -6, (shop, Asset("x")): 6}
    span = beancount.Span(day, day, {}, closing)
    written = "".join(beancount.text("町", names(), span, legs))
    assert written.count('2026-09-30 * "payment"') == 1
    assert written.count("  Liabilities:Wallets  3 U-") == 2
    assert "2026-10-01 balance Liabilities:Receivable:Shop-08-001  -6 U-" in written
    assert 'name-ja: "\\"祝い\\" \\\\"' in written
    assert " 5 JPY" in written
