"""A server has no card reader, and needs not what pip compiles for one."""

import subprocess
import sys

import pytest

from ichimai.reader import PcscReaders, errors, pcsc


def test_everything_else_runs_without_pyscard() -> None:
    """The command knows ``reader`` and says what is missing when it is asked for."""
    script = "import sys; sys.modules['smartcard'] = None; import ichimai.reader"
    subprocess.run([sys.executable, "-c", script], check=True)


def test_asked_for_readers_it_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pcsc, "scard", None)
    with pytest.raises(errors.CardSupportMissing):
        PcscReaders()
