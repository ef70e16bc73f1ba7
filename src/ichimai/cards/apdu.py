"""The few commands that are ever sent to a My Number Card; there is no way to send another.

A card holds a person's name, address, My Number and the key that signs contracts. Which bytes
reach it is therefore not left to care: every command passes a ``Gate``, which knows a closed
list of commands and, for each, at which place on the card it may be sent (ISO/IEC 7816-4).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto

from ichimai.cards.errors import CardAnswerDamaged, CardCommandNotAllowed

Transmit = Callable[[bytes], bytes]
"""Sends one command to the card and gives its answer with the two bytes of status."""

MAX_DATA = 256
"""Bytes of data in the answer to one short command."""
NONE_LEFT = 0x63C0
OK = 0x9000

SELECT_APPLICATION = bytes.fromhex("00A4040C0AD392F000260100000001")
SELECT_LABEL = bytes.fromhex("00A4020C020006")
SELECT_CERTIFICATE = bytes.fromhex("00A4020C02000A")
SELECT_KEY = bytes.fromhex("00A4020C020017")
SELECT_PIN = bytes.fromhex("00A4020C020018")
COUNT_TRIES = bytes.fromhex("00200080")

_READ = bytes.fromhex("00B0")
_VERIFY = bytes.fromhex("0020008004")
_DIGEST_INFO = bytes.fromhex("3031300d060960864801650304020105000420")
"""That what follows is a SHA-256 hash (RFC 8017 §9.2)."""
_SIGN = bytes.fromhex("802A008033") + _DIGEST_INFO
_DIGITS = frozenset(b"0123456789")


class Place(Enum):
    """What is selected on the card: the commands that follow speak to it."""

    OUTSIDE = auto()
    APPLICATION = auto()
    LABEL = auto()
    CERTIFICATE = auto()
    KEY = auto()
    PIN = auto()
    PIN_COUNTED = auto()
    """The card has just said that two tries or more are left: one PIN may be tried."""


_SELECTS = {
    SELECT_LABEL: Place.LABEL,
    SELECT_CERTIFICATE: Place.CERTIFICATE,
    SELECT_KEY: Place.KEY,
    SELECT_PIN: Place.PIN,
}


def read(offset: int, length: int) -> bytes:
    """Read ``length`` (1 to 256) bytes at ``offset`` (0 to 32,767) of the selected file."""
    return _READ + offset.to_bytes(2) + bytes([length % MAX_DATA])


def verify(pin: str) -> bytes:
    """Try the PIN of the authentication key: four ASCII digits."""
    return _VERIFY + pin.encode()


def sign(digest: bytes) -> bytes:
    """Sign the SHA-256 ``digest`` with the authentication key (RSASSA-PKCS1-v1_5)."""
    return _SIGN + digest + b"\0"


def is_allowed(place: Place, command: bytes) -> bool:
    """Whether ``command`` may be sent while ``place`` is selected."""
    match place:
        case _ if command == SELECT_APPLICATION:
            return True
        case Place.OUTSIDE:
            return False
        case _ if command in _SELECTS:
            return True
        case Place.LABEL | Place.CERTIFICATE:
            return _is_read(command)
        case Place.PIN | Place.PIN_COUNTED if command == COUNT_TRIES:
            return True
        case Place.PIN_COUNTED:
            return _is_verify(command)
        case Place.KEY:
            return len(command) == 57 and command.startswith(_SIGN) and command[-1] == 0
    return False


def _is_read(command: bytes) -> bool:
    """The first bit of the offset would name another file (ISO/IEC 7816-4, short EF id)."""
    return len(command) == 5 and command.startswith(_READ) and command[2] < 0x80


def _is_verify(command: bytes) -> bool:
    return len(command) == 9 and command.startswith(_VERIFY) and _DIGITS.issuperset(command[5:])


@dataclass(frozen=True, slots=True)
class Answer:
    """What a card answered: its data and its status word."""

    data: bytes = field(repr=False)
    status: int

    @property
    def is_ok(self) -> bool:
        """Whether the card did as it was told."""
        return self.status == OK

    @property
    def tries_left(self) -> int | None:
        """What a PIN's status word tells of the tries that are left; None: it is another."""
        return self.status & 0xF if self.status & 0xFFF0 == NONE_LEFT else None


class Gate:
    """The only way to a card: follows what is selected and sends what is allowed there."""

    def __init__(self, transmit: Transmit) -> None:
        self._transmit = transmit
        self._place = Place.OUTSIDE

    @property
    def is_open(self) -> bool:
        """Whether the application is selected; not so before, nor after anything went wrong."""
        return self._place is not Place.OUTSIDE

    def send(self, command: bytes) -> Answer:
        """Send ``command``, once. Raises CardCommandNotAllowed, CardAnswerDamaged.

        What ``transmit`` raises passes through; the application must then be selected again.
        """
        if not is_allowed(self._place, command):
            raise CardCommandNotAllowed
        place, self._place = self._place, Place.OUTSIDE
        answer = _parsed(self._transmit(command))
        self._place = _place_after(place, command, answer)
        return answer


def _parsed(raw: bytes) -> Answer:
    if not 2 <= len(raw) <= MAX_DATA + 2:
        raise CardAnswerDamaged
    return Answer(raw[:-2], int.from_bytes(raw[-2:]))


def _place_after(place: Place, command: bytes, answer: Answer) -> Place:
    """A file that could not be selected leaves none selected: the card may keep the last one."""
    if command == SELECT_APPLICATION:
        return Place.APPLICATION if answer.is_ok else Place.OUTSIDE
    if command in _SELECTS:
        return _SELECTS[command] if answer.is_ok else Place.APPLICATION
    if place in {Place.PIN, Place.PIN_COUNTED}:
        return Place.PIN_COUNTED if _may_try(command, answer) else Place.PIN
    return place


def _may_try(command: bytes, answer: Answer) -> bool:
    """A card that says OK has verified its PIN already, and that gave it all its tries back."""
    return command == COUNT_TRIES and (answer.is_ok or (answer.tries_left or 0) >= 2)
