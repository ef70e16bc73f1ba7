"""What a file of programs may change, and when."""

from datetime import date, datetime
from typing import Final

import msgspec
import pytest

from ichimai.kernel import Asset
from ichimai.kernel.clock import TOKYO
from ichimai.programs.changes import changes
from ichimai.programs.errors import VersionBegun, VersionTooEarly
from ichimai.programs.terms import Program, Use, Version

NOW: Final = datetime(2026, 10, 1, 12, tzinfo=TOKYO)
FIRST: Final = Program(key=Asset("points"), name_ja="ポイント", name_en="Points")
BEGUN: Final = Version(FIRST, datetime(2026, 9, 1, tzinfo=TOKYO))
NEXT: Final = msgspec.structs.replace(
    FIRST, version=2, starts_on=date(2026, 11, 1), use=Use(per_day_limit=100)
)


def test_what_is_as_it_was_is_no_change() -> None:
    assert changes([BEGUN], [FIRST], NOW) == []


def test_a_new_program_and_a_later_version_are_changes() -> None:
    assert changes([BEGUN], [FIRST, NEXT], NOW) == [NEXT]
    assert changes([], [FIRST], NOW) == [FIRST]


def test_a_version_that_has_begun_keeps_its_promise() -> None:
    """Somebody has units under it."""
    changed = msgspec.structs.replace(FIRST, use=Use(per_day_limit=1))
    with pytest.raises(VersionBegun):
        changes([BEGUN], [changed], NOW)


def test_a_version_that_has_begun_may_be_worded_better() -> None:
    worded = msgspec.structs.replace(FIRST, about_ja="よくわかる説明です。")
    assert changes([BEGUN], [worded], NOW) == [worded]


def test_a_version_to_come_may_still_be_changed() -> None:
    to_come = Version(NEXT, datetime(2026, 11, 1, tzinfo=TOKYO))
    changed = msgspec.structs.replace(NEXT, use=Use(per_day_limit=50))
    assert changes([BEGUN, to_come], [FIRST, changed], NOW) == [changed]


@pytest.mark.parametrize("day,is_allowed", [(1, False), (2, True)])
def test_a_change_begins_on_a_day_that_has_not_begun(day: int, *, is_allowed: bool) -> None:
    """The rules of this morning's sales stay what they were."""
    early = msgspec.structs.replace(NEXT, starts_on=date(2026, 10, day))
    if is_allowed:
        assert changes([BEGUN], [FIRST, early], NOW) == [early]
        return
    with pytest.raises(VersionTooEarly):
        changes([BEGUN], [FIRST, early], NOW)


def test_a_version_to_come_cannot_be_moved_before_now() -> None:
    to_come = Version(NEXT, datetime(2026, 11, 1, tzinfo=TOKYO))
    early = msgspec.structs.replace(NEXT, starts_on=date(2026, 9, 30))
    with pytest.raises(VersionTooEarly):
        changes([BEGUN, to_come], [FIRST, early], NOW)
