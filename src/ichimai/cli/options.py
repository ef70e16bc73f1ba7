"""What the commands have in common: options, the installation, who gives a password."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from ichimai import people, server, storage
from ichimai.app import Installation, Settings
from ichimai.people.model import Staff, StaffRole
from ichimai.settlement.model import PayoutFile

err = Console(stderr=True)

Data = Annotated[Path | None, typer.Option(help="The data folder; ICHIMAI_DATA.")]
Json = Annotated[bool, typer.Option("--json", help="The last line is one JSON object.")]
Cp932 = Annotated[bool, typer.Option("--cp932", help="In CP932; else UTF-8 with BOM.")]
As = Annotated[str, typer.Option("--as", help="Who does it: a name of the staff.")]
Body = dict[str, object]
"""What a command says to a program, as JSON."""

Program = Annotated[str, typer.Option(help="The program's key.")]


def settings_of(data: Path | None) -> Settings:
    """The settings, with the data folder that was given."""
    return replace(Settings.of(os.environ), data=server.data_folder(data))


@contextmanager
def installation_of(data: Path | None) -> Iterator[Installation]:
    """The installation, with its database started and of this release."""
    settings = settings_of(data)
    with server.database_of(settings) as url:
        storage.migrate.check_version(url)
        installation = Installation(settings)
        try:
            yield installation
        finally:
            installation.database.close()


def member_of(installation: Installation, name: str, *roles: StaffRole) -> Staff:
    """Whoever gives the password of ``name`` (ICHIMAI_PASSWORD, or asked for)."""
    password = os.environ.get("ICHIMAI_PASSWORD") or typer.prompt("Password", hide_input=True)
    return people.sign_in.at_console(
        installation.database,
        installation.operator,
        name=name,
        password=password,
        roles=roles,
    )


def as_treasurer(
    data: Path | None,
    name: str,
    run: Callable[[Installation, Staff], tuple[str, Body]],
    *others: StaffRole,
    as_json: bool = False,
) -> None:
    """Tell what ``run`` did for a treasurer, or somebody of another role: a line, or JSON."""
    with installation_of(data) as installation:
        member = member_of(installation, name, StaffRole.TREASURER, *others)
        line, body = run(installation, member)
        typer.echo(json.dumps(body) if as_json else line)


def handed_over(file: PayoutFile, folder: Path) -> str:
    """Write a transfer file into a folder, and say which copy it is."""
    (folder / file.name).write_bytes(file.content)
    again = "  再送" if file.is_resend else ""
    return f"{folder / file.name}  {file.sha256}  copy {file.copy_number}{again}"
