"""Whether a bank's result is that of a batch, and what it then says of each shop.

The order of ``check`` is the order of ``Rule``: the first that is broken is the answer.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Final

from ichimai.settlement.bank.errors import BankResultRefused
from ichimai.settlement.bank.model import (
    BankResult,
    Outcome,
    ParsedLine,
    ParsedResult,
    Reason,
    ResultKind,
    ResultLine,
    Rule,
    SentBatch,
)
from ichimai.settlement.model import ControlTotal

BACK: Final = frozenset({Outcome.FAILED, Outcome.RETURNED})
"""What makes money owed again."""


def check(parsed: ParsedResult, sent: SentBatch, today: date) -> tuple[ResultLine, ...]:
    """What ``parsed`` says of each shop of ``sent``. Raises BankResultRefused."""
    _check_cells(parsed.header_line, parsed.header, sent.header, Rule.OTHER_BATCH)
    if parsed.kind is ResultKind.ANSWER:
        places: Sequence[int] = range(len(sent.lines))
        if len(parsed.lines) != len(sent.lines):
            raise BankResultRefused(_first_unpaired(parsed, sent), Rule.COUNT, "count")
    else:
        places = _places(parsed.lines, sent)
    found = []
    for line, place in zip(parsed.lines, places, strict=True):
        _check_cells(line.number, line.cells, sent.lines[place], Rule.LINE_DIFFERS)
        outcome = _outcome(parsed.kind, line)
        found.append(ResultLine(sent.shops[place], outcome, line.reason, sent.yen[place]))
    _check_totals(parsed, sent, found)
    _check_day(parsed, sent, found, today)
    return tuple(found)


def _check_cells(
    number: int, cells: Mapping[str, str], sent: Mapping[str, str], rule: Rule
) -> None:
    for name, value in sent.items():
        if cells[name] != value:
            raise BankResultRefused(number, rule, name)


def _first_unpaired(parsed: ParsedResult, sent: SentBatch) -> int:
    """The first line that is not where it was sent, of a file with too many or too few."""
    for line, cells in zip(parsed.lines, sent.lines, strict=False):
        if line.cells != cells:
            return line.number
    return parsed.lines[0].number + min(len(parsed.lines), len(sent.lines))


def _places(lines: Iterable[ParsedLine], sent: SentBatch) -> list[int]:
    """Where each returned line stood in the batch: found by our reference, which is the shop's."""
    by_reference = {cells["reference"]: place for place, cells in enumerate(sent.lines)}
    places: list[int] = []
    for line in lines:
        place = by_reference.get(line.cells["reference"])
        if place is None:
            raise BankResultRefused(line.number, Rule.LINE_DIFFERS, "reference")
        if place in places:
            raise BankResultRefused(line.number, Rule.TWICE, "reference")
        places.append(place)
    return places


def _outcome(kind: ResultKind, line: ParsedLine) -> Outcome:
    is_done = line.reason is Reason.DONE
    if kind is ResultKind.ANSWER:
        return Outcome.DONE if is_done else Outcome.FAILED
    if is_done:
        raise BankResultRefused(line.number, Rule.REASON, "reason")
    return Outcome.RETURNED


def _check_totals(parsed: ParsedResult, sent: SentBatch, lines: Sequence[ResultLine]) -> None:
    done = [line.units for line in lines if line.outcome is Outcome.DONE]
    back = [line.units for line in lines if line.outcome in BACK]
    expected = (
        ("total", parsed.total, ControlTotal(len(lines), sum(done) + sum(back))),
        ("done", parsed.done, ControlTotal(len(done), sum(done))),
        ("back", parsed.back, ControlTotal(len(back), sum(back))),
    )
    for name, found, wanted in expected:
        if found != wanted:
            raise BankResultRefused(parsed.totals_line, Rule.TOTALS, name)
    if parsed.kind is ResultKind.ANSWER and parsed.total.yen != sum(sent.yen):
        raise BankResultRefused(parsed.totals_line, Rule.TOTALS, "total")


def _check_day(
    parsed: ParsedResult, sent: SentBatch, lines: Iterable[ResultLine], today: date
) -> None:
    has_moved = any(line.outcome is not Outcome.FAILED for line in lines)
    earliest = sent.pay_on if has_moved else sent.handed_on
    if not earliest <= parsed.result_on <= today:
        raise BankResultRefused(parsed.header_line, Rule.DAY, "result_on")


def check_consistent(
    parsed: ParsedResult, lines: Sequence[ResultLine], before: Sequence[BankResult]
) -> None:
    """Refuse what says otherwise than ``before``. Raises BankResultRefused."""
    answered = {
        line.shop: line
        for result in before
        if result.kind is ResultKind.ANSWER
        for line in result.lines
    }
    returned = {
        line.shop for result in before if result.kind is ResultKind.RETURN for line in result.lines
    }
    for line, number in zip(lines, [each.number for each in parsed.lines], strict=True):
        if not _may_follow(line, answered.get(line.shop), is_returned=line.shop in returned):
            raise BankResultRefused(number, Rule.CONTRADICTS, line.outcome.value)
    if answered and parsed.kind is ResultKind.ANSWER:
        # The same of every line, and not the same result: another day.
        raise BankResultRefused(parsed.header_line, Rule.CONTRADICTS, "result_on")


def _may_follow(line: ResultLine, answered: ResultLine | None, *, is_returned: bool) -> bool:
    """Money comes back once; what came back later was done before, whichever is told first."""
    if line.outcome is Outcome.RETURNED:
        has_failed = answered is not None and answered.outcome is Outcome.FAILED
        return not is_returned and not has_failed
    if is_returned and line.outcome is Outcome.FAILED:
        return False
    return answered in {None, line}
