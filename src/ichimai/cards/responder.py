"""What an authority says of its certificates: answers to OCSP requests, and lists.

The authority for My Number Cards lets only registered bodies ask. This one answers for the
test authority, byte for byte in the same forms, so that everything else can be tried.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from ichimai.cards import extensions
from ichimai.cards.revocation import NOT_REVOKED, Status

ANSWER_LASTS = timedelta(hours=1)
LIST_LASTS = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs for an authority: itself, or a responder to whom it gave a certificate."""

    certificate: x509.Certificate
    private_key: rsa.RSAPrivateKey = field(repr=False)


@dataclass(frozen=True, slots=True)
class Responder:
    """Answers for the certificates that ``authority`` issued.

    ``known``: every serial it issued and how it stands; a serial that is not there is unknown.
    """

    authority: x509.Certificate
    signer: Signer
    known: Mapping[int, Status] = field(repr=False)

    def answer(self, request: bytes, now: datetime) -> bytes:
        """The OCSP response to ``request``, both DER. Never raises for what was asked."""
        try:
            asked = ocsp.load_der_ocsp_request(request)
            nonce = extensions.find(asked.extensions, x509.OCSPNonce)
            is_ours, is_number = _is_of(asked, self.authority), asked.serial_number > 0
        except extensions.UNREADABLE:
            return _failed(ocsp.OCSPResponseStatus.MALFORMED_REQUEST)
        if not is_number:
            return _failed(ocsp.OCSPResponseStatus.MALFORMED_REQUEST)
        if not is_ours:
            return _failed(ocsp.OCSPResponseStatus.UNAUTHORIZED)
        answer = _add_status(asked, self.known.get(asked.serial_number), now)
        answer = answer.responder_id(ocsp.OCSPResponderEncoding.HASH, self.signer.certificate)
        if self.signer.certificate != self.authority:
            answer = answer.certificates([self.signer.certificate])
        if nonce is not None:
            answer = answer.add_extension(nonce, critical=False)
        signed = answer.sign(self.signer.private_key, hashes.SHA256())
        return signed.public_bytes(Encoding.DER)


def revocation_list(
    signer: Signer,
    known: Mapping[int, Status],
    now: datetime,
    *,
    number: int = 1,
    point: x509.GeneralName | None = None,
) -> bytes:
    """The list (DER) of those of ``known`` that are revoked, good for a day from ``now``.

    ``point`` makes it the list of one distribution point, which speaks for its own only.
    """
    made = x509.CertificateRevocationListBuilder().issuer_name(signer.certificate.subject)
    made = made.last_update(now).next_update(now + LIST_LASTS)
    made = made.add_extension(x509.CRLNumber(number), critical=False)
    key_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.private_key.public_key())
    made = made.add_extension(key_id, critical=False)
    if point is not None:
        made = made.add_extension(_issuing_point(point), critical=True)
    for serial, status in known.items():
        if status.reason is not None:
            made = made.add_revoked_certificate(_entry(serial, status.reason, status, now))
    return made.sign(signer.private_key, hashes.SHA256()).public_bytes(Encoding.DER)


def _is_of(asked: ocsp.OCSPRequest, authority: x509.Certificate) -> bool:
    """The library makes these hashes only inside a request: so make one to compare with."""
    algorithm = asked.hash_algorithm
    made = ocsp.OCSPRequestBuilder().add_certificate(authority, authority, algorithm).build()
    return (asked.issuer_name_hash, asked.issuer_key_hash) == (
        made.issuer_name_hash,
        made.issuer_key_hash,
    )


def _add_status(
    asked: ocsp.OCSPRequest, status: Status | None, now: datetime
) -> ocsp.OCSPResponseBuilder:
    said = ocsp.OCSPCertStatus.UNKNOWN
    if status is not None:
        is_good = status.reason is None
        said = ocsp.OCSPCertStatus.GOOD if is_good else ocsp.OCSPCertStatus.REVOKED
    return ocsp.OCSPResponseBuilder().add_response_by_hash(
        asked.issuer_name_hash,
        asked.issuer_key_hash,
        asked.serial_number,
        asked.hash_algorithm,
        said,
        now,
        now + ANSWER_LASTS,
        *_revoked(status or NOT_REVOKED, now),
    )


def _revoked(status: Status, now: datetime) -> tuple[datetime | None, x509.ReasonFlags | None]:
    if status.reason is None:
        return None, None
    # Unspecified is said by saying nothing (RFC 5280 §5.3.1).
    said = None if status.reason is x509.ReasonFlags.unspecified else status.reason
    return status.revoked_at or now, said


def _failed(status: ocsp.OCSPResponseStatus) -> bytes:
    return ocsp.OCSPResponseBuilder.build_unsuccessful(status).public_bytes(Encoding.DER)


def _issuing_point(point: x509.GeneralName) -> x509.IssuingDistributionPoint:
    return x509.IssuingDistributionPoint(
        full_name=[point],
        relative_name=None,
        only_contains_user_certs=False,
        only_contains_ca_certs=False,
        only_some_reasons=None,
        indirect_crl=False,
        only_contains_attribute_certs=False,
    )


def _entry(
    serial: int, reason: x509.ReasonFlags, status: Status, now: datetime
) -> x509.RevokedCertificate:
    made = x509.RevokedCertificateBuilder().serial_number(serial)
    made = made.revocation_date(status.revoked_at or now)
    if reason is not x509.ReasonFlags.unspecified:
        made = made.add_extension(x509.CRLReason(reason), critical=False)
    return made.build()
