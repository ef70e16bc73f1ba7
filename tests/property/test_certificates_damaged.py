"""No change to a certificate, a signature, a list or an answer makes it mean something else."""

from functools import cache

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from hypothesis import given
from hypothesis import strategies as st

from ichimai.cards import certificates
from ichimai.cards.errors import WrongCardSignature
from ichimai.cards.issued import IssuedCertificate
from ichimai.kernel.errors import DomainError
from tests.unit.cards.municipal_office import NONCE, NOW, card_key, clock, issue, office


@cache
def issued() -> IssuedCertificate:
    return issue()


@cache
def signature() -> bytes:
    return card_key().sign(NONCE, padding.PKCS1v15(), hashes.SHA256())


def check(certificate: bytes, signed: bytes, revocation: certificates.Revocation) -> None:
    certificates.check(
        certificate,
        nonce=NONCE,
        signature=signed,
        authorities=office().authorities,
        now=NOW,
        revocation=revocation,
    )


@st.composite
def changed(draw: st.DrawFn, whole: bytes) -> bytes:
    """``whole`` with bits flipped, or bytes put in, taken out or written over."""
    data = bytearray(whole)
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, max(len(data) - 1, 0)))
        if draw(st.booleans()) and data:
            data[at] ^= 1 << draw(st.integers(0, 7))
        else:
            data[at : at + draw(st.integers(0, 4))] = draw(st.binary(max_size=4))
    return bytes(data)


@given(st.data())
def test_no_changed_certificate_passes(data: st.DataObject) -> None:
    certificate = data.draw(changed(issued().certificate))
    if certificate != issued().certificate:
        with pytest.raises(DomainError):
            check(certificate, signature(), office().revocation(clock()))


@given(st.binary(max_size=5000))
def test_any_bytes_are_a_certificate_or_one_of_our_errors(data: bytes) -> None:
    with pytest.raises(DomainError):
        check(data, signature(), office().revocation(clock()))


@given(st.one_of(st.binary(max_size=600), st.data()))
def test_no_changed_signature_passes(made: bytes | st.DataObject) -> None:
    signed = made if isinstance(made, bytes) else made.draw(changed(signature()))
    if signed != signature():
        with pytest.raises(WrongCardSignature):
            check(issued().certificate, signed, office().revocation(clock()))


@given(st.data(), st.booleans())
def test_no_changed_answer_of_a_responder_says_more(data: st.DataObject, is_revoked: bool) -> None:  # noqa: FBT001  hypothesis passes by place
    """Of a revoked certificate, nothing that comes back makes it good; nor does it break us."""
    certificate = issue()
    if is_revoked:
        office().revoke(certificate.serial, x509.ReasonFlags.key_compromise, NOW)

    def post(request: bytes) -> bytes:
        right = office().answer(request, NOW)
        answer: bytes = data.draw(changed(right))
        return answer if answer != right else b""

    with pytest.raises(DomainError):
        check(certificate.certificate, signature(), certificates.Ocsp(post))


@given(st.data())
def test_a_responder_answers_whatever_it_is_asked(data: st.DataObject) -> None:
    """Also what is no request at all, with some answer and never by breaking."""
    asked: list[bytes] = []

    def post(request: bytes) -> bytes:
        asked.append(request)
        return office().answer(request, NOW)

    check(issued().certificate, signature(), certificates.Ocsp(post))
    request = data.draw(st.one_of(changed(asked[0]), st.binary(max_size=300)))
    assert office().answer(request, NOW)
