"""CSV and TOML files read into typed shapes; whatever is wrong is named by line and field."""

import csv
import re
import tomllib
from collections.abc import Iterator
from importlib.resources.abc import Traversable
from typing import NoReturn, TypeVar

import msgspec

from ichimai.kernel.text import has_control
from ichimai.towns.errors import Problem, TownInvalid

ShapeT = TypeVar("ShapeT", bound=msgspec.Struct)

_MESSAGE = re.compile(r"(?P<what>.*?)(?: - at `\$\.?(?P<path>.*)`)?", re.DOTALL)
_NAMED_FIELD = re.compile(
    r"Object (?P<what>missing required|contains unknown) field `(?P<name>.*)`"
)
_HEADER = re.compile(r"\s*(?P<brackets>\[\[?)\s*(?P<path>[\w.-]+)\s*\]")
_KEY = re.compile(r"\s*(?P<key>[\w-]+)\s*=")
_TOML_PLACE = re.compile(r"\(at line (\d+)")


def text_of(folder: Traversable, name: str) -> str:
    """A file's text, without byte order mark. Raises TownInvalid."""
    try:
        return folder.joinpath(name).read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise TownInvalid(name, 0, "", Problem.NO_FILE) from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise TownInvalid(name, line, "", Problem.NOT_UTF_8) from None


def rows(folder: Traversable, name: str, shape: type[ShapeT]) -> Iterator[tuple[int, ShapeT]]:
    """The rows of a CSV file with their lines; an empty cell is as if its column were absent.

    The header names each field of ``shape`` once, in any order. Raises TownInvalid.
    """
    reader = csv.reader(text_of(folder, name).splitlines(keepends=True), strict=True)
    line, header = 0, None
    try:
        for cells in reader:
            line = reader.line_num
            if header is None:
                header = _header(name, cells, shape)
                continue
            yield line, _row(name, line, header, cells, shape)
    except csv.Error:
        raise TownInvalid(name, line + 1, "", Problem.NOT_CSV) from None
    if header is None:
        raise TownInvalid(name, 1, "", Problem.MISSING_FIELD)


def table(
    folder: Traversable, name: str, shape: type[ShapeT], *, has_lines: bool = False
) -> tuple[ShapeT, "Places"]:
    """A TOML file, and where its fields are; see ``decoded``. Raises TownInvalid."""
    return decoded(name, text_of(folder, name), shape, has_lines=has_lines)


def decoded(
    name: str, text: str, shape: type[ShapeT], *, has_lines: bool = False
) -> tuple[ShapeT, "Places"]:
    """The text of the TOML file ``name``, and where its fields are.

    ``has_lines``: values may have several lines. Raises TownInvalid.
    """
    places = Places(name, text)
    try:
        content = tomllib.loads(text)
        for path in _with_control(content, "", has_lines=has_lines):
            places.refuse(path, Problem.CONTROL_CHARACTER)
        return msgspec.convert(content, shape), places
    except tomllib.TOMLDecodeError as error:
        found = _TOML_PLACE.search(str(error))
        line = int(found[1]) if found else len(text.splitlines())
        raise TownInvalid(name, line, "", Problem.NOT_TOML) from None
    except msgspec.ValidationError as error:
        path, problem = _fault(error)
        places.refuse(path, problem)


def _with_control(value: object, path: str, *, has_lines: bool) -> Iterator[str]:
    """The paths of values with control characters."""
    if isinstance(value, dict):
        for key, each in value.items():
            within = f"{path}.{key}" if path else key
            yield from _with_control(each, within, has_lines=has_lines)
    elif isinstance(value, list):
        for place, each in enumerate(value):
            yield from _with_control(each, f"{path}[{place}]", has_lines=has_lines)
    elif isinstance(value, str):
        lines = value.split("\n") if has_lines else [value]
        if any(has_control(line) for line in lines):
            yield path


class Places:
    """The lines of a TOML file by the paths of its fields, as in ``program[0].reason[2].years``.

    Good for files as people write them: one key a line, tables under headers.
    """

    def __init__(self, file: str, text: str) -> None:
        self._file = file
        self._lines = dict(_places(text))

    def line_of(self, path: str) -> int:
        """The line of ``path``, or of the nearest table around it."""
        around = path
        while around and around not in self._lines:
            around = re.sub(r"(^|\.)[^.\[]*$|\[\d+\]$", "", around)
        return self._lines.get(around, 1)

    def refuse(self, path: str, problem: Problem) -> NoReturn:
        """Raises TownInvalid at the line of ``path``."""
        raise TownInvalid(self._file, self.line_of(path), path, problem)


def _places(text: str) -> Iterator[tuple[str, int]]:
    current, last_index = "", dict[str, int]()
    for line, content in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(content):
            current = ""
            parts = header["path"].split(".")
            for position, part in enumerate(parts, start=1):
                current = f"{current}.{part}" if current else part
                if position == len(parts) and header["brackets"] == "[[":
                    last_index[current] = last_index.get(current, -1) + 1
                if current in last_index:
                    current += f"[{last_index[current]}]"
            yield current, line
        elif key := _KEY.match(content):
            yield f"{current}.{key['key']}" if current else key["key"], line


def _header(name: str, cells: list[str], shape: type[msgspec.Struct]) -> list[str]:
    fields = shape.__struct_encode_fields__
    for field in cells:
        if field not in fields:
            raise TownInvalid(name, 1, field, Problem.UNKNOWN_FIELD)
        if cells.count(field) > 1:
            raise TownInvalid(name, 1, field, Problem.USED_BEFORE)
    for field in fields:
        if field not in cells:
            raise TownInvalid(name, 1, field, Problem.MISSING_FIELD)
    return cells


def _row(name: str, line: int, header: list[str], cells: list[str], shape: type[ShapeT]) -> ShapeT:
    if len(cells) != len(header):
        raise TownInvalid(name, line, "", Problem.RAGGED_ROW)
    filled = {field: cell for field, cell in zip(header, cells, strict=True) if cell}
    for field, cell in filled.items():
        if has_control(cell):
            raise TownInvalid(name, line, field, Problem.CONTROL_CHARACTER)
    try:
        return msgspec.convert(filled, shape, strict=False)
    except msgspec.ValidationError as error:
        path, problem = _fault(error)
        raise TownInvalid(name, line, path, problem) from None


def _fault(error: msgspec.ValidationError) -> tuple[str, Problem]:
    """The path of what a shape refused, and why; msgspec says both in its message alone."""
    message = _MESSAGE.fullmatch(str(error))
    what, path = (message["what"], message["path"] or "") if message else (str(error), "")
    named = _NAMED_FIELD.fullmatch(what)
    if named is None:
        return path, Problem.WRONG_VALUE
    is_missing = named["what"] == "missing required"
    problem = Problem.MISSING_FIELD if is_missing else Problem.UNKNOWN_FIELD
    return f"{path}.{named['name']}" if path else named["name"], problem
