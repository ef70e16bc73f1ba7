"""Whatever happens to a bank's result file on its way, it is taken as it was made or refused."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ichimai.merchants import BankAccount, ShopId
from ichimai.settlement.bank import result_csv, result_zengin
from ichimai.settlement.bank.errors import BankResultRefused
from ichimai.settlement.bank.model import Outcome, ParsedResult, ResultLine, SentFile
from ichimai.settlement.bank.result_rules import check
from ichimai.settlement.model import BankTransfer, BatchId, Payer, PayerId, TransferOrder
from ichimai.settlement.zengin import transfer_file
from ichimai.simulation import bank

PAY_ON, RESULT_ON, TODAY = date(2026, 10, 8), date(2026, 10, 9), date(2026, 10, 12)
ACCOUNT = BankAccount("0001", "ﾐｽﾞﾎ", "240", "ｲｹﾌﾞｸﾛ", 1, "0012345", "ﾔﾏﾀﾞ ﾀﾛｳ")
CODES = ("11", "22", "33", "44", "55", "66", "99")


def order_of(yen: list[int]) -> TransferOrder:
    """Shops 08-001 and so on, each with an account of its own."""
    transfers = tuple(
        BankTransfer(replace(ACCOUNT, number=f"{place:07}"), units, f"08{place:03}")
        for place, units in enumerate(yen, 1)
    )
    return TransferOrder(Payer(PayerId(UUID(int=1)), "0131164001", ACCOUNT), PAY_ON, transfers)


def sent_of(order: TransferOrder, *, is_csv: bool = False) -> SentFile[BatchId, ShopId]:
    content = transfer_file(order)
    cells = result_csv.sent_cells(order) if is_csv else result_zengin.sent_cells(content)
    return SentFile(
        of=BatchId(UUID(int=2)),
        header=cells[0],
        lines=tuple(cells[1]),
        payees=tuple(ShopId(UUID(int=place)) for place in range(1, len(order.transfers) + 1)),
        yen=tuple(transfer.yen for transfer in order.transfers),
        pay_on=PAY_ON,
        handed_on=date(2026, 10, 6),
    )


def read(content: bytes) -> ParsedResult:
    is_zengin = result_zengin.is_zengin(content)
    return result_zengin.read(content) if is_zengin else result_csv.read(content)


def taken(content: bytes, order: TransferOrder) -> tuple[ResultLine[ShopId], ...]:
    """What is taken from ``content``. Raises BankResultRefused."""
    parsed = read(content)
    is_csv = not result_zengin.is_zengin(content)
    return check(parsed, sent_of(order, is_csv=is_csv), TODAY)


sums = st.lists(st.integers(1, 9_999_999_999), min_size=1, max_size=5)


@st.composite
def results(draw: st.DrawFn) -> tuple[TransferOrder, dict[str, str], bytes]:
    """An order, which of its lines failed, and the bank's answer in either format."""
    order = order_of(draw(sums))
    failed = {
        transfer.reference: draw(st.sampled_from(CODES))
        for transfer in order.transfers
        if draw(st.booleans())
    }
    content = bank.answer(transfer_file(order), RESULT_ON, failed)
    return order, failed, bank.as_csv(content, PAY_ON) if draw(st.booleans()) else content


@given(results())
def test_an_answer_says_of_each_line_what_the_bank_said(
    made: tuple[TransferOrder, dict[str, str], bytes],
) -> None:
    order, failed, content = made
    lines = taken(content, order)
    assert [line.units for line in lines] == [transfer.yen for transfer in order.transfers]
    said = {
        transfer.reference: line.reason.value
        for transfer, line in zip(order.transfers, lines, strict=True)
        if line.outcome is Outcome.FAILED
    }
    assert said == failed


@given(results(), st.data())
def test_no_changed_digit_goes_unseen(
    made: tuple[TransferOrder, dict[str, str], bytes], data: st.DataObject
) -> None:
    order, _, content = made
    places = [place for place, byte in enumerate(content) if chr(byte).isdigit()]
    place = data.draw(st.sampled_from(places))
    other = data.draw(st.sampled_from([d for d in b"0123456789" if d != content[place]]))
    changed = content[:place] + bytes([other]) + content[place + 1 :]
    with pytest.raises(BankResultRefused):
        taken(changed, order)


@given(results(), st.data())
def test_no_cut_shift_swap_or_repeated_row_goes_unseen(
    made: tuple[TransferOrder, dict[str, str], bytes], data: st.DataObject
) -> None:
    order, _, content = made
    rows = content.splitlines(keepends=True)
    place = data.draw(st.integers(0, len(rows) - 1))
    end = data.draw(st.integers(0, len(content) - 1))
    swapped = [*rows]
    swapped[place], swapped[place - 1] = swapped[place - 1], swapped[place]
    damaged = [
        content[:end],
        content[1:] + b" ",
        b"".join(rows[:place] + rows[place + 1 :]),
        b"".join([*rows[: place + 1], *rows[place:]]),
        b"".join(swapped),
    ]
    for changed in damaged:
        with pytest.raises(BankResultRefused):
            taken(changed, order)


@given(st.lists(st.integers(1, 10**9), min_size=2, max_size=5), st.data())
def test_sums_that_moved_one_row_are_refused(yen: list[int], data: st.DataObject) -> None:
    """Row shift (faults.md I22): right totals, each sum with another shop."""
    order, shifted = order_of(yen), order_of([*yen[1:], yen[0]])
    content = bank.answer(transfer_file(shifted), RESULT_ON)
    if data.draw(st.booleans()):
        content = bank.as_csv(content, PAY_ON)
    if shifted == order:
        assert taken(content, order)
    else:
        with pytest.raises(BankResultRefused) as refused:
            taken(content, order)
        assert refused.value.rule == "line_differs"
        assert refused.value.line >= 2


def test_every_byte_of_a_result_is_looked_at() -> None:
    """Not a sample: each of the bytes of a small answer and a small return, one by one."""
    order = order_of([500, 1_200])
    sent = transfer_file(order)
    for content in (
        bank.answer(sent, RESULT_ON, {"08002": "11"}),
        bank.returned(sent, RESULT_ON, {"08002": "99"}),
    ):
        assert taken(content, order)
        for place in range(len(content)):
            for flip in (0x01, 0x02, 0x20, 0x80):
                changed = bytearray(content)
                changed[place] ^= flip
                with pytest.raises(BankResultRefused):
                    taken(bytes(changed), order)


@given(st.binary(max_size=600))
def test_what_is_no_result_file_is_refused_and_not_a_crash(content: bytes) -> None:
    with pytest.raises(BankResultRefused):
        taken(content, order_of([500]))


@given(st.text(alphabet='区分処理日,"\r\n0123456789振込', max_size=300))
def test_what_is_no_table_of_a_bank_is_refused_and_not_a_crash(content: str) -> None:
    with pytest.raises(BankResultRefused):
        taken(",".join(result_csv.COLUMNS).encode() + content.encode(), order_of([500]))
