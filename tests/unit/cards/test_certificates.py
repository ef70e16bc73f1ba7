"""What a certificate and a signature prove, and everything that makes them prove nothing."""

import traceback
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from ichimai.cards import certificates, errors
from ichimai.cards.authorities import Authorities
from ichimai.cards.certificates import NOT_REVOKED, Status, Verified
from ichimai.cards.issued import IssuedCertificate
from ichimai.cards.model import Kind
from ichimai.cards.test_authority import POLICIES, TestAuthority
from ichimai.kernel.errors import DomainError
from tests.unit.cards.municipal_office import (
    BIRTHDAY,
    NAME,
    NONCE,
    NOW,
    card_key,
    clock,
    issue,
    newer_office,
    office,
    other_key,
)

SECOND = timedelta(seconds=1)


class Asked:
    """A revocation source that keeps count of being asked."""

    def __init__(self, status: Status = NOT_REVOKED) -> None:
        self.count = 0
        self._status = status

    def status(self, *_asked: object) -> Status:
        self.count += 1
        return self._status


def signed(message: bytes = NONCE, key: rsa.RSAPrivateKey | None = None) -> bytes:
    return (key or card_key()).sign(message, padding.PKCS1v15(), hashes.SHA256())


def check(
    certificate: bytes,
    *,
    signature: bytes | None = None,
    nonce: bytes | None = NONCE,
    authorities: Authorities | None = None,
    now: datetime = NOW,
    revocation: certificates.Revocation | None = None,
) -> Verified:
    """A whole check, of a right signature where none is given."""
    return certificates.check(
        certificate,
        nonce=nonce,
        signature=signature or (signed(nonce) if nonce is not None else None),
        authorities=authorities or office().authorities,
        now=now,
        revocation=revocation or office().revocation(clock()),
    )


def refused(error: type[DomainError], certificate: bytes, **more: object) -> DomainError:
    """The error, after a look that it tells nothing of the certificate."""
    asked = Asked()
    arguments = {"revocation": asked} | more
    with pytest.raises(error) as told:
        check(certificate, **arguments)  # type: ignore[arg-type]  # each test passes its own
    assert asked.count == 0, "nobody is asked about what is refused anyway"
    assert_tells_nothing(told.value, certificate)
    return told.value


def assert_tells_nothing(error: DomainError, certificate: bytes) -> None:
    written = "".join(traceback.format_exception(error)) + repr(error) + repr(vars(error))
    for private in (NAME, "Toshima", "CRLDP", certificate.hex()[:40], "0213"):
        assert private not in written


def test_a_card_is_who_its_certificate_says() -> None:
    found = issue()
    verified = check(found.certificate)
    assert verified.kind is Kind.MY_NUMBER_CARD
    assert verified.shown.kind is Kind.MY_NUMBER_CARD
    assert verified.is_signed
    assert not verified.is_renewable


def test_without_a_signature_a_card_was_only_held_there() -> None:
    """A tap without PIN proves that somebody has the certificate, and says so."""
    assert not check(issue().certificate, nonce=None).is_signed


@pytest.mark.parametrize("nonce,signature", [(NONCE, None), (None, b"s" * 256)])
def test_a_signature_without_what_it_signs_is_a_mistake(
    nonce: bytes | None, signature: bytes | None
) -> None:
    """A caller who forgets one of the two must not get a weaker check than he thinks."""
    with pytest.raises(ValueError, match="together"):
        certificates.check(
            issue().certificate,
            nonce=nonce,
            signature=signature,
            authorities=office().authorities,
            now=NOW,
            revocation=Asked(),
        )


def test_a_phone_is_told_by_its_policy() -> None:
    found = issue(kind=Kind.PHONE_CERTIFICATE)
    verified = check(found.certificate)
    assert (verified.kind, verified.shown.kind) == (Kind.PHONE_CERTIFICATE,) * 2


def test_a_phone_is_refused_where_its_policy_is_not_configured() -> None:
    only_cards = Authorities([office().certificate])
    found = issue(kind=Kind.PHONE_CERTIFICATE)
    refused(errors.UnsuitableCertificate, found.certificate, authorities=only_cards)


def test_the_same_certificate_shows_the_same_number_and_another_another() -> None:
    first, second = issue(), issue()
    assert check(first.certificate).shown == check(first.certificate).shown
    assert check(first.certificate).shown != check(second.certificate).shown


def test_the_same_serial_of_two_authorities_of_one_name_is_two_people() -> None:
    """The authorities of 2015 and 2023 have one name: were their serials to meet, nobody
    may be taken for somebody else."""
    both = Authorities([office().certificate, newer_office().certificate], POLICIES)
    numbers = set()
    for authority in (office(), newer_office()):
        found = issue(by=authority, serial=0x01020304)
        source = authority.revocation(clock())
        verified = check(found.certificate, authorities=both, revocation=source)
        numbers.add(verified.shown.number)
    assert office().certificate.subject == newer_office().certificate.subject
    assert len(numbers) == 2


def test_nothing_of_the_certificate_is_kept_or_printed() -> None:
    """Neither serial, municipality nor birthday is in what a check gives, printed or not."""
    found = issue()
    verified = check(found.certificate)
    serial = found.serial
    assert str(serial) not in repr(verified)
    assert f"{serial:x}" not in repr(verified).lower()
    assert verified.shown.number.hex() not in repr(verified)
    assert "number=" not in repr(verified.shown)
    for private in (NAME, "Toshima"):
        assert private.encode() not in verified.shown.number
        assert private not in repr(verified)
    assert found.certificate not in verified.shown.number
    assert repr(found) == "IssuedCertificate()"


@pytest.mark.parametrize(
    "ends_at",
    [
        datetime(2027, 12, 31, 15, 0, tzinfo=UTC),  # New Year in Tokyo
        datetime(2028, 2, 13, 14, 59, 59, tzinfo=UTC),
        datetime(2028, 12, 31, 14, 59, 59, tzinfo=UTC),
    ],
)
def test_the_year_is_all_that_is_kept_of_the_end(ends_at: datetime) -> None:
    """Certificates end on a birthday; all that end in one year in Tokyo look alike."""
    assert check(issue(ends_at).certificate).expires_at == datetime(2028, 12, 31, 15, tzinfo=UTC)


def test_renewal_is_due_in_the_last_three_months() -> None:
    found = issue()
    assert not check(
        found.certificate, now=BIRTHDAY - timedelta(days=90), revocation=Asked()
    ).is_renewable
    assert check(
        found.certificate, now=BIRTHDAY - timedelta(days=89), revocation=Asked()
    ).is_renewable


@pytest.mark.parametrize(
    "now,error",
    [
        (BIRTHDAY, None),
        (BIRTHDAY + SECOND, errors.CertificateExpired),
        (BIRTHDAY + timedelta(days=400), errors.CertificateExpired),
        (NOW - timedelta(days=30), None),
        (NOW - timedelta(days=30) - SECOND, errors.CertificateNotYetValid),
    ],
)
def test_a_certificate_is_valid_from_its_first_to_its_last_second(
    now: datetime, error: type[DomainError] | None
) -> None:
    found = issue(starts_at=NOW - timedelta(days=30))
    if error:
        refused(error, found.certificate, now=now)
    else:
        check(found.certificate, now=now, revocation=Asked())


def test_an_authority_that_has_expired_vouches_for_nobody() -> None:
    short = TestAuthority.make(NOW, lasts=timedelta(days=30))
    found = issue(by=short)
    check(found.certificate, authorities=short.authorities, revocation=Asked())
    later = NOW + timedelta(days=31)
    refused(errors.UnknownAuthority, found.certificate, authorities=short.authorities, now=later)


def test_a_certificate_of_another_authority_is_refused() -> None:
    """Of the same name, but with a key that nobody here trusts."""
    refused(errors.UnknownAuthority, issue(by=newer_office()).certificate)


def test_the_right_name_and_key_id_without_the_key_are_a_forgery() -> None:
    """Whoever makes certificates can write any issuer into them, but not sign for it."""
    forger = TestAuthority(office().certificate, other_key())
    refused(errors.ForgedCertificate, issue(by=forger).certificate)


def test_a_certificate_may_not_vouch_for_another() -> None:
    """A card's key can sign anything, also a certificate: that one is worth nothing."""
    forger = TestAuthority(x509.load_der_x509_certificate(issue().certificate), card_key())
    refused(errors.UnknownAuthority, issue(by=forger).certificate)


@pytest.mark.parametrize(
    "signature",
    [
        pytest.param(lambda: signed(key=other_key()), id="by another key"),
        pytest.param(lambda: signed(NONCE[::-1]), id="of another challenge"),
        pytest.param(lambda: signed(b""), id="of nothing"),
        pytest.param(lambda: b"\0" * 256, id="of zeros"),
        pytest.param(lambda: b"\xff" * 256, id="of ones"),
        pytest.param(lambda: signed()[:-1], id="cut short"),
        pytest.param(lambda: signed() + b"\0", id="too long"),
        pytest.param(lambda: b"x", id="one byte"),
        pytest.param(
            lambda: card_key().sign(NONCE, padding.PKCS1v15(), hashes.SHA1()),  # noqa: S303  wrong on purpose
            id="with SHA-1",
        ),
        pytest.param(
            lambda: card_key().sign(
                NONCE, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256()
            ),
            id="with PSS",
        ),
    ],
)
def test_a_wrong_signature_is_refused(signature: Callable[[], bytes]) -> None:
    refused(errors.WrongCardSignature, issue().certificate, signature=signature())


def test_an_empty_signature_is_no_missing_one() -> None:
    with pytest.raises(errors.WrongCardSignature):
        certificates.check(
            issue().certificate,
            nonce=NONCE,
            signature=b"",
            authorities=office().authorities,
            now=NOW,
            revocation=Asked(),
        )


def test_the_same_challenge_twice_is_for_the_caller_to_notice() -> None:
    """A check remembers nothing: who made the challenge takes it once."""
    found, signature = issue(), signed()
    first = check(found.certificate, signature=signature)
    assert check(found.certificate, signature=signature) == first


@pytest.mark.parametrize("size", [1024, 3072, 4096])
def test_another_key_size_is_refused(size: int) -> None:
    """The card's command signs with 2048 bits: another size is not one of these cards."""
    key = rsa.generate_private_key(65537, size)
    found = office().issue(NAME, BIRTHDAY, private_key=key)
    error = refused(errors.UnsuitableCertificate, found.certificate, signature=signed(key=key))
    assert isinstance(error, errors.UnsuitableCertificate)
    assert error.flaw is errors.Flaw.KEY


def test_an_elliptic_curve_is_refused() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    draft = x509.CertificateBuilder().issuer_name(office().certificate.subject)
    draft = draft.subject_name(office().certificate.subject).public_key(key.public_key())
    draft = draft.serial_number(77).not_valid_before(NOW - SECOND).not_valid_after(BIRTHDAY)
    made = draft.sign(office().signer.private_key, hashes.SHA256())
    refused(errors.UnsuitableCertificate, made.public_bytes(Encoding.DER))


@pytest.mark.parametrize("reason", x509.ReasonFlags)
def test_a_revoked_certificate_is_refused_for_every_reason(reason: x509.ReasonFlags) -> None:
    """Also when it is only held, or, in a list that is none of changes, taken off again."""
    found = issue()
    with pytest.raises(errors.CertificateRevoked) as told:
        check(found.certificate, revocation=Asked(Status(reason, NOW)))
    assert told.value.reason is reason
    assert "reason" not in told.value.public
    assert_tells_nothing(told.value, found.certificate)
    assert str(found.serial) not in "".join(traceback.format_exception(told.value))


def test_what_nobody_knows_is_not_accepted() -> None:
    class Silent:
        def status(self, *_asked: object) -> Status:
            raise errors.RevocationUnknown(errors.Doubt.UNAVAILABLE)

    with pytest.raises(errors.RevocationUnknown):
        check(issue().certificate, revocation=Silent())


def test_a_renewed_certificate_shows_another_number() -> None:
    """The same person, key and name: who she is, the registry knows by binding it again."""
    old, renewed = issue(), issue(BIRTHDAY + timedelta(days=1826))
    assert check(old.certificate).shown != check(renewed.certificate).shown


def test_an_issued_certificate_is_known_to_its_office() -> None:
    found: IssuedCertificate = issue()
    assert x509.load_der_x509_certificate(found.certificate).serial_number == found.serial
    assert 0x0100_0000 <= found.serial < 0x8000_0000
