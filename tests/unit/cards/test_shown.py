"""What a text could show, and the one number that is shown by none."""

from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from ichimai.cards import Kind, Shown, phone_codes, shown
from ichimai.cards.barcodes import CardScheme, Check, Symbology, with_check
from ichimai.kernel import check_digits, typed_codes
from ichimai.kernel.check_digits import MyNumberRefused

MY_NUMBER = "123456789018"
LIBRARY = CardScheme("library", check=Check.M10W3, length=10, prefix="31")
TWELVE = CardScheme("twelve", length=12)
ANY_LENGTH = CardScheme("any")
STRIPE = CardScheme("stripe", symbology=Symbology.MAGNETIC, length=12)
EVERY = (LIBRARY, TWELVE, ANY_LENGTH, STRIPE)

PRINTED = typed_codes.grouped(
    "7K3QX9B2MN0R4T5V" + typed_codes.check_character("7K3QX9B2MN0R4T5V"), 4
)
KEY = ec.generate_private_key(ec.SECP256R1())
PHONE = phone_codes.make(KEY, bytes(range(16)), datetime(2026, 10, 1, 3, tzinfo=UTC))


def test_a_printed_card_is_shown_by_its_code_without_hyphens() -> None:
    expected = Shown(Kind.PRINTED_QR, PRINTED.replace("-", "").encode())
    for text in (PRINTED, PRINTED.lower(), PRINTED.replace("0", "O"), f"{PRINTED}\r\n"):
        assert shown.of_text(text) == (expected,)


def test_a_mistyped_printed_card_is_nobodys() -> None:
    assert shown.of_text(PRINTED[:-1] + "0") == ()


def test_a_phone_is_shown_by_its_device_and_by_nothing_else() -> None:
    assert shown.of_text(PHONE, EVERY) == (Shown(Kind.PHONE, bytes(range(16))),)
    assert shown.of_text(PHONE[:-1] + ":", [LIBRARY]) == ()


def test_a_mykey_id_is_in_upper_case() -> None:
    assert shown.of_text("ab12-cd34", [LIBRARY]) == (Shown(Kind.MYKEY_ID, b"AB12CD34"),)


def test_an_old_card_has_its_issuers_scheme() -> None:
    number = with_check("310012345", LIBRARY)
    expected = (Shown(Kind.OLD_CARD, number.encode(), "library"),)
    for text in (number, f"A{number}B\r", f"{number[:5]} {number[5:]}"):
        assert shown.of_text(text, [LIBRARY]) == expected
    assert shown.of_text(number, []) == ()


def test_a_text_that_could_be_several_cards_is_all_of_them() -> None:
    """Whoever asks must refuse where two are known, of different people."""
    other = CardScheme("other", length=8)
    assert shown.of_text("12345678", [other, ANY_LENGTH]) == (
        Shown(Kind.OLD_CARD, b"12345678", "other"),
        Shown(Kind.OLD_CARD, b"12345678", "any"),
        Shown(Kind.MYKEY_ID, b"12345678"),
    )


def test_an_idm_must_be_marked() -> None:
    """Sixteen digits of a library are nobody's transit card."""
    idm = "012E4CE1A2B3C4D5"
    assert shown.of_text(f"idm:{idm}") == (Shown(Kind.FELICA, bytes.fromhex(idm)),)
    assert shown.of_text(f"IDm:{idm.lower()}\n") == (Shown(Kind.FELICA, bytes.fromhex(idm)),)
    assert shown.of_text(idm) == ()
    for wrong in ("idm:", f"idm:{idm[:-1]}", f"idm:{'0' * 16}", f"idm:{idm}0", "idm:" + "g" * 16):
        assert shown.of_text(wrong) == ()


@pytest.mark.parametrize(
    "text", ["", " ", "\0", "豊島太郎", "x" * 100_000, "' OR 1=1 --", "\ud800"]
)
def test_other_text_shows_nothing(text: str) -> None:
    assert shown.of_text(text, [LIBRARY, TWELVE]) == ()


TYPED = [
    MY_NUMBER,
    f" {MY_NUMBER}\r\n",
    "1234-5678-9018",
    "1234 5678 9018",
    "１２３４５６７８９０１８",
    "①②③④⑤⑥⑦⑧⑨⓪①⑧",
    f"番号 {MY_NUMBER}",
    f"A{MY_NUMBER}",
    "31-1234-5678-9018",
    f"idm {MY_NUMBER}",
]


@pytest.mark.parametrize("text", TYPED)
def test_a_typed_my_number_is_refused_whatever_the_schemes_are(text: str) -> None:
    """Also where a library has numbers of twelve digits: it may have been typed by mistake."""
    for schemes in ((), (LIBRARY,), EVERY):
        with pytest.raises(MyNumberRefused) as raised:
            shown.of_text(text, schemes)
        assert str(raised.value) == "my_number_refused"
        assert MY_NUMBER not in repr(raised.value)
        assert vars(raised.value) == {}


def test_spelled_so_that_only_a_card_reader_would_see_it_it_is_no_card() -> None:
    """Hyphens anywhere: a scheme of digits leaves them out."""
    number = next(
        number
        for number in map(str, range(10**11, 10**12, 10**7 + 1))
        if check_digits.looks_like_my_number(with_check(number[:11], LUHN))
    )
    whole = with_check(number[:11], LUHN)
    with pytest.raises(MyNumberRefused):
        shown.of_text("-".join(whole), [LUHN])
    assert shown.of_text(f"A{whole}B", [LUHN])


LUHN = CardScheme("luhn", check=Check.M10W21_SPLIT, length=12)


def test_a_scanned_number_is_a_cards_where_an_issuer_has_twelve_digits() -> None:
    framed = f"A{MY_NUMBER}B"
    expected = (Shown(Kind.OLD_CARD, MY_NUMBER.encode(), "twelve"),)
    assert shown.of_text(framed, [TWELVE]) == expected
    assert shown.of_text(framed, [LIBRARY, ANY_LENGTH, TWELVE]) == expected
    assert shown.of_text(f";{MY_NUMBER}=2712?", [STRIPE]) == (
        Shown(Kind.OLD_CARD, MY_NUMBER.encode(), "stripe"),
    )


def test_a_scanned_number_that_no_issuer_of_twelve_digits_knows_is_refused() -> None:
    for text in (f"A{MY_NUMBER}B", f"*{MY_NUMBER}*", f";{MY_NUMBER}?"):
        for schemes in ((), (LIBRARY,), (ANY_LENGTH,)):
            with pytest.raises(MyNumberRefused):
                shown.of_text(text, schemes)
    with pytest.raises(MyNumberRefused):
        shown.of_text(f"]F0{MY_NUMBER}", [ANY_LENGTH])


def test_one_services_number_is_read_by_the_same_rule() -> None:
    number = with_check("310012345", LIBRARY)
    assert shown.number_of(f"A{number}B", LIBRARY) == number
    assert shown.number_of("310012345", LIBRARY) is None
    assert shown.number_of(f"A{MY_NUMBER}B", TWELVE) == MY_NUMBER
    for text, scheme in ((MY_NUMBER, TWELVE), (f"A{MY_NUMBER}B", LIBRARY)):
        with pytest.raises(MyNumberRefused):
            shown.number_of(text, scheme)


def test_what_follows_a_number_on_a_stripe_does_not_count() -> None:
    scheme = CardScheme("stripe", symbology=Symbology.MAGNETIC, length=6)
    assert shown.of_text(f";123456={MY_NUMBER}?", [scheme]) == (
        Shown(Kind.OLD_CARD, b"123456", "stripe"),
    )


def test_a_machines_code_is_not_taken_for_a_my_number() -> None:
    """A phone's code and an IDm may hold its twelve digits by chance."""
    idm = f"idm:{MY_NUMBER}ABCD"
    assert check_digits.contains_my_number(idm)
    assert shown.of_text(idm) == (Shown(Kind.FELICA, bytes.fromhex(f"{MY_NUMBER}ABCD")),)
    told = "1" + phone_codes._encoded(b"\1" + bytes(84))
    risky = told[:20] + f"H{MY_NUMBER}H" + told[34:]
    assert check_digits.contains_my_number(risky)
    code = phone_codes.parse(risky)
    assert code is not None
    assert shown.of_text(risky) == (code.shown,)


def test_only_what_a_machine_makes_counts_as_scanned() -> None:
    for text in (PHONE, "idm:012E4CE1A2B3C4D5", f"A{MY_NUMBER}B", f";{MY_NUMBER}?"):
        assert shown.is_scanned(text)
    for text in ("", PRINTED, *TYPED):
        assert not shown.is_scanned(text)


def test_no_number_is_printed_with_what_was_shown() -> None:
    assert "9018" not in repr(shown.of_text(f"A{MY_NUMBER}B", [TWELVE]))
