"""Commands to a card and the words with which it answers (ISO/IEC 7816-3 and -4)."""

from dataclasses import dataclass
from typing import Final, Protocol, Self

DONE: Final = bytes.fromhex("9000")
WRONG_LENGTH: Final = bytes.fromhex("6700")
WRONG_FILE_KIND: Final = bytes.fromhex("6981")
NOT_VERIFIED: Final = bytes.fromhex("6982")
PIN_LOCKED: Final = bytes.fromhex("6983")
NO_FILE_SELECTED: Final = bytes.fromhex("6986")
NOT_SUPPORTED: Final = bytes.fromhex("6A81")
FILE_NOT_FOUND: Final = bytes.fromhex("6A82")
WRONG_PARAMETERS: Final = bytes.fromhex("6A86")
WRONG_OFFSET: Final = bytes.fromhex("6B00")
UNKNOWN_INSTRUCTION: Final = bytes.fromhex("6D00")
UNKNOWN_CLASS: Final = bytes.fromhex("6E00")


class Card(Protocol):
    """What can lie on a virtual reader."""

    @property
    def atr(self) -> bytes:
        """The answer to reset."""
        ...

    def reset(self) -> None:
        """Forget what was selected and verified, as a card does that is lifted."""
        ...

    def answer(self, apdu: bytes) -> bytes:
        """The answer to one command, whatever its bytes: data and a status word."""
        ...


@dataclass(frozen=True, slots=True)
class Command:
    """A command, taken to pieces; ``expected`` is how many bytes may be answered."""

    kind: tuple[int, int]
    """Class and instruction."""
    parameters: int
    """P1 and P2 as one number."""
    data: bytes
    expected: int | None

    @classmethod
    def parse(cls, apdu: bytes) -> Self | None:
        """The command in ``apdu``; None where its lengths contradict each other.

        Short and extended lengths, all cases (ISO/IEC 7816-3, 12.1.3).
        """
        if len(apdu) < 4:
            return None
        body = _body(apdu[4:])
        if body is None:
            return None
        return cls((apdu[0], apdu[1]), int.from_bytes(apdu[2:4]), *body)


def _body(body: bytes) -> tuple[bytes, int | None] | None:
    if not body:
        return b"", None
    is_extended = body[0] == 0 and len(body) > 1
    field = 2 if is_extended else 1
    start = 1 if is_extended else 0
    first, rest = body[start : start + field], body[start + field :]
    if len(first) < field:
        return None
    if not rest:
        return b"", _expected(first)
    length = int.from_bytes(first)
    data, last = rest[:length], rest[length:]
    if not length or len(data) < length or len(last) not in (0, field):
        return None
    return data, _expected(last) if last else None


def _expected(field: bytes) -> int:
    """Zero means as many as the field can say, and one more."""
    return int.from_bytes(field) or 256 ** len(field)


def public_number(command: Command, number: bytes) -> bytes:
    """What a contactless reader itself answers to GET DATA (PC/SC part 3, 3.2.2.1.3)."""
    if command.parameters != 0x0000:
        return NOT_SUPPORTED
    if command.data or command.expected is None:
        return WRONG_LENGTH
    if command.expected < len(number):
        return bytes([0x6C, len(number)])
    return number + DONE
