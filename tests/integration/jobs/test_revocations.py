"""Revocation lists, fetched into the folder that taps read."""

import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from ichimai.cards.errors import AuthorityUnreadable
from ichimai.cards.test_authority import TestAuthority
from ichimai.jobs import revocations
from ichimai.kernel.clock import SystemClock

ADDRESS = "http://crl.example/list"


@pytest.fixture
def authority(tmp_path: Path) -> TestAuthority:
    """Trusted; its folder has no list yet."""
    return TestAuthority.load_or_make(tmp_path, SystemClock().now())


def _say(folder: Path, text: str) -> None:
    (folder / revocations.SOURCES_FILE).write_text(text, encoding="utf-8")


def _answering(data: bytes | OSError) -> Callable[[str], bytes]:
    def get(address: str) -> bytes:
        assert address == ADDRESS
        if isinstance(data, OSError):
            raise data
        return data

    return get


def test_each_list_that_is_named_is_fetched(tmp_path: Path, authority: TestAuthority) -> None:
    _say(tmp_path, f'"toshima.crl" = "{ADDRESS}"\n')
    data = authority.revocation_list(SystemClock().now())
    assert revocations.fetch(tmp_path, authority.authorities, _answering(data)) == 0
    assert (tmp_path / "toshima.crl").read_bytes() == data


def test_what_cannot_be_fetched_or_taken_leaves_the_list_that_was_there(
    tmp_path: Path, authority: TestAuthority
) -> None:
    """And the others are fetched all the same."""
    _say(tmp_path, f'"a.crl" = "{ADDRESS}"\n"b.crl" = "{ADDRESS}"\n')
    now = SystemClock().now()
    good = authority.revocation_list(now)
    (tmp_path / "a.crl").write_bytes(good)
    older = authority.revocation_list(now - timedelta(hours=1))
    for answer in (TimeoutError(), ConnectionRefusedError(), b"no list", b""):
        assert revocations.fetch(tmp_path, authority.authorities, _answering(answer)) == 2
    assert revocations.fetch(tmp_path, authority.authorities, _answering(older)) == 1
    assert (tmp_path / "a.crl").read_bytes() == good
    assert (tmp_path / "b.crl").read_bytes() == older
    assert {path.suffix for path in tmp_path.iterdir()} == {".crl", ".key", ".pem", ".toml"}


@pytest.mark.parametrize(
    "text",
    [
        "not TOML",
        '"../toshima.crl" = "http://crl.example/"',
        '"authority.pem" = "http://crl.example/"',
        '".crl" = "http://crl.example/"',
        '"a.crl" = 1',
        "[a]\nb = 1",
    ],
)
def test_a_list_goes_nowhere_else(tmp_path: Path, authority: TestAuthority, text: str) -> None:
    _say(tmp_path, text)
    with pytest.raises(AuthorityUnreadable):
        revocations.fetch(tmp_path, authority.authorities, _answering(b""))


def test_nothing_is_fetched_where_nothing_is_named(
    tmp_path: Path, authority: TestAuthority
) -> None:
    def get(address: str) -> bytes:
        raise AssertionError(address)

    assert revocations.fetch(tmp_path, authority.authorities, get) == 0


def test_it_fetches_at_once_and_ends_when_the_server_does(
    tmp_path: Path, authority: TestAuthority
) -> None:
    """Also where the folder is no good, which is told in the log."""
    _say(tmp_path, f'"toshima.crl" = "{ADDRESS}"\n')
    data = authority.revocation_list(SystemClock().now())
    over = threading.Event()
    over.set()
    revocations.run(tmp_path, tmp_path, _answering(data), over)
    assert (tmp_path / "toshima.crl").read_bytes() == data
    revocations.run(tmp_path, tmp_path / "none", _answering(data), over)
