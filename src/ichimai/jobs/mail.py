"""Mail that waits in the outbox, handed to the town's mail server.

The standard library is enough for some mails a day, and is as synchronous as the jobs are.
"""

import smtplib
import ssl
import threading
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Final
from urllib.parse import unquote, urlsplit

import structlog

from ichimai import notices
from ichimai.notices.model import Notice
from ichimai.programs import Desk

ROUND_SECONDS: Final = 5.0
_TIMEOUT_SECONDS: Final = 20.0
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_PORTS: Final = {"smtp": 587, "smtps": 465}
_log = structlog.get_logger("ichimai.jobs")


@dataclass(frozen=True, slots=True)
class Smtp:
    """The way to a mail server (RFC 5321). What is sent is encrypted, but on this very machine."""

    host: str
    port: int
    is_tls: bool
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def at(cls, address: str, sender: str) -> "Smtp":
        """The server at ``smtp://`` or ``smtps://``. Raises ValueError for another address."""
        parts = urlsplit(address)
        if parts.scheme not in _PORTS or not parts.hostname:
            raise ValueError("ICHIMAI_SMTP begins with smtp:// or smtps:// and names a host")
        return cls(
            host=parts.hostname,
            port=parts.port or _PORTS[parts.scheme],
            is_tls=parts.scheme == "smtps",
            sender=sender,
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
        )

    def hand_over(self, notice: Notice) -> None:
        """Give ``notice`` to the server. Raises OSError, of which SMTPException is one."""
        with self._connection() as server:
            if self.user:
                server.login(self.user, self.password)
            server.send_message(self._message(notice))

    def _connection(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self.is_tls:
            return smtplib.SMTP_SSL(self.host, self.port, timeout=_TIMEOUT_SECONDS, context=context)
        server = smtplib.SMTP(self.host, self.port, timeout=_TIMEOUT_SECONDS)
        if self.host not in _LOOPBACK:
            try:
                server.starttls(context=context)
            except (OSError, ValueError):
                server.close()
                raise
        return server

    def _message(self, notice: Notice) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self.sender
        message["To"] = notice.recipient
        message["Subject"] = notice.subject
        message["Date"] = format_datetime(notice.made_at)
        # Sent twice after a crash, it is one message to whoever reads it.
        message["Message-ID"] = f"<{notice.id}@{self.sender.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(notice.body)
        return message


def run(desk: Desk, wire: Smtp, is_over: threading.Event) -> None:
    """Send what waits, every few seconds, until ``is_over``."""
    while not is_over.wait(ROUND_SECONDS):
        try:
            send_waiting(desk, wire)
        except Exception:
            _log.exception("job_failed", job="send_mail")


def send_waiting(desk: Desk, wire: Smtp) -> int:
    """Hand over every mail whose time has come; how many went out. Each has its own commit."""
    sent = 0
    while True:
        failures: list[str] = []

        def hand_over(notice: Notice, failures: list[str] = failures) -> None:
            try:
                wire.hand_over(notice)
            except OSError as error:
                failures.append(type(error).__name__)
                raise

        with desk.database.write(desk.operator) as tx:
            notice = notices.outbox.send_next(tx, desk.clock, hand_over)
        if notice is None:
            return sent
        if failures:
            _log.warning("mail_not_sent", notice=str(notice.id), reason=failures[0])
        else:
            sent += 1
            _log.info("mail_sent", notice=str(notice.id))
