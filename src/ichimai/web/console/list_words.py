"""What is wrong with a list, in words that say what to do."""

from collections.abc import Mapping
from typing import Final

from ichimai.programs.lists import Column, ListCode
from ichimai.web.layout import mark

COLUMNS: Final[Mapping[Column, str]] = {
    Column.RECIPIENT_NUMBER: mark("Recipient number"),
    Column.NAME: mark("Name"),
    Column.KANA: mark("Reading"),
    Column.BIRTH_DATE: mark("Birth date"),
    Column.REASON: mark("Reason"),
    Column.MARRIED_ON: mark("Wedding day"),
    Column.COUPLE_NUMBER: mark("Couple number"),
    Column.AMOUNT: mark("Amount"),
    Column.KIND: mark("Fact"),
    Column.VALUE: mark("Value"),
    Column.FROM_ON: mark("First day"),
    Column.UNTIL_ON: mark("Last day"),
}

_MEANINGS: Final[Mapping[ListCode, str]] = {
    ListCode.EMPTY_FILE: mark("The file is empty."),
    ListCode.FILE_TOO_LARGE: mark("The file is larger than 10 MB. Divide the list."),
    ListCode.TOO_MANY_ROWS: mark("The list has more rows than a list may have. Divide it."),
    ListCode.UNDECODABLE: mark(
        "A character here is neither UTF-8 nor Windows Japanese (CP932)."
        " Save the file again as one of them."
    ),
    ListCode.BROKEN_QUOTES: mark("From this row on, quotation marks do not match."),
    ListCode.NO_HEADER: mark("The first row must have the headings of the columns."),
    ListCode.UNKNOWN_HEADER: mark(
        "This heading is not known. Remove the column or correct its name."
    ),
    ListCode.DUPLICATE_HEADER: mark("This heading is there twice."),
    ListCode.MISSING_HEADER: mark("The list needs this column."),
    ListCode.NO_ROWS: mark("There is nobody on the list."),
    ListCode.RAGGED_ROW: mark("This row has more or fewer cells than the headings."),
    ListCode.MY_NUMBER: mark("This may be a My Number. It must not be in a list: remove it."),
    ListCode.FORMULA: mark("This cell begins like a formula of a spreadsheet. Remove the sign."),
    ListCode.CONTROL_CHARACTER: mark("The cell has an invisible control character. Type it anew."),
    ListCode.MISSING_VALUE: mark("This cell must not be empty."),
    ListCode.UNEXPECTED_VALUE: mark("For this reason this cell must be empty."),
    ListCode.TOO_LONG: mark("The cell has more than 100 characters."),
    ListCode.NOT_KANA: mark("The reading must be in kana."),
    ListCode.INVALID_NUMBER: mark("The number must be 1 to 20 digits and letters."),
    ListCode.INVALID_DATE: mark("This is not a date. Write 1949-03-01 or 昭和24年3月1日."),
    ListCode.UNKNOWN_DAY: mark(
        "The month or day is not known. Take the row out and decide by hand."
    ),
    ListCode.UNKNOWN_REASON: mark("The program has no such reason."),
    ListCode.OUTSIDE_WINDOW: mark("The date is outside the days for this reason."),
    ListCode.MARRIED_BEFORE_BIRTH: mark("The wedding is earlier than the birth."),
    ListCode.INVALID_AMOUNT: mark("The amount must be a whole number in plain digits."),
    ListCode.AMOUNT_NOT_ALLOWED: mark("The program does not give this amount."),
    ListCode.DUPLICATE_RECIPIENT: mark("The same person is there twice for one reason."),
    ListCode.DUPLICATE_COUPLE: mark("The same couple is there twice. The gift is for both."),
    ListCode.GRANTED_BEFORE: mark("This gift was granted before, by another list."),
    ListCode.UNKNOWN_RECIPIENT: mark("Nobody here has this number."),
    ListCode.UNKNOWN_KIND: mark("There is no such kind of fact."),
    ListCode.INVALID_VALUE: mark("A fact of this kind has no such value."),
    ListCode.UNEXPECTED_DAY: mark(
        "A birth date has no other days, and what ends has no first day. Leave this cell empty."
    ),
    ListCode.ENDS_BEFORE_BEGIN: mark("The last day is before the first."),
    ListCode.DUPLICATE_FACT: mark("The same person is there twice with one kind of fact."),
    ListCode.OTHER_BIRTH_DATE: mark(
        "Another birth date of this person is known. Ask at the counter."
    ),
    ListCode.SEEN_OTHERWISE: mark(
        "Staff saw it otherwise on a document. Name the later day from which it changed."
    ),
    ListCode.LATER_KNOWN: mark("Something is known of a later day. Name a day after that."),
    ListCode.PRIVATE_CHARACTER: mark("A character (外字) is known to one system only."),
    ListCode.LOST_CHARACTER: mark("A character seems to have been lost when the list was made."),
    ListCode.AFTER_END_OF_ERA: mark("The date is written in an era that had ended."),
}


def meaning_of(code: ListCode) -> str:
    """What is wrong, in English; every code has its words."""
    return _MEANINGS[code]
