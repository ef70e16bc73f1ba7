"""The gallery shows every program there is, with rules that hold and commands that work."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ichimai.programs.terms import Program, ProgramKind
from tools import gallery_rules
from tools.gallery_town import GalleryTown, blocks, open_town

PROGRAMS = gallery_rules.town().programs
KEYS = {str(program.key) for program in PROGRAMS}
PICTURES = gallery_rules.FOLDER / "pictures"
READMES = ("README", "README.ja")
MOST_BYTES, MOST_BYTES_IN_ALL = 40_000, 1_000_000

of_programs = pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.key)


def _text(name: str) -> str:
    return (gallery_rules.FOLDER / f"{name}.md").read_text(encoding="utf-8")


@of_programs
def test_a_program_has_its_page_with_its_picture(program: Program) -> None:
    text = _text(str(program.key))
    assert text.startswith(f"# {program.name_ja} · {program.name_en}\n")
    assert f"(pictures/{program.key}.webp)" in text
    has_drawing = f"(pictures/{program.key}-card.svg)" in text
    assert has_drawing == (program.kind == ProgramKind.STAMPS)


@of_programs
def test_a_page_tells_the_rules_that_the_program_has(program: Program) -> None:
    """``make docs`` writes the table again."""
    text = _text(str(program.key))
    assert gallery_rules.with_table(text, program) == text


def test_there_are_no_pages_of_programs_that_do_not_exist() -> None:
    pages = {path.name.removesuffix(".md") for path in gallery_rules.FOLDER.glob("*.md")}
    assert pages == KEYS | set(READMES)


@pytest.mark.parametrize("page", sorted(KEYS) + list(READMES))
def test_a_page_names_only_programs_that_exist(page: str) -> None:
    text = _text(page)
    named = re.findall(r'\\"program\\": \\"([^\\]+)', text)
    listed = re.findall(r'\\"pay_with\\": \[([^\]]*)\]', text)
    named += [key for keys in listed for key in re.findall(r"[a-z][a-z0-9-]*", keys)]
    named += re.findall(r"\]\(([a-z0-9-]+)\.md\)", text)
    assert set(named) <= KEYS


@pytest.mark.parametrize("page", READMES)
def test_every_program_is_listed(page: str) -> None:
    assert set(re.findall(r"\]\(([a-z0-9-]+)\.md\)", _text(page))) == KEYS


def test_pictures_are_small_and_each_is_shown() -> None:
    sizes = {path.name: path.stat().st_size for path in PICTURES.iterdir()}
    assert max(sizes.values()) <= MOST_BYTES
    assert sum(sizes.values()) <= MOST_BYTES_IN_ALL
    shown = [re.findall(r"\(pictures/([^)]+)\)", _text(page)) for page in (*KEYS, *READMES)]
    assert {name for names in shown for name in names} == set(sizes)


def test_both_languages_tell_the_same_commands() -> None:
    english, japanese = (blocks(gallery_rules.FOLDER / f"{page}.md") for page in READMES)
    assert english == japanese


@pytest.fixture
def gallery(tmp_path: Path, database_url: str) -> Iterator[GalleryTown]:
    """The town in which the pictures are taken."""
    with open_town(tmp_path, database_url) as town:
        yield town


def test_what_the_pages_tell_to_type_is_done(gallery: GalleryTown) -> None:
    """By somebody new for each page, from the first command to the last; nothing is refused."""
    typed = 0
    for program in PROGRAMS:
        commands = blocks(gallery_rules.page(program))
        card = gallery.owner(program, commands)
        for block in commands:
            answers = gallery.type_in(card, block)
            assert answers, program.key
            typed += len(answers)
    assert typed > len(PROGRAMS)
