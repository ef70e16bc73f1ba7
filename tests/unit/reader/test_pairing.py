"""The code that pairs a page: once, not guessed, and for one origin."""

from datetime import datetime, timedelta

import pytest

from ichimai.kernel.clock import ManualClock
from ichimai.reader import errors
from ichimai.reader.pairing import WRONG_CODES, Pairing
from tests.unit.reader.table_of_readers import NOON

ORIGIN = "https://card.city.example"


class Shelf(set[bytes]):
    """Tokens' hashes in memory."""

    def add_token(self, token_hash: bytes, paired_at: datetime) -> None:
        """Keep one."""
        assert paired_at == NOON
        self.add(token_hash)

    def has_token(self, token_hash: bytes) -> bool:
        """Whether it is kept."""
        return token_hash in self


@pytest.fixture
def shown() -> list[str]:
    return []


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOON)


@pytest.fixture
def pairing(shelf: Shelf, clock: ManualClock, shown: list[str]) -> Pairing:
    made = Pairing(shelf, clock, ORIGIN, shown.append)
    made.open()
    return made


def test_a_code_pairs_one_page(pairing: Pairing, shown: list[str]) -> None:
    token = pairing.pair(shown[0].lower().replace("-", " "))
    pairing.check(token)
    with pytest.raises(errors.PairingClosed):
        pairing.pair(shown[0])


def test_no_code_is_shown_until_it_is_asked_for(shelf: Shelf, clock: ManualClock) -> None:
    closed = Pairing(shelf, clock, ORIGIN, lambda _: None)
    for typed in ("", "0000-0000-0", "x" * 10_000):
        with pytest.raises(errors.PairingClosed):
            closed.pair(typed)


def test_five_wrong_codes_end_the_code_and_pause(
    pairing: Pairing, clock: ManualClock, shown: list[str]
) -> None:
    for typed in ["", "0000-0000-0", "あ", "ABCDEFGH", "\0"][:WRONG_CODES]:
        with pytest.raises(errors.WrongPairingCode):
            pairing.pair(typed)
    with pytest.raises(errors.PairingPaused) as paused:
        pairing.pair(shown[0])
    assert 0 < paused.value.retry_after_seconds <= 61
    clock.advance(timedelta(seconds=61))
    with pytest.raises(errors.WrongPairingCode):
        pairing.pair(shown[0])
    assert len(shown) == 2
    clock.at = NOON
    pairing.check(pairing.pair(shown[1]))


def test_a_token_is_for_one_origin_and_is_not_kept(
    pairing: Pairing, shelf: Shelf, clock: ManualClock, shown: list[str]
) -> None:
    token = pairing.pair(shown[0])
    assert all(token.encode() not in kept for kept in shelf)
    with pytest.raises(errors.NotPaired):
        Pairing(shelf, clock, "https://other.example", shown.append).check(token)
    for wrong in ("", token[:-1], token + "x", token.swapcase()):
        with pytest.raises(errors.NotPaired):
            pairing.check(wrong)
