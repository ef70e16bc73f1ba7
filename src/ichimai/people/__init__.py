"""Who may come in: staff and their roles, residents' PINs, sign-ins and sessions."""

from ichimai.people import errors, sessions, sign_in
from ichimai.people.model import Audience, Session, Staff, StaffId, StaffRole
from ichimai.people.service import add_staff, leave, reset_pin, staff_members

__all__ = [
    "Audience",
    "Session",
    "Staff",
    "StaffId",
    "StaffRole",
    "add_staff",
    "errors",
    "leave",
    "reset_pin",
    "sessions",
    "sign_in",
    "staff_members",
]
