"""The page about programs explains every field of their terms, with an example that can be."""

import re
import tomllib
from collections.abc import Iterator
from enum import Enum
from typing import Any, Final, NamedTuple

import msgspec
import pytest

from ichimai.programs import terms
from tests.tidy.tree import source

PAGE: Final = "docs/reference/programs.md"
SECTIONS: Final[dict[str, type[msgspec.Struct]]] = {
    "`[[program]]`": terms.Program,
    "`[program.use]`": terms.Use,
    "`[program.expiry]`": terms.Expiry,
    "`[[program.earning]]`": terms.Earning,
    "`[[program.bonus]]`": terms.Bonus,
    "`[[program.exchange]]`": terms.Exchange,
    "`minimums`": terms.Minimum,
    "`[program.top_up]`": terms.TopUp,
    "`[[program.thing]]`": terms.Thing,
    "`[program.settlement]`": terms.Settlement,
    "`[[program.reason]]`": terms.Reason,
    "Where": terms.Acceptance,
    "When": terms.When,
    "Who": terms.Who,
    "Limits": terms.Limits,
}


class Told(NamedTuple):
    """A row of the page."""

    section: str
    field: str
    left_out: str
    example: str


def _told() -> Iterator[Told]:
    page = source(PAGE)
    assert page
    section = ""
    for line in page.lines:
        if heading := re.fullmatch(r"##+ (.*)", line):
            section = heading[1]
        elif row := re.fullmatch(r"\| `(\w+)` \| (.*?) ?\| (.*) \| `(.*)` \|", line):
            yield Told(section, row[1], row[2], row[4])


TOLD: Final = list(_told())


def _tables(struct: type[msgspec.Struct]) -> Iterator[type[msgspec.Struct]]:
    """A table of terms, and those within it."""
    yield struct
    for field in msgspec.structs.fields(struct):
        for found in re.findall(r"terms\.(\w+)|scopes\.(\w+)", str(field.type)):
            inner = getattr(terms, found[0] or found[1], None)
            if isinstance(inner, type) and issubclass(inner, msgspec.Struct):
                yield from _tables(inner)


def test_every_table_of_terms_has_its_section() -> None:
    covered = {*SECTIONS.values(), terms.Where}
    assert set(_tables(terms.Program)) <= covered


@pytest.mark.parametrize("section", SECTIONS)
def test_every_field_is_explained_once_and_no_other(section: str) -> None:
    fields = [field.encode_name for field in msgspec.structs.fields(SECTIONS[section])]
    assert sorted(each.field for each in TOLD if each.section == section) == sorted(fields)


@pytest.mark.parametrize("told", TOLD, ids=lambda told: f"{told.section} {told.field}")
def test_an_example_is_one_and_what_is_left_out_is_so(told: Told) -> None:
    field = _field(told)
    said = tomllib.loads(f"x = {told.example}")["x"]
    example = msgspec.convert(said, field.type)
    assert field.required is (told.left_out == "")
    if told.left_out.startswith("`"):
        assert _plain(field.default) == tomllib.loads(f"x = {told.left_out.strip('`')}")["x"]
    elif not field.required:
        assert not field.default or isinstance(field.default, msgspec.Struct)
    assert example != field.default


def _field(told: Told) -> msgspec.structs.FieldInfo:
    fields = msgspec.structs.fields(SECTIONS[told.section])
    return next(field for field in fields if field.encode_name == told.field)


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever TOML can say
    return value.value if isinstance(value, Enum) else value
