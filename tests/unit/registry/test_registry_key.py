"""The registry's key and its file."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ichimai.registry import RegistryKey
from ichimai.registry.key_file import with_another


def test_the_first_use_makes_a_file_that_only_its_owner_reads(tmp_path: Path) -> None:
    """The key is 32 random bytes in a file of mode 0600, and no draft is left behind."""
    path = tmp_path / "registry.key"
    key = RegistryKey.load(path)
    assert len(key.secret) == 32
    assert key.generation == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_the_key_stays_the_same(tmp_path: Path) -> None:
    """Loading again gives the same key."""
    path = tmp_path / "registry.key"
    assert RegistryKey.load(path) == RegistryKey.load(path)


def test_processes_that_start_together_get_one_key(tmp_path: Path) -> None:
    """Of many drafts one is put in place, and all read that one."""
    path = tmp_path / "registry.key"
    with ThreadPoolExecutor(16) as pool:
        keys = list(pool.map(RegistryKey.load, [path] * 64))
    assert len({key.secret for key in keys}) == 1
    assert list(tmp_path.iterdir()) == [path]


def test_another_key_comes_after_those_there(tmp_path: Path) -> None:
    """The first lasts, the order stays, and the file is as closed as before."""
    path = tmp_path / "registry.key"
    first = RegistryKey.load(path)
    second = with_another(first, path)
    third = with_another(second, path)
    assert RegistryKey.load(path) == third
    assert third.secret == first.secret
    assert third.added[:1] == second.added
    assert third.generation == 2
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "short",
        "00\n",
        "0" * 64,
        "0" * 64 + "\n" + "1" * 62,
        "0" * 64 + "\n" + "1" * 62 + "\n",
        "g" * 64 + "\n",
        "\n",
    ],
)
def test_a_torn_key_is_refused(tmp_path: Path, content: str) -> None:
    """A file that was cut off anywhere is no key: it would make every card unknown."""
    path = tmp_path / "registry.key"
    path.write_text(content, encoding="ascii")
    with pytest.raises(ValueError, match=r"32 bytes|hexadecimal"):
        RegistryKey.load(path)


def test_the_key_does_not_show_itself() -> None:
    """A key in a log line shows nothing of the secrets."""
    shown = repr(RegistryKey(b"k" * 32, (b"n" * 32,)))
    assert "k" * 8 not in shown
    assert "n" * 8 not in shown
