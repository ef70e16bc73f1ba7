"""Why somebody may not look."""

from dataclasses import dataclass

from ichimai.kernel import errors


@dataclass(eq=False)
class UnknownPurpose(errors.Invalid):
    """Looking at a person's record needs one of the purposes in the list."""

    code = "unknown_purpose"


@dataclass(eq=False)
class InvalidNote(errors.Invalid):
    """A note is one line of up to 200 characters; another purpose needs one of at least 5."""

    code = "invalid_note"


@dataclass(eq=False)
class TooManyRecords(errors.Forbidden):
    """A look may show no more than 20 people's records; ask more narrowly."""

    code = "too_many_records"


@dataclass(eq=False)
class NotYourRecord(errors.NotFound):
    """There is no such record of yours."""

    code = "not_your_record"
