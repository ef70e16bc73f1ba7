"""``ichimai close`` tells its steps to whoever sits before it, and to nobody else."""

import io
import sys

import pytest

from ichimai.cli import payouts
from ichimai.kernel import Asset
from ichimai.settlement.clearing import Doing
from ichimai.settlement.request_rules import step_of

PROGRAMS = (Asset("gift"), Asset("points"))


class Screen(io.StringIO):
    """A terminal, or a file."""

    def __init__(self, *, is_terminal: bool) -> None:
        super().__init__()
        self.is_terminal = is_terminal

    def isatty(self) -> bool:
        """Whether somebody sits before it."""
        return self.is_terminal


@pytest.mark.parametrize("is_terminal", [True, False])
def test_steps_are_told_at_a_terminal(
    monkeypatch: pytest.MonkeyPatch, *, is_terminal: bool
) -> None:
    screen = Screen(is_terminal=is_terminal)
    monkeypatch.setattr(sys, "stderr", screen)
    for doing in Doing:
        if doing is Doing.PROGRAM:
            for program in PROGRAMS:
                payouts.tell(step_of(doing, PROGRAMS, program))
        elif doing is not Doing.BEGIN:
            payouts.tell(step_of(doing, PROGRAMS))
    told = screen.getvalue().splitlines()
    assert [line.split("/")[0] for line in told] == (list("1234567") if is_terminal else [])
    assert not is_terminal or told[1:6:4] == ["2/7  reading sales", "6/7  points"]
