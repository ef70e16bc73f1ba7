"""Codes that have a meaning: what a program sees beside what a person reads."""

from enum import StrEnum
from typing import Self


class CodeWithMeaning(StrEnum):
    """Members are ``code, meaning``: the value, and what it says in English."""

    meaning: str

    def __new__(cls, code: str, meaning: str) -> Self:
        """A member whose value is ``code``."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        return member
