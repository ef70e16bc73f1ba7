"""The My Number Card, and the phone that stands for one: its certificate and its signature.

Only the authentication certificate (利用者証明用電子証明書) and its key are used. Names of files
and commands: OpenSC ``card-jpki.c``, ``jpki/myna``; tries: 公的個人認証サービス, 3 for this PIN.
"""

import hashlib
import re
from typing import NoReturn

from ichimai.cards import apdu
from ichimai.cards.errors import (
    CardAnswerDamaged,
    CardNotRecognised,
    CardPinBlocked,
    CardPinRequired,
    CardRefused,
    CertificateAbsent,
    LastCardPinTry,
    MalformedCardPin,
    WrongCardPin,
)
from ichimai.cards.model import Kind

MAX_TRIES = 3
MAX_CERTIFICATE_BYTES = 4096
SIGNATURE_BYTES = 256

_LABELS = {
    b"JPKIAPICCTOKEN": Kind.MY_NUMBER_CARD,
    b"JPKIAPGPSETOKEN": Kind.PHONE_CERTIFICATE,
}
_LABEL_BYTES = 32
_SEQUENCE_WITH_TWO_BYTES_OF_LENGTH = b"\x30\x82"

_END_OF_FILE = 0x6282
"""The file is shorter than was asked for: a label may come without its trailing spaces."""
_NOT_FOUND = {0x6A82, 0x6A83, 0x6A88}
_PIN_WANTED = 0x6982
_PIN_BLOCKED = {0x6983, 0x6984}


class Card:
    """A card on a reader, from when it was put there until it is taken away.

    ``transmit`` sends one command and gives the answer; what it raises passes through. No
    command is ever sent twice. The caller keeps others from the card meanwhile (a PC/SC
    transaction), and nothing here keeps or prints the PIN.
    """

    def __init__(self, transmit: apdu.Transmit) -> None:
        self._gate = apdu.Gate(transmit)
        self._label: Kind | None = None
        self._is_verified = False

    def label(self) -> Kind:
        """Which of the two it says it is; the certificate proves it.

        Raises CardNotRecognised, CardAnswerDamaged, CardRefused; so do all the others.
        """
        if self._label is None or not self._gate.is_open:
            self._open()
            self._label = self._read_label()
        return self._label

    def tries_left(self) -> int:
        """How often the PIN may still be wrong, 0 to 3; asking costs no try."""
        self._select(apdu.SELECT_PIN)
        answer = self._gate.send(apdu.COUNT_TRIES)
        if answer.is_ok:
            return MAX_TRIES  # verified before, by which the card gives all tries back
        if answer.status in _PIN_BLOCKED:
            return 0
        return _believable(answer)

    def verify_pin(self, pin: str) -> None:
        """Show the card its PIN: once, and never when that could lock the card.

        Raises MalformedCardPin, LastCardPinTry and CardPinBlocked before any try is used;
        WrongCardPin with the tries that are left.
        """
        if not re.fullmatch("[0-9]{4}", pin):
            raise MalformedCardPin
        tries_left = self.tries_left()
        if tries_left == 0:
            raise CardPinBlocked
        if tries_left == 1:
            raise LastCardPinTry
        self._is_verified = False
        answer = self._gate.send(apdu.verify(pin))
        if answer.is_ok:
            self._is_verified = True
            return
        if answer.tries_left is not None:
            raise WrongCardPin(_believable(answer))
        _refuse(answer)

    def certificate(self) -> bytes:
        """The authentication certificate as it stands on the card (DER), not yet checked.

        Of a phone only after its PIN. It tells the municipality and the birthday: it is for
        ``certificates.check`` and must not be kept. Raises CertificateAbsent, CardPinRequired.
        """
        if self.label() is Kind.PHONE_CERTIFICATE:
            self._want_pin()
        self._select(apdu.SELECT_CERTIFICATE, absent=CertificateAbsent)
        start = self._read(0, apdu.MAX_DATA)
        if not start.startswith(_SEQUENCE_WITH_TWO_BYTES_OF_LENGTH):
            raise CertificateAbsent if not start.strip(b"\x00\xff") else CardAnswerDamaged
        size = int.from_bytes(start[2:4]) + 4
        if not apdu.MAX_DATA < size <= MAX_CERTIFICATE_BYTES:
            raise CardAnswerDamaged
        rest = range(apdu.MAX_DATA, size, apdu.MAX_DATA)
        return start + b"".join(self._read(at, min(apdu.MAX_DATA, size - at)) for at in rest)

    def sign(self, message: bytes) -> bytes:
        """The card's RSASSA-PKCS1-v1_5 signature over the SHA-256 of ``message``, 256 bytes.

        ``message`` is a challenge that the server made and takes once. Raises CardPinRequired.
        """
        self.label()
        self._want_pin()
        self._select(apdu.SELECT_KEY, absent=CertificateAbsent)
        answer = self._gate.send(apdu.sign(hashlib.sha256(message).digest()))
        if not answer.is_ok:
            _refuse(answer)
        if len(answer.data) != SIGNATURE_BYTES:
            raise CardAnswerDamaged
        return answer.data

    def _open(self) -> None:
        """Select the application, by which the card forgets that its PIN was verified."""
        self._is_verified = False
        answer = self._gate.send(apdu.SELECT_APPLICATION)
        if answer.status in _NOT_FOUND:
            raise CardNotRecognised
        if not answer.is_ok:
            _refuse(answer)

    def _read_label(self) -> Kind:
        answer = self._gate.send(apdu.SELECT_LABEL)
        if answer.status in _NOT_FOUND:
            raise CardNotRecognised
        if not answer.is_ok:
            _refuse(answer)
        label = self._gate.send(apdu.read(0, _LABEL_BYTES))
        if not label.is_ok and label.status != _END_OF_FILE:
            _refuse(label)
        kind = _LABELS.get(label.data.rstrip(b" \0"))
        if kind is None:
            raise CardNotRecognised
        return kind

    def _want_pin(self) -> None:
        if not self._is_verified:
            raise CardPinRequired

    def _select(self, command: bytes, absent: type[CertificateAbsent] | None = None) -> None:
        self.label()
        answer = self._gate.send(command)
        if absent and answer.status in _NOT_FOUND:
            raise absent
        if not answer.is_ok:
            _refuse(answer)

    def _read(self, offset: int, length: int) -> bytes:
        answer = self._gate.send(apdu.read(offset, length))
        if not answer.is_ok:
            _refuse(answer)
        if len(answer.data) != length:
            raise CardAnswerDamaged
        return answer.data


def _believable(answer: apdu.Answer) -> int:
    """Another PIN has more tries than this one: a card that says more is not understood."""
    tries_left = answer.tries_left
    if tries_left is None:
        _refuse(answer)
    if tries_left > MAX_TRIES:
        raise CardAnswerDamaged
    return tries_left


def _refuse(answer: apdu.Answer) -> NoReturn:
    if answer.status == _PIN_WANTED:
        raise CardPinRequired
    if answer.status in _PIN_BLOCKED:
        raise CardPinBlocked
    raise CardRefused(answer.status)
