"""What can be wrong with a town's files."""

from dataclasses import dataclass
from enum import StrEnum

from ichimai.kernel.errors import Invalid, NotFound


class Problem(StrEnum):
    """What is wrong with a field of a town's file."""

    NO_FILE = "no_file"
    NOT_UTF_8 = "not_utf_8"
    NOT_CSV = "not_csv"
    NOT_TOML = "not_toml"
    RAGGED_ROW = "ragged_row"
    MISSING_FIELD = "missing_field"
    UNKNOWN_FIELD = "unknown_field"
    WRONG_VALUE = "wrong_value"
    USED_BEFORE = "used_before"
    NOT_IN_THE_TOWN = "not_in_the_town"
    """The value names a district or a class of shops that the town does not have."""


@dataclass(eq=False)
class TownInvalid(Invalid):
    """A file of the town cannot be used as it is."""

    file: str
    line: int
    """From 1; 0 is the file as a whole."""
    field: str
    """A column, or a path such as ``program[0].reason[2].years``; empty: the line itself."""
    problem: Problem
    code = "town_invalid"
    public = ("file", "line", "field", "problem")

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.field or 'line'}: {self.problem}"


@dataclass(eq=False)
class UnknownTown(NotFound):
    """No town of this name comes with Ichimai, and no folder has this path."""

    name: str
    code = "unknown_town"
    public = ("name",)
