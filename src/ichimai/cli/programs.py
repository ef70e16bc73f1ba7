"""``ichimai program``."""

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from ichimai import programs, towns
from ichimai.cli.options import As, Data, Json, installation_of, member_of
from ichimai.kernel import Asset, ids
from ichimai.kernel.clock import day_in_tokyo
from ichimai.ledger import OperationId
from ichimai.people.model import StaffRole
from ichimai.towns import program_files
from ichimai.towns.errors import TownInvalid

program_cli = typer.Typer(no_args_is_help=True, help="Programs: those in use, and a town's file.")

English = Annotated[bool, typer.Option("--english", help="In English; else in Japanese.")]


@program_cli.command("list")
def program_list(data: Data = None, as_json: Json = False) -> None:
    """The programs in use, each with the version that is in force."""
    with (
        installation_of(data) as installation,
        installation.database.read(installation.operator) as tx,
    ):
        versions = programs.lists.versions(tx)
        now = installation.clock.now()
    last = {each.program.key: each.starts_at for each in versions if each.starts_at <= now}
    rows = [
        {
            "key": program.key,
            "version": program.version,
            "kind": program.kind.value,
            "name_ja": program.name_ja,
            "name_en": program.name_en,
            "from": day_in_tokyo(starts_at).isoformat(),
            "in_force": starts_at <= now,
        }
        for program, starts_at in versions
        if starts_at >= last.get(program.key, starts_at)
    ]
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        since = f"{'from' if row['in_force'] else 'will begin'} {row['from']}"
        names = f"{row['name_ja']} ({row['name_en']})"
        typer.echo(f"{row['key']}  {row['kind']}  version {row['version']} {since}  {names}")


@program_cli.command("show")
def program_show(
    key: Annotated[str, typer.Argument(help="The program's key.")],
    english: English = False,
    as_toml: Annotated[bool, typer.Option("--toml", help="As programs.toml says it.")] = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """The terms of a program in force, in plain words."""
    with (
        installation_of(data) as installation,
        installation.database.read(installation.operator) as tx,
    ):
        program = programs.lists.in_force(tx, Asset(key), installation.clock.now())
        names = program_files.names_in_use(tx)
    if as_toml:
        typer.echo(program_files.written(program), nl=False)
    elif as_json:
        typer.echo(msgspec.json.encode(program).decode())
    else:
        typer.echo("\n".join(program_files.sentences(program, "en" if english else "ja", names)))


@program_cli.command("check")
def program_check(
    file_or_town: Annotated[str, typer.Argument(help="A town, its folder, or a file of programs.")],
    town: Annotated[
        str | None, typer.Option(help="Whose file it is; else the town of its folder.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Check programs, and name everything that is wrong by line, field and rule."""
    file = Path(file_or_town)
    is_file = file.is_file()
    wrong = towns.check(town or file.parent, file) if is_file else towns.check(file_or_town)
    _tell(wrong, as_json=as_json)
    if not wrong and not as_json:
        typer.echo("Nothing is wrong.")


@program_cli.command("load")
def program_load(file: Path, data: Data = None, as_json: Json = False) -> None:
    """Put new and changed programs of a town's file into use, all of them or none.

    A version that has begun stays as it is: write the next one, from a day to come on.
    """
    with (
        installation_of(data) as installation,
        installation.database.write(installation.operator) as tx,
    ):
        known = program_files.in_use(tx)
        wanted, wrong = program_files.checked_file(file.parent, file.name, known)
        if wrong:
            _tell(wrong, as_json=as_json)
        loaded = programs.lists.load_programs(tx, installation.clock, wanted)
    body = [{"key": program.key, "version": program.version} for program in loaded]
    if as_json:
        typer.echo(json.dumps({"loaded": body}))
        return
    for program in loaded:
        typer.echo(f"{program.key} version {program.version}")
    typer.echo(f"{len(loaded)} of {len(wanted)} are new or changed")


@program_cli.command("extend")
def program_extend(
    day: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], help="The day with which lots ended.")
    ],
    until: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], help="The last day on which to spend them.")
    ],
    name: As,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Give back what ended on a day of an outage, once, in programs that extend after one."""
    with installation_of(data) as installation:
        member = member_of(installation, name, StaffRole.APPROVER)
        restored = programs.upkeep.restore_after_outage(
            installation.desk, day.date(), until.date(), member.id
        )
    if as_json:
        typer.echo(json.dumps({"restored_lots": restored}))
    else:
        typer.echo(f"{restored} lots may be spent until {until.date()}")


@program_cli.command("deliver")
def program_deliver(
    key: Annotated[str, typer.Argument(help="The program's key.")],
    thing: Annotated[str, typer.Argument(help="The thing's key, as programs.toml has it.")],
    place: Annotated[str, typer.Argument(help="The number of the place or shop: 00-005.")],
    pieces: Annotated[int, typer.Argument(min=1, help="How many were brought there.")],
    name: As,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Note that things were brought to where they are handed over: so many can be had there."""
    with installation_of(data) as installation:
        member = member_of(installation, name, StaffRole.OFFICER)
        clock = installation.clock
        with installation.database.write(installation.operator) as tx:
            program = programs.lists.in_force(tx, Asset(key), clock.now())
            programs.stock.bring(
                tx,
                clock,
                OperationId(ids.uuid7(clock)),
                program=program,
                thing=thing,
                number=place,
                pieces=pieces,
                by=member.id,
            )
            there = sum(programs.stock.left(tx, program.key, thing).values())
    if as_json:
        typer.echo(json.dumps({"delivered": pieces, "left_everywhere": there}))
    else:
        typer.echo(f"{pieces} to {place}; {there} left everywhere")


def _tell(wrong: Sequence[TownInvalid], *, as_json: bool) -> None:
    """Tell what is wrong, and end with 1 if anything is."""
    for each in wrong:
        typer.echo(str(each), err=True)
    if as_json:
        faults = [
            {
                "file": each.file,
                "line": each.line,
                "field": each.field,
                "problem": each.problem.value,
                "rule": each.rule.value if each.rule else None,
                "meaning": each.rule.meaning if each.rule else None,
            }
            for each in wrong
        ]
        typer.echo(json.dumps({"errors": faults}, ensure_ascii=False))
    if wrong:
        raise typer.Exit(1)
