"""A genuine certificate of the authority that is not one for showing who somebody is."""

import warnings
from collections.abc import Callable
from datetime import datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509.oid import ExtendedKeyUsageOID

from ichimai.cards import certificates, issued
from ichimai.cards.authorities import CARD_POLICY
from ichimai.cards.certificates import NOT_REVOKED, Status
from ichimai.cards.errors import Flaw, MalformedCertificate, UnknownAuthority, UnsuitableCertificate
from ichimai.kernel.errors import DomainError
from tests.unit.cards.municipal_office import BIRTHDAY, NAME, NOW, card_key, issue, office

Extensions = list[tuple[x509.ExtensionType, bool]]
Change = Callable[[Extensions], Extensions]

SIGNING_POLICY = "1.2.392.200149.8.5.1.1.20"
UNKNOWN = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.999.7"), b"\x05\x00")
PERSON = x509.SubjectAlternativeName(
    [x509.OtherName(x509.ObjectIdentifier("1.2.392.200149.8.5.5.1"), b"\x0c\x03\xe8\xb1\x8a")]
)


class NeverRevoked:
    def status(self, _certificate: object, _issuer: object, _now: datetime, /) -> Status:
        return NOT_REVOKED


def genuine(change: Change, serial: int = 0x0102_0304) -> bytes:
    """A certificate that the trusted authority signed, its extensions changed."""
    point = office().distribution_point(prefecture="Tokyo-to", municipality="Toshima-ku")
    extensions = change(issued.profile(office().certificate, CARD_POLICY, point))
    draft = issued.draft(
        office().certificate.subject,
        issued.name(NAME),
        card_key().public_key(),
        serial=serial,
        starts_at=NOW,
        expires_at=BIRTHDAY,
        extensions=extensions,
    )
    return office().sign(draft, card_key()).certificate


def check(certificate: bytes) -> None:
    certificates.check(
        certificate,
        nonce=None,
        signature=None,
        authorities=office().authorities,
        now=NOW,
        revocation=NeverRevoked(),
    )


def flaw_of(certificate: bytes) -> Flaw:
    with pytest.raises(UnsuitableCertificate) as told:
        check(certificate)
    return told.value.flaw


def signed_by_hand(body: bytes) -> bytes:
    """A certificate around ``body``, which no library would make."""
    signature = office().signer.private_key.sign(body, padding.PKCS1v15(), hashes.SHA256())
    algorithm = bytes.fromhex("300D06092A864886F70D01010B0500")
    inside = body + algorithm + bytes.fromhex("0382010100") + signature
    return bytes.fromhex("3082") + len(inside).to_bytes(2) + inside


def without(kind: type[x509.ExtensionType]) -> Change:
    return lambda found: [pair for pair in found if not isinstance(pair[0], kind)]


def instead(extension: x509.ExtensionType, *, is_critical: bool) -> Change:
    return lambda found: [*without(type(extension))(found), (extension, is_critical)]


def policies(*names: str) -> x509.CertificatePolicies:
    return x509.CertificatePolicies(
        [x509.PolicyInformation(x509.ObjectIdentifier(name), None) for name in names]
    )


def test_the_unchanged_profile_passes() -> None:
    check(genuine(list))


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(without(x509.KeyUsage), id="absent"),
        pytest.param(
            instead(issued.key_usage("digital_signature"), is_critical=False), id="not critical"
        ),
        pytest.param(
            instead(issued.key_usage("content_commitment"), is_critical=True), id="signs contracts"
        ),
        pytest.param(
            instead(issued.key_usage("digital_signature", "content_commitment"), is_critical=True),
            id="also signs contracts",
        ),
        pytest.param(
            instead(issued.key_usage("key_encipherment"), is_critical=True), id="enciphers"
        ),
        pytest.param(
            instead(issued.key_usage("digital_signature", "key_cert_sign"), is_critical=True),
            id="signs certificates",
        ),
        pytest.param(
            instead(issued.key_usage("digital_signature", "crl_sign"), is_critical=True),
            id="signs lists",
        ),
    ],
)
def test_a_key_for_anything_else_is_refused(change: Change) -> None:
    assert flaw_of(genuine(change)) is Flaw.KEY_USAGE


@pytest.mark.parametrize(
    "change",
    [
        without(x509.ExtendedKeyUsage),
        instead(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), is_critical=False),
        instead(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), is_critical=False),
        instead(
            x509.ExtendedKeyUsage(
                [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]
            ),
            is_critical=False,
        ),
        instead(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE]), is_critical=False
        ),
    ],
    ids=["absent", "server", "responder", "client and server", "any"],
)
def test_a_certificate_for_another_purpose_is_refused(change: Change) -> None:
    assert flaw_of(genuine(change)) is Flaw.EXTENDED_KEY_USAGE


@pytest.mark.parametrize(
    "change",
    [
        without(x509.CertificatePolicies),
        instead(policies(CARD_POLICY), is_critical=False),
        instead(policies(SIGNING_POLICY), is_critical=True),
        instead(policies(CARD_POLICY, SIGNING_POLICY), is_critical=True),
        instead(policies(CARD_POLICY + ".1"), is_critical=True),
        instead(policies("2.5.29.32.0"), is_critical=True),
    ],
    ids=["absent", "not critical", "signing", "two", "longer", "any policy"],
)
def test_another_policy_is_refused(change: Change) -> None:
    """The signing certificate has a policy of its own: it must not even be looked at."""
    assert flaw_of(genuine(change)) is Flaw.POLICY


def test_a_certificate_that_names_a_person_is_refused() -> None:
    """A signing certificate holds name, address, sex and birth date."""
    for is_critical in (True, False):
        change = instead(PERSON, is_critical=is_critical)
        assert flaw_of(genuine(change)) is Flaw.PERSONAL


def test_a_critical_extension_that_we_do_not_know_is_refused() -> None:
    """The authority says by it that whoever does not understand must not accept."""
    assert flaw_of(genuine(lambda found: [*found, (UNKNOWN, True)])) is Flaw.CRITICAL_EXTENSION


@pytest.mark.parametrize(
    "extension",
    [
        x509.NameConstraints([x509.DNSName("example.jp")], None),
        x509.PolicyConstraints(0, None),
        x509.InhibitAnyPolicy(0),
        x509.IssuerAlternativeName([x509.DNSName("example.jp")]),
    ],
    ids=lambda extension: type(extension).__name__,
)
def test_a_known_extension_that_is_not_applied_may_not_be_critical(
    extension: x509.ExtensionType,
) -> None:
    assert flaw_of(genuine(instead(extension, is_critical=True))) is Flaw.CRITICAL_EXTENSION


def test_an_unknown_extension_that_is_not_critical_does_no_harm() -> None:
    check(genuine(lambda found: [*found, (UNKNOWN, False)]))


@pytest.mark.parametrize("first", [0x80, 0xFF])
def test_a_serial_that_is_no_positive_number_is_refused(first: int) -> None:
    """The library only warns of it today; it could not be told from another's number."""
    body = bytearray(x509.load_der_x509_certificate(genuine(list)).tbs_certificate_bytes)
    at = body.index(bytes.fromhex("020401020304")) + 2
    body[at] = first
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CryptographyDeprecationWarning)
        assert flaw_of(signed_by_hand(bytes(body))) is Flaw.SERIAL


def test_a_certificate_signed_with_a_weak_hash_is_refused() -> None:
    draft = x509.CertificateBuilder().issuer_name(office().certificate.subject)
    draft = draft.subject_name(issued.name(NAME)).public_key(card_key().public_key())
    draft = draft.serial_number(7).not_valid_before(NOW).not_valid_after(BIRTHDAY)
    point = office().distribution_point(prefecture="Tokyo-to", municipality="Toshima-ku")
    for extension, is_critical in issued.profile(office().certificate, CARD_POLICY, point):
        draft = draft.add_extension(extension, critical=is_critical)
    made = draft.sign(office().signer.private_key, hashes.SHA384())
    assert flaw_of(made.public_bytes(Encoding.DER)) is Flaw.SIGNATURE_ALGORITHM


def test_an_authority_is_nobodys_card() -> None:
    change = instead(x509.BasicConstraints(ca=True, path_length=None), is_critical=True)
    assert flaw_of(genuine(change)) is Flaw.IS_AUTHORITY
    check(genuine(instead(x509.BasicConstraints(ca=False, path_length=None), is_critical=True)))


def test_the_trusted_authority_itself_is_nobodys_card() -> None:
    with pytest.raises(UnknownAuthority):
        check(issue().authority_certificate)


@pytest.mark.parametrize(
    "key_id",
    [
        None,
        x509.AuthorityKeyIdentifier(b"\0" * 20, None, None),
        x509.AuthorityKeyIdentifier(None, [x509.DNSName("x")], 1),
    ],
    ids=["absent", "another's", "by name and serial only"],
)
def test_an_issuer_is_chosen_by_its_key_id(key_id: x509.AuthorityKeyIdentifier | None) -> None:
    change = instead(key_id, is_critical=False) if key_id else without(x509.AuthorityKeyIdentifier)
    with pytest.raises(UnknownAuthority):
        check(genuine(change))


def test_an_issuer_is_chosen_by_its_serial_too() -> None:
    """Where the certificate names it: an authority may have had its own certificate renewed."""
    name = [x509.DirectoryName(office().certificate.subject)]
    digest = x509.SubjectKeyIdentifier.from_public_key(office().certificate.public_key()).digest
    right = x509.AuthorityKeyIdentifier(digest, name, office().certificate.serial_number)
    wrong = x509.AuthorityKeyIdentifier(digest, name, office().certificate.serial_number + 1)
    check(genuine(instead(right, is_critical=False)))
    check(genuine(instead(x509.AuthorityKeyIdentifier(digest, None, None), is_critical=False)))
    with pytest.raises(UnknownAuthority):
        check(genuine(instead(wrong, is_critical=False)))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x30",
        b"\x30\x82\x05\x49",
        b"\0" * 1500,
        b"\xff" * 5000,
        b"-----BEGIN CERTIFICATE-----",
    ],
    ids=["nothing", "a byte", "a header", "zeros", "too much", "text"],
)
def test_what_is_no_certificate_is_told(data: bytes) -> None:
    with pytest.raises(MalformedCertificate):
        check(data)


def test_a_certificate_with_more_behind_it_is_no_certificate() -> None:
    """Else two texts would be one card."""
    for more in (b"\0", b"\x05\x00", issue().certificate):
        with pytest.raises(MalformedCertificate):
            check(issue().certificate + more)


def test_a_certificate_cut_at_any_byte_is_told() -> None:
    whole = issue().certificate
    for length in range(len(whole)):
        with pytest.raises(MalformedCertificate):
            check(whole[:length])


def test_a_bit_changed_in_any_byte_is_told() -> None:
    """Whether it cannot be read, names another issuer or is not what was signed."""
    whole = issue().certificate
    unused_bits = len(whole) - 257
    for wrong in range(1, 256):  # before the signature, and not protected by it
        with pytest.raises(MalformedCertificate):
            check(whole[:unused_bits] + bytes([wrong]) + whole[unused_bits + 1 :])
    for at in range(len(whole)):
        damaged = bytearray(whole)
        damaged[at] ^= 1 << (at * 5 % 8)
        with pytest.raises(DomainError):
            check(bytes(damaged))
