"""What is known of people, and who may know it.

Staff read with a purpose (``audit.Look``), people read their own (``audit.Myself``), and all
others get yes or no from ``predicates``. What describes a person is sealed with a key of that
person's own, and unreadable for ever when the key is gone.
"""

from ichimai.people.records import (
    claim_lists,
    claims,
    consents,
    delegates,
    disclosures,
    erasures,
    errands,
    memberships,
    offers,
    personal,
    predicates,
    standings,
)

__all__ = [
    "claim_lists",
    "claims",
    "consents",
    "delegates",
    "disclosures",
    "erasures",
    "errands",
    "memberships",
    "offers",
    "personal",
    "predicates",
    "standings",
]
