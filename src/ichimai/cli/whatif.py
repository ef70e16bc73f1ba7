"""``ichimai program whatif``."""

import json
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from ichimai import merchants
from ichimai.cli.options import Data, Json, installation_of
from ichimai.kernel import Asset, Clock
from ichimai.kernel.clock import day_in_tokyo
from ichimai.programs import lists, whatif
from ichimai.programs.errors import UnknownProgram
from ichimai.programs.terms import Program
from ichimai.reporting import trial
from ichimai.reporting.trial import Row, Side, Trial
from ichimai.simulation import life
from ichimai.storage import ReadTx
from ichimai.towns import program_changes
from ichimai.towns.errors import Problem, TownInvalid

_DAY = ["%Y-%m-%d"]
_DAYS_BACK = 90
Key = Annotated[str, typer.Argument(help="The program's key.")]
Numbered = Annotated[int | None, typer.Option("--version", min=1, help="This version.")]
Text = Annotated[Path | None, typer.Option("--file", help="A version in a file (TOML).")]
From = Annotated[datetime | None, typer.Option("--from", formats=_DAY, help="The first day.")]
To = Annotated[datetime | None, typer.Option("--to", formats=_DAY, help="The last day.")]
Begins = Annotated[
    datetime | None,
    typer.Option("--as-if-from", formats=_DAY, help="Take the sales to begin here, in weeks."),
]
Belonging = Annotated[
    int | None,
    typer.Option(min=0, max=100, help="So many of 100 people belong to each group in the rules."),
]
Synthetic = Annotated[
    int | None, typer.Option(min=1, max=5_000_000, help="So many made-up sales instead.")
]


def program_whatif(
    key: Key,
    file: Text = None,
    version: Numbered = None,
    from_on: From = None,
    to_on: To = None,
    begins_on: Begins = None,
    belonging: Belonging = None,
    synthetic: Synthetic = None,
    seed: Annotated[int, typer.Option(help="The same seed, the same made-up sales.")] = 1,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """What a version would have cost over what was recorded, beside the rules that are in force.

    Sales, events, stamps and exchanges; by default the last version, over the last 90 days. Who
    belongs to a group that rules name is not looked up: without --belonging, what it is if nobody
    does and if everybody does. Fewer than five people are never shown.
    """
    if file is not None and version is not None:
        raise typer.BadParameter("give --file or --version, not both")
    with (
        installation_of(data) as installation,
        installation.database.snapshot(installation.operator) as tx,
    ):
        clock, asset = installation.clock, Asset(key)
        if file is None:
            program = _version(tx, asset, version)
        else:
            program = program_changes.tried(tx, asset, _read(file))
        first, last = _days(clock, from_on, to_on)
        if synthetic is None:
            history = whatif.history(tx, from_on=first, to_on=last)
        else:
            tills = merchants.tills.stand_ins(tx)
            history = life.made_up_sales(tills, synthetic, seed=seed, from_on=first, to_on=last)
        versions = lists.versions(tx)
        found = trial.made(
            versions,
            lists.catalogue(tx).at(clock.now()).get(asset),
            program,
            history,
            from_on=first,
            to_on=last,
            begins_on=begins_on.date() if begins_on else None,
            belonging_percent=belonging,
        )
    if as_json:
        typer.echo(json.dumps(msgspec.to_builtins(found), ensure_ascii=False))
    else:
        typer.echo("\n".join(_lines(found)))


def _version(tx: ReadTx, key: Asset, version: int | None) -> Program:
    """Raises UnknownProgram."""
    mine = [each.program for each in lists.versions(tx) if each.program.key == key]
    found = [each for each in mine if version is None or each.version == version]
    if not found:
        raise UnknownProgram
    return found[-1]


def _days(clock: Clock, from_on: datetime | None, to_on: datetime | None) -> tuple[date, date]:
    """The days asked for; by default the last 90 that are over."""
    last = to_on.date() if to_on else day_in_tokyo(clock.now()) - timedelta(days=1)
    first = from_on.date() if from_on else last - timedelta(days=_DAYS_BACK - 1)
    if first > last:
        raise typer.BadParameter("the last day is before the first")
    return first, last


def _read(file: Path) -> str:
    """Raises TownInvalid for what is no text."""
    try:
        return file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise TownInvalid(file.name, line, "", Problem.NOT_UTF_8) from None


def _lines(found: Trial) -> Iterable[str]:
    moved = f", taken {found.moved_weeks} weeks later" if found.moved_weeks else ""
    days = f"{found.from_on} to {found.to_on}{moved}"
    yield f"{found.sales:,} sales of {found.sales_yen:,} yen, {days}"
    yield f"{found.occasions:,} events and stamps"
    if found.now is not None:
        yield from _side("now ", found.now)
    yield from _side("then", found.then)
    yield f"difference: {_difference(found.difference_yen)}"
    yield f"people who get more: {_people(found.gained)}, less: {_people(found.lost)}"
    yield from _table("association", found.by_association)
    yield from _table("month", found.by_month)
    if found.then_most is not None:
        yield "Some rules are for groups of people. That was if nobody belongs; if everybody does:"
        if found.now_most is not None:
            yield from _side("now ", found.now_most)
        yield from _side("then", found.then_most)
        yield f"difference: {_difference(found.difference_most_yen)}"
    elif found.asks_who:
        yield f"{found.belonging_percent} of 100 people are taken to belong to each group."


def _difference(yen: int | None) -> str:
    return "not shown" if yen is None else f"{yen:+,} yen"


def _side(name: str, side: Side) -> Iterable[str]:
    if side.units is None:
        yield f"{name} (version {side.version}): not shown, of fewer than five people"
    else:
        yield (
            f"{name} (version {side.version}): {side.units:,} units to {side.people:,} people,"
            f" {side.cost_yen:,} yen when all are used, {side.liability_yen:,} yen still owed at"
            f" the end; limits and budgets kept {side.cut_units:,} units back"
        )
    if side.exchanges:
        yield f"{name} {side.exchanges:,} exchanges, {side.exchange_yen:,} yen owed for them"


def _people(count: int | None) -> str:
    return "fewer than 5" if count is None else f"{count:,}"


def _table(name: str, rows: Iterable[Row]) -> Iterable[str]:
    for row in rows:
        told = [f"{units:,}" if units is not None else "not shown" for units in (row.now, row.then)]
        yield f"{name} {row.key}: {told[0]} now, {told[1]} then"
