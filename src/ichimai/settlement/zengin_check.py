"""A second pair of eyes on a transfer file, which shares no code with its writer.

It reads bytes by the positions a bank's manual gives, adds up what they say, and holds
them against what the ledger says they must be. Any byte that differs refuses the file:
another amount, a shifted row, a lost record (faults.md I21, I22).
"""

from collections.abc import Iterator
from typing import Final

from ichimai.settlement.errors import FileDiffers
from ichimai.settlement.model import BankTransfer, ControlTotal, TransferOrder

_LINE: Final = 122  # 120 bytes and CRLF
_SHORTEST: Final = 4  # header, one transfer, trailer, end
_ASCII_END: Final = 0x80
_HALF_WIDTH_KANA: Final = 0xFF61 - 0xA1  # JIS X 0201 byte 0xA1 is U+FF61
_NAME_BYTES: Final = frozenset(b" ()-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") | frozenset(
    range(0xB1, 0xE0)
)
_HEADER_NAMES: Final = (
    ("payer_name", 15, 54),
    ("payer_bank_name", 63, 77),
    ("payer_branch_name", 81, 95),
)
_TRANSFER_NAMES: Final = (("bank_name", 6, 20), ("branch_name", 24, 38), ("payee", 51, 80))

# A field as the bank's manual gives it: name, first and last byte counted from 1, content.
_Expected = tuple[str, int, int, bytes]


def check_transfer_file(content: bytes, expected: TransferOrder, control: ControlTotal) -> None:
    """Refuse ``content`` unless it says exactly ``expected`` and comes to ``control``.

    Raises FileDiffers with the first record (from 1; 0 for the file as a whole) and field.
    """
    lines = _lines(content)
    transfers = lines[1:-2]
    if len(transfers) != len(expected.transfers):
        raise FileDiffers(0, "count")
    _compare(1, lines[0], _header(expected))
    _check_names(1, lines[0], _HEADER_NAMES)
    for index, (line, transfer) in enumerate(zip(transfers, expected.transfers, strict=True)):
        _compare(index + 2, line, _transfer(transfer))
        _check_names(index + 2, line, _TRANSFER_NAMES)
    found = ControlTotal(len(transfers), sum(int(line[80:90]) for line in transfers))
    _compare(len(lines) - 1, lines[-2], _trailer(found))
    _compare(len(lines), lines[-1], [("record_kind", 1, 1, b"9"), ("filler", 2, 120, b" " * 119)])
    if found != control:
        raise FileDiffers(0, "control_total")


def _lines(content: bytes) -> list[bytes]:
    if len(content) % _LINE or len(content) < _LINE * _SHORTEST:
        raise FileDiffers(0, "length")
    lines = [content[start : start + _LINE] for start in range(0, len(content), _LINE)]
    for number, line in enumerate(lines, 1):
        if line[120:] != b"\r\n":
            raise FileDiffers(number, "end_of_record")
    return lines


def _compare(number: int, line: bytes, expected: list[_Expected]) -> None:
    for name, first, last, content in expected:
        if line[first - 1 : last] != content:
            raise FileDiffers(number, name)


def _check_names(number: int, line: bytes, names: tuple[tuple[str, int, int], ...]) -> None:
    for name, first, last in names:
        if not _NAME_BYTES.issuperset(line[first - 1 : last]):
            raise FileDiffers(number, name)


def _header(order: TransferOrder) -> list[_Expected]:
    account = order.payer.account
    return [
        ("record_kind", 1, 1, b"1"),
        ("file_kind", 2, 3, b"21"),
        ("code_kind", 4, 4, b"0"),
        ("payer_code", 5, 14, _digits(order.payer.code, 10)),
        ("payer_name", 15, 54, _text(account.holder_kana, 40)),
        ("pay_on", 55, 58, _digits(order.pay_on.month * 100 + order.pay_on.day, 4)),
        ("payer_bank_code", 59, 62, _digits(account.bank_code, 4)),
        ("payer_bank_name", 63, 77, _text(account.bank_name, 15)),
        ("payer_branch_code", 78, 80, _digits(account.branch_code, 3)),
        ("payer_branch_name", 81, 95, _text(account.branch_name, 15)),
        ("payer_account_kind", 96, 96, _digits(account.kind, 1)),
        ("payer_account_number", 97, 103, _digits(account.number, 7)),
        ("filler", 104, 120, b" " * 17),
    ]


def _transfer(transfer: BankTransfer) -> list[_Expected]:
    account = transfer.account
    return [
        ("record_kind", 1, 1, b"2"),
        ("bank_code", 2, 5, _digits(account.bank_code, 4)),
        ("bank_name", 6, 20, _text(account.bank_name, 15)),
        ("branch_code", 21, 23, _digits(account.branch_code, 3)),
        ("branch_name", 24, 38, _text(account.branch_name, 15)),
        ("clearing_house", 39, 42, b"0000"),
        ("account_kind", 43, 43, _digits(account.kind, 1)),
        ("account_number", 44, 50, _digits(account.number, 7)),
        ("payee", 51, 80, _text(account.holder_kana, 30)),
        ("yen", 81, 90, _digits(transfer.yen, 10)),
        ("new_code", 91, 91, b"0"),
        ("reference", 92, 101, _digits(transfer.reference, 10)),
        ("reference_2", 102, 111, b"0" * 10),
        ("delivery", 112, 112, b"7"),
        ("is_edi", 113, 113, b" "),
        ("filler", 114, 120, b" " * 7),
    ]


def _trailer(found: ControlTotal) -> list[_Expected]:
    return [
        ("record_kind", 1, 1, b"8"),
        ("count", 2, 7, _digits(found.count, 6)),
        ("yen", 8, 19, _digits(found.yen, 12)),
        ("filler", 20, 120, b" " * 101),
    ]


def _digits(value: int | str, width: int) -> bytes:
    return b"%0*d" % (width, int(value))


def _text(value: str, width: int) -> bytes:
    return bytes(_jis_x_0201(value)).ljust(width)


def _jis_x_0201(value: str) -> Iterator[int]:
    for character in value:
        code = ord(character)
        yield code if code < _ASCII_END else (code - _HALF_WIDTH_KANA) & 0xFF
