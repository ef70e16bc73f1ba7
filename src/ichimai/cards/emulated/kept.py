"""Emulated cards that are kept in the folder of a test authority, to be the same ones again."""

import os
import secrets
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from ichimai.cards.issued import IssuedCertificate
from ichimai.cards.model import Kind
from ichimai.cards.test_authority import TestAuthority

CARDS_FOLDER: Final = "cards"
_LASTS: Final = timedelta(days=1461)


def load_or_issue(folder: Path, name: str, now: datetime, kind: Kind) -> IssuedCertificate:
    """The certificate and key of the card called ``name``; issued where there is none.

    The folder becomes a test authority's, with a list of today of what it has revoked. The
    card's key is readable by its owner only.
    """
    authority = TestAuthority.load_or_make(folder, now)
    authority.publish(folder, now)
    path = folder / CARDS_FOLDER / f"{name}.{kind}.pem"
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        _write(path, authority.issue(_subject_name(), now + _LASTS, kind=kind))
    return _read(path)


def load_authority(folder: Path, now: datetime) -> TestAuthority:
    """The authority of ``folder``, which knows of every card that is kept there."""
    authority = TestAuthority.load_or_make(folder, now)
    for path in (folder / CARDS_FOLDER).glob("*.pem"):
        authority.remember(_serial(_read(path)))
    return authority


def revoke(folder: Path, name: str, now: datetime, kind: Kind) -> None:
    """Revoke the card called ``name`` as of ``now``, and publish the list. Raises OSError."""
    authority = load_authority(folder, now)
    serial = _serial(_read(folder / CARDS_FOLDER / f"{name}.{kind}.pem"))
    authority.revoke(serial, x509.ReasonFlags.superseded, now)
    authority.publish(folder, now)


def _serial(issued: IssuedCertificate) -> int:
    return x509.load_der_x509_certificate(issued.certificate).serial_number


def _subject_name() -> str:
    """Of 23 letters and digits, as real ones: it says nothing of anybody."""
    return secrets.token_hex(12).upper()[:23]


def _write(path: Path, issued: IssuedCertificate) -> None:
    key = issued.private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    certificates = [issued.certificate, issued.authority_certificate]
    loaded = [x509.load_der_x509_certificate(one) for one in certificates]
    bundle = key + b"".join(one.public_bytes(Encoding.PEM) for one in loaded)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(bundle)


def _read(path: Path) -> IssuedCertificate:
    bundle = path.read_bytes()
    key = load_pem_private_key(bundle, None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("a card has an RSA key")
    certificates = x509.load_pem_x509_certificates(bundle)
    own, authoritys = (one.public_bytes(Encoding.DER) for one in certificates)
    return IssuedCertificate(own, authoritys, key)
