"""Numbers with check digits, against published vectors."""

from uuid import UUID

import pytest

from ichimai.kernel import check_digits
from ichimai.kernel.check_digits import (
    InvalidBarcode,
    InvalidCorporateNumber,
    InvalidMunicipalityCode,
    MyNumberRefused,
    Nw7Scheme,
    contains_my_number,
    looks_like_my_number,
    redacted,
)
from ichimai.kernel.errors import Invalid

MY_NUMBER = "123456789018"
NO_MY_NUMBER = "123456789019"


@pytest.mark.parametrize(
    "base, code",
    [
        ("13116", "131164"),  # Toshima
        ("13101", "131016"),  # Chiyoda
        ("13104", "131041"),  # Shinjuku
        ("13000", "130001"),  # Tokyo
        ("01100", "011002"),  # Sapporo
        ("47382", "473821"),  # Yonaguni
    ],
)
def test_codes_of_local_governments(base: str, code: str) -> None:
    assert check_digits.municipality_code(base) == code
    assert check_digits.parse_municipality_code(f" {code}\n") == code


def test_a_code_may_be_typed_in_full_width_digits() -> None:
    assert check_digits.parse_municipality_code("１３１１６４") == "131164"


@pytest.mark.parametrize(
    "text",
    [
        "", "13116", "131165", "1311644", "13116a", "-13116", "1311 64", "١٣١١٦٤",
        "000001", "480002", "990001", "131164\0", "1e1164", "131１6４4",
    ],
)  # fmt: skip
def test_what_is_no_code_of_a_local_government(text: str) -> None:
    with pytest.raises(InvalidMunicipalityCode) as raised:
        check_digits.parse_municipality_code(text)
    assert str(raised.value) == "invalid_municipality_code"


@pytest.mark.parametrize("base", ["", "1311", "131164", "1311x", "00116", "48116", "１３１１６"])
def test_what_is_no_base_of_a_code(base: str) -> None:
    with pytest.raises(InvalidMunicipalityCode):
        check_digits.municipality_code(base)


@pytest.mark.parametrize(
    "number",
    ["7123456789012", "4011001098993", "7010705000725", "2120901007402", "8000020131164"],
)
def test_published_corporate_numbers_are_right(number: str) -> None:
    assert check_digits.parse_corporate_number(number) == number
    assert check_digits.corporate_number(number[1:]) == number


@pytest.mark.parametrize(
    "text", ["", "712345678901", "8123456789012", "71234567890123", "T7123456789012", "7" * 1000]
)
def test_what_is_no_corporate_number(text: str) -> None:
    with pytest.raises(InvalidCorporateNumber):
        check_digits.parse_corporate_number(text)


def test_what_is_no_base_of_a_corporate_number() -> None:
    with pytest.raises(InvalidCorporateNumber):
        check_digits.corporate_number("12345678901")


@pytest.mark.parametrize(
    "text",
    [
        MY_NUMBER,
        "１２３４５６７８９０１８",
        "1234 5678 9018",
        "1234-5678-9018",
        "1234\u30005678\u30009018",
        "１２３４－５６７８－９０１８",
        "1234ー5678ー9018",
        "1234‐5678−9018",
        "1234  -  5678 9018",
        "1234・5678・9018",
        "1234.5678.9018",
        "12345678-9018",
        "1234\u200b5678\ufeff9018",
        "12\u200b34\u200d567\u00ad89018",
        "١٢٣٤٥٦٧٨٩٠١٨",
        " 1234\t5678\t9018\n",
    ],
)
def test_a_my_number_is_known_however_it_is_typed(text: str) -> None:
    assert looks_like_my_number(text)
    assert contains_my_number(text)
    assert contains_my_number(f"豊島太郎{text}様")
    assert contains_my_number(f"A{text}Z")
    assert not any(character.isdecimal() for character in redacted(text))
    with pytest.raises(MyNumberRefused):
        check_digits.without_my_number(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "12345678901",
        NO_MY_NUMBER,
        "1234567890181",
        "1123456789018",
        "0123-4567-8901-8",
        "123456-789018",
        "1234/5678/9018",
        "1234:5678:9018",
        "1234      5678 9018",
        "abcdefghijkl",
        "豊島　太郎",
        "03-3981-1111",
        "131164",
    ],
)
def test_what_is_no_my_number_is_left_alone(text: str) -> None:
    assert not looks_like_my_number(text)
    assert not contains_my_number(text)
    assert redacted(text) == text
    assert check_digits.without_my_number(text) == text


@pytest.mark.parametrize(
    "body, digit",
    [("12345678901", "8"), ("00000000000", "0"), ("00000000001", "9"), ("00000000006", "0")],
)
def test_the_digit_of_the_ordinance(body: str, digit: str) -> None:
    """Of the ten last digits, one is right."""
    assert [d for d in "0123456789" if looks_like_my_number(body + d)] == [digit]


def test_one_in_eleven_or_so_is_taken_for_one() -> None:
    """The guard must not refuse every number of twelve digits."""
    refused = sum(looks_like_my_number(f"{number:012}") for number in range(0, 10**12, 10**8 - 7))
    assert 0.08 < refused / 10_001 < 0.12


def test_redaction_leaves_the_rest_readable() -> None:
    assert (
        redacted(f"番号 {MY_NUMBER}、電話 03-1234-5678") == "番号 ************、電話 03-1234-5678"
    )
    assert redacted("x 1234-5678-9018 y") == "x ****-****-**** y"
    both = f"{MY_NUMBER}/{MY_NUMBER}"
    assert redacted(both) == "*" * 12 + "/" + "*" * 12


def test_overlapping_candidates_are_all_tried() -> None:
    """The first twelve digits are no My Number; twelve that begin inside them are."""
    text = "1113 1234 5678 9018"
    assert contains_my_number(text)
    assert redacted(text) == "1113 **** **** ****"


def test_ids_and_hashes_are_not_taken_for_my_numbers() -> None:
    """One id in a thousand has such digits by chance; it must not be refused or hidden."""
    machine_made = [
        f"00000000-0000-4000-8000-{MY_NUMBER}",
        "12345678-1234-5678-9018-abcdefabcdef",
        f"ab{MY_NUMBER}cd" * 2,
        f"AB{MY_NUMBER}CD" * 4,
    ]
    assert str(UUID(machine_made[0])) == machine_made[0]
    for text in machine_made:
        assert not contains_my_number(text), text
        assert redacted(f"id={text};") == f"id={text};"
        assert contains_my_number(f"{text} {MY_NUMBER}")


def test_a_my_number_in_hexadecimal_company_is_still_seen() -> None:
    """What is too short for an id or a hash hides nothing."""
    assert contains_my_number(f"abc{MY_NUMBER}def")
    assert contains_my_number(f"00000000-0000-4000-8000-00{MY_NUMBER[2:]} {MY_NUMBER}")


def test_long_text_is_searched_in_reasonable_time() -> None:
    """Texts made to slow a pattern down: each would take minutes if the search were quadratic."""
    for unit in ("1", "1 ", "1234 5678 901 ", "a", "12345678-1231-", "1\u200b"):
        assert not contains_my_number(unit * 50_000)


def test_the_refusal_tells_nothing() -> None:
    with pytest.raises(Invalid) as raised:
        check_digits.without_my_number(f"my number is {MY_NUMBER}")
    assert str(raised.value) == "my_number_refused"
    assert "1234" not in repr(raised.value)
    assert raised.value.args == ()


@pytest.mark.parametrize(
    "scheme, body, barcode",
    [
        (Nw7Scheme.NONE, "A123B", "A123B"),
        (Nw7Scheme.NONE, "12-$:/.+", "12-$:/.+"),
        (Nw7Scheme.MOD16, "A37859B", "A37859+B"),
        (Nw7Scheme.MOD16, "A0A", "A00A"),  # the outer mod: 16 − 0 is 0, not A
        (Nw7Scheme.M10W21_SPLIT, "12345678", "123456782"),
        (Nw7Scheme.M10W21_SPLIT, "A12345678B", "A123456782B"),
        (Nw7Scheme.M10W21_SPLIT, "7992739871", "79927398713"),
        (Nw7Scheme.M10W21_SPLIT, "0", "00"),
        (Nw7Scheme.M10W21_LUMP, "12345678", "123456784"),
        (Nw7Scheme.M10W3, "490123456789", "4901234567894"),
        (Nw7Scheme.SEVEN_DR, "12345678", "123456782"),
        (Nw7Scheme.SEVEN_DR, "7", "70"),
        (Nw7Scheme.SEVEN_DSR, "12345678", "123456785"),
        (Nw7Scheme.SEVEN_DSR, "7", "77"),
    ],
)
def test_barcodes_of_libraries(scheme: Nw7Scheme, body: str, barcode: str) -> None:
    assert check_digits.nw7_with_check(body, scheme) == barcode
    assert check_digits.nw7_is_valid(barcode, scheme)


@pytest.mark.parametrize("scheme", Nw7Scheme)
@pytest.mark.parametrize(
    "barcode",
    ["", "A", "AB", "A12", "12B", "E12E", "a12b", "1 2", "１２", "A1A2B", "1" * 65, "1\n"],
)
def test_what_is_no_barcode(scheme: Nw7Scheme, barcode: str) -> None:
    assert not check_digits.nw7_is_valid(barcode, scheme)
    with pytest.raises(InvalidBarcode):
        check_digits.nw7_with_check(barcode, scheme)


@pytest.mark.parametrize("scheme", [s for s in Nw7Scheme if s not in {"none", "mod16"}])
def test_signs_do_not_count_where_the_scheme_is_for_digits(scheme: Nw7Scheme) -> None:
    with pytest.raises(InvalidBarcode):
        check_digits.nw7_with_check("12-34", scheme)
    assert not check_digits.nw7_is_valid("12-34", scheme)


def test_mod16_needs_its_start_and_stop() -> None:
    with pytest.raises(InvalidBarcode):
        check_digits.nw7_with_check("37859", Nw7Scheme.MOD16)
    assert not check_digits.nw7_is_valid("A37859+C", Nw7Scheme.MOD16)


def test_a_single_digit_is_no_checked_barcode() -> None:
    for scheme in Nw7Scheme:
        assert check_digits.nw7_is_valid("7", scheme) is (scheme is Nw7Scheme.NONE)


def test_iso_7064_mod_37_36() -> None:
    """The example of the Global Release Identifier standard."""
    assert check_digits.mod37_36_with_check("A12425GABC1234002") == "A12425GABC1234002M"
    assert check_digits.mod37_36_is_valid("A12425GABC1234002M")


@pytest.mark.parametrize("code", ["", "A", "a12425gabc1234002m", "A1-2425G", "A12425GABC1234002N"])
def test_what_is_no_iso_7064_code(code: str) -> None:
    assert not check_digits.mod37_36_is_valid(code)


def test_iso_7064_takes_letters_and_digits_only() -> None:
    for body in ("", "É", "A-1", "１"):
        with pytest.raises(InvalidBarcode):
            check_digits.mod37_36_with_check(body)
