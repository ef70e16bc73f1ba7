"""Codes of authenticator apps (RFC 6238: HMAC-SHA-1, six digits, 30 s) and recovery codes. Pure."""

import hmac
from datetime import datetime
from typing import Final

import pyotp

from ichimai.kernel import typed_codes

STEP_SECONDS: Final = 30
_STEPS_OF_SKEW: Final = (0, -1, 1)
"""A phone's clock may be wrong, and a person types slowly: one step before and after."""

_RECOVERY_LENGTH: Final = 12
"""60 random bits, so that a plain HMAC of a code gives nothing away."""

RECOVERY_CODES: Final = 8
_FULL_WIDTH = str.maketrans("０１２３４５６７８９", "0123456789")


def new_secret() -> str:
    """160 random bits (RFC 4226 §4 R6), in base 32 as apps take them."""
    return pyotp.random_base32()


def address(secret: str, *, name: str, issuer: str) -> str:
    """The ``otpauth://`` address that an app reads from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=issuer)


def step_of(secret: str, typed: str, now: datetime) -> int | None:
    """The step of 30 s whose code was typed, near ``now``; None when the code is wrong."""
    code = "".join(typed.split()).translate(_FULL_WIDTH)
    middle = int(now.timestamp()) // STEP_SECONDS
    found = None
    for skew in _STEPS_OF_SKEW:
        expected = pyotp.HOTP(secret).at(middle + skew)
        if hmac.compare_digest(expected.encode(), code.encode()) and found is None:
            found = middle + skew
    return found


def new_recovery_codes() -> list[str]:
    """Codes to keep on paper, each good once."""
    return [_grouped(typed_codes.new(_RECOVERY_LENGTH)) for _ in range(RECOVERY_CODES)]


def recovery_code(typed: str) -> str | None:
    """A recovery code in its one form; None when what was typed is not of that form."""
    code = typed_codes.normalised(typed)
    return code if typed_codes.is_whole(code, _RECOVERY_LENGTH) else None


def _grouped(code: str) -> str:
    return typed_codes.grouped(code, 4)
