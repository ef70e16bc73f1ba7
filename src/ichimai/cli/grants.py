"""``ichimai grant``."""

from pathlib import Path
from uuid import UUID

import typer
from rich.progress import Progress

from ichimai import programs
from ichimai.app import Installation
from ichimai.cli.options import As, Data, Program, err, installation_of, member_of
from ichimai.kernel import Asset
from ichimai.people.model import StaffRole
from ichimai.programs.model import GrantListId

grant_cli = typer.Typer(no_args_is_help=True, help="Grants by list, approved by a second person.")


@grant_cli.command("check")
def grant_check(file: Path, program: Program = "longevity-gift", data: Data = None) -> None:
    """Check a list; write nothing."""
    with (
        installation_of(data) as installation,
        installation.database.read(installation.operator) as tx,
    ):
        checked = programs.lists.check(tx, Asset(program), file.read_bytes())
    for reason, count in checked.rows_by_reason.items():
        window = checked.windows[reason]
        typer.echo(f"{reason}: {count} rows, {window.first} to {window.last}")
    typer.echo(f"{len(checked.rows)} rows, {checked.total_units:,} yen")


@grant_cli.command("submit")
def grant_submit(
    file: Path, name: As, program: Program = "longevity-gift", data: Data = None
) -> None:
    """Check a list and put it before a second person."""
    with installation_of(data) as installation:
        member = member_of(installation, name, StaffRole.OFFICER)
        with installation.database.write(installation.operator) as tx:
            submitted = programs.lists.submit(
                tx, installation.clock, Asset(program), file.read_bytes(), by=member.id
            )
    typer.echo(f"{submitted.id}  {submitted.row_count} rows, {submitted.units:,} yen")


@grant_cli.command("approve")
def grant_approve(list_id: UUID, name: As, data: Data = None) -> None:
    """Approve a list that somebody else submitted, and post it."""
    with installation_of(data) as installation:
        member = member_of(installation, name, StaffRole.APPROVER)
        with installation.database.write(installation.operator) as tx:
            programs.lists.decide(
                tx, installation.clock, GrantListId(list_id), by=member.id, is_approved=True
            )
        _post(installation, GrantListId(list_id))


@grant_cli.command("post")
def grant_post(list_id: UUID, data: Data = None) -> None:
    """Go on posting an approved list; what is posted is not posted again."""
    with installation_of(data) as installation:
        _post(installation, GrantListId(list_id))


def _post(installation: Installation, list_id: GrantListId) -> None:
    with Progress(console=err, transient=True, disable=not err.is_terminal) as bar:
        task = bar.add_task("posting", total=None)
        for progress in programs.lists.post_list(installation.desk, list_id):
            bar.update(task, total=progress.row_count, completed=progress.posted_rows)
    typer.echo(f"{progress.posted_rows} rows posted, {progress.skipped} granted before")
