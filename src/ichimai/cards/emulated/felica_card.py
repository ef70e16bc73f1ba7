"""What a reader answers for a FeliCa card that lies on it."""

from typing import Final

from ichimai.cards.emulated.commands import (
    UNKNOWN_CLASS,
    UNKNOWN_INSTRUCTION,
    WRONG_LENGTH,
    Command,
    public_number,
)

IDM_BYTES: Final = 8


class FelicaCard:
    """A FeliCa card as a reader shows it: its public number (IDm), and nothing else."""

    def __init__(self, idm: bytes) -> None:
        """The IDm has eight bytes; ValueError if not."""
        if len(idm) != IDM_BYTES:
            raise ValueError("an IDm has eight bytes")
        self._idm = idm

    @property
    def atr(self) -> bytes:
        """The one that PC/SC readers make up for FeliCa (PC/SC part 3, 3.1.3.2.3)."""
        return bytes.fromhex("3B8F8001804F0CA00000030611003B0000000042")

    def reset(self) -> None:
        """Nothing to forget."""

    def answer(self, apdu: bytes) -> bytes:
        """The answer to one command: data and a status word."""
        command = Command.parse(apdu)
        if command is None:
            return WRONG_LENGTH
        match command.kind:
            case 0xFF, 0xCA:
                return public_number(command, self._idm)
            case 0xFF, _:
                return UNKNOWN_INSTRUCTION
        return UNKNOWN_CLASS
