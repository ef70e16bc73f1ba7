"""The code that a resident's phone shows: signed anew every 30 seconds, also without a network.

The phone makes a P-256 key that never leaves it and a random id for itself; ``phone-code.js``
is its side. A code is ``1`` and, in base 45 so that its QR code is alphanumeric (RFC 9285): the
version, the device's id, the number of the 30 seconds since 1970, and an ECDSA signature with
SHA-256. That a code is accepted once is not decided here: a device may be accepted once a step.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ichimai.cards.model import Kind, Shown

STEP_SECONDS: Final = 30
SKEW: Final = timedelta(seconds=10)
"""How far a phone's clock may be off, either way."""

DEVICE_BYTES: Final = 16
PUBLIC_KEY_BYTES: Final = 65
"""An uncompressed point (SEC 1 §2.3.3), as WebCrypto exports ``raw``."""

_LEAST_DISTINCT: Final = 6
"""16 random bytes have fewer different ones in one of a million million cases."""

_PREFIX: Final = "1"
_VERSION: Final = 1
_DOMAIN: Final = b"ichimai phone code\0"
_BASE_45: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_VALUE: Final = {character: value for value, character in enumerate(_BASE_45)}
_SIGNED_BYTES: Final = 1 + DEVICE_BYTES + 4
_BYTES: Final = _SIGNED_BYTES + 64
LENGTH: Final = len(_PREFIX) + _BYTES // 2 * 3 + _BYTES % 2 * 2
"""The characters of a code: 129, a QR code of version 6 with 15 % of correction."""


@dataclass(frozen=True, slots=True)
class PhoneCode:
    """What a phone's code says; who signed it has not been checked."""

    device: bytes = field(repr=False)
    step: int
    signature: bytes = field(repr=False)

    @property
    def shown(self) -> Shown:
        """As the registry takes it."""
        return Shown(Kind.PHONE, self.device)


def make(private_key: ec.EllipticCurvePrivateKey, device: bytes, now: datetime) -> str:
    """The code that a phone shows at ``now``: for tests and demonstrations."""
    if len(device) != DEVICE_BYTES:
        raise ValueError("a device's id has 16 bytes")
    signed = _signed(device, step_at(now))
    r, s = decode_dss_signature(private_key.sign(_DOMAIN + signed, ec.ECDSA(hashes.SHA256())))
    return _PREFIX + _encoded(signed + r.to_bytes(32) + s.to_bytes(32))


def public_key_of(private_key: ec.EllipticCurvePrivateKey) -> bytes:
    """The public key of ``private_key`` as a phone tells it."""
    return private_key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def step_at(now: datetime) -> int:
    """The number of the 30 seconds since 1970 that ``now`` lies in."""
    return int(now.timestamp() // STEP_SECONDS)


def parse(text: str) -> PhoneCode | None:
    """The code that ``text`` is, space around it aside; None if it is none, or was garbled.

    Each code has one spelling: no two texts are the same code.
    """
    typed = text.strip() if len(text) <= 2 * LENGTH else ""
    if len(typed) != LENGTH or not typed.startswith(_PREFIX):
        return None
    told = _decoded(typed[len(_PREFIX) :])
    if told is None or told[0] != _VERSION:
        return None
    return PhoneCode(
        device=told[1 : 1 + DEVICE_BYTES],
        step=int.from_bytes(told[1 + DEVICE_BYTES : _SIGNED_BYTES]),
        signature=told[_SIGNED_BYTES:],
    )


def is_fresh(code: PhoneCode, now: datetime) -> bool:
    """Whether the code is of this step or the one before, by a clock up to 10 s off."""
    return step_at(now - SKEW) - 1 <= code.step <= step_at(now + SKEW)


def verify(code: PhoneCode, public_key: bytes | None) -> bool:
    """Whether the owner of ``public_key`` signed the code.

    Pass None for a device that nobody knows: the answer is False and takes as long.
    """
    known = _known(public_key or b"")
    # Read anew each time, as a known key is.
    key = known or ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _DECOY)
    r, s = code.signature[:32], code.signature[32:]
    signature = encode_dss_signature(int.from_bytes(r), int.from_bytes(s))
    try:
        key.verify(signature, _DOMAIN + _signed(code.device, code.step), ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return known is not None


def is_device(told: bytes) -> bool:
    """Whether ``told`` can be a phone's id: 16 bytes, and not those of a broken random source."""
    return len(told) == DEVICE_BYTES and len(set(told)) >= _LEAST_DISTINCT


def is_public_key(told: bytes) -> bool:
    """Whether ``told`` is a phone's public key: a point of P-256 in 65 bytes."""
    return _known(told) is not None


def _known(public_key: bytes) -> ec.EllipticCurvePublicKey | None:
    if len(public_key) != PUBLIC_KEY_BYTES:
        return None
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public_key)
    except ValueError:
        return None


_DECOY: Final = public_key_of(ec.generate_private_key(ec.SECP256R1()))


def _signed(device: bytes, step: int) -> bytes:
    return bytes([_VERSION]) + device + step.to_bytes(4)


def _encoded(told: bytes) -> str:
    """``told`` in base 45, the lowest digit first (RFC 9285 §4)."""
    characters = []
    for start in range(0, len(told), 2):
        pair = told[start : start + 2]
        value = int.from_bytes(pair)
        for _ in range(len(pair) + 1):
            value, digit = divmod(value, 45)
            characters.append(_BASE_45[digit])
    return "".join(characters)


def _decoded(text: str) -> bytes | None:
    """The bytes that base 45 ``text`` stands for; None where there are none."""
    if not _VALUE.keys() >= set(text) or len(text) % 3 == 1:
        return None
    told = bytearray()
    for start in range(0, len(text), 3):
        group = text[start : start + 3]
        value = sum(_VALUE[character] * 45**place for place, character in enumerate(group))
        if value >= 256 ** (len(group) - 1):
            return None
        told += value.to_bytes(len(group) - 1)
    return bytes(told)
