"""``ichimai close`` and ``ichimai payout``."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from ichimai import settlement
from ichimai.app import Installation
from ichimai.cli.options import As, Data, Program, installation_of, member_of
from ichimai.kernel import Asset, ids
from ichimai.merchants import ShopId
from ichimai.people.model import Staff, StaffRole
from ichimai.settlement.bank.model import BankResult, BankResultId, Outcome
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


@payout_cli.command("import-result")
def payout_import_result(
    file: Path,
    name: As,
    batch: Annotated[
        UUID | None, typer.Option(help="Of which batch; None: of the one with these lines.")
    ] = None,
    data: Data = None,
) -> None:
    """Take in what the bank says of a payout; a file of another payout, or a changed one, is not.

    The same file again changes nothing. What was not paid is owed again.
    """

    def run(installation: Installation, member: Staff) -> str:
        with installation.database.write(installation.operator) as tx:
            found = settlement.bank.results.import_result(
                tx,
                installation.clock,
                BankResultId(ids.uuid7(installation.clock)),
                file.read_bytes(),
                imported_by=member.id,
                batch=None if batch is None else BatchId(batch),
            )
            payees = settlement.reports.payees(tx, found.batch)
        return _told(found, {payee.shop: payee.shop_number for payee in payees})

    _as_treasurer(data, name, run)


def _told(found: BankResult, numbers: dict[ShopId, str]) -> str:
    """What was done, and each line that was not, with the bank's reason."""
    back = [line for line in found.lines if line.outcome is not Outcome.DONE]
    lines = [
        f"{numbers[line.shop]}  {line.units:,} yen  {line.outcome.value} {line.reason.name.lower()}"
        for line in back
    ]
    done = found.total(Outcome.DONE)
    owed = sum(line.units for line in back)
    end = f"{done.count} done, {done.yen:,} yen; {len(back)} owed again, {owed:,} yen"
    return "\n".join([*lines, f"{found.batch}  {end}"])


def _as_treasurer(
    data: Path | None, name: str, run: Callable[[Installation, Staff], str], *others: StaffRole
) -> None:
    with installation_of(data) as installation:
        member = member_of(installation, name, StaffRole.TREASURER, *others)
        typer.echo(run(installation, member))
