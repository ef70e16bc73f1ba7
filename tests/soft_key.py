"""An authenticator in software: makes passkeys and answers, also wrongly, as a test wishes."""

import base64
import hashlib
import json
import os
import struct
from dataclasses import dataclass, field, replace
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import encode_cbor

UP, UV, AT = 0x01, 0x04, 0x40


def text(raw: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def raw(coded: str) -> bytes:
    """And back."""
    return base64.urlsafe_b64decode(coded + "=" * (-len(coded) % 4))


@dataclass
class SoftKey:
    """One passkey; ``origin`` and ``party`` are what the browser around it believes."""

    origin: str
    party: str
    flags: int = UP | UV
    count: int = 0
    is_in_a_frame: bool = False
    id: bytes = field(default_factory=lambda: os.urandom(32))
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1()), repr=False
    )
    handle: bytes = b""

    def changed(self, **changes: Any) -> "SoftKey":  # noqa: ANN401 - fields of its own
        """The same passkey with something else about it."""
        return replace(self, **changes)

    def made(self, options: str) -> str:
        """The answer to ``navigator.credentials.create``."""
        asked = json.loads(options)
        self.handle = raw(asked["user"]["id"])
        numbers = self.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}
        made = bytes(16) + struct.pack(">H", len(self.id)) + self.id + encode_cbor(cose)
        statement = {"fmt": "none", "attStmt": {}, "authData": self._data(AT) + made}
        response = {
            "clientDataJSON": text(self._client_data("webauthn.create", asked["challenge"])),
            "attestationObject": text(encode_cbor(statement)),
        }
        return self._told(response)

    def answered(self, options: str) -> str:
        """The answer to ``navigator.credentials.get``."""
        client_data = self._client_data("webauthn.get", json.loads(options)["challenge"])
        self.count += 1
        data = self._data(0)
        signed = data + hashlib.sha256(client_data).digest()
        response = {
            "clientDataJSON": text(client_data),
            "authenticatorData": text(data),
            "signature": text(self.key.sign(signed, ec.ECDSA(hashes.SHA256()))),
            "userHandle": text(self.handle),
        }
        return self._told(response)

    def _told(self, response: dict[str, str]) -> str:
        coded = text(self.id)
        return json.dumps({"id": coded, "rawId": coded, "type": "public-key", "response": response})

    def _data(self, flags: int) -> bytes:
        party = hashlib.sha256(self.party.encode()).digest()
        return party + bytes([self.flags | flags]) + struct.pack(">I", self.count)

    def _client_data(self, kind: str, challenge: str) -> bytes:
        told = {
            "type": kind,
            "challenge": challenge,
            "origin": self.origin,
            "crossOrigin": self.is_in_a_frame,
        }
        return json.dumps(told).encode()
