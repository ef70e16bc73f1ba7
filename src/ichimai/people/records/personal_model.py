"""What describes a person."""

from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class Details:
    """A person's name and contact, as they wish to be called and reached."""

    name: str = field(repr=False)
    kana: str = field(repr=False)
    phone: str = field(default="", repr=False)
    mail: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Personal:
    """The same with the birth date, which is a claim: somebody attested it."""

    details: Details
    born_on: date | None = field(repr=False)
