"""Whether a certificate and a signature prove that somebody's card is here, now.

The order of the checks is the order of ``check``; the first that fails is the answer.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, SignatureAlgorithmOID

from ichimai.cards import extensions
from ichimai.cards.authorities import CARD_POLICY, Authorities, Authority
from ichimai.cards.crl import CrlFile
from ichimai.cards.crl_folder import CrlFolder
from ichimai.cards.errors import (
    CertificateExpired,
    CertificateNotYetValid,
    CertificateRevoked,
    Flaw,
    ForgedCertificate,
    MalformedCertificate,
    UnknownAuthority,
    UnsuitableCertificate,
    WrongCardSignature,
)
from ichimai.cards.jpki import MAX_CERTIFICATE_BYTES
from ichimai.cards.model import Kind, Shown
from ichimai.cards.ocsp import Ocsp
from ichimai.cards.revocation import NOT_REVOKED, FirstThatKnows, Revocation, Status
from ichimai.kernel.clock import TOKYO

__all__ = [
    "CARD_POLICY",
    "NOT_REVOKED",
    "Authorities",
    "CrlFile",
    "CrlFolder",
    "FirstThatKnows",
    "Ocsp",
    "Revocation",
    "Status",
    "Verified",
    "check",
]

RENEWABLE = timedelta(days=90)
"""From three months before its end a certificate can be renewed (公的個人認証法施行規則)."""

_SERIAL_BYTES = 20
_KEY_BITS = 2048
_UNDERSTOOD = {
    x509.KeyUsage.oid,
    x509.ExtendedKeyUsage.oid,
    x509.CertificatePolicies.oid,
    x509.BasicConstraints.oid,
}
_DIGITAL_SIGNATURE_ONLY = x509.KeyUsage(
    digital_signature=True,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=False,
    crl_sign=False,
    encipher_only=False,
    decipher_only=False,
)


@dataclass(frozen=True, slots=True)
class Verified:
    """What a card proved. All that may be kept of its certificate is here.

    ``expires_at`` is the end of the year (in Tokyo) in which the certificate ends: it ends on
    a birthday, which nobody needs. Each tap checks the certificate's own end.
    """

    shown: Shown
    kind: Kind
    expires_at: datetime
    is_signed: bool
    """Whether the card signed our challenge, for which it wanted its PIN."""
    is_renewable: bool
    """Whether the certificate ends within three months: remind the holder."""


def check(
    certificate: bytes,
    *,
    nonce: bytes | None,
    signature: bytes | None,
    authorities: Authorities,
    now: datetime,
    revocation: Revocation,
) -> Verified:
    """What ``certificate`` proves, and with ``nonce`` and ``signature`` that its card is here.

    That the nonce is ours, fresh and used once is for the caller to see to: the same nonce
    with the same signature passes here however often it comes. Raises, in this order,
    MalformedCertificate (UnsuitableCertificate for another key than RSA of 2048 bits),
    UnknownAuthority, ForgedCertificate, UnsuitableCertificate, CertificateNotYetValid,
    CertificateExpired, WrongCardSignature, RevocationUnknown, CertificateRevoked.
    """
    if (nonce is None) != (signature is None):
        raise ValueError("a signature and what it signs come together")
    read = _read(certificate)
    authority = _issuer(read, authorities, now)
    kind = _suitable(read, authorities)
    _check_validity(read.certificate, now)
    if nonce is not None and signature is not None:
        _check_signature(read.key, nonce, signature)
    _check_revocation(read.certificate, authority.certificate, now, revocation)
    return _verified(read, authority, kind, now, is_signed=signature is not None)


@dataclass(frozen=True, slots=True)
class _Read:
    """A certificate of which every part that is looked at later could be read."""

    certificate: x509.Certificate = field(repr=False)
    extensions: x509.Extensions = field(repr=False)
    key: rsa.RSAPublicKey = field(repr=False)
    issuer: x509.Name = field(repr=False)


def _read(data: bytes) -> _Read:
    """The library reads most parts at first use: here is the one place where that may fail."""
    if len(data) > MAX_CERTIFICATE_BYTES:
        raise MalformedCertificate
    try:
        found = x509.load_der_x509_certificate(data)
        key = found.public_key()
        _ = found.serial_number, found.not_valid_before_utc, found.not_valid_after_utc
        if not isinstance(key, rsa.RSAPublicKey) or key.key_size != _KEY_BITS:
            raise UnsuitableCertificate(Flaw.KEY)
        if data[-1 - len(found.signature)] != 0:
            raise MalformedCertificate  # the one byte that the signature does not protect
        return _Read(found, found.extensions, key, found.issuer)
    except extensions.UNREADABLE:
        raise MalformedCertificate from None  # the library's words may quote the certificate


def _issuer(read: _Read, authorities: Authorities, now: datetime) -> Authority:
    key_id = extensions.find(read.extensions, x509.AuthorityKeyIdentifier)
    authority = authorities.issuer(read.issuer, key_id)
    if authority is None or not _is_valid(authority.certificate, now):
        raise UnknownAuthority
    if read.certificate.signature_algorithm_oid != SignatureAlgorithmOID.RSA_WITH_SHA256:
        raise UnsuitableCertificate(Flaw.SIGNATURE_ALGORITHM)
    try:
        read.certificate.verify_directly_issued_by(authority.certificate)
    except (InvalidSignature, *extensions.UNREADABLE):
        raise ForgedCertificate from None
    return authority


def _suitable(read: _Read, authorities: Authorities) -> Kind:
    flaw = _flaw(read)
    if flaw is not None:
        raise UnsuitableCertificate(flaw)
    policies = _critical(read.extensions, x509.CertificatePolicies) or ()
    kind = authorities.kind(policy.policy_identifier.dotted_string for policy in policies)
    if kind is None:
        raise UnsuitableCertificate(Flaw.POLICY)
    return kind


def _flaw(read: _Read) -> Flaw | None:
    found = read.extensions
    constraints = extensions.find(found, x509.BasicConstraints)
    usage = extensions.find(found, x509.ExtendedKeyUsage)
    if not 0 < read.certificate.serial_number < 1 << 8 * _SERIAL_BYTES:
        return Flaw.SERIAL
    if constraints is not None and constraints.ca:
        return Flaw.IS_AUTHORITY
    if _critical(found, x509.KeyUsage) != _DIGITAL_SIGNATURE_ONLY:
        return Flaw.KEY_USAGE
    if usage is None or list(usage) != [ExtendedKeyUsageOID.CLIENT_AUTH]:
        return Flaw.EXTENDED_KEY_USAGE
    if extensions.find(found, x509.SubjectAlternativeName) is not None:
        return Flaw.PERSONAL
    if {extension.oid for extension in found if extension.critical} - _UNDERSTOOD:
        return Flaw.CRITICAL_EXTENSION
    return None


def _critical(
    found: x509.Extensions, kind: type[extensions.Extension]
) -> extensions.Extension | None:
    """The extension of that kind, where it is marked as one that must be understood."""
    value = extensions.find(found, kind)
    is_critical = value is not None and found.get_extension_for_class(kind).critical
    return value if is_critical else None


def _is_valid(certificate: x509.Certificate, now: datetime) -> bool:
    return certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc


def _check_validity(certificate: x509.Certificate, now: datetime) -> None:
    """Both ends belong to it (RFC 5280 §4.1.2.5)."""
    if now < certificate.not_valid_before_utc:
        raise CertificateNotYetValid
    if now > certificate.not_valid_after_utc:
        raise CertificateExpired


def _check_signature(key: rsa.RSAPublicKey, nonce: bytes, signature: bytes) -> None:
    try:
        key.verify(signature, nonce, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        raise WrongCardSignature from None


def _check_revocation(
    certificate: x509.Certificate,
    issuer: x509.Certificate,
    now: datetime,
    revocation: Revocation,
) -> None:
    status = revocation.status(certificate, issuer, now)
    if status.reason is not None:
        raise CertificateRevoked(status.reason)


def _verified(
    read: _Read, authority: Authority, kind: Kind, now: datetime, *, is_signed: bool
) -> Verified:
    number = authority.mark + read.certificate.serial_number.to_bytes(_SERIAL_BYTES)
    ends_at = read.certificate.not_valid_after_utc
    year = ends_at.astimezone(TOKYO).year + 1
    return Verified(
        shown=Shown(kind, number),
        kind=kind,
        expires_at=datetime(year, 1, 1, tzinfo=TOKYO).astimezone(UTC),
        is_signed=is_signed,
        is_renewable=now > ends_at - RENEWABLE,
    )
