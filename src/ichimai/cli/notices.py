"""``ichimai notice``: letters to those whom nothing else tells that value of theirs ends."""

import json
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from ichimai import audit, reporting
from ichimai.cli.options import As, Cp932, Data, Json, installation_of, member_of
from ichimai.kernel import text
from ichimai.people.model import StaffRole
from ichimai.programs.upkeep import end_letters

notice_cli = typer.Typer(no_args_is_help=True, help="Notices that value ends, for letters.")

Letter = Annotated[UUID | None, typer.Argument(help="A list; else a new one of all who wait.")]
To = Annotated[Path, typer.Option("--to", help="The file to write.")]


@notice_cli.command("list")
def notice_list(data: Data = None, as_json: Json = False) -> None:
    """Who waits for a letter, and the lists of letters so far."""
    with (
        installation_of(data) as installation,
        installation.database.read(installation.operator) as tx,
    ):
        waiting = [
            {
                "program": each.program,
                "last_on": each.last_on.isoformat(),
                "people": each.with_number,
                "without_number": each.without_number,
            }
            for each in end_letters.waiting(tx, installation.clock)
        ]
        lists = [
            {
                "id": str(each.id),
                "made_at": each.made_at.isoformat(),
                "people": each.people,
                "sent_at": each.sent_at.isoformat() if each.sent_at else None,
            }
            for each in end_letters.letters(tx)
        ]
    if as_json:
        typer.echo(json.dumps({"waiting": waiting, "lists": lists}))
        return
    for one in waiting:
        typer.echo(
            f"{one['program']}  until {one['last_on']}  {one['people']} wait for a letter,"
            f" {one['without_number']} have no number"
        )
    for each in lists:
        state = f"sent {each['sent_at']}" if each["sent_at"] else "not sent"
        typer.echo(f"{each['id']}  {each['made_at']}  {each['people']} people  {state}")


@notice_cli.command("export")
def notice_export(
    name: As, to: To, letter: Letter = None, cp932: Cp932 = False, data: Data = None
) -> None:
    """Write a list for letters as CSV: of all who wait, or one that was made before again."""
    with installation_of(data) as installation:
        member = member_of(installation, name, StaffRole.OFFICER)
        look = audit.Look(member.id, member.role.value, audit.Purpose.LIST)
        with installation.database.write(installation.operator) as tx:
            clock = installation.clock
            id_ = letter or end_letters.make(tx, clock, by=member.id)
            addressees, programs = end_letters.read(tx, clock, look, id_)
            encoding = text.Encoding.CP932 if cp932 else text.Encoding.UTF_8_BOM
            table = reporting.end_letters.as_csv(addressees, programs, encoding=encoding)
            # Before the commit: a list whose file cannot be written is not made.
            to.write_bytes(table)
    typer.echo(f"{id_}  {len(addressees)} letters")


@notice_cli.command("sent")
def notice_sent(letter: UUID, name: As, data: Data = None) -> None:
    """Write that the letters of a list were posted."""
    with installation_of(data) as installation:
        member = member_of(installation, name, StaffRole.OFFICER)
        with installation.database.write(installation.operator) as tx:
            found = end_letters.sent(tx, installation.clock, letter, by=member.id)
    typer.echo(f"{found.id}  {found.people} people")
