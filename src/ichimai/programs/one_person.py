"""Two holders found to be one person, and that taken back: one asks, another approves, it is done.

Under the request's own id, so that it is done once; what was approved and not carried out, because
something failed in between, is finished by approving again.
"""

import json
from collections.abc import Mapping
from typing import Final
from uuid import UUID

from ichimai import audit, people, registry
from ichimai.people.model import Deed, RequestId, Staff, TwoPersonRequest
from ichimai.programs import wallets
from ichimai.programs.desk import Desk
from ichimai.registry import SubjectId
from ichimai.registry.errors import AlreadyOnePerson
from ichimai.registry.model import ChangeId, HolderChange
from ichimai.storage import REGISTRY, ReadTx

DEEDS: Final = (Deed.HOLDER_MERGE, Deed.HOLDER_SPLIT)


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
    """Approve what somebody else asked for, and carry it out.

    Raises WalletNotEmpty while there is value on the side that would be merged, and nothing is
    approved then; what ``people.two_person.approve``, ``registry.holders.merge`` and
    ``registry.holders.split`` raise.
    """
    with desk.database.write(desk.operator) as tx:
        waiting = {each.id: each for each in people.two_person.undone(tx, desk.clock, DEEDS)}
        asked = waiting.get(id_)
        if asked is not None:
            check_may_be_done(tx, desk, asked)
            look = audit.Look(by.id, by.role.value, audit.Purpose.CORRECTION)
            both = list(subjects_of(tx, asked).values())
            audit.record(tx, desk.clock, look, both, audit.What.CARDS, is_change=True)
        if asked is None or not asked.is_approved:
            asked = people.two_person.approve(tx, desk.clock, id_, by=by)
    change = _carried_out(desk, asked, by)
    with desk.database.write(desk.operator) as tx:
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


def check_may_be_done(tx: ReadTx, desk: Desk, asked: TwoPersonRequest) -> None:
    """Raises WalletNotEmpty when a merge would leave value that no card reaches any more."""
    if asked.deed is Deed.HOLDER_MERGE:
        wallets.check_empty(tx, desk.clock, subjects_of(tx, asked)["merged"])


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
            change = ChangeId(UUID(details["change"]))
            return registry.holders.split(tx, desk.clock, change, by.id)
        kept, merged = (
            registry.holders.of_subject(tx, desk.sector, SubjectId(UUID(details[side])))
            for side in ("kept", "merged")
        )
        return registry.holders.merge(
            tx, desk.clock, kept, merged, by.id, change=ChangeId(asked.id)
        )
