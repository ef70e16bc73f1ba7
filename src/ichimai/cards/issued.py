"""The form of the certificates on a card, as the real authority issues them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import (
    AuthorityInformationAccessOID,
    ExtendedKeyUsageOID,
    NameOID,
)

RESPONDER_ADDRESS = "http://ocsp.invalid/"

Extensions = Sequence[tuple[x509.ExtensionType, bool]]
"""Extensions, and whether each is critical."""


@dataclass(frozen=True, slots=True)
class IssuedCertificate:
    """What a card gets at the municipal office: a certificate, its issuer's, and a key."""

    certificate: bytes = field(repr=False)
    authority_certificate: bytes = field(repr=False)
    private_key: rsa.RSAPrivateKey = field(repr=False)

    @property
    def serial(self) -> int:
        """The serial number, by which the authority revokes it."""
        return x509.load_der_x509_certificate(self.certificate).serial_number


def name(common_name: str | None, *units: str) -> x509.Name:
    """``C=JP``; with units also ``O=JPKI`` and an OU each; and the common name, if any."""
    parts = [(NameOID.COUNTRY_NAME, "JP")]
    if units:
        parts.append((NameOID.ORGANIZATION_NAME, "JPKI"))
    parts += [(NameOID.ORGANIZATIONAL_UNIT_NAME, unit) for unit in units]
    if common_name:
        parts.append((NameOID.COMMON_NAME, common_name))
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts])


def distribution_point(
    issuer: x509.Name, *, prefecture: str, municipality: str
) -> x509.DirectoryName:
    """Where the real authority puts the list of one municipality: a name in its directory."""
    units = ["CRL Distribution Points", prefecture]
    parts = [x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, unit) for unit in units]
    parts.append(x509.NameAttribute(NameOID.COMMON_NAME, f"{municipality} CRLDP"))
    return x509.DirectoryName(x509.Name([*issuer, *parts]))


def key_usage(*wanted: str) -> x509.KeyUsage:
    """The key usages of those names, such as ``digital_signature``, and no others."""
    every = (
        "digital_signature content_commitment key_encipherment data_encipherment "
        "key_agreement key_cert_sign crl_sign encipher_only decipher_only"
    )
    return x509.KeyUsage(**{usage: usage in wanted for usage in every.split()})


def profile(
    authority: x509.Certificate, policy: str, point: x509.GeneralName
) -> list[tuple[x509.ExtensionType, bool]]:
    """The extensions of an authentication certificate that ``authority`` issues."""
    key_id = authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    issuer = [x509.DirectoryName(authority.issuer)]
    responder = x509.UniformResourceIdentifier(RESPONDER_ADDRESS)
    access = x509.AccessDescription(AuthorityInformationAccessOID.OCSP, responder)
    policies = [x509.PolicyInformation(x509.ObjectIdentifier(policy), None)]
    points = [x509.DistributionPoint([point], None, None, None)]
    return [
        (key_usage("digital_signature"), True),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), False),
        (x509.CertificatePolicies(policies), True),
        (x509.CRLDistributionPoints(points), False),
        (x509.AuthorityInformationAccess([access]), False),
        (x509.AuthorityKeyIdentifier(key_id.digest, issuer, authority.serial_number), False),
    ]


def draft(
    issuer: x509.Name,
    subject: x509.Name,
    key: rsa.RSAPublicKey,
    *,
    serial: int,
    starts_at: datetime,
    expires_at: datetime,
    extensions: Extensions,
) -> x509.CertificateBuilder:
    """A certificate that wants only its issuer's signature."""
    made = x509.CertificateBuilder().issuer_name(issuer).subject_name(subject).public_key(key)
    made = made.serial_number(serial).not_valid_before(starts_at).not_valid_after(expires_at)
    key_id = x509.SubjectKeyIdentifier.from_public_key(key)
    for extension, is_critical in [*extensions, (key_id, False)]:
        made = made.add_extension(extension, critical=is_critical)
    return made
