"""Names and contacts: written, read, found, handed over, exported, and erased for ever."""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from ichimai import audit, identity
from ichimai.kernel import Clock, ids
from ichimai.kernel.clock import day_in_tokyo
from ichimai.kernel.ids import NIL
from ichimai.people import way_in_store
from ichimai.people.records import (
    claim_rules,
    claim_store,
    consent_rules,
    consent_store,
    delegate_store,
    exporting,
    key_store,
    membership_store,
    personal_index,
    personal_rules,
    personal_store,
)
from ichimai.people.records.consent_model import Consent, DataCategory, How, Wanted
from ichimai.people.records.consent_store import Disclosure
from ichimai.people.records.errors import NothingKnown, WrongPersonalKey
from ichimai.people.records.key_store import Erasure
from ichimai.people.records.personal_model import Details, Personal
from ichimai.people.records.sealing import PersonalKey, SubjectKey
from ichimai.registry import SubjectId
from ichimai.storage import ReadTx, WriteTx

__all__ = [
    "Details",
    "HandedOver",
    "Personal",
    "PersonalKey",
    "confirm",
    "erase",
    "export",
    "find",
    "hand_over",
    "read",
    "rewrap",
    "write",
]

_MOST_FOUND = 5


class HandedOver(NamedTuple):
    """What went, and the consent that says to whom and for what."""

    consent: Consent
    data: Mapping[DataCategory, object]


def confirm(tx: ReadTx, key: PersonalKey) -> None:
    """Make sure that ``key`` opens what is kept here, for start-up. Raises WrongPersonalKey."""
    if not key_store.wrappings(tx) <= key.fingerprints:
        raise WrongPersonalKey


def write(
    tx: WriteTx,
    key: PersonalKey,
    clock: Clock,
    by: audit.Look | audit.Myself,
    subject: SubjectId,
    *,
    details: Details,
) -> None:
    """Keep a person's details. Raises InvalidPersonal, MyNumberRefused."""
    checked = personal_rules.checked(details)
    now = clock.now()
    audit.record(tx, clock, by, [subject], audit.What.PERSONAL, is_change=True)
    own = key_store.held(tx, key, SubjectKey.new(subject, ids.uuid7(clock)), now)
    staff = NIL if isinstance(by, audit.Myself) else by.staff
    personal_store.insert(tx, own, ids.uuid7(clock), checked, staff=staff, at=now)
    personal_index.keep(tx, key, own, day_in_tokyo(now))


def read(
    tx: WriteTx,
    key: PersonalKey,
    clock: Clock,
    by: audit.Look | audit.Myself,
    subject: SubjectId,
) -> Personal:
    """What describes a person. Raises NothingKnown."""
    audit.record(tx, clock, by, [subject], audit.What.PERSONAL)
    own = key_store.key_of(tx, key, subject)
    details = personal_store.latest(tx, own) if own else None
    if own is None or details is None:
        raise NothingKnown
    facts = claim_rules.facts(claim_store.of_subject(tx, own), day_in_tokyo(clock.now()))
    return Personal(details, claim_rules.birth_date(facts))


def find(
    tx: WriteTx, key: PersonalKey, clock: Clock, look: audit.Look, *, kana: str, born_on: date
) -> list[SubjectId]:
    """The people, five at most, with exactly this kana and birth date: for a lost card.

    Two of one name and birthday are two: who calls must be told apart by other things.
    That somebody searched is written, whomever it found. Raises InvalidPersonal.
    """
    wanted = Details("", personal_rules.normalised_kana(kana))
    people = personal_store.found(tx, personal_index.hashes_of(key, wanted, born_on), _MOST_FOUND)
    audit.record(tx, clock, look, people or [NIL], audit.What.SEARCH)
    return people


def hand_over(
    tx: WriteTx,
    key: PersonalKey,
    clock: Clock,
    look: audit.Look,
    subject: SubjectId,
    *,
    wanted: Wanted,
) -> HandedOver:
    """What a person consented to hand over, and no more; that it went is written.

    Raises ConsentMissing, also for a part of the categories; NothingKnown. Then nothing is written.
    """
    now = clock.now()
    today = day_in_tokyo(now)
    consent = consent_rules.covering(consent_store.of_subject(tx, subject), today, wanted)
    own = key_store.key_of(tx, key, subject)
    if own is None:
        raise NothingKnown
    audit.record(tx, clock, look, [subject], audit.What.DISCLOSURE)
    categories = sorted(wanted.categories or consent.categories)
    handed = Disclosure(consent.id, list(categories), look.staff, now)
    consent_store.insert_disclosure(tx, ids.uuid7(clock), subject, handed)
    everything = exporting.by_category(tx, own, today)
    return HandedOver(consent, {category: everything[category] for category in categories})


def export(
    tx: WriteTx,
    key: PersonalKey,
    clock: Clock,
    by: audit.Look | audit.Myself,
    subject: SubjectId,
) -> dict[str, object]:
    """All that is held here of a person, for them, ready for JSON.

    Wallets, cards and links are other packages' and are added by the page.
    """
    audit.record(tx, clock, by, [subject], audit.What.EXPORT)
    own = key_store.key_of(tx, key, subject)
    return exporting.everything(tx, own, subject)


def erase(tx: WriteTx, clock: Clock, by: audit.Look | audit.Myself, subject: SubjectId) -> None:
    """Make everything that describes a person unreadable for ever; journals stay as they are.

    Consents are withdrawn, delegates may no longer act, links end without their numbers, and
    what let the person in is forgotten. Again changes nothing.
    """
    audit.record(tx, clock, by, [subject], audit.What.ERASURE, is_change=True)
    now = clock.now()
    staff = NIL if isinstance(by, audit.Myself) else by.staff
    removed = way_in_store.delete_ways_in(tx, subject)
    removed += identity.links.erase(tx, clock, subject, staff=staff)
    if not key_store.delete_key(tx, subject, staff, now) and removed:
        key_store.insert_erasures(tx, [Erasure(ids.uuid7(clock), subject, now)], staff)
    personal_store.set_index(tx, subject, None)
    given = [consent.id for consent in consent_store.of_subject(tx, subject)]
    consent_store.insert_withdrawals(tx, given, how=How.ERASURE, staff=staff, at=now)
    delegate_store.end_all_of(tx, subject, staff, now)


def rewrap(tx: WriteTx, key: PersonalKey, clock: Clock, limit: int) -> int:
    """Bring up to ``limit`` people from the former key to the new one; 0 when none is left.

    Their own keys are wrapped anew, and what finds them is hashed anew; nothing sealed changes.
    """
    people = key_store.wrapped_before(tx, key, limit)
    for own in people:
        personal_index.keep(tx, key, own, day_in_tokyo(clock.now()))
        membership_store.update_hashes(tx, key, own)
    key_store.update_wrapping(tx, key, people)
    return len(people)
