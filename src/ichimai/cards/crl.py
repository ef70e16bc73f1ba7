"""Revocation by a list that the authority publishes and the operator fetches (RFC 5280 §5).

The authority for My Number Cards splits its list by municipality: a list that is another
municipality's says nothing of a certificate, least of all that it is not revoked.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from ichimai.cards import extensions
from ichimai.cards.authorities import Authorities
from ichimai.cards.errors import Doubt, RevocationUnknown
from ichimai.cards.revocation import NOT_REVOKED, Status, check_time

_UNDERSTOOD = {
    x509.AuthorityKeyIdentifier.oid,
    x509.CRLNumber.oid,
    x509.IssuingDistributionPoint.oid,
}
_STRONG = {"sha256", "sha384", "sha512"}


@dataclass(frozen=True, slots=True)
class _List:
    """A list that was read once: finding a serial in it is a look into a table."""

    crl: x509.CertificateRevocationList
    point: x509.IssuingDistributionPoint | None
    revoked: dict[int, Status]


class CrlFile:
    """One list in a file (DER or PEM), read again whenever the file is another.

    Whoever fetches it writes a new file and renames it into place.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read: tuple[tuple[int, int, int], _List] | None = None
        self._issuer: tuple[_List, x509.Certificate] | None = None

    def read_ahead(self) -> bool:
        """Read the file now, which takes a moment where the list is long; whether it could be."""
        try:
            self._current()
        except (OSError, RevocationUnknown, *extensions.UNREADABLE):
            return False
        return True

    def status(
        self, certificate: x509.Certificate, issuer: x509.Certificate, now: datetime
    ) -> Status:
        """What the list says. Raises RevocationUnknown: not there, stale, not for this one."""
        try:
            return self._status(certificate, issuer, now)
        except OSError as error:
            raise RevocationUnknown(Doubt.UNAVAILABLE) from error
        except extensions.UNREADABLE as error:  # most parts are read at first use
            raise RevocationUnknown(Doubt.DAMAGED) from error

    def _status(
        self, certificate: x509.Certificate, issuer: x509.Certificate, now: datetime
    ) -> Status:
        found = self._current()
        if found.crl.issuer != issuer.subject or not _covers(found, certificate):
            raise RevocationUnknown(Doubt.NOT_COVERED)
        self._check_signature(found, issuer)
        check_time(found.crl.last_update_utc, found.crl.next_update_utc, now)
        return found.revoked.get(certificate.serial_number, NOT_REVOKED)

    def _current(self) -> _List:
        file = self._path.stat()
        version = (file.st_mtime_ns, file.st_size, file.st_ino)
        if self._read is None or self._read[0] != version:
            self._read = (version, _parsed(self._path.read_bytes()))
        return self._read[1]

    def _check_signature(self, found: _List, issuer: x509.Certificate) -> None:
        """Once for each list: one of the nation's is long."""
        if self._issuer and self._issuer[0] is found and self._issuer[1] == issuer:
            return
        if not _is_signed_by(found.crl, issuer):
            raise RevocationUnknown(Doubt.FORGED)
        self._issuer = (found, issuer)


def _parsed(data: bytes) -> _List:
    is_text = data.lstrip().startswith(b"-----BEGIN")
    load = x509.load_pem_x509_crl if is_text else x509.load_der_x509_crl
    crl = load(data)
    unknown = {found.oid for found in crl.extensions if found.critical} - _UNDERSTOOD
    if unknown:  # among them a delta list, which is no list by itself
        raise RevocationUnknown(Doubt.NOT_COVERED)
    point = extensions.find(crl.extensions, x509.IssuingDistributionPoint)
    return _List(crl, point, dict(entries(crl)))


def check_replacement(data: bytes, path: Path, authorities: Authorities) -> None:
    """Whether ``data`` may take the place of the list in ``path``, if there is one.

    It is signed by somebody who is trusted, and no older: who stands between us and the
    authority cannot bring back a list from before a card was revoked. Raises RevocationUnknown.
    """
    try:
        new = _parsed(data).crl
        key_id = extensions.find(new.extensions, x509.AuthorityKeyIdentifier)
        issuer = authorities.issuer(new.issuer, key_id)
        if issuer is None or not _is_signed_by(new, issuer.certificate):
            raise RevocationUnknown(Doubt.FORGED)
    except extensions.UNREADABLE as error:
        raise RevocationUnknown(Doubt.DAMAGED) from error
    try:
        old = _parsed(path.read_bytes()).crl
    except (OSError, RevocationUnknown, *extensions.UNREADABLE):
        return
    if new.issuer == old.issuer and new.last_update_utc < old.last_update_utc:
        raise RevocationUnknown(Doubt.STALE)


def entries(crl: x509.CertificateRevocationList) -> Iterator[tuple[int, Status]]:
    """Each serial that the list names, and why; an entry without a reason is revoked as well."""
    for entry in crl:
        reason = extensions.find(entry.extensions, x509.CRLReason)
        said = reason.reason if reason else x509.ReasonFlags.unspecified
        yield entry.serial_number, Status(said, entry.revocation_date_utc)


def _covers(found: _List, certificate: x509.Certificate) -> bool:
    """Whether the list would have to name ``certificate``, were it revoked for any reason."""
    point = found.point
    if point is None:
        return True
    is_of_some_only = (
        point.only_contains_ca_certs
        or point.only_contains_attribute_certs
        or point.only_some_reasons
        or point.indirect_crl
    )
    if is_of_some_only or not point.full_name:
        return not is_of_some_only and point.relative_name is None
    return not _names(certificate).isdisjoint(point.full_name)


def _names(certificate: x509.Certificate) -> set[x509.GeneralName]:
    points = extensions.find(certificate.extensions, x509.CRLDistributionPoints) or ()
    whole = (point for point in points if not point.reasons and not point.crl_issuer)
    return {name for point in whole for name in point.full_name or ()}


def _is_signed_by(crl: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    key, algorithm = issuer.public_key(), crl.signature_hash_algorithm
    if not isinstance(key, rsa.RSAPublicKey) or not algorithm or algorithm.name not in _STRONG:
        return False
    return crl.is_signature_valid(key)
