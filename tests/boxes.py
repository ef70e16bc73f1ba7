"""A box as a till's browser closes it (``static/sealed-box.js``), for tests without a browser."""

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


def closed(text: str, mark: str, key: bytes) -> bytes:
    """``text`` for whoever has the private half of ``key``, and for ``mark`` only."""
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), key)
    mine = ec.generate_private_key(ec.SECP256R1())
    own = mine.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    common = mine.exchange(ec.ECDH(), theirs)
    once = HKDF(SHA256(), 32, salt=None, info=b"ichimai box\0" + own).derive(common)
    return own + AESGCM(once).encrypt(bytes(12), text.encode(), mark.encode())
