"""Who of a town's residents gets a gift, and the list that an officer would upload."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from typing import Final

from ichimai.kernel import eras
from ichimai.kernel.ages import Window
from ichimai.kernel.text import Encoding, UnmappableText, to_cp932
from ichimai.programs.terms import Program, Reason
from ichimai.simulation.model import Gift, Recipient, Resident

COLUMNS: Final = (
    "宛名番号",
    "氏名",
    "カナ",
    "生年月日",
    "事由",
    "婚姻日",
    "夫婦番号",
    "金額",
)


def recipients(residents: Iterable[Resident], program: Program) -> tuple[Recipient, ...]:
    """Those whom ``program`` gives something, in the order of the residents.

    A couple's gift goes to the one of the two who comes first.
    """
    windows = [(reason, reason.window()) for reason in program.reasons]
    couples: set[tuple[str, str]] = set()
    gifts = ((resident, tuple(_gifts(resident, windows, couples))) for resident in residents)
    return tuple(Recipient(resident, given) for resident, given in gifts if given)


def gift_list_csv(recipients: Sequence[Recipient], program: Program, encoding: Encoding) -> bytes:
    """The list of grants, with a row for each gift, dates in 西暦 and 和暦 as they come.

    In CP932, as the register's old export would be, it has plain characters for those that
    CP932 lacks; in UTF-8, with or without byte order mark, names as they are.
    """
    weddings = {reason.name for reason in program.reasons if reason.is_for_couples}
    written = io.StringIO(newline="")
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for recipient in recipients:
        name = _name(recipient.resident, encoding)
        for gift in recipient.gifts:
            is_wedding = gift.reason in weddings
            writer.writerow(_row(recipient.resident, name, gift, is_wedding=is_wedding))
    text = written.getvalue()
    return to_cp932(text) if encoding is Encoding.CP932 else text.encode(encoding)


def _gifts(
    resident: Resident,
    windows: Iterable[tuple[Reason, Window]],
    couples: set[tuple[str, str]],
) -> Iterator[Gift]:
    for reason, window in windows:
        day = resident.married_on if reason.is_for_couples else resident.born_on
        if day is None or day not in window:
            continue
        if reason.is_for_couples:
            couple = (reason.name, resident.couple_number)
            if couple in couples:
                continue
            couples.add(couple)
        yield Gift(reason.name, reason.units)


def _row(resident: Resident, name: str, gift: Gift, *, is_wedding: bool) -> tuple[str, ...]:
    # Registers were joined from several systems: each left its own way to write a date.
    written = _DATE_STYLES[int(resident.number) % len(_DATE_STYLES)]
    return (
        resident.number,
        name,
        resident.kana,
        written(resident.born_on),
        gift.reason,
        written(resident.married_on) if is_wedding and resident.married_on else "",
        resident.couple_number if is_wedding else "",
        str(gift.units),
    )


def _name(resident: Resident, encoding: Encoding) -> str:
    if encoding is not Encoding.CP932:
        return resident.name
    try:
        to_cp932(resident.name)
    except UnmappableText:
        return resident.plain_name
    return resident.name


def _short_era(day: date) -> str:
    """As S24.10.3."""
    era = next(era for era in reversed(eras.ERAS) if era.first <= day)
    return f"{era.letter}{day.year - era.first.year + 1}.{day.month}.{day.day}"


_DATE_STYLES: Final[tuple[Callable[[date], str], ...]] = (
    date.isoformat,
    lambda day: f"{day.year}/{day.month}/{day.day}",
    eras.format_era,
    _short_era,
)
