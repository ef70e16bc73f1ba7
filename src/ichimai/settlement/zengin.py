"""The bank's transfer file: 全銀協 総合振込 (type 21), 120 bytes a record, one byte a character.

Digits are right-justified and filled with zeros, text is left-justified and filled with
spaces; each record ends in CRLF. Source: 全銀協パーソナル・コンピュータ用標準通信プロトコル
レコード・フォーマット §8, as in domain.md §4.3. ``zengin_check`` reads it back on its own.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Final, NamedTuple

from ichimai.settlement.errors import ValueDoesNotFit
from ichimai.settlement.model import BankTransfer, ControlTotal, TransferOrder

RECORD_BYTES: Final = 120
_END_OF_RECORD: Final = b"\r\n"


class _Type(Enum):
    """N (digits) and C (text) of the standard."""

    DIGITS = "N"
    TEXT = "C"


class _Field(NamedTuple):
    name: str
    length: int
    type: _Type
    constant: str | None = None


N, C = _Type.DIGITS, _Type.TEXT


def _layout(*fields: _Field) -> tuple[_Field, ...]:
    """``fields`` as a record; a layout one byte off would shift all that follows."""
    length = sum(field.length for field in fields)
    if length != RECORD_BYTES:
        raise ValueError(f"the fields of a record come to {length} bytes, not {RECORD_BYTES}")
    return fields


_HEADER: Final = _layout(
    _Field("record_kind", 1, N, "1"),  # データ区分
    _Field("file_kind", 2, N, "21"),  # 種別コード: 総合振込
    _Field("code_kind", 1, N, "0"),  # コード区分: JIS
    _Field("payer_code", 10, N),  # 委託者コード
    _Field("payer_name", 40, C),  # 委託者名
    _Field("pay_on", 4, N),  # 振込指定日 MMDD
    _Field("payer_bank_code", 4, N),  # 仕向銀行番号
    _Field("payer_bank_name", 15, C),  # 仕向銀行名
    _Field("payer_branch_code", 3, N),  # 仕向支店番号
    _Field("payer_branch_name", 15, C),  # 仕向支店名
    _Field("payer_account_kind", 1, N),  # 預金種目
    _Field("payer_account_number", 7, N),  # 口座番号
    _Field("filler", 17, C, ""),
)

_DATA: Final = _layout(
    _Field("record_kind", 1, N, "2"),
    _Field("bank_code", 4, N),  # 被仕向銀行番号
    _Field("bank_name", 15, C),  # 被仕向銀行名
    _Field("branch_code", 3, N),  # 被仕向支店番号
    _Field("branch_name", 15, C),  # 被仕向支店名
    _Field("clearing_house", 4, N, "0"),  # 手形交換所番号, unused
    _Field("account_kind", 1, N),  # 預金種目
    _Field("account_number", 7, N),  # 口座番号
    _Field("payee_name", 30, C),  # 受取人名
    _Field("yen", 10, N),  # 振込金額
    _Field("new_code", 1, N, "0"),  # 新規コード: その他
    _Field("reference", 10, N),  # 顧客コード1
    _Field("reference_2", 10, N, "0"),  # 顧客コード2
    _Field("delivery", 1, N, "7"),  # 振込指定区分: 電信
    _Field("is_edi", 1, C, ""),  # 識別表示: no EDI情報
    _Field("filler", 7, C, ""),
)

_TRAILER: Final = _layout(
    _Field("record_kind", 1, N, "8"),
    _Field("count", 6, N),  # 合計件数
    _Field("yen", 12, N),  # 合計金額
    _Field("filler", 101, C, ""),
)

_END: Final = _layout(_Field("record_kind", 1, N, "9"), _Field("filler", 119, C, ""))


def transfer_file(order: TransferOrder) -> bytes:
    """The file of ``order``: the same bytes whenever it is made.

    Raises ValueDoesNotFit: names are checked long before (``kana``), and never cut off here.
    """
    total = control_total(order)
    records = [
        _record(_HEADER, _header(order)),
        *(_record(_DATA, _data(transfer)) for transfer in order.transfers),
        _record(_TRAILER, {"count": str(total.count), "yen": str(total.yen)}),
        _record(_END, {}),
    ]
    return b"".join(record + _END_OF_RECORD for record in records)


def control_total(order: TransferOrder) -> ControlTotal:
    """How many transfers ``order`` has and what they come to."""
    return ControlTotal(len(order.transfers), sum(transfer.yen for transfer in order.transfers))


def _header(order: TransferOrder) -> Mapping[str, str]:
    account = order.payer.account
    return {
        "payer_code": order.payer.code,
        "payer_name": account.holder_kana,
        "pay_on": f"{order.pay_on:%m%d}",
        "payer_bank_code": account.bank_code,
        "payer_bank_name": account.bank_name,
        "payer_branch_code": account.branch_code,
        "payer_branch_name": account.branch_name,
        "payer_account_kind": str(account.kind),
        "payer_account_number": account.number,
    }


def _data(transfer: BankTransfer) -> Mapping[str, str]:
    account = transfer.account
    return {
        "bank_code": account.bank_code,
        "bank_name": account.bank_name,
        "branch_code": account.branch_code,
        "branch_name": account.branch_name,
        "account_kind": str(account.kind),
        "account_number": account.number,
        "payee_name": account.holder_kana,
        "yen": str(transfer.yen),
        "reference": transfer.reference,
    }


def _record(layout: tuple[_Field, ...], values: Mapping[str, str]) -> bytes:
    return b"".join(
        _encoded(field, values[field.name] if field.constant is None else field.constant)
        for field in layout
    )


def _encoded(field: _Field, value: str) -> bytes:
    if field.type is _Type.DIGITS:
        filled = value.rjust(field.length, "0")
        fits = value.isascii() and value.isdigit()
    else:
        filled = value.ljust(field.length)
        fits = True
    try:
        encoded = filled.encode("cp932")
    except UnicodeEncodeError:
        raise ValueDoesNotFit(field.name) from None
    if not fits or len(encoded) != field.length or len(filled) != field.length:
        raise ValueDoesNotFit(field.name)
    return encoded
