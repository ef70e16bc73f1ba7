"""An emulated card speaks the virtual reader's protocol, however the bytes arrive."""

import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from ichimai.cards.emulated import Inserted, NoVirtualReader, insert


@dataclass
class Echo:
    """A card that answers each command with itself, and remembers its resets."""

    resets: int = 0
    asked: list[bytes] = field(default_factory=list)

    @property
    def atr(self) -> bytes:
        return b"\x3b\x00"

    def reset(self) -> None:
        self.resets += 1

    def answer(self, apdu: bytes) -> bytes:
        self.asked.append(apdu)
        return apdu + b"\x90\x00"


@dataclass
class Reader:
    """The other side: what vpcd does."""

    line: socket.socket

    def send(self, *messages: bytes) -> None:
        self.line.sendall(b"".join(struct.pack("!H", len(one)) + one for one in messages))

    def receive(self) -> bytes:
        (size,) = struct.unpack("!H", self.line.recv(2, socket.MSG_WAITALL))
        return self.line.recv(size, socket.MSG_WAITALL)


@pytest.fixture
def card() -> Echo:
    return Echo()


@pytest.fixture
def inserted(card: Echo) -> Iterator[tuple[Inserted, Reader]]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(10)
        with insert(card, *listener.getsockname()) as placed:
            line, _ = listener.accept()
            line.settimeout(10)
            with line:
                yield placed, Reader(line)


def test_controls_switch_the_card_and_only_one_has_an_answer(
    card: Echo, inserted: tuple[Inserted, Reader]
) -> None:
    _, reader = inserted
    reader.send(b"\x00", b"\x01", b"\x02", b"\x77", b"", b"\x04")
    assert reader.receive() == card.atr
    assert card.resets == 3
    assert card.asked == []


def test_messages_may_arrive_in_pieces_or_together(
    card: Echo, inserted: tuple[Inserted, Reader]
) -> None:
    _, reader = inserted
    long = bytes(range(256)) * 255
    for byte in struct.pack("!H", 4) + b"\x00\xb0\x00\x00":
        reader.line.sendall(bytes([byte]))
    assert reader.receive() == b"\x00\xb0\x00\x00\x90\x00"
    reader.send(b"\x01\x02", long, b"\x04")
    assert [reader.receive() for _ in range(3)] == [
        b"\x01\x02\x90\x00",
        long + b"\x90\x00",
        card.atr,
    ]


@pytest.mark.parametrize("last_words", [b"", b"\x00", b"\x00\x05\x00\xb0"])
def test_a_reader_that_goes_leaves_a_card_that_forgets(
    card: Echo, inserted: tuple[Inserted, Reader], last_words: bytes
) -> None:
    """Also in the middle of a word: nothing is answered, nothing hangs."""
    placed, reader = inserted
    reader.line.sendall(last_words)
    reader.line.close()
    placed.wait()
    assert not placed.is_there
    assert card.resets == 1
    assert card.asked == []


def test_a_lifted_card_is_gone_for_the_reader_and_can_be_lifted_twice(
    card: Echo, inserted: tuple[Inserted, Reader]
) -> None:
    placed, reader = inserted
    assert placed.is_there
    placed.remove()
    placed.remove()
    assert reader.line.recv(1) == b""
    assert card.resets == 1


def test_where_no_reader_listens_the_card_says_so(card: Echo) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(NoVirtualReader):
        insert(card, "127.0.0.1", port)
