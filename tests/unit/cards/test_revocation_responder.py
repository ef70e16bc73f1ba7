"""Revocation by a responder: who may answer, what for, and how long it counts."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from ichimai.cards.certificates import NOT_REVOKED, Ocsp, Status
from ichimai.cards.errors import Doubt, RevocationUnknown
from ichimai.cards.issued import IssuedCertificate
from ichimai.cards.responder import Responder, Signer
from tests.unit.cards.municipal_office import NOW, issue, newer_office, office

REASONS = [reason for reason in x509.ReasonFlags if reason is not x509.ReasonFlags.remove_from_crl]
MINUTE = timedelta(minutes=1)
Post = Callable[[bytes], bytes]


def ask(post: Post, found: IssuedCertificate | None = None, *, wants_nonce: bool = True) -> Status:
    asked = found or issue()
    certificate = x509.load_der_x509_certificate(asked.certificate)
    issuer = x509.load_der_x509_certificate(asked.authority_certificate)
    return Ocsp(post, wants_nonce=wants_nonce).status(certificate, issuer, NOW)


def doubt(post: Post, found: IssuedCertificate | None = None, *, wants_nonce: bool = True) -> Doubt:
    with pytest.raises(RevocationUnknown) as told:
        ask(post, found, wants_nonce=wants_nonce)
    return told.value.doubt


def right(request: bytes) -> bytes:
    return office().answer(request, NOW)


def by_hand(
    *,
    status: ocsp.OCSPCertStatus = ocsp.OCSPCertStatus.GOOD,
    serial: int | None = None,
    key_hash: bytes | None = None,
    said_at: timedelta = timedelta(),
    lasts: timedelta | None = MINUTE,
    nonce: bytes | None = None,
    signer: Signer | None = None,
    attached: list[x509.Certificate] | None = None,
) -> Post:
    """A responder that signs what a test wants, in the authority's own name if not another's."""
    by = signer or office().signer

    def post(request: bytes) -> bytes:
        asked = ocsp.load_der_ocsp_request(request)
        echoed = asked.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce
        starts_at = NOW + said_at
        made = ocsp.OCSPResponseBuilder().add_response_by_hash(
            asked.issuer_name_hash,
            key_hash or asked.issuer_key_hash,
            serial or asked.serial_number,
            asked.hash_algorithm,
            status,
            starts_at,
            None if lasts is None else starts_at + lasts,
            None,
            None,
        )
        made = made.responder_id(ocsp.OCSPResponderEncoding.NAME, by.certificate)
        if nonce != b"":
            made = made.add_extension(x509.OCSPNonce(nonce or echoed), critical=False)
        if attached:
            made = made.certificates(attached)
        signed = made.sign(by.private_key, hashes.SHA256())
        return signed.public_bytes(Encoding.DER)

    return post


def test_a_good_certificate_is_good() -> None:
    assert ask(right) == NOT_REVOKED
    assert ask(by_hand()) == NOT_REVOKED


@pytest.mark.parametrize("reason", REASONS)
def test_a_revoked_certificate_comes_with_its_reason(reason: x509.ReasonFlags) -> None:
    found = issue()
    office().revoke(found.serial, reason, NOW - MINUTE)
    assert ask(right, found) == Status(reason, NOW - MINUTE)


def test_a_certificate_that_was_never_issued_is_unknown() -> None:
    """A forged certificate with a new serial is on no list of revoked ones."""
    empty = Responder(office().certificate, office().signer, {})
    assert doubt(lambda request: empty.answer(request, NOW)) is Doubt.NOT_COVERED


def test_an_appointed_responder_may_answer() -> None:
    signer = office().appoint_responder(NOW)
    assert ask(lambda request: office().answer(request, NOW, signer)) == NOT_REVOKED


@pytest.mark.parametrize(
    "signer",
    [
        pytest.param(lambda: newer_office().signer, id="another authority"),
        pytest.param(lambda: newer_office().appoint_responder(NOW), id="another's responder"),
        pytest.param(
            lambda: office().appoint_responder(NOW, purpose=ExtendedKeyUsageOID.CLIENT_AUTH),
            id="another purpose",
        ),
        pytest.param(lambda: office().appoint_responder(NOW - timedelta(days=31)), id="expired"),
        pytest.param(lambda: office().appoint_responder(NOW + timedelta(days=1)), id="not yet"),
    ],
)
def test_nobody_else_may_answer(signer: Callable[[], Signer]) -> None:
    """Each of them could say of a revoked card that it is good."""
    assert doubt(lambda request: office().answer(request, NOW, signer())) is Doubt.FORGED


def test_a_residents_card_may_not_answer() -> None:
    """It has a certificate of the same authority, and a key that signs."""
    found = issue()
    signer = Signer(x509.load_der_x509_certificate(found.certificate), found.private_key)
    assert doubt(lambda request: office().answer(request, NOW, signer)) is Doubt.FORGED


def test_a_certificate_that_lies_beside_an_answer_does_not_sign_it() -> None:
    """Another's answer, with an appointed responder's certificate put to it."""
    appointed = office().appoint_responder(NOW).certificate
    for attached in ([appointed], [office().certificate], [newer_office().certificate]):
        assert doubt(by_hand(signer=newer_office().signer, attached=attached)) is Doubt.FORGED


@pytest.mark.parametrize("error", [OSError, TimeoutError, ConnectionRefusedError])
def test_without_an_answer_nobody_is_accepted(error: type[OSError]) -> None:
    def post(_request: bytes) -> bytes:
        raise error

    assert doubt(post) is Doubt.UNAVAILABLE


@pytest.mark.parametrize(
    "status",
    [status for status in ocsp.OCSPResponseStatus if status.name != "SUCCESSFUL"],
    ids=lambda status: status.name,
)
def test_a_responder_that_cannot_answer_leaves_it_unknown(status: ocsp.OCSPResponseStatus) -> None:
    failed = ocsp.OCSPResponseBuilder.build_unsuccessful(status).public_bytes(Encoding.DER)
    assert doubt(lambda _request: failed) is Doubt.UNAVAILABLE


@pytest.mark.parametrize("answer", [b"", b"\x30", b"<html>Login</html>", b"\0" * 1000])
def test_what_is_no_answer_leaves_it_unknown(answer: bytes) -> None:
    """A hotel's sign-in page is no word of the authority."""
    assert doubt(lambda _request: answer) is Doubt.DAMAGED


def test_an_answer_to_another_question_is_none() -> None:
    assert doubt(by_hand(serial=4711)) is Doubt.NOT_COVERED
    assert doubt(by_hand(key_hash=b"\0" * 20)) is Doubt.NOT_COVERED


def test_an_answer_from_before_is_noticed_by_its_nonce() -> None:
    """Recorded while the card was good, and played again after it was revoked."""
    found = issue()
    recorded: list[bytes] = []

    def record(request: bytes) -> bytes:
        recorded.append(right(request))
        return recorded[0]

    assert ask(record, found) == NOT_REVOKED
    office().revoke(found.serial, x509.ReasonFlags.key_compromise, NOW)
    assert doubt(lambda _request: recorded[0], found) is Doubt.STALE


def test_an_answer_without_our_nonce_counts_only_where_that_was_configured() -> None:
    """Some responders sign beforehand; another's nonce is wrong in any case."""
    assert doubt(by_hand(nonce=b"")) is Doubt.STALE
    assert ask(by_hand(nonce=b""), wants_nonce=False) == NOT_REVOKED
    assert doubt(by_hand(nonce=b"n" * 32), wants_nonce=False) is Doubt.STALE


@pytest.mark.parametrize(
    "said_at,lasts,is_good",
    [
        (timedelta(), MINUTE, True),
        (-MINUTE, MINUTE, True),
        (-2 * MINUTE, MINUTE, False),
        (5 * MINUTE, MINUTE, True),
        (6 * MINUTE, MINUTE, False),
        (timedelta(), None, True),
        (-5 * MINUTE, None, True),
        (-6 * MINUTE, None, False),
        (-timedelta(days=3650), None, False),
    ],
)
def test_an_answer_counts_as_long_as_it_says(
    said_at: timedelta, lasts: timedelta | None, *, is_good: bool
) -> None:
    """And for five minutes where it does not say; one from the future is wrong."""
    post = by_hand(said_at=said_at, lasts=lasts)
    if is_good:
        assert ask(post) == NOT_REVOKED
    else:
        assert doubt(post) is Doubt.STALE


def test_a_responder_speaks_for_its_own_authority_only() -> None:
    assert doubt(right, issue(by=newer_office())) is Doubt.UNAVAILABLE
    request = requested(issue(by=newer_office()))
    answer = ocsp.load_der_ocsp_response(office().answer(request, NOW))
    assert answer.response_status is ocsp.OCSPResponseStatus.UNAUTHORIZED


def test_a_responder_tells_a_malformed_request() -> None:
    for request in (b"", b"\x30", b"\0" * 100, requested(issue())[:-1]):
        answer = ocsp.load_der_ocsp_response(office().answer(request, NOW))
        assert answer.response_status is ocsp.OCSPResponseStatus.MALFORMED_REQUEST


def test_a_request_without_a_nonce_is_answered_without_one() -> None:
    answer = ocsp.load_der_ocsp_response(office().answer(requested(issue()), NOW))
    assert answer.response_status is ocsp.OCSPResponseStatus.SUCCESSFUL
    assert len(answer.extensions) == 0


def test_each_question_has_a_nonce_of_its_own() -> None:
    asked: list[bytes] = []

    def post(request: bytes) -> bytes:
        asked.append(request)
        return right(request)

    found = issue()
    for _ in range(20):
        ask(post, found)
    assert len(set(asked)) == 20


def requested(found: IssuedCertificate) -> bytes:
    certificate = x509.load_der_x509_certificate(found.certificate)
    issuer = x509.load_der_x509_certificate(found.authority_certificate)
    made = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, hashes.SHA256())
    return made.build().public_bytes(Encoding.DER)
