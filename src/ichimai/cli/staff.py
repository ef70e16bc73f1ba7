"""``ichimai staff``: what is done at the machine itself, without a second person.

Who runs commands here reads the database and its keys anyway. The first administrators are
made here; from then on roles are given in the console, by two of them.
"""

import os
from typing import Annotated

import typer

from ichimai import people
from ichimai.cli.options import Data, installation_of
from ichimai.people.model import THE_OPERATOR, Organisation, OrganisationKind, StaffRole
from ichimai.storage import ReadTx

staff_cli = typer.Typer(no_args_is_help=True, help="Who works for the operator.")

Of = Annotated[str, typer.Option("--of", help="The organisation's name; none: the operator.")]


@staff_cli.command("add")
def staff_add(name: str, role: StaffRole, of: Of = "", data: Data = None) -> None:
    """Take somebody on; the first sign-in leads them to a second factor."""
    password = os.environ.get("ICHIMAI_PASSWORD") or typer.prompt(
        "Password", hide_input=True, confirmation_prompt=True
    )
    hashed = people.sign_in.password_hash(password)
    with (
        installation_of(data) as installation,
        installation.database.write(installation.operator) as tx,
    ):
        organisation = _organisation(tx, of)
        people.staff.add(
            tx,
            installation.clock,
            name=name,
            role=role,
            password=hashed,
            organisation=organisation,
        )


@staff_cli.command("role")
def staff_role(name: str, role: StaffRole, of: Of = "", data: Data = None) -> None:
    """Give somebody a role in place of the one before; they sign in again."""
    with (
        installation_of(data) as installation,
        installation.database.write(installation.operator) as tx,
    ):
        member = people.staff.named(tx, name)
        people.staff.set_role(tx, installation.clock, member.id, _organisation(tx, of).id, role)


@staff_cli.command("leave")
def staff_leave(name: str, data: Data = None) -> None:
    """Let somebody go: signed out everywhere at once."""
    with (
        installation_of(data) as installation,
        installation.database.write(installation.operator) as tx,
    ):
        people.staff.leave(tx, installation.clock, people.staff.named(tx, name).id)


@staff_cli.command("reset")
def staff_reset(name: str, data: Data = None) -> None:
    """Forget the second factors of somebody who lost them; the next sign-in sets up anew."""
    with (
        installation_of(data) as installation,
        installation.database.write(installation.operator) as tx,
    ):
        people.second_factor.forget_all(tx, people.staff.named(tx, name).id)


@staff_cli.command("organisation")
def staff_organisation(kind: OrganisationKind, name: str, data: Data = None) -> None:
    """Enter an association, library or club whose people will sign in."""
    with (
        installation_of(data) as installation,
        installation.database.write(installation.operator) as tx,
    ):
        people.staff.add_organisation(tx, installation.clock, kind=kind, name=name)


def _organisation(tx: ReadTx, name: str) -> Organisation:
    """Raises UnknownOrganisation."""
    if not name:
        return THE_OPERATOR
    found = [each for each in people.staff.organisations(tx) if each.name == name]
    if len(found) != 1:
        raise people.errors.UnknownOrganisation
    return found[0]
