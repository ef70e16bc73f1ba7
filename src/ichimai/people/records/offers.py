"""What the operator asks people to consent to on their own page, with the text that they read."""

from datetime import date
from uuid import UUID

from ichimai import audit
from ichimai.kernel import Clock, ids
from ichimai.kernel.clock import day_in_tokyo
from ichimai.people.records import consent_rules, consents, offer_store, sealing
from ichimai.people.records.consent_model import Consent, ConsentId, How, Terms
from ichimai.people.records.errors import UnknownConsent
from ichimai.people.records.offer_model import Offer, OfferId
from ichimai.storage import ReadTx, WriteTx

__all__ = [
    "Offer",
    "OfferId",
    "accept",
    "check",
    "current",
    "end",
    "is_of",
    "publish",
    "put",
    "text_of",
]


def check(terms: Terms) -> None:
    """Whether it can be asked for, at some time. Raises InvalidConsent, MyNumberRefused."""
    consent_rules.check(terms, How.MY_PAGE, date.min)


def put(tx: WriteTx, clock: Clock, terms: Terms, staff: UUID) -> OfferId:
    """Ask for a consent from now on, in place of what was asked for the same use.

    The same again changes nothing. Raises what ``publish`` raises.
    """
    offer_store.lock_offers(tx)
    use = (terms.service, terms.purpose, terms.recipient)
    for known in offer_store.current(tx):
        if known.terms == terms:
            return known.id
        if (known.terms.service, known.terms.purpose, known.terms.recipient) == use:
            end(tx, clock, known.id, staff)
    return publish(tx, clock, terms, staff)


def publish(tx: WriteTx, clock: Clock, terms: Terms, staff: UUID) -> OfferId:
    """Ask for a consent from now on. Raises InvalidConsent, MyNumberRefused."""
    now = clock.now()
    consent_rules.check(terms, How.MY_PAGE, day_in_tokyo(now))
    offer = Offer(OfferId(ids.uuid7(clock)), terms)
    hash_ = sealing.text_sha256(terms.text)
    offer_store.insert(tx, offer, text_sha256=hash_, staff=staff, at=now)
    return offer.id


def end(tx: WriteTx, clock: Clock, offer: OfferId, staff: UUID) -> None:
    """Ask for it no longer; what was consented to stays. Again changes nothing."""
    offer_store.insert_end(tx, offer, staff, clock.now())


def current(tx: ReadTx, clock: Clock) -> list[Offer]:
    """What is asked for today, oldest first."""
    today = day_in_tokyo(clock.now())
    return [
        offer
        for offer in offer_store.current(tx)
        if offer.terms.until_on is None or offer.terms.until_on >= today
    ]


def accept(tx: WriteTx, clock: Clock, me: audit.Myself, offer: OfferId) -> ConsentId:
    """Consent to what is asked for; the same again is the consent that there is.

    Raises UnknownConsent when it is asked for no longer.
    """
    offer_store.lock(tx, me.subject)
    wanted = next((each for each in current(tx, clock) if each.id == offer), None)
    if wanted is None:
        raise UnknownConsent
    today = day_in_tokyo(clock.now())
    for given in consents.read(tx, clock, me, me.subject):
        if given.covers_on(today) and is_of(given, wanted):
            return given.id
    return consents.give(tx, clock, me, me.subject, terms=wanted.terms, how=How.MY_PAGE)


def is_of(consent: Consent, offer: Offer) -> bool:
    """Whether a consent is to the very text and use of an offer."""
    terms = offer.terms
    return (
        consent.text_sha256 == sealing.text_sha256(terms.text)
        and (consent.service, consent.purpose, consent.recipient)
        == (terms.service, terms.purpose, terms.recipient)
        and consent.categories == terms.categories
    )


def text_of(tx: ReadTx, consent: Consent) -> str | None:
    """The text that was consented to; None when it was on paper or at a counter only."""
    found = offer_store.by_text(tx, [consent.text_sha256])
    return found[0].terms.text if found else None
