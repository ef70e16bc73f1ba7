"""Bytes in forms as the letters a to p, in which no number can be read: not even by chance."""

from typing import Final

_DIGITS: Final = "0123456789abcdef"
_LETTERS: Final = "abcdefghijklmnop"
_TO_LETTERS: Final = str.maketrans(_DIGITS, _LETTERS)
_TO_DIGITS: Final = str.maketrans(_LETTERS, _DIGITS)


def letters(data: bytes) -> str:
    """Two letters for each byte."""
    return data.hex().translate(_TO_LETTERS)


def hex_of(text: str) -> str:
    """``text`` with its letters as hexadecimal digits; what is no letter stays what it is."""
    return text.translate(_TO_DIGITS)


def bytes_of(text: str) -> bytes:
    """The bytes that ``text`` stands for. Raises ValueError when it stands for none."""
    return bytes.fromhex(hex_of(text))
