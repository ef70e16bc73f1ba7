"""FeliCa cards: their IDm, as a reader tells it.

An IDm can be read by anybody and copied onto another chip: it never authorises money
(faults.md E72).
"""

import re
from dataclasses import dataclass, field
from typing import Final

from ichimai.cards.model import Kind, Shown
from ichimai.kernel.errors import Invalid

GET_IDM: Final = bytes.fromhex("FFCA000000")
"""The command of PC/SC that asks a reader for a card's IDm (part 3, Get Data)."""

_LENGTH: Final = 8
_POLLING_RESPONSE: Final = 0x01
_DONE: Final = b"\x90\x00"
_CHOSEN: Final = {
    b"\x01\xfe": "a phone that speaks to another device (NFC-DEP): random each time",
    b"\x02\xfe": "a phone's program (host card emulation): what the program chose",
    b"\x03\xfe": "a device with a FeliCa Plug or Link chip: what the device chose",
}
"""By its first two bytes, an NFCID2 that is no chip's own (NFC Forum, Digital Protocol)."""

_FELICA_ATR: Final = re.compile(rb"\x3b\x8f\x80\x01\x80\x4f\x0c\xa0\x00\x00\x03\x06\x11", re.DOTALL)
"""What a reader of PC/SC part 3 answers for a FeliCa card: the standard 11 after the RID."""


@dataclass(eq=False)
class InvalidIdm(Invalid):
    """What the reader told is not the IDm of a FeliCa card."""

    code = "invalid_idm"


@dataclass(frozen=True, slots=True)
class Idm:
    """The identity that a FeliCa card tells of itself: 8 bytes, not all of them the same."""

    number: bytes = field(repr=False)

    @property
    def is_volatile(self) -> bool:
        """Whether it is documented to be chosen by a program or to change: nothing to keep.

        False says that nothing is known against it. Whether a phone's wallet keeps its IDm
        when the phone is replaced is not documented.
        """
        return self.number[:2] in _CHOSEN

    @property
    def shown(self) -> Shown:
        """As the registry takes it."""
        return Shown(Kind.FELICA, self.number)


@dataclass(frozen=True, slots=True)
class Polled:
    """A card's answer to Polling. ``requested``: its system code, if that was asked for."""

    idm: Idm
    pmm: bytes = field(repr=False)
    requested: bytes = b""


def parse_idm(number: bytes) -> Idm:
    """The IDm that ``number`` is. Raises InvalidIdm."""
    if len(number) != _LENGTH or len(set(number)) == 1:
        raise InvalidIdm
    return Idm(number)


def parse_hex(text: str) -> Idm:
    """The IDm that a reader's program writes as 16 hexadecimal digits. Raises InvalidIdm.

    Pairs may stand apart (``01:2E:...``, ``01 2e ...``).
    """
    if not is_hex(text):
        raise InvalidIdm
    return parse_idm(bytes.fromhex(_digits(text)))


def is_hex(text: str) -> bool:
    """Whether ``text`` has the form of an IDm in hexadecimal."""
    return re.fullmatch("[0-9A-Fa-f]{16}", _digits(text)) is not None


def _digits(text: str) -> str:
    return re.sub("[ :-]", "", text.strip()) if len(text) <= 40 else ""


def parse_polling(response: bytes) -> Polled:
    """A response to Polling, with or without the length byte before it. Raises InvalidIdm.

    ``01``, IDm (8 bytes), PMm (8 bytes) and perhaps 2 bytes of request data.
    """
    told = response[1:] if response[:1] == bytes([len(response) % 256]) else response
    if len(told) not in {17, 19} or told[0] != _POLLING_RESPONSE:
        raise InvalidIdm
    return Polled(parse_idm(told[1:9]), told[9:17], told[17:])


def parse_answer(response: bytes) -> Idm:
    """The reader's answer to GET_IDM: 8 bytes and 90 00. Raises InvalidIdm.

    Vicinity cards (ISO/IEC 15693) answer 8 bytes too: ask ``is_felica`` first.
    """
    if response[-2:] != _DONE:
        raise InvalidIdm
    return parse_idm(response[:-2])


def is_felica(answer_to_reset: bytes) -> bool:
    """Whether the card in a PC/SC reader is a FeliCa card."""
    return _FELICA_ATR.match(answer_to_reset) is not None
