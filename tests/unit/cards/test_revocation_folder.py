"""Revocation by a folder of lists: one a municipality, renewed while the server runs."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509

from ichimai.cards.certificates import NOT_REVOKED, CrlFolder, Status
from ichimai.cards.errors import Doubt, RevocationUnknown
from ichimai.cards.issued import IssuedCertificate
from ichimai.cards.test_authority import TestAuthority
from tests.unit.cards.municipal_office import BIRTHDAY, NAME, NOW, card_key, newer_office, office

LOST = x509.ReasonFlags.key_compromise
TOSHIMA, KAMISU = ("Tokyo-to", "Toshima-ku"), ("Ibaraki-ken", "Kamisu-shi")


@pytest.fixture
def authority() -> TestAuthority:
    """One of its own: what a test revokes stays in it."""
    return TestAuthority.make(NOW)


def _issue(authority: TestAuthority, place: tuple[str, str] = TOSHIMA) -> IssuedCertificate:
    return authority.issue(
        NAME, BIRTHDAY, prefecture=place[0], municipality=place[1], private_key=card_key()
    )


def _list(authority: TestAuthority, place: tuple[str, str], days: int = 0) -> bytes:
    point = authority.distribution_point(prefecture=place[0], municipality=place[1])
    return authority.revocation_list(NOW + timedelta(days=days), point)


def _ask(folder: CrlFolder, card: IssuedCertificate) -> Status:
    certificate, issuer = (
        x509.load_der_x509_certificate(each)
        for each in (card.certificate, card.authority_certificate)
    )
    return folder.status(certificate, issuer, NOW)


def _doubt(folder: CrlFolder, card: IssuedCertificate) -> Doubt:
    with pytest.raises(RevocationUnknown) as told:
        _ask(folder, card)
    return told.value.doubt


def test_each_municipalitys_list_speaks_for_its_own(
    tmp_path: Path, authority: TestAuthority
) -> None:
    """Where the list is not there, nobody is taken for not revoked."""
    folder, here, there = CrlFolder(tmp_path), _issue(authority), _issue(authority, KAMISU)
    assert _doubt(folder, here) is Doubt.NOT_COVERED
    folder.put("kamisu.crl", _list(authority, KAMISU), authority.authorities)
    assert _ask(folder, there) == NOT_REVOKED
    assert _doubt(folder, here) is Doubt.NOT_COVERED
    folder.put("toshima.crl", _list(authority, TOSHIMA), authority.authorities)
    assert (_ask(folder, here), _ask(folder, there)) == (NOT_REVOKED, NOT_REVOKED)
    (tmp_path / "toshima.crl").unlink()
    assert _doubt(folder, here) is Doubt.NOT_COVERED


@pytest.mark.parametrize("is_settled", [True, False])
@pytest.mark.parametrize("name", ["a.crl", "b.crl", "c.crl"])
def test_a_revocation_is_seen_with_the_list_that_tells_it(
    tmp_path: Path, authority: TestAuthority, name: str, *, is_settled: bool
) -> None:
    """In the file that was there or in a new one, whichever is read first."""
    folder, card = CrlFolder(tmp_path), _issue(authority)
    folder.put("b.crl", _list(authority, TOSHIMA), authority.authorities)
    if is_settled:
        os.utime(tmp_path, (1, 1))
    assert _ask(folder, card) == NOT_REVOKED
    authority.revoke(card.serial, LOST, NOW)
    folder.put(name, _list(authority, TOSHIMA), authority.authorities)
    assert _ask(folder, card).reason is LOST


def test_a_list_that_comes_in_the_same_instant_as_another_is_seen(
    tmp_path: Path, authority: TestAuthority
) -> None:
    """A folder's time is too coarse to tell two changes that follow each other at once."""
    folder, card = CrlFolder(tmp_path), _issue(authority)
    folder.put("a.crl", _list(authority, TOSHIMA), authority.authorities)
    changed_at = tmp_path.stat().st_mtime_ns
    assert _ask(folder, card) == NOT_REVOKED
    authority.revoke(card.serial, LOST, NOW)
    folder.put("b.crl", _list(authority, TOSHIMA), authority.authorities)
    os.utime(tmp_path, ns=(changed_at, changed_at))
    assert _ask(folder, card).reason is LOST


def test_of_two_thousand_lists_one_is_asked(
    tmp_path: Path, authority: TestAuthority, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, card = CrlFolder(tmp_path), _issue(authority)
    for number in range(20):
        folder.put(
            f"{number}.crl", _list(authority, ("X-ken", f"{number}-shi")), authority.authorities
        )
    folder.put("toshima.crl", _list(authority, TOSHIMA), authority.authorities)
    os.utime(tmp_path, (1, 1))
    assert folder.read_ahead() == 21
    assert _ask(folder, card) == NOT_REVOKED
    asked: list[str] = []
    looked_at = Path.stat

    def noted(path: Path) -> os.stat_result:
        asked.append(path.name)
        return looked_at(path)

    monkeypatch.setattr(Path, "stat", noted)
    assert _ask(folder, card) == NOT_REVOKED
    assert asked == [tmp_path.name, "toshima.crl"]


def test_what_may_not_take_the_place_of_a_list_does_not(
    tmp_path: Path, authority: TestAuthority
) -> None:
    """An older one, one by another authority, no list at all: the list that is there stays."""
    folder, card = CrlFolder(tmp_path), _issue(authority)
    before = _list(authority, TOSHIMA, days=-1)
    authority.revoke(card.serial, LOST, NOW)
    folder.put("toshima.crl", _list(authority, TOSHIMA), authority.authorities)
    for data, doubt in (
        (before, Doubt.STALE),
        (_list(office(), TOSHIMA), Doubt.FORGED),
        (_list(newer_office(), TOSHIMA), Doubt.FORGED),
        (b"<html>Please sign in</html>", Doubt.DAMAGED),
        (b"", Doubt.DAMAGED),
        (_list(authority, TOSHIMA)[:-1], Doubt.DAMAGED),
        (_list(authority, TOSHIMA)[:-1] + b"?", Doubt.FORGED),
    ):
        with pytest.raises(RevocationUnknown) as told:
            folder.put("toshima.crl", data, authority.authorities)
        assert told.value.doubt is doubt
    assert _ask(folder, card).reason is LOST
    assert [path.name for path in tmp_path.iterdir()] == ["toshima.crl"]


def test_a_folder_that_is_not_there_says_nothing(tmp_path: Path, authority: TestAuthority) -> None:
    folder = CrlFolder(tmp_path / "none")
    assert folder.read_ahead() == 0
    assert _doubt(folder, _issue(authority)) is Doubt.UNAVAILABLE


def test_a_list_that_cannot_be_read_keeps_no_other_from_speaking(
    tmp_path: Path, authority: TestAuthority
) -> None:
    (tmp_path / "a.crl").write_bytes(b"half a li")
    folder = CrlFolder(tmp_path)
    assert folder.read_ahead() == 0
    assert _doubt(folder, _issue(authority)) is Doubt.DAMAGED
    folder.put("b.crl", _list(authority, TOSHIMA), authority.authorities)
    assert folder.read_ahead() == 1
    assert _ask(folder, _issue(authority)) == NOT_REVOKED
