"""A statement as a table and as paper."""

import csv
import io
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from ichimai.kernel import Asset
from ichimai.kernel.text import Encoding, UnmappableText
from ichimai.ledger import Kind
from ichimai.merchants import BankAccount, Shop, ShopId, ShopSize
from ichimai.settlement import paper as pdf
from ichimai.settlement.errors import FontMissing
from ichimai.settlement.labels import LABELS, Language, long_date, short_date
from ichimai.settlement.model import BatchId, BatchState, Closing, ClosingId, PayoutOfPayable
from ichimai.settlement.statements import Movement, ShopStatement, Totals, statement_csv

ACCOUNT = BankAccount("0001", "ﾐｽﾞﾎ", "240", "ｲｹﾌﾞｸﾛ", 1, "1234567", "ﾔﾏﾀﾞ ﾀﾛｳ")
SHOP = Shop(
    id=ShopId(UUID(int=2)),
    number="08-017",
    association=8,
    name="元祖塩大福",
    kana="ガンソシオダイフク",
    size=ShopSize.SMALL,
    category="food",
    account=ACCOUNT,
)
CLOSING = Closing(
    id=ClosingId(UUID(int=3)),
    asset=Asset("longevity-gift"),
    closes_on=date(2026, 10, 11),
    after_number=0,
    up_to_number=9,
    closed_by=UUID(int=4),
    closed_at=datetime(2026, 10, 11, 18, tzinfo=UTC),
)
LATE = datetime(2026, 10, 5, 14, 59, 59, tzinfo=UTC)
"""One second before midnight in Tokyo."""
STATEMENT = ShopStatement(
    shop=SHOP,
    association="巢鴨地藏通り商店街振興組合",
    closing=CLOSING,
    from_on=date(2026, 10, 5),
    movements=(
        Movement(LATE, Kind.PAYMENT, 1_500, UUID(int=11)),
        Movement(LATE + timedelta(seconds=1), Kind.POST, 300, UUID(int=12)),
        Movement(LATE + timedelta(seconds=2), Kind.REFUND, -200, UUID(int=13)),
    ),
    carried_in=100,
    payable=1_500,
    carried_out=0,
    overdue=0,
    payout=PayoutOfPayable(
        CLOSING.id, BatchId(UUID(int=5)), BatchState.SENT, date(2026, 10, 16), 1_500, ACCOUNT
    ),
)


def rows(content: bytes, encoding: str = "utf-8-sig") -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode(encoding), newline="")))


def test_days_are_those_of_tokyo() -> None:
    assert STATEMENT.days == (
        (date(2026, 10, 5), Totals(1, 1_500, 0, 0)),
        (date(2026, 10, 6), Totals(1, 300, 1, 200)),
    )
    assert (STATEMENT.totals.net, STATEMENT.totals.refunds) == (1_600, 200)


def test_the_amounts_of_the_table_add_up_to_what_is_paid() -> None:
    header, *lines = rows(statement_csv(STATEMENT))
    assert header[:3] == ["締め日", "加盟店番号", "店舗名"]
    assert [line[5] for line in lines] == ["前回からの繰越", "売上", "売上", "返金"]
    assert sum(int(line[6]) for line in lines) == STATEMENT.payable
    assert lines[1][3:5] == ["2026-10-05", "23:59:59"]


def test_the_table_opens_in_excel_in_either_encoding() -> None:
    assert statement_csv(STATEMENT).startswith(b"\xef\xbb\xbf")
    japanese = statement_csv(STATEMENT, Encoding.CP932)
    assert rows(japanese, "cp932") == rows(statement_csv(STATEMENT))
    assert statement_csv(STATEMENT, Encoding.UTF_8, "en").startswith(b"Closing day,")


def test_a_shop_name_that_cp932_lacks_is_refused_and_never_replaced() -> None:
    rare = replace(STATEMENT, shop=replace(SHOP, name="𠮷田屋"))
    with pytest.raises(UnmappableText):
        statement_csv(rare, Encoding.CP932)
    assert "𠮷田屋" in statement_csv(rare).decode()


@pytest.mark.parametrize("name", ["=1+1", "＝SUM(A1)", "@x", "-2+3", "\t=1"])
def test_a_shop_name_is_never_a_formula(name: str) -> None:
    """While amounts below zero stay numbers."""
    lines = rows(statement_csv(replace(STATEMENT, shop=replace(SHOP, name=name))))
    assert lines[1][2] == f"'{name}"
    assert lines[1][6] == "-100"


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_paper_is_a_pdf_and_the_same_when_made_again(language: Language) -> None:
    first = pdf.statement_pdf(STATEMENT, issuer="豊島区", program="長寿祝い", language=language)
    again = pdf.statement_pdf(STATEMENT, issuer="豊島区", program="長寿祝い", language=language)
    assert first.startswith(b"%PDF-")
    assert first == again


def test_what_people_wrote_is_printed_and_never_run() -> None:
    """Nor does a character without a glyph cost the shop its statement."""
    name = '#panic("x") *b* $x$ [ ] \\ <a> @b 🍡'
    shown = replace(STATEMENT, shop=replace(SHOP, name=name), association="#read('/etc/hosts')")
    assert pdf.statement_pdf(shown, issuer="#{", program="//").startswith(b"%PDF-")


def test_paper_shows_three_digits_of_the_account() -> None:
    content = pdf._content(STATEMENT, issuer="", program="", language="ja")
    assert content["account"] == {
        "bank": "ﾐｽﾞﾎ ｲｹﾌﾞｸﾛ",
        "number": "普通 ****567",
        "holder": "ﾔﾏﾀﾞ ﾀﾛｳ",
    }
    assert "1234567" not in str(content)
    assert content["pay_on"] == "2026年10月16日(金)"


def test_a_statement_without_a_payout_says_why() -> None:
    waiting = replace(STATEMENT, payout=None)
    nothing = replace(waiting, movements=(), carried_in=0, payable=0)
    debt = replace(waiting, movements=STATEMENT.movements[2:], carried_in=0, payable=0)
    contents = [
        pdf._content(shown, issuer="", program="", language="en")
        for shown in (waiting, nothing, replace(debt, carried_out=200))
    ]
    assert [content["pay_on"] for content in contents] == [
        "Being prepared; you will be told the day.",
        "Nothing is paid this time.",
        "Nothing is paid this time.",
    ]
    assert [content["carried_out"] for content in contents] == ["", "", "200"]
    assert pdf.statement_pdf(nothing, issuer="a", program="b").startswith(b"%PDF-")


def test_a_machine_without_a_japanese_font_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pdf, "FONTS", ("No Such Font",))
    with pytest.raises(FontMissing):
        pdf.statement_pdf(STATEMENT, issuer="a", program="b")


def test_both_languages_have_all_words() -> None:
    assert LABELS["ja"].keys() == LABELS["en"].keys()


def test_dates_are_written_as_people_read_them() -> None:
    day = date(2026, 10, 4)
    assert (long_date(day, "ja"), short_date(day, "ja")) == ("2026年10月4日(日)", "10月4日(日)")
    assert (long_date(day, "en"), short_date(day, "en")) == ("Sun 4 Oct 2026", "Sun 4 Oct")
