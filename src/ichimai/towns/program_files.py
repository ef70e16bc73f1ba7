"""Programs as files say them and as people read them: a town's in a folder, or one in use."""

from importlib.resources.abc import Traversable

from ichimai import merchants, programs
from ichimai.programs.terms import Program
from ichimai.storage import ReadTx
from ichimai.towns.errors import TownInvalid
from ichimai.towns.files import decoded, text_of
from ichimai.towns.plain_words import KINDS, Language, Names, sentences
from ichimai.towns.program_checks import faults
from ichimai.towns.shapes import ProgramsFile
from ichimai.towns.surroundings import Surroundings
from ichimai.towns.toml_text import written

__all__ = [
    "KINDS",
    "Language",
    "Names",
    "Surroundings",
    "checked",
    "checked_file",
    "in_use",
    "names_in_use",
    "read",
    "sentences",
    "written",
]


def read(folder: Traversable, name: str, known: Surroundings) -> tuple[Program, ...]:
    """The programs of a file. Raises TownInvalid for the first line that is wrong."""
    found, wrong = checked_file(folder, name, known)
    if wrong:
        raise wrong[0]
    return found


def checked_file(
    folder: Traversable, name: str, known: Surroundings
) -> tuple[tuple[Program, ...], list[TownInvalid]]:
    """As ``checked``, of a file."""
    try:
        text = text_of(folder, name)
    except TownInvalid as error:
        return (), [error]
    return checked(name, text, known)


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


def names_in_use(tx: ReadTx) -> Names:
    """What the things are called that programs of the town in this database name."""
    profile = programs.lists.profile(tx)
    places = merchants.directory.places(tx)
    return Names(
        associations={each.number: each.name for each in merchants.directory.associations(tx)},
        shops={place.number: place.name for place in places},
        categories={e.key: (e.name_ja, e.name_en) for e in profile.categories} if profile else {},
        sponsors={e.key: (e.name_ja, e.name_en) for e in profile.sponsors} if profile else {},
        programs={e.key: (e.name_ja, e.name_en) for e in programs.lists.all_programs(tx)},
    )
