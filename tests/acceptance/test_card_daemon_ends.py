"""The card service of a test comes back at its address, and ends with whoever started it."""

import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

import pytest

from ichimai.cards.emulated import Inserted
from ichimai.cards.test_authority import TestAuthority
from ichimai.kernel import errors
from ichimai.kernel.clock import SystemClock
from ichimai.reader import PcscReaders, Tap
from tests import card_daemon
from tests.card_daemon import processes, wait_for_card

SELECT: Final = bytes.fromhex("00A4040C0AD392F000260100000001")


def test_a_card_service_comes_back_at_its_address() -> None:
    """Who watches the readers sees it go and come, and the card with it."""
    card, readers = card_daemon.new_card(TestAuthority.make(SystemClock().now())), PcscReaders()
    for _ in range(2):
        with card_daemon.running() as daemon, daemon.insert(card) as inserted:
            wait_for_card()
            assert any(slot.has_card for slot in readers.wait(1) or ())
        assert not inserted.is_there
        assert readers.wait(0.1) is None


def test_a_session_ends_when_the_card_is_lifted() -> None:
    """What is asked then fails, and so does the session itself: nothing was done by halves."""
    card = card_daemon.new_card(TestAuthority.make(SystemClock().now()))
    with card_daemon.running() as daemon:
        inserted = daemon.insert(card)
        tap = wait_for_card()
        with pytest.raises(errors.DomainError):
            _lift_in_the_middle(tap, inserted)


def _lift_in_the_middle(tap: Tap, inserted: Inserted) -> None:
    with PcscReaders().session(tap) as transmit:
        assert transmit(SELECT) == b"\x90\x00"
        inserted.remove()
        transmit(SELECT)


def test_the_service_ends_with_whoever_started_it() -> None:
    """However that ends: killed without a chance to tidy up."""
    code = (
        "import time; from tests import card_daemon\n"
        "with card_daemon.running() as daemon: print(daemon.address, flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        folder = Path(process.stdout.readline().strip()).parents[1]
        assert processes(str(folder), "pcscd")
        process.kill()
    deadline = time.monotonic() + 10
    while processes(str(folder)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert processes(str(folder)) == []
    shutil.rmtree(folder)
