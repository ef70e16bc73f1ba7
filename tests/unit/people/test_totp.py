"""Codes of authenticator apps and recovery codes."""

import base64
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from ichimai.people import totp

RFC_SECRET = base64.b32encode(b"12345678901234567890").decode()
AT = datetime(2026, 10, 1, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    "second, code",
    [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_111_111_111, "050471"),
        (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
        (20_000_000_000, "353130"),
    ],
)
def test_codes_are_those_of_the_standard(second: int, code: str) -> None:
    """RFC 6238 appendix B, of which the last six digits are shown."""
    now = datetime.fromtimestamp(second, UTC)
    assert totp.step_of(RFC_SECRET, code, now) == second // 30


def test_a_code_is_good_one_step_early_and_one_late() -> None:
    now = datetime.fromtimestamp(1_111_111_111, UTC)
    for seconds, is_good in ((-60, False), (-30, True), (0, True), (30, True), (60, False)):
        found = totp.step_of(RFC_SECRET, "050471", now + timedelta(seconds=seconds))
        assert (found is not None) is is_good, seconds


@pytest.mark.parametrize("typed", ["０５０４７１", "050 471", " 050471 "])
def test_a_code_is_taken_as_a_japanese_keyboard_types_it(typed: str) -> None:
    assert totp.step_of(RFC_SECRET, typed, datetime.fromtimestamp(1_111_111_111, UTC))


@pytest.mark.parametrize("typed", ["", "05047", "0504711", "٠٥٠٤٧١", "abcdef", "050471\0"])
def test_nothing_else_is_a_code(typed: str) -> None:
    assert totp.step_of(RFC_SECRET, typed, datetime.fromtimestamp(1_111_111_111, UTC)) is None


def test_an_app_reads_whose_code_it_is_from_the_address() -> None:
    address = urlsplit(totp.address(RFC_SECRET, name="佐藤 公子", issuer="豊島区"))
    assert (address.scheme, address.netloc) == ("otpauth", "totp")
    assert parse_qs(address.query)["secret"] == [RFC_SECRET]


def test_recovery_codes_differ_and_are_read_as_typed() -> None:
    codes = totp.new_recovery_codes()
    assert len(set(codes)) == totp.RECOVERY_CODES
    for code in codes:
        assert totp.recovery_code(code.lower().replace("-", " ")) == code.replace("-", "")
    assert totp.recovery_code("ABCD-EFGH-JKMN-P") is None


def test_a_secret_has_160_random_bits() -> None:
    first, second = totp.new_secret(), totp.new_secret()
    assert first != second
    assert len(base64.b32decode(first)) == 20
