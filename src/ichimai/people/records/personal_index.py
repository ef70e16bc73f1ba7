"""Finding a person by kana and birth date, without keeping either where it can be read."""

from datetime import date

from ichimai.people.records import claim_rules, claim_store, personal_rules, personal_store, sealing
from ichimai.people.records.personal_model import Details
from ichimai.people.records.sealing import PersonalKey, SubjectKey
from ichimai.storage import WriteTx


def keep(tx: WriteTx, key: PersonalKey, own: SubjectKey, today: date) -> None:
    """Let a person, whose record is held, be found by what is known of them now."""
    facts = claim_rules.facts(claim_store.of_subject(tx, own), today)
    born_on, details = claim_rules.birth_date(facts), personal_store.latest(tx, own)
    hash_ = hashes_of(key, details, born_on)[0] if details and born_on else None
    personal_store.set_index(tx, own.subject, hash_)


def hashes_of(key: PersonalKey, details: Details, born_on: date) -> list[bytes]:
    """By what a person with this kana and birth date is found; first by the present key."""
    return sealing.blinds(key, "person", *personal_rules.index_parts(details, born_on))
