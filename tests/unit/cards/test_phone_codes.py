"""Codes that phones show: what is a code, for how long, and whose."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import segno
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from ichimai.cards import Kind, Shown, phone_codes

NOW = datetime(2026, 10, 1, 3, 0, 0, tzinfo=UTC)
DEVICE = bytes(range(16))
KEY = ec.generate_private_key(ec.SECP256R1())
OTHER_KEY = ec.generate_private_key(ec.SECP256R1())
PUBLIC = phone_codes.public_key_of(KEY)
OTHER_PUBLIC = phone_codes.public_key_of(OTHER_KEY)
TEXT = phone_codes.make(KEY, DEVICE, NOW)
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def parsed(text: str = TEXT) -> phone_codes.PhoneCode:
    code = phone_codes.parse(text)
    assert code is not None
    return code


def test_a_code_says_which_phone_and_when() -> None:
    code = parsed()
    assert code.device == DEVICE
    assert code.step == int(NOW.timestamp()) // 30
    assert code.shown == Shown(Kind.PHONE, DEVICE)
    assert phone_codes.verify(code, PUBLIC)
    assert phone_codes.is_fresh(code, NOW)


def test_base_45_is_that_of_the_standard() -> None:
    """RFC 9285 §4.3 and §4.4."""
    for told, text in ((b"AB", "BB8"), (b"Hello!!", "%69 VD92EX0"), (b"base-45", "UJCLQE7W581")):
        assert phone_codes._encoded(told) == text
        assert phone_codes._decoded(text) == told
    assert phone_codes._decoded("QED8WEX0") == b"ietf!"
    assert phone_codes._decoded("GGW") is None, "65,536"
    assert phone_codes._decoded("::") is None


def test_a_code_is_a_small_alphanumeric_qr_code() -> None:
    code = segno.make_qr(TEXT, error="m")
    assert (code.mode, code.version) == ("alphanumeric", 6)
    assert len(TEXT) == phone_codes.LENGTH


@pytest.mark.parametrize(
    "seconds,is_fresh",
    [
        (-11, False),
        (-10, True),
        (0, True),
        (29, True),
        (30, True),
        (59, True),
        (69.999, True),
        (70, False),
        (90, False),
        (86_400, False),
        (-86_400, False),
    ],
)
def test_a_code_lives_for_its_step_and_the_next_give_or_take_ten_seconds(
    seconds: float,
    is_fresh: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """A screenshot that is used later is stale (faults.md E64)."""
    assert phone_codes.is_fresh(parsed(), NOW + timedelta(seconds=seconds)) == is_fresh


def test_a_step_begins_at_zero_and_thirty_seconds() -> None:
    assert phone_codes.step_at(NOW) + 1 == phone_codes.step_at(NOW + timedelta(seconds=30))
    assert phone_codes.step_at(NOW) == phone_codes.step_at(NOW + timedelta(seconds=29.999))
    assert phone_codes.step_at(datetime(1970, 1, 1, tzinfo=UTC)) == 0


def test_another_phones_key_did_not_sign_it() -> None:
    assert not phone_codes.verify(parsed(), OTHER_PUBLIC)
    forged = phone_codes.make(OTHER_KEY, DEVICE, NOW)
    assert not phone_codes.verify(parsed(forged), PUBLIC)


def test_a_signature_is_for_its_own_device_and_step_only() -> None:
    """An old signature cannot be made young, nor one phone's be another's."""
    code = parsed()
    assert not phone_codes.verify(replace(code, step=code.step + 1), PUBLIC)
    assert not phone_codes.verify(replace(code, device=bytes(16)), PUBLIC)


def test_a_signature_over_anything_else_is_none() -> None:
    """Without the domain's name before it, the same bytes are another message."""
    code = parsed()
    signed = phone_codes._signed(code.device, code.step)
    r, s = decode_dss_signature(KEY.sign(signed, ec.ECDSA(hashes.SHA256())))
    assert not phone_codes.verify(replace(code, signature=r.to_bytes(32) + s.to_bytes(32)), PUBLIC)


def test_numbers_that_are_no_signature_are_refused_quietly() -> None:
    for r in (0, 1, ORDER - 1, ORDER, 2**256 - 1):
        for s in (0, 1, ORDER - 1, ORDER, 2**256 - 1):
            signature = r.to_bytes(32) + s.to_bytes(32)
            assert not phone_codes.verify(replace(parsed(), signature=signature), PUBLIC)


@pytest.mark.parametrize(
    "public_key",
    [None, b"", bytes(65), b"\4" + bytes(64), PUBLIC[:64], PUBLIC + b"\0", b"\2" + PUBLIC[1:33]],
    ids=["none", "empty", "zeros", "no point", "short", "long", "compressed"],
)
def test_a_device_without_a_key_is_refused_like_any_other(public_key: bytes | None) -> None:
    assert not phone_codes.verify(parsed(), public_key)
    assert not phone_codes.is_public_key(public_key or b"")


def test_what_is_compared_for_an_unknown_device_is_never_believed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(phone_codes, "_DECOY", PUBLIC)
    assert not phone_codes.verify(parsed(), None)


def test_a_public_key_is_a_point_of_the_curve() -> None:
    assert phone_codes.is_public_key(PUBLIC)
    assert not phone_codes.is_public_key(PUBLIC[:64] + bytes([PUBLIC[64] ^ 1]))
    p_384 = ec.generate_private_key(ec.SECP384R1())
    assert not phone_codes.is_public_key(phone_codes.public_key_of(p_384))


def test_spaces_around_a_code_do_not_matter_and_those_in_it_do() -> None:
    assert phone_codes.parse(f" {TEXT}\r\n") == parsed()
    assert phone_codes.parse(f"{TEXT[:9]} {TEXT[9:]}") is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        TEXT[1:],
        "2" + TEXT[1:],
        TEXT.replace(TEXT[5], "é"),
        "１" + TEXT[1:],
        TEXT[:-1] + ":",
        "1" + phone_codes._encoded(b"\2" + bytes(84)),
        "1" + phone_codes._encoded(b"\0" + bytes(84)),
        "1" * 129,
        ":" * 129,
        TEXT + TEXT,
        "\0" * 129,
        "x" * 1_000_000,
    ],
    ids=lambda text: text[:12] or "nothing",
)
def test_other_text_is_no_code(text: str) -> None:
    assert phone_codes.parse(text) is None


def test_a_code_cut_short_anywhere_is_none() -> None:
    assert [end for end in range(len(TEXT)) if phone_codes.parse(TEXT[:end])] == []


def test_a_lower_case_code_is_none() -> None:
    """One spelling each: what is taken once cannot come again in other letters."""
    assert phone_codes.parse(TEXT.lower()) is None


def test_a_device_has_an_id_of_sixteen_bytes() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        phone_codes.make(KEY, DEVICE[:15], NOW)


def test_what_could_be_shown_again_is_not_printed_with_the_object() -> None:
    assert repr(parsed()) == f"PhoneCode(step={parsed().step})"
