"""Reports for treasurers and auditors: a chart, the table that says the same, and both as files."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from tempfile import SpooledTemporaryFile
from typing import Any, Final

from markupsafe import Markup
from starlette.responses import Response
from starlette.routing import Route

from ichimai import reporting
from ichimai.kernel import Asset, text
from ichimai.kernel.clock import day_in_tokyo
from ichimai.programs import lists
from ichimai.programs.terms import Program
from ichimai.reporting import labels, months
from ichimai.reporting.journal import Each
from ichimai.reporting.model import LiabilityReport
from ichimai.reporting.tables import Report
from ichimai.storage import ReadTx
from ichimai.web.console.door import DOOR, EVERYBODY, VERIFIERS, AtConsole, for_staff
from ichimai.web.console.program_parts import PartWords
from ichimai.web.console.shops import SIZES
from ichimai.web.layout import Pages, formats, mark
from ichimai.web.layout.charts import Bar, bars
from ichimai.web.layout.downloads import CSV, download, streamed

_IN_CHART: Final = 15
_MONTHS: Final = 24
_CHUNK: Final = 1 << 16
_IN_MEMORY: Final = 1 << 24
"""So many bytes of a file are kept before it goes to the disk."""

_OTHERS: Final = {"other": mark("Somebody else")}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for; a day that is none is as if it had not been said."""

    program: str
    at: date | None
    first: date
    last: date


def routes(pages: Pages) -> list[Route]:
    """The pages of the reports."""
    found = [
        pages.page("/console/reports", DOOR, for_staff(VERIFIERS, _index)),
        pages.page("/console/reports/journal", DOOR, for_staff(VERIFIERS, _journal)),
    ]
    for name, who, page, table in (
        ("unused", VERIFIERS, _unused, _unused_csv),
        ("expired", VERIFIERS, _expired, _expired_csv),
        ("liability", VERIFIERS, _liability, _liability_csv),
        ("share", EVERYBODY, _share, _share_csv),
    ):
        found.append(pages.page(f"/console/reports/{name}", DOOR, for_staff(who, page)))
        found.append(pages.page(f"/console/reports/{name}.csv", DOOR, for_staff(who, table)))
    return found


def _index(here: AtConsole) -> Response:
    """The reports, and the journal for the town's accounting."""
    asked = _asked(here)
    return here.render("console/reports.html", asked=asked, each=Each)


def _unused(here: AtConsole) -> Response:
    """Unused balances, and what the Payment Services Act makes of each."""
    with here.snapshot() as tx:
        found = _make_unused(here, tx)
        party_name = _party_names(here, tx)
    chart = [
        Bar(_called(here, row.program), row.yen, here.visit.yen(row.yen))
        for row in found.rows
        if row.yen > 0
    ]
    return here.render(
        "console/report_unused.html",
        found=found,
        party_name=party_name,
        instruments=_said(here, labels.INSTRUMENTS),
        chart=bars(chart),
        query=f"?at={found.day_on}",
    )


def _expired(here: AtConsole) -> Response:
    """Value that ended in a period, and from whose money."""
    asked = _asked(here)
    with here.snapshot() as tx:
        found = _make_expired(here, tx)
        party_name = _party_names(here, tx)
    return here.render(
        "console/report_expired.html",
        found=found,
        asked=asked,
        party_name=party_name,
        money=_said(here, labels.MONEY),
        chart=_chart(here, labels.MONEY, found.by_money),
        query=f"?first={found.from_on}&last={found.to_on}",
    )


def _liability(here: AtConsole) -> Response:
    """What is outstanding: how old, until when, and from whose money."""
    with here.snapshot() as tx:
        found = _make_liability(here, tx)
        party_name = _party_names(here, tx)
    sums: dict[tuple[Any, str, Any], int] = {}
    for row in found.rows:
        key = row.program, row.party, row.money
        sums[key] = sums.get(key, 0) + row.yen
    return here.render(
        "console/report_liability.html",
        found=found,
        party_name=party_name,
        by_program=sorted(sums.items(), key=lambda pair: -pair[1]),
        money=_said(here, labels.MONEY),
        parts=_parts(here, found),
        query=f"?at={found.day_on}",
    )


def _parts(here: AtConsole, found: LiabilityReport) -> list[tuple[str, Markup, list[Any]]]:
    """The three ways to look at what is outstanding: a title, a chart and a table each."""
    wanted: tuple[tuple[str, Mapping[Any, tuple[str, str]], Mapping[Any, int]], ...] = (
        (mark("Whose money"), labels.MONEY, found.by_money),
        (mark("How long it could be used already"), labels.AGES, found.by_age),
        (mark("How long it can still be used"), labels.ENDS, found.by_end),
    )
    return [
        (
            here.visit.say(title),
            _chart(here, words, sums),
            [(word, sums.get(key, 0)) for key, word in _said(here, words).items()],
        )
        for title, words, sums in wanted
    ]


def _share(here: AtConsole) -> Response:
    """Where a program was spent, in whole months, without what is of fewer than five people."""
    with here.snapshot() as tx:
        programs = lists.all_programs(tx)
        program = _program(here, programs)
        first, last = _months_asked(here)
        found = reporting.share(
            tx, here.visit.services.clock, program.key, from_on=first, to_on=last
        )
    ranked = sorted(found.by_association, key=lambda row: -row.units)

    def bar(name: str, units: int) -> Bar:
        return Bar(name, units, formats.units(units, program, here.visit.language))

    return here.render(
        "console/report_share.html",
        found=found,
        program=program,
        programs=programs,
        ranked=ranked,
        whole=None if all(each.units is None for each in found.months) else found.units,
        month_names=_month_names(here),
        size_names={size.value: here.visit.say(name) for size, name in SIZES.items()},
        street_chart=bars(
            [bar(row.name, row.units) for row in ranked[:_IN_CHART] if row.units > 0]
        ),
        size_chart=bars(
            [
                bar(here.visit.say(SIZES[size]), row.units)
                for row in found.by_size
                for size in SIZES
                if size.value == row.key and row.units > 0
            ]
        ),
        query=f"?program={program.key}&first={found.from_on}&last={found.to_on.replace(day=1)}",
    )


def _unused_csv(here: AtConsole) -> Response:
    """Unused balances as a table."""
    with here.snapshot() as tx:
        found = _make_unused(here, tx)
    return _file(here, found, f"unused_{found.day_on}.csv")


def _expired_csv(here: AtConsole) -> Response:
    """Value that ended, as a table."""
    with here.snapshot() as tx:
        found = _make_expired(here, tx)
    return _file(here, found, f"expired_{found.from_on}_{found.to_on}.csv")


def _liability_csv(here: AtConsole) -> Response:
    """What is outstanding, as a table."""
    with here.snapshot() as tx:
        found = _make_liability(here, tx)
    return _file(here, found, f"liability_{found.day_on}.csv")


def _share_csv(here: AtConsole) -> Response:
    """Shares as a table, month by month."""
    with here.snapshot() as tx:
        program = _program(here, lists.all_programs(tx))
        first, last = _months_asked(here)
        clock = here.visit.services.clock
        found = reporting.share(tx, clock, program.key, from_on=first, to_on=last)
    return _file(here, found, f"share_{program.key}_{found.from_on:%Y-%m}.csv")


def _journal(here: AtConsole) -> Response:
    """The journal as a file: a table, or beancount text."""
    asked, clock = _asked(here), here.visit.services.clock
    query = here.visit.request.query_params
    each = Each.DAY if query.get("each") == Each.DAY else Each.OPERATION
    name = f"journal_{asked.first}_{asked.last}"
    with here.snapshot() as tx:
        if query.get("format") == "beancount":
            parts = reporting.journal.as_beancount(
                tx, clock, from_on=asked.first, to_on=asked.last, each=each
            )
            return streamed(
                _kept(parts), name=f"{name}.beancount", kind="text/plain; charset=utf-8"
            )
        is_cp932 = query.get("format") == "cp932"
        parts = reporting.journal.as_csv(
            tx,
            clock,
            from_on=asked.first,
            to_on=asked.last,
            each=each,
            encoding=text.Encoding.CP932 if is_cp932 else text.Encoding.UTF_8_BOM,
        )
        kind = "text/csv; charset=Shift_JIS" if is_cp932 else CSV
        return streamed(_kept(parts), name=f"{name}.csv", kind=kind)


def _kept(parts: Iterable[bytes]) -> Iterable[bytes]:
    """The whole file before its first byte is sent: what goes wrong is told, not cut off."""
    file = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - closed by who reads it
    try:
        for part in parts:
            file.write(part)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return _read(file)


def _read(file: SpooledTemporaryFile[bytes]) -> Iterable[bytes]:
    with file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _make_unused(here: AtConsole, tx: ReadTx) -> reporting.model.UnusedReport:
    return reporting.unused(tx, here.visit.services.clock, on=_asked(here).at)


def _make_expired(here: AtConsole, tx: ReadTx) -> reporting.model.ExpiredReport:
    asked = _asked(here)
    clock = here.visit.services.clock
    return reporting.expired(tx, clock, from_on=asked.first, to_on=asked.last)


def _make_liability(here: AtConsole, tx: ReadTx) -> LiabilityReport:
    return reporting.liability(tx, here.visit.services.clock, on=_asked(here).at)


def _file(here: AtConsole, report: Report, name: str) -> Response:
    content = reporting.tables.as_csv(report, here.visit.paper_language)
    return download(content, name=name, kind=CSV)


def _asked(here: AtConsole) -> Asked:
    """What the address says; by default the fiscal year so far."""
    query = here.visit.request.query_params
    last = _day(query.get("last")) or day_in_tokyo(here.visit.services.clock.now())
    april = date(last.year if last.month >= 4 else last.year - 1, 4, 1)
    return Asked(
        program=query.get("program", ""),
        at=_day(query.get("at")),
        first=_day(query.get("first")) or april,
        last=last,
    )


def _day(said: str | None) -> date | None:
    try:
        return date.fromisoformat(said or "")
    except ValueError:
        return None


def _months_asked(here: AtConsole) -> tuple[date | None, date | None]:
    query = here.visit.request.query_params
    last = _day(query.get("last"))
    # The very last month there is has no day after it; it is refused like every later one.
    if last is not None and last.year < date.max.year:
        last = months.last_day(last)
    return _day(query.get("first")), last


def _month_names(here: AtConsole) -> list[tuple[date, str]]:
    """The months that may be chosen, the newest first."""
    month = months.last_over(day_in_tokyo(here.visit.services.clock.now()))
    found = []
    for _ in range(_MONTHS):
        found.append((month, _month_name(here, month)))
        month = months.last_over(month)
    return found


def _month_name(here: AtConsole, month: date) -> str:
    is_japanese = here.visit.paper_language == "ja"
    return f"{month.year}年{month.month}月" if is_japanese else f"{month:%Y-%m}"


def _program(here: AtConsole, programs: list[Program]) -> Program:
    wanted = _asked(here).program
    return next((each for each in programs if each.key == Asset(wanted)), programs[0])


def _party_names(here: AtConsole, tx: ReadTx) -> Callable[[str], str]:
    words = PartWords.of(here.visit, tx)
    others = {party: here.visit.say(name) for party, name in _OTHERS.items()}
    return lambda party: others.get(party) or words.party(party)


def _called(here: AtConsole, program: reporting.model.ProgramName) -> str:
    return labels.said((program.name_ja, program.name_en), here.visit.paper_language)


def _said(here: AtConsole, words: Mapping[Any, tuple[str, str]]) -> dict[Any, str]:
    return {key: labels.said(pair, here.visit.paper_language) for key, pair in words.items()}


def _chart(
    here: AtConsole, words: Mapping[Any, tuple[str, str]], sums: Mapping[Any, int]
) -> Markup:
    said = _said(here, words)
    return bars(
        [
            Bar(said[key], sums[key], here.visit.yen(sums[key]))
            for key in words
            if sums.get(key, 0) > 0
        ]
    )
