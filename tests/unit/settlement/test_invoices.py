"""The tax in a fee, and what may stand on a qualified invoice."""

from dataclasses import replace
from fractions import Fraction
from math import floor

import pytest

from ichimai.settlement import paper
from ichimai.settlement.errors import IssuerRefused
from ichimai.settlement.invoice_rules import InvoiceIssuer, check_issuer, invoice, is_registration
from ichimai.settlement.statements import statement_csv

from .test_statements import CLOSING, STATEMENT, rows

ISSUER = InvoiceIssuer("T8000020131164", "豊島区", 10)


@pytest.mark.parametrize("rate", [8, 10])
def test_the_tax_of_every_fee_is_rounded_once_and_adds_up(rate: int) -> None:
    """Against a second way of working it out, for all fees up to 100,000 yen."""
    issuer = replace(ISSUER, rate_percent=rate)
    for fee in range(1, 100_001):
        made = invoice(issuer, "1", fee)
        assert made.tax_yen == floor(Fraction(fee * rate, 100 + rate))
        assert made.net_yen + made.tax_yen == fee


def test_one_rounding_an_invoice_and_not_one_a_line() -> None:
    """Three fees of 105 yen have 9 yen of tax each, together 28 and not 27."""
    assert invoice(ISSUER, "1", 105).tax_yen == 9
    assert invoice(ISSUER, "1", 315).tax_yen == 28


@pytest.mark.parametrize(
    "number, is_one",
    [
        ("T8000020131164", True),
        ("T7000012050002", True),
        ("T8000020131165", False),
        ("T9000020131164", False),
        ("8000020131164", False),
        ("T800002013116", False),
        ("T８０００020131164", False),
        ("", False),
    ],
)
def test_a_registration_number_is_t_and_a_corporate_number(number: str, *, is_one: bool) -> None:
    assert is_registration(number) == is_one


def test_every_wrong_digit_but_0_for_9_is_found() -> None:
    number = ISSUER.registration
    for place in range(1, 14):
        for digit in "0123456789":
            changed = number[:place] + digit + number[place + 1 :]
            is_same_rest = abs(int(digit) - int(number[place])) in {0, 9}
            assert is_registration(changed) == is_same_rest or {digit, number[place]} == {"0", "9"}


@pytest.mark.parametrize(
    "wrong, field",
    [
        (replace(ISSUER, registration="T1"), "registration"),
        (replace(ISSUER, name=" "), "name"),
        (replace(ISSUER, rate_percent=0), "rate_percent"),
        (replace(ISSUER, rate_percent=51), "rate_percent"),
    ],
)
def test_an_issuer_that_no_invoice_can_name_is_refused(wrong: InvoiceIssuer, field: str) -> None:
    with pytest.raises(IssuerRefused) as refused:
        check_issuer(wrong)
    assert refused.value.field == field


CHARGED = replace(
    STATEMENT,
    given=120,
    corrected=-20,
    fee_yen=33,
    invoice=invoice(ISSUER, "20261011-08-017-1", 33),
)


def test_what_is_paid_is_what_is_left_after_points_corrections_and_fee() -> None:
    assert CHARGED.yen == STATEMENT.payable - 120 + 20 - 33
    _, *lines = rows(statement_csv(CHARGED))
    assert sum(int(line[6]) for line in lines) == CHARGED.yen
    assert [line[5] for line in lines[-3:]] == [
        "ポイント等の付与（お店のご負担）",
        "訂正",
        "手数料（税込）",
    ]


def test_units_that_are_not_a_yen_are_told_in_yen() -> None:
    """A stamp that is worth 5 yen."""
    stamps = replace(CHARGED, closing=replace(CLOSING, unit_yen=5), invoice=None)
    _, *lines = rows(statement_csv(stamps))
    assert sum(int(line[6]) for line in lines) == stamps.yen == (STATEMENT.payable - 100) * 5 - 33


def test_the_paper_carries_the_invoice_and_says_who_owes_whom() -> None:
    content = paper._content(CHARGED, issuer="豊島区", program="ポイント", language="ja")
    assert content["invoice"] == {
        "number": "20261011-08-017-1",
        "registration": "T8000020131164",
        "issuer": "豊島区",
        "date": content["invoice"]["date"],
        "rate": "10%",
        "with_tax": "33",
        "without_tax": "30",
        "tax": "3",
    }
    assert (content["given"], content["corrected"], content["fee"]) == ("−120", "20", "−33")
    owing = replace(CHARGED, given=STATEMENT.payable + 500)
    content = paper._content(owing, issuer="豊島区", program="ポイント", language="ja")
    assert (content["is_owed"], content["payable"]) == (True, "513")
    for each in (CHARGED, owing):
        made = paper.statement_pdf(each, issuer="豊島区", program="ポイント")
        assert made.startswith(b"%PDF-")
