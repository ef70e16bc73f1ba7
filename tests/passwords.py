"""Hashes of the tests' passwords that cost no time: a hash says itself what it costs to check."""

from functools import cache
from typing import Final

from argon2 import PasswordHasher

from ichimai.people.model import SecretHash

_CHEAP: Final = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@cache
def cheap_hash(password: str) -> SecretHash:
    """What the database keeps of a password, had it been chosen on a very weak machine."""
    return SecretHash(_CHEAP.hash(password))
