"""The sorts of things that can be wrong with a field of a town's files."""

from enum import StrEnum


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
    CONTROL_CHARACTER = "control_character"
    """The text has a character that nobody sees, or that turns its direction."""
    USED_BEFORE = "used_before"
    CONTRADICTORY = "contradictory"
    """The value cannot be true together with another."""
    NOT_IN_THE_TOWN = "not_in_the_town"
    """The value names something that the town does not have."""
