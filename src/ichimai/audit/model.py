"""Who looks, why, and what is kept of it."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final, NamedTuple
from uuid import UUID

from ichimai.audit.errors import InvalidNote, UnknownPurpose
from ichimai.kernel import check_digits, text
from ichimai.kernel.ids import NIL
from ichimai.registry import SubjectId

LONGEST_NOTE: Final = 200
_SHORTEST_REASON: Final = 5


class Purpose(StrEnum):
    """Why a member of staff looks at a person's record."""

    APPLICATION = "application"
    """申請・届出の受付: the person, or somebody for them, applies for something."""

    CARD = "card"
    """カードの発行・停止・再発行."""

    ENQUIRY = "enquiry"
    """本人からの問い合わせ: by telephone or letter."""

    CORRECTION = "correction"
    """記録の訂正."""

    LIST = "list"
    """名簿の確認・取り込み."""

    INCIDENT = "incident"
    """障害・事故への対応."""

    AUDIT = "audit"
    """監査・点検."""

    OTHER = "other"
    """Something else; the note says what."""

    @classmethod
    def parse(cls, code: str) -> "Purpose":
        """The purpose with this code. Raises UnknownPurpose."""
        try:
            return cls(code)
        except ValueError:
            raise UnknownPurpose from None


class What(StrEnum):
    """Which part of a person's record."""

    PERSONAL = "personal"
    CLAIMS = "claims"
    CONSENTS = "consents"
    DELEGATES = "delegates"
    MEMBERSHIPS = "memberships"
    CARDS = "cards"
    LINKS = "links"
    WALLET = "wallet"
    SEARCH = "search"
    EXPORT = "export"
    DISCLOSURE = "disclosure"
    """What the person agreed to, handed to a service."""

    ERASURE = "erasure"
    ACCESS_LOG = "access_log"


@dataclass(frozen=True, slots=True)
class Look:
    """One look of one member of staff, which no reading function of ours goes without.

    ``tap``: of the person in front of the counter; nil when nobody is there. ``terminal``: nil
    when unknown. ``note`` is shown to the person: no name belongs in it.
    Raises InvalidNote, MyNumberRefused.
    """

    staff: UUID
    role: str
    purpose: Purpose
    note: str = ""
    terminal: UUID = NIL
    tap: UUID = NIL

    def __post_init__(self) -> None:
        check_digits.without_my_number(self.note)
        shortest = _SHORTEST_REASON if self.purpose is Purpose.OTHER else 0
        if not shortest <= len(self.note.strip()) <= len(self.note) <= LONGEST_NOTE:
            raise InvalidNote
        if text.has_control(self.note):
            raise InvalidNote


@dataclass(frozen=True, slots=True)
class Myself:
    """A person who signed in or tapped, and looks at nobody's record but their own."""

    subject: SubjectId


class Entry(NamedTuple):
    """One person's record, looked at or changed (``is_change``) by one member of staff.

    ``number`` counts all entries; ``day_on`` is the day of the chain, which never goes back.
    ``subject``: nil when no one person was meant.
    """

    day_on: date
    number: int
    at: datetime
    staff: UUID
    role: str
    purpose: str
    note: str
    subject: UUID
    what: str
    is_change: bool
    terminal: UUID
    tap: UUID


class Head(NamedTuple):
    """The last entry's day, number and hash."""

    day_on: date
    number: int
    hash: bytes


class Day(NamedTuple):
    """A day's first number, and the hash of the entry before it."""

    day_on: date
    first_number: int
    previous: bytes


class Fault(NamedTuple):
    """A place where the log is not as it was written."""

    day_on: date
    number: int
    what: str


class Sign(StrEnum):
    """A way of browsing."""

    MANY_PEOPLE = "many_people"
    """One member of staff, many people in a day, and nothing done for them."""

    MANY_STAFF = "many_staff"
    """One person, looked at by several members of staff who did nothing for them."""

    AGAIN_AND_AGAIN = "again_and_again"
    """One member of staff, one person, day after day, and nothing done for them."""


class Suspicion(NamedTuple):
    """What may be browsing, for the auditor to ask about.

    ``staff`` or ``subject`` is nil where several are meant; ``looks`` counts them.
    """

    sign: Sign
    staff: UUID
    subject: UUID
    looks: int


class Noticed(NamedTuple):
    """What the daily watch noticed; nil or empty stands for nobody in particular."""

    sign: str
    staff: UUID
    subject: UUID
    service: str
    times: int

    @classmethod
    def of_service(cls, sign: str, service: str, times: int) -> "Noticed":
        """Of a service, and no one person."""
        return cls(sign, NIL, NIL, service, times)


class Found(NamedTuple):
    """What was noticed, and on which day."""

    day_on: date
    noticed: Noticed
