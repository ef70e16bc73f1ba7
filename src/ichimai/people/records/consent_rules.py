"""Which consents may be kept, and which of them lets data go. Pure."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from ichimai.kernel import check_digits, text
from ichimai.people.records.consent_model import Consent, How, Terms, Wanted
from ichimai.people.records.errors import ConsentMissing, InvalidConsent
from ichimai.people.records.predicate_rules import is_service

_LONGEST_LINE = 200


def check(terms: Terms, how: How, today: date) -> None:
    """Make sure that it is known what was consented to. Raises InvalidConsent, MyNumberRefused."""
    for field in ("controller", "purpose", "recipient", "text_version"):
        line = check_digits.without_my_number(getattr(terms, field))
        if not 1 <= len(line.strip()) <= len(line) <= _LONGEST_LINE or text.has_control(line):
            raise InvalidConsent(field)
    if not is_service(terms.service):
        raise InvalidConsent("service")
    if not terms.categories:
        raise InvalidConsent("categories")
    if not terms.text.strip():
        raise InvalidConsent("text")
    if how is How.ERASURE:
        raise InvalidConsent("how")
    if terms.until_on is not None and terms.until_on < today:
        raise InvalidConsent("until_on")


def covering(consents: Iterable[Consent], day: date, wanted: Wanted) -> Consent:
    """The latest consent that lets go, on ``day``, all that is wanted.

    Two consents that cover half each do not make one. Raises ConsentMissing, for every reason.
    """
    for consent in sorted(consents, key=lambda consent: consent.given_at, reverse=True):
        if consent.covers_on(day) and _is_meant(consent, wanted):
            return consent
    raise ConsentMissing(tuple(sorted(category.value for category in wanted.categories)))


def _is_meant(consent: Consent, wanted: Wanted) -> bool:
    return (
        consent.service == wanted.service
        and wanted.purpose in (None, consent.purpose)
        and wanted.recipient in (None, consent.recipient)
        and wanted.text_sha256 in (None, consent.text_sha256)
        and consent.categories >= wanted.categories
    )


def as_record(consent: Consent, subject: str) -> Mapping[str, object]:
    """A consent as a record with the sections and names of ISO/IEC TS 27560:2023."""
    return {
        "schema_version": "ISO/IEC TS 27560:2023",
        "record_id": str(consent.id),
        "pii_principal_id": subject,
        "pii_processing": {
            "privacy_notice": {
                "version": consent.text_version,
                "sha256": consent.text_sha256.hex(),
            },
            "purposes": [
                {
                    "purpose": consent.purpose,
                    "lawful_basis": consent.legal_basis.value,
                    "pii_information": sorted(category.value for category in consent.categories),
                    "pii_controllers": [consent.controller],
                    "services": [consent.service],
                    "recipient_third_parties": [consent.recipient],
                    "withdrawal_method": [How.COUNTER.value, How.MY_PAGE.value],
                    "jurisdictions": ["JP"],
                }
            ],
        },
        "events": _events(consent),
    }


def _events(consent: Consent) -> list[dict[str, str | None]]:
    until = consent.until_on.isoformat() if consent.until_on else None
    given = _event(consent.given_at, "explicit_consent", consent.given_how)
    events = [{**given, "valid_until": until}]
    if consent.withdrawn_at and consent.withdrawn_how:
        events.append(_event(consent.withdrawn_at, "withdrawal", consent.withdrawn_how))
    return events


def _event(at: datetime, kind: str, how: How) -> dict[str, str | None]:
    return {"event_time": at.isoformat(), "event_type": kind, "method": how.value}
