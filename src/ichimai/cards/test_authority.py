"""An authority for tests and demonstrations, made when it is needed.

Its certificates have the form of the real ones (names, extensions, a serial of four bytes, the
municipality in the address of their revocation list), so that whatever reads the real ones
reads these; its name says that it is none. Keys are random, all else follows the arguments.
"""

import os
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import ClassVar

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID

from ichimai.cards import crl, issued
from ichimai.cards.authorities import CARD_POLICY, POLICIES_FILE, Authorities
from ichimai.cards.issued import IssuedCertificate
from ichimai.cards.model import Kind
from ichimai.cards.ocsp import Ocsp
from ichimai.cards.responder import Responder, Signer, revocation_list
from ichimai.cards.revocation import NOT_REVOKED, SKEW, Status
from ichimai.kernel import Clock

PHONE_POLICY = "2.999.1.30"
"""Stands for the phone's policy, which an operator configures (2.999: ITU-T X.660, examples)."""
POLICIES: Mapping[str, Kind] = MappingProxyType(
    {CARD_POLICY: Kind.MY_NUMBER_CARD, PHONE_POLICY: Kind.PHONE_CERTIFICATE}
)

_UNITS = ("JPKI for user authentication", "Ichimai test authority trusted by nobody")
_LASTS = timedelta(days=3652)
_CERTIFICATE_LASTS = timedelta(days=1826)
_KEY_FILE, _CERTIFICATE_FILE, _LIST_FILE = "authority.key", "authority.pem", "authority.crl"


class TestAuthority:
    """Issues certificates, revokes them, and answers who asks about them."""

    __test__: ClassVar[bool] = False  # no test case, though its name begins like one

    def __init__(self, certificate: x509.Certificate, private_key: rsa.RSAPrivateKey) -> None:
        self.certificate = certificate
        self.signer = Signer(certificate, private_key)
        self._known: dict[int, Status] = {}

    @classmethod
    def make(cls, now: datetime, *, lasts: timedelta = _LASTS) -> "TestAuthority":
        """A new authority; ``now`` and the five years before it, and then as long as it lasts."""
        key, name = new_key(), issued.name(None, *_UNITS)
        made = issued.draft(
            name,
            name,
            key.public_key(),
            serial=_new_serial(),
            starts_at=now - _CERTIFICATE_LASTS,
            expires_at=now + lasts,
            extensions=[
                (x509.BasicConstraints(ca=True, path_length=0), True),
                (issued.key_usage("key_cert_sign", "crl_sign"), True),
            ],
        )
        return cls(made.sign(key, hashes.SHA256()), key)

    @classmethod
    def load_or_make(cls, folder: Path, now: datetime) -> "TestAuthority":
        """The authority kept in ``folder``, made there at the first use.

        Beside its key lie what ``Authorities.load`` reads and, once ``publish`` was called,
        its list. The key is readable by its owner only: keep the folder out of a repository.
        """
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / _KEY_FILE
        if not path.exists():
            _place(path, _bundle(cls.make(now).signer))
        bundle = path.read_bytes()
        key = load_pem_private_key(bundle, None)
        if not isinstance(key, rsa.RSAPrivateKey):
            raise TypeError("a test authority has an RSA key")
        loaded = cls(x509.load_pem_x509_certificate(bundle), key)
        loaded._remember(folder / _LIST_FILE)
        _replace(folder / _CERTIFICATE_FILE, loaded.certificate.public_bytes(Encoding.PEM))
        policies = "".join(f'"{policy}" = "{kind}"\n' for policy, kind in POLICIES.items())
        _replace(folder / POLICIES_FILE, policies.encode())
        return loaded

    @property
    def authorities(self) -> Authorities:
        """Trust in this one alone."""
        return Authorities([self.certificate], POLICIES)

    def issue(
        self,
        common_name: str,
        expires_at: datetime,
        *,
        starts_at: datetime | None = None,
        kind: Kind = Kind.MY_NUMBER_CARD,
        prefecture: str = "Tokyo-to",
        municipality: str = "Toshima-ku",
        serial: int | None = None,
        private_key: rsa.RSAPrivateKey | None = None,
    ) -> IssuedCertificate:
        """A certificate for the card or phone of one person.

        It starts five years before it ends; the serial is one of four bytes. Making a key
        takes a tenth of a second or more: pass one where many certificates are made.
        """
        key = private_key or new_key()
        policy = next(policy for policy, of in POLICIES.items() if of is kind)
        point = self.distribution_point(prefecture=prefecture, municipality=municipality)
        return self.sign(
            issued.draft(
                self.certificate.subject,
                issued.name(common_name),
                key.public_key(),
                serial=serial or _new_serial(),
                starts_at=starts_at or expires_at - _CERTIFICATE_LASTS,
                expires_at=expires_at,
                extensions=issued.profile(self.certificate, policy, point),
            ),
            key,
        )

    def sign(
        self, draft: x509.CertificateBuilder, private_key: rsa.RSAPrivateKey
    ) -> IssuedCertificate:
        """What ``draft`` says, signed and known from now on; for certificates unlike the rest."""
        made = draft.sign(self.signer.private_key, hashes.SHA256())
        self._known[made.serial_number] = NOT_REVOKED
        certificates = (
            made.public_bytes(Encoding.DER),
            self.certificate.public_bytes(Encoding.DER),
        )
        return IssuedCertificate(*certificates, private_key)

    def remember(self, serial: int) -> None:
        """Know of a certificate that was issued by the same authority, loaded at another time."""
        self._known.setdefault(serial, NOT_REVOKED)

    def revoke(self, serial: int, reason: x509.ReasonFlags, at: datetime) -> None:
        """Revoke the certificate with ``serial``, as of ``at``."""
        self._known[serial] = Status(reason, at)

    def distribution_point(self, *, prefecture: str, municipality: str) -> x509.DirectoryName:
        """By what name the list of one municipality is known."""
        issuer = self.certificate.subject
        return issued.distribution_point(issuer, prefecture=prefecture, municipality=municipality)

    def answer(self, request: bytes, now: datetime, signer: Signer | None = None) -> bytes:
        """The OCSP response to ``request``; by ``signer`` in this authority's stead, if given."""
        responder = Responder(self.certificate, signer or self.signer, self._known)
        return responder.answer(request, now)

    def revocation(self, clock: Clock) -> Ocsp:
        """Its responder, asked without a network between."""
        return Ocsp(lambda request: self.answer(request, clock.now()))

    def revocation_list(self, now: datetime, point: x509.GeneralName | None = None) -> bytes:
        """Its list (DER): of all that it revoked, or as the list of one distribution point."""
        return revocation_list(self.signer, self._known, now, point=point)

    def publish(self, folder: Path, now: datetime) -> Path:
        """Put the list of today into ``folder``, for ``CrlFile`` and for ``load_or_make``."""
        path = folder / _LIST_FILE
        _replace(path, self.revocation_list(now))
        return path

    def appoint_responder(
        self, now: datetime, *, purpose: x509.ObjectIdentifier = ExtendedKeyUsageOID.OCSP_SIGNING
    ) -> Signer:
        """A responder of its own key that may answer for this authority, for 30 days."""
        key = new_key()
        made = issued.draft(
            self.certificate.subject,
            issued.name("Responder", *_UNITS),
            key.public_key(),
            serial=_new_serial(),
            starts_at=now - SKEW,
            expires_at=now + timedelta(days=30),
            extensions=[
                (x509.ExtendedKeyUsage([purpose]), True),
                (issued.key_usage("digital_signature"), True),
            ],
        )
        return Signer(made.sign(self.signer.private_key, hashes.SHA256()), key)

    def _remember(self, published: Path) -> None:
        if published.exists():
            self._known.update(crl.entries(x509.load_der_x509_crl(published.read_bytes())))


def new_key() -> rsa.RSAPrivateKey:
    """A key such as cards have: RSA of 2048 bits."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _bundle(signer: Signer) -> bytes:
    key = signer.private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return key + signer.certificate.public_bytes(Encoding.PEM)


def _new_serial() -> int:
    return 0x0100_0000 + secrets.randbelow(0x7F00_0000)


def _place(path: Path, content: bytes) -> None:
    """Put a new secret at ``path``, unless another process did so first."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        if not path.exists():
            os.link(draft, path)
    finally:
        draft.unlink()


def _replace(path: Path, content: bytes) -> None:
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    draft.write_bytes(content)
    draft.replace(path)
