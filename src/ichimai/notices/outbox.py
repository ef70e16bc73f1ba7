"""The outbox: a notice is written with what it tells of, and goes out afterwards.

A mail is handed over at least once: a process that dies between the mail server's yes and our
commit sends it again, under the same Message-ID.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from ichimai.kernel import Clock, ids
from ichimai.notices import store
from ichimai.notices.errors import UnknownNotice
from ichimai.notices.model import Channel, Notice, NoticeId
from ichimai.storage import ReadTx, WriteTx

_FIRST_PAUSE: Final = timedelta(minutes=1)
_LONGEST_PAUSE: Final = timedelta(hours=6)
_DOUBLINGS: Final = 10


def put(
    tx: WriteTx,
    clock: Clock,
    *,
    about: UUID,
    channel: Channel,
    recipient: str,
    subject: str,
    body: str,
) -> Notice:
    """Have somebody told, as soon as this transaction is committed."""
    now = clock.now()
    notice = Notice(
        id=NoticeId(ids.uuid7(clock)),
        about=about,
        channel=channel,
        recipient=recipient,
        subject=subject,
        body=body,
        made_at=now,
        tries=0,
        try_at=now,
        sent_at=None,
        sent_by=None,
    )
    store.add(tx, notice)
    return notice


def send_next(tx: WriteTx, clock: Clock, hand_over: Callable[[Notice], None]) -> Notice | None:
    """Hand over the next mail whose time has come; None: there is none.

    ``hand_over`` raises OSError when it cannot: the mail waits, longer each time, up to 6 hours.
    """
    notice = store.next_mail(tx, clock.now())
    if notice is None:
        return None
    try:
        hand_over(notice)
    except OSError:
        pause = min(_FIRST_PAUSE * 2 ** min(notice.tries, _DOUBLINGS), _LONGEST_PAUSE)
        store.update_failed(tx, notice.id, clock.now() + pause)
    else:
        store.update_sent(tx, notice.id, Channel.MAIL, clock.now(), None)
    return notice


def letters(tx: ReadTx) -> list[Notice]:
    """The letters that wait to be posted, the oldest first."""
    return store.letters(tx)


def of(tx: ReadTx, about: Sequence[UUID]) -> list[Notice]:
    """The notices about some things, sent or not."""
    return store.of(tx, about)


def posted(tx: WriteTx, clock: Clock, letter: NoticeId, *, by: UUID) -> None:
    """Write who posted a letter. Raises UnknownNotice."""
    if not store.update_sent(tx, letter, Channel.LETTER, clock.now(), by):
        raise UnknownNotice
