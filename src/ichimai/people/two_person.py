"""What one member of staff asks and another must approve, before it expires, and then is done.

1. ``ask`` (by a role that may) keeps what is to be done, word for word.
2. ``approve`` or ``decline`` (by another person, of a role that may) decides, once.
3. ``done`` says that an approved request was carried out. Where that happens in another
   schema, carry it out between 2 and 3 with the request's id as its own: done twice by a
   process that was killed in between, it is done once.
"""

from collections.abc import Sequence

from ichimai.kernel import Clock, check_digits, ids
from ichimai.people import rules, two_person_store
from ichimai.people.errors import UnknownTwoPersonRequest
from ichimai.people.model import Deed, RequestId, Staff, TwoPersonRequest
from ichimai.storage import ReadTx, WriteTx


def ask(
    tx: WriteTx, clock: Clock, deed: Deed, *, details: str, reason: str, by: Staff
) -> TwoPersonRequest:
    """Ask for something; ``details`` is JSON of at most 40,000 characters, ``reason`` of 1 to 200.

    Raises MayNotAskOrApprove, MyNumberRefused.
    """
    rules.check_may_ask(by, deed)
    check_digits.without_my_number(reason)
    now = clock.now()
    request = TwoPersonRequest(
        id=RequestId(ids.uuid7(clock)),
        deed=deed,
        organisation=by.organisation.id,
        details=details,
        reason=reason,
        asked_by=by.id,
        asked_at=now,
        expires_at=now + rules.WAITS_FOR_SECOND,
    )
    two_person_store.insert(tx, request)
    return request


def approve(tx: WriteTx, clock: Clock, id_: RequestId, *, by: Staff) -> TwoPersonRequest:
    """Approve, as another person than the one who asked; what is to be done is in the answer.

    Raises UnknownTwoPersonRequest and what ``rules.check_may_decide`` raises.
    """
    return _decide(tx, clock, id_, by, is_approved=True)


def decline(tx: WriteTx, clock: Clock, id_: RequestId, *, by: Staff) -> TwoPersonRequest:
    """Decline, likewise. Raises the same."""
    return _decide(tx, clock, id_, by, is_approved=False)


def done(tx: WriteTx, clock: Clock, id_: RequestId) -> None:
    """Write that an approved request was carried out; again is no error."""
    two_person_store.update_done(tx, id_, clock.now())


def undone(tx: ReadTx, clock: Clock, deeds: Sequence[Deed]) -> list[TwoPersonRequest]:
    """What waits for a second person, and what was approved and is not yet carried out."""
    return two_person_store.undone(tx, deeds, clock.now())


def request(tx: ReadTx, id_: RequestId) -> TwoPersonRequest | None:
    """One request, whatever became of it."""
    return two_person_store.request(tx, id_)


def latest_done(tx: ReadTx, deeds: Sequence[Deed], *, limit: int = 50) -> list[TwoPersonRequest]:
    """What was carried out, the latest first."""
    return two_person_store.latest_done(tx, deeds, limit)


def _decide(
    tx: WriteTx, clock: Clock, id_: RequestId, by: Staff, *, is_approved: bool
) -> TwoPersonRequest:
    request = two_person_store.lock(tx, id_)
    if request is None:
        raise UnknownTwoPersonRequest
    rules.check_may_decide(by, request, clock.now())
    two_person_store.update_decided(tx, id_, by.id, clock.now(), is_approved=is_approved)
    return request
