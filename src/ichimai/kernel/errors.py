"""The five kinds of expected failure; every domain error derives from exactly one of them.

An error class has a stable ``code``, a one-line docstring (its title for people who
read the API) and typed fields. Only the fields named in ``public`` may leave the house:
an edge that printed all fields would tell a shop a resident's balance.
"""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(eq=False)
class DomainError(Exception):
    """An expected failure."""

    code: ClassVar[str] = "error"
    public: ClassVar[tuple[str, ...]] = ()

    def __str__(self) -> str:
        return self.code


@dataclass(eq=False)
class Invalid(DomainError):
    """The input breaks a rule that can be judged without looking anything up."""

    code: ClassVar[str] = "invalid"


@dataclass(eq=False)
class NotFound(DomainError):
    """No such thing, or not one that the caller may know of."""

    code: ClassVar[str] = "not_found"


@dataclass(eq=False)
class Forbidden(DomainError):
    """The caller is known and may not do this."""

    code: ClassVar[str] = "forbidden"


@dataclass(eq=False)
class Conflict(DomainError):
    """The request is well formed but the present state refuses it."""

    code: ClassVar[str] = "conflict"


@dataclass(eq=False)
class Unavailable(DomainError):
    """Nothing is known to be wrong with the request; ask again with the same id."""

    code: ClassVar[str] = "unavailable"
