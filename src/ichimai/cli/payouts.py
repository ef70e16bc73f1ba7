"""``ichimai close`` and ``ichimai payout``."""

from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import typer

from ichimai import settlement
from ichimai.app import Installation
from ichimai.cli.options import As, Data, Program, installation_of, member_of
from ichimai.kernel import Asset, ids
from ichimai.people.model import Staff, StaffRole
from ichimai.settlement.model import BatchId, ClosingId

payout_cli = typer.Typer(no_args_is_help=True, help="Payouts to shops, approved by a second one.")


def close(name: As, program: Program = "longevity-gift", data: Data = None) -> None:
    """Close the last week that is over: what each shop is owed, at one place in the order."""

    def run(installation: Installation, member: Staff) -> str:
        with installation.database.write(installation.operator) as tx:
            closing = ClosingId(ids.uuid7(installation.clock))
            made = settlement.close(
                tx, installation.clock, closing, Asset(program), closed_by=member.id
            )
        return f"{made.id}  week to {made.closes_on}"

    _as_treasurer(data, name, run)


@payout_cli.command("make")
def payout_make(name: As, program: Program = "longevity-gift", data: Data = None) -> None:
    """Put what is owed and in no batch into a batch, for a second person to approve."""

    def run(installation: Installation, member: Staff) -> str:
        with installation.database.write(installation.operator) as tx:
            batch = BatchId(ids.uuid7(installation.clock))
            made = settlement.make_batch(
                tx, installation.clock, batch, Asset(program), made_by=member.id
            )
        return f"{made.id}  {made.units:,} yen to {made.shops} shops on {made.pay_on}"

    _as_treasurer(data, name, run)


@payout_cli.command("approve")
def payout_approve(batch: UUID, name: As, data: Data = None) -> None:
    """Release a batch that somebody else made."""

    def run(installation: Installation, member: Staff) -> str:
        with installation.database.write(installation.operator) as tx:
            made = settlement.approve_batch(
                tx, installation.clock, BatchId(batch), approved_by=member.id
            )
        return f"{made.id}  {made.state.value}"

    _as_treasurer(data, name, run, StaffRole.APPROVER)


@payout_cli.command("file")
def payout_file(batch: UUID, name: As, folder: Path = Path(), data: Data = None) -> None:
    """Write the Zengin file of an approved batch; a second copy says that it is one (再送)."""

    def run(installation: Installation, member: Staff) -> str:
        with installation.database.write(installation.operator) as tx:
            file = settlement.payout_file(
                tx, installation.clock, BatchId(batch), handed_to=member.id
            )
        (folder / file.name).write_bytes(file.content)
        again = "  再送" if file.is_resend else ""
        return f"{folder / file.name}  {file.sha256}  copy {file.copy_number}{again}"

    _as_treasurer(data, name, run)


def _as_treasurer(
    data: Path | None, name: str, run: Callable[[Installation, Staff], str], *others: StaffRole
) -> None:
    with installation_of(data) as installation:
        member = member_of(installation, name, StaffRole.TREASURER, *others)
        typer.echo(run(installation, member))
