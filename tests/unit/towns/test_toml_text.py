"""A program written as text is read as the same program again."""

import pytest

from ichimai import towns
from ichimai.programs.terms import Program
from ichimai.towns.files import decoded
from ichimai.towns.program_changes import MOST_CHARACTERS
from ichimai.towns.shapes import ProgramsFile
from ichimai.towns.toml_text import written
from tests.integration.programs import fair

PROGRAMS = (*towns.load("toshima").programs, *fair.programs())


@pytest.mark.parametrize("program", PROGRAMS, ids=[each.key for each in PROGRAMS])
def test_every_program_is_read_as_it_was_written(program: Program) -> None:
    text = written(program)
    file, places = decoded("program.toml", text, ProgramsFile)
    assert file.programs == (program,)
    assert len(text) < MOST_CHARACTERS // 4
    for path, word in (("program[0].key", "key ="), ("program[0].name_ja", "name_ja =")):
        assert text.splitlines()[places.line_of(path) - 1].startswith(word)
