"""Lists of old cards: what is taken, and every error with its row."""

from datetime import UTC, datetime

import pytest

from ichimai.cards import Kind
from ichimai.cards.barcodes import CardScheme, Check, Symbology
from ichimai.kernel import check_digits
from ichimai.registry import card_list
from ichimai.registry.card_list import CardListCode as Code
from ichimai.registry.card_list import CardListRefused, CardRow

LIBRARY = CardScheme("toshima-library", symbology=Symbology.NW_7, length=8)
TWELVE = CardScheme("sports", symbology=Symbology.MAGNETIC, length=12)
CHECKED = CardScheme("museum", symbology=Symbology.NW_7, check=Check.M10W3, length=8)
MY_NUMBER = "123456789018"
"""The published example."""


def read(content: str, scheme: CardScheme = LIBRARY, encoding: str = "utf-8") -> list[CardRow]:
    return card_list.read(content.encode(encoding), scheme)


def wrong(content: str | bytes, scheme: CardScheme = LIBRARY) -> list[tuple[Code, int | None]]:
    data = content.encode() if isinstance(content, str) else content
    with pytest.raises(CardListRefused) as refused:
        card_list.read(data, scheme)
    assert refused.value.total == len(refused.value.errors)
    return [(error.code, error.row) for error in refused.value.errors]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_a_list_is_read_as_town_offices_write_it(encoding: str) -> None:
    """Japanese headings, 和暦, full-width digits, start and stop characters, blank rows."""
    rows = read(
        "カード番号,有効期限,利用者\r\nA00000001B,令和9年3月31日,100\r\n\r\n０００００００２,,\r\n",
        encoding=encoding,
    )
    assert [(row.row, row.shown.number, row.person, row.valid_until) for row in rows] == [
        (2, b"00000001", "100", datetime(2027, 3, 31, 15, tzinfo=UTC)),
        (4, b"00000002", None, None),
    ]
    assert {(row.shown.kind, row.shown.scheme) for row in rows} == {
        (Kind.OLD_CARD, "toshima-library")
    }


@pytest.mark.parametrize(
    "content, errors",
    [
        ("", [(Code.MISSING_HEADER, 1)]),
        ("number\n", [(Code.NO_ROWS, None)]),
        ("00000001\n00000002\n", [(Code.UNKNOWN_HEADER, 1), (Code.MISSING_HEADER, 1)]),
        ("number,氏名\n00000001,豊島 花子\n", [(Code.UNKNOWN_HEADER, 1)]),
        ("number,number\n", [(Code.DUPLICATE_HEADER, 1)]),
        ("number\n00000001,x\n", [(Code.RAGGED_ROW, 2)]),
        ("number\n1\n", [(Code.INVALID_NUMBER, 2)]),
        ("number,person\n,1\n", [(Code.MISSING_VALUE, 2)]),
        ("number\n=00000001\n", [(Code.INVALID_NUMBER, 2)]),
        ("number\n00000001\n00000002\nA00000001B\n", [(Code.DUPLICATE_NUMBER, 4)]),
        ("number,valid_until\n00000001,soon\n", [(Code.INVALID_DATE, 2)]),
        ("number,valid_until\n00000001,令和9年2月30日\n", [(Code.INVALID_DATE, 2)]),
        (f"number\n{MY_NUMBER}\n", [(Code.MY_NUMBER, 2)]),
        (f"number,person\n00000001,{MY_NUMBER}\n", [(Code.MY_NUMBER, 2)]),
        (f"number,person\n00000001,No.{MY_NUMBER}\n", [(Code.MY_NUMBER, 2)]),
        ('number\n"00000001\n', [(Code.BROKEN_QUOTES, 2)]),
        ("number\n00000001\n1\n00000001\n", [(Code.INVALID_NUMBER, 3), (Code.DUPLICATE_NUMBER, 4)]),
    ],
)
def test_every_error_is_told_with_its_row(
    content: str, errors: list[tuple[Code, int | None]]
) -> None:
    """The whole list is refused, and all that is wrong with it is told at once."""
    assert wrong(content) == errors


@pytest.mark.parametrize("typed", ["①②③④⑤⑥⑦⑧⑨⓪①⑧", "¹²³⁴⁵⁶⁷⁸⁹⁰¹⁸", "𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗𝟎𝟏𝟖"])
def test_a_my_number_is_refused_however_its_digits_are_written(typed: str) -> None:
    """What becomes one when it is read as a card's number, where cards have no twelve digits."""
    of_any_length = CardScheme("members", symbology=Symbology.MAGNETIC)
    assert wrong(f"number\n{typed}\n", of_any_length) == [(Code.MY_NUMBER, 2)]


def test_what_is_neither_utf_8_nor_cp932_is_told_with_its_line() -> None:
    assert wrong(b"number\n00000001\n\xff\n") == [(Code.UNDECODABLE, 3)]


def test_a_wrong_digit_is_found_by_the_schemes_check() -> None:
    """Each single wrong digit of a checked number is refused with its row."""
    right = "45678905"
    assert len(read(f"number\n{right}\n", CHECKED)) == 1
    for place, digit in enumerate(right):
        for other in set("0123456789") - {digit}:
            typed = right[:place] + other + right[place + 1 :]
            assert wrong(f"number\n{typed}\n", CHECKED) == [(Code.INVALID_NUMBER, 2)]


def test_cards_of_twelve_digits_are_cards_but_not_when_all_could_be_my_numbers() -> None:
    """One in eleven looks like one by chance; a list of nothing else is of something else."""
    numbers = [f"{place * 7919:012}" for place in range(1, 200)]
    assert len(read("number\n" + "\n".join(numbers) + "\n", TWELVE)) == 199
    risky = [each for each in numbers if check_digits.looks_like_my_number(each)]
    assert 5 < len(risky) < 40
    assert wrong("number\n" + "\n".join(risky) + "\n", TWELVE) == [(Code.ONLY_MY_NUMBERS, None)]


def test_a_refusal_shows_no_number() -> None:
    """What was typed is in no message, so that it is in no log."""
    with pytest.raises(CardListRefused) as refused:
        read("number\n99999\n")
    assert "99999" not in repr(refused.value)
    (row,) = read("number,person\n00000001,secret\n")
    assert "00000001" not in repr(row)
    assert "secret" not in repr(row)


def test_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file or a list that is too long is not read to its end."""
    monkeypatch.setattr(card_list, "MAX_ROWS", 2)
    assert wrong("number\n00000001\n00000002\n00000003\n") == [(Code.TOO_MANY_ROWS, 4)]
    monkeypatch.setattr(card_list, "MAX_BYTES", 10)
    assert wrong("number\n00000001\n") == [(Code.FILE_TOO_LARGE, None)]
