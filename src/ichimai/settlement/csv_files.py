"""Tables that people open in a spreadsheet: no formula, no replacement character."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final

from ichimai.kernel import text

_BOM: Final = b"\xef\xbb\xbf"


def csv_bytes(
    header: Sequence[str], rows: Iterable[Sequence[str]], encoding: text.Encoding
) -> bytes:
    """A CSV file (RFC 4180) in which no cell is a formula and no character was replaced.

    Amounts below zero stay numbers. Raises text.UnmappableText.
    """
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    writer.writerow(header)
    writer.writerows([_cell(value) for value in row] for row in rows)
    if encoding is text.Encoding.CP932:
        return text.to_cp932(written.getvalue())
    encoded = written.getvalue().encode()
    return _BOM + encoded if encoding is text.Encoding.UTF_8_BOM else encoded


def _cell(value: str) -> str:
    digits = value.removeprefix("-")
    return value if digits.isascii() and digits.isdigit() else text.cell(value)
