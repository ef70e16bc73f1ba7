"""A list for letters that tell people of ends, as a file for the office that has addresses."""

from collections.abc import Iterable, Mapping

from ichimai.kernel import Asset, text
from ichimai.programs.terms import Program
from ichimai.programs.upkeep import Addressee, ending_rules
from ichimai.reporting.labels import COLUMNS, Language, said
from ichimai.settlement.statements import csv_bytes

_COLUMNS = ("recipient", "program", "name", "units", "yen", "last_on", "notice", "told_on")


def as_csv(
    addressees: Iterable[Addressee],
    programs: Mapping[Asset, Program],
    language: Language = "ja",
    encoding: text.Encoding = text.Encoding.UTF_8_BOM,
) -> bytes:
    """A line for each person and end. Raises text.UnmappableText for CP932."""
    rows = [
        (
            each.number,
            each.program,
            said((programs[each.program].name_ja, programs[each.program].name_en), language),
            str(each.units),
            str(each.units * programs[each.program].unit_yen),
            ending_rules.last_day(each.ends_at).isoformat(),
            said(_notice(each), language),
            each.told_on.isoformat(),
        )
        for each in addressees
    ]
    return csv_bytes([said(COLUMNS[column], language) for column in _COLUMNS], rows, encoding)


def _notice(told: Addressee) -> tuple[str, str]:
    if told.days == ending_rules.MOVED:
        return "期限の延長", "moved"
    # A notice that was late is not told by the day on which it was due.
    days = (ending_rules.last_day(told.ends_at) - told.told_on).days
    return f"{days}日前", f"{days} days before"
