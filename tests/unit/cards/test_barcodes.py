"""Old cards' numbers, as readers and people give them."""

import tomllib

import msgspec
import pytest

from ichimai.cards import Kind
from ichimai.cards.barcodes import (
    MAX_TEXT,
    CardScheme,
    Check,
    InvalidCardScheme,
    Symbology,
    is_framed,
    read,
    with_check,
)
from ichimai.kernel.check_digits import InvalidBarcode

LIBRARY = CardScheme("library", check=Check.M10W3, length=10, prefix="31", frame="AB")
MOD16 = CardScheme("mod16", check=Check.MOD16, frame="AA")
GYM = CardScheme("gym", symbology=Symbology.CODE_39, check=Check.MOD43, length=8)
STRIPE = CardScheme("stripe", symbology=Symbology.MAGNETIC, check=Check.M10W21_SPLIT, length=16)
PLAIN = CardScheme("plain", length=6)

NUMBER = with_check("310012345", LIBRARY)


def test_the_checks_agree_with_sums_by_hand() -> None:
    """12+24+13+14+3+9 = 43 + W(32); Luhn's known example; 43 + 7 = 50."""
    code_39 = CardScheme("a", symbology=Symbology.CODE_39, check=Check.MOD43)
    assert with_check("CODE39", code_39) == "CODE39W"
    luhn = CardScheme("b", symbology=Symbology.MAGNETIC, check=Check.M10W21_SPLIT)
    assert with_check("7992739871", luhn) == "79927398713"
    assert with_check("310012345", LIBRARY) == "3100123457"


@pytest.mark.parametrize(
    "text",
    [
        NUMBER,
        f"A{NUMBER}B",
        f"a{NUMBER}b",
        f"t{NUMBER}n",
        f"]F0A{NUMBER}B",
        f"]F0{NUMBER}",
        f"{NUMBER}\r\n",
        f"\tA{NUMBER}B\t",
        f"{NUMBER[:2]} {NUMBER[2:6]}-{NUMBER[6:]}",
        f"{NUMBER[:2]}－{NUMBER[2:]}",
        NUMBER.translate({48 + d: 0xFF10 + d for d in range(10)}),
        f"Ａ{NUMBER}Ｂ\u3000",
    ],
)
def test_a_number_is_the_same_however_it_is_read(text: str) -> None:
    assert read(text, LIBRARY) == NUMBER


@pytest.mark.parametrize(
    "text",
    [
        "",
        "A",
        "AB",
        NUMBER[:-1],
        NUMBER + "0",
        f"A{NUMBER}",
        f"{NUMBER}B",
        f"A{NUMBER}A",
        f"B{NUMBER}A",
        f"A{NUMBER}B{NUMBER}",
        "32" + NUMBER[2:],
        NUMBER[:-1] + "0",
        NUMBER.replace("1", "١"),
        f"{NUMBER}\0",
        f"*{NUMBER}*",
        "9" * (MAX_TEXT + 1),
        f"{NUMBER}\n{NUMBER}",
    ],
)
def test_what_is_not_this_issuers_is_nobodys(text: str) -> None:
    assert read(text, LIBRARY) is None


def test_two_issuers_with_other_frames_prefixes_or_lengths_are_told_apart() -> None:
    other = CardScheme("other", check=Check.M10W3, length=10, prefix="31", frame="CD")
    assert read(f"C{NUMBER}D", LIBRARY) is None
    assert read(f"C{NUMBER}D", other) == NUMBER


def test_a_check_over_start_and_stop_needs_them_from_the_reader_or_the_scheme() -> None:
    number = with_check("40156", MOD16)
    bare = CardScheme("bare", check=Check.MOD16)
    assert read(number, MOD16) == number
    assert read(f"A{number}A", bare) == number
    assert read(number, bare) is None
    assert read(f"B{number}A", bare) is None
    with pytest.raises(InvalidBarcode):
        with_check("40156", bare)


def test_a_hyphen_is_part_of_a_number_where_its_check_says_so() -> None:
    number = with_check("12-34", MOD16)
    assert number.startswith("12-34")
    assert read(f"A{number}A", MOD16) == number
    assert read(f"A{number.replace('-', '')}A", MOD16) is None


def test_code_39_is_read_with_and_without_its_asterisks() -> None:
    number = with_check("TS-0042", GYM)
    for text in (number, f"*{number}*", f"＊{number.lower()}＊\r", f"]A0*{number}*"):
        assert read(text, GYM) == number
    assert read(f"*{number}", GYM) is None
    assert read(f"**{number}**", GYM) is None


def test_a_stripe_gives_its_number_and_nothing_else_of_it() -> None:
    """The holder's name on track 1 and what follows the number go no further."""
    number = with_check("123400005678000", STRIPE)
    for text in (
        number,
        f";{number}=99121010000012300000?",
        f"；{number}＝9912？\r\n",
        f"%B{number}^TOSHIMA/TARO^9912101?",
        f"%B{number}^TOSHIMA/TARO^9912101?;{number}=99121?",
        f"%{number}?",
        f"+{number}?",
        f"{number[:4]} {number[4:8]} {number[8:12]} {number[12:]}",
    ):
        assert read(text, STRIPE) == number
    assert read(f";{number}", STRIPE) is None
    assert read(f";0{number[1:]}?", STRIPE) is None


def test_a_member_number_on_a_stripe_may_begin_with_b() -> None:
    scheme = CardScheme("club", symbology=Symbology.MAGNETIC, length=5)
    assert read("%B1234?", scheme) == "B1234"


def test_a_number_without_a_check_is_taken_by_its_length() -> None:
    assert read("012345", PLAIN) == "012345"
    assert read("12345", PLAIN) is None
    assert read("A012345D", PLAIN) == "012345"


@pytest.mark.parametrize("text", ["A1D", "b12-3c", "*AB 1*", ";12?", "%12?;12?", "]F0123", "]A0X1"])
def test_a_frame_is_seen(text: str) -> None:
    assert is_framed(text)
    assert is_framed(f"{text}\r\n")


@pytest.mark.parametrize("text", ["", "123", "A123", "123D", "AD", "**", ";12", "A12X", "A 1 D"])
def test_what_people_type_is_in_no_frame(text: str) -> None:
    assert not is_framed(text)


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "Library"},
        {"name": "x" * 41},
        {"length": 1},
        {"length": 61},
        {"length": 2, "prefix": "123"},
        {"prefix": "x"},
        {"prefix": "-", "check": Check.M10W3},
        {"frame": "A"},
        {"frame": "EE"},
        {"frame": "AA", "symbology": Symbology.MAGNETIC},
        {"check": Check.MOD43},
        {"check": Check.MOD16, "symbology": Symbology.CODE_39},
        {"check": Check.MOD43, "symbology": Symbology.MAGNETIC},
    ],
)
def test_a_scheme_whose_parts_do_not_go_together_is_refused(wrong: dict[str, object]) -> None:
    fields: dict[str, object] = {"name": "library", **wrong}
    with pytest.raises(InvalidCardScheme):
        CardScheme(**fields)  # type: ignore[arg-type]  # by keyword, from a table


def test_schemes_are_data_of_a_town() -> None:
    """The form in which a town's file could hold them."""
    file = """
        [[card_schemes]]
        name = "toshima-library"
        symbology = "nw7"
        check = "7dr"
        length = 8
        frame = "AA"

        [[card_schemes]]
        name = "gym"
        kind = "old_card"
        symbology = "code39"
        check = "mod43"
    """
    found = msgspec.convert(tomllib.loads(file)["card_schemes"], list[CardScheme])
    assert found == [
        CardScheme("toshima-library", check=Check.SEVEN_DR, length=8, frame="AA"),
        CardScheme("gym", Kind.OLD_CARD, Symbology.CODE_39, Check.MOD43),
    ]
