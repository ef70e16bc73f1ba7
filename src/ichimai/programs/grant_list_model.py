"""What a list may hold, what can be wrong with one, and what is left of a good one of gifts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ichimai.kernel import text
from ichimai.kernel.ages import AgeRule, MarriageRule, Window
from ichimai.kernel.codes import CodeWithMeaning
from ichimai.kernel.errors import Invalid


class Column(StrEnum):
    """A column of a list of gifts or of facts, by its English heading."""

    RECIPIENT_NUMBER = "recipient_number"
    NAME = "name"
    KANA = "kana"
    BIRTH_DATE = "birth_date"
    REASON = "reason"
    MARRIED_ON = "married_on"
    COUPLE_NUMBER = "couple_number"
    AMOUNT = "amount"
    KIND = "kind"
    VALUE = "value"
    FROM_ON = "from_on"
    UNTIL_ON = "until_on"


class ListCode(CodeWithMeaning):
    """What can be wrong with a list, and its English title."""

    EMPTY_FILE = "empty_file", "The file is empty."
    FILE_TOO_LARGE = "file_too_large", "The file is larger than a list may be."
    TOO_MANY_ROWS = "too_many_rows", "The list has more rows than a list may have."
    UNDECODABLE = "undecodable", "This cell is neither UTF-8 nor CP932 (Windows Japanese)."
    BROKEN_QUOTES = "broken_quotes", "From this row on, quotation marks do not match."
    NO_HEADER = "no_header", "The first row does not have the headings."
    UNKNOWN_HEADER = "unknown_header", "This heading is not known."
    DUPLICATE_HEADER = "duplicate_header", "This heading is there twice."
    MISSING_HEADER = "missing_header", "The list needs this column."
    NO_ROWS = "no_rows", "There is nobody on the list."
    RAGGED_ROW = "ragged_row", "This row has more or fewer cells than the first."
    MY_NUMBER = "my_number", "This may be a My Number, which must not be here."
    FORMULA = "formula", "A spreadsheet could run this cell as a formula."
    CONTROL_CHARACTER = "control_character", "The cell has an invisible control character."
    MISSING_VALUE = "missing_value", "This cell must not be empty."
    UNEXPECTED_VALUE = "unexpected_value", "This cell must be empty for this reason."
    TOO_LONG = "too_long", "The cell has more than 100 characters."
    NOT_KANA = "not_kana", "The reading is not in kana."
    INVALID_NUMBER = "invalid_number", "The number is not 1 to 20 digits and letters."
    INVALID_DATE = "invalid_date", "This is not a date."
    UNKNOWN_DAY = "unknown_day", "The month or day is not known: decide this case by hand."
    UNKNOWN_REASON = "unknown_reason", "The program has no such reason."
    OUTSIDE_WINDOW = "outside_window", "The date is not within the days of this reason."
    MARRIED_BEFORE_BIRTH = "married_before_birth", "The marriage is earlier than the birth."
    INVALID_AMOUNT = "invalid_amount", "The amount is not a whole number in plain digits."
    AMOUNT_NOT_ALLOWED = "amount_not_allowed", "The program does not give this amount."
    DUPLICATE_RECIPIENT = "duplicate_recipient", "This person is there twice for one reason."
    GRANTED_BEFORE = "granted_before", "This was granted before, by another list."
    DUPLICATE_COUPLE = "duplicate_couple", "This couple is there twice; the gift is for both."
    UNKNOWN_RECIPIENT = "unknown_recipient", "Nobody here has this number."
    UNKNOWN_KIND = "unknown_kind", "There is no such kind of fact."
    INVALID_VALUE = "invalid_value", "A fact of this kind has no such value."
    UNEXPECTED_DAY = "unexpected_day", "A birth date has no other days, what ends no first day."
    ENDS_BEFORE_BEGIN = "ends_before_begin", "The last day is before the first."
    DUPLICATE_FACT = "duplicate_fact", "This person is there twice with one kind of fact."
    OTHER_BIRTH_DATE = "other_birth_date", "Another birth date of this person is known."
    SEEN_OTHERWISE = "seen_otherwise", "Staff saw it otherwise on a document; name a later day."
    LATER_KNOWN = "later_known", "Something is known of a later day; name a day after that."

    PRIVATE_CHARACTER = "private_character", "A character (外字) is known to one system only."
    LOST_CHARACTER = "lost_character", "A character seems to have been lost on the way."
    AFTER_END_OF_ERA = "after_end_of_era", "The date is written in an era that had ended."


WARNINGS = frozenset(
    {ListCode.PRIVATE_CHARACTER, ListCode.LOST_CHARACTER, ListCode.AFTER_END_OF_ERA}
)
"""These do not keep a list from being taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonTerms:
    """Who gets how much for one reason: ``key`` KIJU is written ``name`` 喜寿 in lists."""

    key: str
    name: str
    rule: AgeRule | MarriageRule
    units: int
    other_units: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class ListTerms:
    """What a list of one program may hold."""

    reasons: tuple[ReasonTerms, ...]
    max_bytes: int = 10 * 1024 * 1024
    max_rows: int = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RowError:
    """One thing wrong, and where: as a spreadsheet shows it, the headings in row 1.

    ``letter`` is the spreadsheet's for the column. ``value_shown`` is for the uploader's
    eyes, never a name, never a My Number and never logged. ``first_row`` is the other row
    of a duplicate.
    """

    code: ListCode
    row: int | None = None
    column: Column | None = None
    letter: str | None = None
    value_shown: str | None = field(default=None, repr=False)
    first_row: int | None = None


@dataclass(eq=False)
class ListRefused(Invalid):
    """The list has errors; nothing of it was taken."""

    errors: tuple[RowError, ...]
    total: int
    code = "list_refused"
    public = ("errors", "total")


@dataclass(frozen=True, slots=True)
class CheckedRow:
    """One gift to be made. ``couple`` is the couple's number if the gift is for both."""

    row: int
    recipient_number: str
    reason: str
    couple: str | None
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedList:
    """A list without errors. The mappings are by the reason's key; ``windows`` has all reasons."""

    rows: tuple[CheckedRow, ...]
    rows_by_reason: Mapping[str, int]
    units_by_reason: Mapping[str, int]
    total_units: int
    windows: Mapping[str, Window]
    sha256: bytes
    encoding: text.Encoding
    warnings: tuple[RowError, ...]
    total_warnings: int
