"""Who works for the operator, and a resident's forgotten PIN."""

from collections.abc import Sequence

from ichimai.kernel import Clock, ids
from ichimai.people import store
from ichimai.people.errors import NameTaken
from ichimai.people.model import SecretHash, Staff, StaffId, StaffRole
from ichimai.registry import SubjectId
from ichimai.storage import ReadTx, WriteTx


def add_staff(
    tx: WriteTx, clock: Clock, *, name: str, role: StaffRole, password: SecretHash
) -> Staff:
    """Take somebody on, under a name that nobody else has. Raises NameTaken."""
    member = Staff(StaffId(ids.uuid7(clock)), name, role)
    if not store.insert_staff(tx, member, password, clock.now()):
        raise NameTaken
    return member


def leave(tx: WriteTx, clock: Clock, staff: StaffId) -> None:
    """Let somebody go: signed out everywhere at once, kept by name for what they did."""
    store.update_left(tx, staff, clock.now())
    store.delete_sessions_of(tx, staff)


def staff_members(tx: ReadTx, members: Sequence[StaffId]) -> dict[StaffId, Staff]:
    """Those of ``members`` that exist, also those who left: for the names in a journal."""
    return {member.id: member for member in store.staff_members(tx, members)}


def reset_pin(tx: WriteTx, subject: SubjectId) -> None:
    """Forget a resident's PIN and sign them out everywhere; the next use chooses a new one."""
    store.delete_pin(tx, subject)
    store.delete_sessions_of(tx, subject)
