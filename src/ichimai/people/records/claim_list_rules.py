"""What a list changes of what is known. Pure.

A list speaks of each kind as having one value at a time. What an earlier list said gives way to
what a later one says. What staff saw on a document was so on the day they saw it: a list may say
what changed after that day, if it names the day, and not that it was otherwise.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Final

from ichimai.people.records.claim_list_model import Change, Difference, Ending, Outcome, Said
from ichimai.people.records.claim_model import Claim, ClaimKind, NewClaim, Source
from ichimai.people.records.claim_rules import last_on, overlap

_NAME_THEIR_DAY: Final = (ClaimKind.BIRTH_DATE, ClaimKind.RESIDENT_SINCE)
_DAY: Final = timedelta(days=1)


def claim_of(said: Said, list_name: str, today: date) -> NewClaim:
    """The claim that a row with a value makes; the value of a birth date or a residence is a day.

    Raises ValueError when it is none.
    """
    from_on = said.from_on or today
    if said.from_on is None and said.kind in _NAME_THEIR_DAY:
        from_on = date.fromisoformat(said.value or "")
    return NewClaim(said.kind, said.value or "", Source.LIST, list_name, from_on, said.until_on)


def decide(known: Iterable[Claim], said: Said, list_name: str, today: date) -> Outcome:
    """What is to be written so that ``said`` is known; ``known``: all claims about the person."""
    of_kind = [claim for claim in known if claim.said.kind is said.kind and not claim.is_void]
    if said.value is None:
        return _ended(of_kind, said.until_on, today)
    new = claim_of(said, list_name, today)
    met = [claim for claim in of_kind if overlap(claim, new)]
    same = [claim for claim in met if claim.said.value == new.value]
    if same:
        return _same(max(same, key=lambda claim: claim.said.from_on), of_kind, new, today)
    is_dated = said.from_on is not None or said.kind in _NAME_THEIR_DAY
    return _replaced(met, new, today, is_dated=is_dated)


def _ended(of_kind: Sequence[Claim], until_on: date | None, today: date) -> Outcome:
    ended_on = today if until_on is None else until_on + _DAY
    ends = []
    for claim in of_kind:
        last, from_on = last_on(claim), claim.said.from_on
        if last is not None and last < max(ended_on, from_on):
            continue
        if _is_seen(claim) and (until_on is None or until_on < from_on):
            return Difference.DOCUMENT
        if from_on > ended_on:
            return Difference.LATER
        ends.append(Ending(claim.id, ended_on, is_void=False))
    return Change(tuple(ends)) if ends else None


def _same(claim: Claim, of_kind: Sequence[Claim], new: NewClaim, today: date) -> Outcome:
    """``claim`` says the same in days of ``new``: it may end sooner now, or go on for longer."""
    last, until_on = last_on(claim), new.until_on
    if until_on is None:
        return None if last is None or last >= today else Difference.LATER
    if last is None or until_on < last:
        return Change((Ending(claim.id, until_on + _DAY, is_void=False),))
    if until_on == last:
        return None
    goes_on = NewClaim(new.kind, new.value, new.source, new.evidence, last + _DAY, until_on)
    is_free = not any(overlap(other, goes_on) for other in of_kind)
    return Change(new=goes_on) if is_free else Difference.LATER


def _replaced(met: Sequence[Claim], new: NewClaim, today: date, *, is_dated: bool) -> Outcome:
    """``met`` say something else in days of ``new``."""
    ends = []
    for claim in met:
        if new.kind is ClaimKind.BIRTH_DATE:
            return Difference.BIRTH_DATE
        from_on, last = claim.said.from_on, last_on(claim)
        if _is_seen(claim) and (from_on >= new.from_on or not is_dated):
            return Difference.DOCUMENT
        was_until = new.until_on is not None and new.until_on < today
        goes_on = last is None or new.until_on is None or last > new.until_on
        if from_on > new.from_on or (was_until and goes_on):
            return Difference.LATER
        ends.append(Ending(claim.id, new.from_on, is_void=from_on == new.from_on))
    return Change(tuple(ends), new)


def _is_seen(claim: Claim) -> bool:
    return claim.said.source is not Source.LIST
