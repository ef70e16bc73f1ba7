"""What the browser of a counter keeps: for one session, as one thing, and unchanged."""

import pytest

from ichimai.kernel.check_digits import contains_my_number
from ichimai.kernel.clock import SystemClock
from ichimai.kernel.ids import uuid7
from ichimai.web.counter.sealing import Newcomer, Sitting, mark_of, seal, unseal

KEY = b"k" * 32
HERE, THERE = uuid7(SystemClock()), uuid7(SystemClock())
SITTING = Sitting("a", "card", token="tap_" + "0123456789" * 4)


def test_it_comes_back_to_the_session_it_was_given_to() -> None:
    text = seal(KEY, HERE, SITTING)
    assert unseal(KEY, HERE, text, Sitting) == SITTING
    assert unseal(KEY, THERE, text, Sitting) is None
    assert unseal(b"x" * 32, HERE, text, Sitting) is None
    assert unseal(KEY, HERE, text, Newcomer) is None


def test_nothing_can_be_read_in_it_and_nothing_changed() -> None:
    text = seal(KEY, HERE, SITTING)
    assert set(text) <= set("abcdefghijklmnop")
    assert not contains_my_number(text)
    for place in range(0, len(text), 7):
        other = "a" if text[place] != "a" else "b"
        assert unseal(KEY, HERE, text[:place] + other + text[place + 1 :], Sitting) is None


@pytest.mark.parametrize("text", ["", "a", "zz", "0" * 80, "円" * 40, "a" * 80])
def test_what_was_never_sealed_is_nothing(text: str) -> None:
    assert unseal(KEY, HERE, text, Sitting) is None


def test_a_mark_tells_one_token_from_another_and_not_the_token() -> None:
    assert mark_of("one") == mark_of("one") != mark_of("two")
    assert set(mark_of(SITTING.token)) <= set("abcdefghijklmnop")
