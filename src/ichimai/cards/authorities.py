"""The certificate authorities that are trusted: configuration, never part of the product.

Two authorities may bear one name: the one of 2015 and the one of 2023 do. A certificate is
matched to its issuer by key id and serial, not by name alone.
"""

import hashlib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ichimai.cards import extensions
from ichimai.cards.errors import AuthorityUnreadable
from ichimai.cards.model import Kind

CARD_POLICY = "1.2.392.200149.8.5.1.3.30"
"""公的個人認証サービス, certificate for user authentication."""
DEFAULT_POLICIES: Mapping[str, Kind] = MappingProxyType({CARD_POLICY: Kind.MY_NUMBER_CARD})

POLICIES_FILE = "policies.toml"
_SUFFIXES = {".pem", ".crt", ".cer", ".der"}


@dataclass(frozen=True, slots=True)
class Authority:
    """One trusted authority: its certificate, and what its certificates are matched by."""

    certificate: x509.Certificate = field(repr=False)
    key_id: bytes
    mark: bytes
    """SHA-256 of its name and its key: tells its serial numbers from another's."""

    @classmethod
    def of(cls, certificate: x509.Certificate) -> "Authority":
        """The authority with ``certificate``. Raises ValueError: it cannot be one."""
        key = certificate.public_key()
        constraints = extensions.find(certificate.extensions, x509.BasicConstraints)
        usage = extensions.find(certificate.extensions, x509.KeyUsage)
        key_id = extensions.find(certificate.extensions, x509.SubjectKeyIdentifier)
        if constraints is None or not constraints.ca or (usage and not usage.key_cert_sign):
            raise ValueError("not an authority's certificate")
        if key_id is None or not isinstance(key, rsa.RSAPublicKey) or key.key_size < 2048:
            raise ValueError("an authority has a key id and an RSA key of 2048 bits or more")
        key_info = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        mark = hashlib.sha256(certificate.subject.public_bytes() + key_info).digest()
        return cls(certificate, key_id.digest, mark)

    def is_named_by(self, key_id: x509.AuthorityKeyIdentifier) -> bool:
        """Whether a certificate's authority key identifier means this one."""
        serial = key_id.authority_cert_serial_number
        return key_id.key_identifier == self.key_id and (
            serial is None or serial == self.certificate.serial_number
        )


class Authorities:
    """All that are trusted, and what sort of certificate each policy stands for."""

    def __init__(
        self,
        certificates: Iterable[x509.Certificate],
        policies: Mapping[str, Kind] = DEFAULT_POLICIES,
    ) -> None:
        self._all = tuple(Authority.of(certificate) for certificate in certificates)
        self._policies = dict(policies)

    @classmethod
    def load(cls, folder: Path) -> "Authorities":
        """Those in ``folder``: certificates (.pem .crt .cer .der), one or several a file.

        ``policies.toml`` there, if it is, says which policy means which kind, as
        ``"1.2.392.200149.8.5.1.3.30" = "my_number_card"``; without it, that one alone.
        Raises AuthorityUnreadable: also for an empty folder, since nobody would be accepted.
        """
        files = [path for path in sorted(folder.glob("*")) if path.suffix in _SUFFIXES]
        if not files:
            raise AuthorityUnreadable(folder.name)
        certificates = [certificate for path in files for certificate in _certificates(path)]
        return cls(certificates, _policies(folder / POLICIES_FILE))

    def issuer(
        self, name: x509.Name, key_id: x509.AuthorityKeyIdentifier | None
    ) -> Authority | None:
        """The one of that name that ``key_id`` means; None: it is not trusted."""
        if key_id is None:
            return None
        for authority in self._all:
            if authority.is_named_by(key_id) and authority.certificate.subject == name:
                return authority
        return None

    def kind(self, policies: Iterable[str]) -> Kind | None:
        """What sort of certificate has the one policy among ``policies``; None: not ours."""
        found = list(policies)
        return self._policies.get(found[0]) if len(found) == 1 else None


def _certificates(path: Path) -> list[x509.Certificate]:
    try:
        data = path.read_bytes()
        is_text = data.lstrip().startswith(b"-----BEGIN")
        load = x509.load_pem_x509_certificates
        found = load(data) if is_text else [x509.load_der_x509_certificate(data)]
        for certificate in found:
            Authority.of(certificate)
    except (OSError, *extensions.UNREADABLE) as error:
        raise AuthorityUnreadable(path.name) from error
    return found


def _policies(path: Path) -> Mapping[str, Kind]:
    if not path.exists():
        return DEFAULT_POLICIES
    try:
        read = tomllib.loads(path.read_text(encoding="utf-8"))
        return {policy: Kind(kind) for policy, kind in read.items()}
    except (OSError, ValueError) as error:
        raise AuthorityUnreadable(path.name) from error
