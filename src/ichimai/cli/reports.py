"""``ichimai report``: what the law, the town and its accounting are told of the books."""

import json
import sys
from collections.abc import Callable, Iterable
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from ichimai import reporting
from ichimai.cli.options import Data, Json, installation_of
from ichimai.kernel import Asset, Clock, text
from ichimai.kernel.clock import day_in_tokyo
from ichimai.reporting.journal import Each
from ichimai.reporting.tables import Report
from ichimai.storage import ReadTx

report_cli = typer.Typer(
    no_args_is_help=True, help="Reports recomputed from the journal, and the journal itself."
)

_DAY = ["%Y-%m-%d"]
Csv = Annotated[bool, typer.Option("--csv", help="A table for a spreadsheet (UTF-8, with BOM).")]
Only = Annotated[str | None, typer.Option("--program", help="Only this program, by its key.")]
At = Annotated[datetime | None, typer.Option("--at", formats=_DAY, help="The end of this day.")]
From = Annotated[datetime | None, typer.Option("--from", formats=_DAY, help="The first day.")]
To = Annotated[datetime | None, typer.Option("--to", formats=_DAY, help="The last day.")]
Make = Callable[[ReadTx, Clock], Report]


class Format(StrEnum):
    """What the journal is written as."""

    CSV = "csv"
    CP932 = "csv-cp932"
    BEANCOUNT = "beancount"


@report_cli.command("unused")
def unused(
    at: At = None,
    program: Only = None,
    data: Data = None,
    as_json: Json = False,
    as_csv: Csv = False,
) -> None:
    """Unused balances for the 資金決済法, by default at the end of the last base day (基準日)."""

    def make(tx: ReadTx, clock: Clock) -> Report:
        return reporting.unused(tx, clock, on=_day(at), program=_asset(program))

    _tell(data, make, as_json=as_json, as_csv=as_csv)


@report_cli.command("expired")
def expired(
    from_on: From = None,
    to_on: To = None,
    program: Only = None,
    data: Data = None,
    as_json: Json = False,
    as_csv: Csv = False,
) -> None:
    """What ended in a period, and from whose money; by default in this fiscal year."""

    def make(tx: ReadTx, clock: Clock) -> Report:
        first, last = _period(from_on, to_on, clock)
        return reporting.expired(tx, clock, from_on=first, to_on=last, program=_asset(program))

    _tell(data, make, as_json=as_json, as_csv=as_csv)


@report_cli.command("liability")
def liability(
    at: At = None,
    program: Only = None,
    data: Data = None,
    as_json: Json = False,
    as_csv: Csv = False,
) -> None:
    """What is outstanding: how old, until when, and from whose money; by default now."""

    def make(tx: ReadTx, clock: Clock) -> Report:
        return reporting.liability(tx, clock, on=_day(at), program=_asset(program))

    _tell(data, make, as_json=as_json, as_csv=as_csv)


@report_cli.command("share")
def share(
    program: Annotated[str, typer.Option(help="The program's key.")] = "longevity-gift",
    from_on: From = None,
    to_on: To = None,
    data: Data = None,
    as_json: Json = False,
    as_csv: Csv = False,
) -> None:
    """Where a program was spent in whole months, nothing of fewer than five people shown."""

    def make(tx: ReadTx, clock: Clock) -> Report:
        return reporting.share(tx, clock, Asset(program), from_on=_day(from_on), to_on=_day(to_on))

    _tell(data, make, as_json=as_json, as_csv=as_csv)


@report_cli.command("journal")
def journal(
    from_on: From = None,
    to_on: To = None,
    as_: Annotated[Format, typer.Option("--format", help="What is written.")] = Format.CSV,
    each: Annotated[Each, typer.Option(help="What one entry is.")] = Each.OPERATION,
    file: Annotated[Path | None, typer.Option(help="Where to; else to standard output.")] = None,
    data: Data = None,
) -> None:
    """The journal for the town's accounting; by default of this fiscal year, without a person."""
    with installation_of(data) as installation:
        clock = installation.clock
        first, last = _period(from_on, to_on, clock)
        with installation.database.snapshot(installation.operator) as tx:
            _write(_journal(tx, clock, first, last, as_, each), file)


def _journal(
    tx: ReadTx, clock: Clock, first: date, last: date, as_: Format, each: Each
) -> Iterable[bytes]:
    if as_ is Format.BEANCOUNT:
        return reporting.journal.as_beancount(tx, clock, from_on=first, to_on=last, each=each)
    encoding = text.Encoding.CP932 if as_ is Format.CP932 else text.Encoding.UTF_8_BOM
    return reporting.journal.as_csv(
        tx, clock, from_on=first, to_on=last, each=each, encoding=encoding
    )


def _write(parts: Iterable[bytes], file: Path | None) -> None:
    """Write a file whole or not at all; what went to standard output is gone."""
    if file is None:
        for part in parts:
            sys.stdout.buffer.write(part)
        return
    partial = file.with_name(f"{file.name}.part")
    try:
        with partial.open("wb") as out:
            out.writelines(parts)
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)


def _tell(data: Path | None, make: Make, *, as_json: bool, as_csv: bool) -> None:
    with installation_of(data) as installation:
        clock = installation.clock
        with installation.database.snapshot(installation.operator) as tx:
            report = make(tx, clock)
    if as_csv:
        sys.stdout.buffer.write(reporting.tables.as_csv(report))
    elif as_json:
        typer.echo(json.dumps(msgspec.to_builtins(report), ensure_ascii=False))
    else:
        header, rows = reporting.tables.as_table(report, "en")
        for row in rows:
            filled = [f"{name}: {cell}" for name, cell in zip(header, row, strict=True) if cell]
            typer.echo("  ".join(filled))


def _period(from_on: datetime | None, to_on: datetime | None, clock: Clock) -> tuple[date, date]:
    """The days asked for; by default from 1 April to today."""
    last = _day(to_on) or day_in_tokyo(clock.now())
    april = date(last.year if last.month >= 4 else last.year - 1, 4, 1)
    return _day(from_on) or april, last


def _day(asked: datetime | None) -> date | None:
    return None if asked is None else asked.date()


def _asset(program: str | None) -> Asset | None:
    return None if program is None else Asset(program)
