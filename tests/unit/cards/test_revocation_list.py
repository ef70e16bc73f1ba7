"""Revocation by lists on disk: what they say, of whom, and how long."""

import os
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from ichimai.cards.certificates import NOT_REVOKED, CrlFile, FirstThatKnows, Status
from ichimai.cards.errors import Doubt, RevocationUnknown
from ichimai.cards.issued import IssuedCertificate
from ichimai.cards.responder import Signer, revocation_list
from ichimai.cards.test_authority import TestAuthority
from tests.unit.cards.municipal_office import NOW, clock, issue, newer_office, office, other_key

REASONS = [reason for reason in x509.ReasonFlags if reason is not x509.ReasonFlags.remove_from_crl]
PLACES = (("Tokyo-to", "Toshima-ku"), ("Ibaraki-ken", "Kamisu-shi"))


def ask(source: CrlFile | FirstThatKnows, found: IssuedCertificate, now: datetime = NOW) -> Status:
    certificate = x509.load_der_x509_certificate(found.certificate)
    return source.status(
        certificate, x509.load_der_x509_certificate(found.authority_certificate), now
    )


def doubt(source: CrlFile | FirstThatKnows, found: IssuedCertificate, now: datetime = NOW) -> Doubt:
    with pytest.raises(RevocationUnknown) as told:
        ask(source, found, now)
    return told.value.doubt


def written(folder: Path, data: bytes) -> CrlFile:
    path = folder / "list.crl"
    path.write_bytes(data)
    return CrlFile(path)


@pytest.mark.parametrize("reason", REASONS)
def test_a_revoked_certificate_is_on_the_list_with_its_reason(
    tmp_path: Path, reason: x509.ReasonFlags
) -> None:
    revoked, good = issue(), issue()
    office().revoke(revoked.serial, reason, NOW - timedelta(hours=1))
    source = written(tmp_path, office().revocation_list(NOW))
    assert ask(source, revoked) == Status(reason, NOW - timedelta(hours=1))
    assert ask(source, good) == NOT_REVOKED


def test_a_list_may_be_text(tmp_path: Path) -> None:
    found = x509.load_der_x509_crl(office().revocation_list(NOW))
    source = written(tmp_path, found.public_bytes(Encoding.PEM))
    assert ask(source, issue()) == NOT_REVOKED


def test_a_list_counts_until_its_next_update(tmp_path: Path) -> None:
    source = written(tmp_path, office().revocation_list(NOW))
    for good in (NOW - timedelta(minutes=5), NOW, NOW + timedelta(days=1)):
        assert ask(source, issue(), good) == NOT_REVOKED
    for stale in (NOW - timedelta(minutes=5, seconds=1), NOW + timedelta(days=1, seconds=1)):
        assert doubt(source, issue(), stale) is Doubt.STALE


def test_a_list_that_is_not_there_says_nothing(tmp_path: Path) -> None:
    assert doubt(CrlFile(tmp_path / "none.crl"), issue()) is Doubt.UNAVAILABLE
    assert doubt(CrlFile(tmp_path), issue()) is Doubt.UNAVAILABLE


@pytest.mark.parametrize("data", [b"", b"x", b"-----BEGIN X509 CRL-----", b"\x30\x82\x10\x00"])
def test_a_damaged_list_says_nothing(tmp_path: Path, data: bytes) -> None:
    assert doubt(written(tmp_path, data), issue()) is Doubt.DAMAGED


def test_a_list_cut_at_any_byte_says_nothing(tmp_path: Path) -> None:
    """A download that stopped must not make revoked cards good again."""
    found = issue()
    office().revoke(found.serial, x509.ReasonFlags.key_compromise, NOW)
    whole = office().revocation_list(NOW)
    for length in range(0, len(whole), 7):
        assert doubt(written(tmp_path, whole[:length]), found) is Doubt.DAMAGED


def test_a_bit_changed_in_a_list_makes_nobody_good(tmp_path: Path) -> None:
    authority = TestAuthority.make(NOW)
    found = issue(by=authority)
    authority.revoke(found.serial, x509.ReasonFlags.key_compromise, NOW)
    whole = authority.revocation_list(NOW)
    for at in range(len(whole)):
        changed = bytearray(whole)
        changed[at] ^= 1 << (at * 5 % 8)
        with suppress(RevocationUnknown):
            assert ask(written(tmp_path, bytes(changed)), found).reason is not None


def test_a_list_by_another_key_is_forged(tmp_path: Path) -> None:
    forger = Signer(office().certificate, other_key())
    source = written(tmp_path, revocation_list(forger, {}, NOW))
    assert doubt(source, issue()) is Doubt.FORGED


def test_a_list_of_another_authority_of_the_same_name_says_nothing(tmp_path: Path) -> None:
    source = written(tmp_path, newer_office().revocation_list(NOW))
    assert doubt(source, issue()) is Doubt.FORGED
    assert ask(source, issue(by=newer_office())) == NOT_REVOKED


def test_a_signature_that_was_found_good_is_good_for_its_issuer_only(tmp_path: Path) -> None:
    """The check is kept, since a list is long: not the one for another authority."""
    source = written(tmp_path, office().revocation_list(NOW))
    theirs = issue(by=newer_office())
    for _ in range(2):
        assert ask(source, issue()) == NOT_REVOKED
        assert doubt(source, theirs) is Doubt.FORGED


def test_a_list_of_an_authority_of_another_name_says_nothing(tmp_path: Path) -> None:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COUNTRY_NAME, "JP")])
    draft = x509.CertificateRevocationListBuilder().issuer_name(name)
    draft = draft.last_update(NOW).next_update(NOW + timedelta(days=1))
    made = draft.sign(office().signer.private_key, hashes.SHA256()).public_bytes(Encoding.DER)
    assert doubt(written(tmp_path, made), issue()) is Doubt.NOT_COVERED


def test_a_municipalitys_list_speaks_for_its_own_cards_only(tmp_path: Path) -> None:
    """A card that Kamisu revoked is not on Toshima's list: that does not make it good."""
    prefecture, municipality = PLACES[1]
    found = office().issue(
        "X",
        NOW + timedelta(days=300),
        prefecture=prefecture,
        municipality=municipality,
        private_key=other_key(),
    )
    office().revoke(found.serial, x509.ReasonFlags.cessation_of_operation, NOW)
    lists = []
    for prefecture, municipality in PLACES:
        place = office().distribution_point(prefecture=prefecture, municipality=municipality)
        path = tmp_path / f"{municipality}.crl"
        path.write_bytes(office().revocation_list(NOW, place))
        lists.append(CrlFile(path))
    toshima, kamisu = lists
    assert doubt(toshima, found) is Doubt.NOT_COVERED
    assert ask(kamisu, found).reason is x509.ReasonFlags.cessation_of_operation
    assert ask(toshima, issue()) == NOT_REVOKED
    assert ask(FirstThatKnows(*lists), found).reason is not None


POINT = office().distribution_point(prefecture="Tokyo-to", municipality="Toshima-ku")
WHOLE = x509.IssuingDistributionPoint(
    full_name=[POINT],
    relative_name=None,
    only_contains_user_certs=False,
    only_contains_ca_certs=False,
    only_some_reasons=None,
    indirect_crl=False,
    only_contains_attribute_certs=False,
)


def point(**changes: object) -> x509.IssuingDistributionPoint:
    names = (
        "full_name relative_name only_contains_user_certs only_contains_ca_certs "
        "only_some_reasons indirect_crl only_contains_attribute_certs"
    )
    values = {name: getattr(WHOLE, name) for name in names.split()} | changes
    return x509.IssuingDistributionPoint(**values)


def listed(extension: x509.ExtensionType, *, is_critical: bool = True) -> bytes:
    """An empty list of the authority with one more extension."""
    draft = x509.CertificateRevocationListBuilder().issuer_name(office().certificate.subject)
    draft = draft.last_update(NOW).next_update(NOW + timedelta(days=1))
    draft = draft.add_extension(extension, critical=is_critical)
    return draft.sign(office().signer.private_key, hashes.SHA256()).public_bytes(Encoding.DER)


@pytest.mark.parametrize(
    "extension",
    [
        point(full_name=None, only_contains_ca_certs=True),
        point(full_name=None, only_contains_attribute_certs=True),
        point(indirect_crl=True),
        point(only_some_reasons=frozenset({x509.ReasonFlags.key_compromise})),
        point(full_name=[x509.UniformResourceIdentifier("http://example.jp/crl")]),
        point(
            full_name=None,
            relative_name=x509.RelativeDistinguishedName(
                [x509.NameAttribute(x509.NameOID.COMMON_NAME, "x")]
            ),
        ),
        x509.DeltaCRLIndicator(1),
        x509.UnrecognizedExtension(x509.ObjectIdentifier("2.999.9"), b"\x05\x00"),
    ],
    ids=[
        "authorities",
        "attributes",
        "indirect",
        "some reasons",
        "another",
        "relative",
        "delta",
        "?",
    ],
)
def test_a_list_that_need_not_name_the_certificate_says_nothing(
    tmp_path: Path, extension: x509.ExtensionType
) -> None:
    """Not being on a list of something else is no proof of being good."""
    assert doubt(written(tmp_path, listed(extension)), issue()) is Doubt.NOT_COVERED


@pytest.mark.parametrize("extension", [WHOLE, point(full_name=None, only_contains_user_certs=True)])
def test_a_list_of_the_certificates_own_point_says_that_it_is_good(
    tmp_path: Path, extension: x509.ExtensionType
) -> None:
    assert ask(written(tmp_path, listed(extension)), issue()) == NOT_REVOKED


def test_a_new_list_counts_at_once(tmp_path: Path) -> None:
    """Renamed into place, whatever its age and size."""
    found = issue()
    source = written(tmp_path, office().revocation_list(NOW))
    assert ask(source, found) == NOT_REVOKED
    office().revoke(found.serial, x509.ReasonFlags.key_compromise, NOW)
    new = tmp_path / "new"
    new.write_bytes(office().revocation_list(NOW))
    os.utime(new, (1, 1))
    new.replace(tmp_path / "list.crl")
    assert ask(source, found).reason is x509.ReasonFlags.key_compromise
    (tmp_path / "list.crl").unlink()
    assert doubt(source, found) is Doubt.UNAVAILABLE


def test_a_list_that_is_unchanged_is_not_read_again(tmp_path: Path) -> None:
    """The nation's list takes long: it is read once, and its signature checked once."""
    source = written(tmp_path, office().revocation_list(NOW))
    ask(source, issue())
    before = source._read
    ask(source, issue())
    assert source._read is before


def test_an_authority_of_another_kind_of_key_has_no_list_here(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = office().certificate.subject
    draft = x509.CertificateBuilder().issuer_name(name).subject_name(name).serial_number(1)
    draft = draft.not_valid_before(NOW).not_valid_after(NOW + timedelta(days=1))
    issuer = draft.public_key(key.public_key()).sign(key, hashes.SHA256())
    source = written(tmp_path, office().revocation_list(NOW))
    with pytest.raises(RevocationUnknown) as told:
        source.status(x509.load_der_x509_certificate(issue().certificate), issuer, NOW)
    assert told.value.doubt is Doubt.FORGED


def test_the_first_source_that_knows_answers(tmp_path: Path) -> None:
    """When the responder is away, yesterday's list still decides; when none knows, nobody may."""
    away = CrlFile(tmp_path / "none.crl")
    known = written(tmp_path, office().revocation_list(NOW))
    assert ask(FirstThatKnows(away, known), issue()) == NOT_REVOKED
    assert ask(FirstThatKnows(office().revocation(clock()), away), issue()) == NOT_REVOKED
    assert doubt(FirstThatKnows(away), issue()) is Doubt.UNAVAILABLE
    assert doubt(FirstThatKnows(), issue()) is Doubt.NOT_COVERED


def test_a_known_revocation_is_not_asked_away() -> None:
    """A later source that knows nothing of it does not make a revoked certificate good."""
    authority = TestAuthority.make(NOW)
    found = issue(by=authority)
    authority.revoke(found.serial, x509.ReasonFlags.superseded, NOW)
    sources = FirstThatKnows(authority.revocation(clock()), office().revocation(clock()))
    assert ask(sources, found).reason is x509.ReasonFlags.superseded
