"""Two holders found to be one person, and that taken back: one asks, another approves, it is done.

Under the request's own id, so that it is done once; what was approved and not carried out, because
something failed in between, is finished by approving again.
"""

import json
from collections.abc import Mapping
from typing import Final
from uuid import UUID

from ichimai import audit, people, registry
from ichimai.ledger import OperationId
from ichimai.people.errors import UnknownTwoPersonRequest
from ichimai.people.model import Deed, RequestId, Staff, TwoPersonRequest
from ichimai.programs import joining
from ichimai.programs.desk import Desk
from ichimai.registry import SubjectId
from ichimai.registry.errors import AlreadyOnePerson, SplitBefore
from ichimai.registry.model import ChangeId, HolderChange, TwoSubjects
from ichimai.storage import REGISTRY, ReadTx, WriteTx

DEEDS: Final = (Deed.HOLDER_MERGE, Deed.HOLDER_SPLIT)
Moving = joining.Moving


def ask_merge(
    desk: Desk, *, kept: SubjectId, merged: SubjectId, reason: str, by: Staff
) -> TwoPersonRequest:
    """Ask that two holders be one person, who stays ``kept``.

    Raises UnknownHolder, AlreadyOnePerson and what ``people.two_person.ask`` raises.
    """
    with desk.database.read(REGISTRY) as tx:
        holders = [registry.holders.of_subject(tx, desk.sector, each) for each in (kept, merged)]
        if holders[1] in registry.holders.people(tx, holders)[holders[0]]:
            raise AlreadyOnePerson
    details = {"kept": str(kept), "merged": str(merged)}
    return _ask(desk, Deed.HOLDER_MERGE, details, reason, by)


def ask_split(desk: Desk, change: ChangeId, *, reason: str, by: Staff) -> TwoPersonRequest:
    """Ask that a merge be taken back. Raises what ``people.two_person.ask`` raises."""
    return _ask(desk, Deed.HOLDER_SPLIT, {"change": str(change)}, reason, by)


def approve(desk: Desk, id_: RequestId, *, by: Staff) -> HolderChange:
    """Approve what somebody else asked for, and carry it out: then what they have moves too.

    Raises what ``check_may_be_done``, ``people.two_person.approve``, ``registry.holders.merge``,
    ``registry.holders.split`` and the ledger raise.
    """
    with desk.database.write(desk.operator) as tx:
        waiting = {each.id: each for each in people.two_person.undone(tx, desk.clock, DEEDS)}
        asked = waiting.get(id_)
        if asked is not None:
            check_may_be_done(desk, asked)
            look = audit.Look(by.id, by.role.value, audit.Purpose.CORRECTION)
            both = list(subjects_of(tx, asked).values())
            audit.record(tx, desk.clock, look, both, audit.What.CARDS, is_change=True)
        if asked is None or not asked.is_approved:
            asked = people.two_person.approve(tx, desk.clock, id_, by=by)
    change = _carried_out(desk, asked, by)
    with desk.database.write(desk.operator) as tx:
        _move(tx, desk, asked, change, by)
        people.two_person.done(tx, desk.clock, id_)
    return change


def subjects_of(tx: ReadTx, asked: TwoPersonRequest) -> Mapping[str, SubjectId]:
    """Whom a request is about, as ``kept`` and ``merged``; empty: of no request here."""
    details = json.loads(asked.details)
    if asked.deed is Deed.HOLDER_SPLIT:
        merge = people.two_person.request(tx, RequestId(UUID(details["change"])))
        details = json.loads(merge.details) if merge else {}
    return {side: SubjectId(UUID(details[side])) for side in ("kept", "merged") if side in details}


def change_of(asked: TwoPersonRequest) -> UUID:
    """The merge that a request makes, or takes back."""
    if asked.deed is Deed.HOLDER_SPLIT:
        return UUID(json.loads(asked.details)["change"])
    return asked.id


def check_may_be_done(desk: Desk, asked: TwoPersonRequest) -> None:
    """Raises UnknownHolderChange, SplitBefore or LaterMergeFirst for what cannot be taken back."""
    if asked.deed is Deed.HOLDER_SPLIT and not asked.is_approved:
        with desk.database.read(REGISTRY) as tx:
            registry.holders.check_last(tx, ChangeId(change_of(asked)))


def look_at(desk: Desk, id_: RequestId, *, by: Staff) -> Moving:
    """What carrying a request out would move, as things are now: a look at both people.

    Raises UnknownTwoPersonRequest.
    """
    with desk.database.write(desk.operator) as tx:
        undone = people.two_person.undone(tx, desk.clock, DEEDS)
        asked = next((each for each in undone if each.id == id_), None)
        if asked is None:
            raise UnknownTwoPersonRequest
        look = audit.Look(by.id, by.role.value, audit.Purpose.CORRECTION)
        both = list(subjects_of(tx, asked).values())
        audit.record(tx, desk.clock, look, both, audit.What.WALLET)
    return _what_moves(desk, asked)


def _what_moves(desk: Desk, asked: TwoPersonRequest) -> Moving:
    change = ChangeId(change_of(asked))
    if asked.deed is Deed.HOLDER_SPLIT:
        with desk.database.read(REGISTRY) as tx:
            sides = _here(desk, registry.holders.sides(tx, change))
        with desk.database.read(desk.operator) as tx:
            now = desk.clock.now()
            return joining.by_split(tx, now, change, kept=sides.kept) if sides else Moving(())
    with desk.database.read(desk.operator) as tx:
        asked_of = subjects_of(tx, asked)
    with desk.database.read(REGISTRY) as tx:
        now_are = registry.holders.follow(tx, desk.sector, asked_of.values())
    kept, merged = (now_are[asked_of[side]] for side in ("kept", "merged"))
    with desk.database.read(desk.operator) as tx:
        return joining.by_merge(tx, desk.clock.now(), kept=kept, merged=merged)


def _ask(
    desk: Desk, deed: Deed, details: Mapping[str, str], reason: str, by: Staff
) -> TwoPersonRequest:
    with desk.database.write(desk.operator) as tx:
        return people.two_person.ask(
            tx, desk.clock, deed, details=json.dumps(details), reason=reason, by=by
        )


def _carried_out(desk: Desk, asked: TwoPersonRequest, by: Staff) -> HolderChange:
    details = json.loads(asked.details)
    with desk.database.write(REGISTRY) as tx:
        if asked.deed is Deed.HOLDER_SPLIT:
            return _split(tx, desk, ChangeId(UUID(details["change"])), asked, by)
        kept, merged = (
            registry.holders.of_subject(tx, desk.sector, SubjectId(UUID(details[side])))
            for side in ("kept", "merged")
        )
        return registry.holders.merge(
            tx, desk.clock, kept, merged, by.id, change=ChangeId(asked.id)
        )


def _split(
    tx: WriteTx, desk: Desk, change: ChangeId, asked: TwoPersonRequest, by: Staff
) -> HolderChange:
    """Take a merge back, or find that this was done when the request was begun before."""
    try:
        return registry.holders.split(tx, desk.clock, change, by.id)
    except SplitBefore:
        if not asked.is_approved:
            raise
        return registry.holders.sides(tx, change)


def _move(
    tx: WriteTx, desk: Desk, asked: TwoPersonRequest, change: HolderChange, by: Staff
) -> None:
    sides = _here(desk, change)
    if sides is None:
        return
    operation, kept, merged = OperationId(asked.id), sides.kept, sides.merged
    if asked.deed is Deed.HOLDER_MERGE:
        joining.merge(tx, desk, operation, kept=kept, merged=merged, by=by.id)
        return
    merge = OperationId(change.id)
    joining.split(tx, desk, operation, merge=merge, kept=kept, merged=merged, by=by.id)


def _here(desk: Desk, change: HolderChange) -> TwoSubjects | None:
    """The two people of a change as this operator knows them; None: it knows one at most."""
    return next((each for each in change.told if each.sector == desk.sector), None)
