"""``ichimai staff``."""

import os

import typer

from ichimai import people
from ichimai.cli.options import Data, installation_of
from ichimai.people import StaffRole

staff_cli = typer.Typer(no_args_is_help=True, help="Who works for the operator.")


@staff_cli.command("add")
def staff_add(name: str, role: StaffRole, data: Data = None) -> None:
    """Take somebody on."""
    password = os.environ.get("ICHIMAI_PASSWORD") or typer.prompt(
        "Password", hide_input=True, confirmation_prompt=True
    )
    hashed = people.sign_in.password_hash(password)
    with (
        installation_of(data) as installation,
        installation.database.write(installation.operator) as tx,
    ):
        people.add_staff(tx, installation.clock, name=name, role=role, password=hashed)
