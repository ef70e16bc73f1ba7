"""Which programs of a file are new or changed, and whether they may be. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

import msgspec

from ichimai.kernel import Asset
from ichimai.kernel.clock import start_of_day
from ichimai.programs.errors import VersionBegun, VersionTooEarly
from ichimai.programs.terms import Program, Version

_WORDS: Final = (
    "name_ja",
    "name_en",
    "unit_ja",
    "unit_en",
    "about_ja",
    "about_en",
    "deciding_law",
    "service",
)
"""What may be worded better in a version that has begun: nobody's money depends on it."""


def changes(known: Iterable[Version], wanted: Iterable[Program], now: datetime) -> list[Program]:
    """Which of ``wanted`` are not ``known`` as they are. Raises VersionBegun, VersionTooEarly."""
    before = {(each.program.key, each.program.version): each for each in known}
    found = []
    for program in wanted:
        if (each := before.get((program.key, program.version))) and each.program == program:
            continue
        _check(before, program, now)
        found.append(program)
    return found


def _check(before: Mapping[tuple[Asset, int], Version], program: Program, now: datetime) -> None:
    mine = before.get((program.key, program.version))
    if mine is not None and mine.starts_at <= now:
        if _worded_as(mine.program, program) != mine.program:
            raise VersionBegun(program.key, program.version)
        return
    is_first = program.version == 1 and mine is None
    starts_on = program.starts_on
    if not is_first and starts_on is not None and start_of_day(starts_on) <= now:
        raise VersionTooEarly(program.key, program.version, starts_on)


def _worded_as(old: Program, new: Program) -> Program:
    """``new`` with the words of ``old``."""
    words = {field: getattr(old, field) for field in _WORDS}
    return msgspec.structs.replace(new, **words)
