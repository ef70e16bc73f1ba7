"""A bank's result as records of 120 bytes: the file that was sent, with what became of it.

Nobody has standardised this for 総合振込. What banks do is as in 口座振替 (type 91): the records
come back with a result in them, and the trailer counts what was done and what was not. Which
bytes are ours alone is said in docs/decisions/0024-bank-results.md.
"""

from collections.abc import Mapping
from datetime import date
from typing import Final

from ichimai.settlement.bank.errors import BankResultRefused
from ichimai.settlement.bank.model import (
    ParsedLine,
    ParsedResult,
    Reason,
    ResultFormat,
    ResultKind,
    Rule,
)
from ichimai.settlement.model import ControlTotal

_RECORD: Final = 120
_LINE: Final = 122  # and CRLF
_SHORTEST: Final = 4  # header, one line, trailer, end
_KINDS: Final = {"1": ResultKind.ANSWER, "2": ResultKind.RETURN}

# Fields by their first and last byte, counted from 1 as in a bank's manual.
_Fields = tuple[tuple[str, int, int], ...]
_HEADER_SENT: Final[_Fields] = (
    ("record_kind", 1, 1),
    ("file_kind", 2, 3),
    ("code_kind", 4, 4),
    ("payer_code", 5, 14),
    ("payer_name", 15, 54),
    ("pay_on", 55, 58),
    ("payer_bank_code", 59, 62),
    ("payer_bank_name", 63, 77),
    ("payer_branch_code", 78, 80),
    ("payer_branch_name", 81, 95),
    ("payer_account_kind", 96, 96),
    ("payer_account_number", 97, 103),
)
_HEADER_OWN: Final[_Fields] = (("kind", 104, 104), ("result_on", 105, 112), ("filler", 113, 120))
_LINE_SENT: Final[_Fields] = (
    ("record_kind", 1, 1),
    ("bank_code", 2, 5),
    ("bank_name", 6, 20),
    ("branch_code", 21, 23),
    ("branch_name", 24, 38),
    ("clearing_house", 39, 42),
    ("account_kind", 43, 43),
    ("account_number", 44, 50),
    ("payee_name", 51, 80),
    ("yen", 81, 90),
    ("new_code", 91, 91),
    ("reference", 92, 101),
    ("reference_2", 102, 111),
    ("delivery", 112, 112),
    ("is_edi", 113, 113),
)
_LINE_OWN: Final[_Fields] = (("reason", 114, 115), ("filler", 116, 120))
_TRAILER: Final[_Fields] = (
    ("record_kind", 1, 1),
    ("count", 2, 7),
    ("yen", 8, 19),
    ("done_count", 20, 25),
    ("done_yen", 26, 37),
    ("back_count", 38, 43),
    ("back_yen", 44, 55),
    ("kind", 56, 56),
    ("result_on", 57, 64),
    ("filler", 65, 120),
)
_END: Final[_Fields] = (("record_kind", 1, 1), ("filler", 2, 120))


def is_zengin(content: bytes) -> bool:
    """Whether ``content`` begins as records do, so that it is to be read as such."""
    return content[:1] == b"1" and b"," not in content[:_RECORD]


def sent_cells(content: bytes) -> tuple[Mapping[str, str], list[Mapping[str, str]]]:
    """Header and lines of a file that was sent, in the cells that a result repeats."""
    records = _records(content)
    return _cells(records[0], _HEADER_SENT), [_cells(line, _LINE_SENT) for line in records[1:-2]]


def read(content: bytes) -> ParsedResult:
    """What a result file says. Raises BankResultRefused."""
    records = _records(content)
    header = _cells(records[0], _HEADER_SENT)
    own = _cells(records[0], _HEADER_OWN)
    _must_be(1, header, "record_kind", "1")
    _must_be(1, own, "filler", " " * 8)
    last = len(records)
    trailer = _cells(records[-2], _TRAILER)
    _must_be(last - 1, trailer, "record_kind", "8")
    _must_be(last - 1, trailer, "filler", " " * 56)
    end = _cells(records[-1], _END)
    _must_be(last, end, "record_kind", "9")
    _must_be(last, end, "filler", " " * 119)
    kind = _KINDS.get(own["kind"])
    if kind is None:
        raise BankResultRefused(1, Rule.FORM, "kind")
    if trailer["kind"] != own["kind"]:
        raise BankResultRefused(last - 1, Rule.FORM, "kind")
    if trailer["result_on"] != own["result_on"]:
        raise BankResultRefused(last - 1, Rule.DAY, "result_on")
    return ParsedResult(
        format=ResultFormat.ZENGIN,
        kind=kind,
        result_on=_day(own["result_on"]),
        payer_code=header["payer_code"],
        pay_month_and_day=header["pay_on"],
        header_line=1,
        header=header,
        lines=tuple(_line(number, record) for number, record in enumerate(records[1:-2], 2)),
        totals_line=last - 1,
        total=_control(last - 1, trailer, "count", "yen"),
        done=_control(last - 1, trailer, "done_count", "done_yen"),
        back=_control(last - 1, trailer, "back_count", "back_yen"),
    )


def _records(content: bytes) -> list[str]:
    """The records without their ends; each byte is one character."""
    found = []
    for number, start in enumerate(range(0, len(content), _LINE), 1):
        line = content[start : start + _LINE]
        if len(line) != _LINE or line[_RECORD:] != b"\r\n":
            raise BankResultRefused(number, Rule.FORM, "end_of_record")
        found.append(line[:_RECORD].decode("latin-1"))
    if len(found) < _SHORTEST:
        raise BankResultRefused(0, Rule.FORM, "length")
    return found


def _cells(record: str, fields: _Fields) -> Mapping[str, str]:
    return {name: record[first - 1 : last] for name, first, last in fields}


def _must_be(number: int, cells: Mapping[str, str], name: str, wanted: str) -> None:
    if cells[name] != wanted:
        raise BankResultRefused(number, Rule.FORM, name)


def _line(number: int, record: str) -> ParsedLine:
    cells, own = _cells(record, _LINE_SENT), _cells(record, _LINE_OWN)
    _must_be(number, cells, "record_kind", "2")
    _must_be(number, own, "filler", " " * 5)
    try:
        reason = Reason(own["reason"])
    except ValueError:
        raise BankResultRefused(number, Rule.REASON, "reason") from None
    return ParsedLine(number, cells, reason, _number(number, cells, "yen"))


def _control(number: int, cells: Mapping[str, str], count: str, yen: str) -> ControlTotal:
    return ControlTotal(_number(number, cells, count), _number(number, cells, yen))


def _number(number: int, cells: Mapping[str, str], name: str) -> int:
    text = cells[name]
    if not (text.isascii() and text.isdigit()):
        raise BankResultRefused(number, Rule.FORM, name)
    return int(text)


def _day(text: str) -> date:
    written = _number(1, {"result_on": text}, "result_on")
    try:
        return date(written // 10_000, written // 100 % 100, written % 100)
    except ValueError:
        raise BankResultRefused(1, Rule.DAY, "result_on") from None
