"""The transfer file, byte by byte, and the second pair of eyes that reads it back."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from ichimai.merchants import BankAccount
from ichimai.settlement import zengin
from ichimai.settlement.errors import FileDiffers, ValueDoesNotFit
from ichimai.settlement.model import BankTransfer, ControlTotal, Payer, PayerId, TransferOrder
from ichimai.settlement.zengin import control_total, transfer_file
from ichimai.settlement.zengin_check import check_transfer_file

PAYER = Payer(
    PayerId(UUID(int=1)),
    "0131164001",
    BankAccount("0001", "ﾐｽﾞﾎ", "240", "ｲｹﾌﾞｸﾛ", 1, "0012345", "ﾄｼﾏｸ ｶｲｹｲｶﾝﾘｼﾔ"),
)
FIRST = BankTransfer(
    BankAccount("1333", "ｽｶﾞﾓｼﾝｷﾝ", "001", "ﾎﾝﾃﾝ", 2, "7654321", "ｶ)ｴﾝﾄﾞｳｼﾖｳﾃﾝ"), 12_350, "08017"
)
SECOND = BankTransfer(
    BankAccount("9900", "ﾕｳﾁﾖ", "018", "ｾﾞﾛｲﾁﾊﾁ", 1, "0000012", "ﾔﾏﾀﾞ ﾀﾛｳ"), 500, "14128"
)
ORDER = TransferOrder(PAYER, date(2026, 10, 9), (FIRST, SECOND))

# Written by hand from the tables of the standard, not by the program.
HEADER = "".join(
    [
        *("1", "21", "0", "0131164001", "ﾄｼﾏｸ ｶｲｹｲｶﾝﾘｼﾔ                          ", "1009"),
        *("0001", "ﾐｽﾞﾎ           ", "240", "ｲｹﾌﾞｸﾛ         ", "1", "0012345"),
        "                 ",
    ]
)
LINE_1 = "".join(
    [
        *("2", "1333", "ｽｶﾞﾓｼﾝｷﾝ       ", "001", "ﾎﾝﾃﾝ           ", "0000", "2", "7654321"),
        *("ｶ)ｴﾝﾄﾞｳｼﾖｳﾃﾝ                  ", "0000012350", "0", "0000008017", "0000000000"),
        *("7", " ", "       "),
    ]
)
LINE_2 = "".join(
    [
        *("2", "9900", "ﾕｳﾁﾖ           ", "018", "ｾﾞﾛｲﾁﾊﾁ        ", "0000", "1", "0000012"),
        *("ﾔﾏﾀﾞ ﾀﾛｳ                      ", "0000000500", "0", "0000014128", "0000000000"),
        *("7", " ", "       "),
    ]
)
TRAILER = "8000002000000012850" + " " * 101
END = "9" + " " * 119


def test_a_file_is_what_the_standard_says() -> None:
    lines = [HEADER, LINE_1, LINE_2, TRAILER, END]
    assert {len(line) for line in lines} == {120}
    assert transfer_file(ORDER) == "".join(f"{line}\r\n" for line in lines).encode("cp932")


def test_a_voicing_mark_is_a_byte_of_its_own() -> None:
    assert b"\xb2\xb9\xcc\xde\xb8\xdb" in transfer_file(ORDER)


def test_a_layout_that_is_one_byte_off_is_refused_when_the_program_starts() -> None:
    with pytest.raises(ValueError, match="119 bytes"):
        zengin._layout(zengin._Field("record_kind", 119, zengin.N))


@pytest.mark.parametrize(
    "transfer, field",
    [
        (replace(FIRST, yen=10_000_000_000), "yen"),
        (replace(FIRST, yen=-1), "yen"),
        (replace(FIRST, reference="12345678901"), "reference"),
        (replace(FIRST, reference="１"), "reference"),
        (replace(FIRST, reference=""), "reference"),
        (replace(FIRST, account=replace(FIRST.account, holder_kana="ｱ" * 31)), "payee_name"),
        (replace(FIRST, account=replace(FIRST.account, holder_kana="ア" * 15)), "payee_name"),
        (replace(FIRST, account=replace(FIRST.account, holder_kana="𠮷")), "payee_name"),
        (replace(FIRST, account=replace(FIRST.account, bank_code="13333")), "bank_code"),
    ],
)
def test_what_does_not_fit_its_field_is_refused_and_never_cut(
    transfer: BankTransfer, field: str
) -> None:
    """Fifteen full-width characters are thirty bytes: a length in bytes alone would let them in."""
    with pytest.raises(ValueDoesNotFit) as refused:
        transfer_file(replace(ORDER, transfers=(transfer,)))
    assert refused.value.field == field


def test_the_checker_accepts_the_file_of_its_order() -> None:
    check_transfer_file(transfer_file(ORDER), ORDER, ControlTotal(2, 12_850))


@pytest.mark.parametrize(
    "content, record, field",
    [
        (b"", 0, "length"),
        (transfer_file(ORDER)[:-1], 0, "length"),
        (transfer_file(ORDER).replace(b"\r\n", b"\n"), 0, "length"),
        (transfer_file(ORDER).replace(b"\r\n", b"\n\r"), 1, "end_of_record"),
        (transfer_file(replace(ORDER, transfers=(FIRST,))), 0, "count"),
        (transfer_file(replace(ORDER, transfers=(SECOND, FIRST))), 2, "bank_code"),
        (transfer_file(replace(ORDER, pay_on=date(2026, 10, 10))), 1, "pay_on"),
        (transfer_file(replace(ORDER, transfers=(replace(FIRST, yen=1), SECOND))), 2, "yen"),
    ],
)
def test_the_checker_names_the_first_record_and_field_that_differ(
    content: bytes, record: int, field: str
) -> None:
    with pytest.raises(FileDiffers) as refused:
        check_transfer_file(content, ORDER, control_total(ORDER))
    assert (refused.value.record, refused.value.field) == (record, field)


def test_the_checker_refuses_another_control_total() -> None:
    with pytest.raises(FileDiffers) as refused:
        check_transfer_file(transfer_file(ORDER), ORDER, ControlTotal(2, 12_851))
    assert refused.value.field == "control_total"


def test_the_checker_refuses_a_name_no_bank_takes_even_if_it_was_ordered() -> None:
    """The writer can encode ｰ; the bank would refuse the whole file for it."""
    account = replace(FIRST.account, holder_kana="ﾔﾏﾀﾞｰ")
    order = replace(ORDER, transfers=(replace(FIRST, account=account),))
    with pytest.raises(FileDiffers) as refused:
        check_transfer_file(transfer_file(order), order, control_total(order))
    assert (refused.value.record, refused.value.field) == (2, "payee")
