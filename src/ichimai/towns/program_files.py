"""A file of programs, read and held against its town."""

from importlib.resources.abc import Traversable

from ichimai.programs.terms import Program
from ichimai.towns.errors import TownInvalid
from ichimai.towns.files import decoded, text_of
from ichimai.towns.program_checks import faults
from ichimai.towns.recorded import surroundings
from ichimai.towns.shapes import ProgramsFile
from ichimai.towns.surroundings import Surroundings

__all__ = ["Surroundings", "checked", "read", "surroundings"]


def read(folder: Traversable, name: str, known: Surroundings) -> tuple[Program, ...]:
    """The programs of a file. Raises TownInvalid for the first line that is wrong."""
    programs, wrong = checked(name, text_of(folder, name), known)
    if wrong:
        raise wrong[0]
    return programs


def checked(
    name: str, text: str, known: Surroundings
) -> tuple[tuple[Program, ...], list[TownInvalid]]:
    """The programs that ``text`` says, and what is wrong with them, by line.

    What has no shape, no program can be made of: then it is the one thing that is said.
    """
    try:
        file, places = decoded(name, text, ProgramsFile)
    except TownInvalid as error:
        return (), [error]
    wrong = [
        TownInvalid(name, places.line_of(path), path, rule.problem, rule)
        for path, rule in faults(file.programs, known)
    ]
    return file.programs, sorted(wrong, key=lambda each: each.line)
