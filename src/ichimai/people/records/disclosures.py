"""What people agreed to hand over: in lists for an office, and as they read it themselves."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from ichimai import audit
from ichimai.kernel import Clock
from ichimai.kernel.clock import day_in_tokyo
from ichimai.people.records import consent_store, offer_store, personal, sealing
from ichimai.people.records.consent_model import Consent, DataCategory, Wanted
from ichimai.people.records.errors import ConsentMissing, NothingKnown
from ichimai.people.records.offer_model import Offer, OfferId
from ichimai.people.records.sealing import PersonalKey
from ichimai.registry import SubjectId
from ichimai.storage import ReadTx, WriteTx

__all__ = ["AT_ONCE", "Handed", "consenting", "hand_over", "mine", "offer"]

AT_ONCE = 100
"""Of how many people in one transaction: all staff wait for the access log meanwhile."""


class Handed(NamedTuple):
    """What was handed over under a consent, and when."""

    consent: Consent
    categories: frozenset[DataCategory]
    at: datetime


def offer(tx: ReadTx, wanted: OfferId) -> Offer | None:
    """What was asked of people at some time, also when it is asked no longer."""
    return offer_store.by_id(tx, wanted)


def consenting(tx: ReadTx, clock: Clock, offer: Offer) -> list[SubjectId]:
    """Whose consent to the very text of an offer holds today."""
    return consent_store.consenting(tx, _wanted(offer), day_in_tokyo(clock.now()))


def hand_over(
    tx: WriteTx,
    key: PersonalKey,
    clock: Clock,
    look: audit.Look,
    *,
    offer: Offer,
    people: Iterable[SubjectId],
) -> list[Mapping[DataCategory, object]]:
    """What each of ``people`` agreed to by an offer; that it went is written for each.

    Who took the consent back meanwhile, and of whom nothing is known, is left out.
    """
    wanted, found = _wanted(offer), []
    for subject in people:
        try:
            handed = personal.hand_over(tx, key, clock, look, subject, wanted=wanted)
        except (ConsentMissing, NothingKnown):
            continue
        found.append(handed.data)
    return found


def mine(tx: ReadTx, me: audit.Myself) -> list[Handed]:
    """What was handed over of me, oldest first."""
    consents = {each.id: each for each in consent_store.of_subject(tx, me.subject)}
    return [
        Handed(
            consents[each.consent],
            frozenset(map(DataCategory, each.categories)),
            each.disclosed_at,
        )
        for each in consent_store.disclosures_of(tx, me.subject)
    ]


def _wanted(offer: Offer) -> Wanted:
    terms = offer.terms
    text_sha256 = sealing.text_sha256(terms.text)
    return Wanted(terms.service, terms.purpose, terms.recipient, terms.categories, text_sha256)
