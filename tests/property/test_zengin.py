"""Whatever the order, its file reads back; whatever happens to the file, it is refused."""

from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ichimai.merchants import BankAccount
from ichimai.settlement.errors import FileDiffers
from ichimai.settlement.kana import problems_of_party_name, suggested_party_name
from ichimai.settlement.model import BankTransfer, Payer, PayerId, TransferOrder
from ichimai.settlement.zengin import control_total, transfer_file
from ichimai.settlement.zengin_check import check_transfer_file

SYLLABLES = ["ｱ", "ｶ", "ｶﾞ", "ﾊﾟ", "ｳﾞ", "ﾎﾞ", "ﾝ", "A", "Z", "0", "9", "-", "(", ")", ".", " "]


def clean(limit: int, syllables: list[str]) -> st.SearchStrategy[str]:
    """Names that a bank takes, up to their full length."""
    parts = st.lists(st.sampled_from(syllables), min_size=1, max_size=limit)
    return parts.map(lambda found: _fitting(found, limit))


def _fitting(parts: list[str], limit: int) -> str:
    name = ""
    for part in parts:
        name += part if len(name + part) <= limit else ""
    return name.strip() or "ｱ"


def digits(count: int) -> st.SearchStrategy[str]:
    return st.integers(0, 10**count - 1).map(lambda number: f"{number:0{count}}")


bank_names = clean(15, [part for part in SYLLABLES if part not in {"(", ")", "."}])
accounts = st.builds(
    BankAccount,
    bank_code=digits(4),
    bank_name=bank_names,
    branch_code=digits(3),
    branch_name=bank_names,
    kind=st.sampled_from([1, 2, 4]),
    number=digits(7),
    holder_kana=clean(30, SYLLABLES),
)
transfers = st.builds(
    BankTransfer,
    account=accounts,
    yen=st.integers(1, 9_999_999_999),
    reference=digits(5),
)
payers = st.builds(Payer, st.just(PayerId(UUID(int=1))), digits(10), accounts)
orders = st.builds(
    TransferOrder,
    payer=payers,
    pay_on=st.dates(date(2026, 1, 1), date(2100, 12, 31)),
    transfers=st.lists(transfers, min_size=1, max_size=5).map(tuple),
)


@given(orders)
def test_a_file_reads_back_as_its_order_and_is_the_same_when_made_again(
    order: TransferOrder,
) -> None:
    content = transfer_file(order)
    check_transfer_file(content, order, control_total(order))
    assert transfer_file(order) == content


@given(orders, st.data())
def test_no_changed_byte_goes_unseen(order: TransferOrder, data: st.DataObject) -> None:
    content = bytearray(transfer_file(order))
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(FileDiffers):
        check_transfer_file(bytes(content), order, control_total(order))


def test_every_byte_of_a_file_is_looked_at() -> None:
    """Not a sample: each of the bytes of a small file, one after the other."""
    account = BankAccount("0001", "ﾐｽﾞﾎ", "240", "ｲｹﾌﾞｸﾛ", 1, "0012345", "ﾔﾏﾀﾞ ﾀﾛｳ")
    transfer = BankTransfer(account, 500, "08017")
    order = TransferOrder(
        Payer(PayerId(UUID(int=1)), "1", account), date(2026, 10, 9), (transfer, transfer)
    )
    content = transfer_file(order)
    for place in range(len(content)):
        for flip in (0x01, 0x20, 0x80):
            changed = bytearray(content)
            changed[place] ^= flip
            with pytest.raises(FileDiffers):
                check_transfer_file(bytes(changed), order, control_total(order))


@given(orders, st.data())
def test_no_cut_shift_or_repeated_row_goes_unseen(
    order: TransferOrder, data: st.DataObject
) -> None:
    content = transfer_file(order)
    place = data.draw(st.integers(0, len(content) - 1))
    length = data.draw(st.integers(1, 244))
    cut = content[:place] + content[place + length :]
    row = content[122:244]
    damaged = [cut, content[:244] + row + content[244:], content[1:] + b" "]
    for changed in damaged:
        with pytest.raises(FileDiffers):
            check_transfer_file(changed, order, control_total(order))


@given(st.text(max_size=40))
def test_a_name_is_either_clean_or_its_faults_are_in_it(name: str) -> None:
    """A name without problems is written byte for byte; a suggestion is always clean."""
    problems = problems_of_party_name(name)
    if not problems:
        assert len(name.encode("cp932")) == len(name) <= 30
    elif name:
        assert all(name[problem.position - 1] == problem.character for problem in problems)
    suggestion = suggested_party_name(name)
    assert suggestion is None or not problems_of_party_name(suggestion)
