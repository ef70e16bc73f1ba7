"""Lists for letters that tell people of ends, for the office that has their addresses.

Here are no names and no addresses (decision 8): a list has the numbers that grant lists had.
"""

from collections import Counter
from datetime import date
from typing import NamedTuple
from uuid import UUID

from ichimai import audit
from ichimai.kernel import Asset, Clock, ids
from ichimai.programs import end_letter_store, ending_rules, store
from ichimai.programs.end_letter_store import Addressee, EndLetter
from ichimai.programs.errors import NobodyToWriteTo, UnknownEndLetter
from ichimai.programs.terms import Program
from ichimai.storage import ReadTx, WriteTx

__all__ = [
    "Addressee",
    "EndLetter",
    "Waiting",
    "letter",
    "letters",
    "make",
    "read",
    "sent",
    "waiting",
]


class Waiting(NamedTuple):
    """How many wait for a letter about what ends with a day; how many have no number for one."""

    program: Asset
    last_on: date
    with_number: int
    without_number: int


def waiting(tx: ReadTx, clock: Clock) -> list[Waiting]:
    """Who waits for a letter, by the day that ends what they have, and by program."""
    having, lacking = Counter[tuple[date, Asset]](), Counter[tuple[date, Asset]]()
    for each in end_letter_store.waiting(tx, clock.now()):
        place = ending_rules.last_day(each.ends_at), each.program
        having[place] += each.with_number
        lacking[place] += each.without_number
    return [
        Waiting(program, last, having[last, program], lacking[last, program])
        for last, program in sorted(having)
    ]


def make(tx: WriteTx, clock: Clock, *, by: UUID) -> UUID:
    """Make a list of everybody who waits and has a number. Raises NobodyToWriteTo."""
    letter = ids.uuid7(clock)
    if not end_letter_store.add(tx, letter, by=by, at=clock.now()):
        raise NobodyToWriteTo
    return letter


def letters(tx: ReadTx) -> list[EndLetter]:
    """The lists, the newest first."""
    return end_letter_store.letters(tx)


def letter(tx: ReadTx, id_: UUID) -> EndLetter:
    """One list. Raises UnknownEndLetter."""
    found = end_letter_store.letters(tx, id_)
    if not found:
        raise UnknownEndLetter
    return found[0]


def read(
    tx: WriteTx, clock: Clock, look: audit.Look, id_: UUID
) -> tuple[list[Addressee], dict[Asset, Program]]:
    """Who is on a list, and the programs by their last terms; that it was read is written.

    The same however often it is read. Raises UnknownEndLetter.
    """
    audit.record(tx, clock, look, [ids.NIL], audit.What.EXPORT)
    letter(tx, id_)
    programs = {program.key: program for program in store.programs(tx)}
    return end_letter_store.addressees(tx, id_), programs


def sent(tx: WriteTx, clock: Clock, id_: UUID, *, by: UUID) -> EndLetter:
    """Write that the letters of a list were posted; again changes nothing.

    Raises UnknownEndLetter.
    """
    end_letter_store.set_sent(tx, id_, by=by, at=clock.now())
    return letter(tx, id_)
