"""Who may come in: staff and their roles, residents, passkeys, second factors, sessions."""

from ichimai.people import (
    errors,
    model,
    passkeys,
    records,
    second_factor,
    sessions,
    sign_in,
    staff,
    two_person,
)
from ichimai.people.records import predicates

__all__ = [
    "errors",
    "model",
    "passkeys",
    "predicates",
    "records",
    "second_factor",
    "sessions",
    "sign_in",
    "staff",
    "two_person",
]
