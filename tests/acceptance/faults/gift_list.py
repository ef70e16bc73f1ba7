"""Lists of longevity gifts for people who are nobody."""

import itertools
from datetime import date, timedelta

_FIRST_BIRTH = date(1948, 9, 16)
_NUMBERS = itertools.count(1)


def gift_list(rows: int) -> bytes:
    """A list of ``rows`` people who reach 77, none of whom was on a list before."""
    lines = ["recipient_number,name,kana,birth_date,reason"]
    for row in range(rows):
        born = _FIRST_BIRTH + timedelta(days=row % 365)
        lines.append(f"F{next(_NUMBERS):08},豊島 太郎,トシマ タロウ,{born},喜寿")
    return ("\r\n".join(lines) + "\r\n").encode()
