"""Which authorities are trusted: a folder of certificates; and the one made for tests."""

import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from ichimai.cards import certificates
from ichimai.cards.authorities import Authorities
from ichimai.cards.errors import AuthorityUnreadable, UnsuitableCertificate
from ichimai.cards.issued import IssuedCertificate, draft, key_usage, name
from ichimai.cards.model import Kind
from ichimai.cards.test_authority import TestAuthority
from tests.unit.cards.municipal_office import NOW, clock, issue, newer_office, office


def pem(authority: TestAuthority) -> bytes:
    return authority.certificate.public_bytes(Encoding.PEM)


def der(authority: TestAuthority) -> bytes:
    return authority.certificate.public_bytes(Encoding.DER)


def kind(found: IssuedCertificate, authorities: Authorities, by: TestAuthority) -> Kind:
    return certificates.check(
        found.certificate,
        nonce=None,
        signature=None,
        authorities=authorities,
        now=NOW,
        revocation=by.revocation(clock()),
    ).kind


def test_a_folder_may_hold_several_in_either_form(tmp_path: Path) -> None:
    (tmp_path / "2015.pem").write_bytes(pem(office()))
    (tmp_path / "2023.der").write_bytes(der(newer_office()))
    (tmp_path / "README.txt").write_text("not an authority")
    loaded = Authorities.load(tmp_path)
    for authority in (office(), newer_office()):
        assert kind(issue(by=authority), loaded, authority) is Kind.MY_NUMBER_CARD


def test_a_file_may_hold_several(tmp_path: Path) -> None:
    (tmp_path / "all.crt").write_bytes(pem(office()) + pem(newer_office()))
    loaded = Authorities.load(tmp_path)
    for authority in (office(), newer_office()):
        assert kind(issue(by=authority), loaded, authority) is Kind.MY_NUMBER_CARD


def test_a_phones_policy_is_configured(tmp_path: Path) -> None:
    (tmp_path / "authority.pem").write_bytes(pem(office()))
    phone = issue(kind=Kind.PHONE_CERTIFICATE)
    with pytest.raises(UnsuitableCertificate):
        kind(phone, Authorities.load(tmp_path), office())
    (tmp_path / "policies.toml").write_text('"2.999.1.30" = "phone_certificate"\n')
    assert kind(phone, Authorities.load(tmp_path), office()) is Kind.PHONE_CERTIFICATE


def test_an_empty_folder_is_a_mistake(tmp_path: Path) -> None:
    """It would mean that every card is refused, and nobody would know why."""
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(AuthorityUnreadable):
            Authorities.load(folder)


@pytest.mark.parametrize(
    "content",
    [b"", b"x", b"-----BEGIN CERTIFICATE-----\n", pem(office())[:-40], issue().certificate],
    ids=["empty", "text", "header", "cut short", "a resident's certificate"],
)
def test_a_file_that_is_no_authority_is_named(tmp_path: Path, content: bytes) -> None:
    """A resident's certificate among the trusted ones would let him issue cards."""
    (tmp_path / "good.pem").write_bytes(pem(office()))
    (tmp_path / "wrong.pem").write_bytes(content)
    with pytest.raises(AuthorityUnreadable) as told:
        Authorities.load(tmp_path)
    assert told.value.file == "wrong.pem"


@pytest.mark.parametrize(
    "extensions,size",
    [
        ([], 2048),
        ([x509.BasicConstraints(ca=False, path_length=None)], 2048),
        ([x509.BasicConstraints(ca=True, path_length=None)], 1024),
        ([x509.BasicConstraints(ca=True, path_length=None), key_usage("crl_sign")], 2048),
    ],
    ids=["nothing said", "said to be none", "a small key", "signs lists only"],
)
def test_only_a_certificate_that_says_so_is_an_authority(
    tmp_path: Path, extensions: list[x509.ExtensionType], size: int
) -> None:
    key, called = rsa.generate_private_key(65537, size), name(None, "X")
    made = draft(
        called,
        called,
        key.public_key(),
        serial=1,
        starts_at=NOW,
        expires_at=NOW + timedelta(days=1),
        extensions=[(extension, True) for extension in extensions],
    )
    certificate = made.sign(key, hashes.SHA256())
    (tmp_path / "wrong.der").write_bytes(certificate.public_bytes(Encoding.DER))
    with pytest.raises(AuthorityUnreadable):
        Authorities.load(tmp_path)


@pytest.mark.parametrize(
    "content", [b"= 1", b'"2.999.1" = "no kind"', b'"2.999.1" = 7', b"\xff\xfe"]
)
def test_policies_that_cannot_be_read_are_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "authority.pem").write_bytes(pem(office()))
    (tmp_path / "policies.toml").write_bytes(content)
    with pytest.raises(AuthorityUnreadable) as told:
        Authorities.load(tmp_path)
    assert told.value.file == "policies.toml"


def test_a_test_authority_is_kept_in_a_folder(tmp_path: Path) -> None:
    """The same again at the next start, with what it revoked; its key for its owner only."""
    folder = tmp_path / "authority"
    first = TestAuthority.load_or_make(folder, NOW)
    found, revoked = issue(by=first), issue(by=first)
    first.revoke(revoked.serial, x509.ReasonFlags.key_compromise, NOW)
    listed = certificates.CrlFile(first.publish(folder, NOW))
    again = TestAuthority.load_or_make(folder, NOW + timedelta(days=1))
    assert again.certificate == first.certificate
    assert stat.S_IMODE((folder / "authority.key").stat().st_mode) == 0o600
    assert sorted(path.name for path in folder.iterdir()) == [
        "authority.crl",
        "authority.key",
        "authority.pem",
        "policies.toml",
    ]
    certificate = x509.load_der_x509_certificate(revoked.certificate)
    for source in (again.revocation(clock()), listed):
        assert source.status(certificate, again.certificate, NOW).reason is not None
    loaded = Authorities.load(folder)
    assert kind(found, loaded, first) is Kind.MY_NUMBER_CARD
    phone = issue(by=again, kind=Kind.PHONE_CERTIFICATE)
    assert kind(phone, loaded, again) is Kind.PHONE_CERTIFICATE


def test_processes_that_start_together_get_one_authority(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _n: TestAuthority.load_or_make(tmp_path, NOW), range(8)))
    assert len({authority.certificate for authority in made}) == 1
