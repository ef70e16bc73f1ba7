"""What a claim may say, and when it counts. Pure."""

import json
import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

from ichimai.kernel import check_digits, text
from ichimai.kernel.ages import OLDEST_YEARS, shifted
from ichimai.people.records.claim_model import Claim, ClaimKind, NewClaim, Source
from ichimai.people.records.errors import ClaimConflicts, InvalidClaim

_DAYS = (ClaimKind.BIRTH_DATE, ClaimKind.RESIDENT_SINCE)
_LONGEST_DISTRICT = 20
_LONGEST_EVIDENCE = 60


def checked(new: NewClaim, today: date) -> NewClaim:
    """A claim that may be added. Raises InvalidClaim, MyNumberRefused.

    A birth date lies in the 150 years until today, a day of moving in not after ``from_on``. A
    district has 1 to 20 characters; which there are is the town's matter.
    """
    evidence = checked_evidence(new.evidence)
    if new.until_on is not None and new.until_on < new.from_on:
        raise InvalidClaim("until_on")
    if not _is_value(new, today):
        raise InvalidClaim("value")
    return replace(new, evidence=evidence)


def checked_evidence(evidence: str) -> str:
    """What a claim stands on, 1 to 60 characters. Raises InvalidClaim, MyNumberRefused."""
    plain = check_digits.without_my_number(evidence.strip())
    if not 1 <= len(plain) <= _LONGEST_EVIDENCE or text.has_control(plain):
        raise InvalidClaim("evidence")
    return plain


def _is_value(new: NewClaim, today: date) -> bool:
    if new.kind is ClaimKind.DISABILITY_GRADE:
        return re.fullmatch("[1-7]", new.value) is not None
    if new.kind is ClaimKind.DISTRICT:
        is_short = 1 <= len(new.value) <= _LONGEST_DISTRICT
        return is_short and new.value == new.value.strip() and not text.has_control(new.value)
    if new.kind not in _DAYS:
        return not new.value
    if not re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", new.value):
        return False
    try:
        day = date.fromisoformat(new.value)
    except ValueError:
        return False
    last = today if new.kind is ClaimKind.BIRTH_DATE else new.from_on
    return shifted(today, -OLDEST_YEARS) <= day <= last


def check_alone(new: NewClaim, known: Iterable[Claim]) -> None:
    """Make sure that no other claim of the kind counts on a day of the new one.

    Raises ClaimConflicts: two birth dates would let whoever asks choose one.
    """
    for claim in known:
        if claim.said.kind is new.kind and overlap(claim, new):
            raise ClaimConflicts


def last_on(claim: Claim) -> date | None:
    """The last day on which a claim that is not void counts; None: it has no end."""
    ends = [claim.said.until_on, claim.ended_on and claim.ended_on - timedelta(days=1)]
    return min((end for end in ends if end is not None), default=None)


def overlap(claim: Claim, new: NewClaim) -> bool:
    """Whether a claim counts on a day of the new one."""
    last = last_on(claim)
    is_over = last is not None and last < max(claim.said.from_on, new.from_on)
    begins_in_time = new.until_on is None or claim.said.from_on <= new.until_on
    return begins_in_time and not is_over and not claim.is_void


def counts_on(claim: Claim, day: date) -> bool:
    """Whether a claim counts on ``day``."""
    said = claim.said
    is_between = said.from_on <= day and (said.until_on is None or day <= said.until_on)
    return is_between and not claim.is_void and (claim.ended_on is None or day < claim.ended_on)


def is_over(claim: Claim, today: date) -> bool:
    """Whether a claim was ended, or never true; one whose own days are over is not meant."""
    return claim.is_void or (claim.ended_on is not None and claim.ended_on <= today)


def facts(claims: Iterable[Claim], day: date) -> dict[ClaimKind, str]:
    """What counts on ``day``; one value a kind."""
    return {claim.said.kind: claim.said.value for claim in claims if counts_on(claim, day)}


def birth_date(known: dict[ClaimKind, str]) -> date | None:
    """The birth date among facts."""
    value = known.get(ClaimKind.BIRTH_DATE)
    return date.fromisoformat(value) if value else None


def to_text(new: NewClaim) -> str:
    """What is sealed of a claim."""
    until = new.until_on.isoformat() if new.until_on else None
    return json.dumps([new.value, new.from_on.isoformat(), until])


def of_text(sealed: str, *, kind: str, source: str, evidence: str) -> NewClaim:
    """The claim again."""
    value, from_on, until = json.loads(sealed)
    return NewClaim(
        kind=ClaimKind(kind),
        value=value,
        source=Source(source),
        evidence=evidence,
        from_on=date.fromisoformat(from_on),
        until_on=date.fromisoformat(until) if until else None,
    )
