"""What the counter itself refuses."""

from dataclasses import dataclass

from ichimai.kernel import errors


@dataclass(eq=False)
class NotForThisPurpose(errors.Forbidden):
    """This is not done for the purpose that was chosen; end, and choose the right one."""

    code = "not_for_this_purpose"


@dataclass(eq=False)
class StrongerCardNeeded(errors.Forbidden):
    """A number that can be copied adds nothing that could pay; show another card first."""

    code = "stronger_card_needed"


@dataclass(eq=False)
class NothingShown(errors.Invalid):
    """No card was shown and no code typed."""

    code = "nothing_shown"


@dataclass(eq=False)
class OtherCard(errors.Conflict):
    """Another card was shown than the one with which this was begun; nothing was changed."""

    code = "other_card"


@dataclass(eq=False)
class DraftOver(errors.Conflict):
    """What was begun is over, because of the time or of another card; nothing was changed."""

    code = "draft_over"


@dataclass(eq=False)
class RegisterNumberTaken(errors.Conflict):
    """This number of the resident register stands for somebody else."""

    code = "register_number_taken"


@dataclass(eq=False)
class HasRegisterNumber(errors.Conflict):
    """This person has another number of the resident register."""

    code = "has_register_number"


@dataclass(eq=False)
class InvalidRegisterNumber(errors.Invalid):
    """A number of the resident register has 1 to 20 letters and digits."""

    code = "invalid_register_number"


@dataclass(eq=False)
class DocumentNotSeen(errors.Invalid):
    """Say which document was seen."""

    code = "document_not_seen"


@dataclass(eq=False)
class InvalidDay(errors.Invalid):
    """This is no day; write it as on the document, in the era or by the year."""

    code = "invalid_day"


@dataclass(eq=False)
class NobodyFound(errors.NotFound):
    """Nobody of this kana and birth date is known, or several are."""

    code = "nobody_found"


@dataclass(eq=False)
class CardNotReplaceable(errors.Conflict):
    """This card cannot be put in the place of another one."""

    code = "card_not_replaceable"
