"""Codes of phones, garbled in every way."""

from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import example, given
from hypothesis import strategies as st

from ichimai.cards import phone_codes

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
KEY = ec.generate_private_key(ec.SECP256R1())
PUBLIC = phone_codes.public_key_of(KEY)
DEVICES = st.binary(min_size=16, max_size=16)
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2199, 1, 1)).map(  # noqa: DTZ001 - a zone follows
    lambda moment: moment.replace(tzinfo=UTC)
)


@given(DEVICES, MOMENTS)
def test_what_a_phone_makes_is_read_believed_and_fresh(device: bytes, now: datetime) -> None:
    code = phone_codes.parse(phone_codes.make(KEY, device, now))
    assert code is not None
    assert (code.device, code.step) == (device, phone_codes.step_at(now))
    assert phone_codes.verify(code, PUBLIC)
    assert phone_codes.is_fresh(code, now)


@given(DEVICES, MOMENTS, st.floats(-300, 300))
def test_no_code_is_taken_outside_of_80_seconds(
    device: bytes, now: datetime, seconds: float
) -> None:
    """From 10 s before its step until 10 s after the next one: however the clocks stand."""
    code = phone_codes.parse(phone_codes.make(KEY, device, now))
    assert code is not None
    later = now + timedelta(seconds=seconds)
    into_step = later.timestamp() - code.step * 30
    if not -10.001 < into_step < 70.001:
        assert not phone_codes.is_fresh(code, later)
    elif -9.999 < into_step < 69.999:
        assert phone_codes.is_fresh(code, later)


@given(MOMENTS, st.data())
def test_one_wrong_character_is_never_believed(now: datetime, data: st.DataObject) -> None:
    text = phone_codes.make(KEY, bytes(16), now)
    for place in data.draw(st.sets(st.integers(0, len(text) - 1), min_size=1, max_size=20)):
        wrong = data.draw(st.sampled_from(ALPHABET.replace(text[place], "")))
        code = phone_codes.parse(text[:place] + wrong + text[place + 1 :])
        assert code is None or not phone_codes.verify(code, PUBLIC)


@given(MOMENTS, st.data())
def test_neither_is_a_code_of_which_two_parts_changed_places(
    now: datetime, data: st.DataObject
) -> None:
    text = phone_codes.make(KEY, bytes(16), now)
    place = data.draw(st.integers(1, len(text) - 1))
    turned = text[place:] + text[:place]
    if turned != text:
        code = phone_codes.parse(turned)
        assert code is None or not phone_codes.verify(code, PUBLIC)


@given(st.text(max_size=300) | st.text(ALPHABET, min_size=129, max_size=129))
@example("1" + ALPHABET[-1] * 128)
def test_any_text_is_read_without_failing_and_has_one_spelling(text: str) -> None:
    code = phone_codes.parse(text)
    if code is not None:
        told = phone_codes._signed(code.device, code.step) + code.signature
        assert "1" + phone_codes._encoded(told) == text.strip()
        assert not phone_codes.verify(code, PUBLIC)


@given(st.binary(max_size=100))
def test_base_45_comes_back_as_it_was(told: bytes) -> None:
    assert phone_codes._decoded(phone_codes._encoded(told)) == told


@given(st.binary(max_size=80))
def test_any_bytes_are_a_public_key_or_refused(told: bytes) -> None:
    assert not phone_codes.is_public_key(told)
    assert not phone_codes.is_public_key(b"\4" + told)
