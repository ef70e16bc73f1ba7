"""The chapter about a town's program: what it tells to write is approved, begins, and earns."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from ichimai import people
from ichimai.kernel.clock import start_of_day
from ichimai.people.model import StaffRole
from ichimai.programs import lists
from ichimai.towns import program_changes
from tests.passwords import cheap_hash
from tools.gallery_town import AT, GalleryTown, open_town

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "tutorial"
CHAPTERS = ("a-towns-program.md", "a-towns-program.ja.md")
BLOCK = re.compile(r"^```toml\n(.*?)^```", re.MULTILINE | re.DOTALL)


def _text(chapter: str) -> str:
    (found,) = BLOCK.findall((FOLDER / chapter).read_text(encoding="utf-8"))
    return str(found)


@pytest.fixture
def gallery(tmp_path: Path, database_url: str) -> Iterator[GalleryTown]:
    """The town of the demo, on a Tuesday a week before."""
    with open_town(tmp_path, database_url) as town:
        yield town


def test_both_languages_write_the_same_program() -> None:
    first, second = map(_text, CHAPTERS)
    assert first == second


def test_what_is_written_is_approved_begins_on_its_day_and_earns(gallery: GalleryTown) -> None:
    """30 points for 1,000 yen on a Tuesday, 10 on a Thursday, and none on the day before."""
    text, installation, clock = _text(CHAPTERS[0]), gallery.installation, gallery.clock
    assert str(AT.date() + timedelta(days=7)) in text
    with installation.database.write(installation.operator) as tx:
        officer, approver = (
            people.staff.add(
                tx, clock, name=role.value, role=role, password=cheap_hash("pass-word")
            )
            for role in (StaffRole.OFFICER, StaffRole.APPROVER)
        )
        wrong = text.replace('"tue"', '"tuesday"')
        with pytest.raises(program_changes.ChangeRefused) as refused:
            program_changes.propose(tx, clock, wrong, reason="-", by=officer)
        assert "weekdays" in str(refused.value)
        asked = program_changes.propose(tx, clock, text, reason="-", by=officer)
        program = program_changes.approve(tx, clock, asked.id, by=approver)
        assert program in [version.program for version in lists.versions(tx)]
    card = gallery.owner(program, [])
    given = []
    for day in (date(2026, 11, 30), date(2026, 12, 1), date(2026, 12, 3)):
        clock.advance(start_of_day(day) + timedelta(hours=10) - clock.now())
        (sold,) = gallery.type_in(
            card,
            'ask purchases 03-001 "{\\"credential\\": \\"$card\\", \\"total_yen\\": 1000}"\n',
        )
        given.append([each["units"] for each in sold["earned"]])
    assert given == [[], [30], [10]]
