"""A bank that answers: from a transfer file as it was sent, the result file that comes back.

It stands in for a bank in tests and trials. It shares no code with what reads results: what the
bytes mean is written here a second time.
"""

import csv
import io
from collections.abc import Mapping
from datetime import date
from typing import Final

_LINE: Final = 122
_CALLED: Final = {
    "00": "振込済",
    "11": "該当口座なし",
    "22": "受取人名相違",
    "33": "口座解約済",
    "44": "預金種目相違",
    "55": "組戻",
    "66": "受取辞退",
    "99": "その他",
}
_HEADING: Final = (
    "区分,処理日,委託者コード,振込指定日,金融機関コード,支店コード,預金種目,口座番号,"
    "受取人名,振込金額,顧客コード,結果コード,結果"
).split(",")
_TOTALS: Final = (
    "区分,処理日,合計件数,合計金額,振込済件数,振込済金額,振込不能件数,振込不能金額"
).split(",")


def answer(sent: bytes, on: date, failed: Mapping[str, str] | None = None) -> bytes:
    """The answer to a whole file (振込結果): ``failed`` is the code by the shop's reference."""
    header, lines, end = _parts(sent)
    codes = [(line, (failed or {}).get(_reference(line), "00")) for line in lines]
    return _written(header, codes, end, kind="1", on=on)


def returned(sent: bytes, on: date, back: Mapping[str, str]) -> bytes:
    """Single lines that came back (資金返却), with their codes by the shop's reference."""
    header, lines, end = _parts(sent)
    codes = [(line, back[_reference(line)]) for line in lines if _reference(line) in back]
    return _written(header, codes, end, kind="2", on=on)


def as_csv(result: bytes, pay_on: date, encoding: str = "cp932") -> bytes:
    """A result file of records as the table that a bank's web page gives."""
    records = [result[start : start + 120] for start in range(0, len(result), _LINE)]
    header, trailer = records[0], records[-2].decode("ascii")
    kind = {"1": "振込結果", "2": "資金返却"}[chr(header[103])]
    written = header[104:112].decode()
    on = f"{written[:4]}-{written[4:6]}-{written[6:]}"
    table = io.StringIO(newline="")
    rows = csv.writer(table)
    rows.writerow(_HEADING)
    for record in records[1:-2]:
        code = record[113:115].decode()
        sent = [
            record[1:5], record[20:23], record[42:43], record[43:50],
        ]  # fmt: skip
        rows.writerow([
            kind, on, header[4:14].decode(), pay_on.isoformat(),
            *(cell.decode() for cell in sent),
            record[50:80].decode("cp932").rstrip(), int(record[80:90]),
            record[91:101].decode().removeprefix("00000"), code, _CALLED[code],
        ])  # fmt: skip
    rows.writerow(_TOTALS)
    bounds = ((1, 7), (7, 19), (19, 25), (25, 37), (37, 43), (43, 55))
    rows.writerow([kind, on, *(int(trailer[start:end]) for start, end in bounds)])
    return table.getvalue().encode(encoding)


def _parts(sent: bytes) -> tuple[bytes, list[bytes], bytes]:
    records = [sent[start : start + 120] for start in range(0, len(sent), _LINE)]
    return records[0], records[1:-2], records[-1]


def _reference(line: bytes) -> str:
    """The shop's number without its hyphen, 5 digits, at the end of 顧客コード1."""
    return line[96:101].decode()


def _written(
    header: bytes, lines: list[tuple[bytes, str]], end: bytes, *, kind: str, on: date
) -> bytes:
    done = [int(line[80:90]) for line, code in lines if code == "00"]
    back = [int(line[80:90]) for line, code in lines if code != "00"]
    day = f"{on:%Y%m%d}"
    trailer = (
        f"8{len(lines):06}{sum(done) + sum(back):012}"
        f"{len(done):06}{sum(done):012}{len(back):06}{sum(back):012}{kind}{day}"
    )
    records = [
        header[:103] + f"{kind}{day}".encode().ljust(17),
        *(line[:113] + code.encode().ljust(7) for line, code in lines),
        trailer.encode().ljust(120),
        end,
    ]
    return b"".join(record + b"\r\n" for record in records)
