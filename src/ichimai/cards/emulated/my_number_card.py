"""What a My Number Card, or the phone that stands for one, answers to each command.

Files, and the order in which readers ask for them, are those of OpenSC's ``jpki`` driver.
"""

import hmac
import secrets
from threading import Lock
from typing import Final

from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.utils import NoDigestInfo

from ichimai.cards.emulated.commands import (
    DONE,
    FILE_NOT_FOUND,
    NO_FILE_SELECTED,
    NOT_VERIFIED,
    PIN_LOCKED,
    UNKNOWN_CLASS,
    UNKNOWN_INSTRUCTION,
    WRONG_FILE_KIND,
    WRONG_LENGTH,
    WRONG_OFFSET,
    WRONG_PARAMETERS,
    Command,
    public_number,
)
from ichimai.cards.issued import IssuedCertificate

JPKI: Final = bytes.fromhex("D392F000260100000001")
LABEL, CERTIFICATE, AUTHORITY_CERTIFICATE = 0x0006, 0x000A, 0x000B
KEY, PIN, SIGNING_PIN = 0x0017, 0x0018, 0x001B
LABEL_BYTES: Final = 32
PIN_TRIES: Final = 3
PIN_DIGITS: Final = 4
SIGNATURE_BYTES: Final = 256
MAX_SIGNED_BYTES: Final = SIGNATURE_BYTES - 11
"""PKCS #1 v1.5 needs eleven bytes around what it signs (RFC 8017, 9.2)."""


class MyNumberCard:
    """A My Number Card, or a phone that holds its certificate: the JPKI application alone.

    There is no signing certificate, no name, address, photo or My Number in it: whoever
    selects them is told that there is no such file. Tries are remembered until the object
    goes. One command at a time is answered, however many threads ask.
    """

    def __init__(self, issued: IssuedCertificate, *, pin: str, is_phone: bool = False) -> None:
        """The PIN has four digits, and the key 2048 bits; ValueError says what is not so."""
        if not (pin.isascii() and pin.isdecimal() and len(pin) == PIN_DIGITS):
            raise ValueError("the PIN of an authentication certificate has four digits")
        if issued.private_key.key_size != SIGNATURE_BYTES * 8:
            raise ValueError("the key of an authentication certificate has 2048 bits")
        self._files = {
            LABEL: (b"JPKIAPGPSETOKEN" if is_phone else b"JPKIAPICCTOKEN").ljust(LABEL_BYTES),
            CERTIFICATE: issued.certificate,
            AUTHORITY_CERTIFICATE: issued.authority_certificate,
        }
        self._needs_pin = {CERTIFICATE} if is_phone else set[int]()
        self._private_key = issued.private_key
        self._pin = pin.encode()
        self._tries_left = PIN_TRIES
        self._one_at_a_time = Lock()
        self.reset()

    @property
    def atr(self) -> bytes:
        """That of the card's contacts (OpenSC card-jpki.c)."""
        return bytes.fromhex("3BE000FF8131FE4514")

    @property
    def tries_left(self) -> int:
        """How many wrong PINs in a row it still bears."""
        return self._tries_left

    def reset(self) -> None:
        """Forget what was selected and verified, but not the wrong PINs."""
        self._is_selected = False
        self._file: int | None = None
        self._is_verified = False
        # A type B card makes up a new number at every activation: it identifies nobody.
        self._activation = secrets.token_bytes(4)

    def answer(self, apdu: bytes) -> bytes:
        """The answer to one command: data and a status word."""
        with self._one_at_a_time:
            command = Command.parse(apdu)
            if command is None:
                return WRONG_LENGTH
            match command.kind:
                case 0x00, 0xA4:
                    return self._select(command)
                case 0x00, 0xB0:
                    return self._read(command)
                case 0x00, 0x20:
                    return self._verify(command)
                case 0x80, 0x2A:
                    return self._sign(command)
                case 0xFF, 0xCA:
                    return public_number(command, self._activation)
                case 0x00 | 0x80, _:
                    return UNKNOWN_INSTRUCTION
            return UNKNOWN_CLASS

    def _select(self, command: Command) -> bytes:
        match command.parameters:
            case 0x040C:
                return self._select_application(command.data)
            case 0x020C:
                return self._select_file(command.data)
        return WRONG_PARAMETERS

    def _select_application(self, name: bytes) -> bytes:
        if not name:
            return WRONG_LENGTH
        if name != JPKI:
            return FILE_NOT_FOUND
        self._is_selected, self._file, self._is_verified = True, None, False
        return DONE

    def _select_file(self, name: bytes) -> bytes:
        if len(name) != 2:
            return WRONG_LENGTH
        file = int.from_bytes(name)
        if not self._is_selected or file not in {*self._files, KEY, PIN, SIGNING_PIN}:
            return FILE_NOT_FOUND
        self._file = file
        return DONE

    def _read(self, command: Command) -> bytes:
        if command.data or command.expected is None:
            return WRONG_LENGTH
        offset = command.parameters
        if offset & 0x8000:  # names a file by its short number, which these have not
            return WRONG_PARAMETERS
        if self._file is None:
            return NO_FILE_SELECTED
        if self._file not in self._files:
            return WRONG_FILE_KIND
        if self._file in self._needs_pin and not self._is_verified:
            return NOT_VERIFIED
        content = self._files[self._file]
        if offset >= len(content):
            return WRONG_OFFSET
        return content[offset : offset + command.expected] + DONE

    def _verify(self, command: Command) -> bytes:
        if command.parameters != 0x0080:
            return WRONG_PARAMETERS
        if self._file is None:
            return NO_FILE_SELECTED
        if self._file not in (PIN, SIGNING_PIN):
            return WRONG_FILE_KIND
        # As on a child's card, the signing password was never set: readers may ask, not try.
        tries_left = self._tries_left if self._file == PIN else 0
        if not command.data:
            return _tries(tries_left)
        if not tries_left:
            return PIN_LOCKED
        self._is_verified = hmac.compare_digest(command.data, self._pin)
        self._tries_left = PIN_TRIES if self._is_verified else tries_left - 1
        return DONE if self._is_verified else _tries(self._tries_left)

    def _sign(self, command: Command) -> bytes:
        if command.parameters != 0x0080:
            return WRONG_PARAMETERS
        if not 0 < len(command.data) <= MAX_SIGNED_BYTES:
            return WRONG_LENGTH
        if command.expected is None or command.expected < SIGNATURE_BYTES:
            return WRONG_LENGTH
        if self._file is None:
            return NO_FILE_SELECTED
        if self._file != KEY:
            return WRONG_FILE_KIND
        if not self._is_verified:
            return NOT_VERIFIED
        return self._private_key.sign(command.data, padding.PKCS1v15(), NoDigestInfo()) + DONE


def _tries(left: int) -> bytes:
    return bytes([0x63, 0xC0 | left])
