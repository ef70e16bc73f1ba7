"""Secret codes that people read from paper and type: base 32 with one check character.

The alphabet is Crockford's (no I, L, O or U). The check character is Damm's over GF(32): it
is one of the same 32 characters and finds every wrong character and every swap of two
characters in a code of up to 31. ISO 7064 MOD 37,36 misses some swaps and has check
characters that cannot be told from 0 and 1.
"""

import os

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

MAX_TYPED = 64
"""Longer text is no code; it is not looked at further."""

_SEPARATORS = " -\t\u00a0\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u3000\u30fc\uff0d\uff70"
_VALUE = {character: value for value, character in enumerate(ALPHABET)}
_DOUBLED = tuple(value << 1 ^ (0x25 if value & 0x10 else 0) for value in range(32))
"""Each element of GF(32) times x, modulo x^5 + x^2 + 1."""


def _read_as() -> dict[int, str | None]:
    read: dict[int, str | None] = dict.fromkeys(map(ord, _SEPARATORS))
    for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ":
        meant = {"O": "0", "I": "1", "L": "1"}.get(letter, letter)
        for typed in (letter, letter.lower()):
            read[ord(typed)] = read[ord(typed) + 0xFEE0] = meant
    for digit in "0123456789":
        read[ord(digit) + 0xFEE0] = digit
    return read


_READ_AS = _read_as()


def new(length: int) -> str:
    """A random code of ``length`` characters (5 bits each) and its check character."""
    body = "".join([ALPHABET[byte & 0x1F] for byte in os.urandom(length)])
    return body + check_character(body)


def normalised(text: str) -> str:
    """``text`` as it would be canonical: upper case, ASCII, no separators; O is 0, I and L are 1.

    What is not a code stays not a code; nothing is refused here.
    """
    return text.translate(_READ_AS) if len(text) <= MAX_TYPED else ""


def check_character(body: str) -> str:
    """The character that makes ``body``, of the alphabet, whole."""
    return ALPHABET[_folded(body)]


def is_whole(code: str, length: int) -> bool:
    """Whether a canonical ``code`` has ``length`` characters and the right check character."""
    return len(code) == length + 1 and all(c in _VALUE for c in code) and not _folded(code)


def grouped(code: str, size: int) -> str:
    """``code`` as printed: groups of ``size`` characters, the check character by itself."""
    groups = [code[start : start + size] for start in range(0, len(code) - 1, size)]
    return "-".join([*groups, code[-1]])


def _folded(characters: str) -> int:
    state = 0
    for character in characters:
        state = _DOUBLED[state ^ _VALUE[character]]
    return state
