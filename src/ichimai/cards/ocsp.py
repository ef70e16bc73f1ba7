"""Revocation by asking the authority's responder for each certificate (RFC 6960)."""

import os
from collections.abc import Callable
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from ichimai.cards import extensions
from ichimai.cards.errors import Doubt, RevocationUnknown
from ichimai.cards.revocation import NOT_REVOKED, Status, check_time

FRESH = timedelta(minutes=5)
"""How long an answer counts that does not say how long it does."""

_NONCE_BYTES = 32
_STRONG = {"sha256", "sha384", "sha512"}
_CERT_ID = hashes.SHA1()  # noqa: S303  responders look certificates up by it (RFC 5019 §2.1.1)


class Ocsp:
    """Asks a responder. ``post`` carries the request to it and gives its answer.

    ``post`` belongs to the edge and raises OSError (a TimeoutError is one) when there is no
    answer. ``wants_nonce``: whether an answer without our nonce is refused; a responder that
    signs its answers beforehand gives none, and then their dates alone tell old from new.
    """

    def __init__(self, post: Callable[[bytes], bytes], *, wants_nonce: bool = True) -> None:
        self._post = post
        self._wants_nonce = wants_nonce

    def status(
        self, certificate: x509.Certificate, issuer: x509.Certificate, now: datetime
    ) -> Status:
        """What the responder says. Raises RevocationUnknown."""
        nonce = os.urandom(_NONCE_BYTES)
        asked = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, _CERT_ID)
        request = asked.add_extension(x509.OCSPNonce(nonce), critical=False).build()
        try:
            answer = self._post(_der(request))
        except OSError as error:
            raise RevocationUnknown(Doubt.UNAVAILABLE) from error
        try:
            response = ocsp.load_der_ocsp_response(answer)
            if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
                raise RevocationUnknown(Doubt.UNAVAILABLE)
            _check_signer(response, issuer, now)
            self._check_nonce(response, nonce)
            return _said(response, request, now)
        except extensions.UNREADABLE as error:
            raise RevocationUnknown(Doubt.DAMAGED) from error

    def _check_nonce(self, response: ocsp.OCSPResponse, nonce: bytes) -> None:
        answered = extensions.find(response.extensions, x509.OCSPNonce)
        if answered.nonce != nonce if answered else self._wants_nonce:
            raise RevocationUnknown(Doubt.STALE)


def _der(request: ocsp.OCSPRequest) -> bytes:
    return request.public_bytes(serialization.Encoding.DER)


def _check_signer(response: ocsp.OCSPResponse, issuer: x509.Certificate, now: datetime) -> None:
    """The authority itself signed, or a responder whom it gave a certificate for that."""
    signers = [issuer, *(found for found in response.certificates if _may(found, issuer, now))]
    if not any(_signed(response, signer) for signer in signers):
        raise RevocationUnknown(Doubt.FORGED)


def _may(signer: x509.Certificate, issuer: x509.Certificate, now: datetime) -> bool:
    usage = extensions.find(signer.extensions, x509.ExtendedKeyUsage)
    if usage is None or ExtendedKeyUsageOID.OCSP_SIGNING not in usage:
        return False
    if not signer.not_valid_before_utc <= now <= signer.not_valid_after_utc:
        return False
    try:
        signer.verify_directly_issued_by(issuer)
    except (InvalidSignature, *extensions.UNREADABLE):
        return False
    return True


def _signed(response: ocsp.OCSPResponse, signer: x509.Certificate) -> bool:
    key, algorithm = signer.public_key(), response.signature_hash_algorithm
    if not isinstance(key, rsa.RSAPublicKey) or not algorithm or algorithm.name not in _STRONG:
        return False
    try:
        key.verify(response.signature, response.tbs_response_bytes, padding.PKCS1v15(), algorithm)
    except InvalidSignature:
        return False
    return True


def _said(response: ocsp.OCSPResponse, request: ocsp.OCSPRequest, now: datetime) -> Status:
    """What is said of the certificate that was asked for, among what is said of others."""
    for single in response.responses:
        if _is_of(single, request):
            said_at = single.this_update_utc
            check_time(said_at, single.next_update_utc or said_at + FRESH, now)
            return _status(single)
    raise RevocationUnknown(Doubt.NOT_COVERED)


def _is_of(single: ocsp.OCSPSingleResponse, request: ocsp.OCSPRequest) -> bool:
    return (
        single.serial_number == request.serial_number
        and single.hash_algorithm.name == request.hash_algorithm.name
        and single.issuer_key_hash == request.issuer_key_hash
        and single.issuer_name_hash == request.issuer_name_hash
    )


def _status(single: ocsp.OCSPSingleResponse) -> Status:
    match single.certificate_status:
        case ocsp.OCSPCertStatus.GOOD:
            return NOT_REVOKED
        case ocsp.OCSPCertStatus.REVOKED:
            reason = single.revocation_reason or x509.ReasonFlags.unspecified
            return Status(reason, single.revocation_time_utc)
    raise RevocationUnknown(Doubt.NOT_COVERED)
