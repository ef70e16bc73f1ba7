"""The table of notices."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from ichimai.notices.model import Channel, Notice, NoticeId
from ichimai.storage import ReadTx, WriteTx

_NOTICE: Final = (
    "id, about, channel, recipient, subject, body, made_at, tries, try_at, sent_at, sent_by"
)


def add(tx: WriteTx, notice: Notice) -> None:
    """Write a notice that has not gone out."""
    tx.execute(
        f"INSERT INTO notice ({_NOTICE}) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, NULL, NULL)",
        (
            notice.id,
            notice.about,
            notice.channel.value,
            notice.recipient,
            notice.subject,
            notice.body,
            notice.made_at,
            notice.tries,
            notice.try_at,
        ),
    )


def next_mail(tx: WriteTx, now: datetime) -> Notice | None:
    """A mail whose time has come and that nobody else is sending, until this transaction ends."""
    row = tx.row(
        f"SELECT {_NOTICE} FROM notice"
        " WHERE channel = 'mail' AND sent_at IS NULL AND try_at <= %s"
        " ORDER BY try_at, id LIMIT 1 FOR UPDATE SKIP LOCKED",
        (now,),
    )
    return _notice_of(row) if row else None


def letters(tx: ReadTx) -> list[Notice]:
    """The letters that wait to be posted, the oldest first."""
    rows = tx.rows(
        f"SELECT {_NOTICE} FROM notice WHERE channel = 'letter' AND sent_at IS NULL"
        " ORDER BY made_at, id"
    )
    return [_notice_of(row) for row in rows]


def of(tx: ReadTx, about: Sequence[UUID]) -> list[Notice]:
    """The notices about some things, in the order in which they were made."""
    rows = tx.rows(
        f"SELECT {_NOTICE} FROM notice WHERE about = ANY(%s::uuid[]) ORDER BY made_at, id",
        (list(about),),
    )
    return [_notice_of(row) for row in rows]


def update_sent(
    tx: WriteTx, id_: NoticeId, channel: Channel, at: datetime, by: UUID | None
) -> bool:
    """Write that a notice has gone out; False when there is no such one that waits."""
    touched = tx.execute(
        "UPDATE notice SET sent_at = %s, sent_by = %s"
        " WHERE id = %s AND channel = %s AND sent_at IS NULL",
        (at, by, id_, channel.value),
    )
    return touched == 1


def update_failed(tx: WriteTx, id_: NoticeId, try_at: datetime) -> None:
    """Write that a mail could not be handed over."""
    tx.execute("UPDATE notice SET tries = tries + 1, try_at = %s WHERE id = %s", (try_at, id_))


def _notice_of(row: tuple[Any, ...]) -> Notice:
    return Notice(row[0], row[1], Channel(row[2]), *row[3:])
