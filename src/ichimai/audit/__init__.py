"""The access log: which member of staff looked at whose record, when, and for what purpose.

Functions that read a person's record ask for a ``Look``, which cannot be made without a
purpose, and write it here in the same transaction. The person can read it; the auditor can
search it; changes to it are found by its chain of hashes; nobody can delete it for 7 years.
"""

from ichimai.audit import errors, watch
from ichimai.audit.model import Look, Myself, Purpose, What
from ichimai.audit.service import head, of_subject, purge, record, search, verify

__all__ = [
    "Look",
    "Myself",
    "Purpose",
    "What",
    "errors",
    "head",
    "of_subject",
    "purge",
    "record",
    "search",
    "verify",
    "watch",
]
