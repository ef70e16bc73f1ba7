"""Notices as data."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

NoticeId = NewType("NoticeId", UUID)


class Channel(StrEnum):
    """How a notice goes out: by mail from the server, or on paper by somebody's hand."""

    MAIL = "mail"
    LETTER = "letter"


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that ``recipient`` (a mail address, or a postal one) must be told.

    ``about``: the id of what it is about. ``tries``: how often mail could not be handed over;
    ``try_at``: not before then again. ``sent_by``: who posted a letter.
    """

    id: NoticeId
    about: UUID
    channel: Channel
    recipient: str
    subject: str
    body: str = field(repr=False)
    made_at: datetime
    tries: int
    try_at: datetime
    sent_at: datetime | None
    sent_by: UUID | None
