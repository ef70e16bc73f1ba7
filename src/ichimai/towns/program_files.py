"""A file of programs, read and held against its town: one in a folder, or one in use."""

from importlib.resources.abc import Traversable

from ichimai import merchants, programs
from ichimai.programs.terms import Program
from ichimai.storage import ReadTx
from ichimai.towns.errors import TownInvalid
from ichimai.towns.files import decoded, text_of
from ichimai.towns.program_checks import faults
from ichimai.towns.shapes import ProgramsFile
from ichimai.towns.surroundings import Surroundings

__all__ = ["Surroundings", "checked", "in_use", "read"]


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


def in_use(tx: ReadTx) -> Surroundings:
    """What the town in this database has; its shops too."""
    profile = programs.lists.profile(tx)
    shops = merchants.directory.shops(tx, limit=None)
    return Surroundings(
        associations=frozenset(each.number for each in merchants.directory.associations(tx)),
        places=frozenset(place.number for place in merchants.directory.places(tx)),
        categories=frozenset(each.key for each in profile.categories) if profile else frozenset(),
        districts=frozenset(profile.districts) if profile else frozenset(),
        services=frozenset(profile.services) if profile else frozenset(),
        sponsors=frozenset(each.key for each in profile.sponsors) if profile else frozenset(),
        shops=frozenset(shop.number for shop in shops),
    )
