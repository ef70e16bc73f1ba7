"""Mail to a real mail server: what arrives, what is tried again, and what is not sent in clear."""

import socket
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from uuid import UUID

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from ichimai import jobs, notices
from ichimai.jobs.mail import Smtp
from ichimai.notices.model import Channel, Notice
from ichimai.programs import Desk
from tests.town import Town

SENDER = "card@town.example"


class Postbox:
    """A mail server's inside: keeps what it is given, or refuses it."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.answer = "250 OK"

    async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Take a message."""
        if self.answer.startswith("250"):
            content = envelope.content
            assert isinstance(content, bytes)
            self.messages.append(message_from_bytes(content, EmailMessage, policy=policy.default))
            self.recipients += envelope.rcpt_tos
        return self.answer


@pytest.fixture
def postbox() -> Postbox:
    """What a real mail server on this machine got."""
    return Postbox()


@pytest.fixture
def wire(postbox: Postbox) -> Iterator[Smtp]:
    """The way to it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(postbox, hostname="127.0.0.1", port=port)
    controller.start()
    yield Smtp.at(f"smtp://127.0.0.1:{port}", SENDER)
    controller.stop()


@pytest.fixture
def desk(api_like_town: Town) -> Desk:
    """The desk of a small town."""
    return api_like_town.desk


@pytest.fixture
def api_like_town(database: object, operator: object, clock: object) -> Town:
    """A town without anybody in it."""
    return Town(database, operator, clock)  # type: ignore[arg-type] # the fixtures' own types


def put(desk: Desk, recipient: str = "shop@example.jp", channel: Channel = Channel.MAIL) -> Notice:
    with desk.database.write(desk.operator) as tx:
        return notices.outbox.put(
            tx,
            desk.clock,
            about=UUID(int=1),
            channel=channel,
            recipient=recipient,
            subject="【重要】お振込先口座の変更について",
            body="丸福青果 御中\n\n口座が変わります。\n" + "長い行" * 400 + "\n",
        )


def test_a_notice_arrives_once_and_whole(desk: Desk, wire: Smtp, postbox: Postbox) -> None:
    notice = put(desk)
    put(desk, "豊島区巣鴨", Channel.LETTER)
    assert jobs.mail.send_waiting(desk, wire) == 1
    assert jobs.mail.send_waiting(desk, wire) == 0
    (message,) = postbox.messages
    assert postbox.recipients == ["shop@example.jp"]
    assert (message["From"], message["To"]) == (SENDER, "shop@example.jp")
    assert message["Subject"] == notice.subject
    assert message["Message-ID"] == f"<{notice.id}@town.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content().replace("\r\n", "\n") == notice.body


@pytest.mark.parametrize("answer", ["451 not now", "550 no such person"])
def test_what_the_server_refuses_waits_and_does_not_hold_up_the_next(
    desk: Desk, wire: Smtp, postbox: Postbox, api_like_town: Town, answer: str
) -> None:
    postbox.answer = answer
    put(desk)
    assert jobs.mail.send_waiting(desk, wire) == 0
    postbox.answer = "250 OK"
    put(desk, "other@example.jp")
    assert jobs.mail.send_waiting(desk, wire) == 1
    assert postbox.recipients == ["other@example.jp"]
    api_like_town.clock.advance(timedelta(minutes=1))
    assert jobs.mail.send_waiting(desk, wire) == 1
    assert postbox.recipients == ["other@example.jp", "shop@example.jp"]


def test_without_a_server_mail_waits(desk: Desk) -> None:
    put(desk)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert jobs.mail.send_waiting(desk, Smtp.at(f"smtp://127.0.0.1:{port}", SENDER)) == 0
    with desk.database.read(desk.operator) as tx:
        (waiting,) = notices.outbox.of(tx, [UUID(int=1)])
    assert (waiting.tries, waiting.sent_at) == (1, None)


def test_mail_leaves_the_machine_encrypted_or_not_at_all(desk: Desk, postbox: Postbox) -> None:
    """A server elsewhere that offers no STARTTLS gets nothing."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(postbox, hostname="127.0.0.1", port=port)
    controller.start()
    put(desk)
    elsewhere = Smtp.at(f"smtp://127.0.0.2.nip.invalid:{port}", SENDER)
    here_by_another_name = Smtp("127.1", port, is_tls=False, sender=SENDER)
    assert jobs.mail.send_waiting(desk, here_by_another_name) == 0
    assert jobs.mail.send_waiting(desk, elsewhere) == 0
    controller.stop()
    assert postbox.messages == []


@pytest.mark.parametrize("address", ["", "host", "http://host", "smtp://", "smtp:host"])
def test_an_address_that_is_no_mail_server_is_told_at_the_start(address: str) -> None:
    with pytest.raises(ValueError, match="ICHIMAI_SMTP"):
        Smtp.at(address, SENDER)


def test_a_mail_servers_password_is_not_shown() -> None:
    wire = Smtp.at("smtps://card:p%40ss@mail.example", SENDER)
    assert (wire.host, wire.port, wire.user, wire.password) == (
        "mail.example", 465, "card", "p@ss",
    )  # fmt: skip
    assert "p@ss" not in repr(wire)
