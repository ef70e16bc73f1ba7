"""Whether a bank's result is that of a file that was sent, and what it then says of each payee.

The order of ``check`` is the order of ``Rule``: the first that is broken is the answer.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Final

from ichimai.kernel.clock import day_in_tokyo
from ichimai.settlement.bank.errors import BankResultRefused
from ichimai.settlement.bank.model import (
    BankResult,
    NewResult,
    Of,
    Outcome,
    ParsedLine,
    ParsedResult,
    Reason,
    ResultKind,
    ResultLine,
    Rule,
    SentFile,
    Whom,
)
from ichimai.settlement.model import ControlTotal

BACK: Final = frozenset({Outcome.FAILED, Outcome.RETURNED})
"""What makes money owed again."""


def chosen(parsed: ParsedResult, found: Sequence[SentFile[Of, Whom]]) -> SentFile[Of, Whom]:
    """Which of the files that were sent a result is of. Raises BankResultRefused."""
    if not found:
        raise BankResultRefused(parsed.header_line, Rule.NO_SUCH_BATCH, "header")
    if len(found) == 1:
        return found[0]
    same = [sent for sent in found if all(line.cells in sent.lines for line in parsed.lines)]
    if len(same) > 1:
        raise BankResultRefused(0, Rule.MORE_THAN_ONE_BATCH, "header")
    if not same:
        raise BankResultRefused(parsed.header_line, Rule.NO_SUCH_BATCH, "lines")
    return same[0]


def judged(
    parsed: ParsedResult,
    sent: SentFile[Of, Whom],
    before: Sequence[BankResult[Of, Whom]],
    new: NewResult,
) -> BankResult[Of, Whom]:
    """What a result file says: the one of ``before`` that says the same, or a new result.

    Raises BankResultRefused.
    """
    lines = check(parsed, sent, day_in_tokyo(new.at))
    for known in before:
        if known.kind is parsed.kind and _says_the_same(known, parsed, lines, new.sha256):
            return known
    check_consistent(parsed, lines, before)
    return BankResult(
        id=new.id,
        of=sent.of,
        kind=parsed.kind,
        format=parsed.format,
        sha256=new.sha256,
        result_on=parsed.result_on,
        imported_by=new.by,
        imported_at=new.at,
        lines=lines,
    )


def _says_the_same(
    known: BankResult[Of, Whom],
    parsed: ParsedResult,
    lines: tuple[ResultLine[Whom], ...],
    sha256: str,
) -> bool:
    """Whether a result is the same file again, or the same in the other format."""
    if known.sha256 == sha256:
        return True
    return known.result_on == parsed.result_on and set(known.lines) == set(lines)


def check(
    parsed: ParsedResult, sent: SentFile[Of, Whom], today: date
) -> tuple[ResultLine[Whom], ...]:
    """What ``parsed`` says of each payee of ``sent``. Raises BankResultRefused."""
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
        found.append(ResultLine(sent.payees[place], outcome, line.reason, sent.yen[place]))
    _check_totals(parsed, sent, found)
    _check_day(parsed, sent, found, today)
    return tuple(found)


def _check_cells(
    number: int, cells: Mapping[str, str], sent: Mapping[str, str], rule: Rule
) -> None:
    for name, value in sent.items():
        if cells[name] != value:
            raise BankResultRefused(number, rule, name)


def _first_unpaired(parsed: ParsedResult, sent: SentFile[Of, Whom]) -> int:
    """The first line that is not where it was sent, of a file with too many or too few."""
    for line, cells in zip(parsed.lines, sent.lines, strict=False):
        if line.cells != cells:
            return line.number
    return parsed.lines[0].number + min(len(parsed.lines), len(sent.lines))


def _places(lines: Iterable[ParsedLine], sent: SentFile[Of, Whom]) -> list[int]:
    """Where each returned line stood in the batch: found by our reference."""
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


def _check_totals(
    parsed: ParsedResult, sent: SentFile[Of, Whom], lines: Sequence[ResultLine[Whom]]
) -> None:
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
    parsed: ParsedResult,
    sent: SentFile[Of, Whom],
    lines: Iterable[ResultLine[Whom]],
    today: date,
) -> None:
    has_moved = any(line.outcome is not Outcome.FAILED for line in lines)
    earliest = sent.pay_on if has_moved else sent.handed_on
    if not earliest <= parsed.result_on <= today:
        raise BankResultRefused(parsed.header_line, Rule.DAY, "result_on")


def check_consistent(
    parsed: ParsedResult,
    lines: Sequence[ResultLine[Whom]],
    before: Sequence[BankResult[Of, Whom]],
) -> None:
    """Refuse what says otherwise than ``before``. Raises BankResultRefused."""
    answered = {
        line.payee: line
        for result in before
        if result.kind is ResultKind.ANSWER
        for line in result.lines
    }
    returned = {
        line.payee for result in before if result.kind is ResultKind.RETURN for line in result.lines
    }
    for line, number in zip(lines, [each.number for each in parsed.lines], strict=True):
        if not _may_follow(line, answered.get(line.payee), is_returned=line.payee in returned):
            raise BankResultRefused(number, Rule.CONTRADICTS, line.outcome.value)
    if answered and parsed.kind is ResultKind.ANSWER:
        # The same of every line, and not the same result: another day.
        raise BankResultRefused(parsed.header_line, Rule.CONTRADICTS, "result_on")


def _may_follow(
    line: ResultLine[Whom], answered: ResultLine[Whom] | None, *, is_returned: bool
) -> bool:
    """Money comes back once; what came back later was done before, whichever is told first."""
    if line.outcome is Outcome.RETURNED:
        has_failed = answered is not None and answered.outcome is Outcome.FAILED
        return not is_returned and not has_failed
    if is_returned and line.outcome is Outcome.FAILED:
        return False
    return answered in {None, line}
