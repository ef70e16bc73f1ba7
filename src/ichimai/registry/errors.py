"""What can be wrong with a card or a holder, as far as people may know."""

from dataclasses import dataclass
from uuid import UUID

from ichimai.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable


@dataclass(eq=False)
class MistypedCode(Invalid):
    """The card's code is mistyped; please compare it with the card."""

    code = "mistyped_code"


@dataclass(eq=False)
class UnknownCredential(NotFound):
    """No such card was issued here."""

    code = "unknown_credential"


@dataclass(eq=False)
class UnknownHolder(NotFound):
    """The registry knows no such holder."""

    holder: UUID
    code = "unknown_holder"


@dataclass(eq=False)
class UnknownHolderChange(NotFound):
    """There is no such merge of two holders."""

    code = "unknown_holder_change"


@dataclass(eq=False)
class UnknownScheme(NotFound):
    """No cards of such a scheme are known here."""

    code = "unknown_scheme"


@dataclass(eq=False)
class NumberTaken(Conflict):
    """This card is somebody's already; nothing was linked."""

    code = "number_taken"


@dataclass(eq=False)
class StoppedBefore(Conflict):
    """This card was stopped or replaced and is not taken again; please use another."""

    code = "stopped_before"


@dataclass(eq=False)
class UnfitCredential(Invalid):
    """What this card or phone shows of itself changes, or is not its own; please use another."""

    code = "unfit_credential"


@dataclass(eq=False)
class NotTheSamePerson(Forbidden):
    """The card to be renewed is not a card of the person who was shown."""

    code = "not_the_same_person"


@dataclass(eq=False)
class AlreadyOnePerson(Conflict):
    """These two are known to be one person already."""

    code = "already_one_person"


@dataclass(eq=False)
class DifferentHolderChange(Conflict):
    """This id was given to a merge of other holders; please use a new one."""

    code = "different_holder_change"


@dataclass(eq=False)
class SplitBefore(Conflict):
    """This merge was taken back before."""

    code = "split_before"


@dataclass(eq=False)
class LaterMergeFirst(Conflict):
    """One of these people was made one with somebody later; take that back first."""

    code = "later_merge_first"
    public = ("change",)

    change: UUID


@dataclass(eq=False)
class HolderChanging(Unavailable):
    """Somebody else was changing this person's entries at the same moment; ask again."""

    code = "holder_changing"


@dataclass(eq=False)
class SchemeTaken(Conflict):
    """There are cards of a scheme with this name, and they are others."""

    code = "scheme_taken"


@dataclass(eq=False)
class WrongRegistryKey(Unavailable):
    """The registry was written with another key than the one in use; restore that key."""

    code = "wrong_registry_key"


@dataclass(eq=False)
class RotationUnfinished(Conflict):
    """The key that was added last is not in use for all numbers yet; finish that first."""

    code = "rotation_unfinished"


@dataclass(eq=False)
class NoKeyToRotateTo(Conflict):
    """All numbers are hashed with the newest key; add another first."""

    code = "no_key_to_rotate_to"
